import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One trial: 1 with the given probability, else 0. `T = x`, `theta = logit p`, `A = -log(1 - p)`.
public struct Bernoulli: ScalarLaw, ExponentialFamily, Equatable {
  public let probability: Double
  /// `1 - p`, to its own digits.
  public let failure: Double

  public init(probability: Double) throws(FamilyError) {
    try self.init(probability: probability, failure: 1 - probability)
  }

  /// Both probabilities, which sum to one up to 1e-9; the smaller one keeps its digits.
  public init(probability: Double, failure: Double) throws(FamilyError) {
    let (p, q) = try Check("bernoulli").chances(probability, failure)
    self.init(unchecked: p, q)
  }

  init(unchecked probability: Double, _ failure: Double) {
    self.probability = probability
    self.failure = failure
  }

  var binomial: Binomial { Binomial(unchecked: 1, probability, failure) }
  private var logFailure: Double { probability < 0.5 ? log1p(-probability) : log(failure) }
  private var logSuccess: Double { failure < 0.5 ? log1p(-failure) : log(probability) }

  public var embedding: (any ScalarLaw)? { binomial }
  public var support: Support { Support(0, 1, .integers) }
  public var mean: Double { probability }
  public var variance: Double { probability * failure }

  public func logDensity(_ x: Double) -> Double {
    x == 1 ? logSuccess : x == 0 ? logFailure : -.infinity
  }
  public func cumulative(_ x: Double) -> Double { x >= 1 ? 1 : x >= 0 ? failure : 0 }
  public func survival(_ x: Double) -> Double { x >= 1 ? 0 : x >= 0 ? probability : 1 }
  public func quantile(_ p: Double) -> Double {
    p >= 0 && p <= 1 ? (p <= failure ? 0 : 1) : .nan
  }
  public func upperQuantile(_ q: Double) -> Double {
    q >= 0 && q <= 1 ? (probability <= q ? 0 : 1) : .nan
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    Variate.uniform(&generator) < probability ? 1 : 0
  }

  public var entropy: Estimate {
    let (p, q) = (probability, failure)
    return Estimate(closed: (p > 0 ? -p * logSuccess : 0) + (q > 0 ? -q * logFailure : 0))
  }

  public func divergence(to other: Bernoulli) -> Estimate {
    Estimate(closed: Bernoulli.divergence((probability, failure), (other.probability, other.failure)))
  }

  /// Two Poisson deviances, of the successes and of the failures; each >= 0. The difference is taken between
  /// the smaller probabilities.
  static func divergence(_ p: (Double, Double), _ q: (Double, Double)) -> Double {
    let step = p.0 + q.0 <= p.1 + q.1 ? q.0 - p.0 : p.1 - q.1
    return settle(try Special.deviance(p.0, q.0, difference: step))
      + settle(try Special.deviance(p.1, q.1, difference: -step))
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    probability == 0 || probability == 1
      ? statistic(probability) : failure * statistic(0) + probability * statistic(1)
  }

  public var expansion: LogDensityExpansion? { binomial.expansion }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x] }
  public func logCarrier(_ x: Double) -> Double { 0 }
  public var naturalParameters: [Double] { [logSuccess - logFailure] }
  public var meanParameters: [Double] { [probability] }
  public var logPartition: Double { -logFailure }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [variance]) }

  public func with(natural: [Double]) throws(FamilyError) -> Bernoulli {
    try Check("bernoulli").length(natural.count, 1, "natural parameters")
    return try Bernoulli(probability: sigmoid(natural[0]), failure: sigmoid(-natural[0]))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Bernoulli {
    try Check("bernoulli").length(mu.count, 1, "mean parameters")
    return try Bernoulli(probability: mu[0])
  }
}

extension Bernoulli {
  /// `(p, 1 - p)`
  public var conditionedMeans: [Double] { [probability, failure] }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> Bernoulli {
    try Check("bernoulli").length(mu.count, 2, "conditioned means")
    return try Bernoulli(probability: mu[0], failure: mu[1])
  }
}

/// `1 / (1 + exp(-x))`
func sigmoid(_ x: Double) -> Double { x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)) }
