import Entropic
import EntropicSpec
import Testing

@Suite("soft constraints")
struct SoftConstraintTests {
  static let faces = [1.0, 2, 3, 4, 5, 6]

  @Test("the loaded die with a soft mean, both doors")
  func die() throws {
    let file = try ConstraintWords.problem(
      """
      data:
        faces: [1, 2, 3, 4, 5, 6]
      unknowns:
        p: simplex(faces)
      maximize: entropy(p)
      subject to:
        - mean: soft(expect(p, faces) == 4.5, weight=2)
      """)
    let p = Unknown.simplex(over: Self.faces)
    let swift = try Problem(
      .maximize, entropy(p), subjectTo: [soft(expect(p, Self.faces) == 4.5, weight: 2).named("mean")])
    #expect(file.digest == swift.digest)
    #expect(file.program.isUnconstrained)
    // p proportional to e^(t x) with t = 2 (4.5 - E x), by a scalar root at 40 digits.
    let answer = try ConstraintWords.answer(file, optimum: 1.641976329363572077101026)
    ConstraintWords.expectClose(
      answer.point,
      [
        0.06774091173983918949127561, 0.09205963574037998271339162, 0.1251086871283903726151378,
        0.1700222195005272719627067, 0.2310595354119546974458922, 0.3140090104789084857715961,
      ])
    let report = try #require(file.reportedConstraints(answer).first)
    #expect(report.name == "mean" && report.isScalar && report.relation == .equal && report.bound == [4.5])
    ConstraintWords.expectClose(report.value, [4.346626862541103762473337])
    // The optimum falls where the bound moves away.
    ConstraintWords.expectClose(report.multiplier, [-0.306746274917792475053327])
    #expect(abs((report.penalty ?? 0) - 0.0235233192940) <= 1e-6)
  }

  @Test("a mean that no law has: 60 on 0 ... 49")
  func impossible() throws {
    let x = (0..<50).map(Double.init)
    let p = Unknown.simplex(over: x)
    let q = [Double](repeating: 0.02, count: 50)
    let hard = try Problem(.minimize, kl(p, q), subjectTo: [expect(p, x) == 60])
    #expect(Solver.run(hard).status == "infeasible")
    let problem = try Problem(.minimize, kl(p, q), subjectTo: [soft(expect(p, x) == 60, weight: 0.01)])
    let answer = try ConstraintWords.answer(problem, optimum: 2.482872425253275660394532)
    let report = problem.reportedConstraints(answer)[0]
    ConstraintWords.expectClose(report.value, [43.45490593575220985775], 2e-4)
    ConstraintWords.expectClose(report.multiplier, [0.165450940642477901422470])
  }

  struct Bound: Sendable {
    let sense: Sense
    let slope: Double
    let relation: Constraint.Relation
    let bound: Double
    let weight: Double
    let mass: Double
    let value: Double
    let multiplier: Double
  }

  /// One mass against a price: the minimum of s p + w / 2 (p - b)^2 on the side that costs.
  static let bounds = [
    Bound(
      sense: .minimize, slope: -1, relation: .atMost, bound: 0.2, weight: 2, mass: 0.7, value: -0.45,
      multiplier: -1),
    Bound(
      sense: .minimize, slope: 1, relation: .atLeast, bound: 0.6, weight: 4, mass: 0.35, value: 0.475,
      multiplier: 1),
    Bound(
      sense: .maximize, slope: 1, relation: .atMost, bound: 0.2, weight: 2, mass: 0.7, value: 0.45,
      multiplier: 1),
    Bound(
      sense: .maximize, slope: -1, relation: .atLeast, bound: 0.6, weight: 4, mass: 0.35, value: -0.475,
      multiplier: -1),
    Bound(
      sense: .minimize, slope: 1, relation: .equal, bound: 0.5, weight: 4, mass: 0.25, value: 0.375,
      multiplier: 1),
    Bound(
      sense: .maximize, slope: 1, relation: .atLeast, bound: 0.5, weight: 4, mass: 1, value: 1, multiplier: 0),
  ]

  @Test("only what is beyond the bound costs, in either sense", arguments: bounds)
  func sides(row: Bound) throws {
    // One mass as it is, and the same as a sum over four outcomes.
    for count in [1, 2] {
      let p = Unknown.simplex(2 * count)
      let mass = probability(p, of: Array(0..<count))
      let problem = try Problem(
        row.sense, row.slope * mass,
        subjectTo: [soft(Constraint(mass, row.relation, row.bound), weight: row.weight)])
      let answer = try ConstraintWords.answer(problem, optimum: row.value)
      let report = problem.reportedConstraints(answer)[0]
      ConstraintWords.expectClose(report.value, [row.mass], 1e-4)
      ConstraintWords.expectClose(report.multiplier, [row.multiplier], 4e-4)
      let turned = try Problem(
        row.sense, row.slope * mass,
        subjectTo: [soft(Constraint(row.bound, row.relation.turned, mass), weight: row.weight)])
      #expect(turned.program.canonicalBytes == problem.program.canonicalBytes)
      #expect(turned.constraints[0].relation == row.relation)
      #expect(turned.reportedConstraints(answer)[0].multiplier == report.multiplier)
    }
  }

