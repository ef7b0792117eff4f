import EntropicModel
import EntropicNumerics

/// The augmented Lagrangian method: rows and convex constraints by multipliers and a penalty, the simplex by mirror
/// descent.
///
///     Phi(p) = F(p) + sum_eq [ y r(p) + sigma r(p)^2 / 2 ] + sum_ineq [ max(0, y + sigma r(p))^2 - y^2 ] / (2 sigma)
///     inner:  p ~ argmin Phi over the simplices and bounds, to a gap of sigma max |r|^2 / 50
///     outer:  y <- y + sigma r,  at least 0 for inequalities;   sigma <- 5 sigma when max |r| fell by less than 4
///
/// r are the residuals of the rows and of the convex constraints g(p) <= c, each divided by its own scale, so that one
/// sigma serves all. Asks for values and gradients only: it is the method for constraints on functions of one's own.
/// Convex constraints aim a little inside their bound, so that the limit is feasible and not only nearly so.
///
/// - Guarantee: for convex problems every limit point is optimal and y converges to multipliers; the certificate of the
///   loop judges each candidate with its multipliers.
/// - Rate: linear outer iterations, the faster the larger sigma; an inner step costs two evaluations.
/// - Sources: D. Bertsekas, Constrained Optimization and Lagrange Multiplier Methods, 1982; R. Rockafellar, Math. Oper.
///   Res. 1 (1976), doi:10.1287/moor.1.2.97.
public struct AugmentedLagrangian: Method {
  public var geometry: Geometry

  public init(_ geometry: Geometry = .entropy) { self.geometry = geometry }

  public struct State: Sendable {
    let rows: LagrangianTerms
    let inner: MirrorDescent
    var run: MirrorDescent.State
    /// Scaled multipliers and penalty.
    var y: [Double]
    var sigma: Double
    var residual: Double
    var target: Double
    var spent = 0
    var floors = 0
    var fault: Step?
  }

  public var name: String {
    geometry.isEntropy ? "augmented-lagrangian" : "augmented-lagrangian(\(geometry.name))"
  }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    guard !program.isUnconstrained else { return .declines("there is nothing to penalise") }
    guard program.convex.allSatisfy({ $0.functional.isSmooth }) else {
      return .declines("a constraint has kinks")
    }
    let bare = Program(layout: program.layout, objective: program.objective)
    if case .declines(let reason) = MirrorDescent(geometry).accepts(bare) { return .declines(reason) }
    return .accepts("values and gradients of the objective and the constraints are enough")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let rows = LagrangianTerms(program)
    let y = rows.multipliers(of: warm?.evidence)
    let p = warm?.point ?? program.start ?? program.layout.centre()
    let residual = rows.violation(p, y)
    let value = program.objective.value(p)
    let sigma = 10 * max(1, value.isFinite ? abs(value) : 1) / max(1, residual * residual)
    let inner = MirrorDescent(geometry)
    let run = inner.start(
      rows.program(y, sigma), warm: Candidate(point: p, evidence: Evidence()))
    var state = State(
      rows: rows, inner: inner, run: run, y: y, sigma: sigma, residual: residual,
      target: AugmentedLagrangian.target(residual, sigma))
    state.fault = run.fault
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    let ended = state.inner.step(&state.run, context)
    if case .stalled(.notFinite) = ended { return ended }
    var isDone = state.inner.bound(state.run) <= state.target
    if case .progress = ended {} else { isDone = true }
    guard isDone else { return .progress }
    var isAtFloor = true
    if case .progress = ended { isAtFloor = false }
    return update(&state, isAtFloor: isAtFloor)
  }

  /// The gap of an inner solve that lets the residual fall: a gap of sigma r^2 / 2 is a residual of r.
  private static func target(_ residual: Double, _ sigma: Double) -> Double {
    0.02 * sigma * residual * residual
  }

  /// The multipliers after an inner solve, and the next inner problem.
  private func update(_ state: inout State, isAtFloor: Bool) -> Step {
    let p = state.run.here.p
    let before = state.residual
    state.residual = state.rows.violation(p, state.y)
    state.y = state.rows.updated(state.y, at: p, sigma: state.sigma)
    if let ray = state.rows.ray(state.y) { return .infeasible(ray) }
    let isSlow = state.residual > before / 4
    if isSlow, isAtFloor, state.residual <= 2e-11 {
      // The inner solve cannot do better in this precision: neither can more penalty.
      state.floors += 1
      if state.floors >= 4 { return .converged }
    } else if isSlow {
      state.sigma *= 5
    }
    guard state.sigma < 1e14 else { return .stalled(.progress) }
    state.target = AugmentedLagrangian.target(state.residual, state.sigma)
    let spent = state.spent + state.run.evaluations
    let length = state.run.length
    state.run = state.inner.start(
      state.rows.program(state.y, state.sigma), warm: Candidate(point: p, evidence: Evidence()))
    state.run.length = length
    state.spent = spent
    return .progress
  }

  /// The gap of the inner problem and what the multipliers make of the residuals.
  public func bound(_ state: State) -> Double {
    let p = state.run.here.p
    guard state.rows.violation(p, state.y) <= 1e-7 else { return .infinity }
    return state.inner.bound(state.run) + state.rows.slack(p, state.y)
  }

  public func finish(_ state: State) -> Candidate {
    let program = state.rows.original
    let p = program.normalised(state.run.here.p)
    return Candidate(
      point: repaired(p, for: program),
      evidence: state.rows.evidence(state.rows.updated(state.y, at: p, sigma: state.sigma)))
  }

  public func evaluations(_ state: State) -> Int { state.spent + state.run.evaluations }
}
