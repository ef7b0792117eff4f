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
    // Empirical likelihood has an infinite slope at 0 and may end honestly with a wider interval.
    #expect(outcome.status == "optimal" || row.name == "empirical likelihood", "\(outcome.status)")
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
    // First order only: the end is certified or honest, the interval is true, the value right to three digits.
    #expect(["optimal", "stalled"].contains(outcome.status))
    #expect(abs(answer.certificate.value + 2.0 / 3) <= 1e-3)
    #expect(answer.certificate.lower <= -2.0 / 3 && -2.0 / 3 <= answer.certificate.upper)
    // optimum(c) = -(1/3 + sqrt((c - 1/3) 2/3)), its derivative at 1/2 is -1.
    #expect(abs(answer.evidence.convex[0] - 1) <= 0.1)
  }

  @Test("contradictions are proved")
  func infeasible() {
    let program = Build.simplex(3, equal: [([1, 2, 3], 4)]) {
      $0.smooth = [SmoothFunction(name: "first") { p in (p[0] * p[0], [2 * p[0], 0, 0]) }]
    }
    #expect(Verdict(AugmentedLagrangian(), program, limit: 5000).end == .infeasible(isProved: true))
  }
}
