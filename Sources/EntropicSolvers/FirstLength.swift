import EntropicModel
import EntropicNumerics

extension ProximalStep {
  /// L from one step of unit range: the symmetric Bregman ratio of f and the geometry.
  ///
  ///     L = <grad f(q) - grad f(p), q - p> / (D(q, p) + D(p, q)),   q the step of length range(grad f)
  func firstLength(at here: Trial, gradient: [Double], stop: StopCheck?) -> Double {
    let layout = program.layout
    var range = 0.0
    for slice in layout.simplices {
      var low = Double.infinity
      var high = -Double.infinity
      for i in slice.range where layout.upper[i] > 0 {
        low = min(low, gradient[i] + exact.linear[i])
        high = max(high, gradient[i] + exact.linear[i])
      }
      if high > low { range = max(range, high - low) }
    }
    guard range > 0, range.isFinite else { return max(largestTemperature, 1e-3) }
    if !hasRest { return moments == nil ? 1e-9 * range : range / 4 }
    guard case .point(let trial) = step(from: here, gradient: gradient, length: range, stop: stop)
    else { return range }
    guard rest.value(trial.p) < .infinity else { return range }
    let change = zip(trial.p, here.p).map { $0 - $1 }
    let next = rest.gradient(trial.p)
    let bend = Kernel.compensatedDot(zip(next, gradient).map { $0 - $1 }, change)
    let both = divergence(from: here, to: trial) + divergence(from: trial, to: here)
    let ratio = bend / both
    return ratio.isFinite && ratio > 1e-6 * range ? ratio : 1e-6 * range
  }

  /// (1 - weight) a + weight b, in the log domain where masses underflow; multipliers are those of `b`.
  func mixture(_ a: Trial, _ b: Trial, weight: Double) -> Trial {
    if weight >= 1 { return b }
    var mixed = b
    mixed.hasFace = a.hasFace || b.hasFace
    for i in mixed.p.indices { mixed.p[i] = (1 - weight) * a.p[i] + weight * b.p[i] }
    mixed.logp = Kernel.log(mixed.p)
    let (left, right) = (Kernel.log(1 - weight), Kernel.log(weight))
    for i in mixed.p.indices where mixed.p[i] < 1e-290 && b.logp.count == mixed.p.count {
      let (x, y) = (a.logp[i] + left, b.logp[i] + right)
      let top = max(x, y)
      mixed.logp[i] = top > -.infinity ? top + Kernel.log(1 + Kernel.exp(min(x, y) - top)) : top
    }
    return mixed
  }
}
