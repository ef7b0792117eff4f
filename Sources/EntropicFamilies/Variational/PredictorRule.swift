import EntropicNumerics
import EntropicSpecialFunctions

/// Nodes and weights for `E f(m + s z)`, z standard normal, chosen by how wide a row is.
///
/// Rows that are narrow against the strip in which phi is analytic take a Gauss-Hermite rule, whose error is
/// about `n! / (2 n) (s / strip)^(2 n)`; wide rows the trapezoidal rule, which needs fewer nodes there:
///
///     s / strip up to    0.0065  0.026  0.049  0.073  0.094  0.129  0.158  above
///     nodes              4       6      8      10     12     16     20     27 and more, trapezoidal
///
/// The bounds are measured for `log(1 + e^t)`: E phi, E phi' and E phi'' to 1.5e-16.
struct PredictorRule: Sendable {
  let nodes: [Double]
  let weights: [Double]

  private static let limits = [0.0065, 0.0258, 0.049, 0.073, 0.0938, 0.129, 0.158]
  private static let counts = [4, 6, 8, 10, 12, 16, 20]
  private static let gauss = counts.map { hermite($0) }
  private static let gaussRefined = counts.map { hermite($0 + $0 / 2) }

  private static func hermite(_ n: Int) -> PredictorRule? {
    guard let rule = try? Quadrature.normal(n) else { return nil }
    return PredictorRule(nodes: rule.nodes, weights: rule.weights)
  }

  /// Rows of one class have deviations within a factor of two and take the same rule.
  static func kind(deviation s: Double, strip: Double) -> Int {
    let ratio = s / strip
    for (k, limit) in limits.enumerated() where ratio <= limit { return k }
    let octave = Kernel.log(ratio / 0.158) * 1.4426950408889634
    return limits.count + Int(min(60, max(0, octave)))
  }

  /// - Parameters:
  ///   - widest: the largest deviation of the rows.
  ///   - isFine: the rule that checks the other.
  init?(kind: Int, widest: Double, curve: PredictorCurve, isFine: Bool) {
    if kind < Self.counts.count, let rule = isFine ? Self.gaussRefined[kind] : Self.gauss[kind] {
      self = rule
      return
    }
    // The rule's error is exp(y^2 / 2 - 2 pi y / h) for every y in the strip: exp(-37) is 1e-16.
    let y = min(0.95 * curve.strip / max(widest, 1e-300), 8.6)
    let step = max(2 * Double.pi * y / (37 + y * y / 2), curve.reach / 2000) / (isFine ? 2 : 1)
    guard step.isFinite else { return nil }
    let half = (curve.reach / step).rounded(.up)
    let nodes = Array(stride(from: -half, through: half, by: 1)).map { $0 * step }
    self.init(
      nodes: nodes, weights: nodes.map { step * Kernel.exp(-$0 * $0 / 2) * 0.3989422804014327 })
  }

  private init(nodes: [Double], weights: [Double]) {
    self.nodes = nodes
    self.weights = weights
  }
}
