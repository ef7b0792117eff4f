import EntropicNumerics

/// A number that the constraints give to an affine row, and how far the row may be from it.
///
/// Constraint data are known to theta = 2^-46, so that the row of a feasible point lies in value +- band. A curved
/// function of the row is a constant up to the errors below, which go to the certificate.
struct FixedValue {
  var value: Double
  /// 0 for exact data.
  var band: Double

  private var low: Double { value - band }
  private var high: Double { value + band }

  /// How far x log x may be from its value: the largest slope times the band.
  var entropyError: Double {
    guard band > 0 else { return 0 }
    if low > 0 { return band * max(abs(1 + Kernel.log(low)), abs(1 + Kernel.log(high))) }
    // From 0 to the upper end, where x log x is below 0 down to -1/e, or above it beyond 1.
    guard high > 0 else { return 0 }
    let end = high * abs(Kernel.log(high))
    return high < 0.25 ? end : end + 0.375
  }

  var logError: Double {
    guard band > 0 else { return 0 }
    return low > 0 ? band / low : .infinity
  }

  func powerError(_ a: Double) -> Double {
    guard band > 0 else { return 0 }
    let (near, far) = (abs(value) - band, abs(value) + band)
    if a >= 1 { return band * a * Scalar.pow(far, a - 1) }
    if near > 0 { return band * abs(a) * Scalar.pow(near, a - 1) }
    return a > 0 ? Scalar.pow(far, a) : .infinity
  }
}
