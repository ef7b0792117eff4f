import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("KL-proximal points")
struct KLProximalTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let program: Program
    let optimum: Double
    var testDescription: String { name }
  }

  private static let faces: [Double] = [1, 2, 3, 4, 5, 6]

  private static func linear(
    _ c: [Double], equal: [([Double], Double)] = [], atMost: [([Double], Double)] = []
  ) -> Program {
    Build.simplex(c.count, equal: equal, atMost: atMost) { $0.linear = c }
  }

  private static func capped(_ c: [Double], lower: [Double], upper: [Double]) -> Program {
    var program = linear(c)
    program.layout.lower = lower
    program.layout.upper = upper
    return program
  }

  static let linearRows: [Row] = [
    Row(name: "vertex", program: linear([3, -1, 2]), optimum: -1),
    // One third on 2, two thirds on 5.
    Row(name: "mean 4", program: linear([4, 1, 3.5, 2, 0.25, 5], equal: [(faces, 4)]), optimum: 0.5),
    // The row is not active: the least cost has mean 5.
    Row(
      name: "mean at least 4", program: linear([4, 1, 3.5, 2, 0.25, 5], atMost: [(faces.map { -$0 }, -4)]),
      optimum: 0.25),
    // The chord from (2, 1) to (5, 0.25) at 2.5.
    Row(
      name: "mean at most 5 / 2", program: linear([4, 1, 3.5, 2, 0.25, 5], atMost: [(faces, 2.5)]),
      optimum: 0.875),
    // x = 0 .. 10: E x^2 given E x = 5 / 2 is 6.5 on neighbours 2 and 3.
    Row(
      name: "second moment",
      program: linear((0...10).map { Double($0 * $0) }, equal: [((0...10).map(Double.init), 2.5)]),
      optimum: 6.5),
    // A tie of two vertices: every mixture is optimal.
    Row(name: "tie", program: linear([1, 1, 2]), optimum: 1),
    Row(name: "one outcome", program: linear([7]), optimum: 7),
    // |i - j| between uniform laws on 0, 1, 2 and 1, 2, 3.
    Row(
      name: "transport on a line",
      program: linear(
        (0..<9).map { Double(abs($0 / 3 - ($0 % 3 + 1))) },
        equal: Build.coupling([0.25, 0.5, 0.25], [0.25, 0.5, 0.25])), optimum: 1),
    // The cheapest permutation costs 1 + 2 + 2.
    Row(
      name: "assignment",
      program: linear(
        [4, 1, 3, 2, 0, 5, 3, 2, 2],
        equal: Build.coupling([1.0 / 3, 1.0 / 3, 1.0 / 3], [1.0 / 3, 1.0 / 3, 1.0 / 3])),
      optimum: 5.0 / 3),
    // Greedy: lower bounds first, then the cheapest up to its cap.
    Row(
      name: "caps and floors", program: capped([1, 2, 3], lower: [0, 0, 0.125], upper: [0.5, 1, 1]),
      optimum: 0.5 + 2 * 0.375 + 3 * 0.125),
  ]

  @Test("linear programmes are solved to the last digits", arguments: linearRows)
  func linearProgrammes(row: Row) {
    let verdict = Verdict(KLProximal(), row.program, limit: 100)
    #expect(verdict.certifies(row.optimum, relative: 1e-12, absolute: 1e-13), "\(verdict.certificate)")
    #expect(verdict.steps <= 30)
  }

  @Test("costs in other units", arguments: [1e-9, 1e9])
  func units(unit: Double) {
    for row in Self.linearRows {
      var program = row.program
      program.objective.linear = program.objective.linear.map { $0 * unit }
      let verdict = Verdict(KLProximal(), program, limit: 100)
      #expect(verdict.certifies(row.optimum * unit, relative: 1e-12, absolute: 1e-13 * unit), "\(row.name)")
    }
  }

  /// Every basis of two rows and the mass: the least value of a feasible one.
  private static func enumerated(_ c: [Double], _ a: [Double], _ b: [Double], _ goal: (Double, Double))
    -> Double
  {
    var least = Double.infinity
    let n = c.count
    for i in 0..<n {
      for j in i + 1..<n {
        for k in j + 1..<n {
          // Cramer's rule for x_i + x_j + x_k = 1, a . x, b . x.
          func det(_ p: [Double], _ q: [Double], _ r: [Double]) -> Double {
            p[0] * (q[1] * r[2] - q[2] * r[1]) - p[1] * (q[0] * r[2] - q[2] * r[0])
              + p[2] * (q[0] * r[1] - q[1] * r[0])
          }
          let columns = [i, j, k].map { [1, a[$0], b[$0]] }
          let right = [1, goal.0, goal.1]
          let d = det(columns[0], columns[1], columns[2])
          guard abs(d) > 1e-9 else { continue }
          let x = det(right, columns[1], columns[2]) / d
          let y = det(columns[0], right, columns[2]) / d
          let z = det(columns[0], columns[1], right) / d
          if min(x, y, z) >= 0 { least = min(least, c[i] * x + c[j] * y + c[k] * z) }
        }
      }
    }
    return least
  }

  @Test("random programmes against the enumeration of all bases", arguments: 1...12)
  func enumeration(seed: Int) {
    var dice = Dice(UInt64(seed))
    let n = 14
    let c = (0..<n).map { _ in dice.normal() }
    let a = (0..<n).map { _ in dice.normal() }
    let b = (0..<n).map { _ in dice.normal() }
    let inside = dice.law(n, 0.5)
    let goal = (Kernel.dot(a, inside), Kernel.dot(b, inside))
    let exact = Self.enumerated(c, a, b, goal)
    let verdict = Verdict(KLProximal(), Self.linear(c, equal: [(a, goal.0), (b, goal.1)]), limit: 100)
    #expect(abs(verdict.certificate.value - exact) <= 1e-11 * max(1, abs(exact)))
    #expect(verdict.certificate.gap <= 1e-10)
    #expect(verdict.steps <= 30)
  }

  private static func dense(_ rows: [[Double]]) -> LinearMap {
    .dense(
      Matrix(rows: rows.count, columns: rows[0].count, elements: rows.flatMap { $0 }), firstColumn: 0,
      columns: rows[0].count)
  }

  private static let identity3 = dense([[1, 0, 0], [0, 1, 0], [0, 0, 1]])

  static let curved: [Row] = [
    Row(
      name: "die 4.5", program: Build.entropy(6, equal: [(faces, 4.5)]), optimum: -1.61358109815382904114158),
    Row(
      name: "minimum variance, 1 / sum S^-1",
      program: Build.simplex(3) {
        let q = Matrix(rows: 3, columns: 3, elements: [0.04, 0.006, 0, 0.006, 0.09, 0.012, 0, 0.012, 0.16])
        $0.composites = [Composite(outer: .quadratic(q, slack: 0), map: identity3)]
      }, optimum: 0.02627443679016942841184137),
    Row(
      name: "horse race: p = w",
      program: Build.simplex(3) {
        $0.composites = [
          Composite(outer: .log([0.5, 0.25, 0.25]), map: dense([[4, 0, 0], [0, 4, 0], [0, 0, 2]]))
        ]
      }, optimum: -0.173286795139986327354308),
    // The centres have mass 5 / 4: at least 1 / 4 is missing.
    Row(
      name: "sum of distances",
      program: Build.simplex(3) {
        $0.composites = [
          Composite(
            outer: .absolute([1, 1, 1]), map: identity3, offset: [-0.5, -0.375, -0.375])
        ]
      }, optimum: 0.25),
    // max_j u_j of a game: rock, paper, scissors.
    Row(
      name: "matrix game",
      program: Build.simplex(3) {
        $0.composites = [
          Composite(outer: .maximum(caps: nil), map: dense([[1, 0, 2], [2, 1, 0], [0, 2, 1]]))
        ]
      }, optimum: 1),
  ]

  @Test("curved and piecewise linear objectives", arguments: curved)
  func curvedObjectives(row: Row) {
    let verdict = Verdict(KLProximal(), row.program, limit: 100)
    #expect(verdict.certifies(row.optimum, relative: 1e-9, absolute: 1e-12), "\(verdict.certificate)")
  }

  @Test("a closure is solved by mirror descent inside")
  func closure() {
    let y = [0.5, 0.125, 0.375]
    let square = SmoothFunction(name: "square") { p in
      let d = zip(p, y).map { $0 - $1 }
      return (1 + Kernel.dot(d, d), d.map { 2 * $0 })
    }
    let verdict = Verdict(KLProximal(), Build.simplex(3) { $0.smooth = [square] }, limit: 100)
    #expect(verdict.certifies(1, relative: 1e-9))
    #expect(distance(verdict.point, y) <= 1e-4)
  }

  @Test("the objective falls from step to step", arguments: linearRows + curved)
  func descent(row: Row) {
    var last = Double.infinity
    for iterate in KLProximal().iterates(of: row.program) where iterate.certificate.isFeasible {
      #expect(iterate.certificate.lower <= row.optimum && row.optimum <= iterate.certificate.upper)
      #expect(iterate.certificate.value <= last + 1e-12 * max(1, abs(last)) || last == .infinity)
      last = iterate.certificate.value
    }
  }

  @Test("contradicting rows are proved")
  func infeasible() {
    let verdict = Verdict(KLProximal(), Self.linear(Self.faces, equal: [(Self.faces, 7)]))
    #expect(verdict.end == .infeasible(isProved: true))
    var capped = Self.linear(Self.faces, equal: [(Self.faces, 5.75)])
    capped.layout.upper = [1, 1, 1, 1, 1, 0.5]
    #expect(Verdict(KLProximal(), capped).end == .infeasible(isProved: true))
  }

  @Test("a closure that is not a number stalls, with a finite point")
  func notFinite() {
    let broken = SmoothFunction(name: "broken") { p in (.nan, [.nan, 0, 0]) }
    let verdict = Verdict(KLProximal(), Build.simplex(3) { $0.smooth = [broken] })
    #expect(verdict.end == .stalled)
    #expect(verdict.point.allSatisfy { $0.isFinite && $0 >= 0 })
  }

  @Test("what no inner method takes is declined with a reason")
  func declines() {
    var program = Build.simplex(2) { $0.linear = [1, 2] }
    program.isConvex = false
    #expect(!KLProximal().accepts(program).isAccepted)
    let twisted = SmoothFunction(name: "f") { p in (p[0], [1, 0]) }
    var constrained = Build.simplex(2) { $0.smooth = [twisted] }
    var g = Functional(count: 2)
    g.entropic = [1, 1]
    constrained.convex = [ConvexConstraint(name: "g", functional: g, bound: -0.5)]
    #expect(!KLProximal().accepts(constrained).isAccepted)
  }
}
