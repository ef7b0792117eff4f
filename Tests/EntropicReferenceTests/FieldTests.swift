import Entropic
import EntropicTestSupport
import Testing

/// Problems where tools of the field stop early, fail, or say "optimal" and are wrong; each with a certificate here.
@Suite("field")
struct FieldTests {
  /// A law built backwards: p ~ q exp(lambda . f), so that the projection of q on the moments of p is p.
  @Test(
    "a projection whose value is 1e-5: the relative gap, not an absolute one",
    arguments: [1000, 10_000, 100_000])
  func smallDivergence(n: Int) throws {
    var noise = Numbers(seed: 11)
    let rows = (0..<5).map { _ in (0..<n).map { _ in noise.uniform() } }
    let lambda = [0.006, -0.004, 0.005, 0.003, -0.007]
    let q = [Double](repeating: 1 / Double(n), count: n)
    var weights = (0..<n).map { i in
      Kernel.exp((0..<5).reduce(0.0) { $0 + lambda[$1] * rows[$1][i] })
    }
    let total = Kernel.compensatedSum(weights)
    weights = weights.map { $0 / total }
    let targets = rows.map { Kernel.compensatedDot($0, weights) }
    // KL(p, q) = lambda . m - log Z, Z the mean of exp(lambda . f) under q: both terms are near 1e-3, so that the
    // difference keeps 12 digits of 1e-5.
    let value = klDivergence(weights, q)
    let p = Unknown.simplex(n)
    let problem = try Problem(
      .minimize, kl(p, q), subjectTo: (0..<5).map { expect(p, rows[$0]) == targets[$0] })
    let answer = try Solver.run(problem).answer
    #expect(value > 1e-6 && value < 1e-4)
    #expect(abs(answer.objective.value - value) <= 1e-9 * value)
    // Rounding and the uncertainty of five moments: far below what an absolute tolerance of 1e-8 lets pass.
    #expect(answer.objective.upper - answer.objective.lower <= 1e-12)
    #expect(answer.objective.lower <= value && value <= answer.objective.upper)
  }

  @Test("maximum entropy with a mean next to the end of its range is finite and certified")
  func nearlyAtTheEnd() throws {
    let x = (0..<50).map(Double.init)
    let p = Unknown.simplex(over: x)
    let problem = try Problem(.maximize, entropy(p), subjectTo: [expect(p, x) == 48.999999])
    // The multiplier is 13.8: rounding of the mean alone moves the optimum by 1e-11, which the interval must hold.
    let answer = try Solver.run(problem, SolveOptions(tolerance: Tolerance(absolute: 1e-10))).answer
    // A 60-digit root of the mean.
    let optimum = 1.48155110579641e-05
    #expect(answer.objective.lower <= optimum && optimum <= answer.objective.upper)
    #expect(abs(answer.objective.value - optimum) <= 1e-10)
    #expect(answer[p].probabilities.allSatisfy { $0 >= 0 })
  }

  @Test("a mixture likelihood of 10,000 observations on 50 points")
  func mixture() throws {
    var noise = Numbers(seed: 5)
    let y = (0..<10_000).map { _ in noise.normal() + (noise.uniform() < 0.3 ? 2.5 : -0.5) }
    let grid = (0..<50).map { -4 + 9 * Double($0) / 49 }
    let elements = y.flatMap { v in grid.map { Kernel.exp(-0.5 * (v - $0) * (v - $0)) } }
    let p = Unknown.simplex(50)
    let problem = try Problem(
      .maximize, logLikelihood(Matrix(rows: y.count, columns: 50, elements: elements) * p))
    let outcome = Solver.run(problem)
    #expect(outcome.status == "optimal")
    let law = try outcome.answer[p].probabilities
    #expect(law.filter { $0 > 1e-8 }.count <= 12)
  }

  @Test("a mixture likelihood of 2000 observations by mirror descent with momentum")
  func mixtureByMirrorDescent() throws {
    var noise = Numbers(seed: 8)
    let y = (0..<2000).map { _ in noise.normal() + (noise.uniform() < 0.3 ? 2.5 : -0.5) }
    let grid = (0..<100).map { -4 + 9 * Double($0) / 99 }
    let elements = y.flatMap { v in grid.map { Kernel.exp(-0.5 * (v - $0) * (v - $0)) } }
    let likelihood = Matrix(rows: y.count, columns: 100, elements: elements)
    let p = Unknown.simplex(100)
    let problem = try Problem(.minimize, -logLikelihood(likelihood * p, y.map { _ in 1 / 2000.0 }))
    var options = SolveOptions(tolerance: Tolerance(relative: 1e-6, absolute: 0))
    options.method = "accelerated-mirror-descent"
    options.evaluations = 20_000
    let answer = try Solver.run(problem, options).answer
    // The bound of the definition, by plain loops: f(p) - min is at most max_j (L' (w / L p))_j - 1.
    let law = answer[p].probabilities
    let mixed = (0..<2000).map { i in (0..<100).reduce(0.0) { $0 + elements[100 * i + $1] * law[$1] } }
    let prices = (0..<100).map { j in
      (0..<2000).reduce(0.0) { $0 + elements[100 * $1 + j] / mixed[$1] } / 2000
    }
    #expect((prices.max() ?? 2) - 1 <= 1e-5)
  }

