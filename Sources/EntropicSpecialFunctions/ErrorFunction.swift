internal import CGSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Special {
  /// `erf(x)`, 2 / sqrt(pi) times the integral of exp(-t^2) over t in [0, x], for every finite x.
  public static func errorFunction(_ x: Double) throws(SpecialFunctionError) -> Double {
    try Arguments("erf").finite(x, "x")
    return erf(x)
  }

  /// `erfc(x) = 1 - erf(x)`, accurate in its upper tail; 0 above 27.3.
  public static func complementaryErrorFunction(_ x: Double) throws(SpecialFunctionError) -> Double {
    try Arguments("erfc").finite(x, "x")
    return erfc(x)
  }

  /// `log(erfc(x))`, far beyond the point where erfc underflows. For -1e150 <= x <= 1e150.
  public static func logComplementaryErrorFunction(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("log_erfc")
    try f.finite(x, "x")
    try f.supported(x, "x", in: -1e150...1e150)
    if x < -7 { return log(erfc(x)) }
    // The rational approximation beyond 8 ends in -x^2; far out that is the value to the last digit.
    if x > 1e9 { return -x * x }
    return try GSL.value(of: gsl_sf_log_erfc_e, at: x, "log_erfc")
  }
}
