import Entropic
import Testing

extension CatalogueCase: CustomTestStringConvertible {
  var testDescription: String { id }
}

/// Every finite case of the catalogue, by the automatic choice and by every method that accepts it.
@Suite("reference catalogue")
struct ReferenceTests {
  static let cases = CatalogueCase.all.filter { CatalogueProblem($0) != nil }

  @Test("the catalogue is read")
  func count() {
    #expect(CatalogueCase.all.count == 170)
    #expect(Self.cases.count == 124)
  }

  @Test("automatic choice", arguments: cases)
  func automatic(test: CatalogueCase) throws {
    let problem = try #require(CatalogueProblem(test)).build()
    let outcome = Solver.run(problem)
    try Self.judge(test, problem, outcome, "auto")
  }

  /// The one that it declines has costs of 1e300, beside which an entropy of weight 1 is below the last digit.
  @Test("interior point solves every convex case but one")
  func interiorPoint() throws {
    try every("interior-point", exactly: 120, steps: 40, declines: ["ent-cost-1e300"])
  }

  @Test("dual Newton solves every case with entropy and linear rows")
  func dualNewton() throws { try every("dual-newton", exactly: 45, steps: 40) }

  @Test("closed forms")
  func closedForm() throws { try every("closed-form", exactly: 49) }

  /// Without a second-order finish, to a relative gap of 1e-6 within 20,000 evaluations on at least nine tenths of the
  /// cases; elsewhere an honest end with a true interval.
  @Test(
    "first-order methods by themselves",
    arguments: ["mirror-descent", "projected-descent", "accelerated-mirror-descent"])
  func firstOrder(method: String) throws {
    try every(method, exactly: 107, honest: true, near: 0.9, withinGap: true, evaluations: 20_000)
  }

  @Test("mirror-prox on every case with kinks", arguments: ["mirror-prox", "mirror-prox(optimistic)"])
  func mirrorProx(method: String) throws {
    try every(method, exactly: 19, honest: true, near: 0.9, withinGap: true)
  }

  @Test("dual averaging: optimal, or an honest end with a true interval")
  func dualAveraging() throws {
    try every("dual-averaging", exactly: 115, honest: true, iterations: 150, withinGap: true)
  }

  /// First-order methods of the other families, with the number of cases that each accepts; few iterations, so that all of
  /// them together stay cheap. An honest end with a true interval passes.
  static let families: [(method: String, accepted: Int)] = [
    ("kl-proximal", 120), ("em", 21), ("em(plain)", 21), ("em(anderson)", 21), ("blahut-arimoto", 26),
    ("blahut-arimoto(plain)", 26), ("blahut-arimoto(anderson)", 26), ("exponential-multiplier", 49),
    ("dykstra", 45),
  ]

  @Test("KL-proximal, Lagrangian and search families", arguments: families.map(\.method))
  func family(method: String) throws {
    let row = try #require(Self.families.first { $0.method == method })
    try every(method, exactly: row.accepted, honest: true, iterations: 400, withinGap: true)
  }

  @Test("the augmented Lagrangian certifies nearly every case with constraints")
  func augmentedLagrangian() throws {
    try every(
      "augmented-lagrangian", exactly: 52, honest: true, near: 0.96, withinGap: true, evaluations: 20_000)
  }

  @Test("conditional gradients: 9 of 10 within 1e-6 in 400 steps")
  func conditionalGradients() throws {
    try every("frank-wolfe", exactly: 107, honest: true, iterations: 400, near: 0.9, withinGap: true)
  }

  @Test("fully corrective conditional gradients")
  func fullyCorrective() throws {
    try every("frank-wolfe(fully-corrective)", exactly: 107, honest: true, near: 0.95)
  }

