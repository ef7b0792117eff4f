/// Functions of two-double numbers that the exact optima of generated instances are made of.
extension DoubleDouble {
  /// exp(x) as a number; exact to about 30 digits in the range of doubles.
  public static func exponential(_ x: DoubleDouble) -> DoubleDouble {
    let (m, k) = exp(x)
    let half = k / 2
    func scaled(_ v: DoubleDouble, _ e: Int) -> DoubleDouble {
      let f = Double(sign: .plus, exponent: e, significand: 1)
      return DoubleDouble(v.high * f, v.low * f)
    }
    return scaled(scaled(m, half), k - half)
  }

  /// log(x) by two Newton steps on exp.
  public static func logarithm(_ x: DoubleDouble, guess: Double) -> DoubleDouble {
    var y = DoubleDouble(guess)
    for _ in 0..<3 {
      let d = x * exponential(-y) - DoubleDouble(1)
      y = y + d - d * d * DoubleDouble(0.5)
    }
    return y
  }

  /// sum a_i b_i
  public static func dot(_ a: [DoubleDouble], _ b: [DoubleDouble]) -> DoubleDouble {
    zip(a, b).reduce(DoubleDouble(0)) { $0 + $1.0 * $1.1 }
  }
}
