import EntropicModel
import EntropicNumerics

/// A separable, strictly convex function on simplices with bounds and linear rows, by its dual.
///
///     min  sum_i f_i(q_i)   over the simplices and bounds,  B q = 0 or B q <= 0
///     dual:  max over nu (nu_j >= 0 for inequalities) of  min_q [ sum_i f_i(q_i) + nu . B q ]
///
/// q(nu) is one scalar root a simplex, the gradient of the dual is B q(nu), and its generalised Hessian is minus the
/// covariance of the rows under the weights 1 / f_i''(q_i) of the outcomes that are at no bound. This is the projection
/// onto rows in every geometry: the entropic one without bounds has a faster one of its own (`EntropyDual`).
///
/// - Direction: the Newton step of the quadratic model under the bounds on nu. Step: the slope along the line is
///   monotone; the step is shortened or lengthened until half of it is gone. Semismooth: finite for quadratics.
/// - Infeasible rows show as multipliers with min_q nu . B q > 0.
/// - Complexity: O(n k^2 + k^3) a step, usually fewer than 15.
/// - Sources: L. Qi, J. Sun, Math. Program. 58 (1993), doi:10.1007/BF01581275; D. Bertsekas, SIAM J. Control Optim. 20
///   (1982), doi:10.1137/0320018.
struct SeparableDual: Sendable {
  let moments: MomentRows
  let layout: Layout
  private let parts: [SeparableMinimum]
  private(set) var nu: [Double]
  private(set) var q: [Double]
  private(set) var residual: [Double]
  private(set) var relativeResidual = Double.infinity
  private let isDropped: [Bool]
  private var fullSteps = 0
  private var stale = 0
  private var bestResidual = Double.infinity

  /// `model` with `length` times the geometry, on the rows; nil when the bounds exclude every point.
  init?(
    _ model: Functional, _ geometry: Geometry, length: Double, _ moments: MomentRows, _ layout: Layout,
    warm: [Double]? = nil
  ) {
    self.moments = moments
    self.layout = layout
    parts = layout.simplices.enumerated().map { s, slice in
      var part = SeparableMinimum(model, layout, slice)
      if length > 0 { part.add(geometry.map(ofSimplex: s), weight: length * geometry.factor(s).weight) }
      return part
    }
    isDropped = moments.scale.map { $0 == 0 }
    nu = [Double](repeating: 0, count: moments.rows)
    if let warm, warm.count == nu.count, warm.allSatisfy(\.isFinite) {
      for j in nu.indices where !isDropped[j] { nu[j] = j < moments.equalities ? warm[j] : max(warm[j], 0) }
    }
    q = []
    residual = []
    guard let first = law(moments.tilt(nu)) else { return nil }
    q = first
    residual = moments.means(q)
  }

  mutating func solve(limit: Int = 100, stop: StopCheck?) -> EntropyDual.Progress {
    for _ in 0..<limit {
      let progress = step(stop)
      if case .moved = progress { continue }
      return progress
    }
    return .converged
  }

  private mutating func step(_ stop: StopCheck?) -> EntropyDual.Progress {
    if isConverged() { return .converged }
    if let ray = farkasRay() { return .infeasible(ray) }
    var weights = [Double](repeating: 0, count: layout.count)
    for (part, slice) in zip(parts, layout.simplices) {
      weights.replaceSubrange(slice.range, with: part.slopes(at: Array(q[slice.range])))
    }
    let ones = layout.simplices.map { _ in 1.0 }
    guard var h = moments.covariance(weights, omega: ones, stop: stop) else { return .stopped }
    // Rows that no free outcome moves still want a step, of the size of the largest curvature.
    let largest = nu.indices.reduce(0) { max($0, h[$1, $1]) }
    let floor = largest > 0 ? 1e-12 * largest : 1
    for j in nu.indices where h[j, j] < floor { h[j, j] = floor }
    let ridge = 1e-14 + (fullSteps >= 2 ? 0 : 1e-3 * min(1, relativeResidual))
    guard
      let d = EntropyDual.direction(
        h, residual: residual, ridge: ridge, isDropped: isDropped,
        floor: nu.indices.map { $0 < moments.equalities ? -.infinity : -nu[$0] }, stop: stop)
    else { return .stopped }
    guard d.contains(where: { $0 != 0 }) else { return .converged }
    return advance(along: d, stop)
  }

