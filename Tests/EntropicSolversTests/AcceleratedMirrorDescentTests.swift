import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Accelerated mirror descent")
struct AcceleratedMirrorDescentTests {
  @Test("every geometry certifies every case", arguments: MirrorDescentTests.cases, everyGeometry)
  func geometries(row: MirrorDescentTests.Case, geometry: Geometry) {
    let verdict = Verdict(AcceleratedMirrorDescent(geometry), row.program, limit: 3000)
    #expect(
      verdict.certifies(row.optimum, relative: 1e-10),
      "\(verdict.end) after \(verdict.steps): \(verdict.certificate)")
  }

  @Test("linear rows are kept exactly", arguments: MirrorDescentTests.rowCases)
  func rows(row: MirrorDescentTests.RowCase) {
    let verdict = Verdict(AcceleratedMirrorDescent(), row.program, limit: 3000)
    #expect(
      verdict.certifies(row.optimum, relative: 1e-9, absolute: 1e-11),
      "\(verdict.end) after \(verdict.steps): \(verdict.certificate)")
    #expect(verdict.certificate.infeasibility <= 1)
  }

  /// A mixture of normal laws on a fine grid: columns are nearly the same, so that the problem is flat.
  private static func flat(_ rows: Int, _ columns: Int) -> Program {
    var dice = Dice(11)
    let points = (0..<rows).map { _ in dice.normal() + (dice.uniform() < 0.3 ? 2 : 0) }
    var elements: [Double] = []
    for x in points {
      for j in 0..<columns {
        let d = x - (-3 + 8 * Double(j) / Double(columns - 1))
        elements.append(Kernel.exp(-d * d / 2))
      }
    }
    return Build.simplex(columns) {
      $0.composites = [
        Composite(
          outer: .log([Double](repeating: 1 / Double(rows), count: rows)),
          map: .dense(
            Matrix(rows: rows, columns: columns, elements: elements), firstColumn: 0, columns: columns))
      ]
    }
  }

  private static func evaluations<M: Method>(_ method: M, _ program: Program, until gap: Double) -> Int {
    for iterate in method.iterates(of: program) {
      if iterate.bound <= gap || iterate.evaluations > 60_000 { return iterate.evaluations }
    }
    return 60_000
  }

  @Test("flat problems need less than half the evaluations of mirror descent")
  func flatness() {
    let program = Self.flat(120, 60)
    let plain = Self.evaluations(MirrorDescent(), program, until: 1e-5)
    let fast = Self.evaluations(AcceleratedMirrorDescent(), program, until: 1e-5)
    #expect(2 * fast < plain, "\(fast) of \(plain)")
  }

  @Test("the objective never rises beyond rounding, and the bound is above the true gap")
  func descent() {
    let row = MirrorDescentTests.cases[4]
    var last = Double.infinity
    for iterate in AcceleratedMirrorDescent().iterates(of: row.program) {
      let value = row.program.objective.value(iterate.point)
      #expect(value <= last + 1e-15)
      #expect(value - row.optimum <= iterate.bound + 1e-16)
      last = value
      if iterate.number >= 60 { break }
    }
  }

  @Test("scaling, shifts and the order of outcomes leave the iterates alone", arguments: [1e-6, 1e6])
  func invariance(unit: Double) {
    func iterate(_ unit: Double, _ shift: Double, order: [Int]) -> [Double] {
      let rows = [[1.0, 2, 3], [3, 1, 0.5]]
      let program = Build.simplex(3) { f in
        f.linear = [shift, shift, shift]
        f.composites = [
          Composite(
            weight: unit, outer: .log([0.5, 0.5]),
            map: .dense(
              Matrix(rows: 2, columns: 3, elements: rows.flatMap { row in order.map { row[$0] } }),
              firstColumn: 0, columns: 3))
        ]
      }
      let method = AcceleratedMirrorDescent()
      var state = method.start(program, warm: nil)
      for _ in 0..<20 { _ = method.step(&state, StepContext()) }
      return method.finish(state).point
    }
    let plain = iterate(1, 0, order: [0, 1, 2])
    #expect(distance(plain, iterate(unit, 0, order: [0, 1, 2])) <= 1e-8)
    #expect(distance(plain, iterate(1, 16, order: [0, 1, 2])) <= 1e-8)
    let turned = iterate(1, 0, order: [2, 0, 1])
    #expect(distance(plain, [turned[1], turned[2], turned[0]]) <= 1e-8)
  }

  @Test("one outcome, ties, and a linear objective")
  func edges() {
    let one = Verdict(AcceleratedMirrorDescent(), Build.simplex(1) { $0.linear = [2] }, limit: 100)
    #expect(one.certifies(2))
    let tied = Verdict(AcceleratedMirrorDescent(), Build.simplex(4) { $0.linear = [3, 3, 3, 3] }, limit: 100)
    #expect(tied.certifies(3, relative: 1e-14))
    let vertex = Verdict(AcceleratedMirrorDescent(), Build.simplex(3) { $0.linear = [3, 1, 2] }, limit: 200)
    #expect(vertex.certifies(1, relative: 1e-9))
  }

  @Test("infeasible rows are proved, closures that are not numbers stall, non-convex ones are declined")
  func hostile() {
    let square = SmoothFunction(name: "square") { p in
      (p[0] * p[0], [2 * p[0]] + p.dropFirst().map { _ in 0 })
    }
    let faces: [Double] = [1, 2, 3, 4, 5, 6]
    let infeasible = Verdict(
      AcceleratedMirrorDescent(), Build.simplex(6, equal: [(faces, 7)]) { $0.smooth = [square] })
    #expect(infeasible.end == .infeasible(isProved: true))
    let broken = SmoothFunction(name: "broken") { p in (p[0] > 0.4 ? .nan : -p[0], [-1, 0, 0]) }
    let verdict = Verdict(AcceleratedMirrorDescent(), Build.simplex(3) { $0.smooth = [broken] })
    #expect(verdict.end == .stalled)
    #expect(verdict.point.allSatisfy { $0.isFinite && $0 >= 0 })
    var program = Build.simplex(3) { $0.smooth = [square] }
    program.isConvex = false
    #expect(!AcceleratedMirrorDescent().accepts(program).isAccepted)
    #expect(Catalogue.named("accelerated-mirror-descent(burg)")?.name == "accelerated-mirror-descent(burg)")
  }
}
