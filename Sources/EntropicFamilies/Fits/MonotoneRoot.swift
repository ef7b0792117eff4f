#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The root of an increasing function between two numbers, with a bracket that proves it.
///
/// Bisection in the logarithm of the distance from the lower end, with secant steps of Illinois type; the
/// bracket shrinks to neighbouring doubles or to a relative width of 1e-15.
enum MonotoneRoot {
  struct Found {
    var root: Double
    var lower: Double
    var upper: Double
  }

  /// `f` is negative near `lower` (which is never evaluated) and positive near `upper`.
  static func solve(
    from lower: Double, to upper: Double, start: Double, _ f: (Double) -> Double
  ) -> Found {
    var (low, high) = (lower, upper)
    func offset(_ x: Double) -> Double { log(x - lower) }
    func point(_ t: Double) -> Double { lower + exp(t) }
    var x = min(max(start, lower + 1e-300), upper)
    // Widen from the start until the sign changes.
    var (flow, fhigh) = (-Double.infinity, Double.infinity)
    var step = 1.0
    for _ in 0..<200 {
      let value = f(x)
      if value == 0 { return Found(root: x, lower: x, upper: x) }
      if value < 0 { (low, flow) = (x, value) } else { (high, fhigh) = (x, value) }
      if flow.isFinite && fhigh.isFinite { break }
      let next = point(offset(x) + (value < 0 ? step : -step))
      step *= 2
      if value < 0 && next >= upper { return Found(root: upper, lower: low, upper: upper) }
      if value > 0 && next <= lower { return Found(root: low, lower: lower, upper: x) }
      x = next
    }
    for k in 0..<300 {
      let width = high - low
      if width <= 1e-15 * abs(high) || low.nextUp >= high { break }
      let (a, b) = (offset(max(low, lower + 1e-300)), offset(high))
      var t = k % 3 == 2 ? (a + b) / 2 : a + (b - a) * (flow / (flow - fhigh))
      if !(t > a && t < b) { t = (a + b) / 2 }
      var next = point(t)
      if !(next > low && next < high) { next = low + width / 2 }
      if !(next > low && next < high) { break }
      let value = f(next)
      if value == 0 { return Found(root: next, lower: low, upper: high) }
      if value < 0 {
        (low, flow) = (next, value)
        fhigh /= 2
      } else {
        (high, fhigh) = (next, value)
        flow /= 2
      }
    }
    return Found(root: low + (high - low) / 2, lower: low, upper: high)
  }
}