  /// Along d the slope d . B q(nu + t d) falls; half of it shall go.
  private mutating func advance(along d: [Double], _ stop: StopCheck?) -> EntropyDual.Progress {
    let tilt = moments.tilt(nu)
    let change = moments.tilt(d)
    let start = Kernel.dot(residual, d)
    guard start > 0, start.isFinite else {
      stale += 1
      return stale >= 2 ? .converged : .moved
    }
    var longest = Double.infinity
    for j in nu.indices where j >= moments.equalities && d[j] < 0 { longest = min(longest, nu[j] / -d[j]) }
    var (low, lowSlope, high, highSlope) = (0.0, start, Double.infinity, 0.0)
    var t = min(1, longest)
    var best: (t: Double, q: [Double])?
    for _ in 0..<60 {
      if let stop, stop() { return .stopped }
      var next = tilt
      Kernel.axpy(t, change, into: &next)
      guard let law = law(next) else { return .broken }
      let now = Kernel.dot(law, change)
      guard now.isFinite else { return .broken }
      if abs(now) <= start { best = (t, law) }
      if abs(now) <= 0.5 * start || (now > 0 && t >= longest) { break }
      if now > 0 {
        (low, lowSlope) = (t, now)
        if high == .infinity {
          t = min(4 * t, longest)
          if t > 0x1p200 { break }
          continue
        }
      } else {
        (high, highSlope) = (t, now)
      }
      let width = high - low
      t = min(max(low + width * lowSlope / (lowSlope - highSlope), low + 0.1 * width), high - 0.1 * width)
      if !(t > low && t < high) { break }
    }
    guard let best else {
      stale += 1
      return stale >= 2 ? .converged : .moved
    }
    fullSteps = best.t >= 1 ? fullSteps + 1 : 0
    for j in nu.indices {
      nu[j] += best.t * d[j]
      if j >= moments.equalities, nu[j] <= 0x1p-50 * abs(best.t * d[j]) { nu[j] = 0 }
    }
    q = law(moments.tilt(nu)) ?? best.q
    residual = moments.means(q)
    return .moved
  }

  private func law(_ tilt: [Double]) -> [Double]? {
    var q = [Double](repeating: 0, count: layout.count)
    for (part, slice) in zip(parts, layout.simplices) {
      var moved = part
      for (k, i) in slice.range.enumerated() { moved.cost[k] += tilt[i] }
      guard let solved = moved.solve() else { return nil }
      q.replaceSubrange(slice.range, with: solved.point)
    }
    return q
  }

  private mutating func isConverged() -> Bool {
    let size = moments.absoluteMeans(q)
    var worst = 0.0
    for j in nu.indices where !isDropped[j] {
      let violation = j >= moments.equalities && nu[j] == 0 ? max(residual[j], 0) : abs(residual[j])
      if violation > 0 { worst = max(worst, violation / max(size[j], Double.leastNormalMagnitude)) }
    }
    relativeResidual = worst
    if worst <= 0x1p-50 { return true }
    if worst < 0.5 * bestResidual {
      bestResidual = worst
      stale = 0
    } else {
      stale += 1
    }
    return worst < 0x1p-30 && stale >= 2
  }

  /// The multipliers themselves, when min_q nu . B q > 0 beyond rounding.
  private func farkasRay() -> [Double]? {
    guard nu.contains(where: { $0 != 0 }) else { return nil }
    let tilt = moments.tilt(nu)
    var sum = 0.0
    var size = 0.0
    for slice in layout.simplices {
      let costs = Array(tilt[slice.range])
      let minimum = SimplexMinimum(
        entropic: [], quadratic: [], costs: costs, lower: Array(layout.lower[slice.range]),
        upper: layout.upper[slice.range].map { min($0, slice.mass) }, mass: slice.mass)
      sum += Kernel.dot(minimum.point, costs)
      size += costs.reduce(0) { max($0, abs($1)) } * slice.mass
    }
    return sum > 1e-12 * size ? nu : nil
  }
}
