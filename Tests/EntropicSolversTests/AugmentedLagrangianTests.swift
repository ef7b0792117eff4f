import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Augmented Lagrangian")
struct AugmentedLagrangianTests {
  @Test("rows by multipliers", arguments: MirrorDescentTests.rowCases)
  func rows(row: MirrorDescentTests.RowCase) {
    let outcome = Solver.run(row.program, SolveOptions(method: "augmented-lagrangian"))
    let answer = outcome.answerIfAny
    #expect(outcome.status == "optimal", "\(outcome.status) \(String(describing: answer?.certificate.gap))")
    #expect(
      answer.map { $0.certificate.lower <= row.optimum && row.optimum <= $0.certificate.upper } ?? false)
  }

  @Test("a function of one's own as a constraint")
  func own() throws {
    // max p_1 over three outcomes with sum p^2 <= 1 / 2: p = (1/3 + 1/3, 1/6, 1/6) because
    // p_1 = 1/3 + sqrt((1/2 - 1/3) * 2/3) = 2/3.
    var ball = Functional(count: 3)
    ball.smooth = [SmoothFunction(name: "norm") { p in (Kernel.dot(p, p), p.map { 2 * $0 }) }]
    var program = Build.simplex(3) { $0.linear = [-1, 0, 0] }
    program.convex = [ConvexConstraint(name: "ball", functional: ball, bound: 0.5)]
    let outcome = Solver.run(program, SolveOptions(method: "augmented-lagrangian"))
    let answer = try #require(outcome.answerIfAny)
    #expect(outcome.status == "optimal", "\(outcome.status) \(answer.certificate.gap)")
    #expect(abs(answer.certificate.value + 2.0 / 3) <= 1e-9)
    #expect(answer.certificate.lower <= -2.0 / 3 && -2.0 / 3 <= answer.certificate.upper)
    // optimum(c) = -(1/3 + sqrt((c - 1/3) 2/3)), its derivative at 1/2 is -1.
    #expect(abs(answer.evidence.convex[0] - 1) <= 1e-4)
  }

  @Test("contradictions are proved")
  func infeasible() {
    let program = Build.simplex(3, equal: [([1, 2, 3], 4)]) {
      $0.smooth = [SmoothFunction(name: "first") { p in (p[0] * p[0], [2 * p[0], 0, 0]) }]
    }
    #expect(Verdict(AugmentedLagrangian(), program, limit: 5000).end == .infeasible(isProved: true))
  }

  /// |p - y|^2 as a function of the user.
  private static func square(_ y: [Double]) -> SmoothFunction {
    SmoothFunction(name: "square") { p in
      let d = zip(p, y).map { $0 - $1 }
      return (Kernel.compensatedDot(d, d), d.map { 2 * $0 })
    }
  }

  private static func convex(_ n: Int, _ function: SmoothFunction, _ bound: Double) -> ConvexConstraint {
    var f = Functional(count: n)
    f.smooth = [function]
    return ConvexConstraint(name: function.name, functional: f, bound: bound)
  }

  @Test(
    "objective and constraint of one's own, by the automatic choice too",
    arguments: ["augmented-lagrangian", nil])
  func both(method: String?) throws {
    // min |p - (1/2, 3/10, 1/5)|^2, p_0^2 <= c: p_0 = sqrt c, the rest shares what is left: 3/2 (1/2 - sqrt c)^2, with the
    // derivative -3/2 at c = 1/16.
    var program = Build.simplex(3) { $0.smooth = [Self.square([0.5, 0.3, 0.2])] }
    program.convex = [
      Self.convex(3, SmoothFunction(name: "first") { p in (p[0] * p[0], [2 * p[0], 0, 0]) }, 0.0625)
    ]
    let outcome = Solver.run(program, SolveOptions(method: method))
    let answer = try #require(outcome.answerIfAny)
    #expect(outcome.status == "optimal", "\(outcome.status) \(answer.certificate.gap)")
    #expect(answer.run.methods == ["augmented-lagrangian"])
    #expect(abs(answer.certificate.value - 0.09375) <= 1e-10)
    #expect(answer.certificate.lower <= 0.09375 && 0.09375 <= answer.certificate.upper)
    #expect(abs(answer.evidence.convex[0] - 1.5) <= 1e-5)
    #expect(distance(answer.point, [0.25, 0.425, 0.325]) <= 1e-6)
    // How the answer moves with c: d sqrt c = 2, shared by the two others, and the multiplier.
    let sensitivity = Sensitivity(program, at: answer.point, answer.evidence)
    var shift = Sensitivity.Shift(program)
    shift.convex[0] = -1
    let derivative = sensitivity.derivative(shift)
    #expect(sensitivity.obstacle == nil)
    #expect(abs(derivative.value + 1.5) <= 1e-5)
    #expect(distance(derivative.point ?? [], [2, -1, -1]) <= 1e-4 && derivative.point?.count == 3)
  }

  @Test("rows that repeat one another, and zeros in the solution", arguments: [1e-4, 1, 1e4])
  func dependent(unit: Double) {
    // sum p^2 with mean 3/4 on 0...4 has a zero; every row twice, and their sum.
    let x: [Double] = [0, 1, 2, 3, 4]
    let program = Build.simplex(
      5,
      equal: [
        (x.map { $0 * unit }, 0.75 * unit), (x.map { 2 * $0 }, 1.5), (x.map { $0 + 1 }, 1.75),
      ]
    ) {
      $0.powers = [.init(exponent: 2, weights: [1, 1, 1, 1, 1])]
      $0.constant = -1
    }
    #expect(Verdict(AugmentedLagrangian(), program, limit: 5000).certifies(-0.6375, relative: 1e-9))
  }

  @Test("a row and a convex constraint, both felt")
  func mixed() throws {
    // max p_2 with mean 1 on 0, 1, 2 and |p|^2 <= 3/8: p = (a, 1 - 2 a, a), 6 a^2 - 4 a + 1 = 3/8 has a = 5/12 as its larger
    // root.
    var program = Build.simplex(3, equal: [([0, 1, 2], 1)]) { $0.linear = [0, 0, -1] }
    program.convex = [
      Self.convex(3, SmoothFunction(name: "ball") { p in (Kernel.dot(p, p), p.map { 2 * $0 }) }, 0.375)
    ]
    let outcome = Solver.run(program, SolveOptions(method: "augmented-lagrangian"))
    let answer = try #require(outcome.answerIfAny)
    #expect(outcome.status == "optimal", "\(outcome.status) \(answer.certificate.gap)")
    #expect(abs(answer.certificate.value + 5.0 / 12) <= 1e-9)
    #expect(answer.certificate.lower <= -5.0 / 12 && -5.0 / 12 <= answer.certificate.upper)
    // d a / d c = 1 / (12 a - 4) = 1 at a = 5 / 12.
    #expect(abs(answer.evidence.convex[0] - 1) <= 1e-4)
    #expect(answer.evidence.equality.count == 1 && answer.evidence.equality[0].isFinite)
  }

  @Test("a constraint of one's own that no law satisfies is refuted")
  func impossible() {
    var program = Build.simplex(3) { $0.linear = [1, 2, 3] }
    // |p|^2 >= 1/3 on three outcomes.
    program.convex = [
      Self.convex(3, SmoothFunction(name: "ball") { p in (Kernel.dot(p, p), p.map { 2 * $0 }) }, 0.3)
    ]
    #expect(Solver.run(program, SolveOptions(method: "augmented-lagrangian")).status == "infeasible")
  }

  @Test("a function that is not a number ends the run")
  func notFinite() {
    var program = Build.simplex(3, equal: [([0, 1, 2], 0.5)]) { $0.linear = [1, 2, 3] }
    program.convex = [
      Self.convex(3, SmoothFunction(name: "hole") { _ in (.nan, [.nan, .nan, .nan]) }, 0.3)
    ]
    let verdict = Verdict(AugmentedLagrangian(), program, limit: 100)
    #expect(verdict.end == .stalled)
    #expect(!verdict.certificate.isFeasible)
  }

  @Test("permutations of the outcomes permute the answer")
  func permutation() throws {
    func answer(_ order: [Int]) throws -> Answer {
      let y = [0.5, 0.3, 0.15, 0.05]
      var program = Build.simplex(4, atMost: [(order.map { [0.0, 1, 2, 3][$0] }, 0.7)]) {
        $0.smooth = [Self.square(order.map { y[$0] })]
      }
      program.convex = [
        Self.convex(4, SmoothFunction(name: "ball") { p in (Kernel.dot(p, p), p.map { 2 * $0 }) }, 0.3795)
      ]
      return try Solver.run(program, SolveOptions(method: "augmented-lagrangian")).answer
    }
    let plain = try answer([0, 1, 2, 3])
    let mixed = try answer([2, 0, 3, 1])
    #expect(distance([2, 0, 3, 1].map { plain.point[$0] }, mixed.point) <= 1e-6)
    #expect(abs(plain.certificate.value - mixed.certificate.value) <= 1e-10)
  }
}
