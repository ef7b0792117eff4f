import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Bregman divergences of log Gamma, as integrals of a positive function.
///
///     F(b) - F(a) - F'(a) (b - a)  =  integral from a to b of (b - t) F''(t) dt
///
/// Goals: 1. relative accuracy for near and for far arguments; 2. no case distinction. Panels double in
/// length from the end nearer to the pole at 0, so that 12 Gauss nodes each reach the last digit.
enum GammaBregman {
  /// F = log Gamma; `b = a + change`.
  static func logGamma(from a: Double, change: Double) -> Double {
    integrate(from: a, change: change) { Settled.trigamma($0) }
  }

  /// F(a) = log Gamma(a) - a log a + a, the log partition of gamma laws of mean 1.
  static func shape(from a: Double, to b: Double) -> Double {
    integrate(from: a, change: b - a) { Settled.trigammaExcess($0) }
  }

  /// `change^2` times the integral over s in [0, 1] of `(1 - s) second(a + s change)`.
  ///
  /// `softening` is the distance of the singularities of `second` from the positive axis.
  static func integrate(
    from a: Double, change: Double, softening: Double = 0, _ second: (Double) -> Double
  ) -> Double {
    if change == 0 { return 0 }
    let (start, end) = ((a + softening) / abs(change), (a + change + softening) / abs(change))
    var sum = 0.0
    for panel in GradedPanels(nearStart: start, nearEnd: end).panels {
      for (node, weight) in zip(GaussRule.nodes, GaussRule.weights) {
        let s = panel.lowerBound + (panel.upperBound - panel.lowerBound) * node
        sum += (panel.upperBound - panel.lowerBound) * weight * (1 - s) * second(a + s * change)
      }
    }
    return sum * change * change
  }
}

/// Panels of [0, 1] that are no longer than their distance from singularities beyond the two ends.
struct GradedPanels {
  let panels: [ClosedRange<Double>]

  /// The singularities lie at `-nearStart` and `1 + nearEnd`.
  init(nearStart: Double, nearEnd: Double) {
    var cuts: [Double] = []
    var s = max(nearStart, 1e-18)
    while s < 0.5 {
      cuts.append(s)
      s = 2 * s + max(nearStart, 1e-18)
    }
    var left = [0.0] + cuts
    var right: [Double] = []
    var t = max(nearEnd, 1e-18)
    while t < 0.5 {
      if 1 - t < 1 { right.append(1 - t) }
      t = 2 * t + max(nearEnd, 1e-18)
    }
    left.append(0.5)
    let all = left + right.reversed() + [1]
    panels = zip(all, all.dropFirst()).compactMap { $0 < $1 ? $0...$1 : nil }
  }
}

/// The Gauss-Legendre rule of 12 nodes on [0, 1].
enum GaussRule {
  static let rule: Quadrature? = try? Quadrature.gaussLegendre(12, from: 0, to: 1)
  static var nodes: [Double] { rule?.nodes ?? [] }
  static var weights: [Double] { rule?.weights ?? [] }
}
