import EntropicNumerics

/// A closed convex function of the image u = K p + k of the masses.
///
/// Goals, in order: 1. the affine minorant that the certificate uses is below the function for every slope
/// that is offered, rounding included; 2. values and gradients to full relative accuracy; 3. +inf outside
/// the domain, never NaN.
///
///     log(w)               -sum w log u                        u > 0 where w > 0
///     entropy(w)            sum w u log u                      u >= 0
///     relativeEntropy(w)    sum w u log(u / v)                 u, v >= 0, stacked (u, v)
///     power(a, w)           sum w sign u^a                     u >= 0; every u when a is an even integer
///     perspective(a, w)     sum w sign u^a v^(1 - a)           u, v >= 0, stacked (u, v)
///     positiveSquare(w)     sum w max(u, 0)^2
///     absolute(w)           sum w |u|
///     maximum(caps)         max { omega . u : 0 <= omega <= caps, sum omega = 1 }
///     logSumExp             log sum exp u
///     exponential(w)        sum w exp u
///     norm                  |u|_2
///     quadratic(Q, slack)   u' Q u                             Q positive semidefinite up to `slack`
///
/// `sign` is -1 for 0 < a < 1 and +1 otherwise, so that the power is convex. Weights are positive.
public enum Outer: Sendable, Equatable {
  case log([Double])
  case entropy([Double])
  case relativeEntropy([Double])
  case power(Double, [Double])
  case perspective(Double, [Double])
  case positiveSquare([Double])
  case absolute([Double])
  case maximum(caps: [Double]?)
  case logSumExp
  case exponential([Double])
  case norm
  case quadratic(Matrix, slack: Double)

  /// False where the function has kinks; the interior point then needs an epigraph form.
  public var isSmooth: Bool {
    switch self {
    case .absolute, .maximum, .norm: false
    default: true
    }
  }

  /// True for a power that is defined on the whole line.
  static func isEven(_ exponent: Double) -> Bool {
    exponent > 0 && exponent.truncatingRemainder(dividingBy: 2) == 0
  }

  static func sign(_ exponent: Double) -> Double { exponent > 0 && exponent < 1 ? -1 : 1 }

  /// The value and the sum of the absolute values of its terms, which scales the rounding error.
  public func value(_ u: [Double]) -> (value: Double, magnitude: Double) {
    switch self {
    case .log(let w): return Outer.accumulate(w.count) { Scalar.negativeLog(w[$0], u[$0]) }
    case .entropy(let w): return Outer.accumulate(w.count) { Scalar.xlogx(w[$0], u[$0]) }
    case .relativeEntropy(let w):
      let m = w.count
      return Outer.accumulate(m) { Scalar.relative(w[$0], u[$0], u[m + $0]) }
    case .power(let a, let w):
      return Outer.accumulate(w.count) { Scalar.power(a, w[$0], u[$0]) }
    case .perspective(let a, let w):
      let m = w.count
      return Outer.accumulate(m) { Scalar.perspective(a, w[$0], u[$0], u[m + $0]) }
    case .positiveSquare(let w):
      return Outer.accumulate(w.count) { Scalar.power(2, w[$0], max(u[$0], 0)) }
    case .absolute(let w): return Outer.accumulate(w.count) { w[$0] * abs(u[$0]) }
    case .maximum(let caps):
      let omega = Outer.maximiser(u, caps: caps)
      return Outer.accumulate(u.count) { omega[$0] == 0 ? 0 : omega[$0] * u[$0] }
    case .logSumExp:
      let v = Kernel.logSumExp(u)
      return (v, abs(v) + (u.map(abs).max() ?? 0))
    case .exponential(let w): return Outer.accumulate(w.count) { w[$0] * Kernel.exp(u[$0]) }
    case .norm:
      let scale = u.map(abs).max() ?? 0
      guard scale > 0, scale < .infinity else { return (scale, scale) }
      let v = scale * Kernel.sum(u.map { ($0 / scale) * ($0 / scale) }).squareRoot()
      return (v, v)
    case .quadratic(let q, _):
      let image = q.times(u)
      return Outer.accumulate(u.count) { u[$0] * image[$0] }
    }
  }

