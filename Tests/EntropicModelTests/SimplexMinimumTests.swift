import EntropicModel
import EntropicNumerics
import Testing

/// The separable problem on one simplex: its bound is below the minimum, and tight whichever of entropy and square rules.
@Suite("Separable minimum on a simplex")
struct SimplexMinimumTests {
  static let weights = [0, 1e-320, 1e-300, 1e-100, 1e-30, 1e-14, 1e-6, 1, 1e6]

  private func minimum(_ tau: Double, _ d: Double, _ r: [Double]) -> SimplexMinimum {
    let n = r.count
    return SimplexMinimum(
      entropic: [Double](repeating: tau, count: n), quadratic: [Double](repeating: d, count: n), costs: r,
      lower: [Double](repeating: 0, count: n), upper: [Double](repeating: .infinity, count: n), mass: 1)
  }

  @Test("equal costs: the even law, tau log(1 / n) + d / n + r", arguments: weights, weights)
  func even(tau: Double, d: Double) {
    for cost in [0, 3, -1e3] {
      let found = minimum(tau, d, [cost, cost, cost, cost]).bound
      let value = -tau * 1.3862943611198906 + d / 4 + cost
      let size = tau + d + abs(cost)
      // Subnormal numbers have fewer digits; problems that have nothing else are bounded, but not tightly.
      #expect(found <= value + 0x1p-52 * size + 1e-319, "\(found) above \(value)")
      if size > 1e-50 { #expect(found >= value - 1e-12 * size, "\(found) far below \(value)") }
    }
  }

  @Test("a small entropy under a square leaves the bound of the square", arguments: weights.prefix(6))
  func small(tau: Double) {
    // min sum q^2 - 2 y . q = sum over the support of (y - t)^2 ... with y = (0.9, 0.7, 0.2): q = (0.6, 0.4, 0), t = 0.3.
    let found = minimum(tau, 1, [-1.8, -1.4, -0.4]).bound
    let value = 0.52 - 2 * (0.54 + 0.28)
    #expect(found <= value + 1e-15)
    #expect(found >= value - 2 * tau - 1e-13, "\(found)")
  }
}
