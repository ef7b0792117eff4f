import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The number of failures before success number r, for a real r > 0, on {0, 1, ...}.
///
///     p(x) = Gamma(x + r) / (x! Gamma(r)) p^r (1 - p)^x
///
/// With r fixed: `T = x`, `theta = log(1 - p)`, `A = -r log p`.
public struct NegativeBinomial: ScalarLaw, ExponentialFamily, Equatable {
  public let successes: Double
  public let probability: Double

  public init(successes: Double, probability: Double) throws(FamilyError) {
    let check = Check("negative binomial")
    try check.shape(successes, "successes")
    try check.positiveProbability(probability, "probability")
    self.init(unchecked: successes, probability)
  }

  init(unchecked successes: Double, _ probability: Double) {
    self.successes = successes
    self.probability = probability
  }

  public var support: Support { probability == 1 ? Support(0, 0, .integers) : .counts }
  public var mean: Double { successes * ((1 - probability) / probability) }
  public var variance: Double { mean / probability }

  public func logDensity(_ x: Double) -> Double {
    guard support.contains(x), x <= 1e300 else { return x.isNaN ? .nan : -.infinity }
    return settleLog(try Special.negativeBinomialMass(x, successes: successes, probability: probability))
  }

  /// `P(X <= k) = I_p(r, k + 1)`
  private func tails(_ x: Double) -> (lower: Double, upper: Double) {
    if x < 0 { return (0, 1) }
    if probability == 1 || x > 1e9 - 2 { return (1, 0) }
    return
      (try? Special.betaTails(probability, complement: 1 - probability, successes, x.rounded(.down) + 1))
      ?? (.nan, .nan)
  }

  public func cumulative(_ x: Double) -> Double { tails(x).lower }
  public func survival(_ x: Double) -> Double { tails(x).upper }

  public func sample(using generator: inout SeededGenerator) -> Double {
    if probability == 1 { return 0 }
    let rate = Variate.gamma(shape: successes, &generator) * ((1 - probability) / probability)
    return Variate.poisson(rate: min(rate, 1e9), &generator)
  }

  public var entropy: Estimate {
    successes == 1 ? entropyOfGeometric : Expectation.entropy(of: self)
  }

  private var entropyOfGeometric: Estimate {
    probability == 1 ? .zero : Estimate(closed: -log(probability) - mean * log1p(-probability))
  }

  public func divergence(to other: NegativeBinomial) -> Estimate {
    if successes == other.successes {
      return Estimate(
        closed: successes / probability * Bernoulli.divergence(probability, other.probability))
    }
    return Expectation.divergence(of: self, to: other)
  }

  public var expansion: LogDensityExpansion? {
    if probability == 1 { return nil }
    let constant = successes * log(probability) - Settled.logGamma(successes)
    let slope = (log1p(-probability), Statistic.power(1))
    if successes == 1 { return LogDensityExpansion(constant, [slope]) }
    return LogDensityExpansion(constant, [slope, (1, .logGamma(successes)), (-1, .logGamma(1))])
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    if case .exponential(let t) = statistic {
      let decay = t + log1p(-probability)
      return decay >= 0 ? .infinity : exp(successes * (log(probability) - log(-expm1(decay))))
    }
    return momentExpectation(statistic)
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x] }
  public func logCarrier(_ x: Double) -> Double {
    Settled.logGamma(x + successes) - Settled.logGamma(successes)
      - Settled.logGamma(x + 1)
  }
  public var naturalParameters: [Double] { [log1p(-probability)] }
  public var meanParameters: [Double] { [mean] }
  public var logPartition: Double { -successes * log(probability) }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [variance]) }

  public func with(natural: [Double]) throws(FamilyError) -> NegativeBinomial {
    try Check("negative binomial").length(natural.count, 1, "natural parameters")
    return try NegativeBinomial(successes: successes, probability: -expm1(natural[0]))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> NegativeBinomial {
    try Check("negative binomial").length(mu.count, 1, "mean parameters")
    return try NegativeBinomial(successes: successes, probability: successes / (successes + mu[0]))
  }
}
