import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The exponential law `b exp(-b x)`, x >= 0, with a rate b.
public struct Exponential: ScalarLaw, ExponentialFamily, Equatable {
  public let rate: Double

  public init(rate: Double) throws(FamilyError) {
    try Check("exponential").scale(rate, "rate")
    self.rate = rate
  }

  public var support: Support { .positive }
  public var mean: Double { 1 / rate }
  public var variance: Double { 1 / (rate * rate) }

  public func logDensity(_ x: Double) -> Double { x < 0 ? -.infinity : log(rate) - rate * x }
  public func cumulative(_ x: Double) -> Double { x <= 0 ? 0 : -expm1(-rate * x) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : exp(-rate * x) }

  public func logCumulative(_ x: Double) -> Double { x <= 0 ? -.infinity : logOneMinusExp(-rate * x) }
  public func logSurvival(_ x: Double) -> Double { x <= 0 ? 0 : -rate * x }

  public func quantile(_ p: Double) -> Double { p >= 0 && p <= 1 ? -log1p(-p) / rate : .nan }
  public func upperQuantile(_ q: Double) -> Double { q >= 0 && q <= 1 ? -log(q) / rate : .nan }

  public func sample(using generator: inout SeededGenerator) -> Double {
    Variate.exponential(&generator) / rate
  }

  public var entropy: Estimate { Estimate(closed: 1 - log(rate), size: 1) }

  public func divergence(to other: Exponential) -> Estimate {
    Estimate(closed: Settled.excessOverLog((other.rate - rate) / rate))
  }

  public var embedding: (any ScalarLaw)? { Gamma(unchecked: 1, rate) }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    if case .absoluteDeviation(let c) = statistic {
      return c <= 0 ? mean - c : c - mean + 2 * mean * exp(-rate * c)
    }
    return Gamma(unchecked: 1, rate).closedExpectation(statistic)
  }

  public var expansion: LogDensityExpansion? { LogDensityExpansion(log(rate), [(-rate, .power(1))]) }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x] }
  public func logCarrier(_ x: Double) -> Double { 0 }
  public var naturalParameters: [Double] { [-rate] }
  public var meanParameters: [Double] { [mean] }
  public var logPartition: Double { -log(rate) }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [variance]) }

  public func with(natural: [Double]) throws(FamilyError) -> Exponential {
    try Check("exponential").length(natural.count, 1, "natural parameters")
    return try Exponential(rate: -natural[0])
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Exponential {
    try Check("exponential").length(mu.count, 1, "mean parameters")
    return try Exponential(rate: 1 / mu[0])
  }
}

/// `log(1 - exp(t))` for t <= 0.
func logOneMinusExp(_ t: Double) -> Double { t > -0.6931471805599453 ? log(-expm1(t)) : log1p(-exp(t)) }
