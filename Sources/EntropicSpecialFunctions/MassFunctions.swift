#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Masses of counting distributions. A count is a double with an integer value, of magnitude at most 1e300;
// another value is a domain error, because a mass "between" integers is almost always a mistake in the
// data. Outside of the support, negative counts included, the mass is 0.
extension Special {
  /// `rate^k exp(-rate) / k!` for a rate >= 0.
  public static func poissonMass(_ k: Double, rate: Double) throws(SpecialFunctionError) -> Density {
    let f = Arguments("poisson_pmf")
    try f.integer(k, "k")
    try f.nonnegative(rate, "rate")
    if k < 0 { return .zero(f.function) }
    if rate == 0 { return Density(f.function, factor: k == 0 ? 1 : 0) }
    return try poissonTerm(k, Mean(rate), f.function)
  }

  /// `n! / (k! (n - k)!) p^k (1 - p)^(n - k)`, the probability of k successes in n trials.
  public static func binomialMass(
    _ k: Double, trials n: Double, probability p: Double
  ) throws(SpecialFunctionError) -> Density {
    try binomialMass(k, trials: n, probability: p, complement: 1 - p)
  }

  /// The same where p and 1 - p are both known to their own digits.
  public static func binomialMass(
    _ k: Double, trials n: Double, probability p: Double, complement q: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("binomial_pmf")
    try f.integer(k, "k")
    try f.integer(n, "n")
    try f.require(n >= 0, n, "n")
    try f.probability(p, "p")
    try f.probability(q, "1 - p")
    if k < 0 || k > n { return .zero(f.function) }
    if p == 0 || q == 0 { return Density(f.function, factor: k == (q == 0 ? n : 0) ? 1 : 0) }
    return try binomialTerm(k, n - k, p, q, f.function)
  }

  /// `Gamma(k + r) / (k! Gamma(r)) p^r (1 - p)^k`, the probability of k failures before success number r.
  ///
  /// r > 0 need not be an integer; 0 < p <= 1.
  public static func negativeBinomialMass(
    _ k: Double, successes r: Double, probability p: Double
  ) throws(SpecialFunctionError) -> Density {
    try negativeBinomialMass(k, successes: r, probability: p, complement: 1 - p)
  }

  /// The same where p and 1 - p are both known to their own digits.
  public static func negativeBinomialMass(
    _ k: Double, successes r: Double, probability p: Double, complement q: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("negative_binomial_pmf")
    try f.integer(k, "k")
    try f.positive(r, "r", upTo: Arguments.largest)
    try f.require(p > 0 && p <= 1, p, "p")
    if k < 0 { return .zero(f.function) }
    try f.probability(q, "1 - p")
    if q == 0 { return Density(f.function, factor: k == 0 ? 1 : 0) }
    let term = try binomialTerm(r, k, p, q, f.function)
    return term.multiplied(by: r).divided(by: r + k)
  }

  /// `p (1 - p)^(k - 1)` for k = 1, 2, ...: the probability that trial k is the first success; 0 < p <= 1.
  public static func geometricMass(
    _ k: Double, probability p: Double
  ) throws(SpecialFunctionError) -> Density {
    let f = Arguments("geometric_pmf")
    try f.integer(k, "k")
    try f.require(p > 0 && p <= 1, p, "p")
    if k < 1 { return .zero(f.function) }
    if k == 1 { return Density(f.function, factor: p) }
    if p == 1 { return .zero(f.function) }
    return Density(f.function, factor: p, exponent: (k - 1) * log1p(-p))
  }
}
