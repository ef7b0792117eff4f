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

  public init(probability: Double) throws(FamilyError) {
    try Check("bernoulli").probability(probability, "probability")
    self.probability = probability
  }

  var binomial: Binomial { Binomial(unchecked: 1, probability) }

  public var embedding: (any ScalarLaw)? { binomial }
  public var support: Support { Support(0, 1, .integers) }
  public var mean: Double { probability }
  public var variance: Double { probability * (1 - probability) }

  public func logDensity(_ x: Double) -> Double {
    x == 1 ? log(probability) : x == 0 ? log1p(-probability) : -.infinity
  }
  public func cumulative(_ x: Double) -> Double { x >= 1 ? 1 : x >= 0 ? 1 - probability : 0 }
  public func survival(_ x: Double) -> Double { x >= 1 ? 0 : x >= 0 ? probability : 1 }
  public func quantile(_ p: Double) -> Double {
    p >= 0 && p <= 1 ? (p <= 1 - probability ? 0 : 1) : .nan
  }
  public func upperQuantile(_ q: Double) -> Double {
    q >= 0 && q <= 1 ? (probability <= q ? 0 : 1) : .nan
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    Variate.uniform(&generator) < probability ? 1 : 0
  }

  public var entropy: Estimate {
    let p = probability
    return Estimate(closed: (p > 0 ? -p * log(p) : 0) + (p < 1 ? -(1 - p) * log1p(-p) : 0))
  }

  public func divergence(to other: Bernoulli) -> Estimate {
    Estimate(closed: Bernoulli.divergence(probability, other.probability))
  }

  /// Two Poisson deviances, of the successes and of the failures; each >= 0.
  static func divergence(_ p: Double, _ q: Double) -> Double {
    settle(try Special.deviance(p, q, difference: q - p))
      + settle(try Special.deviance(1 - p, 1 - q, difference: p - q))
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    probability == 0 || probability == 1
      ? statistic(probability) : (1 - probability) * statistic(0) + probability * statistic(1)
  }

  public var expansion: LogDensityExpansion? { binomial.expansion }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x] }
  public func logCarrier(_ x: Double) -> Double { 0 }
  public var naturalParameters: [Double] { [log(probability) - log1p(-probability)] }
  public var meanParameters: [Double] { [probability] }
  public var logPartition: Double { -log1p(-probability) }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [variance]) }

  public func with(natural: [Double]) throws(FamilyError) -> Bernoulli {
    try Check("bernoulli").length(natural.count, 1, "natural parameters")
    return try Bernoulli(probability: sigmoid(natural[0]))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Bernoulli {
    try Check("bernoulli").length(mu.count, 1, "mean parameters")
    return try Bernoulli(probability: mu[0])
  }
}

/// `1 / (1 + exp(-x))`
func sigmoid(_ x: Double) -> Double { x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x)) }
