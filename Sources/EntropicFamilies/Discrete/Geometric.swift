import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The number of failures before the first success, on {0, 1, ...}.
///
///     p(x) = p (1 - p)^x,   T = x,   theta = log(1 - p),   A = -log p
public struct Geometric: ScalarLaw, ExponentialFamily, Equatable {
  /// The success probability of one trial.
  public let success: Double

  public init(success: Double) throws(FamilyError) {
    try Check("geometric").positiveProbability(success, "success")
    self.success = success
  }

  public var embedding: (any ScalarLaw)? { NegativeBinomial(unchecked: 1, success) }
  public var support: Support { success == 1 ? Support(0, 0, .integers) : .counts }
  public var mean: Double { (1 - success) / success }
  public var variance: Double { (1 - success) / success / success }
  private var logFailure: Double { log1p(-success) }

  public func logDensity(_ x: Double) -> Double {
    guard support.contains(x) else { return x.isNaN ? .nan : -.infinity }
    return x == 0 ? log(success) : log(success) + x * logFailure
  }
  public func cumulative(_ x: Double) -> Double {
    x < 0 ? 0 : success == 1 ? 1 : -expm1((x.rounded(.down) + 1) * logFailure)
  }
  public func survival(_ x: Double) -> Double {
    x < 0 ? 1 : success == 1 ? 0 : exp((x.rounded(.down) + 1) * logFailure)
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    success == 1 ? 0 : (-Variate.exponential(&generator) / logFailure).rounded(.down)
  }

  public var entropy: Estimate {
    success == 1 ? .zero : Estimate(closed: -log(success) - mean * logFailure)
  }

  public func divergence(to other: Geometric) -> Estimate {
    Estimate(closed: Bernoulli.divergence(success, other.success) / success)
  }

  public var expansion: LogDensityExpansion? {
    success == 1 ? nil : LogDensityExpansion(log(success), [(logFailure, .power(1))])
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    if case .exponential(let t) = statistic {
      let decay = t + logFailure
      return decay >= 0 ? .infinity : success / -expm1(decay)
    }
    return momentExpectation(statistic)
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x] }
  public func logCarrier(_ x: Double) -> Double { 0 }
  public var naturalParameters: [Double] { [logFailure] }
  public var meanParameters: [Double] { [mean] }
  public var logPartition: Double { -log(success) }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [variance]) }

  public func with(natural: [Double]) throws(FamilyError) -> Geometric {
    try Check("geometric").length(natural.count, 1, "natural parameters")
    return try Geometric(success: -expm1(natural[0]))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Geometric {
    try Check("geometric").length(mu.count, 1, "mean parameters")
    return try Geometric(success: 1 / (1 + mu[0]))
  }
}
