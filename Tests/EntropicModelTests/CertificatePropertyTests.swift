import EntropicModel
import EntropicNumerics
import EntropicTestSupport
import Testing

/// Instances built backwards from their optimum: whatever is offered, no interval may miss it.
///
/// The optimum of each instance is at most F(p*) for a p* that is feasible in exact arithmetic, evaluated here in two
/// doubles; so `lower <= F(p*)` must hold for every point, every multiplier and every slope.
@Suite("certificates hold the optimum")
struct CertificatePropertyTests {
  #if DEBUG
    static let trials = 3_000
  #else
    static let trials = 100_000
  #endif

  /// An instance with the value of an exactly feasible point, as near to the optimum as rounding of the data allows.
  struct Instance {
    var program: Program
    var optimum: DoubleDouble
    var point: [Double]
    var evidence: Evidence
  }

  @Test("entropy with moments: softmax of the multipliers is optimal")
  func entropy() {
    var random = Generator(seed: 11)
    for _ in 0..<Self.trials { check(Self.entropyInstance(&random), &random) }
  }

  @Test("linear programmes: complementary slackness")
  func linear() {
    var random = Generator(seed: 12)
    for _ in 0..<Self.trials { check(Self.linearInstance(&random), &random) }
  }

  @Test("log-mixtures, conditional entropies and squares: costs chosen so that p* is stationary")
  func composites() {
    var random = Generator(seed: 13)
    for _ in 0..<Self.trials / 2 { check(Self.mixtureInstance(&random), &random) }
    for _ in 0..<Self.trials / 2 { check(Self.squareInstance(&random), &random) }
  }

  private func check(_ instance: Instance, _ random: inout Generator) {
    let program = instance.program
    let n = program.count
    let best = instance.optimum
    func holds(_ certificate: Certificate, _ what: String) {
      let excess = DoubleDouble(certificate.lower) - best
      #expect(excess.high <= 0, "\(what): lower bound above the optimum by \(excess.high)")
      // A feasible point has upper >= F(p) >= optimum of the program in its band.
      if certificate.upper < .infinity {
        let under = best - DoubleDouble(certificate.upper)
        #expect(under.high <= 0, "\(what): upper bound below the optimum by \(under.high)")
      }
    }
    // The right evidence at the right point.
    holds(Certificate(program, point: instance.point, evidence: instance.evidence), "true evidence")
    // Any point and any multipliers, near the truth or far from it.
    let scale = Double.random(in: 0...1, using: &random) < 0.5 ? 1e-6 : 1.0
    var p = instance.point
    for i in 0..<n { p[i] *= 1 + scale * random.uniform(-0.9...0.9) }
    p = program.normalised(p)
    var evidence = instance.evidence
    for k in evidence.equality.indices { evidence.equality[k] += scale * random.uniform(-1...1) }
    for k in evidence.inequality.indices { evidence.inequality[k] += scale * random.uniform(-1...1) }
    let corrupted = Certificate(program, point: p, evidence: evidence)
    holds(corrupted, "corrupted")
    evidence.tangent = p.map { $0 * (1 + scale * random.uniform(-0.5...0.5)) }
    holds(Certificate(program, point: instance.point, evidence: evidence), "moved tangent")
    // Broken evidence is refused or harmless.
    evidence.equality = evidence.equality.map { _ in .nan }
    holds(Certificate(program, point: instance.point, evidence: evidence), "not a number")
    if evidence.equality.count > 0 {
      evidence.equality.removeLast()
      #expect(Certificate(program, point: instance.point, evidence: evidence).lower == -.infinity)
    }
  }

  // MARK: instances