  /// Cases that presolve decides count as accepted. `near` is the share of the accepted cases with an optimum that
  /// must end within 1e-6 of it, relative.
  private func every(
    _ method: String, exactly count: Int, steps limit: Int? = nil, honest: Bool = false,
    iterations: Int? = nil, near share: Double = 0, withinGap: Bool = false, evaluations: Int? = nil,
    declines: [String]? = nil
  ) throws {
    var accepted = 0
    var declined: [String] = []
    var (close, open) = (0, 0)
    for test in Self.cases {
      guard let source = CatalogueProblem(test), source.convexity == .checked,
        let problem = try? source.build()
      else { continue }
      var options = SolveOptions(method: method, iterations: iterations, evaluations: evaluations)
      // A limit of evaluations is about the method alone.
      options.finishes = evaluations == nil
      let outcome = Solver.run(problem, options)
      if case .stalled(.unsuitable, _, _) = outcome {
        declined.append(test.id)
        continue
      }
      accepted += 1
      if let limit, outcome.run.methods.first == method, let steps = outcome.run.steps.first {
        #expect(steps <= limit, "\(test.id) by \(method): \(steps) iterations")
      }
      if test.status == "optimal", let certificate = outcome.answerIfAny?.certificate {
        let size = max(abs(certificate.lower), abs(certificate.upper))
        if certificate.gap <= max(1e-6 * size, 1e-9) { close += 1 } else { open += 1 }
      }
      if honest, let answer = outcome.answerIfAny, outcome.status == "stalled" || outcome.status == "limit" {
        Self.holds(test, answer, method)
        continue
      }
      // The distance of a first-order point to the solution is the square root of its gap: its value is judged.
      try Self.judge(test, problem, outcome, method, solution: !honest, withinGap: withinGap)
    }
    #expect(accepted == count, "\(method) accepted \(accepted) cases")
    if let declines { #expect(declined == declines) }
    #expect(Double(close) >= share * Double(close + open), "\(method): \(close) near, \(open) not")
  }

  /// Status, value, interval and solution against the catalogue.
  static func judge(
    _ test: CatalogueCase, _ problem: Problem, _ outcome: Outcome, _ method: String,
    solution judgesSolution: Bool = true, withinGap: Bool = false
  ) throws {
    let expected = test.status == "nonconvex-stationary" ? "local" : test.status
    #expect(
      outcome.status == expected, "\(test.id) by \(method): \(outcome.status), \(describe(outcome))")
    guard outcome.status == expected, let value = test.value, let answer = outcome.answerIfAny else { return }
    holds(test, answer, method)
    let objective = answer.objective
    // Methods without a second-order finish promise their gap and no more.
    let allowed = max(
      test.valueTolerance.absolute + test.valueTolerance.relative * abs(value),
      withinGap ? answer.certificate.gap : 0)
    if expected == "optimal" {
      let error = abs(objective.value - value)
      #expect(
        error <= allowed, "\(test.id) by \(method): value \(objective.value), error \(error) of \(allowed)")
    }
    if judgesSolution, let solution = test.solution, expected == "optimal", test.solutionTolerance > 0,
      solution.count == answer.point.count
    {
      let worst = zip(solution, answer.point).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(
        worst <= test.solutionTolerance,
        "\(test.id) by \(method): solution off by \(worst) of \(test.solutionTolerance)")
    }
  }

  /// The interval holds the known optimum; approximate references only to their own tolerance.
  static func holds(_ test: CatalogueCase, _ answer: Answer, _ method: String) {
    guard let value = test.value, test.status == "optimal" else { return }
    let (_, lower, upper) = answer.objective
    let slack =
      test.tags.contains("approximate")
      ? test.valueTolerance.absolute + test.valueTolerance.relative * abs(value) : 0
    #expect(
      lower - slack <= value, "\(test.id) by \(method): lower \(lower) above \(value) by \(lower - value)")
    #expect(
      value <= upper + slack, "\(test.id) by \(method): upper \(upper) below \(value) by \(value - upper)")
  }

  static func describe(_ outcome: Outcome) -> String {
    let run = outcome.run
    var text = "methods \(run.methods), \(run.iterations) iterations, \(run.why) \(run.notes)"
    if let c = outcome.answerIfAny?.certificate {
      text += ", lower \(c.lower), upper \(c.upper), gap \(c.gap), infeasibility \(c.infeasibility)"
    }
    return text
  }
}
