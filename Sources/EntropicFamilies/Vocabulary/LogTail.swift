import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Logarithms of tail probabilities: of the tail itself, of its complement, or of an integral that is scaled by
/// the density at its end, whichever has the digits.
enum LogTail {
  static func lower(_ law: some ScalarLaw, _ x: Double) -> Double {
    side(law, x, isLower: true, tail: law.cumulative(x)) { law.survival(x) }
  }

  static func upper(_ law: some ScalarLaw, _ x: Double) -> Double {
    side(law, x, isLower: false, tail: law.survival(x)) { law.cumulative(x) }
  }

  private static func side(
    _ law: some ScalarLaw, _ x: Double, isLower: Bool, tail: Double, complement: () -> Double
  ) -> Double {
    if tail > 0.5 { return log1p(-complement()) }
    if tail >= 1e-280 || tail.isNaN || law.support.kind != .interval { return log(tail) }
    let end = isLower ? law.support.lower : law.support.upper
    if isLower ? x <= end : x >= end { return -.infinity }
    return integral(law, from: x, to: end)
  }

  /// `log p(x) + log` of the integral of `p(x +- t) / p(x)` over the tail, in pieces that double in length
  /// from the point where the density has fallen by a factor e.
  private static func integral(_ law: some ScalarLaw, from x: Double, to end: Double) -> Double {
    let start = law.logDensity(x)
    guard start.isFinite else { return start.isNaN ? .nan : -.infinity }
    let sign = end < x ? -1.0 : 1.0
    func drop(_ t: Double) -> Double { start - law.logDensity(x + sign * t) }
    let room = abs(end - x)
    var scale = min(max(1, abs(x)), room)
    while scale > 4 * x.ulp && drop(scale) > 1 { scale /= 2 }
    while scale < room && drop(scale) < 0.5 { scale *= 2 }
    var cuts = [0.0]
    var t = scale
    while t < room && cuts.count < 1100 {
      cuts.append(t)
      if drop(t) > 745 { break }
      t *= 2
    }
    let last = min(t, room)
    guard last.isFinite, last > 0 else { return -.infinity }
    let found = GaussKronrod().integrate(from: 0, to: last, cuts: cuts) { exp(-drop($0)) }
    return start + log(found.value)
  }
}

/// Tails of the standard normal law in logarithms.
enum NormalTail {
  /// `log P(Z > z)`
  static func log(_ z: Double) -> Double {
    if z.isInfinite { return z > 0 ? -.infinity : 0 }
    if z < -1 { return log1p(-0.5 * erfc(-z * 0.5.squareRoot())) }
    let reach = min(z, 1e149) * 0.5.squareRoot()
    return settle(try Special.logComplementaryErrorFunction(reach)) - naturalLog(2)
  }

  /// `log P(Z > z) + z^2 / 2`, the logarithm of Mills' ratio up to a constant: for large z by its asymptotic
  /// series, of which seven terms reach the last digit from 30 on.
  static func logScaled(_ z: Double) -> Double {
    if z < 30 { return log(z) + z * z / 2 }
    let r = 1 / (z * z)
    var (term, sum) = (1.0, 1.0)
    for n in 1...7 {
      term *= -Double(2 * n - 1) * r
      sum += term
    }
    return naturalLog(sum) - naturalLog(z) - 0.5 * naturalLog(2 * .pi)
  }
}
