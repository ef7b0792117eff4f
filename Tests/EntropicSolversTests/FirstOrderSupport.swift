import EntropicModel
import EntropicNumerics
import EntropicSolvers

/// Small programs on one simplex, and what a method makes of them.
enum Build {
  /// One simplex with dense rows; zero coefficients are not stored.
  static func simplex(
    _ n: Int, mass: Double = 1, equal: [([Double], Double)] = [], atMost: [([Double], Double)] = [],
    _ objective: (inout Functional) -> Void
  ) -> Program {
    var layout = Layout()
    layout.append(name: "p", kind: .simplex, shape: [n], mass: mass)
    var functional = Functional(count: n)
    objective(&functional)
    return Program(
      layout: layout, objective: functional, equalities: equal.map { row($0.0, $0.1) },
      inequalities: atMost.map { row($0.0, $0.1) })
  }

  /// Negative entropy on n outcomes.
  static func entropy(
    _ n: Int, equal: [([Double], Double)] = [], atMost: [([Double], Double)] = []
  ) -> Program {
    simplex(n, equal: equal, atMost: atMost) { $0.entropic = [Double](repeating: 1, count: n) }
  }

  /// KL(p, q)
  static func divergence(
    from q: [Double], equal: [([Double], Double)] = [], atMost: [([Double], Double)] = []
  ) -> Program {
    simplex(q.count, equal: equal, atMost: atMost) {
      $0.entropic = [Double](repeating: 1, count: q.count)
      $0.linear = q.map { -Kernel.log($0) }
    }
  }

  /// |p - y|^2 / 2
  static func projection(_ y: [Double]) -> Program {
    simplex(y.count) {
      $0.linear = y.map { -$0 }
      $0.powers = [.init(exponent: 2, weights: [Double](repeating: 0.5, count: y.count))]
      $0.constant = 0.5 * Kernel.compensatedDot(y, y)
    }
  }

  static func row(_ values: [Double], _ bound: Double) -> ConstraintRow {
    let columns = values.indices.filter { values[$0] != 0 }
    return ConstraintRow(name: "row", columns: columns, values: columns.map { values[$0] }, bound: bound)
  }

  /// Couplings of two laws: row sums, then column sums.
  static func coupling(_ a: [Double], _ b: [Double]) -> [([Double], Double)] {
    let (n, m) = (a.count, b.count)
    var rows: [([Double], Double)] = []
    for i in 0..<n { rows.append(((0..<n * m).map { $0 / m == i ? 1 : 0 }, a[i])) }
    for j in 0..<m { rows.append(((0..<n * m).map { $0 % m == j ? 1 : 0 }, b[j])) }
    return rows
  }
}

/// How a method ended on a program, judged on the program itself.
struct Verdict {
  enum End: Equatable { case converged, running, stalled, infeasible(isProved: Bool) }
  var end: End
  var point: [Double]
  var certificate: Certificate
  var flags: [AnswerFlag]
  var evidence: Evidence
  var steps: Int

  /// The interval holds the optimum and is narrow.
  func certifies(_ optimum: Double, relative: Double = 1e-12, absolute: Double = 0) -> Bool {
    certificate.isFeasible && certificate.lower <= optimum && optimum <= certificate.upper
      && certificate.gap <= max(relative * abs(optimum), absolute)
  }

  /// Runs a method on the program as it is.
  init<M: Method>(_ method: M, _ program: Program, limit: Int = 500, warm: Candidate? = nil) {
    self.init(method, program, original: program, back: .identity(for: program), limit: limit, warm: warm)
  }

  /// Presolve, then the method, then the way back.
  static func presolved<M: Method>(_ method: M, _ program: Program, steps: Presolve.Steps = .all) -> Verdict {
    switch Presolve.run(program, steps: steps) {
    case .infeasible(let evidence):
      let centre = program.layout.centre()
      let isProved = program.infeasibilityProof(evidence, at: centre) != nil
      return Verdict(
        program, Candidate(point: centre, evidence: evidence), .infeasible(isProved: isProved), steps: 0)
    case .solved(let candidate): return Verdict(program, candidate, .converged, steps: 0)
    case .reduced(let reduced, let back):
      return Verdict(method, reduced, original: program, back: back, limit: 500, warm: nil)
    }
  }

  private init<M: Method>(
    _ method: M, _ program: Program, original: Program, back: Restoration, limit: Int, warm: Candidate?
  ) {
    var state = method.start(program, warm: warm)
    var end = End.running
    var steps = 0
    while end == .running, steps < limit {
      steps += 1
      switch method.step(&state, StepContext()) {
      case .progress: continue
      case .converged: end = .converged
      case .stalled: end = .stalled
      case .infeasible(let evidence):
        let claim = back.restore(Candidate(point: method.finish(state).point, evidence: evidence))
        end = .infeasible(isProved: original.infeasibilityProof(claim.evidence, at: claim.point) != nil)
      }
    }
    self.init(original, back.restore(method.finish(state)), end, steps: steps)
  }

  private init(_ program: Program, _ candidate: Candidate, _ end: End, steps: Int) {
    self.end = end
    self.steps = steps
    // Moved inside the convex constraints, as every run does with what it is offered.
    point = secured(program.normalised(candidate.point), for: program)
    flags = candidate.flags
    evidence = candidate.evidence
    certificate = Certificate(program, point: point, evidence: candidate.evidence)
  }
}

/// Numbers for generated problems: a linear congruential generator, the same on every machine.
struct Dice {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  /// In [0, 1).
  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }

  mutating func normal() -> Double {
    var sum = -6.0
    for _ in 0..<12 { sum += uniform() }
    return sum
  }

  /// A law with masses u^(1 / a), normalised: small a makes it concentrated.
  mutating func law(_ n: Int, _ a: Double) -> [Double] {
    let w = (0..<n).map { _ in Kernel.exp(Kernel.log(uniform() + 0x1p-60) / a) }
    let total = Kernel.sum(w)
    return w.map { $0 / total }
  }
}

/// The largest difference of two points.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
