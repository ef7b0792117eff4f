import EntropicModel
import EntropicNumerics

/// Newton's method on the dual of entropy with linear rows: maximum entropy, I-projections, regularised
/// policies, exponential tilting, entropic transport.
///
///     min  sum_i tau_i p_i log p_i + c . p    over products of simplices,  A p = b,  C p <= d
///
/// Squares of affine functions in the objective, |K p + k|^2 and max(K p + k, 0)^2, are rows that may be missed at a
/// price: their conjugate is a square as well and joins the dual (`SoftRows`). tau is positive and constant within a simplex. The law is a softmax of the multipliers, so that their
/// number is the number of unknowns; see `EntropyDual` for direction, step and faces. The multipliers of the
/// last step are the evidence.
///
/// - Guarantee: residuals of a few roundings; `infeasible` with a separating direction; where multipliers are
///   unbounded the face is found, the flag `boundary` is set and the evidence goes far enough along the
///   recession direction.
/// - Complexity: O(n k^2 + k^3) a step and one pass over the rows; 3 to 20 steps.
public struct DualNewton: Method {
  /// Steps before the method gives up.
  public var limit: Int
  /// More rows than this are declined: the Hessian is dense.
  public var largestRowCount: Int

  public init(limit: Int = 200, largestRowCount: Int = 3000) {
    self.limit = limit
    self.largestRowCount = largestRowCount
  }

  public struct State: Sendable {
    let program: Program
    let soft: SoftRows
    /// Unit of the objective: the largest tau.
    let unit: Double
    /// every step
    var dual: EntropyDual
    /// at the end
    var isDone = false
    var point: [Double]?
    var rejectedRays = 0
  }

  public var name: String { "dual-newton" }
  public var isSecondOrder: Bool { true }

  public func accepts(_ program: Program) -> Acceptance {
    let f = program.objective
    guard program.isConvex else { return .declines("the problem is not convex") }
    guard let soft = SoftRows(program), f.barrier.isEmpty, f.powers.isEmpty else {
      return .declines("the objective is more than entropy, a linear part and squares of affine functions")
    }
    guard program.convex.isEmpty else { return .declines("there are convex constraints") }
    guard !f.entropic.isEmpty, DualNewton.temperatures(program) != nil else {
      return .declines("the entropy has no positive weight that is constant on every simplex")
    }
    let layout = program.layout
    guard !layout.lower.contains(where: { $0 > 0 }),
      layout.upper.allSatisfy({ $0 == .infinity || $0 == 0 })
    else { return .declines("there are bounds on the masses") }
    let rows = program.equalities.count + program.inequalities.count + soft.count
    guard rows <= largestRowCount else { return .declines("there are \(rows) rows") }
    if soft.count > 0 {
      return .accepts("entropy with \(rows) linear rows, \(soft.count) of them at a price, has a smooth dual")
    }
    return .accepts("entropy with \(rows) linear rows has a smooth dual in as many unknowns")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let tau =
      DualNewton.temperatures(program) ?? [Double](repeating: 1, count: program.layout.simplices.count)
    let unit = tau.max() ?? 1
    let soft = SoftRows(program) ?? .none
    let moments = MomentRows(soft.hardened(program))
    var scaled: [Double]?
    if let warm, soft.count == 0 {
      let multipliers = warm.evidence.equality + warm.evidence.inequality
      if multipliers.count == moments.rows {
        scaled = zip(multipliers, moments.scale).map { $0 * $1 / unit }
      }
    }
    let dual = EntropyDual(
      moments, cost: DualNewton.costs(program, program.objective.linear, unit: unit),
      omega: tau.map { $0 / unit }, compliance: soft.compliance(in: program, moments, unit: unit),
      warm: scaled)
    return State(program: program, soft: soft, unit: unit, dual: dual)
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if state.isDone { return state.dual.relativeResidual < 1e-6 ? .converged : .stalled(.precision) }
    if state.dual.iterations >= limit { return .stalled(.progress) }
    switch state.dual.step(stop: context.shouldStop) {
    case .moved, .stopped: return .progress
    case .broken: return .stalled(.notFinite)
    case .converged:
      state.isDone = true
      state.point = DualNewton.point(state)
      return state.dual.relativeResidual < 1e-6 ? .converged : .stalled(.precision)
    case .infeasible(let ray):
      let evidence = DualNewton.evidence(state, ray, factor: 1, isRay: true)
      if state.program.infeasibilityProof(evidence, at: state.dual.p) != nil { return .infeasible(evidence) }
      // The margin is within rounding or the band of the data.
      state.rejectedRays += 1
      return state.rejectedRays > 3 ? .stalled(.precision) : .progress
    }
  }

