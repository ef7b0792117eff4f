import EntropicFamilies
import Foundation
import Testing

/// Continuous maximum entropy against the characterisations of named laws.
///
/// - Source: T. M. Cover, J. A. Thomas, Elements of Information Theory (2006), chapter 12.
@Suite("maximum entropy on intervals") struct MaximumEntropyTests {
  private static let x = PointFunction("x", .variable)
  private static let square = PointFunction("x^2", OutcomeFormula.variable.power(2))
  private static let log = PointFunction("log(x)", pointwise: { Foundation.log($0) })
  private static let log2 = PointFunction("log(x)^2", pointwise: { Foundation.log($0) * Foundation.log($0) })
  private static let quartic = PointFunction("x^4", pointwise: { $0 * $0 * $0 * $0 })
  private static let size = PointFunction("abs(x)", pointwise: { abs($0) })

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let from: Double
    let to: Double
    let moments: [(PointFunction, Double)]
    /// The entropy in nats.
    let entropy: Double
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "exponential", from: 0, to: .infinity, moments: [(x, 2)], entropy: 1.693147180559945309),
    Case(
      name: "normal", from: -.infinity, to: .infinity, moments: [(x, 1), (square, 5)],
      entropy: 2.112085713764618051),
    Case(
      name: "gamma", from: 0, to: .infinity, moments: [(x, 3), (log, 0.9)], entropy: 1.889264259053139067),
    Case(
      name: "von Mises", from: -Double.pi, to: Double.pi,
      moments: [
        (PointFunction("cos", pointwise: { cos($0) }), 0.5),
        (PointFunction("sin", pointwise: { sin($0) }), 0),
      ],
      entropy: 1.569596271935509710),
    Case(name: "Pareto", from: 1, to: .infinity, moments: [(log, 0.5)], entropy: 0.8068528194400546905),
    Case(
      name: "Laplace", from: -.infinity, to: .infinity, moments: [(size, 0.75)],
      entropy: 1.405465108108164381),
    Case(name: "uniform", from: -1, to: 3, moments: [], entropy: 1.386294361119890618),
    Case(
      name: "generalised normal", from: -.infinity, to: .infinity, moments: [(quartic, 3)],
      entropy: 1.466102006585132225),
    Case(
      name: "lognormal", from: 0, to: .infinity, moments: [(log, 0.5), (log2, 1.25)],
      entropy: 1.918938533204672741),
    // 1 + log 1e-9, and the normal of variance 1e-6 around 1000: log(2 pi e 1e-6) / 2.
    Case(name: "tiny scale", from: 0, to: .infinity, moments: [(x, 1e-9)], entropy: -19.72326583694641115),
    Case(name: "huge scale", from: 0, to: .infinity, moments: [(x, 1e12)], entropy: 28.63102111592854820),
    Case(
      name: "normal far from 0", from: -.infinity, to: .infinity, moments: [(x, 100), (square, 10001)],
      entropy: 1.418938533204672741),
    Case(
      name: "exponential turned round", from: -.infinity, to: 5, moments: [(x, 2)],
      entropy: 2.098612288668109691),
  ]

  @Test(arguments: cases) func named(_ item: Case) throws {
    let problem = try MaximumEntropy(
      from: item.from, to: item.to,
      item.moments.map { MaximumEntropy.Moment($0.0.text, $0.0, .equal, $0.1) })
    let outcome = problem.solved()
    guard case .optimal(let answer) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(abs(-answer.value - item.entropy) <= 1e-11 * max(1, abs(item.entropy)))
    #expect(answer.lower <= -item.entropy && -item.entropy <= answer.upper)
    #expect(abs(answer.law.entropy - item.entropy) <= 1e-9)
  }

  @Test func impossibleMomentsAreProved() throws {
    func outcome(
      _ from: Double, _ to: Double, _ moments: [(PointFunction, Double)]
    ) throws -> MaximumEntropy.Outcome {
      try MaximumEntropy(from: from, to: to, moments.map { .init($0.0.text, $0.0, .equal, $0.1) }).solved()
    }
    let x = Self.x, square = Self.square
    let cases: [(Double, Double, [(PointFunction, Double)])] = [
      (0, .infinity, [(x, -0.5)]), (-1, 1, [(x, 1.5)]), (-.infinity, .infinity, [(square, -1)]),
      (-.infinity, .infinity, [(x, 2), (square, 3)]), (0, 1, [(x, 0.5), (square, 0.6)]),
    ]
    for (from, to, moments) in cases {
      let found = try outcome(from, to, moments)
      guard case .infeasible(let y, let margin) = found else {
        Issue.record("\(moments.map(\.1)) \(found)")
        continue
      }
      #expect(margin > 0 && y.contains { $0 != 0 })
    }
  }

  @Test func boundsThatDoNotBindHaveNoMultiplier() throws {
    let problem = try MaximumEntropy(
      from: 0, to: .infinity, [.init("m", Self.x, .equal, 2), .init("v", Self.square, .atMost, 100)])
    guard case .optimal(let answer) = problem.solved() else {
      Issue.record("not solved")
      return
    }
    #expect(answer.multipliers[1] == 0)
    // d(-entropy)/d(mean) = -1 / mean.
    #expect(abs(answer.multipliers[0] + 0.5) < 1e-10)
    let tight = try MaximumEntropy(
      from: 0, to: .infinity, [.init("m", Self.x, .equal, 2), .init("v", Self.square, .atMost, 5)])
    guard case .optimal(let second) = tight.solved() else {
      Issue.record("not solved")
      return
    }
    #expect(second.multipliers[1] < 0 && abs(second.means[1] - 5) < 1e-12)
    let below = try MaximumEntropy(
      from: 0, to: .infinity, [.init("m", Self.x, .atMost, 2), .init("v", Self.square, .atLeast, 1)])
    guard case .optimal(let third) = below.solved() else {
      Issue.record("not solved")
      return
    }
    #expect(third.multipliers[1] == 0 && abs(third.value + 1.693147180559945309) < 1e-11)
  }

  /// A corner inside the interval: the law is exponential in two pieces, log(1 + r) pieces in closed form.
  @Test func cornersAreCut() throws {
    let corner = PointFunction("max(x - 0.3, 0)", pointwise: { max($0 - 0.3, 0) })
    let problem = try MaximumEntropy(from: 0, to: 1, [.init("c", corner, .equal, 0.4)])
    guard case .optimal(let answer) = problem.solved() else {
      Issue.record("\(problem.solved())")
      return
    }
    // Z(l) = 0.3 + (1 - exp(-0.7 l)) / l with the multiplier l; the entropy is log Z + 0.4 l.
    let l = -answer.multipliers[0]
    let z = 0.3 + (1 - exp(-0.7 * l)) / l
    let mean = ((1 - exp(-0.7 * l) * (1 + 0.7 * l)) / (l * l)) / z
    #expect(abs(mean - 0.4) < 1e-11 && abs(-answer.value - (Foundation.log(z) + 0.4 * l)) < 1e-11)
  }

  @Test func withoutEnoughMomentsTheEntropyHasNoLimit() throws {
    for problem in [
      try MaximumEntropy(from: 0, to: .infinity, []),
      try MaximumEntropy(from: -.infinity, to: .infinity, [.init("m", Self.x, .equal, 0)]),
    ] {
      guard case .unbounded = problem.solved() else {
        Issue.record("\(problem.solved())")
        continue
      }
    }
  }

  /// The infimum of sin(x) + 1 is 0 and attained again and again: nothing is contradicted, however close the nodes of a
  /// rule come to it. And what is true only between the nodes is not claimed.
  @Test func oscillatingFunctionsAreNoContradiction() throws {
    let sine = PointFunction("sin(x)", OutcomeFormula.variable.applying(.sin))
    for relation in [MaximumEntropy.Relation.atLeast, .equal] {
      let problem = try MaximumEntropy(from: -.infinity, to: 0, [.init("s", sine, relation, 1)])
      if case .infeasible = problem.solved() { Issue.record("sin(x) \(relation) 1 is attained") }
    }
    let beyond = try MaximumEntropy(from: -.infinity, to: 0, [.init("s", sine, .atLeast, 1.001)])
    guard case .infeasible(_, let margin) = beyond.solved() else {
      Issue.record("\(beyond.solved())")
      return
    }
    #expect(margin > 0 && margin <= 0.001)
  }

  /// Pareto laws of any mean of the logarithm exist: sup = log m + 1 + m, attained at shape 1 / m.
  @Test func heavyTailsAreNotTakenForUnbounded() throws {
    for mean in [0.5, 20, 500] {
      let problem = try MaximumEntropy(
        from: 1, to: .infinity,
        [.init("l", PointFunction("log(x)", OutcomeFormula.variable.applying(.log)), .equal, mean)])
      switch problem.solved() {
      case .unbounded, .infeasible: Issue.record("a mean of \(mean) is attained")
      case .optimal(let answer):
        #expect(abs(-answer.value - (Foundation.log(mean) + 1 + mean)) <= 1e-9 * (1 + mean))
      default: continue
      }
    }
  }

  @Test func numbersOutsideOfTheDomainAreRefused() {
    for temperature in [0, -1, Double.infinity, .nan, 1e200] {
      #expect(throws: FamilyError.self) { try MaximumEntropy(from: 0, to: 1, temperature: temperature, []) }
    }
    #expect(throws: FamilyError.self) { try MaximumEntropy(from: 1, to: 1, []) }
    #expect(throws: FamilyError.self) {
      try MaximumEntropy(from: 0, to: 1, [.init("m", Self.x, .equal, .infinity)])
    }
  }
}
