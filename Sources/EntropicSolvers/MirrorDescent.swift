import EntropicModel
import EntropicNumerics

/// Mirror descent with backtracking: for anything with a value and a gradient.
///
///     F = f + h,  h separable and kept exact
///     p+ = argmin  <grad f(p), q> + h(q) + L D(q, p)   over the simplices, the bounds and the linear rows
///     accepted when  f(p+) <= f(p) + <grad f(p), p+ - p> + L D(p+, p)
///     else L doubles;  L / 1.5 before every step
///
/// L follows the curvature of f relative to the geometry; no parameter is asked for. Where differences of f
/// drown in rounding, <grad f(p+) - grad f(p), p+ - p> <= L D(p+, p) is tested instead. In the entropic
/// geometry iterates live in the log domain, and linear rows are kept by an exact projection, the dual Newton
/// method on L times entropy.
///
/// - Guarantee: F does not increase. `bound` is the linearised gap h(p) - h(q) + <r, p - q> minimised over q,
///   with r the gradient of f plus the rows' multipliers: an upper bound on F - F* for convex F, a
///   stationarity residual otherwise.
/// - Rate: O(L / t), linear where F is relatively strongly convex.
/// - Sources: H. Bauschke, J. Bolte, M. Teboulle, Math. Oper. Res. 42 (2017), doi:10.1287/moor.2016.0817; H.
///   Lu, R. Freund, Y. Nesterov, SIAM J. Optim. 28 (2018), doi:10.1137/16M1099546.
public struct MirrorDescent: Method {
  public var geometry: Geometry
  /// More linear rows than this are declined.
  public var largestRowCount: Int

  public init(_ geometry: Geometry = .entropy, largestRowCount: Int = 200) {
    self.geometry = geometry
    self.largestRowCount = largestRowCount
  }

  public struct State: Sendable {
    /// fixed: the split of the objective
    let program: Program
    let rest: Functional
    let exact: Functional
    let moments: MomentRows?
    let temperatures: [Double]
    /// False when the objective is separable.
    var hasRest: Bool {
      !rest.hasNoComposites || !rest.barrier.isEmpty || !rest.powers.isEmpty || !rest.entropic.isEmpty
    }
    /// every step
    var p: [Double]
    var logp: [Double]
    var value = 0.0
    var gradient: [Double] = []
    var length = 0.0
    /// Multipliers of the rows.
    var multipliers: [Double]
    var hasFace = false
    /// when it is worth a pass
    var gap = Double.infinity
    var iterations = 0
    var evaluations = 0
    var quiet = 0
    var fault: Step?
  }

  /// A trial point of a proximal step.
  private struct Trial {
    var p: [Double]
    var logp: [Double]
    var multipliers: [Double]
    var hasFace = false
  }

  private enum Proximal {
    case point(Trial)
    case infeasible([Double])
    case failed
  }

