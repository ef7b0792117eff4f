import EntropicNumerics
import EntropicTestSupport
import Testing

@Suite("projections on the simplex")
struct ProjectionTests {
  /// The conditions of optimality for p next to y on {p >= 0, sum = total}: one threshold for all.
  static func check(_ y: [Double], _ p: [Double], _ total: Double, _ comment: Comment? = nil) {
    #expect(p.count == y.count)
    #expect(p.filter { !($0 >= 0) }.isEmpty, comment)
    #expect((DoubleDouble.sum(p) - DoubleDouble(total)).magnitude().high <= 0x1p-52 * total, comment)
    // y_i - p_i is nu on the support and at most nu off it. Relative to the largest entry, so that the
    // differences are exact to their own size.
    let top = y.max() ?? 0
    let support = p.indices.filter { p[$0] > 0 }
    let thresholds = support.map { (y[$0] - top) - p[$0] }
    let low = thresholds.min() ?? 0
    let high = thresholds.max() ?? 0
    #expect(high - low <= 8 * 0x1p-52 * total, comment)
    for i in p.indices where p[i] == 0 { #expect(y[i] - top <= high, comment) }
  }

  static func sample(_ kind: Int, _ n: Int, _ g: inout Generator) -> [Double] {
    switch kind {
    case 0: g.vector(n)
    case 1: g.vector(n, -1e-3...1e-3)
    case 2: (0..<n).map { _ in Double(g.next() % 4) / 4 }
    case 3: (0..<n).map { _ in g.uniform(-1...1) * Kernel.exp(g.uniform(-50...50)) }
    case 4: g.vector(n).map { 1e9 + $0 }
    default: (0..<n).map { -Kernel.exp(-Double($0) / 10) }
    }
  }

  @Test("optimality on random points of six kinds", arguments: [1, 2, 3, 10, 100, 1000], 0..<6)
  func euclidean(n: Int, kind: Int) {
    var g = Generator(seed: UInt64(n * 10 + kind))
    for total in [1.0, 0.01, 37] {
      let y = Self.sample(kind, n, &g)
      Self.check(y, SimplexProjection.euclidean(y, total: total), total)
    }
  }

  @Test("exact answers")
  func exact() {
    #expect(SimplexProjection.euclidean([7]) == [1])
    #expect(SimplexProjection.euclidean([0.25, 0.75]) == [0.25, 0.75])
    #expect(SimplexProjection.euclidean([3, 3, 3, 3]) == [0.25, 0.25, 0.25, 0.25])
    #expect(SimplexProjection.euclidean([1, 2]) == [0, 1])
    #expect(SimplexProjection.euclidean([0.5, 0.75, -3]) == [0.375, 0.625, 0])
    #expect(SimplexProjection.euclidean([1e300, 1, 2]) == [1, 0, 0])
    #expect(SimplexProjection.euclidean([1e300, 1e300, 2]) == [0.5, 0.5, 0])
    #expect(SimplexProjection.euclidean([1e308, -1e308]) == [1, 0])
    #expect(SimplexProjection.euclidean([-1e300, -1e300]) == [0.5, 0.5])
    #expect(SimplexProjection.euclidean([-.infinity, 0]) == [0, 1])
    #expect(SimplexProjection.euclidean([0x1p-1074, 0]) == [0.5, 0.5])
    #expect(SimplexProjection.euclidean([0, 0], total: 0) == [0, 0])
    #expect(SimplexProjection.euclidean([]) == [])
    #expect(SimplexProjection.euclidean([.nan, 0]).filter(\.isNaN).count == 2)
    #expect(SimplexProjection.euclidean([.infinity, 0]).filter(\.isNaN).count == 2)
  }

  @Test("idempotent, equivariant to permutations, invariant to shifts, nonexpansive")
  func laws() {
    var g = Generator(seed: 71)
    for n in [2, 5, 64, 300] {
      let y = g.vector(n)
      let p = SimplexProjection.euclidean(y)
      for (a, b) in zip(p, SimplexProjection.euclidean(p)) { #expect((a - b).magnitude <= 0x1p-51) }
      let order = (0..<n).shuffled(using: &g)
      let permuted = SimplexProjection.euclidean(order.map { y[$0] })
      for (i, j) in order.enumerated() { #expect((permuted[i] - p[j]).magnitude <= 0x1p-51) }
      // A shift by a power of two keeps multiples of 2^-20 exact.
      let rounded = y.map { ($0 * 0x1p20).rounded() * 0x1p-20 }
      #expect(SimplexProjection.euclidean(rounded) == SimplexProjection.euclidean(rounded.map { $0 + 1024 }))
      let z = g.vector(n)
      let q = SimplexProjection.euclidean(z)
      func distance(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      }
      #expect(distance(p, q) <= distance(y, z) * (1 + 1e-14))
    }
  }

  /// The conditions of optimality of the weighted problem at the returned threshold.
  static func check(
    _ y: [Double], _ a: [Double], _ l: [Double], _ u: [Double], _ total: Double,
    _ result: (p: [Double], threshold: Double)
  ) {
    let (p, nu) = result
    let size = total.magnitude + l.reduce(0) { $0 + $1.magnitude }
    #expect((DoubleDouble.sum(p) - DoubleDouble(total)).magnitude().high <= 1e-14 * size)
    let scale = y.reduce(nu.magnitude) { max($0, $1.magnitude) }
    for i in p.indices {
      #expect(p[i] >= l[i] && p[i] <= u[i])
      // The derivative a p - y + nu vanishes inside, is >= 0 at the lower and <= 0 at the upper bound.
      let derivative = a[i] * p[i] - y[i] + nu
      let slack = 1e-13 * (scale + a[i] * p[i].magnitude)
      if p[i] > l[i] { #expect(derivative <= slack) }
      if p[i] < u[i] { #expect(derivative >= -slack) }
    }
  }

  @Test("weights, bounds and both", arguments: [1, 2, 3, 8, 50, 400], 0..<6)
  func weighted(n: Int, kind: Int) throws {
    var g = Generator(seed: UInt64(n * 10 + kind) + 1000)
    let ones = [Double](repeating: 1, count: n)
    let zeros = [Double](repeating: 0, count: n)
    let free = [Double](repeating: .infinity, count: n)
    for trial in 0..<6 {
      let y = Self.sample(kind, n, &g)
      let a =
        trial % 3 == 0
        ? ones : (0..<n).map { _ in trial == 4 && g.next() % 3 == 0 ? 0 : Kernel.exp(g.uniform(-3...3)) }
      let l = trial % 2 == 0 ? zeros : g.vector(n, -0.5...0.9).map { $0 / Double(n) }
      let u = trial < 3 ? free : zip(l, g.vector(n, 0...3)).map { $0 + $1 / Double(n) }
      let most = u.reduce(0, +)
      let least = l.reduce(0, +)
      let total = most.isFinite ? least + (most - least) * g.uniform(0...1) : least + g.uniform(0.1...2)
      let result = try SimplexProjection.euclidean(y, weights: a, lower: l, upper: u, total: total)
      Self.check(y, a, l, u, total, result)
    }
    let y = Self.sample(kind, n, &g)
    let plain = try SimplexProjection.euclidean(y, weights: nil)
    for (p, q) in zip(plain.p, SimplexProjection.euclidean(y)) { #expect((p - q).magnitude <= 1e-14) }
  }

  @Test("weighted cases by hand")
  func weightedByHand() throws {
    // min p^2 + q^2/2 - ..., a = (2, 1), y = 0: p : q = 1 : 2.
    let r = try SimplexProjection.euclidean([0, 0], weights: [2, 1])
    #expect((r.p[0] - 1.0 / 3).magnitude <= 0x1p-53 && (r.p[1] - 2.0 / 3).magnitude <= 0x1p-53)
    #expect((r.threshold + 2.0 / 3).magnitude <= 0x1p-52)
    // All weights 0: a linear knapsack, ties filled by index.
    let k = try SimplexProjection.euclidean([1, 2, 2, 0], weights: [0, 0, 0, 0], upper: [1, 0.75, 0.75, 1])
    #expect(k.p == [0, 0.75, 0.25, 0] && k.threshold == 2)
    let open = try SimplexProjection.euclidean([1, 2, 2], weights: [0, 0, 0])
    #expect(open.p == [0, 1, 0] && open.threshold == 2)
    // A cap at work.
    let c = try SimplexProjection.euclidean([5, 0, 0], weights: nil, upper: [0.5, 1, 1])
    #expect(c.p == [0.5, 0.25, 0.25])
    // One element, and huge entries.
    #expect(try SimplexProjection.euclidean([-4], weights: [3]).p == [1])
    #expect(try SimplexProjection.euclidean([1e300, 0, -1e300], weights: nil).p == [1, 0, 0])
    #expect(
      try SimplexProjection.euclidean([1e300, 0, -1e300], weights: nil, upper: [0.5, 0.25, 1]).p == [
        0.5, 0.25, 0.25,
      ])
    #expect(
      try SimplexProjection.euclidean([0, 0], weights: nil, lower: [-1, -1], total: -2).p == [-1, -1])
    // Far from 0 the threshold cannot hold the digits of p; the second pass finds them.
    let far = try SimplexProjection.euclidean(
      [9e15, 9e15 + 1, 0, 2], weights: nil, upper: [1, 1, 1, 0.25], total: 2.5)
    #expect(far.p == [1, 1, 0.25, 0.25])
  }

  @Test("caps that sum to the total exactly, or within the rounding of the caps")
  func tight() throws {
    #expect(
      try SimplexProjection.euclidean([3, 1, 2, 9], weights: nil, upper: [0.25, 0.25, 0.25, 0.25]).p == [
        0.25, 0.25, 0.25, 0.25,
      ])
    for n in 1...200 {
      let u = [Double](repeating: 1 / Double(n), count: n)
      var g = Generator(seed: UInt64(n))
      let p = try SimplexProjection.euclidean(g.vector(n), weights: nil, upper: u).p
      for (a, b) in zip(p, u) { #expect((a - b).magnitude <= 0x1p-52) }
      let q = try SimplexProjection.kullbackLeibler(g.vector(n, 0.1...1), upper: u).p
      for (a, b) in zip(q, u) { #expect((a - b).magnitude <= 0x1p-52) }
      let least = try SimplexProjection.euclidean(g.vector(n), weights: nil, lower: u).p
      for (a, b) in zip(least, u) { #expect((a - b).magnitude <= 0x1p-52) }
    }
  }

  @Test("empty sets are reported with their sums, invalid data with its index")
  func infeasible() {
    #expect(throws: ProjectionError.infeasible(sumOfLower: 0, sumOfUpper: 0.75, total: 1)) {
      try SimplexProjection.euclidean([1, 2], weights: nil, upper: [0.5, 0.25])
    }
    #expect(throws: ProjectionError.infeasible(sumOfLower: 1.5, sumOfUpper: .infinity, total: 1)) {
      try SimplexProjection.kullbackLeibler([1, 2], lower: [0.75, 0.75])
    }
    #expect(throws: ProjectionError.emptyInterval(index: 1)) {
      try SimplexProjection.euclidean([1, 2], weights: nil, lower: [0, 0.5], upper: [1, 0.25])
    }
    #expect(throws: ProjectionError.invalid(index: 0)) {
      try SimplexProjection.euclidean([.nan, 2], weights: nil)
    }
    #expect(throws: ProjectionError.invalid(index: 1)) {
      try SimplexProjection.euclidean([1, 2], weights: [1, -1])
    }
    #expect(throws: ProjectionError.invalid(index: 1)) {
      try SimplexProjection.euclidean([1, 2], weights: nil, upper: [1, .nan])
    }
    #expect(throws: ProjectionError.invalid(index: 1)) { try SimplexProjection.kullbackLeibler([1, -2]) }
    // Zero stays zero under the divergence, so a lower bound there has no point, and no mass can be placed.
    #expect(throws: ProjectionError.emptyInterval(index: 0)) {
      try SimplexProjection.kullbackLeibler([0, 1], lower: [0.1, 0])
    }
    #expect(throws: ProjectionError.infeasible(sumOfLower: 0, sumOfUpper: 0.5, total: 1)) {
      try SimplexProjection.kullbackLeibler([0, 1], upper: [1, 0.5])
    }
    #expect(throws: ProjectionError.infeasible(sumOfLower: 0, sumOfUpper: 0, total: 1)) {
      try SimplexProjection.euclidean([], weights: nil)
    }
    #expect(throws: ProjectionError.infeasible(sumOfLower: 0, sumOfUpper: .infinity, total: .infinity)) {
      try SimplexProjection.kullbackLeibler([1, 2], total: .infinity)
    }
  }

  @Test("the KL projection: ratios inside, bounds outside", arguments: [1, 2, 3, 10, 100, 1000])
  func kullbackLeibler(n: Int) throws {
    var g = Generator(seed: UInt64(n) + 80)
    for trial in 0..<8 {
      var y = g.vector(n, 0...1).map { trial == 1 ? $0 * $0 * $0 * $0 : $0 }
      if trial == 2 { y = y.map { Kernel.exp(-600 * $0) } }
      if trial == 3 { y = y.map { $0 * 1e300 } }
      if trial == 4 { y = y.map { $0 * 0x1p-1060 } }
      let l = trial % 2 == 0 ? [Double](repeating: 0, count: n) : g.vector(n, 0...0.9).map { $0 / Double(n) }
      let u =
        trial < 2 ? [Double](repeating: .infinity, count: n) : g.vector(n, 1.05...4).map { $0 / Double(n) }
      let result = try SimplexProjection.kullbackLeibler(y, lower: l, upper: u)
      #expect((DoubleDouble.sum(result.p) - DoubleDouble(1)).magnitude().high <= 1e-14)
      // log t bounds: log(p/y) is log t inside, >= log t at the lower and <= log t at the upper bound.
      var inside: [Double] = []
      for i in 0..<n {
        #expect(result.p[i] >= l[i] && result.p[i] <= u[i])
        if result.p[i] > l[i] && result.p[i] < u[i] && result.p[i] > 0x1p-1000 {
          inside.append(Kernel.log(result.p[i]) - Kernel.log(y[i]))
        }
      }
      guard let low = inside.min(), let high = inside.max() else { continue }
      #expect(high - low <= 1e-12 * (1 + high.magnitude))
      for i in 0..<n where y[i] > 0 {
        let ratio = Kernel.log(result.p[i]) - Kernel.log(y[i])
        if result.p[i] == u[i] { #expect(ratio <= high + 1e-12 * (1 + high.magnitude)) }
        if result.p[i] == l[i] && l[i] > 0 { #expect(ratio >= low - 1e-12 * (1 + low.magnitude)) }
      }
    }
  }

  @Test("KL cases by hand")
  func kullbackLeiblerByHand() throws {
    #expect(try SimplexProjection.kullbackLeibler([1, 3]).p == [0.25, 0.75])
    #expect(try SimplexProjection.kullbackLeibler([1, 3]).scale == 0.25)
    #expect(try SimplexProjection.kullbackLeibler([8, 1, 1], upper: [0.5, 1, 1]).p == [0.5, 0.25, 0.25])
    let raised = try SimplexProjection.kullbackLeibler([8, 1, 7], lower: [0, 0.25, 0]).p
    #expect(
      raised[1] == 0.25 && (raised[0] - 0.4).magnitude <= 0x1p-53 && (raised[2] - 0.35).magnitude <= 0x1p-53)
    #expect(try SimplexProjection.kullbackLeibler([0, 5]).p == [0, 1])
    #expect(try SimplexProjection.kullbackLeibler([1e308, 1e308]).p == [0.5, 0.5])
    #expect(try SimplexProjection.kullbackLeibler([0x1p-1074, 3 * 0x1p-1074]).p == [0.25, 0.75])
    #expect(try SimplexProjection.kullbackLeibler([1, 0x1p-1074], upper: [0.5, 1]).p == [0.5, 0.5])
    #expect(try SimplexProjection.kullbackLeibler([0, 0], total: 0).p == [0, 0])
    #expect(try SimplexProjection.kullbackLeibler([], total: 0).p == [])
  }

  @Test("a slow case for shrinking sets still ends in the answer")
  func slowShrinking() {
    // Geometric steps make every pass remove few entries.
    var y: [Double] = [0]
    for k in 1..<3000 { y.append(-1 + Kernel.exp(-Double(k) * 0.01)) }
    Self.check(y, SimplexProjection.euclidean(y), 1)
    Self.check(y, SimplexProjection.euclidean(Array(y.reversed())).reversed(), 1)
    let harmonic = (1...2000).map { 1 / Double($0) }
    Self.check(harmonic, SimplexProjection.euclidean(harmonic), 1)
  }
}
