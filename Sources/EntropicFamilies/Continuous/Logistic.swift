import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The logistic law, with distribution function `1 / (1 + exp(-(x - m) / s))`.
public struct Logistic: ScalarLaw, Equatable {
  public let location: Double
  public let scale: Double

  public init(location: Double, scale: Double) throws(FamilyError) {
    let check = Check("logistic")
    try check.finite(location, "location")
    try check.scale(scale, "scale")
    self.location = location
    self.scale = scale
  }

  public var support: Support { .line }
  public var mean: Double { location }
  public var variance: Double { scale * scale * .pi * .pi / 3 }

  public func logDensity(_ x: Double) -> Double {
    let z = abs((x - location) / scale)
    return -log(scale) - z - 2 * log1p(exp(-z))
  }

  public func cumulative(_ x: Double) -> Double { Logistic.lowerTail((x - location) / scale) }
  public func survival(_ x: Double) -> Double { Logistic.lowerTail(-(x - location) / scale) }

  private static func lowerTail(_ z: Double) -> Double {
    z < 0 ? exp(z) / (1 + exp(z)) : 1 / (1 + exp(-z))
  }

  public func logCumulative(_ x: Double) -> Double { Logistic.logTail((x - location) / scale) }
  public func logSurvival(_ x: Double) -> Double { Logistic.logTail(-(x - location) / scale) }

  /// `-log(1 + exp(-z))`
  private static func logTail(_ z: Double) -> Double {
    z < 0 ? z - log1p(exp(z)) : -log1p(exp(-z))
  }

  public func quantile(_ p: Double) -> Double { location + scale * Logistic.logit(p) }
  public func upperQuantile(_ q: Double) -> Double { location - scale * Logistic.logit(q) }

  private static func logit(_ p: Double) -> Double { p >= 0 && p <= 1 ? log(p) - log1p(-p) : .nan }

  public func sample(using generator: inout SeededGenerator) -> Double {
    location + scale * Logistic.logit(Variate.uniform(&generator))
  }

  public var entropy: Estimate { Estimate(closed: 2 + log(scale), size: 2) }

  public func divergence(to other: Logistic) -> Estimate {
    self == other ? .zero : Expectation.divergence(of: self, to: other)
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .absoluteDeviation(let c):
      let z = abs(location - c) / scale
      return scale * (z + 2 * log1p(exp(-z)))
    case .exponential(let t):
      let u = .pi * t * scale
      return abs(t * scale) >= 1 ? .infinity : u == 0 ? 1 : exp(t * location) * u / sin(u)
    case .cosine(let c):
      let u = .pi * scale
      return cos(location - c) * (u > 700 ? 0 : u / sinh(u))
    default: return momentExpectation(statistic)
    }
  }
}
