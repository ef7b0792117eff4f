import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The beta law `x^(a - 1) (1 - x)^(b - 1) / Beta(a, b)` on [0, 1].
///
///     T = (log x, log(1 - x)),   theta = (a, b),   h = 1 / (x (1 - x)),   A = log Beta(a, b)
public struct Beta: ScalarLaw, ExponentialFamily, Equatable {
  public let a: Double
  public let b: Double

  public init(a: Double, b: Double) throws(FamilyError) {
    let check = Check("beta")
    try check.shape(a, "a")
    try check.shape(b, "b")
    self.init(unchecked: a, b)
  }

  init(unchecked a: Double, _ b: Double) {
    self.a = a
    self.b = b
  }

  var simplex: Dirichlet { Dirichlet(unchecked: [a, b]) }

  public var support: Support { .unit }
  public var mean: Double { a / (a + b) }
  public var variance: Double { a / (a + b) * (b / (a + b)) / (a + b + 1) }

  public func logDensity(_ x: Double) -> Double {
    if x.isInfinite { return -.infinity }
    return settleLog(try Special.betaDensity(x, a, b))
  }

  public func cumulative(_ x: Double) -> Double {
    x >= 1 ? 1 : x <= 0 ? 0 : settle(try Special.betaCumulative(x, a, b))
  }
  public func survival(_ x: Double) -> Double {
    x >= 1 ? 0 : x <= 0 ? 1 : settle(try Special.betaSurvival(x, a, b))
  }
  public func logCumulative(_ x: Double) -> Double { logTails(x).lower }
  public func logSurvival(_ x: Double) -> Double { logTails(x).upper }

  private func logTails(_ x: Double) -> (lower: Double, upper: Double) {
    if x.isNaN { return (.nan, .nan) }
    let x = min(1, max(0, x))
    return (try? Special.betaLogTails(x, complement: 1 - x, a, b)) ?? (.nan, .nan)
  }

  public func quantile(_ p: Double) -> Double { settle(try Special.betaQuantile(p, a, b)) }
  public func upperQuantile(_ q: Double) -> Double { settle(try Special.betaUpperQuantile(q, a, b)) }

  public func sample(using generator: inout SeededGenerator) -> Double {
    // A ratio of gamma variates, in logarithms so that small shapes do not give 0 / 0.
    let x = Variate.logGamma(shape: a, &generator)
    let y = Variate.logGamma(shape: b, &generator)
    return x > y ? 1 / (1 + exp(y - x)) : exp(x - y) / (1 + exp(x - y))
  }

  public var entropy: Estimate { simplex.entropy }
  public func divergence(to other: Beta) -> Estimate { simplex.divergence(to: other.simplex) }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(let r):
      if a + r <= 0 { return .infinity }
      if r == 1 || r == 2 { return momentExpectation(statistic) }
      return exp(Settled.logBeta(a + r, b) - Settled.logBeta(a, b))
    case .log: return simplex.meanParameters[0]
    case .logComplement: return simplex.meanParameters[1]
    case .logSquaredDeviation(let c):
      let d = simplex.meanParameters[0] - c
      return Settled.trigamma(a) - Settled.trigamma(a + b) + d * d
    default: return momentExpectation(statistic)
    }
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(-logPartition, [(a - 1, .log), (b - 1, .logComplement)])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [log(x), log1p(-x)] }
  public func logCarrier(_ x: Double) -> Double { -log(x) - log1p(-x) }
  public var naturalParameters: [Double] { [a, b] }
  public var meanParameters: [Double] { simplex.meanParameters }
  public var logPartition: Double { Settled.logBeta(a, b) }
  public var fisherInformation: Matrix { simplex.fisherInformation }

  public func with(natural: [Double]) throws(FamilyError) -> Beta {
    try Check("beta").length(natural.count, 2, "natural parameters")
    return try Beta(a: natural[0], b: natural[1])
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Beta {
    try Check("beta").length(mu.count, 2, "mean parameters")
    let found = try DirichletMoments(meanLogs: mu, family: "beta").solve()
    return try Beta(a: found.concentration[0], b: found.concentration[1])
  }
}
