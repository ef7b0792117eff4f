import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Synchronization
import Testing

/// Forced failures: the next method takes over from the best point, or the end is said honestly.
@Suite("Hand-over")
struct HandOverTests {
  private let cases = MirrorDescentTests.cases

  @Test("every factorisation fails: a first-order method finishes")
  func factorisations() throws {
    var handed = 0
    for row in cases {
      let outcome = FactorisationFault.$isInjected.withValue(true) { Solver.run(row.program) }
      let answer = try #require(outcome.answerIfAny, "\(row.name): \(outcome.status)")
      #expect(outcome.status == "optimal", "\(row.name): \(outcome.status), gap \(answer.certificate.gap)")
      #expect(answer.certificate.lower <= row.optimum && row.optimum <= answer.certificate.upper)
      if outcome.run.methods.contains("mirror-descent") { handed += 1 }
    }
    #expect(handed >= 3, "\(handed) of \(cases.count) were handed over")
  }

  @Test("an iteration limit inside a method hands its point on")
  func limit() throws {
    for row in [cases[1], cases[4]] {
      var options = SolveOptions()
      options.chain = [MirrorDescentOnce(), InteriorPoint(), FaceNewton()]
      let outcome = Solver.run(row.program, options)
      #expect(outcome.status == "optimal", "\(row.name): \(outcome.status)")
      #expect(outcome.run.methods.prefix(2) == ["once", "interior-point"])
      #expect(outcome.run.notes.contains { $0.contains("once ended without a certificate") })
    }
  }

  @Test("an oracle that turns into NaN ends as stalled, not-finite, with the last good point")
  func oracle() throws {
    let calls = Mutex(0)
    let broken = SmoothFunction(name: "broken") { p in
      let count = calls.withLock { count in
        count += 1
        return count
      }
      let value = zip(p, [0.1, 0.2, 0.7]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) * (1 + $1.1) }
      let gradient = zip(p, [0.1, 0.2, 0.7]).map { 2 * ($0 - $1) * (1 + $1) }
      return count > 4 ? (.nan, gradient) : (value, gradient)
    }
    let outcome = Solver.run(Build.simplex(3) { $0.smooth = [broken] })
    #expect(outcome.status == "stalled", "ended as \(outcome.status)")
    #expect(outcome.answerIfAny.map { $0.point.allSatisfy(\.isFinite) } ?? true)
  }

  /// p = w is optimal for -sum w_i log(d_i p_i): the optimum is -sum w_i log(d_i w_i), from Gibbs' inequality. All
  /// diagonal entries are 2 here, off it there is nothing; the map is stored whole.
  private func race(_ w: [Double]) -> (program: Program, optimum: Double) {
    let n = w.count
    let program = Build.simplex(n) {
      $0.composites = [
        Composite(
          weight: 1, outer: .log(w),
          map: .dense(Matrix.diagonal([Double](repeating: 2, count: n)), firstColumn: 0, columns: n),
          offset: [Double](repeating: 0, count: n))
      ]
    }
    return (program, -w.reduce(0.0) { $0 + $1 * Kernel.log(2 * $1) })
  }

  private let ramp = (1...100).map { Double($0) / 5050 }

  @Test("support newton comes first for many outcomes, and last of its kind for few")
  func order() {
    let many = Catalogue.choice(for: race(ramp).program)
    #expect(many.methods == ["support-newton", "interior-point", "face-newton", "mirror-descent"])
    #expect(many.why.hasPrefix("support-newton: a log-mixture of 100 outcomes"))
    let few = Catalogue.choice(for: race((1...10).map { Double($0) / 55 }).program)
    #expect(few.methods == ["interior-point", "face-newton", "support-newton", "mirror-descent"])
  }

  @Test("every factorisation fails under support newton: the next methods finish, and the notes say so")
  func firstMethod() throws {
    let (program, optimum) = race(ramp)
    let outcome = FactorisationFault.$isInjected.withValue(true) { Solver.run(program) }
    let answer = try #require(outcome.answerIfAny)
    #expect(outcome.run.methods == ["support-newton", "interior-point", "mirror-descent"])
    #expect(outcome.status == "optimal", "\(outcome.status), gap \(answer.certificate.gap)")
    #expect(answer.certificate.lower <= optimum && optimum <= answer.certificate.upper)
    #expect(outcome.run.notes.contains { $0.hasPrefix("support-newton ended without a certificate") })
    #expect(outcome.run.notes.contains { $0.contains("mirror-descent takes over") })
  }

  /// min sum s_i p_i^2 = F = 1 / sum 1 / s_i at p_i = F / s_i, from Cauchy and Schwarz: every mass is positive.
  private func squares() -> (program: Program, weights: [Double], optimum: Double) {
    let s = (0..<600).map { (i: Int) -> Double in 1 + Double(i * 7 % 13) / 13 + Double(i) / 6000 }
    let rows: [SparseRow] = s.indices.map { [(column: $0, value: 1.0)] }
    let program = Build.simplex(s.count) {
      $0.composites = [
        Composite(
          weight: 1, outer: .quadratic(Matrix.diagonal(s), slack: 0),
          map: .sparse(SparseMatrix(columns: s.count, rows: rows)),
          offset: [Double](repeating: 0, count: s.count))
      ]
    }
    let total: Double = s.reduce(0.0) { $0 + 1 / $1 }
    return (program, s, 1 / total)
  }

  @Test("a dense support is given up, and the interior point finishes")
  func dense() throws {
    let (program, s, optimum) = squares()
    let outcome = Solver.run(program)
    let answer = try #require(outcome.answerIfAny)
    #expect(outcome.status == "optimal", "\(outcome.status), gap \(answer.certificate.gap)")
    #expect(Array(outcome.run.methods.prefix(2)) == ["support-newton", "interior-point"])
    #expect(answer.certificate.lower <= optimum && optimum <= answer.certificate.upper)
    #expect(abs(answer.point[0] * s[0] / optimum - 1) < 1e-6)
  }

  @Test("support newton takes over from the point of another method, and hands on its own")
  func bothWays() throws {
    let (program, optimum) = race(ramp)
    let chains: [[any EntropicSolvers.Method]] = [
      [MirrorDescentOnce(), SupportNewton()], [SupportNewton(mostHeld: 10), InteriorPoint()],
      [NotANumber(), SupportNewton()],
    ]
    for chain in chains {
      var options = SolveOptions()
      options.chain = chain
      let outcome = Solver.run(program, options)
      let answer = try #require(outcome.answerIfAny)
      #expect(outcome.status == "optimal", "\(chain[0].name): \(outcome.status)")
      #expect(outcome.run.methods == chain.map(\.name))
      #expect(answer.certificate.lower <= optimum && optimum <= answer.certificate.upper)
      let note = "\(chain[0].name) ended without a certificate"
      #expect(outcome.run.notes.contains { $0.hasPrefix(note) && $0.contains("\(chain[1].name) takes over") })
    }
  }

  @Test("limits of the user end the first method honestly")
  func limitOfUser() throws {
    let (program, _, optimum) = squares()
    let outcome = Solver.run(program, SolveOptions(iterations: 1))
    #expect(outcome.status == "limit")
    let answer = try #require(outcome.answerIfAny)
    #expect(answer.certificate.lower <= optimum && optimum <= answer.certificate.upper)
    #expect(outcome.run.methods == ["support-newton"])
  }

  @Test("methods that all fail: stalled, with a remark for every one of them")
  func nothingLeft() {
    var options = SolveOptions()
    options.chain = [NotANumber(), SupportNewton(mostHeld: 10), NotANumber()]
    let outcome = FactorisationFault.$isInjected.withValue(true) { Solver.run(race(ramp).program, options) }
    #expect(outcome.status == "stalled")
    #expect(outcome.run.methods == ["not-a-number", "support-newton", "not-a-number"])
    #expect(outcome.run.notes.count >= 2)
    #expect(outcome.answerIfAny.map { $0.point.allSatisfy(\.isFinite) } ?? true)
  }

  @Test("a method of one's own joins a chain")
  func chain() {
    let outcome = Solver.run(
      cases[0].program,
      {
        var options = SolveOptions()
        options.chain = [MirrorDescent(.burg)]
        return options
      }())
    #expect(outcome.status == "optimal")
    #expect(outcome.run.methods == ["mirror-descent(burg)"])
    #expect(outcome.run.why == "asked for: mirror-descent(burg)")
  }

  @Test("a cancelled task ends with its best point")
  func cancellation() async {
    let program = cases[4].program
    let task = Task { () -> String in
      withUnsafeCurrentTask { $0?.cancel() }
      return Solver.run(program).status
    }
    #expect(await task.value == "limit")
  }
}

