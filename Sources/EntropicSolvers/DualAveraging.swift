import EntropicModel
import EntropicNumerics

/// Dual averaging with a rate that tunes itself (AdaHedge): gradients are summed, never forgotten, nothing is
/// asked for.
///
///     F = f + h,  h separable and kept exact;  R(q) = KL(q, u),  u the first point
///     p_t     = argmin  <g_1 + ... + g_{t-1}, q> + (t - 1) h(q) + R(q) / eta_t
///     eta_{t+1} = range(R) / (delta_1 + ... + delta_t),   delta_t as in `AdaptiveLeader`
///
/// g_t is any subgradient of f at p_t, so that kinks are allowed. Neither Lipschitz constant nor horizon nor
/// scale of F enters, and adding a constant to g changes nothing. Offered is what certifies best: the last
/// point, the average of all points, or that of the later ones, with the average of the slopes of the kinks
/// as evidence.
///
/// - Guarantee: t (F(average) - F*) <= 2 (delta_1 + ... + delta_t): O(1 / sqrt t) for bounded gradients,
///   faster where the losses settle. `bound` is the observed linearised gap.
/// - Complexity: one gradient and two proximal steps a step.
/// - Sources: S. de Rooij, T. van Erven, P. Grunwald, W. Koolen, J. Mach. Learn. Res. 15 (2014),
///   arXiv:1301.0534; Y. Nesterov, Math. Program. 120 (2009), doi:10.1007/s10107-007-0149-x; F. Orabona, D.
///   Pal, 2015, arXiv:1502.05744.
public struct DualAveraging: Method {
  /// More linear rows than this are declined.
  public var largestRowCount: Int

  public init(largestRowCount: Int = 200) { self.largestRowCount = largestRowCount }

  public struct State: Sendable {
    let smooth: Functional
    /// p_t with the sum of the gradients and the rate
    var leader: AdaptiveLeader
    /// averages of everything, of the points since the last power of two, and of those before it
    var all: RunningMean
    var late: RunningMean
    var early: RunningMean
    /// what certified best
    var best: (point: ProximalStep.Trial, slopes: [[Double]?])
    var gap = Double.infinity
    var evaluations = 0
    var quiet = 0
    var fault: Step?
  }

  public var name: String { "dual-averaging" }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    let objective = program.objective
    guard program.isConvex else { return .declines("averages need a convex objective") }
    if let reason = objective.swampedEntropy { return .declines(reason) }
    guard program.convex.isEmpty else { return .declines("there are convex constraints") }
    let rows = program.equalities.count + program.inequalities.count
    guard rows <= largestRowCount else { return .declines("there are \(rows) linear rows") }
    return .accepts("a subgradient is enough")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let proximal = ProximalStep(program, .entropy)
    var here = ProximalStep.Trial(p: program.layout.centre(), logp: [], multipliers: [])
    var fault: Step?
    switch proximal.start(warm) {
    case .point(let trial): here = trial
    case .infeasible(let ray): fault = .infeasible(proximal.evidence(ray))
    case .failed: fault = .stalled(.notFinite)
    }
    let mean = RunningMean(count: program.count, rows: here.multipliers.count)
    var state = State(
      smooth: proximal.rest.withoutKinks, leader: AdaptiveLeader(proximal, at: here), all: mean, late: mean,
      early: mean, best: (here, Self.slopes(of: program, at: here.p)))
    state.fault = fault
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    let proximal = state.leader.proximal
    let p = state.leader.here
    let gradient = proximal.rest.gradient(p.p)
    state.evaluations += 1
    guard gradient.allSatisfy(\.isFinite) else { return .stalled(.notFinite) }
    let slopes = Self.slopes(of: proximal.program, at: p.p)
    let end = state.leader.absorb(gradient, stop: context.shouldStop)
    let count = state.leader.count
    if count & (count - 1) == 0 {
      state.early = state.late
      state.late = RunningMean(count: p.p.count, rows: p.multipliers.count)
    }
    state.all.add(p, slopes)
    state.late.add(p, slopes)
    switch end {
    case .moved: break
    case .notFinite: return .stalled(.notFinite)
    case .failed where context.shouldStop(): return .progress
    case .settled, .failed: return ended(&state)
    }
    guard count % 10 == 0 || count <= 3 else { return .progress }
    compare(&state)
    let size = proximal.program.objective.evaluate(p.p).magnitude
    state.quiet = state.gap <= 0x1p-50 * size ? state.quiet + 1 : 0
    return state.quiet >= 3 ? .converged : .progress
  }

  public func bound(_ state: State) -> Double { state.gap }

  public func finish(_ state: State) -> Candidate {
    var candidate = state.leader.proximal.candidate(state.best.point)
    candidate.evidence.objectiveSlopes = state.best.slopes
    return candidate
  }

  public func evaluations(_ state: State) -> Int { state.evaluations }

  // MARK: - Parts of a step

  /// Slopes of the kinks, nil for smooth composites.
  private static func slopes(of program: Program, at p: [Double]) -> [[Double]?] {
    program.objective.composites.map { term -> [Double]? in
      term.outer.isSmooth ? nil : term.outer.slope(at: term.image(p))
    }
  }

  // MARK: - The end of a step

  private func compare(_ state: inout State) {
    let slopes = state.all.meanSlopes
    var late = state.late
    late.add(state.early)
    let candidates = [
      (state.leader.here, slopes), (state.all.point, slopes), (state.leader.here, late.meanSlopes),
      (late.point, late.meanSlopes),
    ]
    for (point, slopes) in candidates {
      let gap = state.leader.proximal.gap(at: point, smooth: state.smooth, slopes: slopes)
      if gap < state.gap {
        state.gap = gap
        state.best = (point, slopes)
      }
    }
    state.evaluations += candidates.count
  }

  private func ended(_ state: inout State) -> Step {
    compare(&state)
    let size = state.leader.proximal.program.objective.evaluate(state.best.point.p).magnitude
    return state.gap <= 1e-9 * size ? .converged : .stalled(.precision)
  }
}
