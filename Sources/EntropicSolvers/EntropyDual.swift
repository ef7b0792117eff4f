import EntropicModel
import EntropicNumerics

/// Newton's method on the dual of an entropy-regularised linear problem.
///
///     min  sum_s omega_s sum_(i in s) p_i log p_i + cost . p    over simplices, B p = 0 or B p <= 0
///     dual:  min over nu (nu_j >= 0 for inequalities) of
///            phi(nu) = sum_s omega_s mass_s log sum exp(-(cost + B' nu) / omega_s)
///
/// p(nu) is a softmax, the gradient of phi is -B p and its Hessian the covariance of the rows of B under p. Rows that
/// may be missed at the price |B_j p|^2 / (2 C_j) add C_j nu_j^2 / 2 to phi: C_j, their compliance, is 0 where a row
/// must hold.
///
/// - Direction: the Newton step of the quadratic model under the bounds on nu, by block pivoting with a
///   single-pivot fallback; rows are rescaled to unit variance and a small ridge helps where the softmax
///   saturates.
/// - Step: phi is self-concordant in the sense of Bach and Sun-Tran-Dinh, |phi'''| <= R phi'' with R the
///   range of B'd, so that t = log(1 + R s / c) / R is safe (s = slope, c = curvature). Longer steps are
///   tried first, and judged by the slope of phi along the line, which keeps its relative accuracy where
///   differences of phi are rounding.
/// - Sources: F. Bach, Electron. J. Stat. 4 (2010), doi:10.1214/09-EJS521; T. Sun, Q. Tran-Dinh, Math.
///   Program. 178 (2019), doi:10.1007/s10107-018-1282-4; D. Bertsekas, SIAM J. Control Optim. 20 (1982),
///   doi:10.1137/0320018.
struct EntropyDual: Sendable {
  enum Progress: Sendable {
    case moved, converged, stopped, broken
    /// Multipliers (scaled) with B' ray > 0 for every law.
    case infeasible([Double])
  }

  /// A direction in which multipliers may go to infinity: B' direction is 0 on the face and positive off it.
  struct Recession: Sendable {
    let direction: [Double]
  }

  let moments: MomentRows
  /// Entropy weights, one a simplex.
  let omega: [Double]
  /// +inf for outcomes that carry no mass.
  var cost: [Double]
  var nu: [Double]
  var p: [Double]
  /// B p - C nu
  var residual: [Double]
  /// C: 0 where a row must hold.
  let compliance: [Double]
  /// Rows that depend on others: their multipliers stay as they are.
  var isDropped: [Bool]
  var recessions: [Recession] = []
  var iterations = 0
  var evaluations = 0
  /// Largest |B p|_j / (|B| p)_j over the rows that must hold.
  var relativeResidual = Double.infinity

  /// B' nu
  var tilt: [Double]
  var covariance: Matrix?
  var fullSteps = 0
  var bestResidual = Double.infinity
  var bestRough = Double.infinity
  var stale = 0
  var checkedRank = false
  /// The step that the last line search had to grow to, 0 when it did not grow: exponential tails need long
  /// steps.
  var grown = 0.0

  init(
    _ moments: MomentRows, cost: [Double], omega: [Double], compliance: [Double]? = nil, warm: [Double]? = nil
  ) {
    self.moments = moments
    self.compliance = compliance ?? [Double](repeating: 0, count: moments.rows)
    self.omega = omega
    self.cost = cost
    nu = [Double](repeating: 0, count: moments.rows)
    isDropped = moments.scale.map { $0 == 0 }
    if let warm, warm.count == nu.count, warm.allSatisfy(\.isFinite) {
      for j in nu.indices where !isDropped[j] { nu[j] = j < moments.equalities ? warm[j] : max(warm[j], 0) }
    }
    tilt = moments.tilt(nu)
    p = EntropyDual.law(cost: cost, tilt: tilt, omega: omega, slices: moments.slices)
    residual = moments.means(p)
    evaluations = 1
    takeCompliance()
  }

  /// True where some row may be missed.
  var isSoft: Bool { compliance.contains { $0 > 0 } }

  /// Takes C nu from B p.
  mutating func takeCompliance() {
    for j in nu.indices where compliance[j] > 0 { residual[j] -= compliance[j] * nu[j] }
  }

  /// What the compliance adds to the slope of phi at nu + t d.
  private func pull(_ d: [Double], _ t: Double) -> Double {
    var sum = 0.0
    for j in nu.indices where compliance[j] > 0 { sum += compliance[j] * (nu[j] + t * d[j]) * d[j] }
    return sum
  }

  /// Goes on until convergence or one of the ends, at most `limit` steps.
  mutating func solve(limit: Int = 200, stop: StopCheck?) -> Progress {
    for _ in 0..<limit {
      let progress = step(stop: stop)
      if case .moved = progress { continue }
      return progress
    }
    return .converged
  }

