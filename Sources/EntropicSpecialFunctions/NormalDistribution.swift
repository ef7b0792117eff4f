internal import CGSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// The spread is a standard deviation, never a variance: the square root of the second central moment.
extension Special {
  /// `exp(-z^2 / 2) / (s sqrt(2 pi))` with `z = (x - mean) / s`, where s > 0 is the standard deviation.
  public static func normalDensity(
    _ x: Double, mean: Double, deviation: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("normal_pdf")
    try f.finite(x, "x")
    try location(mean, "mean", scale: deviation, "sd", f)
    let z = standardized(x, mean, deviation)
    return Density(f.function, factor: inverseRootTwoPi, exponent: -z * z / 2).divided(by: deviation)
  }

  /// The probability that a normal variable is at most x; full relative accuracy in the lower tail.
  ///
  /// The upper tail is the lower tail of -x around -mean.
  public static func normalCumulative(
    _ x: Double, mean: Double, deviation: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("normal_cdf")
    try f.finite(x, "x")
    try location(mean, "mean", scale: deviation, "sd", f)
    let z = standardized(x, mean, deviation)
    // libgsl returns 0 from -38 down, the complementary error function reaches the subnormal numbers.
    if z < -37 { return erfc(-z / 2.0.squareRoot()) / 2 }
    if z > 9 { return 1 }
    precondition(GSL.handlerIsOff)
    return try f.checked(gsl_cdf_ugaussian_P(z))
  }

  /// The x below which a normal variable lies with probability p, for 0 < p < 1.
  public static func normalQuantile(
    _ p: Double, mean: Double, deviation: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("normal_quantile")
    try f.require(p > 0 && p < 1, p, "p")
    try location(mean, "mean", scale: deviation, "sd", f)
    precondition(GSL.handlerIsOff)
    return try f.checked(mean + deviation * gsl_cdf_ugaussian_Pinv(p))
  }

  /// The density of exp(Y), Y normal: `exp(-z^2 / 2) / (x s sqrt(2 pi))`, `z = (log x - mean) / s`; 0 for x
  /// <= 0.
  ///
  /// `mean` and `deviation` belong to the logarithm.
  public static func lognormalDensity(
    _ x: Double, mean: Double, deviation: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("lognormal_pdf")
    try f.finite(x, "x")
    try location(mean, "mean", scale: deviation, "sd", f)
    if x <= 0 { return .zero(f.function) }
    let z = standardized(log(x), mean, deviation)
    return Density(f.function, factor: inverseRootTwoPi, exponent: -z * z / 2)
      .divided(by: deviation).divided(by: x)
  }

  static let inverseRootTwoPi = 0.3989422804014327

  static func location(
    _ location: Double, _ name: String, scale: Double, _ scaleName: String, _ f: Arguments
  ) throws(SpecialFunctionError) {
    try f.finite(location, name)
    try f.positive(scale, scaleName)
  }
}
