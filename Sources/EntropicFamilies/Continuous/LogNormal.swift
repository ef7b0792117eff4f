import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The law of exp(Y) for a normal Y with mean mu and standard deviation sigma.
///
///     p(x) = exp(-(log x - mu)^2 / (2 sigma^2)) / (x sigma sqrt(2 pi)),   x > 0
///     T = (log x, (log x)^2),   h = 1 / x
public struct LogNormal: ScalarLaw, ExponentialFamily, Equatable {
  public let mu: Double
  public let sigma: Double

  public init(mu: Double, sigma: Double) throws(FamilyError) {
    let check = Check("lognormal")
    try check.finite(mu, "mu")
    try check.require(sigma >= 1e-75 && sigma <= 1e75, sigma, "sigma", "a positive number in [1e-75, 1e75]")
    self.mu = mu
    self.sigma = sigma
  }

  /// The law of the logarithm.
  public var logarithm: Normal { Normal(unchecked: mu, sigma * sigma) }

  public var support: Support { .positive }
  public var mean: Double { exp(mu + sigma * sigma / 2) }
  public var variance: Double { expm1(sigma * sigma) * exp(2 * mu + sigma * sigma) }

  public func logDensity(_ x: Double) -> Double {
    x > 0 && x < .infinity ? logarithm.logDensity(log(x)) - log(x) : x.isNaN ? .nan : -.infinity
  }

  public func cumulative(_ x: Double) -> Double { x <= 0 ? 0 : logarithm.cumulative(log(x)) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : logarithm.survival(log(x)) }
  public func logCumulative(_ x: Double) -> Double {
    x <= 0 ? -.infinity : logarithm.logCumulative(log(x))
  }
  public func logSurvival(_ x: Double) -> Double { x <= 0 ? 0 : logarithm.logSurvival(log(x)) }
  public func quantile(_ p: Double) -> Double { exp(logarithm.quantile(p)) }
  public func upperQuantile(_ q: Double) -> Double { exp(logarithm.upperQuantile(q)) }

  public func sample(using generator: inout SeededGenerator) -> Double {
    exp(logarithm.sample(using: &generator))
  }

  public var entropy: Estimate {
    Estimate(closed: logarithm.entropy.value + mu, size: abs(mu))
  }

  public func divergence(to other: LogNormal) -> Estimate { logarithm.divergence(to: other.logarithm) }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(let r): return exp(r * mu + r * r * sigma * sigma / 2)
    case .log: return mu
    case .logSquaredDeviation(let c): return sigma * sigma + (mu - c) * (mu - c)
    case .exponential(let t): return t > 0 ? .infinity : t == 0 ? 1 : nil
    default: return momentExpectation(statistic)
    }
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(
      -0.5 * log(2 * .pi) - log(sigma),
      [(-1, .log), (-0.5 / (sigma * sigma), .logSquaredDeviation(mu))])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { logarithm.sufficientStatistics(log(x)) }
  public func logCarrier(_ x: Double) -> Double { -log(x) }
  public var naturalParameters: [Double] { logarithm.naturalParameters }
  public var meanParameters: [Double] { logarithm.meanParameters }
  public var logPartition: Double { logarithm.logPartition }
  public var fisherInformation: Matrix { logarithm.fisherInformation }

  public func with(natural: [Double]) throws(FamilyError) -> LogNormal {
    let y = try logarithm.with(natural: natural)
    return try LogNormal(mu: y.mean, sigma: y.variance.squareRoot())
  }

  public func with(mean: [Double]) throws(FamilyError) -> LogNormal {
    let y = try logarithm.with(mean: mean)
    return try LogNormal(mu: y.mean, sigma: y.variance.squareRoot())
  }
}
