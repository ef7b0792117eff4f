#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Densities of elementary form, in `z = (x - location) / scale`.
extension Special {
  /// `1 / (pi s (1 + z^2))`.
  public static func cauchyDensity(
    _ x: Double, location: Double, scale: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("cauchy_pdf")
    try f.finite(x, "x")
    try Special.location(location, "location", scale: scale, "scale", f)
    let z = abs(standardized(x, location, scale))
    if z < 1e8 { return Density(f.function, factor: 1 / (.pi * (1 + z * z))).divided(by: scale) }
    // scale / (pi (x - location)^2), in halves: neither the difference nor its square overflows.
    let half = abs(x / 2 - location / 2)
    return Density(f.function, factor: 1 / (4 * .pi), exponent: logRatio(scale, half)).divided(by: half)
  }

  /// `exp(-abs(z)) / (2 s)`; s is the mean absolute deviation.
  public static func laplaceDensity(
    _ x: Double, location: Double, scale: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("laplace_pdf")
    try f.finite(x, "x")
    try Special.location(location, "location", scale: scale, "scale", f)
    let z = abs(standardized(x, location, scale))
    return Density(f.function, factor: 0.5, exponent: -z).divided(by: scale)
  }

  /// `e / (s (1 + e)^2)` with `e = exp(-abs(z))`.
  public static func logisticDensity(
    _ x: Double, location: Double, scale: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("logistic_pdf")
    try f.finite(x, "x")
    try Special.location(location, "location", scale: scale, "scale", f)
    let z = abs(standardized(x, location, scale))
    let onePlus = 1 + exp(-z)
    return Density(f.function, factor: 1 / (onePlus * onePlus), exponent: -z).divided(by: scale)
  }

  /// `k / s (x / s)^(k - 1) exp(-(x / s)^k)` for x > 0, with shape k and scale s; 0 for x < 0.
  ///
  /// At x = 0: `1 / s` for shape 1, 0 above, a pole (domain error) below.
  public static func weibullDensity(
    _ x: Double, shape: Double, scale: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("weibull_pdf")
    try f.finite(x, "x")
    try f.positive(shape, "shape", upTo: Arguments.largest)
    try f.positive(scale, "scale")
    if x < 0 { return .zero(f.function) }
    if x == 0 {
      try f.require(shape >= 1, x, "x")
      return shape > 1 ? .zero(f.function) : Density(f.function, factor: 1).divided(by: scale)
    }
    let t = shape * logRatio(x, scale)
    let power = exp(t)
    // exp(t) may be infinite while t is not: the exponent is -infinity then.
    return Density(f.function, factor: 1, exponent: power.isFinite ? t - power : -.infinity)
      .multiplied(by: shape).divided(by: x)
  }

  /// `1 / (b - a)` on [a, b], 0 elsewhere, for a < b.
  public static func uniformDensity(
    _ x: Double, from a: Double, to b: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("uniform_pdf")
    try f.finite(x, "x")
    try f.finite(a, "a")
    try f.require(b.isFinite && b > a, b, "b")
    if x < a || x > b { return .zero(f.function) }
    let width = b - a
    if width.isFinite { return Density(f.function, factor: 1).divided(by: width) }
    return Density(f.function, factor: 0.5).divided(by: b / 2 - a / 2)
  }

  /// `rate exp(-rate x)` for x >= 0, 0 for x < 0.
  public static func exponentialDensity(
    _ x: Double, rate: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("exponential_pdf")
    try f.finite(x, "x")
    try f.positive(rate, "rate")
    return x < 0 ? .zero(f.function) : Density(f.function, factor: rate, exponent: -rate * x)
  }
}
