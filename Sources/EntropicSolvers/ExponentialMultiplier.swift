import EntropicModel
import EntropicNumerics

/// The exponential method of multipliers: rows leave the feasible set and enter the objective, smoothly.
///
///     r = (C p - d) / scale,  e = (A p - b) / scale
///     p ~ argmin over the simplices  F(q) + sum_j (mu_j / sigma) exp(sigma r_j(q)) + lambda . e(q) + (rho / 2) |e(q)|^2
///     mu_j <- mu_j exp(sigma r_j),   lambda <- lambda + rho e;    sigma, rho times 4 when the residual fell by less than 4
///
/// On inequalities this is the proximal point method of the dual in relative entropy: multipliers stay positive, and the
/// inner problem is as smooth as F. Equations get the classic quadratic terms. At an inner solution the new multipliers
/// make the gradient of the Lagrangian vanish, so that they are the evidence as they are. Inner problems have only
/// simplices, bounds and convex constraints left; the interior point, or mirror descent where second derivatives are
/// missing, solves them to a tenth of what the residual asks for.
///
/// - Guarantee: for exact inner solutions the dual value rises at every step and multipliers converge.
/// - Outcome: `infeasible` where the multipliers, divided by the largest, prove it.
/// - Complexity: 8 to 30 inner solutions. Prefer the dual Newton method or the interior point where they apply.
/// - Sources: P. Tseng, D. Bertsekas, Math. Program. 60 (1993), doi:10.1007/BF01580598; D. Bertsekas, Constrained
///   Optimization and Lagrange Multiplier Methods, 1982.
public struct ExponentialMultiplier: Method {
  /// sigma at the start, in units of the scaled rows.
  public var sharpness: Double
  public var growth: Double

  public init(sharpness: Double = 4, growth: Double = 4) {
    precondition(
      sharpness > 0 && growth > 1, "sharpness \(sharpness) > 0 and growth \(growth) > 1 are needed")
    self.sharpness = sharpness
    self.growth = growth
  }

  public struct State: Sendable {
    let program: Program
    let inner: any Method
    /// Largest entry of every centred row, equalities first.
    let scale: [Double]
    /// The unit of the multipliers: the scale of F.
    let unit: Double
    // every step
    var p: [Double]
    /// lambda and mu, in units of F for scaled rows.
    var multipliers: [Double]
    var evidence: Evidence
    var sharpness: Double
    var residual = Double.infinity
    var iterations = 0
    var evaluations = 0
    var idle = 0
    // when the interval shrinks
    var best: BestCandidate
    var fault: Step?
  }

  public var name: String { "exponential-multiplier" }
  public var isSecondOrder: Bool { true }

  private static let inner: [any Method] = [InteriorPoint(), MirrorDescent()]

  public func accepts(_ program: Program) -> Acceptance {
    guard program.isConvex else { return .declines("the problem is not known to be convex") }
    if let reason = program.objective.swampedEntropy { return .declines(reason) }
    let rows = program.equalities.count + program.inequalities.count
    guard rows > 0 else { return .declines("there are no linear rows") }
    let scale = [Double](repeating: 1, count: rows)
    let sample = ExponentialMultiplier.subproblem(
      program, scale: scale, multipliers: scale, sharpness: 1, unit: 1)
    guard let method = InnerSolve.method(for: sample, among: ExponentialMultiplier.inner) else {
      return .declines("no method for the smooth subproblems accepts them")
    }
    return .accepts("\(rows) rows by multipliers, smooth subproblems by \(method.name)")
  }

