import EntropicModel
import EntropicNumerics

/// Projected descent with spectral steps: the Euclidean geometry without a monotone search.
///
///     p+ = Proj(p - grad f(p) / L)          Proj onto the simplices, bounds and rows, h kept exact
///     L  = <s, y> / <s, s>,  s = p - p_before, y = grad f(p) - grad f(p_before)      (Barzilai, Borwein)
///     accepted when  F(p+) <= max of the last ten F - L |p+ - p|^2 / 4 * 1e-3,  else L doubles
///
/// The projection of a vector onto the simplex is sparsemax: iterates have exact zeros. Values may rise for a while,
/// which is what makes the spectral step fast; the best point is the one that is offered.
///
/// - Guarantee: every limit point is stationary. `bound` is the linearised gap of `ProximalStep`.
/// - Rate: R-linear for strongly convex quadratics; O(L / t) at least for convex f.
/// - Sources: E. Birgin, J. Martinez, M. Raydan, SIAM J. Optim. 10 (2000), doi:10.1137/S1052623497330963; S. Wright,
///   R. Nowak, M. Figueiredo, IEEE Trans. Signal Process. 57 (2009), doi:10.1109/TSP.2009.2016892.
public struct ProjectedDescent: Method {
  /// How many values the search looks back.
  public var memory: Int
  /// More linear rows than this are declined.
  public var largestRowCount: Int

  /// - Precondition: memory >= 1.
  public init(memory: Int = 10, largestRowCount: Int = 200) {
    precondition(memory >= 1)
    self.memory = memory
    self.largestRowCount = largestRowCount
  }

  public struct State: Sendable {
    let proximal: ProximalStep
    var here: ProximalStep.Trial
    var gradient: [Double] = []
    /// F at the point, and at the points before.
    var value = 0.0
    var values: [Double] = []
    /// L
    var length = 0.0
    var best: ProximalStep.Trial
    var bestValue = Double.infinity
    var gap = Double.infinity
    var iterations = 0
    var evaluations = 0
    var quiet = 0
    var fault: Step?
  }

  public var name: String { "projected-descent" }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    MirrorDescent(.euclidean, largestRowCount: largestRowCount).accepts(program)
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let proximal = ProximalStep(program, .euclidean)
    var here = ProximalStep.Trial(p: program.layout.centre(), logp: [], multipliers: [])
    var fault: Step?
    switch proximal.start(warm) {
    case .point(let trial): here = trial
    case .infeasible(let ray): fault = .infeasible(proximal.evidence(ray))
    case .failed: fault = .stalled(.notFinite)
    }
    var state = State(proximal: proximal, here: here, best: here)
    state.gradient = proximal.rest.gradient(here.p)
    state.value = program.objective.value(here.p)
    state.values = [state.value]
    state.bestValue = state.value
    state.evaluations = 1
    let size = state.gradient.reduce(0) { max($0, abs($1)) }
    state.length = max(size, proximal.exact.linear.reduce(0) { max($0, abs($1)) })
    if !(state.length > 0) { state.length = 1 }
    // A separable objective is exact in the step: its first step is the last.
    if !proximal.hasRest { state.length *= 1e-9 }
    if !state.value.isFinite || !size.isFinite || !state.gradient.allSatisfy(\.isFinite) {
      fault = fault ?? .stalled(.notFinite)
    }
    state.fault = fault
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    let proximal = state.proximal
    state.iterations += 1
    let ceiling = state.values.max() ?? state.value
    var next: (trial: ProximalStep.Trial, value: Double, gradient: [Double])?
    for _ in 0..<80 {
      if context.shouldStop() { return .progress }
      if case .point(let trial) = proximal.step(
        from: state.here, gradient: state.gradient, length: state.length, stop: context.shouldStop)
      {
        let value = proximal.program.objective.value(trial.p)
        state.evaluations += 1
        if value.isNaN { return .stalled(.notFinite) }
        let squared = 2 * proximal.divergence(from: state.here, to: trial)
        if squared == 0 {
          state.here.multipliers = trial.multipliers
          break
        }
        if value < .infinity {
          let noise = 1e3 * 0x1p-53 * max(abs(value), abs(state.value))
          if value <= ceiling - 2.5e-4 * state.length * squared || abs(value - state.value) < noise {
            let gradient = proximal.rest.gradient(trial.p)
            guard gradient.allSatisfy(\.isFinite) else { return .stalled(.notFinite) }
            if abs(value - state.value) >= noise || isBent(state, trial, gradient) {
              next = (trial, value, gradient)
              break
            }
          }
        }
      }
      state.length *= 2
      if !state.length.isFinite { break }
    }
    guard let next else { return concluded(&state) }
    advance(&state, next)
    return observed(&state)
  }

  public func bound(_ state: State) -> Double { state.gap }
  public func finish(_ state: State) -> Candidate { state.proximal.candidate(state.best) }
  public func evaluations(_ state: State) -> Int { state.evaluations }

  // MARK: - Parts of a step

  /// <grad f(q) - grad f(p), q - p> <= L |q - p|^2: what decides where differences of F are rounding.
  private func isBent(_ state: State, _ trial: ProximalStep.Trial, _ gradient: [Double]) -> Bool {
    let change = zip(trial.p, state.here.p).map { $0 - $1 }
    let bend = Kernel.compensatedDot(zip(gradient, state.gradient).map { $0 - $1 }, change)
    return bend <= state.length * Kernel.dot(change, change)
  }

  /// The spectral length for the next step, and the books.
  private func advance(
    _ state: inout State, _ next: (trial: ProximalStep.Trial, value: Double, gradient: [Double])
  ) {
    let change = zip(next.trial.p, state.here.p).map { $0 - $1 }
    let bend = Kernel.compensatedDot(zip(next.gradient, state.gradient).map { $0 - $1 }, change)
    let spectral = bend / Kernel.dot(change, change)
    state.length =
      spectral.isFinite && spectral > 0
      ? min(max(spectral, state.length * 1e-6), state.length * 1e6) : state.length / 4
    state.here = next.trial
    state.value = next.value
    state.gradient = next.gradient
    state.values.append(next.value)
    if state.values.count > memory { state.values.removeFirst() }
    // The last of equal points has the best multipliers.
    if next.value <= state.bestValue + 0x1p-50 * abs(state.bestValue) {
      state.best = next.trial
      state.bestValue = min(next.value, state.bestValue)
    }
  }

  /// The gap, when it is worth a pass.
  private func observed(_ state: inout State) -> Step {
    guard state.iterations % 10 == 0 || state.iterations <= 3 else { return .progress }
    state.gap = min(
      state.proximal.gap(at: state.here, gradient: state.gradient),
      state.here.p == state.best.p ? .infinity : state.gap)
    let size = state.proximal.program.objective.evaluate(state.here.p).magnitude
    if state.gap <= 0x1p-50 * size { state.quiet += 1 } else { state.quiet = 0 }
    return state.quiet >= 3 ? .converged : .progress
  }

  /// No step is long enough to be seen: the limit of precision, or a row that cannot be kept.
  private func concluded(_ state: inout State) -> Step {
    state.gap = state.proximal.gap(at: state.here, gradient: state.gradient)
    if state.value <= state.bestValue + 0x1p-50 * abs(state.bestValue) { state.best = state.here }
    let size = state.proximal.program.objective.evaluate(state.here.p).magnitude
    return state.gap <= 1e-9 * size ? .converged : .stalled(.precision)
  }
}

extension Method where Self == ProjectedDescent {
  /// Projected descent with spectral steps.
  public static var projectedDescent: ProjectedDescent { ProjectedDescent() }
}
