#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Goals, in order: 1. relative accuracy of both tails; 2. a bound on the work; 3. speed.
//
//     gsl_sf_beta_inc_e      prefactor exp(a log x + b log(1 - x) - lnbeta): loses the digits of its largest
//                            term; its continued fraction ends after 512 terms
//     here                   saddle-point prefactor; continued fraction for shapes up to 1e9
//
// Source: NIST Digital Library of Mathematical Functions 8.17.22 (continued fraction), 8.17.7 (series).
extension Special {
  /// `I_x(a, b)`, the integral of t^(a - 1) (1 - t)^(b - 1) / Beta(a, b) over t in [0, x], for 0 <= x <= 1
  /// and a, b in (0, 1e9].
  ///
  /// Relative error below 1e-12 where min(a, b) >= 0.01, absolute error below 1e-12 always.
  ///
  /// - Complexity: O(sqrt(max(a, b))), a few milliseconds at most.
  public static func incompleteBeta(
    _ x: Double, _ a: Double, _ b: Double
  ) throws(SpecialFunctionError) -> Double {
    try betaTails(checking: x, a, b, "beta_inc").lower
  }

  static func betaTails(
    checking x: Double, _ a: Double, _ b: Double, _ function: String
  ) throws(SpecialFunctionError) -> Tails {
    let f = Arguments(function)
    try f.probability(x, "x")
    try f.positive(a, "a", upTo: largestShape)
    try f.positive(b, "b", upTo: largestShape)
    return try betaTails(x, 1 - x, a, b, function)
  }

  /// `I_x(a, b)` and `I_y(b, a)` for checked shapes, 0 <= x, y and x + y = 1.
  static func betaTails(
    _ x: Double, _ y: Double, _ a: Double, _ b: Double, _ function: String
  ) throws(SpecialFunctionError) -> Tails {
    if x == 0 { return Tails(lower: 0, upper: 1) }
    if y == 0 { return Tails(lower: 1, upper: 0) }
    if x > (a + 1) / (a + b + 2) {
      let swapped = try betaTails(fraction: y, x, b, a, function)
      return Tails(lower: swapped.upper, upper: swapped.lower)
    }
    return try betaTails(fraction: x, y, a, b, function)
  }

  /// Both tails where the continued fraction of the lower one converges fast, x <= (a + 1) / (a + b + 2).
  private static func betaTails(
    fraction x: Double, _ y: Double, _ a: Double, _ b: Double, _ function: String
  ) throws(SpecialFunctionError) -> Tails {
    // x^a y^b / (a Beta(a, b)), and the same with a and b exchanged.
    let term = try binomialTerm(a, b, x, y, function).value
    let head = term * (b / (a + b))
    let lower = head == 0 ? 0 : min(1, head * (try betaFraction(x, y, a, b, function)))
    guard a <= 1 && y <= 0.9 else { return Tails(lower: lower, upper: 1 - lower) }
    // A small shape makes the upper tail small as well; its own series has positive terms only.
    let upper = term * (a / (a + b)) / pow(x, a) * betaSeries(y, b, a)
    return Tails(lower: lower, upper: min(1, upper))
  }

  /// `1 + a sum_{n >= 1} ((1 - b) ... (n - b) / n!) x^n / (a + n)` for b <= 1 and x <= 0.9.
  private static func betaSeries(_ x: Double, _ a: Double, _ b: Double) -> Double {
    var (power, sum) = (1.0, 1.0)
    for n in 1...1000 {
      power *= (Double(n) - b) / Double(n) * x
      let term = power * (a / (a + Double(n)))
      sum += term
      if term < 1e-18 * sum { break }
    }
    return sum
  }

  /// The continued fraction that multiplies `x^a y^b / (a Beta(a, b))`, by Lentz's algorithm.
  ///
  /// The even part of 8.17.22, which contains x only next to a y - b x: the plain fraction cancels by a
  /// factor y where y is small, this one has positive terms up to n = b.
  ///
  /// Source: A. R. DiDonato and A. H. Morris, ACM Trans. Math. Softw. 18 (1992), doi:10.1145/131766.131776.
  static func betaFraction(
    _ x: Double, _ y: Double, _ a: Double, _ b: Double, _ function: String
  ) throws(SpecialFunctionError) -> Double {
    func nonzero(_ v: Double) -> Double { abs(v) < 1e-300 ? 1e-300 : v }
    let lead = 1 - excess(a, b, x, y)
    var f = nonzero(lead / (a + 1))
    var c = f
    var d = 0.0
    for n in 1...2_000_000 {
      let n = Double(n)
      let odd = a + 2 * n - 1
      // The first numerator is divided by a, as the whole fraction is.
      let head = n == 1 ? 1 : a + n - 1
      let numerator = head / odd * ((a + b + n - 1) / odd) * n * (b - n) * x * x
      let denominator = n + n * (b - n) * x / odd + (a + n) * (lead + n * (1 + y)) / (odd + 2)
      d = 1 / nonzero(denominator + numerator * d)
      c = nonzero(denominator + numerator / c)
      let factor = c * d
      f *= factor
      if abs(factor - 1) < 2e-16 { return 1 / f }
    }
    throw .failed(function: function, message: "the continued fraction did not converge")
  }
}
