import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Poisson law with a rate in [0, 1e9]: `T = x`, `theta = log rate`, `A = rate`, `h = 1 / x!`.
public struct Poisson: ScalarLaw, ExponentialFamily, Equatable {
  public let rate: Double

  public init(rate: Double) throws(FamilyError) {
    try Check("poisson").require(rate >= 0 && rate <= 1e9, rate, "rate", "a number in [0, 1e9]")
    self.rate = rate
  }

  public var support: Support { .counts }
  public var mean: Double { rate }
  public var variance: Double { rate }

  public func logDensity(_ x: Double) -> Double {
    guard support.contains(x), x <= 1e300 else { return x.isNaN ? .nan : -.infinity }
    return settleLog(try Special.poissonMass(x, rate: rate))
  }

  public func logCumulative(_ x: Double) -> Double { logTails(x).lower }
  public func logSurvival(_ x: Double) -> Double { logTails(x).upper }

  /// `P(X <= k)` is the upper tail of a gamma law with shape k + 1 at the rate.
  private func logTails(_ x: Double) -> (lower: Double, upper: Double) {
    if x < 0 { return (-.infinity, 0) }
    if rate == 0 || x >= 1e15 - 1 { return (0, -.infinity) }
    let tails = try? Special.gammaLogTails(rate, shape: x.rounded(.down) + 1, rate: 1)
    return tails.map { (lower: $0.upper, upper: $0.lower) } ?? (.nan, .nan)
  }

  public func cumulative(_ x: Double) -> Double {
    if x < 0 { return 0 }
    if rate == 0 { return 1 }
    if x >= 1e9 - 1 { return exp(logCumulative(x)) }
    return settle(try Special.upperGamma(x.rounded(.down) + 1, rate))
  }
  public func survival(_ x: Double) -> Double {
    if x < 0 { return 1 }
    if rate == 0 { return 0 }
    if x >= 1e9 - 1 { return exp(logSurvival(x)) }
    return settle(try Special.lowerGamma(x.rounded(.down) + 1, rate))
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    Variate.poisson(rate: rate, &generator)
  }

  /// By series; for large rates by its expansion in 1 / rate.
  public var entropy: Estimate {
    if rate == 0 { return .zero }
    if rate > 2000 {
      let r = 1 / rate
      let tail = r * (1.0 / 12 + r * (1.0 / 24 + r * (19.0 / 360 + r * (9.0 / 80 + r * 863.0 / 2520))))
      return Estimate(closed: 0.5 * log(2 * .pi * rate) + 0.5 - tail)
    }
    return Expectation.entropy(of: self)
  }

  public func divergence(to other: Poisson) -> Estimate {
    Estimate(closed: settle(try Special.deviance(rate, other.rate)))
  }

  public var expansion: LogDensityExpansion? {
    rate == 0 ? nil : LogDensityExpansion(-rate, [(log(rate), .power(1)), (-1, .logGamma(1))])
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    if case .exponential(let t) = statistic { return exp(rate * expm1(t)) }
    return momentExpectation(statistic)
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x] }
  public func logCarrier(_ x: Double) -> Double { -Settled.logGamma(x + 1) }
  public var naturalParameters: [Double] { [log(rate)] }
  public var meanParameters: [Double] { [rate] }
  public var logPartition: Double { rate }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [rate]) }

  public func with(natural: [Double]) throws(FamilyError) -> Poisson {
    try Check("poisson").length(natural.count, 1, "natural parameters")
    return try Poisson(rate: exp(natural[0]))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Poisson {
    try Check("poisson").length(mu.count, 1, "mean parameters")
    return try Poisson(rate: mu[0])
  }
}