  /// min sum p log p + c.p, A p = A p*, C p <= C p*, p* = softmax(-c - A'lam - C'mu).
  static func entropyInstance(_ random: inout Generator) -> Instance {
    let n = 2 + Int(random.next() % 6)
    let k = Int(random.next() % 3)
    let c = random.vector(n)
    let a = (0..<k).map { _ in random.vector(n) }
    let lambda = random.vector(k)
    let isUpper = k > 0 && random.next() % 2 == 0
    let logits = (0..<n).map { i -> DoubleDouble in
      var s = DoubleDouble(-c[i])
      for r in 0..<k {
        let multiplier = isUpper && r == 0 ? abs(lambda[r]) : lambda[r]
        s = s - DoubleDouble(a[r][i]) * DoubleDouble(multiplier)
      }
      return s
    }
    let top = logits.map(\.high).max() ?? 0
    let weights = logits.map { DoubleDouble.exponential($0 - DoubleDouble(top)) }
    let total = weights.reduce(DoubleDouble(0), +)
    let p = weights.map { $0 / total }
    var value = DoubleDouble(0)
    for i in 0..<n {
      let log = logits[i] - DoubleDouble(top) - DoubleDouble.logarithm(total, guess: Kernel.log(total.high))
      value = value + p[i] * (log + DoubleDouble(c[i]))
    }
    var program = Self.program(n)
    program.objective.entropic = [Double](repeating: 1, count: n)
    program.objective.linear = c
    var evidence = Evidence.none(for: program)
    for r in 0..<k {
      // The bound is rounded to a double: the exact problem lies in the band of the data.
      let bound = DoubleDouble.dot(a[r].map { DoubleDouble($0) }, p).high
      let row = ConstraintRow(name: "row \(r)", columns: Array(0..<n), values: a[r], bound: bound)
      if isUpper && r == 0 {
        program.inequalities.append(row)
        evidence.inequality.append(abs(lambda[r]))
      } else {
        program.equalities.append(row)
        evidence.equality.append(lambda[r])
      }
    }
    return Instance(
      program: program, optimum: value, point: program.normalised(p.map(\.high)), evidence: evidence)
  }

  /// Small dyadic data: every product is exact, so that p* and the multipliers are exactly optimal.
  static func linearInstance(_ random: inout Generator) -> Instance {
    let n = 3 + Int(random.next() % 6)
    let k = 1 + Int(random.next() % 2)
    func dyadic(_ random: inout Generator, _ size: Int) -> Double {
      Double(Int(random.next() % UInt64(2 * size + 1)) - size) / 8
    }
    var masses = [Int](repeating: 0, count: n)
    for _ in 0..<16 { masses[Int(random.next() % UInt64(max(2, n / 2)))] += 1 }
    let p = masses.map { Double($0) / 16 }
    var program = Self.program(n)
    var evidence = Evidence.none(for: program)
    var cost = [Double](repeating: dyadic(&random, 40), count: n)
    for i in 0..<n where p[i] == 0 { cost[i] += abs(dyadic(&random, 40)) }
    for r in 0..<k {
      let a = (0..<n).map { _ in dyadic(&random, 64) }
      let lambda = dyadic(&random, 16)
      let bound = zip(a, p).reduce(0) { $0 + $1.0 * $1.1 }
      for i in 0..<n { cost[i] -= lambda * a[i] }
      program.equalities.append(
        ConstraintRow(name: "row \(r)", columns: Array(0..<n), values: a, bound: bound))
      evidence.equality.append(lambda)
    }
    program.objective.linear = cost
    let value = DoubleDouble.dot(cost.map { DoubleDouble($0) }, p.map { DoubleDouble($0) })
    return Instance(program: program, optimum: value, point: p, evidence: evidence)
  }

