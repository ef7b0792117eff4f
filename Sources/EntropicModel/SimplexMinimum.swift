import EntropicNumerics

/// min { sum_i tau_i q_i log q_i + d_i q_i^2 + r_i q_i : sum q = mass, lower <= q <= upper }
///
/// The inner problem of every bound and of every proximal step: separable over one simplex, with one multiplier
/// nu. The value returned is a lower bound of the minimum, rounding included, whatever nu the root finding ends
/// with, because the Lagrangian is minimised coordinate by coordinate (weak duality).
///
/// - Closed forms: softmax when all tau are equal and no bound is active, the least cost when tau = d = 0.
/// - Otherwise a bracketed Newton iteration on the decreasing sum q(nu) - mass.
/// - Complexity: O(n) a step, fewer than 60 steps.
public struct SimplexMinimum: Sendable {
  /// A lower bound of the minimum; +inf when the bounds exclude every point.
  public let bound: Double
  /// The minimiser, up to the accuracy of nu.
  public let point: [Double]
  /// The multiplier of sum q = mass in the Lagrangian: cost + nu at interior coordinates is stationary.
  public let multiplier: Double

  /// - Parameters: `entropic`, `quadratic` may be empty; `lower`, `upper` hold one number a coordinate.
  public init(
    entropic tau: [Double], quadratic d: [Double], costs r: [Double], lower: [Double], upper: [Double],
    mass: Double
  ) {
    let n = r.count
    let open = (0..<n).allSatisfy { lower[$0] == 0 && (upper[$0] == .infinity || upper[$0] == 0) }
    let free = (0..<n).filter { upper[$0] > 0 }
    guard !free.isEmpty, SimplexMinimum.hasPoint(lower, upper, mass) else {
      self.init(bound: .infinity, point: lower, multiplier: 0)
      return
    }
    if r.contains(where: { $0.isNaN || $0 == -.infinity }) {
      self.init(bound: -.infinity, point: lower, multiplier: 0)
      return
    }
    let hasEntropy = tau.contains { $0 > 0 }
    let hasSquare = d.contains { $0 > 0 }
    if !hasEntropy, !hasSquare {
      self = SimplexMinimum.linear(r, lower, upper, mass, free: open ? free : nil)
    } else if open, !hasSquare, let first = free.first, free.allSatisfy({ tau[$0] == tau[first] }) {
      self = SimplexMinimum.gibbs(tau[first], r, upper, mass)
    } else {
      let problem = Coordinates(
        tau: hasEntropy ? tau : [Double](repeating: 0, count: n),
        d: hasSquare ? d : [Double](repeating: 0, count: n), r: r, lower: lower,
        upper: upper.map { min($0, mass) }, mass: mass)
      self = problem.solve()
    }
  }

  fileprivate init(bound: Double, point: [Double], multiplier: Double) {
    self.bound = bound
    self.point = point
    self.multiplier = multiplier
  }

  /// False only when the sums of the bounds prove that no point exists, beyond rounding.
  private static func hasPoint(_ lower: [Double], _ upper: [Double], _ mass: Double) -> Bool {
    let margin = 1 + 0x1p-50
    if lower.indices.contains(where: { lower[$0] > 0 && lower[$0] > upper[$0] * margin || upper[$0] < 0 }) {
      return false
    }
    if lower.contains(where: { $0 > 0 }), Kernel.sum(lower) > mass * margin { return false }
    if upper.contains(.infinity) { return true }
    return Kernel.sum(upper) * margin >= mass
  }

