import EntropicModel
import EntropicNumerics

/// The augmented Lagrangian method: rows and convex constraints by multipliers and a penalty, the simplex by mirror
/// descent, the last digits by Newton's method on the face that this identifies.
///
///     Phi(p) = F(p) + sum_eq [ y r(p) + sigma r(p)^2 / 2 ] + sum_ineq [ max(0, y + sigma r(p))^2 - y^2 ] / (2 sigma)
///     inner:  p ~ argmin Phi over the simplices and bounds, to a gap of sigma max |r|^2 / 50
///     outer:  y <- y + sigma r,  at least 0 for inequalities;   sigma <- 5 sigma when max |r| fell by less than 4
///     finish: whenever max |r| has fallen by 10, `FaceNewton` from (p, y); linear programmes by `LinearPolish`
///
/// r are the residuals of the rows and of the convex constraints g(p) <= c, each divided by its own scale, so that one
/// sigma serves all. Asks for values and gradients only, also in the finish, where differences of gradients stand in
/// for second derivatives: it is the method for constraints on functions of one's own. Rows may depend on one another
/// and need not be independent on the face. Convex constraints aim a little inside their bound, so that the limit is
/// feasible and not only nearly so. The offered point is the best that was certified, with its multipliers.
///
/// - Guarantee: for convex problems every limit point is optimal and y converges to multipliers; the certificate of the
///   loop judges each candidate with its multipliers.
/// - Rate: linear outer iterations, the faster the larger sigma; an inner step costs two evaluations. The finish is
///   quadratic where second derivatives are known, linear with a factor of about 1e-6 elsewhere.
/// - Sources: D. Bertsekas, Constrained Optimization and Lagrange Multiplier Methods, 1982; R. Rockafellar, Math. Oper.
///   Res. 1 (1976), doi:10.1287/moor.1.2.97.
public struct AugmentedLagrangian: Method {
  public var geometry: Geometry
  /// Most steps of one inner solve; the multipliers are updated then, whatever it has reached.
  public var innerLimit: Int
  /// Largest face that is polished.
  public var largestFace: Int

  public init(_ geometry: Geometry = .entropy, innerLimit: Int = 1000, largestFace: Int = 600) {
    self.geometry = geometry
    self.innerLimit = innerLimit
    self.largestFace = largestFace
  }

  public struct State: Sendable {
    let rows: LagrangianTerms
    let inner: MirrorDescent
    // every step
    var run: MirrorDescent.State
    var steps = 0
    // every inner solve
    /// Scaled multipliers and penalty.
    var y: [Double]
    var sigma: Double
    var residual: Double
    var target: Double
    var spent = 0
    var floors = 0
    // when a certificate improves
    var best: BestCandidate
    /// The residual from which the last polish started.
    var polished = Double.infinity
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
      target: AugmentedLagrangian.target(residual, sigma),
      best: BestCandidate(program, Candidate(point: program.normalised(p), evidence: rows.evidence(y))))
    state.fault = run.fault
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    let ended = state.inner.step(&state.run, context)
    if case .stalled(.notFinite) = ended { return ended }
    if context.shouldStop() { return .progress }
    state.steps += 1
    var isAtFloor = true
    if case .progress = ended { isAtFloor = false }
    guard isAtFloor || state.steps >= innerLimit || state.inner.bound(state.run) <= state.target else {
      return .progress
    }
    return update(&state, context, isAtFloor: isAtFloor)
  }

  /// The gap of an inner solve that lets the residual fall: a gap of sigma r^2 / 2 is a residual of r.
  private static func target(_ residual: Double, _ sigma: Double) -> Double {
    0.02 * sigma * residual * residual
  }

  /// The multipliers after an inner solve, and the next inner problem.
  private func update(_ state: inout State, _ context: StepContext, isAtFloor: Bool) -> Step {
    let p = state.run.here.p
    let before = state.residual
    state.residual = state.rows.violation(p, state.y)
    state.y = state.rows.updated(state.y, at: p, sigma: state.sigma)
    if let ray = state.rows.contradiction(state.y, at: p) { return .infeasible(ray) }
    offer(&state)
    if state.residual <= 0.1 * state.polished {
      state.polished = state.residual
      polish(&state, context)
      if state.best.gap <= 0x1p-47 * state.best.size { return .converged }
    }
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
    state.steps = 0
    return .progress
  }

  /// The point of the inner solve, on its rows and inside its convex constraints.
  private func offer(_ state: inout State) {
    let program = state.rows.original
    let p = repaired(program.normalised(state.run.here.p), for: program, rows: state.rows.moments)
    let candidate = Candidate(point: secured(p, for: program), evidence: state.rows.evidence(state.y))
    state.best.offer(candidate, rows: state.rows.moments)
  }

  /// Newton's method on the face of the point, and the vertex of a linear programme.
  private func polish(_ state: inout State, _ context: StepContext) {
    let program = state.rows.original
    let p = program.normalised(state.run.here.p)
    let evidence = state.rows.evidence(state.y)
    if program.objective.isLinear, program.convex.isEmpty {
      LinearPolish(program, state.rows.moments).polish(
        p, multipliers: evidence.equality + evidence.inequality, flags: [], into: &state.best)
    }
    guard program.isConvex, program.count <= 4 * largestFace, state.best.gap > 0x1p-47 * state.best.size
    else {
      return
    }
    for start in [p, state.best.candidate.point] {
      let run = InnerSolve(
        FaceNewton(order: largestFace), program, warm: Candidate(point: start, evidence: evidence), context,
        limit: 40, goal: { [size = state.best.size] _ in 0x1p-48 * size })
      state.spent += run.evaluations
      state.best.offer(run.candidate, rows: state.rows.moments)
      if state.best.gap <= 1e-10 * state.best.size { return }
    }
  }

  /// The gap of the best certified point.
  public func bound(_ state: State) -> Double { state.best.gap }

  public func finish(_ state: State) -> Candidate { state.best.candidate }

  public func evaluations(_ state: State) -> Int { state.spent + state.run.evaluations }
}