  @Test("transport with little entropy: marginals and gap to the last digits", arguments: [100, 300])
  func transport(n: Int) throws {
    var noise = Numbers(seed: 13)
    let from = (0..<n).map { _ in (noise.uniform(), noise.uniform()) }
    let to = (0..<n).map { _ in (noise.uniform(), noise.uniform()) }
    var cost = from.flatMap { x in
      to.map { (x.0 - $0.0) * (x.0 - $0.0) + (x.1 - $0.1) * (x.1 - $0.1) }
    }
    let largest = cost.max() ?? 1
    cost = cost.map { $0 / largest }
    let law = [Double](repeating: 1 / Double(n), count: n)
    let plan = Unknown.joint([n, n])
    let problem = try Problem(
      .minimize, expect(plan, cost) - 1e-3 * entropy(plan),
      subjectTo: [marginal(plan, 0) == law, marginal(plan, 1) == law])
    let answer = try Solver.run(problem).answer
    let masses = answer.point
    for i in 0..<n {
      let row = (0..<n).reduce(0.0) { $0 + masses[n * i + $1] }
      let column = (0..<n).reduce(0.0) { $0 + masses[n * $1 + i] }
      #expect(abs(row - law[i]) <= 1e-13 && abs(column - law[i]) <= 1e-13)
    }
    #expect(answer.objective.upper - answer.objective.lower <= 1e-12)
  }

  @Test("rate-distortion of random sources at a slope: Blahut's bound", arguments: [1.0, 8])
  func rateDistortion(slope: Double) throws {
    var noise = Numbers(seed: 17)
    let n = 24
    let source = (0..<n).map { _ in 0.1 + noise.uniform() }
    let total = source.reduce(0, +)
    let distortion = (0..<n * n).map { _ in noise.uniform() }
    // min over output laws of -sum p log sum q exp(-slope d), whose gap is log max_y sum p exp(-slope d) / sum q exp.
    let weights = source.map { $0 / total }
    let kernel = Matrix(rows: n, columns: n, elements: distortion.map { Kernel.exp(-slope * $0) })
    let q = Unknown.simplex(n)
    let answer = try Solver.run(try Problem(.minimize, -logLikelihood(kernel * q, weights))).answer
    let law = answer[q].probabilities
    let sums = (0..<n).map { x in (0..<n).reduce(0.0) { $0 + kernel.elements[n * x + $1] * law[$1] } }
    let prices = (0..<n).map { y in
      (0..<n).reduce(0.0) { $0 + weights[$1] * kernel.elements[n * $1 + y] / sums[$1] }
    }
    #expect(Kernel.log(prices.max() ?? 2) <= 2e-9 * abs(answer.objective.value) + 1e-12)
  }

  @Test("capacities of random channels: the gap of the definition", arguments: [8, 64, 256])
  func capacity(n: Int) throws {
    var noise = Numbers(seed: 3)
    let rows = (0..<n).map { _ -> [Double] in
      let w = (0..<n).map { _ in noise.uniform() }
      let sum = w.reduce(0, +)
      return w.map { $0 / sum }
    }
    let w = Matrix(rows: n, columns: n, elements: rows.flatMap { $0 })
    let p = Unknown.simplex(n)
    let answer = try Solver.run(try Problem(.maximize, mutualInformation(p, w))).answer
    // max_x KL(W_x, p W) - I, Blahut and Arimoto's own bound, by plain loops.
    let law = answer[p].probabilities
    let output = (0..<n).map { y in (0..<n).reduce(0) { $0 + law[$1] * rows[$1][y] } }
    let divergences = rows.map { row in zip(row, output).reduce(0) { $0 + $1.0 * Kernel.log($1.0 / $1.1) } }
    let value = zip(law, divergences).reduce(0) { $0 + $1.0 * $1.1 }
    let gap = (divergences.max() ?? 0) - value
    #expect(gap <= 2e-9 * value, "gap \(gap) at \(value)")
  }

  @Test("zeros in a channel, unused inputs and useless outputs")
  func zeros() throws {
    // The Z-channel beside an input that says nothing and an output that never comes: capacity log(5 / 4) for 1/2.
    let w = Matrix(rows: 3, columns: 3, elements: [1, 0, 0, 0.5, 0.5, 0, 0.8, 0.2, 0])
    let p = Unknown.simplex(3)
    let answer = try Solver.run(try Problem(.maximize, mutualInformation(p, w))).answer
    #expect(abs(answer.objective.value - 0.2231435513142097557662951) <= 1e-12)
    #expect(answer[p].probabilities[2] <= 1e-9)
  }

  @Test("D-optimal designs of 1000 points meet the equivalence theorem", arguments: [20, 80])
  func design(d: Int) throws {
    var noise = Numbers(seed: 9)
    let n = 1000
    let x = Matrix(rows: n, columns: d, elements: (0..<n * d).map { _ in noise.normal() })
    let p = Unknown.simplex(n)
    let answer = try Solver.run(try Problem(.maximize, logdet(informationMatrix(p, x)))).answer
    #expect(answer.objective.upper - answer.objective.lower <= 1e-9 * abs(answer.objective.value))
  }
}

/// Numbers for generated problems, the same on every machine.
struct Numbers {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  /// In [0, 1).
  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }

  mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + uniform() } }
}
