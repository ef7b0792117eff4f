import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The gamma law with a shape a and a rate b; its mean is a / b.
///
///     p(x) = b^a x^(a - 1) exp(-b x) / Gamma(a),   x > 0
///     T = (log x, x),   theta = (a, -b),   h = 1 / x,   A = log Gamma(a) - a log b
public struct Gamma: ScalarLaw, ExponentialFamily, Equatable {
  public let shape: Double
  public let rate: Double

  public init(shape: Double, rate: Double) throws(FamilyError) {
    let check = Check("gamma")
    try check.shape(shape, "shape")
    try check.scale(rate, "rate")
    self.init(unchecked: shape, rate)
  }

  init(unchecked shape: Double, _ rate: Double) {
    self.shape = shape
    self.rate = rate
  }

  public var support: Support { .positive }
  public var mean: Double { shape / rate }
  public var variance: Double { shape / rate / rate }

  public func logDensity(_ x: Double) -> Double {
    if x.isInfinite { return -.infinity }
    return settleLog(try Special.gammaDensity(x, shape: shape, rate: rate))
  }

  public func cumulative(_ x: Double) -> Double {
    if x.isInfinite { return x > 0 ? 1 : 0 }
    return settle(try Special.gammaCumulative(x, shape: shape, rate: rate))
  }

  public func survival(_ x: Double) -> Double {
    if x.isInfinite { return x > 0 ? 0 : 1 }
    return settle(try Special.gammaSurvival(x, shape: shape, rate: rate))
  }

  public func logCumulative(_ x: Double) -> Double { logTails(x).lower }
  public func logSurvival(_ x: Double) -> Double { logTails(x).upper }

  private func logTails(_ x: Double) -> (lower: Double, upper: Double) {
    if x.isInfinite { return x > 0 ? (0, -.infinity) : (-.infinity, 0) }
    return (try? Special.gammaLogTails(x, shape: shape, rate: rate)) ?? (.nan, .nan)
  }

  public func quantile(_ p: Double) -> Double {
    p == 1 ? .infinity : settle(try Special.gammaQuantile(p, shape: shape, rate: rate))
  }

  public func upperQuantile(_ q: Double) -> Double {
    q == 0 ? .infinity : settle(try Special.gammaUpperQuantile(q, shape: shape, rate: rate))
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    Variate.gamma(shape: shape, &generator) / rate
  }

  /// `E log(b X)` = psi(a).
  var meanLogOfScaled: Double { Settled.digamma(shape) }

  /// For large shapes the logarithms of Stirling's formula cancel beforehand.
  public var entropy: Estimate {
    let a = shape
    let gap = Settled.logMinusDigamma(a)
    let rest = Settled.stirlingRemainder(a)
    let value = 0.5 * log(2 * .pi * a) + rest + (a - 1) * gap - log(rate)
    return Estimate(closed: value, size: max(abs(rest), gap))
  }

  /// Mean and shape apart: `a2 (r - 1 - log r)`, r the ratio of the means, plus the Bregman divergence of
  /// `log Gamma(a) - a log a + a` from a1 to a2.
  public func divergence(to other: Gamma) -> Estimate {
    // (m1 - m2) / m2 for the means a / b, from one exact difference of products.
    let product = other.shape * rate
    let u = differenceOfProducts(shape, other.rate, other.shape, rate) / product
    let change = u.isFinite && product > 1e-280 ? u : (mean - other.mean) / other.mean
    let means = other.shape * Settled.excessOverLog(change)
    let shapes = GammaBregman.shape(from: shape, to: other.shape)
    return Estimate(closed: means + shapes)
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(let r):
      if shape + r <= 0 { return .infinity }
      if r == 1 { return mean }
      if r == -1 { return rate / (shape - 1) }
      return exp(
        Settled.logGamma(shape + r) - Settled.logGamma(shape) - r * log(rate))
    case .log: return meanLogOfScaled - log(rate)
    case .logSquaredDeviation(let c):
      let center = meanLogOfScaled - log(rate) - c
      return Settled.trigamma(shape) + center * center
    case .exponential(let t): return t >= rate ? .infinity : exp(-shape * log1p(-t / rate))
    default: return momentExpectation(statistic)
    }
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(
      shape * log(rate) - Settled.logGamma(shape),
      [(shape - 1, .log), (-rate, .power(1))])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [log(x), x] }
  public func logCarrier(_ x: Double) -> Double { -log(x) }
  public var naturalParameters: [Double] { [shape, -rate] }
  public var meanParameters: [Double] { [meanLogOfScaled - log(rate), mean] }
  public var logPartition: Double { Settled.logGamma(shape) - shape * log(rate) }

  public var fisherInformation: Matrix {
    Matrix(
      rows: 2, columns: 2,
      elements: [Settled.trigamma(shape), 1 / rate, 1 / rate, variance])
  }

  public func with(natural: [Double]) throws(FamilyError) -> Gamma {
    try Check("gamma").length(natural.count, 2, "natural parameters")
    return try Gamma(shape: natural[0], rate: -natural[1])
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Gamma {
    try Check("gamma").length(mu.count, 2, "mean parameters")
    return try Gamma.matching(mean: mu[1], logGap: log(mu[1]) - mu[0])
  }

  /// The law with the given mean and the given `log E X - E log X`, which callers may know better than the
  /// difference.
  public static func matching(mean: Double, logGap: Double) throws(FamilyError) -> Gamma {
    guard mean > 0, mean.isFinite, logGap > 0, logGap.isFinite else {
      throw .unreachableMoments(family: "gamma", reason: "needs a positive mean with log E x > E log x")
    }
    let shape = settle(try Special.gammaShape(logGap: logGap))
    return try Gamma(shape: shape, rate: shape / mean)
  }
}

/// `a b - c d` with the rounding errors of the products returned by fused operations.
///
/// - Source: C.-P. Jeannerod, N. Louvet, J.-M. Muller, Math. Comp. 82 (2013),
///   doi:10.1090/S0025-5718-2013-02679-8 (Kahan's algorithm, error below 1.5 units in the last place).
func differenceOfProducts(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Double {
  let product = c * d
  let lost = (-product).addingProduct(c, d)
  return (-product).addingProduct(a, b) - lost
}
