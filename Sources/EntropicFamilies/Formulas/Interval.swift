#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A closed interval of real numbers, with infinite ends where it is unbounded.
///
/// Results are rounded outwards: an operation on intervals holds the operation on all their numbers. Functions of the
/// C library are taken to err by less than four units in the last place.
///
/// - Source: R. E. Moore, R. B. Kearfott, M. J. Cloud, Introduction to Interval Analysis (2009),
///   doi:10.1137/1.9780898717716.
struct Interval: Sendable, Equatable {
  let lower: Double
  let upper: Double

  static let line = Interval(-.infinity, .infinity)
  static let zero = Interval(0)
  static let unit = Interval(-1, 1)

  init(_ lower: Double, _ upper: Double) {
    self.lower = lower.isNaN ? -.infinity : lower
    self.upper = upper.isNaN ? .infinity : upper
  }

  init(_ value: Double) { self.init(value, value) }

  /// One unit wider at both ends; a lower end is never +infinity, an upper one never -infinity.
  private static func outward(_ lower: Double, _ upper: Double) -> Interval {
    Interval(lower.nextDown, upper.nextUp)
  }

  /// Wider by the error of a library function.
  private static func widened(_ lower: Double, _ upper: Double) -> Interval {
    func room(_ x: Double) -> Double { x.isFinite ? 4 * x.ulp : 0 }
    return outward(lower - room(lower), upper + room(upper))
  }

  var isZero: Bool { lower == 0 && upper == 0 }
  var isBounded: Bool { lower > -.infinity && upper < .infinity }
  func contains(_ x: Double) -> Bool { lower <= x && x <= upper }
  func joined(_ other: Interval) -> Interval { Interval(min(lower, other.lower), max(upper, other.upper)) }

  /// What is in both, which hold the same number.
  func narrowed(to other: Interval) -> Interval {
    let (low, high) = (max(lower, other.lower), min(upper, other.upper))
    return low <= high ? Interval(low, high) : self
  }

  static prefix func - (a: Interval) -> Interval { Interval(-a.upper, -a.lower) }

  static func + (a: Interval, b: Interval) -> Interval {
    if a.isZero { return b }
    if b.isZero { return a }
    let wide = outward(a.lower + b.lower, a.upper + b.upper)
    // Signs are certain.
    return Interval(
      a.lower >= 0 && b.lower >= 0 ? max(wide.lower, 0) : wide.lower,
      a.upper <= 0 && b.upper <= 0 ? min(wide.upper, 0) : wide.upper)
  }

  static func - (a: Interval, b: Interval) -> Interval { a + -b }

  static func * (a: Interval, b: Interval) -> Interval {
    if a.isZero || b.isZero { return .zero }
    if b.lower == 1 && b.upper == 1 { return a }
    if a.lower == 1 && a.upper == 1 { return b }
    // An infinite end is a bound that is missing, not a number: 0 times it is 0.
    func times(_ x: Double, _ y: Double) -> Double { x == 0 || y == 0 ? 0 : x * y }
    let ends = [
      times(a.lower, b.lower), times(a.lower, b.upper), times(a.upper, b.lower), times(a.upper, b.upper),
    ]
    let wide = outward(ends.min() ?? -.infinity, ends.max() ?? .infinity)
    let isPositive = a.lower >= 0 && b.lower >= 0 || a.upper <= 0 && b.upper <= 0
    let isNegative = a.lower >= 0 && b.upper <= 0 || a.upper <= 0 && b.lower >= 0
    return Interval(
      isPositive ? max(wide.lower, 0) : wide.lower, isNegative ? min(wide.upper, 0) : wide.upper)
  }

  /// 1 / x, for x other than 0.
  var reciprocal: Interval {
    if lower < 0 && upper > 0 || isZero { return .line }
    if lower == 0 { return Interval((1 / upper).nextDown, .infinity) }
    if upper == 0 { return Interval(-.infinity, (1 / lower).nextUp) }
    return Interval.outward(1 / upper, 1 / lower)
  }

  static func / (a: Interval, b: Interval) -> Interval { a * b.reciprocal }

  var magnitude: Interval {
    lower >= 0 ? self : upper <= 0 ? -self : Interval(0, max(-lower, upper))
  }

  /// x^r; nil where it is not defined on the whole interval.
  func power(_ r: Double) -> Interval? {
    if r == 0 { return Interval(1) }
    if r == 1 { return self }
    if r.rounded() == r {
      if r < 0 { return power(-r).map(\.reciprocal) }
      if r.remainder(dividingBy: 2) == 0 {
        let size = magnitude
        return Interval.widened(pow(size.lower, r), pow(size.upper, r)).clamped(from: 0)
      }
      return Interval.widened(pow(lower, r), pow(upper, r))
    }
    guard lower >= 0 else { return nil }
    let (a, b) = (pow(lower, r), pow(upper, r))
    return Interval.widened(min(a, b), max(a, b)).clamped(from: 0)
  }

  private func clamped(from least: Double) -> Interval { Interval(max(lower, least), max(upper, least)) }

  var exponential: Interval {
    Interval.widened(exp(lower), exp(upper)).clamped(from: 0)
  }

  /// nil where a negative number is in the interval.
  var logarithm: Interval? {
    lower >= 0 ? Interval.widened(log(lower), log(upper)) : nil
  }

  var hyperbolicTangent: Interval {
    let wide = Interval.widened(tanh(lower), tanh(upper))
    return Interval(max(wide.lower, -1), min(wide.upper, 1))
  }

  var cosine: Interval {
    guard isBounded, upper - lower < 6, abs(lower) < 1e8, abs(upper) < 1e8 else { return .unit }
    let (a, b) = (cos(lower), cos(upper))
    var (low, high) = (min(a, b) - 1e-15, max(a, b) + 1e-15)
    // Whole turns and half turns inside, with room for the rounding of pi.
    let room = 1e-7
    func holds(_ offset: Double) -> Bool {
      let first = ((lower - room - offset) / (2 * .pi)).rounded(.up)
      return first * 2 * .pi + offset <= upper + room
    }
    if holds(0) { high = 1 }
    if holds(.pi) { low = -1 }
    return Interval(max(low, -1), min(high, 1))
  }

  var sine: Interval { (self - Interval((Double.pi / 2).nextDown, (Double.pi / 2).nextUp)).cosine }
}
