import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Rayleigh law `x / s^2 exp(-x^2 / (2 s^2))`: Weibull with shape 2 and scale `s sqrt(2)`.
///
///     T = x^2,   theta = -1 / (2 s^2),   h = x,   A = 2 log s
public struct Rayleigh: ScalarLaw, ExponentialFamily, Equatable {
  public let scale: Double

  public init(scale: Double) throws(FamilyError) {
    let check = Check("rayleigh")
    try check.require(scale >= 1e-75 && scale <= 1e75, scale, "scale", "a positive number in [1e-75, 1e75]")
    self.scale = scale
  }

  var weibull: Weibull { Weibull(unchecked: 2, scale * 2.0.squareRoot()) }

  public var embedding: (any ScalarLaw)? { weibull }
  public var support: Support { .positive }
  public var mean: Double { scale * (.pi / 2).squareRoot() }
  public var variance: Double { scale * scale * (2 - .pi / 2) }

  public func logDensity(_ x: Double) -> Double {
    if x <= 0 || x == .infinity { return -.infinity }
    let z = x / scale
    return log(z) - log(scale) - z * z / 2
  }

  public func cumulative(_ x: Double) -> Double {
    let z = x / scale
    return x <= 0 ? 0 : -expm1(-z * z / 2)
  }
  public func survival(_ x: Double) -> Double {
    let z = x / scale
    return x <= 0 ? 1 : exp(-z * z / 2)
  }
  public func logCumulative(_ x: Double) -> Double { weibull.logCumulative(x) }
  public func logSurvival(_ x: Double) -> Double {
    let z = x / scale
    return x <= 0 ? 0 : -z * z / 2
  }
  public func quantile(_ p: Double) -> Double {
    p >= 0 && p <= 1 ? scale * (-2 * log1p(-p)).squareRoot() : .nan
  }
  public func upperQuantile(_ q: Double) -> Double {
    q >= 0 && q <= 1 ? scale * (-2 * log(q)).squareRoot() : .nan
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    scale * (2 * Variate.exponential(&generator)).squareRoot()
  }

  public var entropy: Estimate {
    Estimate(closed: 1 + log(scale) - 0.5 * log(2) + Constants.eulerGamma / 2, size: 1)
  }

  public func divergence(to other: Rayleigh) -> Estimate {
    let u = (scale - other.scale) / other.scale
    return Estimate(closed: Settled.excessOverLog(u * (u + 2)))
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    statistic == .power(2) ? 2 * scale * scale : weibull.closedExpectation(statistic)
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(-2 * log(scale), [(1, .log), (-0.5 / (scale * scale), .power(2))])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x * x] }
  public func logCarrier(_ x: Double) -> Double { log(x) }
  public var naturalParameters: [Double] { [-0.5 / (scale * scale)] }
  public var meanParameters: [Double] { [2 * scale * scale] }
  public var logPartition: Double { 2 * log(scale) }
  public var fisherInformation: Matrix {
    let v = 2 * scale * scale
    return Matrix(rows: 1, columns: 1, elements: [v * v])
  }

  public func with(natural: [Double]) throws(FamilyError) -> Rayleigh {
    try Check("rayleigh").length(natural.count, 1, "natural parameters")
    return try Rayleigh(scale: (-0.5 / natural[0]).squareRoot())
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Rayleigh {
    try Check("rayleigh").length(mu.count, 1, "mean parameters")
    return try Rayleigh(scale: (mu[0] / 2).squareRoot())
  }
}
