import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Exponential multipliers")
struct ExponentialMultiplierTests {
  private static let faces: [Double] = [1, 2, 3, 4, 5, 6]

  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let program: Program
    let optimum: Double
    var testDescription: String { name }
  }

  private static func square(_ y: [Double]) -> SmoothFunction {
    SmoothFunction(name: "square") { p in
      let d = zip(p, y).map { $0 - $1 }
      return (1 + Kernel.dot(d, d), d.map { 2 * $0 })
    }
  }

  static let rows: [Row] = [
    Row(
      name: "die 4.5", program: Build.entropy(6, equal: [(faces, 4.5)]), optimum: -1.61358109815382904114158),
    Row(
      name: "die at least 4.5", program: Build.entropy(6, atMost: [(faces.map { -$0 }, -4.5)]),
      optimum: -1.61358109815382904114158),
    Row(
      name: "a slack row", program: Build.entropy(6, atMost: [(faces, 4.5)]),
      optimum: -1.791759469228055000812477),
    Row(
      name: "Tsallis 2 with a mean",
      program: Build.simplex(5, equal: [([0, 1, 2, 3, 4], 1.5)]) {
        $0.powers = [.init(exponent: 2, weights: [1, 1, 1, 1, 1])]
        $0.constant = -1
      }, optimum: -0.775),
    // p_i = q_i / (1 + lambda (x_i - 1.75)), lambda by a 50-digit root.
    Row(
      name: "empirical likelihood, at most",
      program: Build.simplex(4, atMost: [([0, 1, 2, 3.5], 1.75)]) {
        $0.barrier = [0.1, 0.2, 0.3, 0.4]
        $0.constant = -1.279854225833667467182186
      }, optimum: 0.06534136071058315443707962),
    // The chord from (2, 1) to (5, 1/4) at 5/2.
    Row(
      name: "a linear programme",
      program: Build.simplex(6, atMost: [(faces, 2.5)]) { $0.linear = [4, 1, 3.5, 2, 0.25, 5] },
      optimum: 0.875),
    // The first mass gives 1/8 away, half to each other: (1/8)^2 (1 + 1/2).
    Row(
      name: "a closure",
      program: Build.simplex(3, atMost: [([1, 0, 0], 0.375)]) { $0.smooth = [square([0.5, 0.25, 0.25])] },
      optimum: 1.0234375),
  ]

  @Test("closed forms are certified", arguments: rows)
  func closedForms(row: Row) {
    let verdict = Verdict(ExponentialMultiplier(), row.program, limit: 100)
    #expect(verdict.certifies(row.optimum, relative: 1e-9, absolute: 1e-12), "\(verdict.certificate)")
  }

  @Test("units of the objective and of the rows do not matter", arguments: [1e-8, 1e8])
  func units(unit: Double) {
    let rows: [([Double], Double)] = [(Self.faces.map { -$0 / unit }, -4.5 / unit)]
    let program = Build.simplex(6, atMost: rows) {
      $0.entropic = [Double](repeating: unit, count: 6)
    }
    let verdict = Verdict(ExponentialMultiplier(), program, limit: 100)
    #expect(verdict.certifies(-1.61358109815382904114158 * unit, relative: 1e-9), "\(verdict.certificate)")
  }

  @Test("several inequalities agree with the dual Newton method", arguments: 1...4)
  func several(seed: Int) {
    var dice = Dice(UInt64(80 + seed))
    let n = 20
    let inside = dice.law(n, 1)
    let rows = (0..<5).map { _ -> ([Double], Double) in
      let a = (0..<n).map { _ in dice.normal() }
      return (a, Kernel.dot(a, inside) + 0.01)
    }
    let program = Build.divergence(from: dice.law(n, 1), atMost: rows)
    let multiplier = Verdict(ExponentialMultiplier(), program, limit: 200)
    let newton = Verdict(DualNewton(), program)
    #expect(
      multiplier.certificate.isFeasible && multiplier.certificate.gap <= 1e-9, "\(multiplier.certificate)")
    #expect(distance(multiplier.evidence.inequality, newton.evidence.inequality) <= 1e-4)
  }

  @Test("contradicting rows are proved")
  func infeasible() {
    let equal = Build.entropy(6, equal: [(Self.faces, 7)])
    #expect(Verdict(ExponentialMultiplier(), equal, limit: 100).end == .infeasible(isProved: true))
    let apart = Build.entropy(6, atMost: [(Self.faces, 2), (Self.faces.map { -$0 }, -3)])
    #expect(Verdict(ExponentialMultiplier(), apart, limit: 100).end == .infeasible(isProved: true))
  }

  @Test("a closure that is not a number stalls, with a finite point")
  func notFinite() {
    let broken = SmoothFunction(name: "broken") { p in (.nan, [.nan, 0, 0]) }
    let program = Build.simplex(3, atMost: [([1, 0, 0], 0.25)]) { $0.smooth = [broken] }
    let verdict = Verdict(ExponentialMultiplier(), program)
    #expect(verdict.end == .stalled)
    #expect(verdict.point.allSatisfy { $0.isFinite && $0 >= 0 })
  }

  @Test("without rows there is nothing to do")
  func declines() { #expect(!ExponentialMultiplier().accepts(Build.entropy(3)).isAccepted) }
}
