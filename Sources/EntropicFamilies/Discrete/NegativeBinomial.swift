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
  /// `1 - p`, to its own digits.
  public let failure: Double

  public init(successes: Double, probability: Double) throws(FamilyError) {
    try self.init(successes: successes, probability: probability, failure: 1 - probability)
  }

  /// Both probabilities, which sum to one up to 1e-9; the smaller one keeps its digits.
  public init(successes: Double, probability: Double, failure: Double) throws(FamilyError) {
    let check = Check("negative binomial")
    try check.shape(successes, "successes")
    try check.positiveProbability(probability, "probability")
    let (p, q) = try check.chances(probability, failure)
    self.init(unchecked: successes, p, q)
  }

  init(unchecked successes: Double, _ probability: Double, _ failure: Double) {
    self.successes = successes
    self.probability = probability
    self.failure = failure
  }

  private var logFailure: Double { probability < 0.5 ? log1p(-probability) : log(failure) }
  private var logSuccess: Double { failure < 0.5 ? log1p(-failure) : log(probability) }

  public var support: Support { failure == 0 ? Support(0, 0, .integers) : .counts }
  public var mean: Double { successes * (failure / probability) }
  public var variance: Double { mean / probability }

  public func logDensity(_ x: Double) -> Double {
    guard support.contains(x), x <= 1e300 else { return x.isNaN ? .nan : -.infinity }
    return settleLog(
      try Special.negativeBinomialMass(
        x, successes: successes, probability: probability, complement: failure))
  }

  /// `P(X <= k) = I_p(r, k + 1)`
  private func tails(_ x: Double) -> (lower: Double, upper: Double) {
    if x < 0 { return (0, 1) }
    if failure == 0 || x > 1e15 - 2 { return (1, 0) }
    return
      (try? Special.betaTails(probability, complement: failure, successes, x.rounded(.down) + 1))
      ?? (.nan, .nan)
  }

  public func cumulative(_ x: Double) -> Double { tails(x).lower }
  public func survival(_ x: Double) -> Double { tails(x).upper }

  public func logCumulative(_ x: Double) -> Double { logTails(x).lower }
  public func logSurvival(_ x: Double) -> Double { logTails(x).upper }

  private func logTails(_ x: Double) -> (lower: Double, upper: Double) {
    if x < 0 { return (-.infinity, 0) }
    if failure == 0 || x > 1e15 - 2 { return (0, -.infinity) }
    let tails = try? Special.betaLogTails(
      probability, complement: failure, successes, x.rounded(.down) + 1)
    return tails ?? (.nan, .nan)
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    if failure == 0 { return 0 }
    let rate = Variate.gamma(shape: successes, &generator) * (failure / probability)
    return Variate.poisson(rate: min(rate, 1e9), &generator)
  }

  public var entropy: Estimate {
    successes == 1 ? entropyOfGeometric : Expectation.entropy(of: self)
  }

  private var entropyOfGeometric: Estimate {
    failure == 0 ? .zero : Estimate(closed: -logSuccess - mean * logFailure)
  }

  public func divergence(to other: NegativeBinomial) -> Estimate {
    if successes == other.successes {
      return Estimate(
        closed: successes / probability
          * Bernoulli.divergence((probability, failure), (other.probability, other.failure)))
    }
    return Expectation.divergence(of: self, to: other)
  }

  public var expansion: LogDensityExpansion? {
    if failure == 0 { return nil }
    let constant = successes * logSuccess - Settled.logGamma(successes)
    let slope = (logFailure, Statistic.power(1))
    if successes == 1 { return LogDensityExpansion(constant, [slope]) }
    return LogDensityExpansion(constant, [slope, (1, .logGamma(successes)), (-1, .logGamma(1))])
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    if case .exponential(let t) = statistic {
      let decay = t + logFailure
      return decay >= 0 ? .infinity : exp(successes * (logSuccess - log(-expm1(decay))))
    }
    return momentExpectation(statistic)
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x] }
  public func logCarrier(_ x: Double) -> Double {
    Settled.logGamma(x + successes) - Settled.logGamma(successes)
      - Settled.logGamma(x + 1)
  }
  public var naturalParameters: [Double] { [logFailure] }
  public var meanParameters: [Double] { [mean] }
  public var logPartition: Double { -successes * logSuccess }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [variance]) }

  public func with(natural: [Double]) throws(FamilyError) -> NegativeBinomial {
    try Check("negative binomial").length(natural.count, 1, "natural parameters")
    return try NegativeBinomial(
      successes: successes, probability: -expm1(natural[0]), failure: exp(natural[0]))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> NegativeBinomial {
    try Check("negative binomial").length(mu.count, 1, "mean parameters")
    let total = successes + mu[0]
    return try NegativeBinomial(
      successes: successes, probability: successes / total, failure: mu[0] / total)
  }
}
