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
  /// `1 - p`, to its own digits.
  public let failure: Double

  public init(trials: Double, probability: Double) throws(FamilyError) {
    try self.init(trials: trials, probability: probability, failure: 1 - probability)
  }

  /// Both probabilities, which sum to one up to 1e-9; the smaller one keeps its digits.
  public init(trials: Double, probability: Double, failure: Double) throws(FamilyError) {
    let check = Check("binomial")
    try check.count(trials, "trials")
    let (p, q) = try check.chances(probability, failure)
    self.init(unchecked: trials, p, q)
  }

  init(unchecked trials: Double, _ probability: Double, _ failure: Double? = nil) {
    self.trials = trials
    self.probability = probability
    self.failure = failure ?? 1 - probability
  }

  private var logFailure: Double { probability < 0.5 ? log1p(-probability) : log(failure) }
  private var logOdds: Double { (failure < 0.5 ? log1p(-failure) : log(probability)) - logFailure }

  public var support: Support { Support(0, trials, .integers) }
  public var mean: Double { trials * probability }
  public var variance: Double { trials * probability * failure }

  public func logDensity(_ x: Double) -> Double {
    guard support.contains(x) else { return x.isNaN ? .nan : -.infinity }
    return settleLog(
      try Special.binomialMass(x, trials: trials, probability: probability, complement: failure))
  }

  /// `P(X <= k) = I_{1-p}(n - k, k + 1)`
  private func tails(_ x: Double) -> (lower: Double, upper: Double) {
    let k = x.rounded(.down)
    if k < 0 { return (0, 1) }
    if k >= trials { return (1, 0) }
    return
      (try? Special.betaTails(failure, complement: probability, trials - k, k + 1)) ?? (.nan, .nan)
  }

  public func cumulative(_ x: Double) -> Double { tails(x).lower }
  public func survival(_ x: Double) -> Double { tails(x).upper }

  public func logCumulative(_ x: Double) -> Double { logTails(x).lower }
  public func logSurvival(_ x: Double) -> Double { logTails(x).upper }

  private func logTails(_ x: Double) -> (lower: Double, upper: Double) {
    let k = x.rounded(.down)
    if k < 0 { return (-.infinity, 0) }
    if k >= trials { return (0, -.infinity) }
    return
      (try? Special.betaLogTails(failure, complement: probability, trials - k, k + 1)) ?? (.nan, .nan)
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    Variate.binomial(trials: trials, probability: probability, &generator)
  }

  public var entropy: Estimate { Expectation.entropy(of: self) }

  public func divergence(to other: Binomial) -> Estimate {
    if trials == other.trials {
      let one = Bernoulli.divergence((probability, failure), (other.probability, other.failure))
      return Estimate(closed: trials == 0 ? 0 : trials * one)
    }
    if probability == 0 { return Estimate(closed: -other.logDensity(0)) }
    return trials > other.trials ? .infinite : Expectation.divergence(of: self, to: other)
  }

  public var expansion: LogDensityExpansion? {
    if probability == 0 || failure == 0 { return nil }
    let odds = logOdds
    let constant = Settled.logGamma(trials + 1) + trials * logFailure
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
  public var naturalParameters: [Double] { [logOdds] }
  public var meanParameters: [Double] { [mean] }
  public var logPartition: Double { -trials * logFailure }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [variance]) }

  public func with(natural: [Double]) throws(FamilyError) -> Binomial {
    try Check("binomial").length(natural.count, 1, "natural parameters")
    return try Binomial(
      trials: trials, probability: sigmoid(natural[0]), failure: sigmoid(-natural[0]))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Binomial {
    try Check("binomial").length(mu.count, 1, "mean parameters")
    return try Binomial(trials: trials, probability: mu[0] / trials)
  }
}

extension Binomial {
  /// The expected successes and failures.
  public var conditionedMeans: [Double] { [trials * probability, trials * failure] }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> Binomial {
    try Check("binomial").length(mu.count, 2, "conditioned means")
    return try Binomial(trials: trials, probability: mu[0] / trials, failure: mu[1] / trials)
  }
}
