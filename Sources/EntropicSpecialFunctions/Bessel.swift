internal import CGSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Bessel functions of order 0 and 1. J and Y oscillate: next to a zero their error is below 1e-13 of the
// amplitude sqrt(2 / (pi x)), not of the value, and they are supported for abs(x) <= 1e9. I overflows above
// 713; I and K have scaled forms without overflow or underflow.
extension Special {
  /// `I_0(x)`, for every finite x.
  public static func besselI0(_ x: Double) throws(SpecialFunctionError) -> Double {
    try modified(x, "bessel_i0", gsl_sf_bessel_I0_e)
  }

  /// `I_1(x)`, an odd function, for every finite x.
  public static func besselI1(_ x: Double) throws(SpecialFunctionError) -> Double {
    try Arguments("bessel_i1").finite(x, "x")
    return abs(x) < 1e-7 ? x / 2 : try modified(x, "bessel_i1", gsl_sf_bessel_I1_e)
  }

  /// `exp(-abs(x)) I_0(x)`, for every finite x.
  public static func scaledBesselI0(_ x: Double) throws(SpecialFunctionError) -> Double {
    try modified(x, "bessel_i0_scaled", gsl_sf_bessel_I0_scaled_e)
  }

  /// `exp(-abs(x)) I_1(x)`, for every finite x.
  public static func scaledBesselI1(_ x: Double) throws(SpecialFunctionError) -> Double {
    try Arguments("bessel_i1_scaled").finite(x, "x")
    // libgsl leaves out exp(-abs(x)) below 4e-8: an error of 4e-8.
    if abs(x) < 1e-7 { return x / 2 * exp(-abs(x)) }
    return try modified(x, "bessel_i1_scaled", gsl_sf_bessel_I1_scaled_e)
  }

  /// `K_0(x)` for x > 0; underflows above 742.
  public static func besselK0(_ x: Double) throws(SpecialFunctionError) -> Double {
    try Arguments("bessel_k0").positive(x, "x")
    return try scaledBesselK0(x).scaled(byExp: -x)
  }

  /// `K_1(x)` for x > 0; underflows above 742, overflows below 5.6e-309.
  public static func besselK1(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("bessel_k1")
    try f.positive(x, "x")
    if x < 1e-200 { return try f.checked(1 / x) }
    return try scaledBesselK1(x).scaled(byExp: -x)
  }

  /// `exp(x) K_0(x)` for x > 0.
  public static func scaledBesselK0(_ x: Double) throws(SpecialFunctionError) -> Double {
    try Arguments("bessel_k0_scaled").positive(x, "x")
    return try GSL.value(of: gsl_sf_bessel_K0_scaled_e, at: x, "bessel_k0_scaled")
  }

  /// `exp(x) K_1(x)` for x > 0; overflows below 5.6e-309.
  public static func scaledBesselK1(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("bessel_k1_scaled")
    try f.positive(x, "x")
    if x < 1e-200 { return try f.checked(1 / x) }
    return try GSL.value(of: gsl_sf_bessel_K1_scaled_e, at: x, "bessel_k1_scaled")
  }

  /// `J_0(x)` for abs(x) <= 1e9.
  public static func besselJ0(_ x: Double) throws(SpecialFunctionError) -> Double {
    try oscillating(x, "bessel_j0", gsl_sf_bessel_J0_e)
  }

  /// `J_1(x)`, an odd function, for abs(x) <= 1e9.
  public static func besselJ1(_ x: Double) throws(SpecialFunctionError) -> Double {
    try Arguments("bessel_j1").finite(x, "x")
    return abs(x) < 1e-8 ? x / 2 : try oscillating(x, "bessel_j1", gsl_sf_bessel_J1_e)
  }

  /// `Y_0(x)` for 0 < x <= 1e9.
  public static func besselY0(_ x: Double) throws(SpecialFunctionError) -> Double {
    try Arguments("bessel_y0").positive(x, "x")
    return try oscillating(x, "bessel_y0", gsl_sf_bessel_Y0_e)
  }

  /// `Y_1(x)` for 0 < x <= 1e9; overflows below 3.6e-309.
  public static func besselY1(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("bessel_y1")
    try f.positive(x, "x")
    if x < 1e-10 { return try f.checked(-2 / .pi / x) }
    return try oscillating(x, "bessel_y1", gsl_sf_bessel_Y1_e)
  }

  private static func modified(
    _ x: Double, _ function: String, _ f: GSL.Unary
  ) throws(SpecialFunctionError) -> Double {
    try Arguments(function).finite(x, "x")
    return try GSL.value(of: f, at: x, function)
  }

  private static func oscillating(
    _ x: Double, _ function: String, _ f: GSL.Unary
  ) throws(SpecialFunctionError) -> Double {
    try Arguments(function).finite(x, "x")
    try Arguments(function).supported(x, "x", in: -1e9...1e9)
    return try GSL.value(of: f, at: x, function)
  }
}
