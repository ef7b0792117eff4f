import EntropicNumerics
import EntropicTestSupport
import Testing

@Suite("Kullback-Leibler divergence and Wright omega")
struct DivergenceTests {
  /// p, q and sum p log(p/q) - p + q, correctly rounded from 700 digits.
  static let divergences: [([Double], [Double], Double)] = [
    ([0.1001, 0.1998, 0.3001, 0.39994285714285716], [0.1, 0.2, 0.3, 0.4], 1.7076333382546934e-07),
    ([0.1000001, 0.1999998, 0.3000001, 0.39999994285714285], [0.1, 0.2, 0.3, 0.4], 1.707483143282723e-13),
    (
      [0.10000000010000001, 0.19999999980000002, 0.3000000001, 0.3999999999428572], [0.1, 0.2, 0.3, 0.4],
      1.7074829756895635e-19
    ),
    (
      [0.10000000000010001, 0.1999999999998, 0.30000000000009996, 0.39999999999994285], [0.1, 0.2, 0.3, 0.4],
      1.707549839353619e-25
    ),
    ([0.25, 0.75, 0.0, 0.0], [0.5, 0.25, 0.25, 0.0], 0.6506724213610959),
    ([1e-300, 1.0], [1.0, 1e-300], 690.7755278982137),
    ([0x1p-1074, 1.0], [1.0, Double(bitPattern: 0x12688b70e62b)], 713.8013788281542),
    ([0.9, 0.1], [0.1, 0.9], 1.7577796618689756),
  ]

  @Test("the divergence keeps its digits when p and q agree to many", arguments: divergences)
  func table(p: [Double], q: [Double], value: Double) {
    #expect((klDivergence(p, q) - value).magnitude <= 8 * value.ulp)
  }

  @Test("the divergence against 32 digits", arguments: [1e-12, 1e-7, 1e-3, 0.3, 1, 5])
  func random(size: Double) {
    var g = Generator(seed: 11)
    let q = g.vector(333, 0.001...1)
    let p = q.map { $0 * Kernel.exp(size * g.uniform(-1...1)) }
    var exact = DoubleDouble(0)
    for (a, b) in zip(p, q) {
      let ratio = (DoubleDouble.log(a, guess: Kernel.log(a)) - DoubleDouble.log(b, guess: Kernel.log(b)))
      exact = exact + DoubleDouble(a) * ratio - DoubleDouble(a) + DoubleDouble(b)
    }
    #expect(
      (DoubleDouble(klDivergence(p, q)) - exact).magnitude().high <= 16 * 0x1p-53 * exact.high + 0x1p-100)
  }

  @Test("zeros, infinities and wrong signs")
  func ends() {
    #expect(klDivergence([0.5, 0.5], [1, 0]) == .infinity)
    #expect(klDivergence([0, 0], [0, 0]) == 0)
    #expect(klDivergence([0, 1], [0.25, 1]) == 0.25)
    #expect(klDivergence([], []) == 0)
    #expect(klDivergence([0.3, 0.7], [0.3, 0.7]) == 0)
    #expect(klDivergence([-0.1, 1.1], [0.5, 0.5]).isNaN)
    #expect(klDivergence([0.5, .nan], [0.5, 0.5]).isNaN)
    #expect(klDivergence([0x1p-1074], [0x1p-1074]) == 0)
    // Position in a lane or a block must not matter.
    for n in [1, 8, 9, 300] {
      for i in [0, n / 2, n - 1] {
        var p = [Double](repeating: 0.5, count: n)
        p[i] = 0
        #expect(klDivergence(p, [Double](repeating: 0.5, count: n)) == 0.5)
      }
    }
  }

  /// z and omega(z), correctly rounded from 50 digits.
  static let omegas: [(Double, Double)] = [
    (-745.0, 0x1p-1074), (-100.0, 3.720075976020836e-44), (-41.0, 1.5628821893349888e-18),
    (-39.5, 7.004352026168645e-18), (-20.0, 2.0611536181902037e-09), (-5.0, 0.006693000497730993),
    (-2.0, 0.12002823898764123), (-1.0, 0.2784645427610738), (-0.5, 0.4046738485459385),
    (0.0, 0.5671432904097838), (0.5, 0.7662486081617502), (0.999, 0.999500062505208), (1.0, 1.0),
    (1.001, 1.0005000624947913), (2.0, 1.5571455989976115), (3.14, 2.3049437341823587),
    (3.2, 2.346903289842035), (10.0, 7.929420095019697), (100.0, 95.44148664557584),
    (709.0, 702.4454322782813),
    (10000.0, 9990.790580994251), (100000000.0, 99999981.57931945), (1e+17, 9.999999999999997e+16),
    (1e+19, 1e+19), (1e+300, 1e+300),
  ]

  @Test("omega is within 8 ulp", arguments: omegas)
  func omega(z: Double, value: Double) {
    #expect((wrightOmega(z) - value).magnitude <= 8 * value.ulp)
  }

  @Test("w + log w = z in 32 digits, over a sweep")
  func omegaSweep() {
    var g = Generator(seed: 12)
    for _ in 0..<2000 {
      let z = g.next() % 2 == 0 ? g.uniform(-40...5) : Kernel.exp(g.uniform(0...40))
      let w = wrightOmega(z)
      let residual = DoubleDouble(w) + DoubleDouble.log(w, guess: Kernel.log(w)) - DoubleDouble(z)
      // dw/w = dz/(1 + w).
      let relative = residual.high.magnitude / (1 + w)
      #expect(relative <= 8 * 0x1p-52, "omega(\(z)) is off by \(relative)")
    }
    #expect(wrightOmega(-.infinity) == 0)
    #expect(wrightOmega(.infinity) == .infinity)
    #expect(wrightOmega(.nan).isNaN)
  }
}
