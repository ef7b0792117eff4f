#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Logarithms of both tails, right where the tails themselves underflow.
//
// The prefactors of the series and the continued fractions are kept as factor and exponent, so that the
// logarithm of a tail of 1e-300000 has the digits that its exponent has. Tails above 1e-280 are those of
// `gammaTails` and `betaTails`.
extension Special {
  /// `log P(a, b x)` and `log Q(a, b x)` of a gamma variable; shape in (0, 1e15].
  ///
  /// - Complexity: O(sqrt(shape)) around the mean, less in the tails.
  public static func gammaLogTails(
    _ x: Double, shape a: Double, rate: Double
  ) throws(SpecialFunctionError) -> (lower: Double, upper: Double) {
    let f = Arguments("gamma_log_tails")
    try f.finite(x, "x")
    try f.positive(a, "shape", upTo: 1e15)
    try f.positive(rate, "rate")
    if x <= 0 { return (-.infinity, 0) }
    let m = Mean(rate, times: x)
    let tails = try gammaTails(a, m, f.function)
    if let logs = ordinary(tails) { return logs }
    let term = try poissonTerm(a, m, f.function).log
    let difference = m.difference(from: a)
    if difference < 1 {
      return (term + log(try lowerGammaSeries(a, m.value, f.function)), log1p(-tails.lower))
    }
    if term == -.infinity || difference == .infinity { return (0, -.infinity) }
    return (
      log1p(-tails.upper), term + log(a) + log(try upperGammaFraction(a, difference, f.function))
    )
  }

  /// `log I_x(a, b)` and `log I_y(b, a)` where x + y = 1 and each is known to its own digits; a and b in
  /// (0, 1e15].
  public static func betaLogTails(
    _ x: Double, complement y: Double, _ a: Double, _ b: Double
  ) throws(SpecialFunctionError) -> (lower: Double, upper: Double) {
    let f = Arguments("beta_log_tails")
    try f.probability(x, "x")
    try f.probability(y, "1 - x")
    try f.positive(a, "a", upTo: 1e15)
    try f.positive(b, "b", upTo: 1e15)
    if x == 0 || y == 0 { return x == 0 ? (-.infinity, 0) : (0, -.infinity) }
    let tails = try betaTails(x, y, a, b, f.function)
    if let logs = ordinary(tails) { return logs }
    // The small tail is the one whose continued fraction converges.
    if x > (a + 1) / (a + b + 2) {
      return (log1p(-tails.upper), try smallBetaTail(y, x, b, a, f.function))
    }
    return (try smallBetaTail(x, y, a, b, f.function), log1p(-tails.lower))
  }

  private static func smallBetaTail(
    _ x: Double, _ y: Double, _ a: Double, _ b: Double, _ function: String
  ) throws(SpecialFunctionError) -> Double {
    let term = try binomialTerm(a, b, x, y, function).log
    return term + log(b / (a + b)) + log(try betaFraction(x, y, a, b, function))
  }

  /// `log P(T <= t)` of a Student variable, accurate in the lower tail; nu in [1e-6, 1e9].
  public static func studentLogCumulative(
    _ t: Double, degreesOfFreedom nu: Double
  ) throws(SpecialFunctionError) -> Double {
    let value = try studentCumulative(t, degreesOfFreedom: nu)
    if value > 1e-280 {
      return t > 0 ? log1p(-(try studentCumulative(-t, degreesOfFreedom: nu))) : log(value)
    }
    let r = -t / nu.squareRoot()
    if r > 1e100 {
      // The first term of the series of I_x(nu / 2, 1 / 2) for x = 1 / r^2.
      return try studentDensity(t, degreesOfFreedom: nu).log + log(-t) - log(nu)
    }
    let u = r * r
    let (y, x) = u < 1 ? (u / (1 + u), 1 / (1 + u)) : (1 / (1 + 1 / u), 1 / u / (1 + 1 / u))
    return try betaLogTails(y, complement: x, 0.5, nu / 2).upper - log(2)
  }

  private static func ordinary(_ tails: Tails) -> (lower: Double, upper: Double)? {
    guard min(tails.lower, tails.upper) > 1e-280 else { return nil }
    return tails.lower < 0.5
      ? (log(tails.lower), tails.upper < 0.9 ? log(tails.upper) : log1p(-tails.lower))
      : (tails.lower < 0.9 ? log(tails.lower) : log1p(-tails.upper), log(tails.upper))
  }
}
