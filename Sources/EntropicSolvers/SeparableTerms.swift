import EntropicNumerics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The functions f_i of `SeparableMinimum` behind pointers, and the root of sum_i q_i(nu) = mass.
///
///     f_i'(q) = c_i + tau_i (1 + log q) - beta_i / q + sum_a w_ai sign_a a q^(a - 1) + L h'(q)
struct SeparableTerms {
  let cost: UnsafeBufferPointer<Double>
  let tau: UnsafeBufferPointer<Double>
  let beta: UnsafeBufferPointer<Double>
  let exponents: UnsafeBufferPointer<Double>
  /// One row an exponent.
  let weights: UnsafeBufferPointer<Double>
  let lower: UnsafeBufferPointer<Double>
  let upper: UnsafeBufferPointer<Double>
  let mirror: (map: any MirrorMap, weight: Double)?

  private var count: Int { cost.count }

  private static func sign(_ a: Double) -> Double { a > 0 && a < 1 ? -1 : 1 }

  /// f_i' and f_i'' at q > 0.
  func derivatives(_ i: Int, _ q: Double) -> (first: Double, second: Double) {
    var first = cost[i]
    var second = 0.0
    if tau[i] > 0 {
      first += tau[i] * (1 + Kernel.log(q))
      second += tau[i] / q
    }
    if beta[i] > 0 {
      first -= beta[i] / q
      second += beta[i] / q / q
    }
    for k in exponents.indices {
      let w = weights[k * count + i]
      if w == 0 { continue }
      let a = exponents[k]
      let s = SeparableTerms.sign(a) * w * a
      let p = a == 2 ? q : pow(q, a - 1)
      first += s * p
      second += s * (a - 1) * p / q
    }
    if let (map, weight) = mirror {
      let slope = map.derivatives(q, cap: upper[i])
      first += weight * slope.first
      second += weight * slope.second
    }
    return (first, second)
  }

  /// q_i(nu) and -dq_i / dnu, 0 where the outcome sits at a bound.
  private func coordinate(_ i: Int, _ nu: Double) -> (q: Double, slope: Double) {
    let c = cost[i] + nu
    var only = -1
    var many = 0
    for k in exponents.indices where weights[k * count + i] > 0 {
      only = k
      many += 1
    }
    let (t, b) = (tau[i], beta[i])
    var q: Double
    if let (map, weight) = mirror {
      q = many == 0 && t == 0 && b == 0 ? map.inverse(-c / weight, cap: upper[i]) : mixed(i, nu)
    } else if many == 1, t == 0, b == 0 {
      let a = exponents[only]
      let base = -c / (SeparableTerms.sign(a) * weights[only * count + i] * a)
      if a == 2 {
        q = base
        if !(q > lower[i]) { return (lower[i], 0) }
        if !(q < upper[i]) { return (upper[i], 0) }
        return (q, 0.5 / weights[only * count + i])
      }
      q = base > 0 ? (a == 1.5 ? base * base : pow(base, 1 / (a - 1))) : (a > 1 ? 0 : .infinity)
    } else if many == 0, b == 0 {
      if t == 0 { return (c < 0 ? upper[i] : lower[i], 0) }
      q = Kernel.exp(-c / t - 1)
    } else if many == 0, t == 0 {
      q = c > 0 ? b / c : .infinity
    } else if many == 1, b == 0, exponents[only] == 2 {
      let scale = t / (2 * weights[only * count + i])
      q = scale * wrightOmega(-Kernel.log(scale) - c / t - 1)
    } else {
      q = mixed(i, nu)
    }
    if !(q > lower[i]) { return (lower[i], 0) }
    if !(q < upper[i]) { return (upper[i], 0) }
    return (q, 1 / derivatives(i, q).second)
  }

