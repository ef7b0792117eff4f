#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Quantiles for error bars: the t with P(T > t) = tail for Student's law with many degrees of freedom.
///
/// The normal quantile by bisection on the complementary error function, then the expansion of Cornish and
/// Fisher in 1 / degrees up to the third order: relative error below 1e-4 for 100 degrees and tails down to
/// 1e-7. Source: G. Hill, Commun. ACM 13 (1970), doi:10.1145/355598.355599.
package enum StudentQuantile {
  package static func value(tail: Double, degrees: Double) -> Double {
    let z = normal(tail: tail)
    let s = z * z
    let first = z * (s + 1) / 4
    let second = z * ((5 * s + 16) * s + 3) / 96
    let third = z * (((3 * s + 19) * s + 17) * s - 15) / 384
    return z + (first + (second + third / degrees) / degrees) / degrees
  }

  /// The z with P(Z > z) = tail, 0 < tail <= 1/2.
  package static func normal(tail: Double) -> Double {
    var (low, high) = (0.0, 40.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if erfc(middle / 2.0.squareRoot()) / 2 > tail { low = middle } else { high = middle }
    }
    return high
  }
}
