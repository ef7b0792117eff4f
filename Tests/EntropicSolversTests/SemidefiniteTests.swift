import Entropic
import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

/// Dense quadratic forms: what rounding may take from their convexity is charged, and no more than that.
@Suite("Dense quadratic forms")
struct SemidefiniteTests {
  /// X'X of normal numbers, `rank` rows.
  private static func form(_ n: Int, rank: Int, seed: UInt64) -> Matrix {
    var dice = Dice(seed)
    let x = Matrix(rows: rank, columns: n, elements: (0..<rank * n).map { _ in dice.normal() })
    return x.transposed().times(x)
  }

  @Test("800 outcomes, full and half rank: certified", arguments: [800, 400])
  func large(rank: Int) throws {
    let p = Unknown.simplex(800)
    let q = Self.form(800, rank: rank, seed: 5)
    let outcome = Solver.run(try Problem(.minimize, quadratic(p, q)))
    #expect(outcome.status == "optimal", "\(outcome.run)")
    let answer = try outcome.answer
    // Optimality by plain loops: no slope is below that of the outcomes with mass.
    let slope = q.times(answer[p].probabilities)
    let mean = zip(slope, answer[p].probabilities).reduce(0) { $0 + $1.0 * $1.1 }
    let size = q.elements.reduce(0) { max($0, abs($1)) }
    #expect(slope.allSatisfy { $0 >= mean - 1e-9 * size })
  }

  @Test("a form that is indefinite by more than rounding is refused, by less it is not")
  func indefinite() throws {
    let p = Unknown.simplex(3)
    // Eigenvalues 3, 0 and 0, then -1e-9 and -1e-17 in place of the last.
    func form(_ least: Double) -> Matrix {
      let v = [1, -1, 0].map { $0 * 0.5.squareRoot() }
      var q = Matrix(rows: 3, columns: 3, repeating: 1)
      for i in 0..<3 { for j in 0..<3 { q[i, j] += least * v[i] * v[j] } }
      return q
    }
    #expect(throws: ProblemError.self) { try Problem(.minimize, quadratic(p, form(-1e-9))) }
    #expect(try Solver.run(try Problem(.minimize, quadratic(p, form(-1e-17)))).status == "optimal")
    #expect(try Solver.run(try Problem(.minimize, quadratic(p, form(0)))).status == "optimal")
  }
}