  /// The dual gap is the residual: 0 once the rows hold, +inf before.
  public func bound(_ state: State) -> Double {
    state.isDone || state.dual.relativeResidual < 0x1p-44 ? 0 : .infinity
  }

  public func finish(_ state: State) -> Candidate {
    let point = state.point ?? DualNewton.point(state)
    var evidence = DualNewton.evidence(state, state.dual.nu, factor: state.unit)
    var flags: [AnswerFlag] = []
    if !state.dual.recessions.isEmpty {
      flags = [.boundary]
      evidence = DualNewton.extended(evidence, state, point)
    }
    return Candidate(point: point, evidence: evidence, flags: flags)
  }

  public func evaluations(_ state: State) -> Int { state.dual.evaluations }

  // MARK: - Helpers

  /// tau of every simplex; nil where it is not constant or not positive.
  static func temperatures(_ program: Program) -> [Double]? {
    let f = program.objective
    guard !f.entropic.isEmpty else { return nil }
    var list: [Double] = []
    for slice in program.layout.simplices {
      var tau = 0.0
      for i in slice.range where program.layout.upper[i] > 0 {
        if tau == 0 { tau = f.entropic[i] }
        if f.entropic[i] != tau { return nil }
      }
      if !(tau > 0) || !tau.isFinite { return nil }
      list.append(tau)
    }
    return list
  }

  /// Costs in units of tau, least cost of every simplex 0, +inf at forced zeros.
  static func costs(_ program: Program, _ linear: [Double], unit: Double) -> [Double] {
    var costs = linear
    for slice in program.layout.simplices {
      var least = Double.infinity
      for i in slice.range where program.layout.upper[i] > 0 { least = min(least, linear[i]) }
      for i in slice.range {
        costs[i] = program.layout.upper[i] > 0 ? (linear[i] - least) / unit : .infinity
      }
    }
    return costs
  }

  private static func point(_ state: State) -> [Double] {
    let p = state.program.normalised(state.dual.p)
    return repaired(
      p, for: state.program, rows: state.soft.count == 0 ? state.dual.moments : nil, within: 0.25)
  }

  /// Multipliers in the user's units; a ray is divided by its largest entry.
  private static func evidence(
    _ state: State, _ scaled: [Double], factor: Double, isRay: Bool = false
  ) -> Evidence {
    let moments = state.dual.moments
    var list = scaled.indices.map { moments.scale[$0] > 0 ? factor * scaled[$0] / moments.scale[$0] : 0 }
    if isRay {
      let size = list.reduce(0) { max($0, abs($1)) }
      if size > 0, size.isFinite { list = list.map { $0 / size } }
    }
    var evidence = Evidence.none(for: state.program)
    for j in evidence.equality.indices { evidence.equality[j] = list[j] }
    for j in evidence.inequality.indices { evidence.inequality[j] = max(list[moments.equalities + j], 0) }
    if state.soft.count > 0, !isRay {
      evidence.objectiveSlopes = state.soft.slopes(of: list, in: state.program, moments)
    }
    return evidence
  }

  /// Goes along the recession directions until the outcomes off the face cost enough, and no further than
  /// helps.
  private static func extended(_ evidence: Evidence, _ state: State, _ point: [Double]) -> Evidence {
    var best = evidence
    var narrowest = Certificate(state.program, point: point, evidence: evidence).gap
    let equalities = state.dual.moments.equalities
    // The last face found is the smallest: directions found earlier must outweigh later ones.
    var size = 32.0
    for _ in 0..<20 {
      var trial = evidence
      var t = size
      for recession in state.dual.recessions.reversed() {
        let more = DualNewton.evidence(state, recession.direction, factor: state.unit * t)
        for j in 0..<equalities { trial.equality[j] += more.equality[j] }
        for j in trial.inequality.indices { trial.inequality[j] += more.inequality[j] }
        t *= 8
      }
      let gap = Certificate(state.program, point: point, evidence: trial).gap
      if gap < narrowest || (narrowest.isNaN && !gap.isNaN) {
        narrowest = gap
        best = trial
      }
      size *= 4
    }
    return best
  }
}

extension Method where Self == DualNewton {
  /// Newton's method on the dual of entropy with linear rows.
  public static var dualNewton: DualNewton { DualNewton() }
}
