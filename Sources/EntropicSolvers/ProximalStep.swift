import EntropicModel
import EntropicNumerics

/// The step that first-order methods share: minimise a linearised function in a geometry, on the program's own set.
///
///     F = f + h,  h separable and kept exact
///     q = argmin  <g, q> + h(q) + L D(q, p)   over the simplices, the bounds and the linear rows
///
/// Without rows every simplex is one scalar root. With rows the step is an exact projection by Newton's method on the
/// dual, with multipliers of the step before as its start: `EntropyDual` for the entropic geometry without bounds,
/// `SeparableDual` for all others. Iterates are pairs (p, log p): logarithms do not underflow where masses do.
/// - Complexity: O(n) a scalar root; O(n k^2 + k^3) a Newton step with k rows.
struct ProximalStep: Sendable {
  let program: Program
  let geometry: Geometry
  /// f: linearised.
  let rest: Functional
  /// h: kept exact.
  let exact: Functional
  /// The rows, when there are any.
  let moments: MomentRows?
  /// Weights of the entropy inside h, one a simplex, where the step is an entropic projection.
  private let temperatures: [Double]
  /// True when rows are kept by the entropic projection.
  private let isTilted: Bool

  /// A point of a step.
  struct Trial: Sendable {
    var p: [Double]
    var logp: [Double]
    /// Multipliers of the rows, equalities first.
    var multipliers: [Double]
    var hasFace = false
  }

  enum Result: Sendable {
    case point(Trial)
    /// Multipliers of rows that cannot hold together.
    case infeasible([Double])
    case failed
  }

