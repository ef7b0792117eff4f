import EntropicModel
import EntropicNumerics
import Testing

/// What the constraints fix becomes a constant; how well the constraints are known goes into its error.
@Suite("fixed rows")
struct FixedValueTests {
  /// sum p x = mean turns the variance into sum p x^2 - mean^2, and p_1 sum p x into mean p_1.
  private func objective(_ mean: Double) throws -> Functional {
    let p = Unknown.simplex(3)
    let e = Expression(p)
    let x = [1.0, 2, 3]
    return try Problem(
      .minimize, variance(p, x) + 8 * (e[0] * expect(p, x)), subjectTo: [expect(p, x) == mean]
    ).program.objective
  }

  @Test("a fixed mean inside a square and a product: the band of the row times the slope")
  func squares() throws {
    let exact = try objective(2)
    let rounded = try objective(2.1)
    // theta (|b| + sum |a| p) is at most theta (2.1 + 3).
    let band = dataUncertainty * 5.1
    #expect(exact.constantError < 0x1p-48 && exact.linearError[0] < 0x1p-46)
    #expect(rounded.constantError >= 2 * 2.1 * band)
    #expect(rounded.constantError <= 2 * 2.1 * band * 1.01)
    #expect(rounded.linearError[0] >= 8 * band)
    #expect(rounded.linearError[0] <= 8 * band * 1.02)
  }

  @Test("fixed sums inside curved functions", arguments: 0..<4)
  func curved(which: Int) throws {
    let p = Unknown.simplex(3)
    let e = Expression(p)
    let pair = e[0] + e[1]
    func error(_ bound: Double) throws -> (constant: Double, error: Double) {
      let formulas = [-(pair * log(pair)), log(pair), -pair.power(3), pair.power(0.5)]
      let f = try Problem(
        .minimize, formulas[which] + kl(p, [0.25, 0.25, 0.5]), subjectTo: [pair == bound]
      ).program.objective
      return (f.constant, f.constantError)
    }
    let exact = try error(0.25)
    let rounded = try error(0.3)
    // |f'(0.3)| times theta (|0.3| + 1).
    let slopes = [0.2039728043259361, 3.3333333333333335, 0.27, 0.9128709291752769]
    let values = [0.3611918412977808, -1.2039728043259361, -0.027, 0.5477225575051661]
    let band = dataUncertainty * 1.3
    #expect(abs(rounded.constant - values[which]) < 1e-14)
    #expect(exact.error < 0x1p-48)
    #expect(rounded.error >= slopes[which] * band)
    #expect(rounded.error <= 1.001 * slopes[which] * band + 0x1p-48)
  }

  @Test("the interval holds the optimum of every problem in the band")
  func interval() throws {
    // min -(u log u) with u = p1 + p2 fixed: the optimum is the constant at the true bound.
    let p = Unknown.simplex(3)
    let e = Expression(p)
    let pair = e[0] + e[1]
    let problem = try Problem(.minimize, -(pair * log(pair)), subjectTo: [pair == 0.0013])
    let point = problem.program.normalised([0.00065, 0.00065, 0.9987])
    let certificate = Certificate(
      problem.program, point: point, evidence: .none(for: problem.program))
    let u = 0.0013
    let shift = dataUncertainty * u
    for moved in [u - shift, u, u + shift] {
      let value = -(moved * Kernel.log(moved))
      #expect(certificate.lower <= value && value <= certificate.upper)
    }
  }
}
