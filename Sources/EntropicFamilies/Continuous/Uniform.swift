import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The uniform law on [lower, upper].
public struct Uniform: ScalarLaw, Equatable {
  public let lower: Double
  public let upper: Double

  public init(lower: Double, upper: Double) throws(FamilyError) {
    let check = Check("uniform")
    try check.finite(lower, "lower")
    try check.finite(upper, "upper")
    try check.require(upper > lower && (upper - lower).isFinite, upper, "upper", "a number above \(lower)")
    self.lower = lower
    self.upper = upper
  }

  public var width: Double { upper - lower }
  public var support: Support { Support(lower, upper) }
  public var mean: Double { lower / 2 + upper / 2 }
  public var variance: Double { width * width / 12 }

  public var embedding: (any ScalarLaw)? { lower == 0 && upper == 1 ? Beta(unchecked: 1, 1) : nil }

  public func logDensity(_ x: Double) -> Double { support.contains(x) ? -log(width) : -.infinity }
  public func cumulative(_ x: Double) -> Double { min(1, max(0, (x - lower) / width)) }
  public func survival(_ x: Double) -> Double { min(1, max(0, (upper - x) / width)) }

  public func quantile(_ p: Double) -> Double {
    guard p >= 0 && p <= 1 else { return .nan }
    return p < 0.5 ? lower + p * width : upper - (1 - p) * width
  }
  public func upperQuantile(_ q: Double) -> Double {
    guard q >= 0 && q <= 1 else { return .nan }
    return q < 0.5 ? upper - q * width : lower + (1 - q) * width
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    lower + width * Variate.uniform(&generator)
  }

  public var entropy: Estimate { Estimate(closed: log(width)) }

  public func divergence(to other: Uniform) -> Estimate {
    if lower < other.lower || upper > other.upper { return .infinite }
    let more = (other.upper - upper) + (lower - other.lower)
    return Estimate(closed: log1p(more / width))
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .absoluteDeviation(let c):
      let (below, above) = (max(0, min(c, upper) - lower), max(0, upper - max(c, lower)))
      if c <= lower { return mean - c }
      if c >= upper { return c - mean }
      return (below * below + above * above) / (2 * width)
    case .exponential(let t):
      let u = t * width
      return u == 0 ? 1 : exp(t * lower) * expm1(u) / u
    case .cosine(let c):
      let h = width / 2
      return cos(mean - c) * sin(h) / h
    case .power(let r) where lower == 0: return r <= -1 ? .infinity : pow(upper, r) / (r + 1)
    case .log where lower == 0: return log(upper) - 1
    case .logComplement where upper == 1: return log(width) - 1
    default: return momentExpectation(statistic)
    }
  }

  public var expansion: LogDensityExpansion? { LogDensityExpansion(-log(width), []) }
}
