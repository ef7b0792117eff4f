import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The chi-squared law: gamma with shape `degrees` / 2 and rate 1/2.
///
///     T = log x,   theta = degrees / 2,   h = exp(-x / 2) / x,   A = log Gamma(theta) + theta log 2
public struct ChiSquared: ScalarLaw, ExponentialFamily, Equatable {
  public let degrees: Double

  public init(degrees: Double) throws(FamilyError) {
    try Check("chi-squared").shape(degrees, "degrees")
    self.degrees = degrees
  }

  var gamma: Gamma { Gamma(unchecked: degrees / 2, 0.5) }

  public var embedding: (any ScalarLaw)? { gamma }
  public var support: Support { .positive }
  public var mean: Double { degrees }
  public var variance: Double { 2 * degrees }
  public func logDensity(_ x: Double) -> Double { gamma.logDensity(x) }
  public func cumulative(_ x: Double) -> Double { gamma.cumulative(x) }
  public func survival(_ x: Double) -> Double { gamma.survival(x) }
  public func logCumulative(_ x: Double) -> Double { gamma.logCumulative(x) }
  public func logSurvival(_ x: Double) -> Double { gamma.logSurvival(x) }
  public func quantile(_ p: Double) -> Double { gamma.quantile(p) }
  public func upperQuantile(_ q: Double) -> Double { gamma.upperQuantile(q) }
  public func sample(using generator: inout SeededGenerator) -> Double { gamma.sample(using: &generator) }
  public var entropy: Estimate { gamma.entropy }

  public func divergence(to other: ChiSquared) -> Estimate {
    Estimate(closed: GammaBregman.logGamma(from: degrees / 2, change: (other.degrees - degrees) / 2))
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? { gamma.closedExpectation(statistic) }
  public var expansion: LogDensityExpansion? { gamma.expansion }

  public func sufficientStatistics(_ x: Double) -> [Double] { [log(x)] }
  public func logCarrier(_ x: Double) -> Double { -x / 2 - log(x) }
  public var naturalParameters: [Double] { [degrees / 2] }
  public var meanParameters: [Double] { [gamma.meanLogOfScaled + log(2)] }
  public var logPartition: Double { gamma.logPartition }
  public var fisherInformation: Matrix {
    Matrix(rows: 1, columns: 1, elements: [Settled.trigamma(degrees / 2)])
  }

  public func with(natural: [Double]) throws(FamilyError) -> ChiSquared {
    try Check("chi-squared").length(natural.count, 1, "natural parameters")
    return try ChiSquared(degrees: 2 * natural[0])
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> ChiSquared {
    try Check("chi-squared").length(mu.count, 1, "mean parameters")
    return try ChiSquared(degrees: 2 * Settled.inverseDigamma(mu[0] - log(2)))
  }
}
