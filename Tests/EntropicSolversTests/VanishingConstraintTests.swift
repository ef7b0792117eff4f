import Entropic
import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

/// A ball of radius 0 around q holds q alone, so that the optimum of costs c is c . q.
@Suite("constraints without room")
struct VanishingConstraintTests {
  static let law = [0.1, 0.2, 0.3, 0.4]
  static let costs = [3.0, 1, 0, -1]
  /// 0.3 + 0.2 - 0.4
  static let exact = 0.1

  static func ball(_ kind: String, _ p: Unknown, _ q: [Double]) -> Expression {
    switch kind {
    case "kl": kl(p, q)
    case "twice kl": 2 * kl(p, q)
    case "norm": norm2(p.expression - Expression(q))
    case "sum of squares": sumSquares(p.expression - Expression(q))
    case "total variation": totalVariation(p, q)
    default: max(abs(p.expression - Expression(q)))
    }
  }

  @Test(
    "radius 0 is an equation",
    arguments: ["kl", "twice kl", "norm", "sum of squares", "total variation", "largest difference"])
  func radiusZero(kind: String) throws {
    let p = Unknown.simplex(4, name: "p")
    let problem = try Problem(
      .minimize, expect(p, Self.costs), subjectTo: [Self.ball(kind, p, Self.law) <= 0])
    #expect(problem.program.convex.isEmpty && problem.program.equalities.count == 4)
    #expect(problem.warnings.count == 1)
    guard case .optimal(let answer) = Solver.run(problem) else {
      Issue.record("not optimal")
      return
    }
    let c = answer.certificate
    #expect(c.lower <= Self.exact && Self.exact <= c.upper && c.gap <= 1e-12)
    // The band of q enters: theta sum |multiplier| 2 q is of the size of 1e-14.
    #expect(c.dataUncertainty > 0 && c.dataUncertainty <= 1e-13)
    #expect(distance(answer.point, Self.law) <= 1e-15)
  }

  @Test("a radius that is not 0 keeps its ball", arguments: [1e-15, 1e-3])
  func radiusPositive(radius: Double) throws {
    let p = Unknown.simplex(4, name: "p")
    for form in [kl(p, Self.law) <= radius, kl(p, Self.law) - radius <= 0] {
      let problem = try Problem(.minimize, expect(p, Self.costs), subjectTo: [form])
      #expect(problem.program.convex.count == 1 && problem.program.equalities.isEmpty)
    }
  }

  @Test("a reference of another mass is no law, and keeps its constraint")
  func otherMass() throws {
    let p = Unknown.simplex(4, name: "p")
    let problem = try Problem(
      .minimize, expect(p, Self.costs), subjectTo: [kl(p, Self.law.map { 2 * $0 }) <= 0])
    #expect(problem.program.convex.count == 1 && problem.program.equalities.isEmpty)
  }

  @Test("with another row: the same point, or a proof that there is none")
  func together() throws {
    let p = Unknown.simplex(4, name: "p")
    func run(_ mean: Double) throws -> Outcome {
      Solver.run(
        try Problem(
          .minimize, -entropy(p), subjectTo: [kl(p, Self.law) <= 0, expect(p, Self.costs) == mean]))
    }
    #expect(try run(Self.exact).status == "optimal")
    #expect(try run(0.1001).status == "infeasible")
  }
}
