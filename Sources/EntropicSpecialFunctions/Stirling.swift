internal import CGSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Saddle-point pieces of the classical densities.
//
// Goals, in order: 1. no cancellation between large logarithms (the textbook form exp(k log m - m -
// lgamma(k + 1)) loses the digits of k log k); 2. total on the arguments the callers admit; 3. one
// exponential a density.
//
//     form                                   relative error at k = m = 1e8
//     exp(k log m - m - lgamma(k + 1))       about 1e-7
//     exp(-deviance(k, m)) / stirling(k)     about 1e-16
//
// Source: C. Loader, Fast and accurate computation of binomial probabilities (2000).

/// `Gamma(x + 1) (e / x)^x`, which is 1 at 0 and grows as sqrt(2 pi x). Domain: 0 <= x < infinity.
func stirling(_ x: Double, _ function: String) throws(SpecialFunctionError) -> Double {
  if x == 0 { return 1 }
  if x < 1 { return tgamma(1 + x) * exp(x - x * log(x)) }
  return try GSL.value(of: gsl_sf_gammastar_e, at: x, function) * (2 * .pi).squareRoot() * x.squareRoot()
}

/// A positive product `rate * time`, whose logarithm is known also where the product underflows or
/// overflows.
struct Mean {
  let rate: Double
  let time: Double

  init(_ rate: Double, times time: Double = 1) {
    self.rate = rate
    self.time = time
  }

  var value: Double { rate * time }

  private var isOrdinary: Bool { value > 1e-290 && value < 1e300 }

  /// `log(rate * time)`.
  var logarithm: Double { isOrdinary ? log(value) : log(rate) + log(time) }

  /// `log(x / (rate * time))` for x > 0.
  func logRatio(to x: Double) -> Double {
    isOrdinary ? EntropicSpecialFunctions.logRatio(x, value) : log(x) - logarithm
  }

  /// `rate * time - x` with one rounding.
  func difference(from x: Double) -> Double { (-x).addingProduct(rate, time) }
}

/// The Poisson deviance `x log(x / m) + m - x >= 0`, for x >= 0 and m > 0.
///
/// `difference` is m - x; callers that know it better than a subtraction does pass it.
func deviance(
  _ x: Double, _ m: Mean, difference: Double, _ function: String
) throws(SpecialFunctionError) -> Double {
  if x == 0 { return m.value }
  if difference == .infinity { return .infinity }
  let u = difference / x
  if abs(u) <= 0.5 { return try -x * logOnePlusMinus(u, function) }
  return x * m.logRatio(to: x) + difference
}

/// `log(1 + u) - u` for u > -1, without cancellation near 0.
func logOnePlusMinus(_ u: Double, _ function: String) throws(SpecialFunctionError) -> Double {
  try GSL.value(of: gsl_sf_log_1plusx_mx_e, at: u, function)
}

/// `log(x / y)` for positive x and y: near 1 from the exact difference, elsewhere without overflow of the
/// ratio.
func logRatio(_ x: Double, _ y: Double) -> Double {
  let r = x / y
  if r > 0.5 && r < 2 { return log1p((x - y) / y) }
  if r > 1e-300 && r < 1e300 { return log(r) }
  return log(x) - log(y)
}

/// `(x - location) / scale` without overflow of the difference.
func standardized(_ x: Double, _ location: Double, _ scale: Double) -> Double {
  let difference = x - location
  if difference.isFinite { return difference / scale }
  return (x / 2 - location / 2) / scale * 2
}

/// `m^a exp(-m) / Gamma(a + 1)` for a >= 0 and m > 0: the Poisson mass, for real a.
func poissonTerm(_ a: Double, _ m: Mean, _ function: String) throws(SpecialFunctionError) -> Density {
  let e = try deviance(a, m, difference: m.difference(from: a), function)
  return Density(function, factor: 1 / (try stirling(a, function)), exponent: -e)
}

/// `(a + b) x - a` for x + y = 1, with one rounding; the smaller of x and y is taken as exact.
func excess(_ a: Double, _ b: Double, _ x: Double, _ y: Double) -> Double {
  if x > y { return -excess(b, a, y, x) }
  let n = a + b
  let lost = min(a, b) - (n - max(a, b))
  return (-a).addingProduct(n, x) + lost * x
}

/// `Gamma(a + b + 1) / (Gamma(a + 1) Gamma(b + 1)) x^a y^b` for a, b >= 0, x, y > 0 and x + y = 1.
func binomialTerm(
  _ a: Double, _ b: Double, _ x: Double, _ y: Double, _ function: String
) throws(SpecialFunctionError) -> Density {
  let n = a + b
  let d = excess(a, b, x, y)
  let s = try stirling(n, function) / (try stirling(a, function)) / (try stirling(b, function))
  let e1 = try deviance(a, Mean(n, times: x), difference: d, function)
  let e2 = try deviance(b, Mean(n, times: y), difference: -d, function)
  return Density(function, factor: s, exponent: -e1 - e2)
}
