import Entropic
import Testing

/// The caller owns the loop: every method as a sequence, observers, early stops, starts, cancellation.
@Suite("own loops")
struct OwnLoopTests {
  /// Small convex cases with an optimum, and what is proved about it.
  private static let small: [(program: Program, known: Certificate)] = {
    var list: [(Program, Certificate)] = []
    for test in ReferenceTests.cases where test.status == "optimal" {
      guard let source = CatalogueProblem(test), source.convexity == .checked,
        let problem = try? source.build(),
        problem.program.count <= 40, case .optimal(let answer) = Solver.run(problem)
      else { continue }
      list.append((problem.program, answer.certificate))
    }
    // The catalogue has no shapes.
    for law in ["[0.3, 0.1, 0.2, 0.4]", "[0.1, 0.5, 0.1, 0.3]", "[0.6, 0.2, 0.3, -0.1]"] {
      let text = """
        unknowns: {p: simplex(4)}
        minimize: sum_squares(p - \(law))
        subject to:
          - monotone(p)
        """
      guard let problem = try? ConstraintWords.problem(text), case .optimal(let answer) = Solver.run(problem)
      else { continue }
      list.append((problem.program, answer.certificate))
    }
    return list
  }()

  /// Steps of one run; the number of points, and the least proved gap relative to the value.
  private func walk<M: Method>(_ method: M, _ program: Program, _ known: Certificate) -> Double {
    var number = 0
    var evaluations = 0
    var least = Double.infinity
    for iterate in method.iterates(of: program).prefix(150) {
      number += 1
      #expect(iterate.number == number)
      #expect(iterate.evaluations >= evaluations)
      evaluations = iterate.evaluations
      let certificate = iterate.certificate
      #expect(iterate.point.count == program.count && iterate.point.allSatisfy(\.isFinite))
      #expect(certificate.lower <= known.upper, "\(method.name), step \(number)")
      if certificate.isFeasible {
        // A law may use the bands of the constraint data before the multipliers that charge for them are known.
        let band = 1e-12 * max(1, abs(known.lower))
        #expect(certificate.upper >= known.lower - band, "\(method.name), step \(number)")
        let size = max(abs(certificate.lower), abs(certificate.upper))
        least = min(least, certificate.gap / max(size, 1e-3))
      }
      if least <= 1e-9 { break }
    }
    #expect(number > 0)
    return least
  }

  @Test("every method of the catalogue is a sequence of iterates with true intervals")
  func sequences() {
    #expect(Self.small.count >= 90)
    for method in Catalogue.entries.map(\.method) {
      var walked = 0
      var certified = 0
      for (program, known) in Self.small where walked < 12 && method.accepts(program).isAccepted {
        walked += 1
        if walk(method, program, known) <= 1e-6 { certified += 1 }
      }
      #expect(walked >= 3, "\(method.name)")
      // Sampled gradients prove nothing.
      if method.name != "stochastic-mirror-descent" { #expect(certified > 0, "\(method.name)") }
    }
  }

  private static func moments() throws -> Problem {
    let x = (1...50).map(Double.init)
    let p = Unknown.simplex(over: x)
    return try Problem(
      .maximize, entropy(p), subjectTo: [expect(p, x) <= 12, expect(p, x.map { $0 * $0 }) == 250])
  }

  @Test(
    "an observer sees every step, in order, with the name of its method",
    arguments: ["dual-newton", "interior-point", "mirror-descent", "augmented-lagrangian", "kl-proximal"])
  func observer(method: String) throws {
    let seen = Seen()
    var options = SolveOptions(method: method, observer: { seen.add($0) })
    options.finishes = false
    let outcome = Solver.run(try Self.moments(), options)
    let lines = seen.lines
    #expect(!lines.isEmpty && lines.count == outcome.run.iterations)
    #expect(lines.map(\.iteration) == Array(1...max(lines.count, 1)))
    #expect(lines.allSatisfy { $0.method == method && $0.gap >= 0 && $0.seconds >= 0 })
    #expect(zip(lines, lines.dropFirst()).allSatisfy { $0.seconds <= $1.seconds })
  }

  @Test("an observer that has seen enough ends the run, which keeps its best point and a true interval")
  func earlyStop() throws {
    let problem = try Self.moments()
    let whole = try Solver.run(problem).answer
    let seen = Seen()
    let options = SolveOptions(
      method: "mirror-descent", tolerance: Tolerance(relative: 1e-15, absolute: 0),
      shouldStop: { seen.lines.count >= 3 }, observer: { seen.add($0) })
    guard case .limit(.interrupted, let answer?, let run) = Solver.run(problem, options) else {
      Issue.record("the run was not interrupted")
      return
    }
    #expect(run.iterations >= 3 && run.iterations <= 4)
    #expect(answer.certificate.lower <= whole.certificate.upper)
    #expect(!answer.certificate.isFeasible || answer.certificate.upper >= whole.certificate.lower)
  }

  @Test("a start at the optimum saves steps", arguments: ["mirror-descent", "projected-descent", "em"])
  func warm(method: String) throws {
    let likelihood = Matrix(
      rows: 4, columns: 3, elements: [0.9, 0.3, 0.2, 0.2, 0.8, 0.1, 0.1, 0.3, 0.7, 0.4, 0.4, 0.5])
    let p = Unknown.simplex(3)
    let problem = try Problem(.maximize, logLikelihood(likelihood * p))
    var options = SolveOptions(method: method)
    options.finishes = false
    let cold = Solver.run(problem, options)
    options.warm = try Solver.run(problem, SolveOptions(tolerance: Tolerance(relative: 1e-14))).answerIfAny?
      .point
    let warm = Solver.run(problem, options)
    #expect(cold.status == "optimal" && warm.status == "optimal")
    #expect(warm.run.iterations < cold.run.iterations, "\(warm.run.iterations) of \(cold.run.iterations)")
    // A start that is no law is put right or left aside, and changes no answer.
    for start in [[-1, 2, 0], [0, 0, 0], [.nan, 0.5, 0.5], [1, 0, 0]] as [[Double]] {
      options.warm = start
      let other = Solver.run(problem, options)
      #expect(other.status == "optimal", "\(start)")
      if let a = other.answerIfAny?.certificate, let b = cold.answerIfAny?.certificate {
        #expect(a.lower <= b.upper && b.lower <= a.upper)
      }
    }
  }

  @Test("a sequence ends when its task is cancelled, and when its own check says so")
  func cancellation() async throws {
    let program = try Self.moments().program
    let steps = await Task { () -> Int in
      var steps = 0
      for iterate in InteriorPoint().iterates(of: program) {
        steps = iterate.number
        if steps == 2 { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return steps
    }.value
    #expect(steps == 2)
    #expect(Array(InteriorPoint().iterates(of: program, shouldStop: { true })).isEmpty)
  }

  /// What an observer was told; runs call it from one thread at a time.
  private final class Seen: @unchecked Sendable {
    private(set) var lines: [Progress] = []
    func add(_ line: Progress) { lines.append(line) }
  }
}
