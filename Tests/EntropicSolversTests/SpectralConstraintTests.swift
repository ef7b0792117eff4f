import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

/// lambda_min(sum p_i x_i x_i') >= t. For orthonormal x_i the eigenvalues are the masses, so that the constraint is
/// p_i >= t for all i: costs c have the optimum t sum c + (1 - n t) min c for t <= 1/n, and there is no point for t > 1/n.
@Suite("smallest eigenvalues in constraints")
struct SpectralConstraintTests {
  static let costs = [3.0, 1, 2, 5]

  /// Orthonormal rows: the unit vectors, and a product of plane rotations of them.
  static func frame(_ angle: Double) -> [[Double]] {
    let n = costs.count
    var rows = (0..<n).map { i in (0..<n).map { $0 == i ? 1.0 : 0 } }
    if angle == 0 { return rows }
    let (c, s) = (1 / (1 + angle * angle).squareRoot(), angle / (1 + angle * angle).squareRoot())
    for (a, b) in [(0, 1), (1, 2), (2, 3), (0, 3)] {
      for k in 0..<n {
        let (x, y) = (rows[a][k], rows[b][k])
        rows[a][k] = c * x - s * y
        rows[b][k] = s * x + c * y
      }
    }
    return rows
  }

  static func program(_ regressors: [[Double]], atLeast t: Double, costs: [Double]) -> Program {
    Program(
      layout: SecondOrder.simplex(regressors.count), objective: SecondOrder.linear(costs),
      convex: [
        ConvexConstraint(
          name: "spread", functional: SecondOrder.design(.negativeSmallestEigenvalue, regressors), bound: -t)
      ])
  }

  @Test("optima in closed form are certified", arguments: [0, 0.75], [0.05, 0.125, 0.2])
  func optimal(angle: Double, t: Double) throws {
    let program = Self.program(Self.frame(angle), atLeast: t, costs: Self.costs)
    let exact = 11 * t + 1 - 4 * t
    let outcome = Solver.run(program)
    guard case .optimal(let answer) = outcome else {
      Issue.record("\(outcome.status)")
      return
    }
    #expect(answer.certificate.lower <= exact + 1e-15 && exact <= answer.certificate.upper + 1e-15)
    #expect(answer.certificate.gap <= 1e-9)
    // d optimum / d t = 7, the multiplier of -lambda_min <= -t.
    #expect(abs(answer.evidence.convex[0] - 7) <= 1e-5)
  }

  @Test("more than 1/n is proved impossible", arguments: [0, 0.75], [0.2501, 0.3, 0.9])
  func infeasible(angle: Double, t: Double) {
    let program = Self.program(Self.frame(angle), atLeast: t, costs: Self.costs)
    guard case .infeasible(let proof, _) = Solver.run(program) else {
      Issue.record("no proof for \(t)")
      return
    }
    guard case .multipliers(let evidence, let bound) = proof else { return }
    #expect(bound > 0)
    // A single eigenvector is no proof where it is a unit vector: the law of its outcome has eigenvalue 1 there.
    guard angle == 0 else { return }
    var plain = evidence
    plain.constraintSpectral = []
    #expect(program.infeasibilityProof(plain, at: program.layout.centre()) == nil)
  }

  @Test(
    "the E-optimal quadratic design has 1/5 and no more (F. Pukelsheim, Optimal Design of Experiments, 1993)")
  func quadratic() {
    let regressors = SecondOrder.quadraticRegressors
    let costs = (0..<9).map { Double($0) }
    let above = Solver.run(Self.program(regressors, atLeast: 0.201, costs: costs))
    let below = Solver.run(Self.program(regressors, atLeast: 0.199, costs: costs))
    #expect(above.status == "infeasible")
    #expect(below.status == "optimal")
  }
}
