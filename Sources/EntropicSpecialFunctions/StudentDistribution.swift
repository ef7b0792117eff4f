internal import CGSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Student's distribution with nu > 0 degrees of freedom, location 0 and scale 1.
extension Special {
  /// `Gamma((nu + 1) / 2) / (Gamma(nu / 2) sqrt(nu pi)) (1 + t^2 / nu)^(-(nu + 1) / 2)`; nu in (0, 1e300].
  public static func studentDensity(
    _ t: Double, degreesOfFreedom nu: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("student_pdf")
    try f.finite(t, "x")
    try f.positive(nu, "dof", upTo: Arguments.largest)
    let h = nu / 2
    var factor = inverseRootTwoPi
    var exponent = 0.0
    if h < 1 {
      factor *= h.squareRoot() * tgamma(h + 0.5) / tgamma(h + 1)
    } else {
      // Gamma(h + 1/2) / (Gamma(h) sqrt(h)) in saddle-point form: the logarithms of order h cancel
      // beforehand.
      let s = try stirling(h + 0.5, f.function) / (try stirling(h, f.function))
      factor *= s * (h / (h + 0.5)).squareRoot()
      exponent = h * (try logOnePlusMinus(0.5 / h, f.function))
    }
    // log(1 + t^2 / nu), of which t^2 / nu may overflow.
    let r = abs(t) / nu.squareRoot()
    let growth = r < 1e100 ? log1p(r * r) : 2 * (log(abs(t)) - log(nu) / 2)
    return Density(f.function, factor: factor, exponent: exponent - (h + 0.5) * growth)
  }

  /// The probability that a Student variable is at most t, accurate in the lower tail; nu in [1e-6, 1e9].
  ///
  /// - Complexity: O(sqrt(nu)), a few milliseconds at most.
  public static func studentCumulative(
    _ t: Double, degreesOfFreedom nu: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("student_cdf")
    try f.finite(t, "x")
    try f.positive(nu, "dof")
    try f.supported(nu, "dof", in: studentDegrees)
    let tails = try studentTails(abs(t), nu, f.function)
    return t > 0 ? 1 - tails.upper / 2 : tails.upper / 2
  }

  /// The t below which a Student variable lies with probability p, for 0 < p < 1; nu in [1e-6, 1e9].
  ///
  /// Small nu have quantiles beyond the largest double: `.overflow`.
  public static func studentQuantile(
    _ p: Double, degreesOfFreedom nu: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("student_quantile")
    try f.require(p > 0 && p < 1, p, "p")
    try f.positive(nu, "dof")
    try f.supported(nu, "dof", in: studentDegrees)
    if p == 0.5 { return 0 }
    let side = min(p, 1 - p)
    let root = QuantileSearch(function: f.function, upperEnd: .greatestFiniteMagnitude)
    // abs(T): below t with probability 1 - 2 side, above it with probability 2 side.
    let lower = 1 - 2 * side
    let t = try root.solve(lower: lower, upper: 2 * side, from: 1) { (t) throws(SpecialFunctionError) in
      let tails = try studentTails(t, nu, f.function)
      let density = try studentDensity(t, degreesOfFreedom: nu)
      return (tails, Density(f.function, factor: 2 * density.factor, exponent: density.exponent))
    }
    return p < 0.5 ? -t : t
  }

  private static let studentDegrees = 1e-6...largestShape

  /// The probabilities that abs(T) is below and above t, for t >= 0.
  private static func studentTails(
    _ t: Double, _ nu: Double, _ function: String
  ) throws(SpecialFunctionError) -> Tails {
    if t == 0 { return Tails(lower: 0, upper: 1) }
    let r = t / nu.squareRoot()
    if r > 1e100 {
      // I_x(nu / 2, 1 / 2) for x = 1 / r^2, of which only the first term of its series remains.
      let density = try studentDensity(t, degreesOfFreedom: nu)
      let upper = (2 * density.factor / nu).scaled(byExp: density.exponent + log(t))
      return Tails(lower: 1 - upper, upper: min(1, upper))
    }
    let u = r * r
    let (y, x) = u < 1 ? (u / (1 + u), 1 / (1 + u)) : (1 / (1 + 1 / u), 1 / u / (1 + 1 / u))
    return try betaTails(y, x, 0.5, nu / 2, function)
  }
}
