import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Cauchy law `1 / (pi s (1 + ((x - m) / s)^2))`. It has no mean and no variance.
public struct Cauchy: ScalarLaw, Equatable {
  public let location: Double
  public let scale: Double

  public init(location: Double, scale: Double) throws(FamilyError) {
    let check = Check("cauchy")
    try check.finite(location, "location")
    try check.scale(scale, "scale")
    self.location = location
    self.scale = scale
  }

  public var embedding: (any ScalarLaw)? { StudentT(unchecked: 1, location, scale) }
  public var support: Support { .line }
  public var mean: Double { .nan }
  public var variance: Double { .nan }

  public func logDensity(_ x: Double) -> Double {
    if x.isInfinite { return -.infinity }
    return settleLog(try Special.cauchyDensity(x, location: location, scale: scale))
  }

  public func cumulative(_ x: Double) -> Double { Cauchy.lowerTail((x - location) / scale) }
  public func survival(_ x: Double) -> Double { Cauchy.lowerTail(-(x - location) / scale) }

  private static func lowerTail(_ z: Double) -> Double {
    z < -1 ? atan(-1 / z) / .pi : 0.5 + atan(z) / .pi
  }

  public func logCumulative(_ x: Double) -> Double { Cauchy.logLowerTail((x - location) / scale) }
  public func logSurvival(_ x: Double) -> Double { Cauchy.logLowerTail(-(x - location) / scale) }

  private static func logLowerTail(_ z: Double) -> Double {
    z > 0 ? log1p(-lowerTail(-z)) : log(lowerTail(z))
  }

  public func quantile(_ p: Double) -> Double { location + scale * Cauchy.standardQuantile(p) }
  public func upperQuantile(_ q: Double) -> Double { location - scale * Cauchy.standardQuantile(q) }

  private static func standardQuantile(_ p: Double) -> Double {
    guard p >= 0 && p <= 1 else { return .nan }
    if p == 0 || p == 1 { return p == 0 ? -.infinity : .infinity }
    if p < 0.25 { return -1 / tan(.pi * p) }
    if p > 0.75 { return 1 / tan(.pi * (1 - p)) }
    return tan(.pi * (p - 0.5))
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    location + scale * Cauchy.standardQuantile(Variate.uniform(&generator))
  }

  public var entropy: Estimate { Estimate(closed: log(4 * .pi) + log(scale), size: 3) }

  /// `log(((s + t)^2 + d^2) / (4 s t))`. Source: F. Chyzak, F. Nielsen, arXiv:1905.10965.
  public func divergence(to other: Cauchy) -> Estimate {
    let d = location - other.location
    let e = scale - other.scale
    return Estimate(closed: log1p((e / scale * (e / other.scale) + d / scale * (d / other.scale)) / 4))
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(0): return 1
    case .power(2), .squaredDeviation, .absoluteDeviation: return .infinity
    case .exponential(let t): return t == 0 ? 1 : .infinity
    case .cosine(let c): return cos(location - c) * exp(-scale)
    default: return nil
    }
  }
}