  @Test("elementwise, and one weight an element")
  func elements() throws {
    let p = Unknown.simplex(3)
    let problem = try Problem(
      .minimize, expect(p, [0.1, -0.1, 0]), subjectTo: [soft(p == [0.3, 0.3, 0.4], weight: 1)])
    // p = q - c stays on the simplex because the costs sum to 0.
    let answer = try ConstraintWords.answer(problem, optimum: -0.01)
    ConstraintWords.expectClose(answer.point, [0.2, 0.4, 0.4], 1e-4)
    ConstraintWords.expectClose(problem.reportedConstraints(answer)[0].multiplier, [0.1, -0.1, 0], 1e-4)
    let file = try ConstraintWords.problem(
      """
      unknowns:
        p: simplex(3)
      minimize: 0.1 * p[1] - 0.1 * p[2]
      subject to:
        - fit: soft(p == [0.3, 0.3, 0.4], weight=[1, 2, 4])
      """)
    let weighted = try Problem(
      .minimize, expect(p, [0.1, -0.1, 0]), subjectTo: [soft(p == [0.3, 0.3, 0.4], weight: [1.0, 2, 4])])
    #expect(file.digest == weighted.digest)
    // w (p - q) = nu - c with nu = (sum c / w) / (sum 1 / w) = (0.1 - 0.05) / 1.75.
    let nu = 0.05 / 1.75
    let exact = [0.3 + nu - 0.1, 0.3 + (nu + 0.1) / 2, 0.4 + nu / 4]
    ConstraintWords.expectClose(try Solver.run(file).answer.point, exact, 1e-4)
  }

  @Test("chains, shapes and growing weights")
  func more() throws {
    let file = try ConstraintWords.problem(
      """
      data:
        y: [0.5, 0.25, 0.25]
      unknowns:
        p: simplex(3)
      minimize: sum_squares(p - y)
      subject to:
        - box: soft(0.2 <= p[1] <= 0.4, weight=1)
        - order: soft(monotone(p), weight=10)
      """)
    #expect(file.constraints.map(\.name) == ["box.lower", "box.upper", "order"])
    let y = [0.5, 0.25, 0.25]
    let p = Unknown.simplex(3)
    var last = 0.0
    for weight in [1.0, 1e2, 1e4, 1e6] {
      let problem = try Problem(
        .minimize, sumSquares(Expression(p) - Expression(y)), subjectTo: [soft(monotone(p), weight: weight)])
      let value = problem.interval(of: try Solver.run(problem).answer.certificate)
      // The uniform law is the answer when the order must hold: 1/36 + 2/144.
      #expect(value.value >= last - 1e-9 && value.lower <= 1.0 / 24 + 1e-15)
      last = value.value
    }
    #expect(abs(last - 1.0 / 24) <= 1e-5)
  }

  @Test("a square of a positive part is the same however it is written")
  func spellings() throws {
    let p = Unknown.simplex(over: Self.faces)
    let mean = expect(p, Self.faces)
    let penalised = try Problem(
      .minimize, kl(p, [Double](repeating: 1.0 / 6, count: 6)), subjectTo: [soft(mean >= 4.5, weight: 2)])
    let written = try Problem(
      .minimize,
      kl(p, [Double](repeating: 1.0 / 6, count: 6)) + max(4.5 - mean, Expression(0)).squared)
    #expect(penalised.digest == written.digest)
  }

  @Test("convexity is judged with the penalty; weights are checked")
  func refusals() throws {
    let p = Unknown.simplex(over: Self.faces)
    #expect(throws: ProblemError.self) {
      try Problem(.maximize, entropy(p), subjectTo: [soft(variance(p, Self.faces) == 1, weight: 1)])
    }
    let floor = try Problem(.maximize, entropy(p), subjectTo: [soft(variance(p, Self.faces) >= 4, weight: 1)])
    #expect(floor.program.isConvex)
    for weight in [-1, Double.nan, .infinity] {
      #expect(throws: ProblemError.self) {
        try Problem(.maximize, entropy(p), subjectTo: [soft(p[0] == 0.5, weight: weight)])
      }
    }
    #expect(throws: ProblemError.self) {
      try Problem(.maximize, entropy(p), subjectTo: [soft(p[0] == 0.5, weight: [1.0, 2])])
    }
    #expect(throws: ProblemError.self) {
      try Problem(.maximize, entropy(p), subjectTo: [soft(p[0] == 0.5, weight: p[1])])
    }
  }
}

extension Constraint.Relation {
  fileprivate var turned: Self {
    switch self {
    case .equal: .equal
    case .atMost: .atLeast
    case .atLeast: .atMost
    }
  }
}
