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