/// One step of mirror descent, then a stall: a method that hits its own limit.
private struct MirrorDescentOnce: Method {
  struct State {
    var inner: MirrorDescent.State
    var steps = 0
  }
  private let inner = MirrorDescent()
  var name: String { "once" }
  var isSecondOrder: Bool { true }
  func accepts(_ program: Program) -> Acceptance { inner.accepts(program) }
  func start(_ program: Program, warm: Candidate?) -> State { State(inner: inner.start(program, warm: warm)) }
  func step(_ state: inout State, _ context: StepContext) -> Step {
    if state.steps >= 1 { return .stalled(.progress) }
    state.steps += 1
    return inner.step(&state.inner, context)
  }
  func bound(_ state: State) -> Double { .infinity }
  func finish(_ state: State) -> Candidate { inner.finish(state.inner) }
  func evaluations(_ state: State) -> Int { inner.evaluations(state.inner) }
}

/// Offers masses that are no numbers, then stalls.
private struct NotANumber: EntropicSolvers.Method {
  var name: String { "not-a-number" }
  var isSecondOrder: Bool { true }
  func accepts(_ program: Program) -> Acceptance { .accepts("for tests") }
  func start(_ program: Program, warm: Candidate?) -> Candidate {
    Candidate(point: [Double](repeating: .nan, count: program.count), evidence: .none(for: program))
  }
  func step(_ state: inout Candidate, _ context: StepContext) -> Step { .stalled(.notFinite) }
  func bound(_ state: Candidate) -> Double { .nan }
  func finish(_ state: Candidate) -> Candidate { state }
  func evaluations(_ state: Candidate) -> Int { 1 }
}
