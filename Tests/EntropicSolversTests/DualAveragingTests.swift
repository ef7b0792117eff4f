import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Dual averaging")
struct DualAveragingTests {
  @Test("smooth cases", arguments: MirrorDescentTests.cases)
  func smooth(row: MirrorDescentTests.Case) {
    let verdict = Verdict(DualAveraging(), row.program, limit: 5000)
    #expect(
      verdict.certifies(row.optimum, relative: 1e-3),
      "\(verdict.end) after \(verdict.steps): \(verdict.certificate)")
  }

  @Test("linear rows", arguments: MirrorDescentTests.rowCases)
  func rows(row: MirrorDescentTests.RowCase) {
    let verdict = Verdict(DualAveraging(), row.program, limit: 3000)
    #expect(
      verdict.certifies(row.optimum, relative: 1e-2, absolute: 1e-2),
      "\(verdict.end) after \(verdict.steps): \(verdict.certificate)")
  }

  @Test("kinks", arguments: KinkCase.games + KinkCase.others)
  func kinks(row: KinkCase) {
    let verdict = Verdict(DualAveraging(), row.program, limit: 5000)
    #expect(
      verdict.certifies(row.optimum, relative: 0.05, absolute: 0.05),
      "\(verdict.end) after \(verdict.steps): \(verdict.certificate)")
  }

  @Test("four times the steps halve the gap of a game at least")
  func rate() {
    let program = KinkCase.games[1].program
    let (early, late) = (
      Verdict(DualAveraging(), program, limit: 500), Verdict(DualAveraging(), program, limit: 8000)
    )
    #expect(late.certificate.gap <= early.certificate.gap / 3)
  }

  @Test("neither scale nor shift of the costs enters", arguments: [1e-6, 1e6])
  func invariance(unit: Double) {
    func iterate(_ unit: Double, _ shift: Double) -> [Double] {
      let program = Build.simplex(3) { f in
        f.linear = [3, 1, 2].map { unit * $0 + shift }
        f.composites = [
          Composite(
            weight: unit, outer: .log([0.5, 0.5]),
            map: .dense(
              Matrix(rows: 2, columns: 3, elements: [1, 2, 3, 3, 1, 0.5]), firstColumn: 0, columns: 3))
        ]
      }
      let method = DualAveraging()
      var state = method.start(program, warm: nil)
      for _ in 0..<50 { _ = method.step(&state, StepContext()) }
      return method.finish(state).point
    }
    let plain = iterate(1, 0)
    #expect(distance(plain, iterate(unit, 0)) <= 1e-9)
    #expect(distance(plain, iterate(1, 64)) <= 1e-9)
  }

  @Test("one outcome, ties, a vertex, infeasible rows and broken closures")
  func edges() {
    #expect(Verdict(DualAveraging(), Build.simplex(1) { $0.linear = [2] }, limit: 50).certifies(2))
    #expect(Verdict(DualAveraging(), Build.simplex(3) { $0.linear = [5, 5, 5] }, limit: 50).certifies(5))
    let vertex = Verdict(DualAveraging(), Build.simplex(3) { $0.linear = [3, 1, 2] }, limit: 2000)
    #expect(vertex.certifies(1, relative: 1e-6))
    let infeasible = Verdict(
      DualAveraging(), Build.simplex(3, equal: [([0, 1, 2], 3)]) { $0.linear = [1, 2, 3] })
    #expect(infeasible.end == .infeasible(isProved: true))
    let broken = SmoothFunction(name: "broken") { p in (.nan, p.map { _ in .nan }) }
    let verdict = Verdict(DualAveraging(), Build.simplex(3) { $0.smooth = [broken] })
    #expect(verdict.end == .stalled)
    #expect(verdict.point.allSatisfy { $0.isFinite && $0 >= 0 })
  }
}
