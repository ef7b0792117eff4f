import EntropicModel
import EntropicNumerics
import Testing

/// A refusal names the smallest part that is not convex, as it was written.
@Suite("refusals name the guilty part")
struct RefusalTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let subject: String
    let formula: @Sendable (Expression, Expression) -> Expression
    init(_ subject: String, _ formula: @escaping @Sendable (Expression, Expression) -> Expression) {
      self.subject = subject
      self.formula = formula
    }
    var testDescription: String { subject }
  }

  static let examples: [Example] = [
    Example("p[0] * p[1]") { p, _ in p[0] * p[1] + p[2].squared },
    Example("p[0] * (p[1] + 2 * p[2])") { p, _ in 3 * (p[0] * (p[1] + 2 * p[2])) },
    Example("p[1] * p[2]") { p, _ in sum(p.squared) + (p[0] + p[1]).squared + 5 * (p[1] * p[2]) },
    Example("entropy(p)") { p, _ in entropy(p) },
    Example("p * log(p)") { p, _ in -sum(p * log(p)) },
    Example("variance(p, [1, 2, 3])") { p, _ in variance(p, [1, 2, 3]) },
    Example("kl(p, q)") { p, q in expect(p, [1, 2, 3]) - 2 * kl(p, q) },
    Example("exp(p[0]) * p[1]") { p, _ in 2 * (exp(p[0]) * p[1]) },
    Example("p[0] * p[1]") { p, _ in p[0] * p[1] },
    Example("sqrt(p[0] * p[1])") { p, _ in expect(p, [1, 2, 3]) + sqrt(p[0] * p[1]) },
    Example("p @ q") { p, q in Expression.matrixProduct(p, q) },
    Example("log(p[0] + 1)") { p, _ in 2 * log(p[0] + 1) },
    Example("norm2(p - 0.5 * q)") { p, q in -norm2(p - 0.5 * q) },
    Example("p[0] * q[2]") { p, q in max(p[1], p[0] * q[2]) },
  ]

  @Test("in objectives", arguments: examples)
  func objective(_ example: Example) {
    let p = Expression(Unknown.simplex(3, name: "p"))
    let q = Expression(Unknown.simplex(3, name: "q"))
    let formula = example.formula(p, q) + expect(p, [1, 0, 0])
    let error = #expect(throws: ProblemError.self) { try Problem(.minimize, formula) }
    #expect(error?.kind == .notConvex)
    #expect(error?.subject == example.subject)
    #expect(error?.message.hasSuffix(": " + example.subject) == true)
  }

  /// A logarithm at the root of a constraint is no fault: it is peeled.
  @Test("in constraints", arguments: examples.filter { !$0.subject.hasPrefix("log") })
  func constraint(_ example: Example) {
    let p = Expression(Unknown.simplex(3, name: "p"))
    let q = Expression(Unknown.simplex(3, name: "q"))
    let error = #expect(throws: ProblemError.self) {
      try Problem(.minimize, p[0], subjectTo: [example.formula(p, q) <= 0.25])
    }
    #expect(error?.kind == .notConvex)
    #expect(error?.subject == example.subject)
  }

  @Test("of equalities both sides are shown")
  func equality() {
    let p = Expression(Unknown.simplex(3, name: "p"))
    let error = #expect(throws: ProblemError.self) {
      try Problem(.minimize, p[0], subjectTo: [entropy(p) == p[1]])
    }
    #expect(error?.subject == "entropy(p) == p[1]")
  }
}
