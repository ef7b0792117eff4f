internal import CGSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Special {
  /// The principal branch `W_0(x)` of Lambert's function, the solution w >= -1 of w exp(w) = x, for x >=
  /// -1/e.
  ///
  /// The double nearest to -1/e, which lies just below it, is accepted as the branch point.
  public static func lambertW(_ x: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("lambert_w")
    try f.finite(x, "x")
    let branch = 0.36787944117144233
    let branchTail = -1.2428753672788363e-17
    try f.require(x >= -branch, x, "x")
    if abs(x) < 1e-3 {
      // The relative accuracy of libgsl's iteration ends around 1e-16 in absolute terms.
      return x * [-54.0 / 5, 125.0 / 24, -8.0 / 3, 1.5, -1, 1].reduce(0) { $0 * x + $1 }
    }
    // e (x + 1/e) with 1/e in two parts: one part loses half of the digits next to the branch point.
    let q = max(0, ((x + branch) + branchTail) / branch)
    if q < 2e-3 {
      let p = (2 * q).squareRoot()
      return branchSeries.reversed().reduce(0) { $0 * p + $1 }
    }
    if x < 1e10 { return try GSL.value(of: gsl_sf_lambert_W0_e, at: x, "lambert_w") }
    // libgsl's iteration multiplies by exp(w), which overflows before w exp(w) does. Newton's method for
    // w + log w = log x; the start is right to 1 % and each step squares the error.
    let logarithm = log(x)
    var w = logarithm - log(logarithm)
    for _ in 0..<4 { w *= (1 + logarithm - log(w)) / (1 + w) }
    return w
  }

  /// W_0 around the branch point in powers of p = sqrt(2 (e x + 1)); p < 0.07 here.
  ///
  /// Source: R. M. Corless and others, Adv. Comput. Math. 5 (1996), equation 4.22.
  private static let branchSeries: [Double] = [
    -1, 1, -1.0 / 3, 11.0 / 72, -43.0 / 540, 769.0 / 17280, -221.0 / 8505, 0.01563563253233392,
    -0.009616892024299432, 0.006014543252956118, -0.0038112980348919993, 0.0024408779911439826,
    -0.0015769303446867841, 0.0010262633205076071, -0.0006720616311561362,
  ]
}