  /// -sum w log(L p) + sigma sum S x log(x / v) + c.p with c = -gradient + slack: p* is stationary up to rounding.
  static func mixtureInstance(_ random: inout Generator) -> Instance {
    let n = 3 + Int(random.next() % 4)
    let m = 2 + Int(random.next() % 5)
    let p = Self.dyadicLaw(n, &random)
    var l = Matrix(rows: m, columns: n, repeating: 0)
    for k in l.elements.indices { l.elements[k] = random.uniform(0.01...1) }
    let w = (0..<m).map { _ in random.uniform(0.1...1) }
    var program = Self.program(n)
    program.objective.composites = [
      Composite(outer: .log(w), map: .dense(l, firstColumn: 0, columns: n))
    ]
    if random.next() % 2 == 0 {
      program.objective.conditionals = [
        ConditionalEntropy(
          weight: [random.uniform(0.1...2)],
          map: SparseMatrix(columns: n, rows: [(0..<2).map { (column: $0, value: 0.5) }]), offset: [0.25])
      ]
    }
    let gradient = program.objective.gradient(p)
    program.objective.linear = (0..<n).map { -gradient[$0] + (p[$0] == 0 ? random.uniform(0...1) : 0) }
    var value = DoubleDouble(0)
    for j in 0..<m {
      var u = DoubleDouble(0)
      for i in 0..<n { u = u + DoubleDouble(l[j, i]) * DoubleDouble(p[i]) }
      value = value - DoubleDouble(w[j]) * DoubleDouble.logarithm(u, guess: Kernel.log(u.high))
    }
    for term in program.objective.conditionals {
      var v = DoubleDouble(0.25)
      for i in 0..<2 { v = v + DoubleDouble(0.5 * p[i]) }
      var part = -v * DoubleDouble.logarithm(v, guess: Kernel.log(v.high))
      for i in 0..<2 where p[i] > 0 {
        part = part + DoubleDouble(0.5 * p[i]) * DoubleDouble.log(p[i], guess: Kernel.log(p[i]))
      }
      value = value + DoubleDouble(term.weight[0]) * part
    }
    for i in 0..<n { value = value + DoubleDouble(program.objective.linear[i]) * DoubleDouble(p[i]) }
    return Instance(program: program, optimum: value, point: p, evidence: .none(for: program))
  }

  /// sum d p^2 + |K p - k|^2 + beta-barrier-free costs with caps.
  static func squareInstance(_ random: inout Generator) -> Instance {
    let n = 3 + Int(random.next() % 4)
    let p = Self.dyadicLaw(n, &random)
    var program = Self.program(n)
    let d = (0..<n).map { _ in random.uniform(0...2) }
    program.objective.powers = [Functional.PowerTerm(exponent: 2, weights: d)]
    let m = 2
    var k = Matrix(rows: m, columns: n, repeating: 0)
    for i in k.elements.indices { k.elements[i] = random.uniform(-1...1) }
    let offset = random.vector(m)
    program.objective.composites = [
      Composite(outer: .power(2, [1, 1]), map: .dense(k, firstColumn: 0, columns: n), offset: offset)
    ]
    let gradient = program.objective.gradient(p)
    program.objective.linear = (0..<n).map { -gradient[$0] + (p[$0] == 0 ? random.uniform(0...1) : 0) }
    if random.next() % 2 == 0 { program.layout.upper = p.map { $0 > 0 ? $0 : 0.5 } }
    var value = DoubleDouble(0)
    for i in 0..<n {
      value = value + DoubleDouble(d[i]) * DoubleDouble(p[i] * p[i])
      value = value + DoubleDouble(program.objective.linear[i]) * DoubleDouble(p[i])
    }
    for j in 0..<m {
      var u = DoubleDouble(offset[j])
      for i in 0..<n { u = u + DoubleDouble(k[j, i]) * DoubleDouble(p[i]) }
      value = value + u * u
    }
    return Instance(program: program, optimum: value, point: p, evidence: .none(for: program))
  }

  private static func program(_ n: Int) -> Program {
    var layout = Layout()
    layout.append(name: "p", kind: .simplex, shape: [n])
    return Program(layout: layout, objective: Functional(count: n))
  }

  /// Sixteenths that sum to exactly one, with zeros among them.
  private static func dyadicLaw(_ n: Int, _ random: inout Generator) -> [Double] {
    var masses = [Int](repeating: 0, count: n)
    for _ in 0..<16 { masses[Int(random.next() % UInt64(n))] += 1 }
    return masses.map { Double($0) / 16 }
  }
}
