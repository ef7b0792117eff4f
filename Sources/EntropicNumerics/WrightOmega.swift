/// The Wright omega function: the root w > 0 of w + log w = z, which is W_0(e^z) without overflow.
///
/// Relative error at most 8 ulp. omega(-inf) = 0, omega(+inf) = +inf.
///
/// For z < 1 the equation is solved as w e^w = e^z by Halley steps, because there the residual of the
/// logarithmic form has the absolute error of z; for z >= 1 by Fritsch-Shafer-Crowley steps on z - w - log
/// w.
/// - Source: F. N. Fritsch, R. E. Shafer, W. P. Crowley, Commun. ACM 16 (1973), doi:10.1145/361952.361970.
public func wrightOmega(_ z: Double) -> Double {
  if z.isNaN || z == .infinity { return z }
  // Beyond these w differs from e^z, or from z - log z, by less than a rounding.
  if z < -40 { return Kernel.exp(z) }
  if z > 1e18 { return z - Kernel.log(z) }
  if z < 1 {
    let y = Kernel.exp(z)
    // log(1 + y) with a second-order correction stays within 10 % for y <= e.
    var w = y / (1 + y) * (1 + 0.5 * y / (1 + y))
    for _ in 0..<4 {
      let e = Kernel.exp(w)
      let f = w - y / e
      let step = f / ((1 + w) - 0.5 * (w + 2) * f / (1 + w))
      w -= step
      if step.magnitude <= 0x1p-54 * w { break }
    }
    return w
  }
  var w = z < .pi ? 1 + (z - 1) / 2 + (z - 1) * (z - 1) / 16 : z - Kernel.log(z)
  for _ in 0..<3 {
    let r = z - w - Kernel.log(w)
    if r == 0 { break }
    let q = 2 * (1 + w) * (1 + w + 2 * r / 3)
    w *= 1 + r / (1 + w) * (q - r) / (q - 2 * r)
  }
  return w
}