  /// tau = d = 0: the least cost, or a greedy filling under bounds.
  private static func linear(
    _ r: [Double], _ lower: [Double], _ upper: [Double], _ mass: Double, free: [Int]?
  ) -> SimplexMinimum {
    var q = lower
    if let free {
      var best = free[0]
      for i in free where r[i] < r[best] { best = i }
      q[best] = mass
      let value = mass * r[best]
      return SimplexMinimum(bound: value - abs(value) * 0x1p-52, point: q, multiplier: -r[best])
    }
    var rest = mass - Kernel.compensatedSum(lower)
    var marginal = 0.0
    for i in r.indices.sorted(by: { r[$0] < r[$1] || (r[$0] == r[$1] && $0 < $1) }) where rest > 0 {
      let room = min(upper[i] - lower[i], rest)
      q[i] += room
      rest -= room
      marginal = r[i]
    }
    // Weak duality at nu = -marginal: coordinates below it sit at their upper bounds, the others at the lower.
    var terms = [marginal * mass]
    var size = abs(marginal * mass)
    for i in r.indices {
      let reduced = r[i] - marginal
      let term = reduced < 0 ? reduced * min(upper[i], mass) : reduced * lower[i]
      terms.append(term)
      size += abs(term) + (abs(r[i]) + abs(marginal)) * (reduced < 0 ? min(upper[i], mass) : lower[i])
    }
    let value = Kernel.sum(terms)
    return SimplexMinimum(
      bound: value - (Kernel.kappa(terms.count) + 0x1p-50) * size, point: q, multiplier: -marginal)
  }

  /// q = mass softmax(-r / tau); minimum tau mass (log mass - log sum exp(-r / tau)).
  private static func gibbs(
    _ tau: Double, _ r: [Double], _ upper: [Double], _ mass: Double
  ) -> SimplexMinimum {
    let least = (0..<r.count).reduce(Double.infinity) { upper[$1] > 0 ? min($0, r[$1]) : $0 }
    let logits = (0..<r.count).map { upper[$0] > 0 ? -(r[$0] - least) / tau : -Double.infinity }
    let (q, lse) = Kernel.softmax(logits)
    let logMass = mass == 1 ? 0 : Kernel.log(mass)
    let gain = tau * mass * (logMass - lse)
    let value = mass * least + gain
    // The argument of each exponential is wrong by 2 ulp of itself, weighted by the softmax; the log-sum-exp itself by
    // a few ulp of its size.
    var spread = 0.0
    for i in r.indices where q[i] > 0 { spread += q[i] * abs(logits[i]) }
    let error =
      0x1p-53
      * (4 * abs(mass * least) + tau * mass * (60 + abs(lse) * 4 + abs(logMass) * 4 + 8 * spread)
        + 4 * abs(value))
    return SimplexMinimum(
      bound: value - error, point: q.map { $0 * mass }, multiplier: tau * (lse - logMass - 1) - least)
  }
}

/// The general case of the separable problem: one scalar root.
private struct Coordinates {
  let tau: [Double]
  let d: [Double]
  let r: [Double]
  let lower: [Double]
  let upper: [Double]
  let mass: Double

  /// argmin over [lower, upper] of tau q log q + d q^2 + (r + nu) q, and its derivative by -nu.
  func minimiser(_ i: Int, _ nu: Double) -> (q: Double, slope: Double) {
    let c = r[i] + nu
    var q: Double
    if tau[i] > 0, d[i] > 0 {
      let scale = tau[i] / (2 * d[i])
      let z = -Kernel.log(scale) - (c + tau[i]) / tau[i]
      // Where one of the two is out of reach of the other's last digit it decides nothing: omega(z) is e^z for z below -36,
      // and a ratio or argument beyond the range of doubles leaves the square alone.
      if z < -36 {
        q = Kernel.exp(-c / tau[i] - 1)
      } else if scale >= Double.leastNormalMagnitude, z.isFinite {
        q = scale * wrightOmega(z)
      } else {
        q = -c / (2 * d[i])
      }
    } else if tau[i] > 0 {
      q = Kernel.exp(-c / tau[i] - 1)
    } else if d[i] > 0 {
      q = -c / (2 * d[i])
    } else {
      return (c > 0 ? lower[i] : upper[i], 0)
    }
    if !(q > lower[i]) { return (lower[i], 0) }
    if !(q < upper[i]) { return (upper[i], 0) }
    return (q, 1 / ((tau[i] > 0 ? tau[i] / q : 0) + 2 * d[i]))
  }