  /// F with the rows as smooth terms.
  static func subproblem(
    _ program: Program, scale: [Double], multipliers: [Double], sharpness: Double, unit: Double
  ) -> Program {
    var sub = program
    sub.equalities = []
    sub.inequalities = []
    sub.start = nil
    func map(_ rows: [ConstraintRow], _ factor: (Int) -> Double) -> LinearMap {
      .from(
        rows: rows.enumerated().map { j, row in
          zip(row.columns, row.values).map { (column: $0, value: factor(j) * $1) }
        }, columns: program.count)
    }
    let k = program.equalities.count
    let equal = (0..<k).filter { scale[$0] > 0 }
    if !equal.isEmpty {
      let rows = equal.map { program.equalities[$0] }
      for (row, j) in zip(rows, equal) {
        for (i, a) in zip(row.columns, row.values) {
          sub.objective.linear[i] += multipliers[j] * a / scale[j]
        }
        sub.objective.constant -= multipliers[j] * row.bound / scale[j]
      }
      sub.objective.composites.append(
        Composite(
          outer: .power(2, rows.map { _ in unit * sharpness / 2 }), map: map(rows) { 1 / scale[equal[$0]] },
          offset: zip(rows, equal).map { -$0.bound / scale[$1] }))
    }
    let unequal = program.inequalities.indices.filter { scale[k + $0] > 0 && multipliers[k + $0] > 0 }
    if !unequal.isEmpty {
      let rows = unequal.map { program.inequalities[$0] }
      sub.objective.composites.append(
        Composite(
          outer: .exponential(unequal.map { multipliers[k + $0] / sharpness }),
          map: map(rows) { sharpness / scale[k + unequal[$0]] },
          offset: zip(rows, unequal).map { -sharpness * $0.bound / scale[k + $1] }))
    }
    return sub
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let moments = MomentRows(program)
    let centre = program.layout.centre()
    var p = warm?.point ?? program.start ?? centre
    if p.count != program.count || !p.allSatisfy({ $0.isFinite && $0 >= 0 }) { p = centre }
    p = program.normalised(zip(p, centre).map { (1 - 1e-6) * $0 + 1e-6 * $1 })
    let gradient = program.objective.gradient(p)
    var unit = 0.0
    for slice in program.layout.simplices {
      let part = slice.range.filter { program.layout.upper[$0] > 0 }.map { gradient[$0] }
      if let high = part.max(), let low = part.min(), high - low < .infinity { unit = max(unit, high - low) }
    }
    let known = program.objective.scale(in: program.layout)
    unit = unit > 1e-3 * known ? unit : max(1e-3 * known, .leastNormalMagnitude)
    let k = program.equalities.count
    var multipliers = (0..<moments.rows).map { $0 < k ? 0 : unit }
    if let evidence = warm?.evidence, evidence.equality.count == k,
      evidence.inequality.count == program.inequalities.count
    {
      for j in multipliers.indices {
        // A multiplier of 0 could not come back.
        multipliers[j] =
          moments.scale[j] * (j < k ? evidence.equality[j] : evidence.inequality[j - k])
        if j >= k { multipliers[j] = max(multipliers[j], 1e-3 * unit) }
      }
    }
    let sample = ExponentialMultiplier.subproblem(
      program, scale: moments.scale, multipliers: multipliers, sharpness: sharpness, unit: unit)
    let inner = InnerSolve.method(for: sample, among: ExponentialMultiplier.inner)
    var state = State(
      program: program, inner: inner ?? MirrorDescent(), scale: moments.scale, unit: unit, p: p,
      multipliers: multipliers, evidence: .none(for: sample), sharpness: sharpness,
      best: BestCandidate(program, Candidate(point: p, evidence: .none(for: program))))
    if inner == nil { state.fault = .stalled(.unsuitable) }
    if gradient.contains(where: \.isNaN) || program.objective.value(p).isNaN {
      state.fault = .stalled(.notFinite)
    }
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    state.iterations += 1
    let program = state.program
    let sub = ExponentialMultiplier.subproblem(
      program, scale: state.scale, multipliers: state.multipliers, sharpness: state.sharpness,
      unit: state.unit)
    let share = min(0.1, 1 / state.sharpness) * state.unit
    let floor = 0x1p-50 * state.best.size
    let frozen = state
    let run = InnerSolve(
      state.inner, sub, warm: Candidate(point: state.p, evidence: state.evidence), context,
      limit: state.inner.isSecondOrder ? 200 : 4000,
      goal: { q in
        max(0.1 * share * min(ExponentialMultiplier.residual(q, frozen), frozen.residual), floor)
      })
    state.evaluations += run.evaluations
    switch run.end {
    case .infeasible(let evidence): return .infeasible(complete(evidence, state, scaled: []))
    case .unfinished(.notFinite): return .stalled(.notFinite)
    case .stopped: return .progress
    default: break
    }
    guard run.candidate.point.allSatisfy(\.isFinite) else { return .stalled(.notFinite) }
    state.p = run.candidate.point
    state.evidence = run.candidate.evidence
    let k = program.equalities.count
    let r = ExponentialMultiplier.rows(state.p, state)
    for j in r.indices where state.scale[j] > 0 {
      if j < k {
        state.multipliers[j] += state.unit * state.sharpness * r[j]
      } else {
        state.multipliers[j] *= Kernel.exp(max(min(state.sharpness * r[j], 50), -50))
      }
    }
    guard state.multipliers.allSatisfy(\.isFinite) else { return .stalled(.precision) }
    let before = state.best.gap
    state.best.offer(
      Candidate(point: state.p, evidence: complete(state.evidence, state, scaled: state.multipliers)))
    // Multipliers on their way to 0 never arrive: their limit is offered, too.
    let settled = state.multipliers.enumerated().map { j, y in j >= k && y < 1e-2 * state.unit ? 0 : y }
    if settled != state.multipliers {
      state.best.offer(
        Candidate(point: state.p, evidence: complete(state.evidence, state, scaled: settled)))
    }
    state.idle = state.best.gap < 0.9 * before ? 0 : state.idle + 1
    let residual = ExponentialMultiplier.residual(state.p, state)
    if residual > 0.25 * state.residual || residual > 1e-3 {
      if let ray = contradiction(state) { return .infeasible(ray) }
    }
    if residual > 0.25 * state.residual {
      // sigma r must stay a moderate exponent.
      let worst = r.indices.reduce(0) { $1 < k ? $0 : max($0, r[$1]) }
      state.sharpness = min(
        growth * state.sharpness, worst > 0 ? max(40 / worst, state.sharpness) : .infinity, 1e9)
    }
    state.residual = min(residual, state.residual)
    if state.best.gap <= 0x1p-48 * state.best.size { return .converged }
    if state.idle >= 8 && state.best.gap <= 1e-9 * state.best.size || state.idle >= 25 {
      return state.best.gap <= 1e-9 * state.best.size ? .converged : .stalled(.precision)
    }
    return .progress
  }

