import EntropicNumerics
import EntropicTestSupport
import Testing

@Suite("tail means and tilts")
struct TailAndTiltTests {
  /// The tail mean by sorting, in double-double.
  static func reference(_ x: [Double], _ w: [Double]?, _ level: Double) -> (value: Double, quantile: Double) {
    let weights = w ?? [Double](repeating: 1, count: x.count)
    let order = x.indices.sorted { x[$0] > x[$1] }
    let mass = (1 - level) * Kernel.sum(weights)
    var (sum, taken) = (DoubleDouble(0), 0.0)
    for i in order where weights[i] > 0 {
      let part = min(weights[i], mass - taken)
      sum = sum + DoubleDouble(x[i]) * DoubleDouble(part)
      taken += part
      if taken >= mass || i == order.last { return (sum.high / mass, x[i]) }
    }
    return (sum.high / mass, x[order[order.count - 1]])
  }

  @Test(
    "CVaR is the mean of the sorted tail", arguments: [1, 7, 256, 257, 1000, 20_000, 300_001],
    [0, 0.01, 0.5, 0.95, 0.9999])
  func tails(n: Int, level: Double) {
    var g = Generator(seed: UInt64(n) + 3)
    let smooth = g.vector(n)
    let steep = smooth.map { Kernel.exp(12 * $0) }
    let rising = (0..<n).map(Double.init)
    let ties = smooth.map { (3 * $0).rounded() }
    let weights = g.vector(n, 0...1)
    let holes = weights.map { $0 < 0.7 ? 0 : $0 }
    for (i, x) in [smooth, steep, rising, rising.reversed(), ties].enumerated() {
      for w in [nil, weights, holes] {
        if let w, Kernel.sum(w) == 0 { continue }
        let tail = Kernel.conditionalValueAtRisk(x, weights: w, level: level)
        let expected = Self.reference(x, w, level)
        let size = max(abs(expected.value), 1)
        #expect(abs(tail.value - expected.value) <= 1e-12 * size, "\(i) \(n) \(level)")
        // With weights, or a mass of many elements, rounding decides which neighbour is the boundary.
        if w == nil, level == 0.5 || level == 0 {
          #expect(tail.quantile == expected.quantile, "\(i) \(n) \(level)")
        }
      }
    }
  }

  @Test("CVaR at the ends, with infinite losses, and of invalid data")
  func ends() {
    let x = [3.0, -1, 7, 7, 2]
    #expect(Kernel.conditionalValueAtRisk(x, level: 1) == Kernel.TailMean(value: 7, quantile: 7))
    #expect(Kernel.conditionalValueAtRisk(x, weights: [1, 1, 0, 0, 1], level: 1).value == 3)
    #expect(abs(Kernel.conditionalValueAtRisk(x, level: 0).value - 3.6) < 1e-15)
    #expect(Kernel.conditionalValueAtRisk([1, .infinity], level: 0.5).value == .infinity)
    #expect(Kernel.conditionalValueAtRisk([1, -.infinity], level: 0.5).value == 1)
    for bad in [[], [Double.nan, 1]] { #expect(Kernel.conditionalValueAtRisk(bad, level: 0.5).value.isNaN) }
    #expect(Kernel.conditionalValueAtRisk(x, level: 1.5).value.isNaN)
    #expect(Kernel.conditionalValueAtRisk(x, level: .nan).value.isNaN)
    #expect(Kernel.conditionalValueAtRisk(x, weights: [1, 1, -1, 1, 1], level: 0.5).value.isNaN)
    #expect(Kernel.conditionalValueAtRisk(x, weights: [0, 0, 0, 0, 0], level: 0.5).value.isNaN)
    let large = (0..<5000).map { $0 == 4321 ? Double.nan : Double($0) }
    #expect(Kernel.conditionalValueAtRisk(large, level: 0.9).value.isNaN)
  }

  @Test(
    "the tilt of a ball: its law lies on the sphere, and weak duality closes",
    arguments: [2, 9, 1000, 200_000],
    [1e-12, 1e-3, 0.1, 0.5])
  func tilts(n: Int, radius: Double) {
    var g = Generator(seed: UInt64(n) + 11)
    let f = g.vector(n, -2...3)
    let prior = g.vector(n, 0...1)
    for q in [nil, prior, prior.map { $0 < 0.3 ? 0 : $0 }] {
      let mass = q.map { Kernel.sum($0) } ?? Double(n)
      guard mass > 0 else { continue }
      let law = (q ?? [Double](repeating: 1, count: n)).map { $0 / mass }
      let tilt = Kernel.klBallTilt(f, prior: q, radius: radius)
      let p = tilt.probabilities
      #expect(abs(Kernel.sum(p) - 1) < 1e-13)
      #expect(abs(Kernel.dot(p, f) - tilt.value) < 1e-13)
      #expect(abs(klDivergence(p, law) - tilt.divergence) < 1e-13 + 1e-10 * radius)
      #expect(tilt.value <= tilt.bound && tilt.bound - tilt.value <= 1e-12 + 4e-15 / tilt.tilt)
      if tilt.tilt.isFinite { #expect(abs(tilt.divergence - radius) < 1e-14 + 1e-9 * radius) }
      #expect(zip(p, law).allSatisfy { $0 >= 0 && ($1 > 0 || $0 == 0) })
    }
  }

  @Test("two points: the ball of a coin is its binary divergence")
  func coin() {
    // KL((1 - s, s) | (1/2, 1/2)) = log 2 - H(s); s = 3/4 has log 2 + 3/4 log 3/4 + 1/4 log 1/4.
    let radius = 0.69314718055994530942 + 0.75 * Kernel.log(0.75) + 0.25 * Kernel.log(0.25)
    let tilt = Kernel.klBallTilt([0, 1], radius: radius)
    #expect(abs(tilt.value - 0.75) < 1e-14 && abs(tilt.tilt - 1.0986122886681098) < 1e-12)
  }

  @Test("balls that reach the largest value, point balls, constants, invalid data")
  func balls() {
    let wide = Kernel.klBallTilt([1, 2, 3, 3], radius: 5)
    #expect(wide.probabilities == [0, 0, 0.5, 0.5] && wide.value == 3 && wide.bound == 3)
    #expect(abs(wide.divergence - 0.6931471805599453) < 1e-15)
    let point = Kernel.klBallTilt([1, 2, 3, 4], prior: [0.1, 0.2, 0.3, 0.4], radius: 0)
    #expect(abs(point.value - 3) < 1e-14 && point.value <= point.bound)
    #expect(Kernel.klBallTilt([4, 4], radius: 1).value == 4)
    // Shifts and scales of f change nothing but the units.
    var g = Generator(seed: 5)
    let f = g.vector(50)
    let base = Kernel.klBallTilt(f, radius: 0.2)
    let other = Kernel.klBallTilt(f.map { 1e6 + 1e-3 * $0 }, radius: 0.2)
    #expect(abs(other.value - (1e6 + 1e-3 * base.value)) < 1e-8)
    for bad in [[], [1, .nan], [1, .infinity]] { #expect(Kernel.klBallTilt(bad, radius: 1).value.isNaN) }
    #expect(Kernel.klBallTilt([1, 2], radius: -1).value.isNaN)
    #expect(Kernel.klBallTilt([1, 2], prior: [-1, 2], radius: 1).value.isNaN)
    #expect(Kernel.klBallTilt([1, 2], prior: [0, 0], radius: 1).value.isNaN)
  }
}