  func total(_ nu: Double) -> (sum: Double, slope: Double) {
    var q = [Double](repeating: 0, count: r.count)
    var slope = 0.0
    for i in r.indices {
      let m = minimiser(i, nu)
      q[i] = m.q
      slope += m.slope
    }
    return (Kernel.sum(q), slope)
  }

  func solve() -> SimplexMinimum {
    // Above `high` every coordinate wants at most mass / n, below `low` some coordinate wants all the mass.
    let n = Double(r.count)
    var low = -Double.infinity
    var high = -Double.infinity
    for i in r.indices where upper[i] > lower[i] {
      let atMass = -(r[i] + 2 * d[i] * mass + (tau[i] > 0 ? tau[i] * (Kernel.log(mass) + 1) : 0))
      let share = mass / n
      let atShare = -(r[i] + 2 * d[i] * share + (tau[i] > 0 ? tau[i] * (Kernel.log(share) + 1) : 0))
      low = max(low, atMass)
      high = max(high, atShare)
    }
    if !low.isFinite || !high.isFinite {
      low = 0
      high = 0
    }
    var width = max(1, abs(low), abs(high)) * 0x1p-40 + (high - low)
    var guardCount = 0
    while total(low).sum < mass, guardCount < 1100 {
      low -= width
      width *= 2
      guardCount += 1
    }
    width = max(1, abs(low), abs(high)) * 0x1p-40 + abs(high - low)
    while total(high).sum > mass, guardCount < 2200 {
      high += width
      width *= 2
      guardCount += 1
    }
    var nu = low
    for _ in 0..<200 {
      let (sum, slope) = total(nu)
      if sum == mass { break }
      if sum > mass { low = nu } else { high = nu }
      // Newton on 1 / sum: exact for one exponential, monotone from the left.
      var next = slope > 0 && sum > 0 ? nu + sum * (sum - mass) / (slope * mass) : low / 2 + high / 2
      if tau.allSatisfy({ $0 == 0 }), slope > 0 { next = nu + (sum - mass) / slope }
      if !(next > low && next < high) { next = low / 2 + high / 2 }
      if next == nu || !(high > low) { break }
      if high - low <= 0x1p-52 * max(abs(low), abs(high)) { break }
      if abs(sum - mass) <= 0x1p-53 * mass { break }
      nu = next
    }
    return evaluate(nu)
  }

  /// -nu mass + sum of coordinate minima, less its rounding error.
  func evaluate(_ nu: Double) -> SimplexMinimum {
    var terms = [-nu * mass]
    var q = [Double](repeating: 0, count: r.count)
    var error = 4 * 0x1p-53 * abs(nu * mass)
    for i in r.indices {
      let value = minimiser(i, nu).q
      q[i] = value
      if value == 0 { continue }
      let c = r[i] + nu
      let entropy = tau[i] > 0 ? tau[i] * value * Kernel.log(value) : 0
      let square = d[i] * value * value
      let linear = c * value
      terms.append(entropy + square + linear)
      // Second order in the error of q, first order in the rounding of the terms. q solves tau log q + 2 d q = -(c + tau), so
      // that rounding of size e on the right moves it by e / (tau + 2 d q) of itself: by much under a small tau alone, by
      // little where the square decides. The logarithm of tau / (2 d) enters the argument of the omega function.
      let size = abs(entropy) + abs(square) + (abs(r[i]) + abs(nu)) * value
      let logScale = tau[i] > 0 && d[i] > 0 ? abs(Kernel.log(tau[i] / (2 * d[i]))) : 0
      let inner = abs(r[i]) + abs(nu) + tau[i] * (1 + min(logScale, 2000))
      let argument = tau[i] > 0 ? inner / (tau[i] + 2 * d[i] * value) : 0
      let curvature = (tau[i] / value + 2 * d[i]) * value * value
      let relative = 0x1p-52 * (8 + argument)
      error += 8 * 0x1p-53 * size
      if value > lower[i], value < upper[i] { error += curvature * relative * relative }
    }
    let value = Kernel.sum(terms)
    error += Kernel.kappa(terms.count) * Kernel.absoluteSum(terms)
    return SimplexMinimum(bound: value - error, point: q, multiplier: nu)
  }
}
