import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The law of 1 / Y for a gamma Y with shape a and rate b; b is the scale of this law.
///
///     p(x) = b^a x^(-a - 1) exp(-b / x) / Gamma(a),   x > 0
///     T = (log x, 1 / x),   theta = (-a, -b),   h = 1 / x
public struct InverseGamma: ScalarLaw, ExponentialFamily, Equatable {
  public let shape: Double
  public let scale: Double

  public init(shape: Double, scale: Double) throws(FamilyError) {
    let check = Check("inverse gamma")
    try check.shape(shape, "shape")
    try check.scale(scale, "scale")
    self.shape = shape
    self.scale = scale
  }

  /// The law of the reciprocal.
  public var reciprocal: Gamma { Gamma(unchecked: shape, scale) }

  public var support: Support { .positive }
  public var mean: Double { shape > 1 ? scale / (shape - 1) : .infinity }
  public var variance: Double {
    shape > 2 ? mean * mean / (shape - 2) : shape > 1 ? .infinity : .nan
  }

  public func logDensity(_ x: Double) -> Double {
    if x <= 0 || x == .infinity { return -.infinity }
    if 1 / x == .infinity { return -.infinity }
    return reciprocal.logDensity(1 / x) - 2 * log(x)
  }

  public func cumulative(_ x: Double) -> Double { x <= 0 ? 0 : reciprocal.survival(1 / x) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : reciprocal.cumulative(1 / x) }
  public func logCumulative(_ x: Double) -> Double {
    x <= 0 ? -.infinity : reciprocal.logSurvival(1 / x)
  }
  public func logSurvival(_ x: Double) -> Double { x <= 0 ? 0 : reciprocal.logCumulative(1 / x) }
  public func quantile(_ p: Double) -> Double { 1 / reciprocal.upperQuantile(p) }
  public func upperQuantile(_ q: Double) -> Double { 1 / reciprocal.quantile(q) }

  public func sample(using generator: inout SeededGenerator) -> Double {
    1 / reciprocal.sample(using: &generator)
  }

  public var entropy: Estimate {
    // Of the reciprocal, plus E log (dx / dy) = -2 E log y.
    let y = reciprocal
    let logs = 2 * (y.meanLogOfScaled - log(scale))
    let h = y.entropy
    return Estimate(closed: h.value - logs, size: max(abs(h.value), abs(logs)))
  }

  public func divergence(to other: InverseGamma) -> Estimate {
    reciprocal.divergence(to: other.reciprocal)
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(let r): return reciprocal.closedExpectation(.power(-r))
    case .log: return -(reciprocal.meanLogOfScaled - log(scale))
    case .logSquaredDeviation(let c): return reciprocal.closedExpectation(.logSquaredDeviation(-c))
    case .exponential(let t): return t > 0 ? .infinity : t == 0 ? 1 : nil
    default: return momentExpectation(statistic)
    }
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(
      shape * log(scale) - Settled.logGamma(shape),
      [(-shape - 1, .log), (-scale, .power(-1))])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [log(x), 1 / x] }
  public func logCarrier(_ x: Double) -> Double { -log(x) }
  public var naturalParameters: [Double] { [-shape, -scale] }
  public var meanParameters: [Double] {
    let mu = reciprocal.meanParameters
    return [-mu[0], mu[1]]
  }
  public var logPartition: Double { reciprocal.logPartition }

  public var fisherInformation: Matrix {
    var f = reciprocal.fisherInformation
    f[0, 1] = -f[0, 1]
    f[1, 0] = -f[1, 0]
    return f
  }

  public func with(natural: [Double]) throws(FamilyError) -> InverseGamma {
    try Check("inverse gamma").length(natural.count, 2, "natural parameters")
    return try InverseGamma(shape: -natural[0], scale: -natural[1])
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> InverseGamma {
    try Check("inverse gamma").length(mu.count, 2, "mean parameters")
    let y = try reciprocal.with(mean: [-mu[0], mu[1]])
    return try InverseGamma(shape: y.shape, scale: y.rate)
  }
}
