import EntropicModel
import EntropicNumerics

/// Runs that end with error bars in the place of a proof.
extension Solver {
  /// Estimates the minimum of  regularizer(p) + E f(p, xi)  over a layout, by stochastic mirror descent.
  ///
  /// The outcome is `estimated` when all draws were made, with an interval that holds the optimum with the
  /// method's confidence; a limit ends it earlier, with the error bars of what was done. `options.seed`
  /// decides every draw.
  public static func estimate(
    _ oracle: SampledGradient, over layout: Layout, regularizer: Functional? = nil,
    by method: StochasticMirrorDescent = StochasticMirrorDescent(), _ options: SolveOptions = SolveOptions()
  ) -> Outcome {
    let program = Program(layout: layout, objective: regularizer ?? Functional(count: layout.count))
    precondition(
      program.objective.count == layout.count, "the regularizer has \(program.objective.count) masses")
    var seeded = method
    seeded.seed = options.seed
    let warm = options.warm.map { Candidate(point: $0, evidence: .none(for: program)) }
    let state = seeded.start(program, oracle, warm: warm)
    var record = RunRecord()
    record.why = "a function that is known by samples"
    return estimate(
      seeded, state, record, Budget(options), options, evidence: .none(for: program)
    ) { $0 }
  }

  /// The method on a program whose objective is a sum over rows; `restore` brings points back from presolve.
  static func estimate(
    _ method: StochasticMirrorDescent, _ first: StochasticMirrorDescent.State, _ record: RunRecord,
    _ budget: Budget, _ options: SolveOptions, evidence: Evidence, restore: ([Double]) -> [Double]
  ) -> Outcome {
    var state = first
    var record = record
    record.methods.append(method.name)
    record.steps.append(0)
    let context = StepContext(shouldStop: { budget.shouldStop() }, tolerance: options.tolerance)
    var fault: StallReason?
    run: while budget.allows(iterations: state.iterations, evaluations: state.evaluations) {
      let step = method.step(&state, context)
      options.observer?(
        Progress(method: method.name, iteration: state.iterations, gap: .infinity, seconds: budget.seconds))
      switch step {
      case .progress: continue
      case .converged: break run
      case .stalled(let reason):
        fault = reason
        break run
      case .infeasible:
        fault = .progress
        break run
      }
    }
    record.iterations = state.iterations
    record.steps[record.steps.count - 1] = state.iterations
    record.evaluations = state.evaluations
    if let fault { return .stalled(fault, nil, record) }
    // A limit on iterations or evaluations leaves time for the batch; an interrupt does not leave much.
    let hurry = budget.ended == .time || budget.ended == .interrupted
    let grace = Budget.now() + 0.1
    let interval = method.interval(state) { hurry ? Budget.now() > grace : options.shouldStop() }
    guard let interval else {
      if let limit = budget.ended { return .limit(limit, nil, record) }
      return .stalled(.notFinite, nil, record)
    }
    record.evaluations += interval.draws
    record.notes.append(
      "the interval holds the optimum with probability \(method.confidence): \(interval.draws) draws at the point"
    )
    let point = restore(method.finish(state).point)
    let certificate = Certificate(
      value: interval.value, lower: interval.lower, upper: interval.upper, confidence: method.confidence)
    let answer = Answer(
      point: point, evidence: evidence, certificate: certificate, run: record)
    if let limit = budget.ended { return .limit(limit, answer, record) }
    return .estimated(answer)
  }
}
