import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The number of successes in `trials` trials (at most 1e9) of a success probability.
///
/// With the trials fixed: `T = x`, `theta = logit p`, `A = -n log(1 - p)`, `h` the binomial coefficient.
public struct Binomial: ScalarLaw, ExponentialFamily, Equatable {
  public let trials: Double
  public let probability: Double

  public init(trials: Double, probability: Double) throws(FamilyError) {
    let check = Check("binomial")
    try check.count(trials, "trials")
    try check.probability(probability, "probability")
    self.init(unchecked: trials, probability)
  }

  init(unchecked trials: Double, _ probability: Double) {
    self.trials = trials
    self.probability = probability
  }

  public var support: Support { Support(0, trials, .integers) }
  public var mean: Double { trials * probability }
  public var variance: Double { trials * probability * (1 - probability) }

  public func logDensity(_ x: Double) -> Double {
    guard support.contains(x) else { return x.isNaN ? .nan : -.infinity }
    return settleLog(try Special.binomialMass(x, trials: trials, probability: probability))
  }

  /// `P(X <= k) = I_{1-p}(n - k, k + 1)`
  private func tails(_ x: Double) -> (lower: Double, upper: Double) {
    let k = x.rounded(.down)
    if k < 0 { return (0, 1) }
    if k >= trials { return (1, 0) }
    return
      (try? Special.betaTails(1 - probability, complement: probability, trials - k, k + 1)) ?? (.nan, .nan)
  }

  public func cumulative(_ x: Double) -> Double { tails(x).lower }
  public func survival(_ x: Double) -> Double { tails(x).upper }

  public func sample(using generator: inout SeededGenerator) -> Double {
    Variate.binomial(trials: trials, probability: probability, &generator)
  }

  public var entropy: Estimate { Expectation.entropy(of: self) }

  public func divergence(to other: Binomial) -> Estimate {
    if trials == other.trials {
      return Estimate(closed: trials == 0 ? 0 : trials * Bernoulli.divergence(probability, other.probability))
    }
    if probability == 0 { return Estimate(closed: -other.logDensity(0)) }
    return trials > other.trials ? .infinite : Expectation.divergence(of: self, to: other)
  }

  public var expansion: LogDensityExpansion? {
    if probability == 0 || probability == 1 { return nil }
    let odds = log(probability) - log1p(-probability)
    let constant = Settled.logGamma(trials + 1) + trials * log1p(-probability)
    // The coefficient is 1 for one trial.
    let coefficients: [(Double, Statistic)] =
      trials <= 1 ? [] : [(-1, .logGamma(1)), (-1, .logGammaReflected(trials))]
    return LogDensityExpansion(constant, [(odds, .power(1))] + coefficients)
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x] }
  public func logCarrier(_ x: Double) -> Double {
    Settled.logGamma(trials + 1) - Settled.logGamma(x + 1)
      - Settled.logGamma(trials - x + 1)
  }
  public var naturalParameters: [Double] { [log(probability) - log1p(-probability)] }
  public var meanParameters: [Double] { [mean] }
  public var logPartition: Double { -trials * log1p(-probability) }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [variance]) }

  public func with(natural: [Double]) throws(FamilyError) -> Binomial {
    try Check("binomial").length(natural.count, 1, "natural parameters")
    return try Binomial(trials: trials, probability: sigmoid(natural[0]))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Binomial {
    try Check("binomial").length(mu.count, 1, "mean parameters")
    return try Binomial(trials: trials, probability: mu[0] / trials)
  }
}
