import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Laplace law `exp(-|x - c| / b) / (2 b)` with a location c and a scale b.
///
/// With c fixed it is an exponential family: `T = |x - c|`, `theta = -1 / b`, `A = log(2 b)`.
public struct Laplace: ScalarLaw, ExponentialFamily, Equatable {
  public let location: Double
  public let scale: Double

  public init(location: Double, scale: Double) throws(FamilyError) {
    let check = Check("laplace")
    try check.finite(location, "location")
    try check.scale(scale, "scale")
    self.location = location
    self.scale = scale
  }

  public var support: Support { .line }
  public var kinks: [Double] { [location] }
  public var mean: Double { location }
  public var variance: Double { 2 * scale * scale }

  public func logDensity(_ x: Double) -> Double { -log(2) - log(scale) - abs((x - location) / scale) }

  public func cumulative(_ x: Double) -> Double { Laplace.lowerTail((x - location) / scale) }
  public func survival(_ x: Double) -> Double { Laplace.lowerTail(-(x - location) / scale) }

  private static func lowerTail(_ z: Double) -> Double { z < 0 ? exp(z) / 2 : 1 - exp(-z) / 2 }

  public func logCumulative(_ x: Double) -> Double { Laplace.logTail((x - location) / scale) }
  public func logSurvival(_ x: Double) -> Double { Laplace.logTail(-(x - location) / scale) }

  private static func logTail(_ z: Double) -> Double {
    z < 0 ? z - log(2) : log1p(-exp(-z) / 2)
  }

  public func quantile(_ p: Double) -> Double { location + scale * Laplace.standardQuantile(p) }
  public func upperQuantile(_ q: Double) -> Double { location - scale * Laplace.standardQuantile(q) }

  private static func standardQuantile(_ p: Double) -> Double {
    guard p >= 0 && p <= 1 else { return .nan }
    return p < 0.5 ? log(2 * p) : -log(2 * (1 - p))
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    location + scale * Laplace.standardQuantile(Variate.uniform(&generator))
  }

  public var entropy: Estimate { Estimate(closed: 1 + log(2) + log(scale), size: 2) }

  /// `(r - 1 - log r) + r (exp(-d) - 1 + d)` with r the ratio of the scales and d the distance in scales.
  public func divergence(to other: Laplace) -> Estimate {
    let r = scale / other.scale
    let d = abs(location - other.location) / scale
    let scales = Settled.excessOverLog((scale - other.scale) / other.scale)
    return Estimate(closed: scales + r * Special.excessOfExp(-d))
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .absoluteDeviation(let c):
      let d = abs(c - location)
      return d + scale * exp(-d / scale)
    case .power(4):
      let (m, b) = (location * location, scale * scale)
      return m * m + 12 * m * b + 24 * b * b
    case .exponential(let t):
      let u = t * scale
      return abs(u) >= 1 ? .infinity : exp(t * location) / ((1 - u) * (1 + u))
    case .cosine(let c): return cos(location - c) / (1 + scale * scale)
    default: return momentExpectation(statistic)
    }
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(-log(2) - log(scale), [(-1 / scale, .absoluteDeviation(location))])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [abs(x - location)] }
  public func logCarrier(_ x: Double) -> Double { 0 }
  public var naturalParameters: [Double] { [-1 / scale] }
  public var meanParameters: [Double] { [scale] }
  public var logPartition: Double { log(2) + log(scale) }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [scale * scale]) }

  public func with(natural: [Double]) throws(FamilyError) -> Laplace {
    try Check("laplace").length(natural.count, 1, "natural parameters")
    return try Laplace(location: location, scale: -1 / natural[0])
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Laplace {
    try Check("laplace").length(mu.count, 1, "mean parameters")
    return try Laplace(location: location, scale: mu[0])
  }
}
