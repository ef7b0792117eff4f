import EntropicNumerics

/// Nodes and logarithms of weights for integrals over an interval that may be unbounded on one side or both.
///
/// The interval is cut at `splits`. On a bounded piece x = (a + b e^u) / (1 + e^u), on a half-line
/// x = a + e^u; the trapezoidal rule in u then converges geometrically for integrands that are analytic inside
/// the piece, whatever happens at its ends (algebraic and logarithmic singularities, decay on any scale):
/// an error of order exp(-2 pi d / h), where the integrand is analytic in a strip of half-width d around the
/// real u. A kink inside a piece leaves an error of order h^2: cut there.
///
/// - Source: H. Takahasi, M. Mori, Publ. RIMS 9 (1974), doi:10.2977/prims/1195192451.
package struct IntegrationRule: Sendable {
  package let nodes: [Double]
  package let logWeights: [Double]

  package init(nodes: [Double], logWeights: [Double]) {
    self.nodes = nodes
    self.logWeights = logWeights
  }

  /// The rule of step `step` for the integral from a to b, a < b.
  package init(from a: Double, to b: Double, splits: [Double], step: Double) {
    var ends = splits.filter { $0 > a && $0 < b && $0.isFinite }.sorted()
    if a == -.infinity, b == .infinity, ends.isEmpty { ends = [0] }
    ends = [a] + ends + [b]
    var nodes: [Double] = []
    var logWeights: [Double] = []
    for (left, right) in zip(ends, ends.dropFirst()) where left < right {
      for k in Int((-700 / step).rounded(.up))...Int((700 / step).rounded(.down)) {
        let u = Double(k) * step
        let (x, logWeight) = IntegrationRule.place(u, left, right)
        // Ends are no nodes: integrands may be infinite there.
        guard x > left, x < right, logWeight > -745 else { continue }
        nodes.append(x)
        logWeights.append(logWeight + Kernel.log(step))
      }
    }
    self.init(nodes: nodes, logWeights: logWeights)
  }

  /// The node at u and the logarithm of dx / du.
  private static func place(_ u: Double, _ a: Double, _ b: Double) -> (Double, Double) {
    if b == .infinity { return (a + Kernel.exp(u), u) }
    if a == -.infinity { return (b - Kernel.exp(u), u) }
    // From the nearer end, so that nodes next to it keep their distance to it.
    let small = Kernel.exp(-abs(u))
    let share = small / (1 + small)
    let x = u < 0 ? a + (b - a) * share : b - (b - a) * share
    return (x, Kernel.log(b - a) - abs(u) - 2 * Kernel.log(1 + small))
  }

  /// The nodes whose places are given.
  package func restricted(to places: [Int]) -> IntegrationRule {
    IntegrationRule(nodes: places.map { nodes[$0] }, logWeights: places.map { logWeights[$0] })
  }
}
