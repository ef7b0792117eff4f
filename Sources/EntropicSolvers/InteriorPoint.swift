import EntropicModel
import EntropicNumerics

/// Primal-dual interior point on products of simplices: predictor and corrector on the saddle form of a
/// program.
///
///     rho_p = grad f + B' beta - z + v,    rho_r = r(p) + slacks,    mu = (x . z + ...) / number of products
///
/// A step solves the Newton system twice with one factorisation (see `SaddleMatrix`): with mu = 0 to see
/// how far the boundary lets it go, then with the target sigma mu, sigma = (mu_aff / mu)^3, and the
/// second-order term of the predictor. Both sides move by one common length, at most 1 - min(0.005, mu) of
/// the way to the boundary, shortened by 0.7 until the residuals fall and no product of a pair is left
/// behind.
///
/// - Accepts every convex program with second derivatives: bounds, equalities of any rank, inequalities,
///   convex constraints, and |.|, maxima, norms and smallest eigenvalues anywhere. Linear objectives end at
///   the optimal face, at its analytic centre when it is more than a vertex.
/// - The start leaves no residual of stationarity: z = grad - min grad + s on every simplex.
/// - Ends when neither the gap nor the residuals can fall further; the offered point has its rows corrected
///   to the last digits. Diverging multipliers are offered as a proof of infeasibility.
/// - Complexity: one factorisation an iteration, 10 to 30 iterations whatever the size.
/// - Source: S. Mehrotra, SIAM J. Optim. 2 (1992), doi:10.1137/0802028; E. D. Andersen, Y. Ye, Comput.
///   Optim. Appl. 10 (1998), doi:10.1023/A:1018369223322 (convex constraints).
public struct InteriorPoint: Method {
  public var iterationLimit: Int

  public init(iterationLimit: Int = 200) { self.iterationLimit = iterationLimit }

  public var name: String { "interior-point" }
  public var isSecondOrder: Bool { true }

  public struct State {
    let form: SaddleForm
    /// The scale of the objective's data.
    let scale: Double
    /// Every step.
    var point: SaddlePoint
    var residual: SaddleResidual?
    var iteration = 0
    var evaluations = 0
    /// Iterations since the interval, the sum of gap and residuals, or the residual of the rows last shrank.
    var idle = 0
    var merit = Double.infinity
    var rows = Double.infinity
    /// The best certified point so far.
    var best: Candidate
    var certificate: Certificate?
    /// The smallest gap so far, and the scaled gap plus residuals that belonged to the best point.
    var least = Double.infinity
    var rest = Double.infinity
    var failure: StallReason?
  }

  public func accepts(_ program: Program) -> Acceptance {
    guard program.isConvex else { return .declines("the problem is not known to be convex") }
    guard program.objective.hasHessian, program.convex.allSatisfy(\.functional.hasHessian) else {
      return .declines("a function of the user has no second derivatives")
    }
    if let reason = program.objective.swampedEntropy { return .declines(reason) }
    let n = program.count
    let blocks = [program.objective] + program.convex.map(\.functional)
    let isDense = blocks.contains { f in
      f.composites.contains { if case .quadratic = $0.outer { true } else { false } }
        || f.information.contains {
          $0.kind == .traceInverse
            || $0.kind == .negativeLogDeterminant
              && $0.regressors.columns * ($0.regressors.columns + 1) / 2 >= n
        }
    }
    if isDense, n > 4000 { return .declines("a dense Hessian of order \(n)") }
    let rows =
      program.equalities.count + program.inequalities.count + program.convex.count
      + program.layout.simplices.count
    let rank = blocks.reduce(0) { $0 + InteriorPoint.rank($1) }
    if n > 4000, rows + rank > 4000 { return .declines("\(rows + rank) rows for \(n) masses") }
    let limits = "\(rows) \(rows == 1 ? "row" : "rows")"
    return .accepts(
      "convex with second derivatives; Newton's method works on \(n) masses, rank \(rank), \(limits)")
  }

  /// Rows that a functional adds to the eliminated system.
  private static func rank(_ f: Functional) -> Int {
    f.composites.reduce(0) { $0 + $1.map.rows } + f.conditionals.reduce(0) { $0 + $1.map.rows }
      + f.information.reduce(0) { $0 + PackedSymmetric.count($1.regressors.columns) }
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let p = InteriorStart.masses(program, warm: warm)
    let form = SaddleForm(program, at: p)
    let point = InteriorStart.point(form, masses: p)
    var state = State(
      form: form, scale: program.objective.scale(in: program.layout), point: point,
      residual: form.residual(point),
      best: Candidate(point: program.normalised(p), evidence: .none(for: program)))
    if let warm { state.best = warm }
    state.evaluations = 2
    if state.residual == nil { state.failure = .notFinite }
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let contradiction = state.form.contradiction { return .infeasible(contradiction) }
    if let failure = state.failure { return .stalled(failure) }
    guard let residual = state.residual else { return .stalled(.notFinite) }
    if state.iteration >= iterationLimit { return end(&state, context) }
    state.iteration += 1
    let form = state.form
    let s = state.point
    guard let system = InteriorStep(form, s, residual, stop: context.shouldStop) else {
      if context.shouldStop() { return .progress }
      return end(&state, context)
    }
    guard let (next, after, length) = system.take() else { return end(&state, context) }
    state.evaluations += 2
    state.point = next
    state.residual = after
    let improved = judge(&state)
    if let evidence = proofOfInfeasibility(state) { return .infeasible(evidence) }
    let (gap, _) = next.complementarity(form)
    let settled = max(gap, after.dualSize) < 1e-13 * max(1, abs(after.objective)) && after.rowSize < 1e-12
    let merit = gap + after.dualSize + after.rowSize
    let falls = merit < 0.95 * state.merit || after.rowSize < 0.95 * state.rows
    state.idle = improved || (!settled && falls) ? 0 : state.idle + 1
    state.merit = min(merit, state.merit)
    state.rows = min(after.rowSize, state.rows)
    let isSharp = state.certificate.map { $0.isFeasible && $0.gap <= 1e-11 * size(of: $0, state) } ?? false
    if state.idle >= (settled ? 2 : isSharp ? 3 : 12) || length < 1e-9 { return end(&state, context) }
    return .progress
  }

