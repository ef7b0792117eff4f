#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Shape a > 0 and rate b > 0; the mean is a / b. The chi-squared distribution is a = dof / 2, b = 1 / 2.
extension Special {
  /// `b^a x^(a - 1) exp(-b x) / Gamma(a)` for x > 0, 0 for x < 0; shape in (0, 1e300].
  ///
  /// At x = 0: the rate for shape 1, 0 above, a pole (domain error) below.
  public static func gammaDensity(
    _ x: Double, shape: Double, rate: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("gamma_pdf")
    try f.finite(x, "x")
    try f.positive(shape, "shape", upTo: Arguments.largest)
    try f.positive(rate, "rate")
    return try gammaDensity(x, shape, rate, f)
  }

  /// The density of a sum of `dof` squared standard normal variables; dof in (0, 1e300].
  public static func chiSquaredDensity(
    _ x: Double, degreesOfFreedom dof: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("chi_squared_pdf")
    try f.finite(x, "x")
    try f.positive(dof, "dof", upTo: Arguments.largest)
    // Half of the smallest subnormal number is not a number of its own.
    try f.supported(dof, "dof", in: 1e-300...Arguments.largest)
    return try gammaDensity(x, dof / 2, 0.5, f)
  }

  private static func gammaDensity(
    _ x: Double, _ a: Double, _ rate: Double, _ f: Arguments
  ) throws(SpecialFunctionError) -> Density {
    if x < 0 { return .zero(f.function) }
    if x == 0 {
      try f.require(a >= 1, x, "x")
      return Density(f.function, factor: a > 1 ? 0 : rate)
    }
    let mean = Mean(rate, times: x)
    if a >= 1 {
      return try poissonTerm(a - 1, mean, f.function).multiplied(by: rate)
    }
    let term = Density(f.function, factor: 1 / tgamma(1 + a), exponent: a * mean.logarithm - mean.value)
    return term.multiplied(by: a).divided(by: x)
  }

  /// The probability that a gamma variable is at most x, `P(shape, rate x)`; shape in (0, 1e9].
  ///
  /// - Complexity: O(sqrt(shape)), at most about two milliseconds.
  public static func gammaCumulative(
    _ x: Double, shape: Double, rate: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("gamma_cdf")
    try f.finite(x, "x")
    try f.positive(shape, "shape", upTo: largestShape)
    try f.positive(rate, "rate")
    return x <= 0 ? 0 : try gammaTails(shape, Mean(rate, times: x), f.function).lower
  }

  /// The x below which a gamma variable lies with probability p, for 0 <= p < 1; shape in (0, 1e9].
  ///
  /// Underflows to 0 for small shapes: p^(1 / shape) may be smaller than every double.
  public static func gammaQuantile(
    _ p: Double, shape: Double, rate: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("gamma_quantile")
    try f.require(p >= 0 && p < 1, p, "p")
    try f.positive(shape, "shape", upTo: largestShape)
    try f.positive(rate, "rate")
    if p == 0 { return 0 }
    let root = QuantileSearch(function: f.function, upperEnd: .greatestFiniteMagnitude)
    let x = try root.solve(p, from: shape) { (x) throws(SpecialFunctionError) in
      let tails = try gammaTails(shape, Mean(x), f.function)
      let density = try gammaDensity(x, shape: shape, rate: 1)
      return (tails, density)
    }
    return try f.checked(x / rate)
  }
}
