internal import CGSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// The pieces of Kullback-Leibler divergences. Each is a sum or an integral of terms of one sign, so that the
// divergence of two nearly equal laws keeps its relative accuracy.
extension Special {
  /// `u - log(1 + u) >= 0` for u > -1, with relative accuracy near 0; infinite at -1 and at infinity.
  public static func excessOverLog(_ u: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("excess_over_log")
    try f.require(u >= -1, u, "u")
    if u == -1 || u == .infinity { return .infinity }
    if u > 1e6 { return u - log(u) - log1p(1 / u) }
    return try -logOnePlusMinus(u, f.function)
  }

  /// `exp(t) - 1 - t >= 0`, with relative accuracy near 0; infinite above 709.
  public static func excessOfExp(_ t: Double) -> Double {
    if abs(t) > 0.5 { return expm1(t) - t }
    var (term, sum) = (t * t / 2, 0.0)
    for n in 3..<22 {
      sum += term
      term *= t / Double(n)
    }
    return sum
  }

  /// The Poisson deviance `x log(x / m) + m - x >= 0` for finite x, m >= 0; infinite where m = 0 < x.
  ///
  /// `difference` is m - x, for callers that know it better than the subtraction does.
  public static func deviance(
    _ x: Double, _ m: Double, difference: Double? = nil
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("deviance")
    try f.nonnegative(x, "x")
    try f.nonnegative(m, "m")
    if m == 0 { return x == 0 ? 0 : .infinity }
    return try EntropicSpecialFunctions.deviance(
      x, Mean(m), difference: difference ?? m - x, f.function)
  }

  /// `log x - psi(x) > 0` for x > 0: without cancellation for large x, where it is 1 / (2 x) + ...
  public static func logMinusDigamma(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("log_minus_digamma")
    try f.positive(x, "x")
    if x < 20 { return try log(x) - digamma(x) }
    let r = 1 / (x * x)
    let series = (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132)))))
    return 0.5 / x + r * series
  }

  /// `psi'(x) - 1 / x > 0` for x > 0: without cancellation for large x, where it is 1 / (2 x^2) + ...
  public static func trigammaExcess(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("trigamma_excess")
    try f.positive(x, "x")
    if x < 20 { return try trigamma(x) - 1 / x }
    let r = 1 / (x * x)
    let series = 1.0 / 6 - r * (1.0 / 30 - r * (1.0 / 42 - r * (1.0 / 30 - r * (5.0 / 66))))
    return r * (0.5 + series / x)
  }

  /// `log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2 > 0` for x > 0, Stirling's remainder 1 / (12 x) -
  /// ...
  public static func stirlingRemainder(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("stirling_remainder")
    try f.positive(x, "x")
    if x > 15 {
      let r = 1 / (x * x)
      let series = 1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188))))
      return series / x
    }
    return try logGamma(x) - (x - 0.5) * log(x) + x - 0.5 * log(2 * .pi)
  }

  /// The x > 0 with psi(x) = y, for finite y; overflows above 709.
  ///
  /// Newton's method from Minka's start; five steps end at the rounding error.
  public static func inverseDigamma(_ y: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("inverse_digamma")
    try f.finite(y, "y")
    if y > 40 { return try f.checked(exp(y) + 0.5) }
    if y < -1e15 { return -1 / y }
    var x = y >= -2.22 ? exp(y) + 0.5 : -1 / (y + 0.5772156649015329)
    for _ in 0..<6 {
      let next = x - (try digamma(x) - y) / (try trigamma(x))
      x = next > 0 ? next : x / 2
    }
    return x
  }

  /// The a > 0 with `log a - psi(a) = s`, for s > 0: the shape of a gamma law from the gap between the
  /// logarithm of its mean and the mean of its logarithm.
  ///
  /// Source: T. Minka, Estimating a gamma distribution (2002); start of S. Choi, R. Wette, Technometrics 11
  /// (1969), doi:10.1080/00401706.1969.10490731.
  public static func gammaShape(logGap s: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("gamma_shape")
    try f.positive(s, "s")
    if s > 1e15 { return 1 / s }
    if s < 1e-300 { throw .overflow(function: f.function) }
    var a = s < 1e-5 ? 0.5 / s + 1.0 / 6 : (3 - s + ((s - 3) * (s - 3) + 24 * s).squareRoot()) / (12 * s)
    for _ in 0..<8 {
      // Newton's method for 1 / a, on a function that is nearly linear in it.
      let residual = try logMinusDigamma(a) - s
      let slope = try trigammaExcess(a) * a
      a = max(a * 0.05, a / max(0.05, 1 - residual / slope))
    }
    return try f.checked(a)
  }

  /// `exp(x) E_1(x)` for x > 0, with `E_1(x)` the integral of exp(-t) / t over t > x.
  public static func scaledExponentialIntegral(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("expint_e1_scaled")
    try f.positive(x, "x")
    if x > 1e8 { return (1 - 1 / x) / x }
    return try GSL.value(of: gsl_sf_expint_E1_scaled_e, at: x, f.function)
  }
}
