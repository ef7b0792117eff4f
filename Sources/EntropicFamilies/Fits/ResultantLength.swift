import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The inverse of the mean resultant length `R(k) = I_{nu+1}(k) / I_nu(k)`.
///
/// R increases from 0 to 1. Newton's method on R for small, on 1 - R for large lengths, inside a bracket that
/// the signs of the residual prove. Source: A. Banerjee and others, J. Mach. Learn. Res. 6 (2005) (the
/// start).
struct ResultantLength {
  let order: Double
  let family: String

  func concentration(_ length: Double, _ complement: Double) throws(FamilyError) -> Double {
    guard length >= 0, complement > 0 else {
      throw .unreachableMoments(family: family, reason: "the mean resultant length must be below 1")
    }
    if length == 0 { return 0 }
    let d = 2 * order + 2
    var k = length * (d - length * length) / (complement * (1 + length))
    var (low, high) = (0.0, Double.infinity)
    for _ in 0..<100 {
      guard let r = try? Special.besselRatio(order: order, k) else { break }
      let residual = length < 0.5 ? r.value - length : complement - r.complement
      if residual == 0 { return k }
      if residual < 0 { low = k } else { high = k }
      // In log k for large k, where 1 - R is nearly a power of k.
      let step = length < 0.5 ? -residual / r.slope : -residual / r.slope * (complement / r.complement)
      var next = k + step
      if !(next > low && next < high) { next = high.isInfinite ? 2 * k : 0.5 * (low + high) }
      if abs(next - k) <= 4e-16 * k { return next }
      k = next
    }
    return k
  }
}
