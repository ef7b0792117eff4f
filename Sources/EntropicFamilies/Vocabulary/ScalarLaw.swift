import EntropicNumerics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A law on numbers.
///
/// Moments that do not exist are NaN (the mean of a Cauchy law), moments that diverge are infinite.
public protocol ScalarLaw: Distribution where Value == Double {
  var support: Support { get }
  var mean: Double { get }
  var variance: Double { get }

  /// `P(X <= x)`, with the digits of the lower tail.
  func cumulative(_ x: Double) -> Double

  /// `P(X > x)`, with the digits of the upper tail.
  func survival(_ x: Double) -> Double

  /// `log P(X <= x)`, finite and with its digits also where the lower tail underflows.
  func logCumulative(_ x: Double) -> Double

  /// `log P(X > x)`, finite and with its digits also where the upper tail underflows.
  func logSurvival(_ x: Double) -> Double

  /// The smallest x with `P(X <= x) >= p`; NaN unless 0 <= p <= 1.
  func quantile(_ p: Double) -> Double

  /// The smallest x with `P(X > x) <= q`; NaN unless 0 <= q <= 1.
  func upperQuantile(_ q: Double) -> Double

  /// Points inside of the support where the density is not smooth.
  var kinks: [Double] { get }

  /// The expectation of a statistic where a closed form is known (it may be infinite), nil elsewhere.
  func closedExpectation(_ statistic: Statistic) -> Double?

  /// The log density as a combination of statistics, where it is one.
  var expansion: LogDensityExpansion? { get }

  /// The same law as a member of a larger family, where there is one.
  var embedding: (any ScalarLaw)? { get }
}

extension ScalarLaw {
  public var kinks: [Double] { [] }
  public var embedding: (any ScalarLaw)? { nil }
  public var expansion: LogDensityExpansion? { nil }
  public func closedExpectation(_ statistic: Statistic) -> Double? { momentExpectation(statistic) }

  public func quantile(_ p: Double) -> Double {
    guard p >= 0 && p <= 1 else { return .nan }
    if p == 0 { return support.lower }
    return OrderedSearch.least(in: support) { cumulative($0) >= p }
  }

  public func upperQuantile(_ q: Double) -> Double {
    guard q >= 0 && q <= 1 else { return .nan }
    if q == 1 { return support.lower }
    if q == 0 { return support.upper }
    return OrderedSearch.least(in: support) { survival($0) <= q }
  }

  public func logCumulative(_ x: Double) -> Double { LogTail.lower(self, x) }
  public func logSurvival(_ x: Double) -> Double { LogTail.upper(self, x) }

  public var standardDeviation: Double { variance.squareRoot() }
  public var median: Double { quantile(0.5) }

  /// The statistics that mean and variance decide; families add theirs and fall back to this.
  func momentExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(0): return 1
    case .power(1): return mean
    case .power(2): return variance + mean * mean
    case .squaredDeviation(let center): return variance + (mean - center) * (mean - center)
    default: return nil
    }
  }
}

/// Bisection over the ordered bit patterns of doubles: at most 64 steps, whatever the scale.
enum OrderedSearch {
  /// The least point of the support that satisfies an increasing claim; its upper end when none does.
  static func least(in support: Support, where claim: (Double) -> Bool) -> Double {
    if support.kind == .integers { return leastInteger(in: support, where: claim) }
    var low = key(max(support.lower, -.greatestFiniteMagnitude))
    var high = key(min(support.upper, .greatestFiniteMagnitude))
    while high > low {
      let middle = low + (high - low) / 2
      if claim(value(middle)) { high = middle } else { low = middle + 1 }
    }
    return value(high)
  }

  private static func leastInteger(in support: Support, where claim: (Double) -> Bool) -> Double {
    var low = support.lower - 1
    var step = 1.0
    while low + step < support.upper && step < 1e300 && !claim(low + step) { step *= 2 }
    var high = min(low + step, support.upper)
    low += step / 2
    if step == 1 { return high }
    while high - low > 1 {
      let middle = low + ((high - low) / 2).rounded(.down)
      if middle <= low || middle >= high { break }
      if claim(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// Keys increase with the numbers: negative numbers count backwards.
  private static func key(_ x: Double) -> UInt64 {
    let bits = x.bitPattern
    return bits >> 63 == 1 ? ~bits : bits | (1 << 63)
  }

  private static func value(_ key: UInt64) -> Double {
    Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
  }
}