  /// The gradient, or a subgradient at a kink. Zeros of u are replaced by the least positive number where the
  /// slope would be infinite, so that the result is always finite: any slope of the conjugate's domain will do.
  public func slope(at u: [Double]) -> [Double] {
    switch self {
    case .log(let w): return zip(w, u).map { -$0 / max($1, Scalar.tiny) }
    case .entropy(let w):
      return zip(w, u).map { $0 * (1 + Kernel.log(max($1, Scalar.tiny))) }
    case .relativeEntropy(let w):
      let m = w.count
      let s = (0..<m).map {
        w[$0] * (1 + Kernel.log(max(u[$0], Scalar.tiny)) - Kernel.log(max(u[m + $0], Scalar.tiny)))
      }
      return completed(s)
    case .power(let a, let w): return zip(w, u).map { Scalar.powerSlope(a, $0, $1) }
    case .perspective(let a, let w):
      let m = w.count
      let s = (0..<m).map { j -> Double in
        let ratio = max(u[j], Scalar.tiny) / max(u[m + j], Scalar.tiny)
        return Scalar.powerSlope(a, w[j], ratio)
      }
      return completed(s)
    case .positiveSquare(let w): return zip(w, u).map { 2 * $0 * max($1, 0) }
    case .absolute(let w): return zip(w, u).map { $1 > 0 ? $0 : ($1 < 0 ? -$0 : 0) }
    case .maximum(let caps): return Outer.maximiser(u, caps: caps)
    case .logSumExp: return Kernel.softmax(u).probabilities
    case .exponential(let w): return zip(w, u).map { $0 * Kernel.exp($1) }
    case .norm:
      let v = value(u).value
      return v > 0 && v < .infinity ? u.map { $0 / v } : u.map { _ in 0 }
    case .quadratic(let q, _): return q.times(u).map { 2 * $0 }
    }
  }

  /// Second derivatives of a separable function, one an entry; nil for the others.
  public func diagonalCurvature(at u: [Double]) -> [Double]? {
    switch self {
    case .log(let w): zip(w, u).map { $0 / ($1 * $1) }
    case .entropy(let w): zip(w, u).map { $0 / $1 }
    case .power(let a, let w): zip(w, u).map { Scalar.powerCurvature(a, $0, $1) }
    case .positiveSquare(let w): zip(w, u).map { $1 > 0 ? 2 * $0 : 0 }
    case .exponential(let w): zip(w, u).map { $0 * Kernel.exp($1) }
    default: nil
    }
  }

  /// Makes offered slopes admissible: clips, normalises, and fills in the second half of a pair from the first.
  /// Returns nil where no admissible slope is near (wrong sign, not finite).
  public func admissible(_ s: [Double]) -> [Double]? {
    guard s.allSatisfy(\.isFinite) else { return nil }
    switch self {
    case .relativeEntropy(let w), .perspective(_, let w):
      let half = Array(s.prefix(w.count))
      guard half.count == w.count else { return nil }
      let full = completed(half)
      return full.allSatisfy(\.isFinite) ? full : nil
    case .positiveSquare: return s.map { max($0, 0) }
    case .absolute(let w): return zip(w, s).map { max(-$0, min($0, $1)) }
    case .maximum(let caps):
      var omega = s.map { max($0, 0) }
      if let caps { omega = zip(omega, caps).map { min($0, $1) } }
      let total = Kernel.sum(omega)
      guard total > 0 else { return nil }
      if caps == nil { return omega.map { $0 / total } }
      // Under caps the missing mass goes where there is room.
      let missing = 1 - total
      if missing <= 0 { return omega.map { $0 / total } }
      let room = zip(omega, caps ?? []).map { $1 - $0 }
      let space = Kernel.sum(room)
      guard space > 0 else { return nil }
      return zip(omega, room).map { $0 + missing * min(1, $1 / space) }
    case .logSumExp:
      let positive = s.map { max($0, 0) }
      let total = Kernel.sum(positive)
      return total > 0 ? positive.map { $0 / total } : nil
    case .norm:
      let length = Outer.norm.value(s).value
      return length > 1 - 0x1p-48 ? s.map { $0 * ((1 - 0x1p-48) / length) } : s
    default: return s
    }
  }

