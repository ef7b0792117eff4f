/// An unevaluated sum of two doubles, about 32 digits: the reference of the accuracy tests.
///
/// Built from error-free transformations only, so that nothing of the library under test enters a reference value. The
/// starting value of the logarithm may be any approximation: the Newton step corrects it.
public struct DoubleDouble: Sendable {
  public var high: Double
  public var low: Double

  public init(_ high: Double, _ low: Double = 0) {
    // Two-sum.
    let s = high + low
    let part = s - high
    self.high = s
    self.low = (high - (s - part)) + (low - part)
  }

  public static func + (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let s = DoubleDouble(a.high, b.high)
    let t = DoubleDouble(a.low, b.low)
    let c = DoubleDouble(s.high, s.low + t.high)
    return DoubleDouble(c.high, c.low + t.low)
  }

  public static prefix func - (a: DoubleDouble) -> DoubleDouble { DoubleDouble(-a.high, -a.low) }
  public static func - (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble { a + (-b) }

  public static func * (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let p = a.high * b.high
    let e = (-p).addingProduct(a.high, b.high)
    return DoubleDouble(p, e + (a.high * b.low + a.low * b.high))
  }

  public static func / (a: DoubleDouble, b: DoubleDouble) -> DoubleDouble {
    let q1 = a.high / b.high
    let r = a - DoubleDouble(q1) * b
    let q2 = r.high / b.high
    let r2 = r - DoubleDouble(q2) * b
    return DoubleDouble(q1, q2) + DoubleDouble(r2.high / b.high)
  }

  public func magnitude() -> DoubleDouble { high < 0 ? -self : self }

  /// ln 2 in two doubles.
  public static let ln2 = DoubleDouble(0.6931471805599453, 2.3190468138462996e-17)

  /// exp(x) = m 2^k with m in [0.7, 1.5].
  public static func exp(_ x: DoubleDouble) -> (m: DoubleDouble, k: Int) {
    let k = (x.high / 0.6931471805599453).rounded()
    let r = x - DoubleDouble(k) * ln2
    // A 256th of the argument, a short series, and eight squarings of exp - 1.
    let s = r * DoubleDouble(1.0 / 256)
    var term = s
    var sum = s
    for n in 2...12 {
      term = term * s / DoubleDouble(Double(n))
      sum = sum + term
    }
    for _ in 0..<8 { sum = sum * sum + sum + sum }
    return (sum + DoubleDouble(1), Int(k))
  }

  /// log(x) of a positive double, from the approximation `guess`.
  public static func log(_ x: Double, guess: Double) -> DoubleDouble {
    let (m, k) = exp(DoubleDouble(-guess))
    // x e^-guess = 1 + d with small d; both factors are brought near 1 by powers of two.
    let e = x.exponent
    let scaled = DoubleDouble(Double(sign: .plus, exponent: -Int(e) / 2, significand: x))
    let rest = DoubleDouble(Double(sign: .plus, exponent: k + Int(e) - (Int(e) - Int(e) / 2), significand: 1))
    let d = scaled * m * rest - DoubleDouble(1)
    return DoubleDouble(guess) + d - d * d * DoubleDouble(0.5) + d * d * d / DoubleDouble(3)
  }

  /// The sum of doubles, accumulated in two doubles.
  public static func sum(_ values: some Sequence<Double>) -> DoubleDouble {
    values.reduce(DoubleDouble(0)) { $0 + DoubleDouble($1) }
  }

  /// The distance of `value` from m 2^k in units of the last place of the latter (at least 2^-1074).
  public static func ulps(_ value: Double, from reference: (m: DoubleDouble, k: Int)) -> Double {
    let size = reference.m.magnitude()
    if size.high == 0 { return value == 0 ? 0 : .infinity }
    var exponent = Int(size.high.exponent)
    // A power of two with a negative second part belongs to the lower binade.
    if size.high.significand == 1 && size.low < 0 { exponent -= 1 }
    let unit = max(exponent + reference.k - 52, -1074)
    let scaled = Double(sign: .plus, exponent: -reference.k, significand: value)
    let difference = (DoubleDouble(scaled) - reference.m).magnitude()
    return Double(sign: .plus, exponent: reference.k - unit, significand: difference.high)
  }

  public static func ulps(_ value: Double, from reference: DoubleDouble) -> Double {
    ulps(value, from: (reference, 0))
  }
}

/// A small generator with a fixed seed: the tests see the same numbers everywhere.
public struct Generator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  public mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    Double.random(in: range, using: &self)
  }

  public mutating func vector(_ n: Int, _ range: ClosedRange<Double> = -1...1) -> [Double] {
    (0..<n).map { _ in uniform(range) }
  }
}
