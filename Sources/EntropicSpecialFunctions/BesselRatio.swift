#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Ratios of modified Bessel functions: the mean resultant lengths of laws on spheres.
//
// Goals, in order: 1. relative accuracy of the ratio, of its complement and of its derivative, for arguments
// from 1e-150 to 1e150; 2. any order without overflow; 3. speed.
//
// Source: D. Amos, Math. Comp. 28 (1974), doi:10.1090/S0025-5718-1974-0333287-7 (bounds that the continued
// fraction meets); the coefficients of the large-argument series follow from the Riccati equation
// `R' = 1 - R^2 - (2 nu + 1) R / x`.
extension Special {
  /// `R(x) = I_{nu+1}(x) / I_nu(x)`, `1 - R(x)` and `R'(x)` for x >= 0 and nu in [0, 1e5].
  public static func besselRatio(
    order nu: Double, _ x: Double
  ) throws(SpecialFunctionError) -> (value: Double, complement: Double, slope: Double) {
    let f = Arguments("bessel_ratio")
    try f.require(nu >= 0, nu, "nu")
    try f.supported(nu, "nu", in: 0...1e5)
    try f.nonnegative(x, "x")
    if x == 0 { return (0, 1, 0.5 / (nu + 1)) }
    if let far = farRatio(order: nu, x) { return far }
    let r = ratioFraction(nu, x)
    // R' = R (S - R + 1 / x) with S the ratio of the next order; for small x: R = x / (2 nu + 2) - ...
    let s = ratioFraction(nu + 1, x)
    let slope =
      x < 1e-4 ? 0.5 / (nu + 1) - 3 * x * x / (8 * (nu + 1) * (nu + 1) * (nu + 2)) : r * (s - r + 1 / x)
    return (r, 1 - r, slope)
  }

  /// `log I_nu(x) - x` for x > 0 and nu a multiple of 1/2 in [0, 1e5]. O(nu + x) work, O(nu) for large x.
  public static func logScaledBesselI(order nu: Double, _ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("log_bessel_i_scaled")
    try f.positive(x, "x")
    try f.supported(nu, "nu", in: 0...1e5)
    try f.require((2 * nu).rounded() == 2 * nu, nu, "nu")
    let isWhole = nu.rounded() == nu
    var order = isWhole ? 0 : 0.5
    var sum =
      isWhole
      ? log(try scaledBesselI0(x)) : log(-expm1(-2 * x)) - 0.5 * log(2 * .pi * x)
    // Downwards, every ratio follows from the next one: R_{k-1} = 1 / (2 k / x + R_k).
    if nu > order {
      var ratio = try besselRatio(order: nu, x).value
      var k = nu
      while k > order {
        ratio = 1 / (2 * k / x + ratio)
        sum += log(ratio)
        k -= 1
      }
      order = nu
    }
    return sum
  }

  /// Gauss' continued fraction `1 / (2 (nu + 1) / x + 1 / (2 (nu + 2) / x + ...))` with positive terms.
  private static func ratioFraction(_ nu: Double, _ x: Double) -> Double {
    // Lentz's algorithm.
    var k = nu + 1
    var c = 2 * k / x
    var d = 1 / c
    var h = d
    c = 1e300
    for _ in 0..<100_000 {
      k += 1
      let b = 2 * k / x
      d = 1 / (b + d)
      c = b + 1 / c
      let factor = c * d
      h *= factor
      if abs(factor - 1) < 1e-16 { break }
    }
    return h
  }

  /// The asymptotic series in 1 / x, or nil where its terms do not reach the last digit.
  private static func farRatio(
    order nu: Double, _ x: Double
  ) -> (value: Double, complement: Double, slope: Double)? {
    let d = 2 * nu + 2
    guard x > 50, x > d else { return nil }
    var coefficients = [1.0]
    var (complement, slope) = (0.0, 0.0)
    var power = 1.0
    var smallest = Double.infinity
    for j in 1..<60 {
      var c = (Double(j) - d) * coefficients[j - 1]
      for i in stride(from: 1, to: j, by: 1) { c -= coefficients[i] * coefficients[j - i] }
      c /= 2
      coefficients.append(c)
      power /= x
      let term = c * power
      complement -= term
      slope -= Double(j) * term / x
      let size = abs(term) * Double(j)
      if size <= 1e-17 * abs(complement) && Double(j) * abs(term) / x <= 1e-17 * abs(slope) {
        return (1 - complement, complement, slope)
      }
      if size > smallest && j > 4 { return nil }
      smallest = max(size, 1e-300)
    }
    return nil
  }
}
