#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Special {
  /// `x^(a - 1) (1 - x)^(b - 1) / Beta(a, b)` on [0, 1], 0 elsewhere; a and b in (0, 1e300].
  ///
  /// At an end point with shape 1 the density is the other shape, above 1 it is 0, below 1 a pole (domain
  /// error).
  public static func betaDensity(
    _ x: Double, _ a: Double, _ b: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("beta_pdf")
    try f.finite(x, "x")
    try f.positive(a, "a", upTo: Arguments.largest)
    try f.positive(b, "b", upTo: Arguments.largest)
    if x < 0 || x > 1 { return .zero(f.function) }
    if x == 0 || x == 1 {
      let (near, far) = x == 0 ? (a, b) : (b, a)
      try f.require(near >= 1, x, "x")
      return Density(f.function, factor: near > 1 ? 0 : far)
    }
    // Gamma(a + b) / (Gamma(a) Gamma(b)) = Gamma(a + b + 1) / (Gamma(a + 1) Gamma(b + 1)) a b / (a + b)
    let term = try binomialTerm(a, b, x, 1 - x, f.function)
    let (large, small) = (max(a, b), min(a, b))
    let shapes = small / (1 + small / large)
    return term.multiplied(by: shapes).divided(by: 1 - x).divided(by: x)
  }

  /// The probability that a beta variable is at most x, `I_x(a, b)`; a and b in (0, 1e9].
  ///
  /// Relative error below 1e-12 where min(a, b) >= 0.01, absolute error below 1e-12 always.
  public static func betaCumulative(
    _ x: Double, _ a: Double, _ b: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("beta_cdf")
    try f.finite(x, "x")
    return try betaTails(checking: min(1, max(0, x)), a, b, f.function).lower
  }

  /// The x below which a beta variable lies with probability p, for 0 <= p <= 1; a and b in (0, 1e9].
  ///
  /// Next to 1 the answer is no finer than the doubles there, 1e-16.
  public static func betaQuantile(
    _ p: Double, _ a: Double, _ b: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("beta_quantile")
    try f.probability(p, "p")
    try f.positive(a, "a", upTo: largestShape)
    try f.positive(b, "b", upTo: largestShape)
    if p == 0 || p == 1 { return p }
    let root = QuantileSearch(function: f.function, upperEnd: 1)
    return try root.solve(p, from: a / (a + b)) { (x) throws(SpecialFunctionError) in
      let tails = try betaTails(x, 1 - x, a, b, f.function)
      let density = x < 1 ? try betaDensity(x, a, b) : .zero(f.function)
      return (tails, density)
    }
  }
}
