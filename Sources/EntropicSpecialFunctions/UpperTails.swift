#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Survival functions and their inverses, for callers that need the digits of an upper tail.
extension Special {
  /// The probability that a gamma variable exceeds x, `Q(shape, rate x)`; shape in (0, 1e9].
  public static func gammaSurvival(
    _ x: Double, shape: Double, rate: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("gamma_survival")
    try f.finite(x, "x")
    try f.positive(shape, "shape", upTo: largestShape)
    try f.positive(rate, "rate")
    return x <= 0 ? 1 : try gammaTails(shape, Mean(rate, times: x), f.function).upper
  }

  /// The x above which a gamma variable lies with probability q, for 0 < q <= 1; shape in (0, 1e9].
  public static func gammaUpperQuantile(
    _ q: Double, shape: Double, rate: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("gamma_upper_quantile")
    try f.require(q > 0 && q <= 1, q, "q")
    try f.positive(shape, "shape", upTo: largestShape)
    try f.positive(rate, "rate")
    if q == 1 { return 0 }
    let root = QuantileSearch(function: f.function, upperEnd: .greatestFiniteMagnitude)
    let x = try root.solve(lower: 1 - q, upper: q, from: shape) { (x) throws(SpecialFunctionError) in
      let tails = try gammaTails(shape, Mean(x), f.function)
      return (tails, try gammaDensity(x, shape: shape, rate: 1))
    }
    return try f.checked(x / rate)
  }

  /// The probability that a beta variable exceeds x; a and b in (0, 1e9].
  public static func betaSurvival(
    _ x: Double, _ a: Double, _ b: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("beta_survival")
    try f.finite(x, "x")
    return try betaTails(checking: min(1, max(0, x)), a, b, f.function).upper
  }

  /// Both tails `I_x(a, b)` and `I_y(b, a)` where x + y = 1 and each is known to its own digits; a and b in
  /// (0, 1e15].
  public static func betaTails(
    _ x: Double, complement y: Double, _ a: Double, _ b: Double
  ) throws(SpecialFunctionError) -> (lower: Double, upper: Double) {
    let f = Arguments("beta_inc")
    try f.probability(x, "x")
    try f.probability(y, "y")
    try f.positive(a, "a", upTo: 1e15)
    try f.positive(b, "b", upTo: 1e15)
    let tails = try betaTails(x, y, a, b, f.function)
    return (tails.lower, tails.upper)
  }

  /// The x above which a beta variable lies with probability q, for 0 <= q <= 1; a and b in (0, 1e9].
  public static func betaUpperQuantile(
    _ q: Double, _ a: Double, _ b: Double
  ) throws(SpecialFunctionError) -> Double {
    let f = Arguments("beta_upper_quantile")
    try f.probability(q, "q")
    try f.positive(a, "a", upTo: largestShape)
    try f.positive(b, "b", upTo: largestShape)
    if q == 0 || q == 1 { return 1 - q }
    let root = QuantileSearch(function: f.function, upperEnd: 1)
    return try root.solve(lower: 1 - q, upper: q, from: a / (a + b)) { (x) throws(SpecialFunctionError) in
      let tails = try betaTails(x, 1 - x, a, b, f.function)
      return (tails, x < 1 ? try betaDensity(x, a, b) : .zero(f.function))
    }
  }
}
