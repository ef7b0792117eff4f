import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Pareto law with a shape alpha and a minimum m: `log(X / m)` is exponential with rate alpha.
///
///     p(x) = alpha m^alpha x^(-alpha - 1),   x >= m
///
/// With m fixed it is an exponential family: `T = log(x / m)`, `theta = -alpha`, `h = 1 / x`.
public struct Pareto: ScalarLaw, ExponentialFamily, Equatable {
  public let shape: Double
  public let minimum: Double

  public init(shape: Double, minimum: Double) throws(FamilyError) {
    let check = Check("pareto")
    try check.scale(shape, "shape")
    try check.scale(minimum, "minimum")
    self.shape = shape
    self.minimum = minimum
  }

  public var support: Support { Support(minimum, .infinity) }
  public var mean: Double { shape > 1 ? minimum * (shape / (shape - 1)) : .infinity }
  public var variance: Double {
    if shape <= 2 { return shape > 1 ? .infinity : .nan }
    let m = minimum / (shape - 1)
    return m * m * (shape / (shape - 2))
  }

  /// `log(x / m)`, from the difference where x is near m.
  private func logRatio(_ x: Double) -> Double {
    x < 2 * minimum ? log1p((x - minimum) / minimum) : log(x) - log(minimum)
  }

  public func logDensity(_ x: Double) -> Double {
    x < minimum || x == .infinity ? -.infinity : log(shape) - log(x) - shape * logRatio(x)
  }
  public func cumulative(_ x: Double) -> Double { x <= minimum ? 0 : -expm1(-shape * logRatio(x)) }
  public func survival(_ x: Double) -> Double { x <= minimum ? 1 : exp(-shape * logRatio(x)) }

  public func logCumulative(_ x: Double) -> Double {
    x <= minimum ? -.infinity : logOneMinusExp(-shape * logRatio(x))
  }
  public func logSurvival(_ x: Double) -> Double { x <= minimum ? 0 : -shape * logRatio(x) }

  public func quantile(_ p: Double) -> Double {
    p >= 0 && p <= 1 ? minimum * exp(-log1p(-p) / shape) : .nan
  }
  public func upperQuantile(_ q: Double) -> Double {
    q >= 0 && q <= 1 ? minimum * exp(-log(q) / shape) : .nan
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    minimum * exp(Variate.exponential(&generator) / shape)
  }

  public var entropy: Estimate {
    let value = log(minimum) - log(shape) + 1 / shape + 1
    return Estimate(closed: value, size: max(abs(log(minimum)), abs(log(shape))))
  }

  public func divergence(to other: Pareto) -> Estimate {
    if minimum < other.minimum { return .infinite }
    let shapes = Settled.excessOverLog((other.shape - shape) / shape)
    return Estimate(closed: shapes + other.shape * other.logRatio(minimum))
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(let r): return shape <= r ? .infinity : exp(r * log(minimum)) * (shape / (shape - r))
    case .squaredDeviation: return shape <= 2 ? .infinity : momentExpectation(statistic)
    case .absoluteDeviation(let c):
      if shape <= 1 { return .infinity }
      return c <= minimum ? mean - c : nil
    case .log: return log(minimum) + 1 / shape
    case .logSquaredDeviation(let c):
      let d = log(minimum) + 1 / shape - c
      return 1 / (shape * shape) + d * d
    case .exponential(let t): return t > 0 ? .infinity : t == 0 ? 1 : nil
    default: return nil
    }
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(log(shape) + shape * log(minimum), [(-shape - 1, .log)])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [logRatio(x)] }
  public func logCarrier(_ x: Double) -> Double { x < minimum ? -.infinity : -log(x) }
  public var naturalParameters: [Double] { [-shape] }
  public var meanParameters: [Double] { [1 / shape] }
  public var logPartition: Double { -log(shape) }
  public var fisherInformation: Matrix { Matrix(rows: 1, columns: 1, elements: [1 / (shape * shape)]) }

  public func with(natural: [Double]) throws(FamilyError) -> Pareto {
    try Check("pareto").length(natural.count, 1, "natural parameters")
    return try Pareto(shape: -natural[0], minimum: minimum)
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Pareto {
    try Check("pareto").length(mu.count, 1, "mean parameters")
    return try Pareto(shape: 1 / mu[0], minimum: minimum)
  }
}
