internal import CGSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Special functions, densities, distribution functions and quantiles of scalars.
///
/// Every function is total: it returns a finite value (a log density may be -infinity), or throws. It never
/// returns NaN, never ends the process, and takes a bounded time. Arguments that are NaN or infinite are
/// domain errors. A value too small for a double is the nearest subnormal number or 0, a value too large is
/// `.overflow`.
///
/// Unless its comment says otherwise, a function has relative error below 1e-12 in its whole domain.
/// `SpecialFunction.all` is the same list under the names objective files use.
public enum Special {}

// Gamma and its logarithmic derivatives, for positive arguments.
extension Special {
  /// `log Gamma(x)` for x > 0. The relative error stays small near the zeros 1 and 2.
  public static func logGamma(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("lgamma")
    try f.positive(x, "x")
    // The C library keeps relative accuracy next to 1 and 2, where libgsl's sum of logarithms does not.
    var sign: Int32 = 1
    return try f.checked(lgamma_r(x, &sign))
  }

  /// `Gamma(x)`, the integral of t^(x - 1) exp(-t) over t > 0, for x > 0. Overflows above 171.62 and below
  /// 5.6e-309.
  public static func gamma(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("gamma")
    try f.positive(x, "x")
    return try f.checked(tgamma(x))
  }

  /// `psi(x) = d/dx log Gamma(x)` for x > 0, with small relative error also around its zero at 1.4616...
  public static func digamma(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("digamma")
    try f.positive(x, "x")
    if x < 1e-20 { return try f.checked(-1 / x) }
    let root = 1.4616321449683622
    let rootTail = 9.549995429965697e-17
    let d = (x - root) - rootTail
    // Radius of convergence 1.46: twelve terms beyond this distance would not reach the last digit.
    if abs(d) < 0.1 { return d * digammaTaylor.reversed().reduce(0) { $0 * d + $1 } }
    return try GSL.value(of: gsl_sf_psi_e, at: x, "digamma")
  }

  /// Derivatives of psi at its zero, divided by factorials: 1st to 16th.
  private static let digammaTaylor: [Double] = [
    0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652,
    0.10782405069126237, -0.07219956125645471, 0.04880428816414311, -0.03316112647484736,
    0.022597648232218104, -0.01542476590494896, 0.010538791616612175, -0.007204534386356869,
    0.004926781395729853, -0.003369801655439328, 0.002305126326734928, -0.0015769367714301972,
  ]

  /// `psi'(x)` for x > 0. Overflows below 7.5e-155.
  public static func trigamma(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("trigamma")
    try f.positive(x, "x")
    // libgsl underflows to 0 above 1e150; the next term here is 1 / (30 x^5).
    if x > 1e4 { return (1 + (0.5 + 1 / (6 * x)) / x) / x }
    if x >= 1 { return try GSL.value(of: gsl_sf_psi_1_e, at: x, "trigamma") }
    let rest = try GSL.value(of: gsl_sf_psi_1_e, at: 1 + x, "trigamma")
    return try f.checked(1 / x / x + rest)
  }

  /// `Beta(a, b) = Gamma(a) Gamma(b) / Gamma(a + b)` for a, b in (0, 1e300].
  public static func beta(_ a: Double, _ b: Double) throws(SpecialFunctionError) -> Double {
    try betaTerm(a, b, "beta").value
  }

  /// `log Beta(a, b)` for a, b in (0, 1e300].
  ///
  /// Error below 1e-13 (1 + abs(value)): no relative accuracy on the curve Beta = 1.
  public static func logBeta(_ a: Double, _ b: Double) throws(SpecialFunctionError) -> Double {
    try Arguments("lbeta").checked(try betaTerm(a, b, "lbeta").log)
  }

  /// Beta in saddle-point form: exponents of one sign, so that no digit is lost to cancellation.
  private static func betaTerm(
    _ a: Double, _ b: Double, _ function: String
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments(function)
    try f.positive(a, "a", upTo: Arguments.largest)
    try f.positive(b, "b", upTo: Arguments.largest)
    let (large, small) = (max(a, b), min(a, b))
    let n = large + small
    let s = try stirling(large, function) / (try stirling(n, function)) * (try stirling(small, function))
    let exponent = large * log1p(-small / n) + small * logRatio(small, n)
    return Density(function, factor: s * (1 + small / large), exponent: exponent).divided(by: small)
  }
}
