import EntropicNumerics
import EntropicTestSupport
import Testing

@Suite("sums, products, log-sum-exp and softmax")
struct KernelTests {
  /// Lengths on both sides of the lanes, the blocks and the levels of the tree.
  static let lengths = [0, 1, 2, 7, 8, 9, 31, 33, 255, 256, 257, 511, 769, 1000, 4097]

  static func wild(_ n: Int, _ g: inout Generator) -> [Double] {
    (0..<n).map { _ in
      g.uniform(-1...1) * Double(sign: .plus, exponent: Int(g.next() % 60) - 30, significand: 1)
    }
  }

  @Test("sums and products keep the bound kappa(m) sum|terms|", arguments: lengths)
  func bounds(n: Int) {
    var g = Generator(seed: UInt64(n) + 10)
    let x = Self.wild(n, &g)
    let y = Self.wild(n, &g)
    let products = zip(x, y).map { DoubleDouble($0) * DoubleDouble($1) }
    let exactSum = DoubleDouble.sum(x)
    let exactDot = products.reduce(DoubleDouble(0), +)
    let size = x.reduce(0) { $0 + $1.magnitude }
    let dotSize = products.reduce(0) { $0 + $1.high.magnitude }
    func error(_ value: Double, _ exact: DoubleDouble) -> Double {
      (DoubleDouble(value) - exact).magnitude().high
    }
    #expect(error(Kernel.sum(x), exactSum) <= Kernel.kappa(n) * size)
    #expect(error(Kernel.dot(x, y), exactDot) <= Kernel.kappa(n) * dotSize)
    #expect(error(Kernel.absoluteSum(x), DoubleDouble.sum(x.map(\.magnitude))) <= Kernel.kappa(n) * size)
    let absolute = products.reduce(DoubleDouble(0)) { $0 + $1.magnitude() }
    #expect(error(Kernel.absoluteDot(x, y), absolute) <= Kernel.kappa(n) * dotSize)
    #expect(error(Kernel.compensatedSum(x), exactSum) <= 0x1p-53 * exactSum.high.magnitude + 0x1p-80 * size)
    #expect(
      error(Kernel.compensatedDot(x, y), exactDot) <= 0x1p-53 * exactDot.high.magnitude + 0x1p-80 * dotSize)
    #expect(Kernel.maximum(x) == x.max() ?? -.infinity)
    #expect(Kernel.minimum(x) == x.min() ?? .infinity)
  }

  @Test("the sum is in the promised order: pairs cancel that are folded before others")
  func compensation() {
    // The plain sum loses the ones beside 1e100, in whatever order; the compensated sum does not.
    let x = [1, 1e100, 1, -1e100] + [Double](repeating: 0, count: 300)
    #expect(Kernel.compensatedSum(x) == 2)
    let y = [1e20, 1, -1e20, 1e-20]
    #expect(Kernel.compensatedDot(y, [1, 1, 1, 1]) == 1 + 1e-20)
    // (1 + 2^-30)(1 - 2^-30) - 1 = -2^-60 is lost by any sum of rounded products.
    #expect(Kernel.compensatedDot([1 + 0x1p-30, 1], [1 - 0x1p-30, -1]) == -0x1p-60)
    #expect(Kernel.compensatedSum([1e308, 1e308]) == .infinity)
    #expect(Kernel.compensatedSum([.infinity, 1]) == .infinity)
    #expect(Kernel.compensatedSum([.nan, 1]).isNaN)
  }

  @Test("extremes find NaN, infinities and elements anywhere")
  func extremes() {
    for n in [1, 5, 8, 16, 17, 40] {
      for i in 0..<n {
        var x = [Double](repeating: -3, count: n)
        x[i] = -1
        #expect(Kernel.maximum(x) == -1)
        x[i] = -7
        #expect(Kernel.minimum(x) == -7)
        x[i] = .nan
        #expect(Kernel.maximum(x).isNaN && Kernel.minimum(x).isNaN)
      }
    }
    #expect(Kernel.maximum([-.infinity, -.infinity]) == -.infinity)
  }

  @Test("axpy and scale")
  func updates() {
    var y = (0..<21).map(Double.init)
    Kernel.axpy(2, [Double](repeating: 0.5, count: 21), into: &y)
    #expect(y == (0..<21).map { Double($0) + 1 })
    Kernel.scale(-4, &y)
    #expect(y == (0..<21).map { -4 * (Double($0) + 1) })
  }

  @Test("log-sum-exp keeps its bound", arguments: [1, 2, 8, 100, 257, 2000], [0.0, 1, 30, 700, 1e5])
  func logSumExp(n: Int, spread: Double) {
    var g = Generator(seed: UInt64(n) * 7 + 1)
    let x = g.vector(n, -spread...spread)
    let top = x.max() ?? 0
    var total = DoubleDouble(0)
    var exact: [(m: DoubleDouble, k: Int)] = []
    for value in x {
      let e = DoubleDouble.exp(DoubleDouble(value, -top))
      exact.append(e)
      if e.k > -400 {
        total = total + e.m * DoubleDouble(Double(sign: .plus, exponent: e.k, significand: 1))
      }
    }
    let (p, level) = Kernel.softmax(x)
    let reference = DoubleDouble(top) + DoubleDouble.log(total.high, guess: Kernel.log(total.high))
    let logarithm = Kernel.log(Double(n)) * 1.4426950408889634
    let size = x.reduce(0) { max($0, $1.magnitude) }
    #expect((DoubleDouble(level) - reference).magnitude().high <= (44 + 2 * logarithm + 2 * size) * 0x1p-53)
    #expect(level == Kernel.logSumExp(x))
    for (i, value) in p.enumerated() where value > 0x1p-1000 {
      let q = exact[i].m / total
      let relative = (DoubleDouble(Double(sign: .plus, exponent: -exact[i].k, significand: value)) - q)
        .magnitude().high
      #expect(relative <= (66 + 2 * logarithm + 2 * (top - x[i])) * 0x1p-53 * q.high)
    }
    let logarithms = Kernel.softmaxWithLogarithms(x)
    #expect(logarithms.probabilities == p)
    #expect(logarithms.logSumExp == level)
    for i in 0..<n { #expect((logarithms.logarithms[i] - (x[i] - level)).magnitude <= 0x1p-50 * (1 + size)) }
  }

  @Test("log-sum-exp and softmax at the ends")
  func ends() {
    #expect(Kernel.logSumExp([]) == -.infinity)
    #expect(Kernel.logSumExp([-.infinity, -.infinity]) == -.infinity)
    #expect(Kernel.logSumExp([-.infinity, 3]) == 3)
    #expect(Kernel.logSumExp([1e308, -1e308]) == 1e308)
    #expect(Kernel.logSumExp([.infinity, 0]) == .infinity)
    #expect(Kernel.logSumExp([.nan, 0]).isNaN)
    #expect(Kernel.softmax([-.infinity, 5, -.infinity]).probabilities == [0, 1, 0])
    #expect(Kernel.softmax([1e300, -1e300]).probabilities == [1, 0])
    #expect(Kernel.softmax([-.infinity, -.infinity]).probabilities == [0, 0])
    #expect(Kernel.softmax([0.0, .infinity]).probabilities.filter(\.isNaN).count == 2)
    #expect(Kernel.softmax([7.0]).probabilities == [1])
    // The logarithms stay finite where the probabilities have underflowed.
    let far = Kernel.softmaxWithLogarithms([0, -2000])
    #expect(far.probabilities == [1, 0] && far.logarithms == [0, -2000])
    #expect(Kernel.softmaxWithLogarithms([-.infinity]).logarithms == [-.infinity])
  }

  @Test("sum p (t log p + c)")
  func entropySums() {
    // -2 log 2, and 0 log 0 = 0 also where the cost is large.
    #expect((Kernel.entropySum([0.5, 0.5, 0, 1]) + 0.6931471805599453).magnitude <= 0x1p-53)
    #expect(Kernel.entropySum([0, 1], costs: [1e300, 3]) == 3)
    #expect(
      (Kernel.entropySum([0.25], temperatures: [2], costs: [-1]) - (-0.9431471805599453)).magnitude <= 0x1p-52
    )
    #expect(
      (Kernel.absoluteEntropySum([0.25], temperatures: [2], costs: [-1]) - 0.9431471805599453).magnitude
        <= 0x1p-52)
    #expect(Kernel.entropySum([]) == 0)
    var g = Generator(seed: 5)
    let p = g.vector(777, 0...1)
    let t = g.vector(777)
    let c = g.vector(777)
    var exact = DoubleDouble(0)
    for i in 0..<777 {
      let l = DoubleDouble.log(p[i], guess: Kernel.log(p[i]))
      exact = exact + DoubleDouble(p[i]) * (DoubleDouble(t[i]) * l + DoubleDouble(c[i]))
    }
    let size = Kernel.absoluteEntropySum(p, temperatures: t, costs: c)
    let value = Kernel.entropySum(p, temperatures: t, costs: c)
    #expect((DoubleDouble(value) - exact).magnitude().high <= Kernel.kappa(777) * size)
  }
}