  /// A number c with f(u) >= s . u + c for every u of the domain with |u_j| <= `bound`: c = -f*(s), minus an
  /// allowance for rounding that is returned apart. nil where s is outside the domain of the conjugate.
  public func minorantConstant(slope s: [Double], bound: Double) -> (constant: Double, error: Double)? {
    let eps = 0x1p-53
    var terms: [Double] = []
    var error = 0.0
    switch self {
    case .log(let w):
      for (w, s) in zip(w, s) where w > 0 {
        guard s < 0 else { return nil }
        let l = Kernel.log(-s) - Kernel.log(w)
        terms.append(w + w * l)
        error += eps * w * (6 + 2 * abs(Kernel.log(-s)) + 2 * abs(Kernel.log(w)))
      }
    case .entropy(let w):
      for (w, s) in zip(w, s) where w > 0 {
        let value = w * Kernel.exp(s / w - 1)
        terms.append(-value)
        error += eps * value * (8 + 2 * abs(s / w))
      }
    case .relativeEntropy, .perspective: break
    case .power(let a, let w):
      for (w, s) in zip(w, s) where w > 0 {
        guard let conjugate = Scalar.powerConjugate(a, w, s) else { return nil }
        terms.append(-conjugate)
        error += eps * abs(conjugate) * (16 + 8 / abs(a - 1) + 8 * abs(a))
      }
    case .positiveSquare(let w):
      for (w, s) in zip(w, s) where s != 0 {
        guard s > 0, w > 0 else { return nil }
        let conjugate = s * s / (4 * w)
        terms.append(-conjugate)
        error += eps * 4 * conjugate
      }
    case .absolute: break
    case .maximum: error = 4 * Kernel.kappa(s.count) * bound
    case .logSumExp:
      for s in s where s > 0 {
        terms.append(-s * Kernel.log(s))
        error += eps * 6 * s * abs(Kernel.log(s))
      }
      error += 4 * Kernel.kappa(s.count) * (bound + 1)
    case .exponential(let w):
      for (w, s) in zip(w, s) where w > 0 {
        guard s >= 0 else { return nil }
        if s > 0 {
          let l = Kernel.log(s) - Kernel.log(w)
          terms.append(s - s * l)
          error += eps * s * (6 + 2 * abs(Kernel.log(s)) + 2 * abs(Kernel.log(w)))
        }
      }
    case .norm: break
    case .quadratic: return nil
    }
    let magnitude = Kernel.absoluteSum(terms)
    return (Kernel.sum(terms), error + Kernel.kappa(terms.count) * magnitude)
  }

  /// Fills in the slopes t of v from those of u, rounded to the safe side: a pair (s, t) with smaller t is
  /// admissible too, because v >= 0.
  private func completed(_ s: [Double]) -> [Double] {
    let eps = 0x1p-53
    switch self {
    case .relativeEntropy(let w):
      return s
        + zip(w, s).map { w, s in
          guard w > 0 else { return 0 }
          let t = -w * Kernel.exp(s / w - 1)
          return t - abs(t) * eps * (12 + 4 * abs(s / w))
        }
    case .perspective(let a, let w):
      let sign = Outer.sign(a)
      return s
        + zip(w, s).map { w, s in
          guard w > 0 else { return 0 }
          let base = s / (sign * w * a)
          let ratio = base > 0 ? Scalar.pow(base, 1 / (a - 1)) : 0
          let t = sign * w * (1 - a) * Scalar.pow(ratio, a)
          return t - abs(t) * eps * (24 + 16 / abs(a - 1) + 16 * abs(a))
        }
    default: return s
    }
  }

  /// The weights omega that attain the maximum: largest entries first, the lowest index on ties.
  static func maximiser(_ u: [Double], caps: [Double]?) -> [Double] {
    var omega = [Double](repeating: 0, count: u.count)
    guard let caps else {
      var best = 0
      for j in u.indices where u[j] > u[best] { best = j }
      if !u.isEmpty { omega[best] = 1 }
      return omega
    }
    var rest = 1.0
    for j in u.indices.sorted(by: { u[$0] > u[$1] || (u[$0] == u[$1] && $0 < $1) }) where rest > 0 {
      omega[j] = min(caps[j], rest)
      rest -= omega[j]
    }
    return omega
  }

  private static func accumulate(
    _ count: Int, _ term: (Int) -> Double
  ) -> (value: Double, magnitude: Double) {
    var terms = [Double](repeating: 0, count: count)
    for j in 0..<count {
      terms[j] = term(j)
      if terms[j].isNaN || terms[j] == .infinity { return (.infinity, .infinity) }
    }
    return (Kernel.sum(terms), Kernel.absoluteSum(terms))
  }
}
