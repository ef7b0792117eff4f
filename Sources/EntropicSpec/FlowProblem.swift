import EntropicFlows
import EntropicModel

/// The problem of a file with the key `flow`: an energy, a start, and how far to follow the gradient flow.
package struct FlowProblem: Sendable {
  /// What moves, and by which geometry.
  package enum Course: Sendable {
    /// A density on a grid: mass moves between cells (Wasserstein).
    case density(GridFlow)
    /// Masses grow and shrink in place (Fisher-Rao).
    case masses(MirrorFlow)
    /// Particles.
    case cloud(CloudFlow)
  }

  package let name: String
  package let sense: Sense
  package let course: Course
  package let time: Double
  package let step: Double
  package let saves: Int
  /// The grid of a density.
  package let grid: Grid?
  package let unknown: Unknown?
  /// The objective, in the user's sense.
  package let objective: Expression?
  /// Scalars under `evaluate`, which are followed along the flow.
  package let evaluations: [(name: String, expression: Expression)]

  /// One time of the flow.
  package struct State: Sendable {
    package var time: Double
    /// The objective; nil for particles.
    package var energy: Double?
    /// A bound on the rounding of the energy.
    package var rounding = 0.0
    /// What halving the steps changed, doubled: the error of the steps, an estimate.
    package var energyError: Double?
    package var values: [Double] = []
    package var valueErrors: [Double]?
    package var masses: [Double] = []
    /// Coordinates of particles, one particle a row.
    package var points: [Double] = []
  }

  /// How the flow went.
  package struct Run: Sendable {
    package var states: [State]
    package var steps: Int
    package var halvings = 0
    package var massDefect: Double?
    package var isComplete = true
    package var failure: String?
    /// Of particles.
    package var diagnostics: CloudFlow.Diagnostics?
  }

  /// What is done, and why.
  package var why: String {
    switch course {
    case .density(let flow):
      flow.energy.power != nil
        ? "implicit monotone finite volumes for the porous medium equation: masses stay positive, the energy falls"
        : "implicit finite volumes with exact stationary law: masses stay positive, the energy falls at every step"
    case .masses: "the flow of mirror descent in logarithms of masses, to fourth order in the step"
    case .cloud(let flow): flow.why
    }
  }

  package var method: String {
    switch course {
    case .density: "finite-volumes"
    case .masses: "mirror-flow"
    case .cloud(let flow): flow.method.rawValue
    }
  }

  /// Follows the flow; densities and masses twice, the second time with half the step for the error.
  package func run(stop: @escaping @Sendable () -> Bool) -> Run {
    switch course {
    case .density(let flow):
      var run = self.run(flow, stop)
      if run.isComplete,
        let finer = try? GridFlow(
          flow.energy, from: flow.start, time: time, step: length(flow.steps) / 2, saves: saves)
      {
        compare(&run, self.run(finer, stop))
      }
      return run
    case .masses(let flow):
      var run = self.run(flow, stop)
      if run.isComplete, let finer = try? refined(flow) { compare(&run, self.run(finer, stop)) }
      return run
    case .cloud(let flow): return flow.run(stop: stop)
    }
  }

  /// The flow once, without the run that estimates the error of the steps.
  package func single(stop: @escaping @Sendable () -> Bool) -> Run {
    switch course {
    case .density(let flow): run(flow, stop)
    case .masses(let flow): run(flow, stop)
    case .cloud(let flow): flow.run(stop: stop)
    }
  }

  private func length(_ steps: Int) -> Double { steps > 0 ? time / Double(steps) : step }

  private func refined(_ flow: MirrorFlow) throws(FlowError) -> MirrorFlow {
    try flow.refined(step: length(flow.steps) / 2)
  }

  private func run(_ flow: GridFlow, _ stop: @escaping @Sendable () -> Bool) -> Run {
    let record = flow.run(stop: stop)
    let states = record.states.map {
      state($0.time, $0.density.masses, rounding: $0.energy.rounding)
    }
    return Run(
      states: states, steps: record.steps, halvings: record.halvings, massDefect: record.massDefect,
      isComplete: record.isComplete, failure: record.failure?.message)
  }

  private func run(_ flow: MirrorFlow, _ stop: @escaping @Sendable () -> Bool) -> Run {
    let record = flow.run(stop: stop)
    let states = record.states.map { state($0.time, $0.masses, rounding: 1e-14 * abs($0.value)) }
    return Run(
      states: states, steps: record.steps, halvings: record.halvings, isComplete: record.isComplete,
      failure: record.failure?.message)
  }

  private func state(_ time: Double, _ masses: [Double], rounding: Double) -> State {
    State(
      time: time, energy: energy(at: masses), rounding: rounding,
      values: evaluations.map { FlowProblem.value(of: $0.expression, at: masses) }, masses: masses)
  }

  /// The objective at masses.
  package func energy(at masses: [Double]) -> Double? {
    objective.map { FlowProblem.value(of: $0, at: masses) }
  }

  package static func value(of expression: Expression, at masses: [Double]) -> Double {
    let evaluation = Evaluation(expression)
    return evaluation.value(evaluation.unknowns.isEmpty ? [] : [masses]).first ?? .nan
  }

  /// Errors of the steps from a run with half the step: both have the same saved times.
  private func compare(_ run: inout Run, _ finer: Run) {
    guard finer.isComplete, finer.states.count == run.states.count else { return }
    for k in run.states.indices {
      let other = finer.states[k]
      if let a = run.states[k].energy, let b = other.energy { run.states[k].energyError = 2 * abs(a - b) }
      run.states[k].valueErrors = zip(run.states[k].values, other.values).map { 2 * abs($0 - $1) }
    }
  }
}
