import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Weibull law with a shape k and a scale s: `(X / s)^k` is exponential.
///
///     p(x) = k / s (x / s)^(k - 1) exp(-(x / s)^k),   x > 0
///
/// With k fixed it is an exponential family: `T = x^k`, `theta = -s^(-k)`, `A = k log s - log k`.
public struct Weibull: ScalarLaw, ExponentialFamily, Equatable {
  public let shape: Double
  public let scale: Double

  public init(shape: Double, scale: Double) throws(FamilyError) {
    let check = Check("weibull")
    try check.require(shape >= 1e-8 && shape <= 1e9, shape, "shape", "a number in [1e-8, 1e9]")
    try check.scale(scale, "scale")
    self.init(unchecked: shape, scale)
  }

  init(unchecked shape: Double, _ scale: Double) {
    self.shape = shape
    self.scale = scale
  }

  public var support: Support { .positive }
  public var mean: Double { scale * exp(logMoment(1)) }

  /// `s^2 (Gamma(1 + 2 / k) - Gamma(1 + 1 / k)^2)`, as a difference of logarithms.
  public var variance: Double {
    let first = logMoment(1)
    let gap: Double
    if shape > 1 {
      // log Gamma(1 + 2 e) - 2 log Gamma(1 + e) is of the order e^2: two Bregman divergences from 1.
      let e = 1 / shape
      gap =
        GammaBregman.logGamma(from: 1, change: 2 * e) - 2 * GammaBregman.logGamma(from: 1, change: e)
    } else {
      gap = logMoment(2) - 2 * first
    }
    return scale * scale * exp(2 * first) * expm1(gap)
  }

  /// `log E (X / s)^r`.
  private func logMoment(_ r: Double) -> Double { Settled.logGamma(1 + r / shape) }

  public func logDensity(_ x: Double) -> Double {
    if x.isInfinite { return -.infinity }
    return settleLog(try Special.weibullDensity(x, shape: shape, scale: scale))
  }

  public func cumulative(_ x: Double) -> Double { x <= 0 ? 0 : -expm1(-pow(x / scale, shape)) }
  public func survival(_ x: Double) -> Double { x <= 0 ? 1 : exp(-pow(x / scale, shape)) }

  public func logCumulative(_ x: Double) -> Double {
    if x <= 0 { return -.infinity }
    // log(1 - exp(-t)) = log t - t / 2 + ... where t = (x / s)^k may underflow.
    let logT = shape * log(x / scale)
    return logT < -40 ? logT : logOneMinusExp(-exp(logT))
  }
  public func logSurvival(_ x: Double) -> Double { x <= 0 ? 0 : -pow(x / scale, shape) }

  public func quantile(_ p: Double) -> Double {
    p >= 0 && p <= 1 ? scale * pow(-log1p(-p), 1 / shape) : .nan
  }
  public func upperQuantile(_ q: Double) -> Double {
    q >= 0 && q <= 1 ? scale * pow(-log(q), 1 / shape) : .nan
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    scale * pow(Variate.exponential(&generator), 1 / shape)
  }

  public var entropy: Estimate {
    let g = Constants.eulerGamma * (1 - 1 / shape)
    return Estimate(closed: g + log(scale) - log(shape) + 1, size: max(abs(g), abs(log(scale))))
  }

  /// With c the ratio of the shapes and `L = log E_p (X / t)^l`, the log moment under the other scale:
  /// `exp(L) - 1 - L` plus the Bregman divergence of log Gamma from 1 to c.
  public func divergence(to other: Weibull) -> Estimate {
    let change = (other.shape - shape) / shape
    let shapes = GammaBregman.logGamma(from: 1, change: change)
    let ratio = (scale - other.scale) / other.scale
    let shift = other.shape * (abs(ratio) < 0.5 ? log1p(ratio) : log(scale) - log(other.scale))
    // log Gamma(2 + change), around 2 by its derivative 1 - gamma and the Bregman divergence.
    let growth =
      abs(change) < 0.5
      ? change * (1 - Constants.eulerGamma) + GammaBregman.logGamma(from: 2, change: change)
      : Settled.logGamma(2 + change)
    return Estimate(closed: shapes + Special.excessOfExp(shift + growth))
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(2): return variance + mean * mean
    case .power(let r):
      return 1 + r / shape <= 0 ? .infinity : exp(logMoment(r) + r * log(scale))
    case .log: return log(scale) - Constants.eulerGamma / shape
    case .logSquaredDeviation(let c):
      let d = log(scale) - Constants.eulerGamma / shape - c
      return .pi * .pi / 6 / shape / shape + d * d
    case .exponential(let t):
      if t > 0 && shape < 1 { return .infinity }
      return nil
    default: return momentExpectation(statistic)
    }
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(
      log(shape) - shape * log(scale), [(shape - 1, .log), (-exp(-shape * log(scale)), .power(shape))])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [pow(x, shape)] }
  public func logCarrier(_ x: Double) -> Double { (shape - 1) * log(x) }
  public var naturalParameters: [Double] { [-exp(-shape * log(scale))] }
  public var meanParameters: [Double] { [exp(shape * log(scale))] }
  public var logPartition: Double { shape * log(scale) - log(shape) }
  public var fisherInformation: Matrix {
    Matrix(rows: 1, columns: 1, elements: [exp(2 * shape * log(scale))])
  }

  public func with(natural: [Double]) throws(FamilyError) -> Weibull {
    try Check("weibull").length(natural.count, 1, "natural parameters")
    return try Weibull(shape: shape, scale: exp(-log(-natural[0]) / shape))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Weibull {
    try Check("weibull").length(mu.count, 1, "mean parameters")
    return try Weibull(shape: shape, scale: exp(log(mu[0]) / shape))
  }
}

enum Constants {
  static let eulerGamma = 0.57721566490153286
}