  mutating func step(stop: StopCheck?) -> Progress {
    guard p.allSatisfy(\.isFinite) else { return .broken }
    if let ray = farkasRay() { return .infeasible(ray) }
    if moments.rows == 0 {
      relativeResidual = 0
      return .converged
    }
    if isConverged() { return .converged }
    guard var h = moments.covariance(p, omega: omega, stop: stop) else { return .stopped }
    for j in nu.indices where compliance[j] > 0 { h[j, j] += compliance[j] }
    if !checkedRank {
      checkedRank = true
      guard let ray = dropDependentRows(h, stop: stop) else { return .stopped }
      if !ray.isEmpty { return .infeasible(ray) }
      tilt = moments.tilt(nu)
    }
    guard let d = direction(h, stop: stop) else { return .stopped }
    iterations += 1
    guard d.contains(where: { $0 != 0 }) else { return .converged }
    let change = moments.tilt(d)
    if let ray = farkasRay(d, change) { return .infeasible(ray) }
    if iterations > 4, !isSoft, isTail(change), reduceToFace(h, stop: stop) { return .moved }
    return advance(along: d, change, h)
  }

  // MARK: - Pieces of a step

  /// p_i = mass softmax(-(cost + tilt) / omega), simplex by simplex.
  static func law(
    cost: [Double], tilt: [Double], omega: [Double], slices: [SimplexSlice]
  ) -> [Double] {
    var z = [Double](repeating: 0, count: cost.count)
    for (s, slice) in slices.enumerated() {
      let factor = -1 / omega[s]
      for i in slice.range { z[i] = (cost[i] + tilt[i]) * factor }
    }
    var p = z
    z.withUnsafeBufferPointer { z in
      p.withUnsafeMutableBufferPointer { p in
        for slice in slices where slice.count > 0 {
          let part = UnsafeMutableBufferPointer(rebasing: p[slice.range])
          Kernel.softmax(UnsafeBufferPointer(rebasing: z[slice.range]), into: part)
          if slice.mass != 1 { Kernel.scale(slice.mass, part) }
        }
      }
    }
    return p
  }

  func isInequality(_ j: Int) -> Bool { j >= moments.equalities }

  /// The part of B p that has to vanish.
  func violation(_ j: Int) -> Double {
    if isDropped[j] { return 0 }
    return isInequality(j) && nu[j] == 0 ? max(residual[j], 0) : abs(residual[j])
  }

  mutating func isConverged() -> Bool {
    // |B| p costs a pass over the rows; far from the end sqrt(mass B p B) would serve, and so does 1.
    let rough = nu.indices.reduce(0) { max($0, violation($1)) }
    if rough > 1e-3 * bestRough, moments.count * nu.count > 100_000 {
      bestRough = min(bestRough, rough)
      relativeResidual = min(1, rough)
      return false
    }
    bestRough = min(bestRough, rough)
    var size = moments.absoluteMeans(p)
    var worst = 0.0
    for j in nu.indices where compliance[j] > 0 { size[j] += compliance[j] * abs(nu[j]) }
    for j in nu.indices {
      let v = violation(j)
      if v > 0 { worst = max(worst, v / max(size[j], Double.leastNormalMagnitude)) }
    }
    relativeResidual = worst
    if worst <= 0x1p-50 { return true }
    if worst < 0.5 * bestResidual {
      bestResidual = worst
      stale = 0
    } else {
      stale += 1
    }
    // Residuals below the rounding of the exponents cannot be had; the repair of the point does the rest.
    return worst < 0x1p-30 && stale >= 2
  }

  /// The Newton direction of the bounded quadratic model.
  func direction(_ h: Matrix, stop: StopCheck?) -> [Double]? {
    let ridge = 1e-14 + (fullSteps >= 2 ? 0 : 1e-3 * min(1, relativeResidual))
    return EntropyDual.direction(
      h, residual: residual, ridge: ridge, isDropped: isDropped,
      floor: nu.indices.map { isInequality($0) ? -nu[$0] : -.infinity }, stop: stop)
  }

  /// min d' H d / 2 - residual . d over d >= floor, rows rescaled to unit curvature, with a ridge.
  static func direction(
    _ h: Matrix, residual: [Double], ridge: Double, isDropped: [Bool], floor: [Double], stop: StopCheck?
  ) -> [Double]? {
    let k = residual.count
    var unit = [Double](repeating: 0, count: k)
    for j in 0..<k where !isDropped[j] && h[j, j] > 0 { unit[j] = 1 / h[j, j].squareRoot() }
    let rows = (0..<k).filter { unit[$0] > 0 && unit[$0].isFinite }
    guard !rows.isEmpty else { return [Double](repeating: 0, count: k) }
    var scaled = Matrix(rows: rows.count, columns: rows.count, repeating: 0)
    for (a, i) in rows.enumerated() {
      for (c, j) in rows.enumerated() { scaled[a, c] = h[i, j] * unit[i] * unit[j] }
      scaled[a, a] += ridge
    }
    let gradient = rows.map { -residual[$0] * unit[$0] }
    // In the scaled unknowns d_j = unit_j x_j.
    let bound = rows.map { floor[$0] / unit[$0] }
    guard let x = BoundedQuadratic.minimise(scaled, gradient, floor: bound, stop: stop) else { return nil }
    var d = [Double](repeating: 0, count: k)
    for (a, j) in rows.enumerated() { d[j] = x[a] * unit[j] }
    return d
  }

