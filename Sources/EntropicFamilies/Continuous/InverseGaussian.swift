import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The inverse Gaussian law with mean m and shape l, the first passage of a Brownian motion with drift.
///
///     p(x) = sqrt(l / (2 pi x^3)) exp(-l (x - m)^2 / (2 m^2 x)),   x > 0
///     T = (x, 1 / x),   theta = (-l / (2 m^2), -l / 2),   A = -l / m - log(l) / 2,   h = (2 pi x^3)^(-1/2)
public struct InverseGaussian: ScalarLaw, ExponentialFamily, Equatable {
  public let mean: Double
  public let shape: Double

  /// `shape / mean` in [1e-8, 1e9].
  public init(mean: Double, shape: Double) throws(FamilyError) {
    let check = Check("inverse gaussian")
    try check.require(mean >= 1e-50 && mean <= 1e50, mean, "mean", "a positive number in [1e-50, 1e50]")
    try check.scale(shape, "shape")
    let ratio = shape / mean
    try check.require(ratio >= 1e-8 && ratio <= 1e9, ratio, "shape / mean", "a number in [1e-8, 1e9]")
    self.mean = mean
    self.shape = shape
  }

  public var support: Support { .positive }
  public var variance: Double { mean * mean * (mean / shape) }

  public func logDensity(_ x: Double) -> Double {
    if x <= 0 || x == .infinity { return x.isNaN ? .nan : -.infinity }
    let d = (x - mean) / mean
    return 0.5 * log(shape / (2 * .pi)) - 1.5 * log(x) - 0.5 * shape / x * d * d
  }

  /// The two arguments of the normal distribution function, `sqrt(l / x) (x / m -+ 1)`.
  private func arguments(_ x: Double) -> (Double, Double) {
    let root = (shape / x).squareRoot()
    return (root * ((x - mean) / mean), root * (x / mean + 1))
  }

  public func cumulative(_ x: Double) -> Double { x == .infinity ? 1 : min(1, exp(logCumulative(x))) }
  public func survival(_ x: Double) -> Double { exp(logSurvival(x)) }

  /// The second term of the distribution function, `exp(2 l / m) P(Z > far)`: since `far^2 = near^2 + 4 l /
  /// m`, its exponents cancel into that of the first.
  private func logReflected(_ near: Double, _ far: Double) -> Double {
    NormalTail.logScaled(far) - near * near / 2
  }

  public func logCumulative(_ x: Double) -> Double {
    if x <= 0 || x == .infinity { return x.isNaN ? .nan : x <= 0 ? -.infinity : 0 }
    let (near, far) = arguments(x)
    if near > 0 {
      let upper = exp(logSurvival(x))
      if upper < 0.5 { return log1p(-upper) }
    }
    let (a, b) = (NormalTail.log(-near), logReflected(near, far))
    return max(a, b) + log1p(exp(min(a, b) - max(a, b)))
  }

  public func logSurvival(_ x: Double) -> Double {
    if x <= 0 || x == .infinity { return x.isNaN ? .nan : x <= 0 ? 0 : -.infinity }
    let (near, far) = arguments(x)
    let first = NormalTail.log(near)
    // Far out the ratio of the two Mills ratios, whose common exponents have gone.
    let gap =
      near > 0 ? NormalTail.logScaled(far) - NormalTail.logScaled(near) : logReflected(near, far) - first
    return gap < 0 ? first + logOneMinusExp(gap) : -.infinity
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    // J. Michael, W. Schucany, R. Haas, Amer. Statist. 30 (1976), with the smaller root as a quotient.
    let z = Variate.normal(&generator)
    let w = mean / shape * z * z / 2
    let root = mean / (1 + w + (w * (2 + w)).squareRoot())
    let x = Variate.uniform(&generator) <= mean / (mean + root) ? root : mean * (mean / root)
    return x
  }

  /// `E log(X / m) = -exp(2 l / m) E_1(2 l / m)`.
  private var meanLogRatio: Double {
    -settle(try Special.scaledExponentialIntegral(2 * shape / mean))
  }

  public var entropy: Estimate {
    let value = 0.5 * (log(2 * .pi) + 1 + 3 * log(mean) - log(shape)) + 1.5 * meanLogRatio
    return Estimate(closed: value, size: max(1, abs(1.5 * log(mean)), abs(log(shape))))
  }

  public func divergence(to other: InverseGaussian) -> Estimate {
    let spread = Settled.excessOverLog((other.shape - shape) / shape)
    let d = (mean - other.mean) / other.mean
    return Estimate(closed: (spread + other.shape / mean * d * d) / 2)
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(-1): return 1 / mean + 1 / shape
    case .log: return log(mean) + meanLogRatio
    case .exponential(let t):
      let u = 2 * t * mean * (mean / shape)
      return u > 1 ? .infinity : exp(shape / mean * (1 - (1 - u).squareRoot()))
    default: return momentExpectation(statistic)
    }
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(
      0.5 * log(shape / (2 * .pi)) + shape / mean,
      [(-1.5, .log), (-0.5 * shape / mean / mean, .power(1)), (-0.5 * shape, .power(-1))])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [x, 1 / x] }
  public func logCarrier(_ x: Double) -> Double { -0.5 * log(2 * .pi) - 1.5 * log(x) }
  public var naturalParameters: [Double] { [-0.5 * shape / mean / mean, -0.5 * shape] }
  public var meanParameters: [Double] { [mean, 1 / mean + 1 / shape] }
  public var logPartition: Double { -shape / mean - 0.5 * log(shape) }

  public var fisherInformation: Matrix {
    let (m, l) = (mean, shape)
    return Matrix(
      rows: 2, columns: 2, elements: [m * m * (m / l), -m / l, -m / l, 1 / (m * l) + 2 / (l * l)])
  }

  public func with(natural: [Double]) throws(FamilyError) -> InverseGaussian {
    let check = Check("inverse gaussian")
    try check.length(natural.count, 2, "natural parameters")
    for t in natural { try check.require(t < 0, t, "natural parameter", "a negative number") }
    return try InverseGaussian(mean: (natural[1] / natural[0]).squareRoot(), shape: -2 * natural[1])
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> InverseGaussian {
    try Check("inverse gaussian").length(mu.count, 2, "mean parameters")
    let gap = mu[1] - 1 / mu[0]
    if !(mu[0] > 0 && gap > 0) {
      throw .unreachableMoments(family: "inverse gaussian", reason: "needs E x E(1 / x) > 1")
    }
    return try InverseGaussian(mean: mu[0], shape: 1 / gap)
  }
}
