import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

/// Objectives with kinks whose optima are known.
struct KinkCase: Sendable, CustomTestStringConvertible {
  let name: String
  let program: Program
  let optimum: Double
  var testDescription: String { name }

  private static func map(_ rows: [[Double]]) -> LinearMap {
    .dense(
      Matrix(rows: rows.count, columns: rows[0].count, elements: rows.flatMap { $0 }), firstColumn: 0,
      columns: rows[0].count)
  }

  private static func identity(_ n: Int) -> LinearMap {
    map((0..<n).map { i in (0..<n).map { i == $0 ? 1 : 0 } })
  }

  /// The row player pays a_ij and mixes rows: min_p max_j (A'p)_j.
  private static func game(_ name: String, _ a: [[Double]], _ value: Double) -> KinkCase {
    let columns = a[0].indices.map { j in a.map { $0[j] } }
    return KinkCase(
      name: name,
      program: Build.simplex(a.count) {
        $0.composites = [Composite(outer: .maximum(caps: nil), map: map(columns))]
      }, optimum: value)
  }

  static let games = [
    game("rock, paper, scissors", [[0, -1, 1], [1, 0, -1], [-1, 1, 0]], 0),
    // Skew-symmetric; the mixture (1, 2, 1) / 4.
    game("weighted rock, paper, scissors", [[0, -1, 2], [1, 0, -1], [-2, 1, 0]], 0),
    // (a d - b c) / (a + d - b - c)
    game("weighted matching pennies", [[2, -1], [-1, 1]], 0.2),
    game("2 x 2", [[3, -1], [-2, 1.5]], 0.3333333333333333333),
    // A saddle point in pure strategies: row 2, column 1.
    game("2 x 2 with a saddle", [[3, 5], [2, 1]], 2),
    // Diagonal: 1 / sum 1 / d.
    game("diagonal", [[1, 0, 0], [0, 2, 0], [0, 0, 4]], 0.5714285714285714286),
  ]

  static let others = [
    // Half the sum of the two largest masses, at the uniform law.
    KinkCase(
      name: "capped maximum",
      program: Build.simplex(4) {
        $0.composites = [Composite(outer: .maximum(caps: [0.5, 0.5, 0.5, 0.5]), map: identity(4))]
      }, optimum: 0.25),
    // y has 0.2 too much mass.
    KinkCase(
      name: "absolute values",
      program: Build.simplex(3) {
        $0.composites = [
          Composite(outer: .absolute([1, 1, 1]), map: identity(3), offset: [-0.5, -0.4, -0.3])
        ]
      }, optimum: 0.2),
    // The distance to the projection (0.6, 0.4, 0, 0, 0): sqrt 0.2325.
    KinkCase(
      name: "norm",
      program: Build.simplex(5) {
        $0.composites = [Composite(outer: .norm, map: identity(5), offset: [-0.9, -0.7, -0.2, 0.1, -0.05])]
      }, optimum: 0.482182538049647749788),
    // 1 / 4 - log 4, at the uniform law.
    KinkCase(
      name: "entropy kept exact beside a maximum",
      program: Build.simplex(4) {
        $0.entropic = [1, 1, 1, 1]
        $0.composites = [Composite(outer: .maximum(caps: nil), map: identity(4))]
      }, optimum: -1.13629436111989061883),
    // Mean 0.5 on 0, 1, 2: the largest mass is at least 1 / 2 (p_0 = 1 - p_1 - p_2 and p_1 + 2 p_2 = 1 / 2).
    KinkCase(
      name: "maximum with a row",
      program: Build.simplex(3, equal: [([0, 1, 2], 0.5)]) {
        $0.composites = [Composite(outer: .maximum(caps: nil), map: identity(3))]
      }, optimum: 0.5),
  ]
}

@Suite("Mirror-prox")
struct MirrorProxTests {
  @Test("games and kinks are certified", arguments: KinkCase.games + KinkCase.others, [false, true])
  func certified(row: KinkCase, isOptimistic: Bool) {
    let verdict = Verdict(MirrorProx(optimistic: isOptimistic), row.program, limit: 20_000)
    #expect(
      verdict.certifies(row.optimum, relative: 1e-6, absolute: 1e-6),
      "\(verdict.end) after \(verdict.steps): \(verdict.certificate)")
  }

  @Test("the bound is above the true gap at every step", arguments: KinkCase.games)
  func bound(row: KinkCase) {
    for iterate in MirrorProx().iterates(of: row.program) {
      #expect(row.program.objective.value(iterate.point) - row.optimum <= iterate.bound + 1e-15)
      let certificate = iterate.certificate
      #expect(certificate.lower <= row.optimum && row.optimum <= certificate.upper)
      if iterate.number >= 50 { break }
    }
  }

  @Test("the other player's strategy is the evidence")
  func strategy() {
    let verdict = Verdict(MirrorProx(), KinkCase.games[2].program, limit: 20_000)
    let y = verdict.evidence.objectiveSlopes.first.flatMap { $0 } ?? []
    #expect(distance(y, [0.4, 0.6]) <= 1e-5)
    #expect(distance(verdict.point, [0.4, 0.6]) <= 1e-5)
  }

  @Test("scaling a game scales nothing else", arguments: [1e-8, 1e8])
  func scaling(unit: Double) {
    func iterate(_ unit: Double) -> [Double] {
      var program = KinkCase.games[1].program
      program.objective.composites[0].weight = unit
      let method = MirrorProx()
      var state = method.start(program, warm: nil)
      for _ in 0..<30 { _ = method.step(&state, StepContext()) }
      return method.finish(state).point
    }
    #expect(distance(iterate(1), iterate(unit)) <= 1e-9)
  }

  @Test("smooth objectives are declined, broken closures stall, infeasible rows are proved")
  func hostile() {
    #expect(!MirrorProx().accepts(Build.entropy(3)).isAccepted)
    var program = KinkCase.games[0].program
    #expect(MirrorProx().accepts(program).isAccepted)
    program.objective.smooth = [SmoothFunction(name: "broken") { p in (.nan, p.map { _ in .nan }) }]
    #expect(Verdict(MirrorProx(), program).end == .stalled)
    var rows = KinkCase.others[4].program
    rows.equalities = [Build.row([0, 1, 2], 3)]
    #expect(Verdict(MirrorProx(), rows).end == .infeasible(isProved: true))
    let one = Build.simplex(1) {
      $0.composites = [
        Composite(
          outer: .maximum(caps: nil),
          map: .dense(Matrix(rows: 2, columns: 1, elements: [1, 3]), firstColumn: 0, columns: 1))
      ]
    }
    #expect(Verdict(MirrorProx(), one, limit: 2000).certifies(3, relative: 1e-6))
    #expect(Catalogue.named("mirror-prox(optimistic)")?.name == "mirror-prox(optimistic)")
  }
}
