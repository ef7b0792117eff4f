import Entropic
import Testing

@Suite("Stochastic mirror descent")
struct StochasticMirrorDescentTests {
  /// Small problems with known optima, run with a seed.
  private static func run(_ seed: UInt64) -> (outcome: Outcome, optimum: Double) {
    let method = StochasticMirrorDescent(steps: 300, batch: 4, validation: 2000)
    let options = SolveOptions(seed: seed)
    switch seed % 3 {
    case 0:
      // The least mean cost.
      return (estimate(costs([0.2, 0.5, 0.1, 0.4], range: nil), outcomes: 4, by: method, options), 0.1)
    case 1:
      // -log sum exp(-c)
      var entropy = Functional(count: 4)
      entropy.entropic = [1, 1, 1, 1]
      let oracle = costs([0.2, 0.5, 0.1, 0.4], range: nil)
      return (
        estimate(oracle, outcomes: 4, regularizer: entropy, by: method, options), -1.09875190454209801364469
      )
    default:
      // E |p - y|^2 / 2 with y one of two points; at the mean (0.5, 0.3, 0.2) half the spread is left.
      let oracle = SampledGradient { p, generator in
        let y = generator.uniform() < 0.5 ? [0.7, 0.3, 0.0] : [0.3, 0.3, 0.4]
        let d = zip(p, y).map { $0 - $1 }
        return .init(value: Kernel.dot(d, d) / 2, gradient: d)
      }
      return (estimate(oracle, outcomes: 3, by: method, options), 0.04)
    }
  }

  /// Costs with uniform noise of width 1.
  private static func costs(_ mean: [Double], range: Double?) -> SampledGradient {
    SampledGradient(range: range) { p, generator in
      var c = mean
      for i in c.indices { c[i] += generator.uniform() - 0.5 }
      return .init(value: Kernel.dot(c, p), gradient: c)
    }
  }

  @Test("the 95 % interval holds the optimum in at least 181 of 200 seeds")
  func coverage() throws {
    var hits = 0
    for seed in 1...200 as ClosedRange<UInt64> {
      let (outcome, optimum) = Self.run(seed)
      guard case .estimated(let answer) = outcome else {
        Issue.record("seed \(seed): \(outcome.status)")
        continue
      }
      let certificate = answer.certificate
      #expect(certificate.level == .statistical && certificate.confidence == 0.95)
      #expect(certificate.lower <= certificate.value && certificate.value <= certificate.upper)
      #expect(certificate.gap < 0.3)
      if certificate.lower <= optimum, optimum <= certificate.upper { hits += 1 }
    }
    #expect(hits >= 181, "\(hits) of 200")
  }

  @Test("the seed decides everything")
  func seeds() throws {
    func point(_ seed: UInt64) -> [Double]? { Self.run(seed).outcome.answerIfAny?.point }
    #expect(point(3) == point(3))
    #expect(point(3) != point(6))
    var (a, b) = (SeededGenerator(seed: 5), SeededGenerator(seed: 5, stream: 1))
    #expect(a.next() != b.next())
    let mean = (0..<10_000).reduce(0.0) { sum, _ in sum + a.uniform() } / 10_000
    #expect(abs(mean - 0.5) < 0.015)
  }

