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
  /// `1 - p`, to its own digits.
  public let failure: Double

  public init(success: Double) throws(FamilyError) {
    try self.init(success: success, failure: 1 - success)
  }

  /// Both probabilities, which sum to one up to 1e-9; the smaller one keeps its digits.
  public init(success: Double, failure: Double) throws(FamilyError) {
    let check = Check("geometric")
    try check.positiveProbability(success, "success")
    (self.success, self.failure) = try check.chances(success, failure)
  }

  public var embedding: (any ScalarLaw)? { NegativeBinomial(unchecked: 1, success, failure) }
  public var support: Support { failure == 0 ? Support(0, 0, .integers) : .counts }
  public var mean: Double { failure / success }
  public var variance: Double { failure / success / success }
  private var logFailure: Double { success < 0.5 ? log1p(-success) : log(failure) }
  private var logSuccess: Double { failure < 0.5 ? log1p(-failure) : log(success) }

  public func logDensity(_ x: Double) -> Double {
    guard support.contains(x) else { return x.isNaN ? .nan : -.infinity }
    return x == 0 ? logSuccess : logSuccess + x * logFailure
  }
  public func cumulative(_ x: Double) -> Double {
    x < 0 ? 0 : failure == 0 ? 1 : -expm1((x.rounded(.down) + 1) * logFailure)
  }
  public func survival(_ x: Double) -> Double {
    x < 0 ? 1 : failure == 0 ? 0 : exp((x.rounded(.down) + 1) * logFailure)
  }

  public func logCumulative(_ x: Double) -> Double {
    x < 0 ? -.infinity : failure == 0 ? 0 : logOneMinusExp((x.rounded(.down) + 1) * logFailure)
  }
  public func logSurvival(_ x: Double) -> Double {
    x < 0 ? 0 : failure == 0 ? -.infinity : (x.rounded(.down) + 1) * logFailure
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    failure == 0 ? 0 : (-Variate.exponential(&generator) / logFailure).rounded(.down)
  }

  public var entropy: Estimate {
    failure == 0 ? .zero : Estimate(closed: -logSuccess - mean * logFailure)
  }

  public func divergence(to other: Geometric) -> Estimate {
    Estimate(
      closed: Bernoulli.divergence((success, failure), (other.success, other.failure)) / success)
  }

  public var expansion: LogDensityExpansion? {
    failure == 0 ? nil : LogDensityExpansion(logSuccess, [(logFailure, .power(1))])
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
  public var logPartition: Double { -logSuccess }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [variance]) }

  public func with(natural: [Double]) throws(FamilyError) -> Geometric {
    try Check("geometric").length(natural.count, 1, "natural parameters")
    return try Geometric(success: -expm1(natural[0]), failure: exp(natural[0]))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Geometric {
    try Check("geometric").length(mu.count, 1, "mean parameters")
    return try Geometric(success: 1 / (1 + mu[0]), failure: mu[0] / (1 + mu[0]))
  }
}