  /// The root in log q of f_i'(q) = -nu, by Newton's method inside a bracket.
  private func mixed(_ i: Int, _ nu: Double) -> Double {
    if derivatives(i, upper[i]).first + nu <= 0 { return upper[i] }
    var high = Kernel.log(upper[i])
    var low = lower[i] > 0 ? Kernel.log(lower[i]) : -744.0
    if derivatives(i, Kernel.exp(low)).first + nu >= 0 { return lower[i] }
    // Logarithms and poles are straight for Newton's method only near the root: first within a factor e.
    while high - low > 1 {
      let middle = low / 2 + high / 2
      if derivatives(i, Kernel.exp(middle)).first + nu > 0 { high = middle } else { low = middle }
    }
    var u = low / 2 + high / 2
    for _ in 0..<60 {
      let q = Kernel.exp(u)
      let (first, second) = derivatives(i, q)
      let excess = first + nu
      if excess == 0 { break }
      if excess > 0 { high = u } else { low = u }
      var next = u - excess / (second * q)
      if !(next > low && next < high) { next = low / 2 + high / 2 }
      let step = abs(next - u)
      u = next
      if step <= 0x1p-53 * max(1, abs(u)) { break }
    }
    return Kernel.exp(u)
  }

  private func total(_ nu: Double, into q: UnsafeMutableBufferPointer<Double>) -> (sum: Double, slope: Double)
  {
    var slope = 0.0
    for i in 0..<count {
      let part = coordinate(i, nu)
      q[i] = part.q
      slope += part.slope
    }
    return (Kernel.sum(UnsafeBufferPointer(q)), slope)
  }

  /// nu with sum_i q_i(nu) = mass; `q` holds the law there.
  ///
  /// The last step moves the outcomes themselves along dq_i / dnu, below the resolution of nu.
  func root(mass: Double, into q: UnsafeMutableBufferPointer<Double>) -> Double {
    // At `low` some outcome wants its largest mass, at `high` each wants at most an equal share.
    var low = -Double.infinity
    var high = -Double.infinity
    let share = mass / Double(count)
    for i in 0..<count where upper[i] > lower[i] {
      low = max(low, -derivatives(i, upper[i]).first)
      high = max(high, -derivatives(i, min(max(share, lower[i]), upper[i])).first)
    }
    if !low.isFinite {
      // Slopes without bound at the largest mass: start where some outcome wants its share.
      low = .infinity
      for i in 0..<count where upper[i] > lower[i] {
        low = min(low, -derivatives(i, min(share, lower[i] / 2 + upper[i] / 2)).first)
      }
      high = max(low, high.isFinite ? high : low)
    }
    guard low.isFinite, high.isFinite else { return 0 }
    let unit = max(abs(low), abs(high), high - low, Double.leastNormalMagnitude)
    var width = unit * 0x1p-30
    for _ in 0..<200 {
      if total(low, into: q).sum >= mass { break }
      low -= width
      width *= 4
    }
    width = unit * 0x1p-30
    for _ in 0..<200 {
      if total(high, into: q).sum <= mass { break }
      high += width
      width *= 4
    }
    var nu = low
    var best = low
    var closest = Double.infinity
    for round in 0..<200 {
      let (sum, slope) = total(nu, into: q)
      let error = abs(sum - mass)
      if error < closest {
        closest = error
        best = nu
      }
      if error <= 0x1p-45 * mass { break }
      if sum > mass { low = nu } else { high = nu }
      if high - low <= 0x1p-53 * max(abs(low), abs(high)) { break }
      var next = low / 2 + high / 2
      // Every eighth step is a bisection, so that the bracket shrinks whatever the functions are.
      if slope > 0, round % 8 != 7 {
        let plain = nu + (sum - mass) / slope
        // 1 / sum is nearly straight for exponentials and poles; a plain step from the left never overshoots.
        let reciprocal = nu + sum * (sum - mass) / (slope * mass)
        let trial = sum > mass ? max(plain, min(reciprocal, high)) : plain
        if trial > low, trial < high { next = trial }
      }
      if abs(next - nu) <= 0x1p-53 * abs(nu) { break }
      nu = next
    }
    let (sum, slope) = total(best, into: q)
    if slope > 0, abs(sum - mass) <= 0x1p-30 * mass {
      let step = (mass - sum) / slope
      for i in 0..<count { q[i] = min(max(q[i] + step * coordinate(i, best).slope, lower[i]), upper[i]) }
    }
    return best
  }
}