  @Test("known ranges give wider bars that need no limit theorem")
  func bernstein() throws {
    let method = StochasticMirrorDescent(steps: 100, batch: 4, validation: 2000)
    let plain = estimate(Self.costs([0.3, 0.1], range: nil), outcomes: 2, by: method)
    let sure = estimate(Self.costs([0.3, 0.1], range: 2), outcomes: 2, by: method)
    let (a, b) = (try #require(plain.answerIfAny?.certificate), try #require(sure.answerIfAny?.certificate))
    #expect(a.value == b.value)
    #expect(b.lower < a.lower && a.upper < b.upper)
    #expect(b.lower <= 0.1 && 0.1 <= b.upper)
  }

  private static let mixture: Program = {
    var layout = Layout()
    layout.append(name: "p", kind: .simplex, shape: [3])
    var f = Functional(count: 3)
    // Weights 0.2, 0.5, 0.3 on separated rows: p = w is optimal.
    f.composites = [
      Composite(
        outer: .log([0.2, 0.5, 0.3]),
        map: .dense(
          Matrix(rows: 3, columns: 3, elements: [2, 0, 0, 0, 0.5, 0, 0, 0, 8]), firstColumn: 0, columns: 3))
    ]
    return Program(layout: layout, objective: f)
  }()

  @Test("rows of a sum are sampled; the outcome is an estimate, never optimal")
  func finiteSum() throws {
    let outcome = minimize(Self.mixture, by: "stochastic-mirror-descent")
    let answer = try #require(outcome.answerIfAny)
    #expect(outcome.status == "estimated" && outcome.exitCode == 13)
    #expect(outcome.run.methods.last == "stochastic-mirror-descent")
    let optimum = 0.6137647057286063417652525
    #expect(answer.certificate.lower <= optimum && optimum <= answer.certificate.upper)
    #expect(Self.mixture.objective.value(answer.point) - optimum < 0.01)
    #expect(throws: UnsolvedError.self) { try outcome.answer }
  }

  @Test("limits keep their error bars; broken oracles stall; constraints are declined")
  func ends() throws {
    let few = Solver.run(
      Self.mixture, SolveOptions(method: "stochastic-mirror-descent", iterations: 20))
    #expect(few.status == "limit" && few.exitCode == 20)
    #expect(few.answerIfAny?.certificate.level == .statistical)
    let none = Solver.run(
      Self.mixture, SolveOptions(method: "stochastic-mirror-descent", iterations: 0))
    #expect(none.status == "limit")
    for broken in [Double.nan, .infinity] {
      let oracle = SampledGradient { p, _ in .init(value: 0, gradient: p.map { _ in broken }) }
      #expect(estimate(oracle, outcomes: 3).status == "stalled")
      let values = SampledGradient { p, _ in .init(value: broken, gradient: p.map { _ in 0 }) }
      #expect(estimate(values, outcomes: 3).status == "stalled")
    }
    let short = SampledGradient { _, _ in .init(value: 0, gradient: [1]) }
    #expect(estimate(short, outcomes: 3).status == "stalled")
    let one = estimate(Self.costs([2], range: nil), outcomes: 1)
    #expect(one.status == "estimated" && one.answerIfAny?.point == [1])
    #expect(!StochasticMirrorDescent().accepts(Build.entropy(3)).isAccepted)
    var curved = Self.mixture
    curved.convex = [ConvexConstraint(name: "curved", functional: Self.mixture.objective, bound: 1)]
    #expect(!StochasticMirrorDescent().accepts(curved).isAccepted)
  }

  @Test("linear constraints: the interval holds the optimum in at least 90 of 100 seeds")
  func rows() {
    var program = Self.mixture
    program.equalities = [Build.row([0, 1, 2], 1)]
    // p_i = w_i / (1 + lambda (x_i - 1)) with lambda = 1/5: (1/4, 1/2, 1/4), value 9/10 log 2.
    let optimum = 0.62383246250395077847550890931235
    let method = StochasticMirrorDescent(steps: 300, batch: 4, validation: 2000)
    var hits = 0
    for seed in 1...100 as ClosedRange<UInt64> {
      var seeded = method
      seeded.seed = seed
      var options = SolveOptions(seed: seed)
      options.chain = [seeded]
      let outcome = Solver.run(program, options)
      guard case .estimated(let answer) = outcome else {
        Issue.record("seed \(seed): \(outcome.status)")
        continue
      }
      #expect(program.isFeasible(answer.point))
      if answer.certificate.lower <= optimum, optimum <= answer.certificate.upper { hits += 1 }
    }
    #expect(hits >= 90, "\(hits) of 100")
  }

  @Test("differences to an anchor have less variance and the same mean")
  func variance() throws {
    let optimum = 0.6137647057286063417652525
    func error(_ reduces: Bool) throws -> Double {
      var worst = 0.0
      for seed in 1...8 as ClosedRange<UInt64> {
        var options = SolveOptions(seed: seed)
        options.chain = [StochasticMirrorDescent(steps: 3000, batch: 4, reducesVariance: reduces)]
        let answer = try #require(Solver.run(Self.mixture, options).answerIfAny)
        #expect(answer.certificate.lower <= optimum + 1e-3 && optimum - 1e-3 <= answer.certificate.upper)
        worst = max(worst, Self.mixture.objective.value(answer.point) - optimum)
      }
      return worst
    }
    #expect(try error(true) < 0.5 * error(false))
    #expect(
      Catalogue.named("stochastic-mirror-descent(reduced)")?.name == "stochastic-mirror-descent(reduced)")
  }

  @Test("quantiles of error bars")
  func quantiles() {
    for (tail, degrees, exact) in [
      (0.025, 100.0, 1.983971518523552), (1e-5, 999, 4.285458337387215), (0.0125, 31, 2.3555682821599118),
      (1e-7, 2000, 5.217612279354139),
    ] {
      #expect(abs(StudentQuantile.value(tail: tail, degrees: degrees) - exact) <= 1e-5 * exact)
    }
  }
}
