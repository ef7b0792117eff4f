import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Projected descent")
struct ProjectedDescentTests {
  @Test("every small case is certified", arguments: MirrorDescentTests.cases)
  func cases(row: MirrorDescentTests.Case) {
    let verdict = Verdict(ProjectedDescent(), row.program, limit: 3000)
    #expect(verdict.certifies(row.optimum, relative: 1e-10))
  }

  @Test("linear rows are kept exactly", arguments: MirrorDescentTests.rowCases)
  func rows(row: MirrorDescentTests.RowCase) {
    let verdict = Verdict(ProjectedDescent(), row.program, limit: 3000)
    #expect(verdict.certifies(row.optimum, relative: 1e-9, absolute: 1e-11))
    #expect(verdict.certificate.infeasibility <= 1)
  }

  @Test("a least-squares fit has exact zeros")
  func zeros() {
    // min |p - y|^2 / 2 through a composite: sparsemax of y, threshold (0.9 + 0.7 + 0.2 - 1) / 3.
    let y = [0.9, 0.7, 0.2, -0.1, 0.05]
    let identity = Matrix.identity(5)
    let program = Build.simplex(5) {
      $0.composites = [
        Composite(
          outer: .power(2, [Double](repeating: 0.5, count: 5)),
          map: .dense(identity, firstColumn: 0, columns: 5), offset: y.map { -$0 })
      ]
    }
    let verdict = Verdict(ProjectedDescent(), program, limit: 500)
    // Threshold 0.3 over {0.9, 0.7}: p = (0.6, 0.4, 0, 0, 0).
    #expect(distance(verdict.point, [0.6, 0.4, 0, 0, 0]) <= 1e-12)
    #expect(verdict.point[2...].allSatisfy { $0 == 0 })
  }

  @Test("infeasible rows are proved, a value that is not a number stalls")
  func ends() {
    let rows = Build.simplex(3, equal: [([1, 2, 3], 4)]) {
      $0.smooth = [SmoothFunction(name: "first") { p in (p[0] * p[0], [2 * p[0], 0, 0]) }]
    }
    #expect(Verdict(ProjectedDescent(), rows).end == .infeasible(isProved: true))
    let broken = SmoothFunction(name: "broken") { p in (p[0] > 0.4 ? .nan : -p[0], [-1, 0, 0]) }
    let verdict = Verdict(ProjectedDescent(), Build.simplex(3) { $0.smooth = [broken] })
    #expect(verdict.end == .stalled)
    #expect(verdict.point.allSatisfy { $0.isFinite && $0 >= 0 })
  }

  @Test("runs as a sequence that the caller ends")
  func sequence() {
    let program = MirrorDescentTests.cases[4].program
    var count = 0
    for iterate in ProjectedDescent().iterates(of: program) {
      count += 1
      #expect(iterate.number == count)
      let certificate = iterate.certificate
      #expect(certificate.lower <= MirrorDescentTests.cases[4].optimum)
      if certificate.gap <= 1e-6 * abs(certificate.value) { break }
    }
    #expect(count > 0 && count < 200)
  }
}