  public func bound(_ state: State) -> Double { state.best.gap }

  public func finish(_ state: State) -> Candidate { state.best.candidate }

  public func evaluations(_ state: State) -> Int { state.evaluations }

  // MARK: - Rows

  /// (A p - b) / scale, then (C p - d) / scale.
  private static func rows(_ p: [Double], _ state: State) -> [Double] {
    (state.program.equalities + state.program.inequalities).enumerated().map { j, row in
      state.scale[j] > 0 ? (row.value(p) - row.bound) / state.scale[j] : 0
    }
  }

  /// max of |e_j| and of |min(-r_j, mu_j / unit)|: zero exactly at complementary feasible points.
  private static func residual(_ p: [Double], _ state: State) -> Double {
    let k = state.program.equalities.count
    return rows(p, state).enumerated().reduce(0) { worst, item in
      let (j, r) = item
      return max(worst, j < k ? abs(r) : abs(min(-r, state.multipliers[j] / state.unit)))
    }
  }

  /// Evidence of a subproblem with multipliers of the rows; the slopes of the row terms fall away.
  private func complete(_ evidence: Evidence, _ state: State, scaled: [Double]) -> Evidence {
    var whole = evidence
    let none = Evidence.none(for: state.program)
    whole.equality = none.equality
    whole.inequality = none.inequality
    if whole.convex.count != none.convex.count { whole.convex = none.convex }
    whole.objectiveSlopes = Array(evidence.objectiveSlopes.prefix(state.program.objective.composites.count))
    let k = none.equality.count
    for (j, y) in scaled.enumerated() where state.scale[j] > 0 {
      if j < k {
        whole.equality[j] = y / state.scale[j]
      } else {
        whole.inequality[j - k] = y / state.scale[j]
      }
    }
    return whole
  }

  /// Multipliers, divided by the largest, that prove that the rows cannot hold together.
  private func contradiction(_ state: State) -> Evidence? {
    let largest = state.multipliers.reduce(0) { max($0, abs($1)) }
    guard largest > 0, largest < .infinity, state.iterations > 2 else { return nil }
    let evidence = complete(
      .none(for: state.program), state, scaled: state.multipliers.map { $0 / largest })
    return state.program.infeasibilityProof(evidence, at: state.p) == nil ? nil : evidence
  }
}

extension Method where Self == ExponentialMultiplier {
  /// The exponential method of multipliers.
  public static var exponentialMultiplier: ExponentialMultiplier { ExponentialMultiplier() }
}