  init(_ program: Program, _ geometry: Geometry) {
    self.program = program
    self.geometry = geometry
    let hasRows = !(program.equalities.isEmpty && program.inequalities.isEmpty)
    var rest = program.objective.coupledPart
    var exact = program.objective.separablePart
    var temperatures = program.layout.simplices.map { _ in 0.0 }
    isTilted =
      hasRows && geometry.isEntropy && program.layout.lower.allSatisfy { $0 == 0 }
      && program.layout.upper.allSatisfy { $0 == .infinity || $0 == 0 }
    if isTilted {
      // The entropic projection knows entropy and linear parts only.
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
    self.rest = rest
    self.exact = exact
    self.temperatures = temperatures
    moments = hasRows ? MomentRows(program) : nil
  }

  /// False when the objective is separable.
  var hasRest: Bool {
    !rest.hasNoComposites || !rest.barrier.isEmpty || !rest.powers.isEmpty || !rest.entropic.isEmpty
  }

  /// The largest weight of the entropy inside h.
  var largestTemperature: Double { temperatures.max() ?? 0 }

  // MARK: - Steps

  /// A first point on the rows, near a warm point, the user's start or the centre.
  func start(_ warm: Candidate?) -> Result {
    let layout = program.layout
    let centre = layout.centre()
    var p = warm?.point ?? program.start ?? centre
    if p.count != program.count || !p.allSatisfy({ $0.isFinite && $0 >= 0 }) { p = centre }
    if p.indices.contains(where: { p[$0] <= 0 && layout.upper[$0] > 0 }) {
      // Masses of 0 could not come back.
      p = zip(p, centre).map { (1 - 1e-6) * $0 + 1e-6 * $1 }
    }
    p = program.normalised(p)
    let rows = program.equalities.count + program.inequalities.count
    var trial = Trial(p: p, logp: Kernel.log(p), multipliers: [Double](repeating: 0, count: rows))
    guard moments != nil else { return .point(trial) }
    if let evidence = warm?.evidence, evidence.equality.count == program.equalities.count,
      evidence.inequality.count == program.inequalities.count
    {
      trial.multipliers = evidence.equality + evidence.inequality
    }
    let result = project(
      cost: trial.logp.map { -$0 }, omega: layout.simplices.map { _ in 1 }, logp: trial.logp, stop: nil,
      warm: nil)
    if case .point(var projected) = result {
      projected.multipliers = trial.multipliers
      return .point(projected)
    }
    return result
  }

  /// The proximal step from `here` with L = `length`.
  func step(from here: Trial, gradient: [Double], length: Double, stop: StopCheck?) -> Result {
    if isTilted {
      let omega = temperatures.map { $0 + length }
      var cost = exact.linear
      for i in cost.indices { cost[i] += gradient[i] - length * here.logp[i] }
      return project(cost: cost, omega: omega, logp: here.logp, stop: stop, warm: here.multipliers)
    }
    if moments != nil {
      return separated(
        exact, from: here, gradient: gradient, length: length, stop: stop, warm: here.multipliers)
    }
    let model = linearised(exact, here, gradient, length)
    guard let p = geometry.minimum(model, length: length, in: program.layout), p.allSatisfy(\.isFinite)
    else { return .failed }
    return .point(Trial(p: p, logp: logarithms(p, model, length), multipliers: here.multipliers))
  }

  /// D(q, p) of two iterates.
  func divergence(from p: Trial, to q: Trial) -> Double {
    geometry.divergence(from: p.p, to: q.p, in: program.layout, logarithms: (p.logp, q.logp))
  }

  /// max_q  h(p) - h(q) + <r, p - q>,  r = g + rows' multipliers, over the simplices and bounds: an upper bound on
  /// F(p) - F* for convex F with gradient g of f, a stationarity residual otherwise.
  func gap(at here: Trial, gradient: [Double]) -> Double {
    var model = exact
    for i in model.linear.indices { model.linear[i] += gradient[i] }
    var slack = 0.0
    for (row, multiplier) in zip(program.equalities + program.inequalities, here.multipliers)
    where multiplier != 0 {
      for (i, a) in zip(row.columns, row.values) { model.linear[i] += multiplier * a }
      slack += multiplier * (row.bound - row.value(here.p))
    }
    // Costs are measured from the least one, so that sums of large equal numbers do not hide the gap.
    for slice in program.layout.simplices {
      let low = slice.range.reduce(Double.infinity) {
        min($0, program.layout.upper[$1] > 0 ? model.linear[$1] : $0)
      }
      if low.isFinite { for i in slice.range { model.linear[i] -= low } }
    }
    guard let q = Geometry.entropy.minimum(model, length: 0, in: program.layout) else { return .infinity }
    let value = model.evaluate(here.p).value
    let gap = value - model.evaluate(q).value + slack
    if gap.isNaN { return .infinity }
    // Where outcomes with and without curvature meet, q may be off. The bound is not.
    let isMixed = model.entropic.contains { $0 > 0 } && model.entropic.contains { $0 == 0 }
    let proved = isMixed ? value - lowerBound(model) + slack : gap
    return max(proved > 0x1p-44 * abs(value) ? proved : gap, gap, 0)
  }

  /// A lower bound of h over the simplices and bounds; +inf, which says nothing new, for more than entropy and squares.
  private func lowerBound(_ model: Functional) -> Double {
    guard model.barrier.isEmpty, model.powers.allSatisfy({ $0.exponent == 2 }) else { return .infinity }
    var sum = model.constant
    for slice in program.layout.simplices {
      var squares = [Double](repeating: 0, count: model.powers.isEmpty ? 0 : slice.count)
      for term in model.powers {
        for (k, i) in slice.range.enumerated() { squares[k] += term.weights[i] }
      }
      sum +=
        SimplexMinimum(
          entropic: model.entropic.isEmpty ? [] : Array(model.entropic[slice.range]), quadratic: squares,
          costs: Array(model.linear[slice.range]), lower: Array(program.layout.lower[slice.range]),
          upper: Array(program.layout.upper[slice.range]), mass: slice.mass
        ).bound
    }
    return sum
  }

  /// What the multipliers of a step say about the program.
  func evidence(_ multipliers: [Double]) -> Evidence {
    var evidence = Evidence.none(for: program)
    let k = program.equalities.count
    for (j, value) in multipliers.enumerated() {
      if j < k { evidence.equality[j] = value } else { evidence.inequality[j - k] = max(value, 0) }
    }
    return evidence
  }

  /// A point of a method as a candidate: on its simplices and rows, with the multipliers of its step.
  func candidate(_ here: Trial) -> Candidate {
    Candidate(
      point: repaired(program.normalised(here.p), for: program, rows: moments),
      evidence: evidence(here.multipliers), flags: here.hasFace ? [.boundary] : [])
  }

  // MARK: - Parts

  /// h + <g - L h', .>: with L times the geometry it is the model of a step.
  private func linearised(_ f: Functional, _ here: Trial, _ gradient: [Double], _ length: Double)
    -> Functional
  {
    var model = f
    let shift = geometry.shift(here.p, logarithms: here.logp, in: program.layout)
    for i in model.linear.indices { model.linear[i] += gradient[i] - length * shift[i] }
    return model
  }

  /// The step on the rows in any geometry.
  private func separated(
    _ f: Functional, from here: Trial, gradient: [Double], length: Double, stop: StopCheck?, warm: [Double]?
  ) -> Result {
    guard let moments else { return .failed }
    let model = linearised(f, here, gradient, length)
    guard
      var dual = SeparableDual(
        model, geometry, length: length, moments, program.layout,
        warm: warm.map { zip($0, moments.scale).map { $0 * $1 } })
    else { return .failed }
    func unscaled(_ list: [Double]) -> [Double] {
      list.indices.map { moments.scale[$0] > 0 ? list[$0] / moments.scale[$0] : 0 }
    }
    switch dual.solve(stop: stop) {
    case .infeasible(let ray): return .infeasible(unscaled(ray))
    case .broken, .stopped: return .failed
    case .moved, .converged: break
    }
    guard dual.q.allSatisfy(\.isFinite), dual.relativeResidual < 1e-9 else { return .failed }
    return .point(
      Trial(p: dual.q, logp: logarithms(dual.q, model, length), multipliers: unscaled(dual.nu)))
  }

  /// log p, also where p underflows: for one temperature the differences of costs say it.
  private func logarithms(_ p: [Double], _ model: Functional, _ length: Double) -> [Double] {
    var out = Kernel.log(p)
    guard geometry.isEntropy, model.barrier.isEmpty, model.powers.isEmpty else { return out }
    for slice in program.layout.simplices {
      guard slice.range.contains(where: { p[$0] < 1e-290 && program.layout.upper[$0] > 0 }),
        let top = slice.range.max(by: { p[$0] < p[$1] })
      else { continue }
      func tau(_ i: Int) -> Double { (model.entropic.isEmpty ? 0 : model.entropic[i]) + length }
      for i in slice.range where p[i] < 1e-290 && program.layout.upper[i] > 0 && tau(i) == tau(top) {
        out[i] = out[top] + (model.linear[top] - model.linear[i]) / tau(i)
      }
    }
    return out
  }

  /// argmin cost . q + sum omega q log q on the rows.
  private func project(
    cost: [Double], omega: [Double], logp: [Double], stop: StopCheck?, warm: [Double]?
  ) -> Result {
    guard let moments else { return .failed }
    let unit = omega.max() ?? 1
    guard unit > 0, unit.isFinite else { return .failed }
    var dual = EntropyDual(
      moments, cost: DualNewton.costs(program, cost, unit: unit), omega: omega.map { $0 / unit },
      warm: warm.map { zip($0, moments.scale).map { $0 * $1 / unit } })
    switch dual.solve(limit: 100, stop: stop) {
    case .infeasible(let ray):
      return .infeasible(ray.indices.map { moments.scale[$0] > 0 ? ray[$0] / moments.scale[$0] : 0 })
    case .broken, .stopped: return .failed
    case .moved, .converged: break
    }
    // A projection that misses its rows is no step.
    guard dual.p.allSatisfy(\.isFinite), dual.relativeResidual < 1e-9 else { return .failed }
    var next = Kernel.log(dual.p)
    for (s, slice) in program.layout.simplices.enumerated() {
      guard let top = slice.range.max(by: { dual.p[$0] < dual.p[$1] }) else { continue }
      for i in slice.range where dual.p[i] < 1e-290 && dual.cost[i] < .infinity {
        let difference = dual.cost[top] + dual.tilt[top] - dual.cost[i] - dual.tilt[i]
        next[i] = next[top] + difference / dual.omega[s]
      }
      // Off the face for good: the least mass that still counts.
      for i in slice.range where dual.cost[i] == .infinity { next[i] = max(next[i], logp[i] - 1e4) }
    }
    let multipliers = dual.nu.indices.map {
      moments.scale[$0] > 0 ? unit * dual.nu[$0] / moments.scale[$0] : 0
    }
    return .point(
      Trial(p: dual.p, logp: next, multipliers: multipliers, hasFace: !dual.recessions.isEmpty))
  }
}
