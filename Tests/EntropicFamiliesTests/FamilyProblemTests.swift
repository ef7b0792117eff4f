import EntropicFamilies
import Foundation
import Testing

/// Members of families that minimise functionals, against closed forms and computations with 30 digits.
@Suite("problems over families") struct FamilyProblemTests {
  private func family(_ name: String) throws -> ScalarFamily { try #require(ScalarFamily.named(name)) }

  private func optimum(_ problem: FamilyProblem) throws -> FamilyProblem.Answer {
    let outcome = problem.solved()
    guard case .optimal(let answer) = outcome else {
      Issue.record("\(problem.family.name): \(outcome)")
      throw Missing()
    }
    return answer
  }
  private struct Missing: Error {}

  /// Checks value, parameters and the interval.
  private func check(
    _ problem: FamilyProblem, value: Double, _ parameters: [Double],
    _ place: SourceLocation = #_sourceLocation
  ) throws {
    let answer = try optimum(problem)
    #expect(abs(answer.value - value) <= 1e-12 * max(1, abs(value)), sourceLocation: place)
    for (found, expected) in zip(answer.parameters, parameters) {
      #expect(abs(found - expected) <= 1e-10 * max(1, abs(expected)), sourceLocation: place)
    }
    let (lower, upper) = (try #require(answer.lower), try #require(answer.upper))
    let room = 1e-15 * abs(value)
    #expect(lower <= value + room && value <= upper + room, sourceLocation: place)
    #expect(upper - lower <= 1e-9 * max(1, abs(value)), sourceLocation: place)
  }

  /// References: T. Minka (2000, 2002), Choi and Wette (1969); 25 digits by mpmath.
  @Test func maximumLikelihood() throws {
    let y = [1.2, 0.4, 3.1, 2.2, 0.9, 1.7]
    let ones = [Double](repeating: 1, count: 6)
    try check(
      FamilyProblem(try family("gamma"), -1 * LawFunctional(.logLikelihood(values: y, weights: ones))),
      value: 7.422512728717748884918995, [2.773112921759146134789661, 1.751439740058408085130312])
    // The normal: mean and mean square deviation.
    let mean = y.reduce(0, +) / 6
    let variance = y.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 6
    let normal = FamilyProblem(
      try family("normal"), -1 * LawFunctional(.logLikelihood(values: y, weights: ones)))
    try check(normal, value: 3 * (log(2 * Double.pi * variance) + 1), [mean, variance])
    // Standard errors s / sqrt n and s^2 sqrt(2 / n).
    let errors = try #require(try optimum(normal).standardErrors)
    #expect(abs(errors[0] - (variance / 6).squareRoot()) < 1e-8)
    #expect(abs(errors[1] - variance * (2.0 / 6).squareRoot()) < 1e-8)
  }

  @Test func momentProjections() throws {
    try check(
      FamilyProblem(
        try family("normal"), LawFunctional(.divergenceFrom(try Laplace(location: 1, scale: 0.5)))),
      value: 0.07236494292470008707171368, [1, 0.5])
    try check(
      FamilyProblem(
        try family("gamma"), LawFunctional(.divergenceFrom(try LogNormal(mu: 0.25, sigma: 0.5)))),
      value: 0.02038371519224268801318761, [4.15937801516894947161055, 2.85869591626449270360046])
    try check(
      FamilyProblem(
        try family("beta"), LawFunctional(.divergenceFrom(try Uniform(lower: 0.2, upper: 0.9)))),
      value: 0.1165005493245620341712132, [3.007457059954892510559747, 2.443899187103171857424009])
    try check(
      FamilyProblem(
        try family("poisson"), LawFunctional(.divergenceFrom(try Geometric(success: 0.4)))),
      value: 0.2327966241809990025593436, [1.5])
  }

  /// The normal law nearest to the logarithm of a gamma variable of shape 3 and rate 3/2: variance 1/3, mean
  /// log 2 - 1/6 (M. Opper, C. Archambeau 2009).
  @Test func variationalNormal() throws {
    let x = OutcomeFormula.variable
    let potential = PointFunction("U", 1.5 * x.applying(.exp) - 3 * x + (log(2) - 3 * log(1.5)))
    try check(
      FamilyProblem(
        try family("normal"), -1 * LawFunctional(.entropy) + LawFunctional(.expectation(potential))),
      value: 0.02767792568499833914878929, [0.5264805138932786427505655, 1.0 / 3])
    // A normal target is found exactly, from far.
    let far = try Normal(mean: 40, variance: 1e-4)
    let answer = try optimum(FamilyProblem(try family("normal"), LawFunctional(.divergenceTo(far))))
    #expect(abs(answer.value) < 1e-10 && abs(answer.parameters[0] - 40) < 1e-8)
  }

  @Test func oneObservationHasUnboundedLikelihood() throws {
    let problem = FamilyProblem(
      try family("normal"), -1 * LawFunctional(.logLikelihood(values: [3], weights: [1])))
    guard case .unbounded = problem.solved() else {
      Issue.record("\(problem.solved())")
      return
    }
  }

  @Test func aPotentialWithTwoWellsIsLocalOnly() throws {
    let wells = PointFunction("U", pointwise: { x in 4 * (x * x - 4) * (x * x - 4) })
    let problem = FamilyProblem(
      try family("normal"), -1 * LawFunctional(.entropy) + LawFunctional(.expectation(wells)))
    guard case .local(let answer) = problem.solved() else {
      Issue.record("\(problem.solved())")
      return
    }
    #expect(answer.lower == nil && abs(abs(answer.parameters[0]) - 2) < 0.1)
  }

  /// The score of the shape of a Weibull law changes its sign once: optimal.
  @Test func likelihoodsWithABracket() throws {
    let y = [0.5, 1, 1.5, 2, 4]
    let problem = FamilyProblem(
      try family("weibull"),
      -1 * LawFunctional(.logLikelihood(values: y, weights: [1, 1, 1, 1, 1])))
    let answer = try optimum(problem)
    let k = answer.parameters[0]
    // The score of the shape: sum y^k log y / sum y^k - 1/k - mean log y = 0.
    let powers = y.map { pow($0, k) }
    let score =
      zip(powers, y).map { $0 * log($1) }.reduce(0, +) / powers.reduce(0, +) - 1 / k
      - y.map { log($0) }.reduce(0, +) / 5
    #expect(abs(score) < 1e-7)
    #expect(abs(pow(answer.parameters[1], k) - powers.reduce(0, +) / 5) < 1e-6)
  }

  /// KL(q || p) is bounded below by 0, whatever the scales: nothing is unbounded. The nearest Rayleigh law has half the
  /// mean square of q, exp(2 mu + 2 sigma^2) / 2.
  @Test func divergencesAreBoundedBelow() throws {
    let q = try LogNormal(mu: 1, sigma: 3.7)
    let answer = try optimum(FamilyProblem(try family("rayleigh"), LawFunctional(.divergenceFrom(q))))
    let scale = exp(1 + 3.7 * 3.7) / 2.0.squareRoot()
    #expect(abs(answer.parameters[0] - scale) <= 1e-10 * scale)
    for name in ["normal", "gamma", "inverse_gaussian", "laplace", "exponential", "inverse_gamma"] {
      for law in [q, try LogNormal(mu: 0, sigma: 1e-8), try LogNormal(mu: 300, sigma: 12)] {
        if case .unbounded(let why) = FamilyProblem(try family(name), LawFunctional(.divergenceFrom(law)))
          .solved()
        {
          Issue.record("\(name): \(why)")
        }
      }
    }
  }

  /// A Cauchy law has no mean square: its divergence from every normal law is infinite.
  @Test func infiniteDivergencesAreProved() throws {
    let q = try StudentT(degrees: 1.5, location: 0, scale: 1)
    guard case .infeasible = FamilyProblem(try family("normal"), LawFunctional(.divergenceFrom(q))).solved()
    else {
      Issue.record("not infeasible")
      return
    }
  }

  @Test func uniformAndGivenLaws() throws {
    let y = [0.3, 1.9, 1.1]
    let uniform = FamilyProblem(
      try family("uniform_law"), -1 * LawFunctional(.logLikelihood(values: y, weights: [1, 1, 1])))
    try check(uniform, value: 3 * log(1.6), [0.3, 1.9])
    // KL(N(0, 1) || N(1, 4)) = log 2 + 2 / 8 - 1 / 2.
    let given = FamilyProblem(
      try family("normal"), given: [0, 1], LawFunctional(.divergenceTo(try Normal(mean: 1, variance: 4))))
    try check(given, value: 0.44314718055994530942, [0, 1])
    let trials = FamilyProblem(
      try family("binomial"), -1 * LawFunctional(.logLikelihood(values: [1, 2], weights: [1, 1])))
    guard case .unsuitable = trials.solved() else {
      Issue.record("\(trials.solved())")
      return
    }
  }
}