  public var name: String { geometry == .entropy ? "mirror-descent" : "mirror-descent(\(geometry.rawValue))" }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    if let reason = program.objective.swampedEntropy { return .declines(reason) }
    guard program.objective.isSmooth else { return .declines("the objective has kinks") }
    guard program.convex.isEmpty else { return .declines("there are convex constraints") }
    let rows = program.equalities.count + program.inequalities.count
    if rows > 0 {
      guard geometry == .entropy else { return .declines("linear rows need the entropic geometry") }
      guard rows <= largestRowCount else { return .declines("there are \(rows) linear rows") }
      let layout = program.layout
      guard layout.lower.allSatisfy({ $0 == 0 }), layout.upper.allSatisfy({ $0 == .infinity || $0 == 0 })
      else { return .declines("there are bounds on the masses and linear rows") }
    }
    return .accepts("a value and a gradient are enough")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let layout = program.layout
    let hasRows = !(program.equalities.isEmpty && program.inequalities.isEmpty)
    var rest = program.objective.coupledPart
    var exact = program.objective.separablePart
    var temperatures = layout.simplices.map { _ in 0.0 }
    if hasRows {
      // The projection on rows knows entropy and linear parts only.
      rest.barrier = exact.barrier
      rest.powers = exact.powers
      exact.barrier = []
      exact.powers = []
      if let tau = DualNewton.temperatures(program) {
        temperatures = tau
      } else {
        rest.entropic = exact.entropic
        exact.entropic = []
      }
    }
    let centre = layout.centre()
    var p = warm?.point ?? program.start ?? centre
    if p.count != program.count || !p.allSatisfy({ $0.isFinite && $0 >= 0 }) { p = centre }
    if p.indices.contains(where: { p[$0] <= 0 && layout.upper[$0] > 0 }) {
      // Masses of 0 could not come back.
      p = zip(p, centre).map { (1 - 1e-6) * $0 + 1e-6 * $1 }
    }
    var state = State(
      program: program, rest: rest, exact: exact, moments: hasRows ? MomentRows(program) : nil,
      temperatures: temperatures, p: program.normalised(p), logp: [],
      multipliers: [Double](repeating: 0, count: program.equalities.count + program.inequalities.count))
    state.logp = Kernel.log(state.p)
    if hasRows {
      if let evidence = warm?.evidence, evidence.equality.count == program.equalities.count,
        evidence.inequality.count == program.inequalities.count
      {
        state.multipliers = evidence.equality + evidence.inequality
      }
      switch project(
        state, cost: state.logp.map { -$0 }, omega: layout.simplices.map { _ in 1 }, stop: nil, warm: nil)
      {
      case .point(let trial):
        state.p = trial.p
        state.logp = trial.logp
      case .infeasible(let ray): state.fault = .infeasible(evidence(state, ray))
      case .failed: state.fault = .stalled(.notFinite)
      }
    }
    state.value = rest.value(state.p)
    state.gradient = rest.gradient(state.p)
    state.evaluations = 1
    if !state.value.isFinite || !state.gradient.allSatisfy(\.isFinite) {
      state.fault = state.fault ?? .stalled(.notFinite)
    }
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    if state.length == 0 {
      state.length = firstLength(state, context)
    } else {
      // Without f the step is that of the proximal point method, which likes them long.
      state.length /= state.hasRest ? 1.5 : 4
    }
    state.iterations += 1
    var isMoved = false
    for _ in 0..<80 {
      if context.shouldStop() { return .progress }
      guard case .point(let trial) = proximal(state, state.length, context) else {
        state.length *= 2
        continue
      }
      let value = state.rest.value(trial.p)
      state.evaluations += 1
      if value.isNaN { return .stalled(.notFinite) }
      let change = zip(trial.p, state.p).map { $0 - $1 }
      let divergence = geometry.divergence(from: state.p, to: trial.p, logarithms: (state.logp, trial.logp))
      if divergence == 0 {
        state.multipliers = trial.multipliers
        break
      }
      var gradient: [Double]?
      var isAccepted = false
      if value < .infinity {
        let linear = Kernel.compensatedDot(state.gradient, change)
        if abs(value - state.value) < 1e3 * 0x1p-53 * max(abs(value), abs(state.value)) {
          let next = state.rest.gradient(trial.p)
          gradient = next
          let bend = Kernel.compensatedDot(zip(next, state.gradient).map { $0 - $1 }, change)
          isAccepted = bend <= state.length * divergence
        } else {
          isAccepted = value <= state.value + linear + state.length * divergence
        }
      }
      if isAccepted {
        let next = gradient ?? state.rest.gradient(trial.p)
        guard next.allSatisfy(\.isFinite) else { return .stalled(.notFinite) }
        state.p = trial.p
        state.logp = trial.logp
        state.multipliers = trial.multipliers
        state.hasFace = state.hasFace || trial.hasFace
        state.value = value
        state.gradient = next
        isMoved = true
        break
      }
      state.length *= 2
      if !state.length.isFinite { break }
    }
    if !isMoved {
      // No step is long enough to be seen: the limit of precision, or a row that cannot be kept.
      state.gap = linearisedGap(state)
      let size = state.program.objective.evaluate(state.p).magnitude
      return state.gap <= 1e-9 * size ? .converged : .stalled(.precision)
    }
    if state.iterations % 10 == 0 || state.iterations <= 3 {
      state.gap = linearisedGap(state)
      let size = state.program.objective.evaluate(state.p).magnitude
      if state.gap <= 0x1p-50 * size { state.quiet += 1 } else { state.quiet = 0 }
      if state.quiet >= 3 { return .converged }
    }
    return .progress
  }

  public func bound(_ state: State) -> Double { state.gap }

  public func finish(_ state: State) -> Candidate {
    let point = state.program.normalised(state.p)
    return Candidate(
      point: repaired(point, for: state.program, rows: state.moments),
      evidence: evidence(state, state.multipliers),
      flags: state.hasFace ? [.boundary] : [])
  }

  public func evaluations(_ state: State) -> Int { state.evaluations }

  // MARK: - Proximal steps

  private func proximal(_ state: State, _ length: Double, _ context: StepContext) -> Proximal {
    if state.moments != nil {
      let slices = state.program.layout.simplices
      let omega = slices.indices.map { state.temperatures[$0] + length }
      var cost = state.exact.linear
      for i in cost.indices { cost[i] += state.gradient[i] - length * state.logp[i] }
      return project(state, cost: cost, omega: omega, stop: context.shouldStop, warm: state.multipliers)
    }
    var model = state.exact
    for i in model.linear.indices { model.linear[i] += state.gradient[i] }
    geometry.add(length, at: state.p, logarithms: state.logp, to: &model)
    guard let p = minimum(model, state.program.layout) else { return .failed }
    guard p.allSatisfy(\.isFinite) else { return .failed }
    return .point(Trial(p: p, logp: logarithms(p, model, state), multipliers: []))
  }

  private func minimum(_ model: Functional, _ layout: Layout) -> [Double]? {
    var p = [Double](repeating: 0, count: layout.count)
    for slice in layout.simplices {
      guard let part = SeparableMinimum(model, layout, slice).solve() else { return nil }
      p.replaceSubrange(slice.range, with: part.point)
    }
    return p
  }

  /// log p, also where p underflows: for one temperature the differences of costs say it.
  private func logarithms(_ p: [Double], _ model: Functional, _ state: State) -> [Double] {
    var out = Kernel.log(p)
    guard geometry == .entropy, model.barrier.isEmpty, model.powers.isEmpty else { return out }
    for slice in state.program.layout.simplices {
      guard slice.range.contains(where: { p[$0] < 1e-290 && state.program.layout.upper[$0] > 0 }),
        let top = slice.range.max(by: { p[$0] < p[$1] })
      else { continue }
      for i in slice.range where p[i] < 1e-290 && state.program.layout.upper[i] > 0 {
        let tau = model.entropic[i]
        if tau == model.entropic[top] { out[i] = out[top] + (model.linear[top] - model.linear[i]) / tau }
      }
    }
    return out
  }

  /// argmin cost . q + sum omega q log q on the rows.
  private func project(
    _ state: State, cost: [Double], omega: [Double], stop: StopCheck?, warm: [Double]?
  ) -> Proximal {
    guard let moments = state.moments else { return .failed }
    let slices = state.program.layout.simplices
    let unit = omega.max() ?? 1
    guard unit > 0, unit.isFinite else { return .failed }
    var dual = EntropyDual(
      moments, cost: DualNewton.costs(state.program, cost, unit: unit), omega: omega.map { $0 / unit },
      warm: warm.map { zip($0, moments.scale).map { $0 * $1 / unit } })
    switch dual.solve(limit: 100, stop: stop) {
    case .infeasible(let ray):
      return .infeasible(ray.indices.map { moments.scale[$0] > 0 ? ray[$0] / moments.scale[$0] : 0 })
    case .broken, .stopped: return .failed
    case .moved, .converged: break
    }
    // A projection that misses its rows is no step.
    guard dual.p.allSatisfy(\.isFinite), dual.relativeResidual < 1e-9 else { return .failed }
    var logp = Kernel.log(dual.p)
    for (s, slice) in slices.enumerated() {
      guard let top = slice.range.max(by: { dual.p[$0] < dual.p[$1] }) else { continue }
      for i in slice.range where dual.p[i] < 1e-290 && dual.cost[i] < .infinity {
        let difference = dual.cost[top] + dual.tilt[top] - dual.cost[i] - dual.tilt[i]
        logp[i] = logp[top] + difference / dual.omega[s]
      }
      // Off the face for good: the least mass that still counts.
      for i in slice.range where dual.cost[i] == .infinity { logp[i] = max(logp[i], state.logp[i] - 1e4) }
    }
    let multipliers = dual.nu.indices.map {
      moments.scale[$0] > 0 ? unit * dual.nu[$0] / moments.scale[$0] : 0
    }
    return .point(
      Trial(p: dual.p, logp: logp, multipliers: multipliers, hasFace: !dual.recessions.isEmpty))
  }

  /// L from one step of unit range: the symmetric Bregman ratio of f and the geometry.
  private func firstLength(_ state: State, _ context: StepContext) -> Double {
    var range = 0.0
    for slice in state.program.layout.simplices {
      var low = Double.infinity
      var high = -Double.infinity
      for i in slice.range where state.program.layout.upper[i] > 0 {
        low = min(low, state.gradient[i] + state.exact.linear[i])
        high = max(high, state.gradient[i] + state.exact.linear[i])
      }
      if high > low { range = max(range, high - low) }
    }
    guard range > 0, range.isFinite else { return max(state.temperatures.max() ?? 0, 1e-3) }
    if !state.hasRest { return state.moments == nil ? 1e-9 * range : range / 4 }
    guard case .point(let trial) = proximal(state, range, context) else { return range }
    guard state.rest.value(trial.p) < .infinity else { return range }
    let change = zip(trial.p, state.p).map { $0 - $1 }
    let next = state.rest.gradient(trial.p)
    let bend = Kernel.compensatedDot(zip(next, state.gradient).map { $0 - $1 }, change)
    let both =
      geometry.divergence(from: state.p, to: trial.p, logarithms: (state.logp, trial.logp))
      + geometry.divergence(from: trial.p, to: state.p, logarithms: (trial.logp, state.logp))
    let ratio = bend / both
    return ratio.isFinite && ratio > 1e-6 * range ? ratio : 1e-6 * range
  }

  /// max_q  h(p) - h(q) + <r, p - q>,  r = grad f + rows' multipliers, over the simplices and bounds.
  private func linearisedGap(_ state: State) -> Double {
    var model = state.exact
    for i in model.linear.indices { model.linear[i] += state.gradient[i] }
    var slack = 0.0
    let program = state.program
    for (row, multiplier) in zip(program.equalities + program.inequalities, state.multipliers)
    where multiplier != 0 {
      for (i, a) in zip(row.columns, row.values) { model.linear[i] += multiplier * a }
      slack += multiplier * (row.bound - row.value(state.p))
    }
    // Costs are measured from the least one, so that sums of large equal numbers do not hide the gap.
    for slice in program.layout.simplices {
      let low = slice.range.reduce(Double.infinity) {
        min($0, program.layout.upper[$1] > 0 ? model.linear[$1] : $0)
      }
      if low.isFinite { for i in slice.range { model.linear[i] -= low } }
    }
    guard let q = minimum(model, program.layout) else { return .infinity }
    let here = model.evaluate(state.p)
    let there = model.evaluate(q)
    let gap = here.value - there.value + slack
    return gap.isNaN ? .infinity : max(gap, 0)
  }

  private func evidence(_ state: State, _ multipliers: [Double]) -> Evidence {
    var evidence = Evidence.none(for: state.program)
    let k = state.program.equalities.count
    for (j, value) in multipliers.enumerated() {
      if j < k { evidence.equality[j] = value } else { evidence.inequality[j - k] = max(value, 0) }
    }
    return evidence
  }
}

extension Method where Self == MirrorDescent {
  /// Mirror descent in a geometry.
  public static func mirrorDescent(_ geometry: Geometry = .entropy) -> MirrorDescent {
    MirrorDescent(geometry)
  }
}
