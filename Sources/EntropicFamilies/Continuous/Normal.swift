import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The normal law with a mean and a variance (not a standard deviation).
///
///     p(x) = exp(-(x - m)^2 / (2 v)) / sqrt(2 pi v)
///     T = (x, x^2),   theta = (m / v, -1 / (2 v)),   A = m^2 / (2 v) + log(2 pi v) / 2
public struct Normal: ScalarLaw, ExponentialFamily, Equatable {
  public let mean: Double
  public let variance: Double

  public init(mean: Double, variance: Double) throws(FamilyError) {
    let check = Check("normal")
    try check.finite(mean, "mean")
    try check.scale(variance, "variance")
    self.mean = mean
    self.variance = variance
  }

  public static let standard = Normal(unchecked: 0, 1)

  init(unchecked mean: Double, _ variance: Double) {
    self.mean = mean
    self.variance = variance
  }

  public var support: Support { .line }
  private var deviation: Double { variance.squareRoot() }

  public func logDensity(_ x: Double) -> Double {
    if x.isInfinite { return -.infinity }
    let z = (x - mean) / deviation
    return -0.5 * log(2 * .pi) - 0.5 * log(variance) - z * z / 2
  }

  public func cumulative(_ x: Double) -> Double { Normal.tail(-(x - mean) / deviation) }
  public func survival(_ x: Double) -> Double { Normal.tail((x - mean) / deviation) }

  public func logCumulative(_ x: Double) -> Double { NormalTail.log(-(x - mean) / deviation) }
  public func logSurvival(_ x: Double) -> Double { NormalTail.log((x - mean) / deviation) }

  /// `P(Z > z)` for a standard normal Z, to the last subnormal number.
  static func tail(_ z: Double) -> Double { 0.5 * erfc(z * 0.5.squareRoot()) }

  public func quantile(_ p: Double) -> Double { mean + deviation * Normal.standardQuantile(p) }
  public func upperQuantile(_ q: Double) -> Double { mean - deviation * Normal.standardQuantile(q) }

  static func standardQuantile(_ p: Double) -> Double {
    guard p >= 0 && p <= 1 else { return .nan }
    if p == 0 || p == 1 { return p == 0 ? -.infinity : .infinity }
    return settle(try Special.normalQuantile(p, mean: 0, deviation: 1))
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    mean + deviation * Variate.normal(&generator)
  }

  public var entropy: Estimate { Estimate(closed: 0.5 * log(2 * .pi) + 0.5 + 0.5 * log(variance)) }

  public func divergence(to other: Normal) -> Estimate {
    let shift = (mean - other.mean) / other.deviation
    let spread = Settled.excessOverLog((variance - other.variance) / other.variance)
    return Estimate(closed: (spread + shift * shift) / 2)
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(3): return mean * (mean * mean + 3 * variance)
    case .power(4):
      let m = mean * mean
      return m * m + 6 * m * variance + 3 * variance * variance
    case .exponential(let t): return exp(t * mean + t * t * variance / 2)
    case .cosine(let c): return cos(mean - c) * exp(-variance / 2)
    case .absoluteDeviation(let c):
      // The mean of a folded normal variable.
      let z = (mean - c) / deviation
      return deviation * (2 / Double.pi).squareRoot() * exp(-z * z / 2)
        + (mean - c) * erf(z * 0.5.squareRoot())
    default: return momentExpectation(statistic)
    }
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(
      -0.5 * log(2 * .pi) - 0.5 * log(variance), [(-0.5 / variance, .squaredDeviation(mean))])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x, x * x] }
  public func logCarrier(_ x: Double) -> Double { 0 }
  public var naturalParameters: [Double] { [mean / variance, -0.5 / variance] }
  public var meanParameters: [Double] { [mean, mean * mean + variance] }
  public var logPartition: Double { 0.5 * mean * mean / variance + 0.5 * log(2 * .pi) + 0.5 * log(variance) }

  public var fisherInformation: Matrix {
    let (m, v) = (mean, variance)
    return Matrix(
      rows: 2, columns: 2, elements: [v, 2 * m * v, 2 * m * v, 2 * v * v + 4 * m * m * v])
  }

  public func with(natural: [Double]) throws(FamilyError) -> Normal {
    let check = Check("normal")
    try check.length(natural.count, 2, "natural parameters")
    try check.require(natural[1] < 0, natural[1], "second natural parameter", "a negative number")
    let v = -0.5 / natural[1]
    return try Normal(mean: natural[0] * v, variance: v)
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Normal {
    try Check("normal").length(mu.count, 2, "mean parameters")
    let v = mu[1].addingProduct(-mu[0], mu[0])
    if !(v > 0) { throw .unreachableMoments(family: "normal", reason: "the variance is not positive") }
    return try Normal(mean: mu[0], variance: v)
  }
}