  public func bound(_ state: State) -> Double {
    guard let residual = state.residual else { return .infinity }
    if let certificate = state.certificate { return certificate.gap }
    let (gap, _) = state.point.complementarity(state.form)
    return (gap + residual.dualSize + residual.rowSize) / state.form.objectiveScale
  }

  public func finish(_ state: State) -> Candidate {
    state.certificate == nil && state.residual != nil ? state.form.candidate(state.point) : state.best
  }

  public func evaluations(_ state: State) -> Int { state.evaluations }

  // MARK: the end

  /// Certifies the point when it is near the end, and keeps the best. True when the interval shrank.
  ///
  /// Where gaps are rounding they say no more about the point: the later one, with its small masses set to
  /// 0, is nearer to the solution, because the gap is of second order in the distance.
  private func judge(_ state: inout State) -> Bool {
    guard let residual = state.residual else { return false }
    let (gap, _) = state.point.complementarity(state.form)
    guard gap < 1e-6 * max(1, abs(residual.objective)), residual.rowSize < 1e-6 else { return false }
    let rest = gap + residual.dualSize
    let isLater = rest < 0.5 * state.rest
    var improved = false
    for candidate in state.form.candidates(state.point) {
      let certificate = Certificate(
        state.form.program, point: candidate.point, evidence: candidate.evidence)
      state.evaluations += 1
      let isRounding =
        isLater && certificate.isFeasible && certificate.gap <= 1e-11 * size(of: certificate, state)
        && certificate.gap <= 1.1 * state.least
      guard isRounding || InteriorPoint.isBetter(certificate, than: state.certificate) else { continue }
      if let old = state.certificate {
        improved =
          improved || certificate.gap < 0.9 * state.least
          || !old.isFeasible && certificate.infeasibility < 0.9 * old.infeasibility
      } else {
        improved = true
      }
      if certificate.isFeasible { state.least = min(state.least, certificate.gap) }
      state.certificate = certificate
      state.best = candidate
      state.rest = rest
    }
    return improved
  }

  static func isBetter(_ new: Certificate, than old: Certificate?) -> Bool {
    guard let old else { return true }
    if new.isFeasible != old.isFeasible { return new.isFeasible }
    if !new.isFeasible { return new.infeasibility < old.infeasibility }
    if new.isContradictory != old.isContradictory { return old.isContradictory }
    return new.gap < old.gap
  }

  private func end(_ state: inout State, _ context: StepContext) -> Step {
    guard let certificate = state.certificate, certificate.isFeasible, certificate.gap < .infinity else {
      if let evidence = contradiction(state, context) { return .infeasible(evidence) }
      state.failure = .progress
      return .stalled(.progress)
    }
    if certificate.gap <= 1e-9 * size(of: certificate, state) { return .converged }
    state.failure = .precision
    return .stalled(.precision)
  }

  /// The constraints without the objective, when a run ended far from all of them.
  ///
  /// Multipliers of constraints that contradict each other by little must outweigh the objective before they are a
  /// proof, and iterations may end first. Without an objective they are one as soon as they balance each other.
  private func contradiction(_ state: State, _ context: StepContext) -> Evidence? {
    var program = state.form.program
    guard let residual = state.residual, residual.rowSize > 1e-9, !program.isUnconstrained,
      !InteriorPoint.isBare(program)
    else { return nil }
    program.objective = Functional(count: program.count)
    var phase = start(program, warm: nil)
    for _ in 0..<60 where !context.shouldStop() {
      switch step(&phase, context) {
      case .progress: continue
      case .infeasible(let evidence): return evidence
      case .converged, .stalled: return nil
      }
    }
    return nil
  }

  /// True without an objective.
  private static func isBare(_ program: Program) -> Bool {
    program.objective.isLinear && program.objective.linear.allSatisfy { $0 == 0 }
  }

  private func size(of certificate: Certificate, _ state: State) -> Double {
    max(abs(certificate.lower), abs(certificate.upper), state.scale)
  }

  /// Multipliers that have left everything else behind.
  private func proofOfInfeasibility(_ state: State) -> Evidence? {
    guard let residual = state.residual, state.iteration >= 3, residual.rowSize > 1e-9 else { return nil }
    let size = SaddleResidual.largest(state.point.beta)
    // Beside an objective only multipliers that have outgrown it are worth the trial.
    if !InteriorPoint.isBare(state.form.program) {
      guard size > 10, state.iteration.isMultiple(of: 2) || size > 1e4 else { return nil }
    }
    var evidence = state.form.evidence(state.point)
    let largest = max(
      SaddleResidual.largest(evidence.equality), SaddleResidual.largest(evidence.inequality),
      SaddleResidual.largest(evidence.convex))
    guard largest > 0, largest < .infinity else { return nil }
    evidence.equality = evidence.equality.map { $0 / largest }
    evidence.inequality = evidence.inequality.map { $0 / largest }
    evidence.convex = evidence.convex.map { $0 / largest }
    let p = state.point.masses(state.form)
    evidence.tangent = p
    return state.form.program.infeasibilityProof(evidence, at: p) == nil ? nil : evidence
  }
}

extension Method where Self == InteriorPoint {
  /// The primal-dual interior point.
  public static var interiorPoint: InteriorPoint { InteriorPoint() }
}
