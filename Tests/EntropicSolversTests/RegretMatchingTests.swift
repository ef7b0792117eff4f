import Entropic
import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Regret matching")
struct RegretMatchingTests {
  /// min_p max_j (A'p)_j, one row of `payoffs` an outcome of p.
  private static func game(_ payoffs: [[Double]]) -> Program {
    let (n, m) = (payoffs.count, payoffs[0].count)
    let transposed = (0..<m).flatMap { j in (0..<n).map { payoffs[$0][j] } }
    return Build.simplex(n) {
      $0.composites = [
        Composite(
          outer: .maximum(caps: nil),
          map: .dense(Matrix(rows: m, columns: n, elements: transposed), firstColumn: 0, columns: n))
      ]
    }
  }

  private static func run(_ program: Program, _ gap: Double) -> Outcome {
    Solver.run(
      program, SolveOptions(method: "regret-matching", tolerance: Tolerance(relative: 1e-12, absolute: gap)))
  }

  @Test("games with known values")
  func known() throws {
    let cases: [(payoffs: [[Double]], value: Double)] = [
      // Rock, paper, scissors.
      ([[0, 1, -1], [-1, 0, 1], [1, -1, 0]], 0),
      // (a d - b c) / (a + d - b - c)
      ([[3, -1], [-2, 4]], 1),
      // A saddle point in pure strategies.
      ([[2, 1], [5, 3]], 2),
      ([[7]], 7),
    ]
    for (payoffs, value) in cases {
      let outcome = Self.run(Self.game(payoffs), 1e-4)
      let answer = try #require(outcome.answerIfAny)
      #expect(outcome.status == "optimal", "\(payoffs): \(outcome.status) \(answer.certificate.gap)")
      #expect(answer.certificate.lower <= value && value <= answer.certificate.upper)
    }
  }

  @Test("random games agree with the interior point", arguments: [1, 2, 3, 4] as [UInt64])
  func random(seed: UInt64) throws {
    var dice = Dice(seed)
    let program = Self.game((0..<20).map { _ in (0..<30).map { _ in dice.normal() } })
    let exact = try Solver.run(program, SolveOptions(method: "interior-point")).answer.certificate
    let outcome = Self.run(program, 2e-4)
    let answer = try #require(outcome.answerIfAny)
    #expect(outcome.status == "optimal", "\(outcome.status) \(answer.certificate.gap)")
    #expect(answer.certificate.lower <= exact.upper && exact.lower <= answer.certificate.upper)
  }

  @Test("losses in other units and from another origin leave the strategies alone")
  func units() {
    let payoffs: [[Double]] = [[3, -1, 0.5], [-2, 4, 1], [0, 1, -3]]
    func iterate(_ program: Program) -> [Double] {
      var state = RegretMatching().start(program, warm: nil)
      for _ in 0..<100 { _ = RegretMatching().step(&state, StepContext()) }
      return RegretMatching().finish(state).point
    }
    let plain = iterate(Self.game(payoffs))
    let moved = iterate(Self.game(payoffs.map { $0.map { 1024 * $0 + 512 } }))
    #expect(distance(plain, moved) <= 1e-9)
  }

  @Test("what it declines, and functions that are no numbers")
  func ends() {
    #expect(!RegretMatching().accepts(Build.entropy(3)).isAccepted)
    var entropic = Self.game([[1, 2], [2, 1]])
    entropic.objective.entropic = [1, 1]
    #expect(!RegretMatching().accepts(entropic).isAccepted)
    var rows = Self.game([[1, 2], [2, 1]])
    rows.inequalities = [Build.row([1, 0], 0.25)]
    #expect(!RegretMatching().accepts(rows).isAccepted)
    #expect(Catalogue.named("regret-matching") != nil)
    #expect(Verdict(RegretMatching(), Self.game([[.nan, 1], [1, 0]]), limit: 10).end == .stalled)
  }
}
