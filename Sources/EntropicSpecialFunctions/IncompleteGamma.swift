internal import CGSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Goals, in order: 1. relative accuracy of both tails; 2. a bound on the work; 3. speed.
//
//     gsl_sf_gamma_inc_P_e, _Q_e     off by 4e-12 at shape 1e4; Q by 6e-11 at shape 0.2, by 6e-10 at 1e-8
//     here                           below 1e-12 for every shape up to 1e9, both tails
//
// Source: NIST Digital Library of Mathematical Functions 8.7.1 (series), 8.9.2 (continued fraction).
extension Special {
  /// Largest shape of the incomplete gamma and beta functions; the work grows as its square root.
  static let largestShape = 1e9

  /// `P(a, x)`, the integral of t^(a - 1) exp(-t) / Gamma(a) over t in [0, x], for a in (0, 1e9] and x >=
  /// 0.
  ///
  /// - Complexity: O(sqrt(a)), at most about two milliseconds.
  public static func lowerGamma(_ a: Double, _ x: Double) throws(SpecialFunctionError) -> Double {
    try gammaTails(a, x, "gamma_inc_p").lower
  }

  /// `Q(a, x) = 1 - P(a, x)`, accurate also where it is small. Domain and cost as for `lowerGamma`.
  public static func upperGamma(_ a: Double, _ x: Double) throws(SpecialFunctionError) -> Double {
    try gammaTails(a, x, "gamma_inc_q").upper
  }

  /// A lower and an upper probability that sum to one, each with its own digits.
  struct Tails {
    var lower: Double
    var upper: Double
  }

  private static func gammaTails(
    _ a: Double, _ x: Double, _ function: String
  ) throws(SpecialFunctionError) -> Tails {
    let f = Arguments(function)
    try f.positive(a, "a", upTo: largestShape)
    try f.nonnegative(x, "x")
    return x == 0 ? Tails(lower: 0, upper: 1) : try gammaTails(a, Mean(x), function)
  }

  /// Both tails at x = m > 0, for a checked shape.
  static func gammaTails(
    _ a: Double, _ m: Mean, _ function: String
  ) throws(SpecialFunctionError) -> Tails {
    let term = try poissonTerm(a, m, function).value
    let difference = m.difference(from: a)
    if a < 1 && m.value < 1.1 {
      let lower = min(1, term * (try lowerGammaSeries(a, m.value, function)))
      return Tails(lower: lower, upper: try smallUpperGamma(a, m, function))
    }
    if difference < 1 {
      let lower = min(1, term == 0 ? 0 : term * (try lowerGammaSeries(a, m.value, function)))
      return Tails(lower: lower, upper: 1 - lower)
    }
    if term == 0 { return Tails(lower: 1, upper: 0) }
    let upper = min(1, a * term * (try upperGammaFraction(a, difference, function)))
    return Tails(lower: 1 - upper, upper: upper)
  }

  /// `sum_n x^n / ((a + 1) ... (a + n))`: positive terms, so the sum keeps its digits. For x <= a + 1.
  static func lowerGammaSeries(
    _ a: Double, _ x: Double, _ function: String
  ) throws(SpecialFunctionError) -> Double {
    var (term, sum) = (1.0, 1.0)
    for n in 1...2_000_000 {
      term *= x / (a + Double(n))
      sum += term
      if term < 1e-17 * sum { return sum }
    }
    throw .failed(function: function, message: "the series did not converge")
  }

  /// `Gamma(a, x) exp(x) x^(-a)` by Lentz's algorithm, with `difference` = x - a >= 1, or x >= 1.1 and a <
  /// 1.
  static func upperGammaFraction(
    _ a: Double, _ difference: Double, _ function: String
  ) throws(SpecialFunctionError) -> Double {
    var b = difference + 1
    var c = 1e300
    var d = 1 / b
    var h = d
    for n in 1...2_000_000 {
      let i = Double(n)
      let numerator = -i * (i - a)
      b += 2
      d = numerator * d + b
      if abs(d) < 1e-300 { d = 1e-300 }
      c = b + numerator / c
      if abs(c) < 1e-300 { c = 1e-300 }
      d = 1 / d
      let factor = c * d
      h *= factor
      if abs(factor - 1) < 2e-16 { return h }
    }
    throw .failed(function: function, message: "the continued fraction did not converge")
  }

  /// Q for a < 1 and 0 < x < 1.1, where Q may be as small as a and 1 - P would keep nothing.
  ///
  ///     Q = -(exp(a log x - log Gamma(1 + a)) - 1) - x^a / Gamma(1 + a) a sum_{n >= 1} (-x)^n / (n! (a + n))
  private static func smallUpperGamma(
    _ a: Double, _ m: Mean, _ function: String
  ) throws(SpecialFunctionError) -> Double {
    let x = m.value
    let e = a * m.logarithm - (try logGammaOnePlus(a, function))
    var (power, sum) = (1.0, 0.0)
    for n in 1...40 {
      power *= -x / Double(n)
      sum += power / (a + Double(n))
    }
    return min(1, max(0, -expm1(e) - exp(e) * a * sum))
  }

  /// `log Gamma(1 + a)` for 0 < a < 1 with relative accuracy near 0, where forming 1 + a would round a
  /// away.
  ///
  ///     log Gamma(1 + a) = -log(1 + a) + a (1 - gamma) + sum_{k >= 2} (zeta(k) - 1) (-a)^k / k
  private static func logGammaOnePlus(
    _ a: Double, _ function: String
  ) throws(SpecialFunctionError) -> Double {
    if a > 0.3 {
      var sign: Int32 = 1
      return lgamma_r(1 + a, &sign)
    }
    var (power, sum) = (-a, 0.0)
    for k in 2...24 {
      power *= -a
      let coefficient = try GSL.value(of: { gsl_sf_zetam1_int_e(Int32($0), $1) }, at: Double(k), function)
      sum += coefficient * power / Double(k)
    }
    return sum - log1p(a) + a * (1 - eulerGamma)
  }

  private static let eulerGamma = 0.5772156649015329
}