  /// Slope of phi along the direction with tilt `change`, at a law.
  func slope(_ p: [Double], _ change: [Double]) -> Double { -Kernel.dot(p, change) }

  /// True when slope / curvature, the way back to the minimum, is longer than the way that was gone.
  func hasCollapsed(_ p: [Double], _ change: [Double], _ slope: Double, _ gone: Double) -> Bool {
    var curvature = 0.0
    if isSoft { return false }
    for (s, slice) in moments.slices.enumerated() where slice.mass > 0 {
      var mean = 0.0
      for i in slice.range { mean += p[i] * change[i] }
      mean /= slice.mass
      var variance = 0.0
      for i in slice.range { variance += p[i] * (change[i] - mean) * (change[i] - mean) }
      curvature += variance / omega[s]
    }
    return slope > 4 * curvature * gone
  }

  mutating func advance(along d: [Double], _ change: [Double], _ h: Matrix) -> Progress {
    let start = slope(p, change) + pull(d, 0)
    guard start < 0, start.isFinite else {
      stale += 1
      return stale >= 2 || relativeResidual < 0x1p-30 ? .converged : .moved
    }
    let hd = h.times(d)
    let curvature = max(Kernel.dot(d, hd), 0)
    var range = 0.0
    for (s, slice) in moments.slices.enumerated() {
      var low = Double.infinity
      var high = -Double.infinity
      for i in slice.range where cost[i] < .infinity {
        low = min(low, change[i])
        high = max(high, change[i])
      }
      if high > low { range = max(range, (high - low) / omega[s]) }
    }
    guard range > 0, range.isFinite else { return .converged }
    let ratio = range * -start / curvature
    let safe = curvature > 0 && ratio < .infinity ? Kernel.log(1 + ratio) / range : 1 / range
    var longest = Double.infinity
    for j in nu.indices where isInequality(j) && d[j] < 0 { longest = min(longest, nu[j] / -d[j]) }
    var t = min(max(min(max(1, safe), 100), 2 * grown), longest)
    let first = t
    var low = 0.0
    var lowSlope = start
    var high = Double.infinity
    var highSlope = 0.0
    var best: (t: Double, p: [Double], tilt: [Double])?
    for _ in 0..<60 {
      var next = tilt
      Kernel.axpy(t, change, into: &next)
      let law = EntropyDual.law(cost: cost, tilt: next, omega: omega, slices: moments.slices)
      evaluations += 1
      let now = slope(law, change) + pull(d, t)
      guard now.isFinite else {
        high = t
        highSlope = -start
        t = low + (t - low) / 8
        continue
      }
      if now > 0, hasCollapsed(law, change, now, t - low) {
        // Beyond the minimum the curvature has underflowed: no Newton step would lead back.
        high = t
        highSlope = now
        t = low / 2 + t / 2
        if !(t > low && t < high) { break }
        continue
      }
      if now <= 0 || abs(now) <= 0.5 * -start { best = (t, law, next) }
      if abs(now) <= (now < 0 ? 0.25 : 0.5) * -start || (now < 0 && t >= longest) { break }
      if now < 0 {
        low = t
        lowSlope = now
        t = high < .infinity ? t : min(2 * t, longest)
        if high == .infinity {
          if t > 0x1p60 { break }
          continue
        }
      } else {
        high = t
        highSlope = now
      }
      // Regula falsi, kept away from the ends.
      let guess = low + (high - low) * (-lowSlope / (highSlope - lowSlope))
      let width = high - low
      t = min(max(guess, low + 0.1 * width), high - 0.1 * width)
      if !(t > low && t < high) { break }
    }
    guard let best else {
      stale += 1
      return stale >= 2 ? .converged : .moved
    }
    fullSteps = best.t >= 1 ? fullSteps + 1 : 0
    grown = best.t > 1.5 && (best.t > first || grown > 0) && best.t >= grown ? best.t : 0
    for j in nu.indices {
      nu[j] += best.t * d[j]
      // The bounded model puts a multiplier exactly on its bound.
      if isInequality(j), nu[j] <= 0x1p-50 * abs(best.t * d[j]) { nu[j] = 0 }
    }
    p = best.p
    tilt = best.tilt
    if iterations % 8 == 0 || relativeResidual < 1e-8 {
      tilt = moments.tilt(nu)
      p = EntropyDual.law(cost: cost, tilt: tilt, omega: omega, slices: moments.slices)
    }
    residual = moments.means(p)
    takeCompliance()
    return .moved
  }
}
