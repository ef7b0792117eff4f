import EntropicModel
import EntropicNumerics

/// Dykstra's algorithm in relative entropy: projections on one set after the other, with multiplicative corrections.
///
///     min  sum_s tau_s sum_(i in s) p_i log p_i + c . p  =  min tau KL(p, p_0),   p_0 ~ e^(-c / tau)
///     q <- P_k(p z_k),   z_k <- p z_k / q,   p <- q        for every set k in turn
///
/// The sets: groups of disjoint equality rows of constant coefficients (marginals) by scaling, other equality rows and
/// inequality rows by one scalar root, bounds by clipping, separable convex constraints (KL balls among them) by one root.
/// For affine sets the corrections cancel and the method is Bregman's; with marginals alone it is iterative proportional
/// fitting, Sinkhorn's algorithm. Every projection maximises the dual in one block, so that log z_k adds up the
/// multipliers: they are the evidence.
///
/// - Guarantee: the dual value does not fall; p converges to the projection on the intersection.
/// - Rate: linear for rows, with a constant that depends on the angles between the sets; Newton's method on the dual
///   (`dual-newton`) is far faster for few rows.
/// - Complexity: O(nnz) a sweep over the rows times the steps of their roots, about 4.
/// - Sources: R. Dykstra, Ann. Probab. 13 (1985), doi:10.1214/aop/1176992918; Y. Censor, S. Reich, Optimization 44 (1998),
///   doi:10.1080/02331939808844414; H. Bauschke, A. Lewis, Optimization 48 (2000), doi:10.1080/02331930008844513; J.-D.
///   Benamou et al., SIAM J. Sci. Comput. 37 (2015), doi:10.1137/141000439.
public struct Dykstra: Method {
  public init() {}

  public struct State: Sendable {
    let program: Program
    let sets: [DykstraSet]
    let moments: MomentRows
    // every sweep
    var dual: DykstraDual
    var sweeps = 0
    var evaluations = 0
    var idle = 0
    var pause = 1
    // when it is checked
    var best: BestCandidate
    var fault: Step?

    /// The law of the current multipliers.
    public var point: [Double] { dual.law }
    /// The current multipliers.
    public var evidence: Evidence { dual.evidence }
  }

  public var name: String { "dykstra" }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    let f = program.objective
    guard program.isConvex else { return .declines("the problem is not known to be convex") }
    guard f.hasNoComposites, f.barrier.isEmpty, f.powers.isEmpty, DualNewton.temperatures(program) != nil
    else {
      return .declines("the objective is not a relative entropy of one weight a simplex")
    }
    if let reason = f.swampedEntropy { return .declines(reason) }
    guard program.convex.allSatisfy(\.functional.hasNoComposites) else {
      return .declines("a convex constraint is not separable")
    }
    return .accepts("a relative entropy: projections on one set after the other")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let dual = DykstraDual(program, warm: warm?.evidence)
    let point = program.normalised(dual.law)
    var state = State(
      program: program, sets: DykstraSet.all(of: program), moments: MomentRows(program), dual: dual,
      best: BestCandidate(program, Candidate(point: point, evidence: dual.evidence)))
    if !point.allSatisfy(\.isFinite) { state.fault = .stalled(.notFinite) }
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    state.sweeps += 1
    for set in state.sets {
      if context.shouldStop() { return .progress }
      state.evaluations += 1
      switch state.dual.project(on: set) {
      case .moved: break
      case .broken: return .stalled(.notFinite)
      case .empty(let evidence):
        state.fault = .stalled(.precision)
        return .infeasible(evidence)
      }
    }
    guard state.sweeps % state.pause == 0 || state.sets.isEmpty else { return .progress }
    // Checks become rarer, as sweeps are cheap.
    state.pause = min(state.pause + state.pause / 4 + 1, 20)
    state.dual.refresh()
    let before = state.best.gap
    let change = state.best.offer(
      Candidate(point: state.dual.law, evidence: state.dual.evidence), rows: state.moments)
    state.idle = change && state.best.gap < 0.999 * before ? 0 : state.idle + 1
    if state.best.gap <= 0x1p-48 * state.best.size || state.sets.isEmpty { return .converged }
    if let ray = state.dual.contradiction() { return .infeasible(ray) }
    if state.idle >= 30 {
      return state.best.gap <= 1e-9 * state.best.size ? .converged : .stalled(.precision)
    }
    return .progress
  }

  public func bound(_ state: State) -> Double { state.best.gap }

  public func finish(_ state: State) -> Candidate { state.best.candidate }

  public func evaluations(_ state: State) -> Int { state.evaluations }
}

extension Method where Self == Dykstra {
  /// Dykstra's algorithm in relative entropy.
  public static var dykstra: Dykstra { Dykstra() }
}
