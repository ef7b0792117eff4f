import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Closed form")
struct ClosedFormTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let program: Program
    let optimum: Double
    var solution: [Double] = []
    var relative = 1e-13
    var testDescription: String { name }
  }

  private static func capped(_ program: Program, lower: [Double] = [], upper: [Double] = []) -> Program {
    var program = program
    if !lower.isEmpty { program.layout.lower = lower }
    if !upper.isEmpty { program.layout.upper = upper }
    return program
  }

  private static let q = [0.1, 0.2, 0.3, 0.4]

  private static func klBall(_ radius: Double) -> Program {
    var program = Build.simplex(4) { $0.linear = [-3, -1, 0, 1] }
    var g = Functional(count: 4)
    g.entropic = [1, 1, 1, 1]
    g.linear = q.map { -Kernel.log($0) }
    program.convex = [ConvexConstraint(name: "ball", functional: g, bound: radius)]
    return program
  }

  private static func chiSquaredBall(_ radius: Double) -> Program {
    var program = Build.simplex(4) { $0.linear = [-3, -1, 0, 1] }
    var g = Functional(count: 4)
    g.powers = [.init(exponent: 2, weights: q.map { 1 / $0 })]
    g.linear = [-2, -2, -2, -2]
    g.constant = 1
    program.convex = [ConvexConstraint(name: "ball", functional: g, bound: radius)]
    return program
  }

  // Derivations: Gibbs (softmax), sorted thresholds (sparsemax, entmax), Lagrange with one scalar root (the
  // others, 50 digits).
  static let cases: [Case] = [
    Case(
      name: "vertex", program: Build.simplex(6) { $0.linear = [3.25, -1.5, 0.75, 2, -1.25, 4] },
      optimum: -1.5,
      solution: [0, 1, 0, 0, 0, 0]),
    Case(
      name: "softmax",
      program: Build.simplex(4) {
        $0.linear = [0.5, -1, 2, 0]; $0.entropic = [1, 1, 1, 1]
      },
      optimum: -1.495181898085856049275257,
      solution: [0.13598891579350553, 0.6094600375988771, 0.030343228559416225, 0.22420781804820114]),
    Case(
      name: "cold softmax",
      program: Build.simplex(4) {
        $0.linear = [0.5, 0.53125, 0.75, 1]
        $0.entropic = [Double](repeating: 0.015625, count: 4)
      },
      optimum: 0.4980167482786932531092981,
      solution: [0.8807969906726997, 0.11920291020664592, 9.91206432375499e-08, 1.1154558905023027e-14]),
    Case(
      name: "logits of 1000",
      program: Build.simplex(4) {
        $0.linear = [-1000, 1000, -999, 0]; $0.entropic = [1, 1, 1, 1]
      },
      optimum: -1000.313261687518222834049, solution: [0.7310585786300049, 0, 0.2689414213699951, 0]),
    Case(
      name: "a cost of 1e300",
      program: Build.simplex(3) {
        $0.linear = [0, 1e300, 1]; $0.entropic = [1, 1, 1]
      },
      optimum: -0.3132616875182228340489955, solution: [0.7310585786300049, 0, 0.2689414213699951]),
    Case(
      name: "sparsemax", program: Build.projection([0.5, 1.25, -0.75, 1, 0.125]), optimum: 0.8046875,
      solution: [0, 0.625, 0, 0.375, 0]),
    Case(
      name: "projection inside", program: Build.projection([0.4, 0.3, 0.1]), optimum: 0.02 / 3,
      solution: [0.4666666666666667, 0.36666666666666664, 0.16666666666666666], relative: 1e-12),
    Case(
      name: "projection of 1e12", program: Build.projection([1e12, -3e12, 999_999_999_998.5]),
      optimum: 5.4999999999975e24, solution: [1, 0, 0]),
    Case(
      name: "threshold at an entry", program: Build.projection([0.75, 0.25, 0, -1]), optimum: 0.5,
      solution: [0.75, 0.25, 0, 0]),
    Case(
      name: "capped projection",
      program: capped(
        Build.projection([0.9, 0.7, 0.2, -0.1, 0.05]), upper: [0.4, 0.4, 0.4, 0.4, 0.4]),
      optimum: 0.175625, solution: [0.4, 0.4, 0.175, 0, 0.025]),
    Case(
      name: "entmax 1.5",
      program: Build.simplex(5) {
        $0.linear = [1.5, 1.25, 0, -0.5, 1].map { -1.5 * $0 }
        $0.powers = [.init(exponent: 1.5, weights: [2, 2, 2, 2, 2])]
        $0.constant = -2
      }, optimum: -2.774000956753746008657509,
      solution: [0.4806060593436027, 0.3229166666666667, 0, 0, 0.19647727398973067]),
    Case(
      name: "Tsallis 1/2 with costs",
      program: Build.simplex(4) {
        $0.linear = [0, 0.5, 1, 3]
        $0.powers = [.init(exponent: 0.5, weights: [2, 2, 2, 2])]
        $0.constant = 2
      }, optimum: -1.284474986249050954565412,
      solution: [0.5025645617316411, 0.27394297807396306, 0.1720875585834023, 0.05140490161099353]),
    Case(
      name: "sum v / p",
      program: Build.simplex(4) { $0.powers = [.init(exponent: -1, weights: [9, 16, 1, 0.25])] },
      optimum: 72.25, solution: [3 / 8.5, 4 / 8.5, 1 / 8.5, 0.5 / 8.5]),
    Case(
      name: "sum v / p with a floor",
      program: capped(
        Build.simplex(4) { $0.powers = [.init(exponent: -1, weights: [9, 4, 1, 0.25])] },
        lower: [0, 0, 0, 0.25]), optimum: 49, solution: [0.375, 0.25, 0.125, 0.25]),
    Case(
      name: "log barrier with costs",
      program: Build.simplex(3) {
        $0.linear = [1, 2, 0]; $0.barrier = [0.5, 0.5, 0.5]
      },
      optimum: 2.440370775850494008402344,
      solution: [0.2646582900644197, 0.17305657540319297, 0.5622851345323874]),
    Case(
      name: "weighted log barrier", program: Build.simplex(4) { $0.barrier = [1, 2, 3, 4] },
      optimum: 12.79854225833667467182186, solution: [0.1, 0.2, 0.3, 0.4]),
    // 10 q_i^2 + c_i q_i with a free linear outcome of cost 5: q = (5 - c_i) / 20.
    Case(
      name: "one outcome without curvature",
      program: Build.simplex(3) {
        $0.linear = [1, 2, 5]
        $0.powers = [.init(exponent: 2, weights: [10, 10, 0])]
      }, optimum: 4.375, solution: [0.2, 0.15, 0.65]),
    Case(
      name: "worst tail by caps",
      program: capped(Build.simplex(4) { $0.linear = [-3, -1, 0, 1] }, upper: [0.25, 0.5, 0.75, 1]),
      optimum: -1.25, solution: [0.25, 0.5, 0.25, 0]),
    Case(
      name: "caps that add up to one",
      program: capped(Build.entropy(4), upper: [0.25, 0.25, 0.25, 0.25]),
      optimum: -1.386294361119890618834464,
      solution: [0.25, 0.25, 0.25, 0.25]),
    Case(
      name: "one outcome",
      program: Build.simplex(1) {
        $0.linear = [3]; $0.entropic = [1]
      }, optimum: 3, solution: [1]),
    Case(
      name: "ball of relative entropy", program: klBall(0.1), optimum: -0.6862602471602348327577315,
      solution: [0.23284604380737844, 0.24453694310624752, 0.265802185718226, 0.25681482736814804],
      relative: 1e-12),
    Case(name: "a ball that holds the vertex", program: klBall(3), optimum: -3, solution: [1, 0, 0, 0]),
    Case(
      name: "ball of chi-squared", program: chiSquaredBall(0.0625), optimum: -0.4051638903933425737974464,
      solution: [0.15939431423763042, 0.23686543642335683, 0.2938557605961072, 0.30988448874290553],
      relative: 2e-12),
    Case(
      name: "ball of chi-squared with a zero", program: chiSquaredBall(3),
      optimum: -2.096046461658387394361035,
      solution: [0.5670391219892448, 0.39492909569065304, 0.038031782320102174, 0], relative: 1e-12),
  ]

  @Test("the interval holds the optimum and is narrow", arguments: cases)
  func interval(row: Case) {
    let verdict = Verdict(ClosedForm(), row.program)
    #expect(verdict.end == .converged)
    #expect(verdict.certifies(row.optimum, relative: row.relative, absolute: 1e-15))
    #expect(distance(verdict.point, row.solution) <= 1e-13)
    #expect(abs(Kernel.compensatedSum(verdict.point) - 1) <= 0x1p-52)
  }

  @Test("ties are flagged, unique answers are not")
  func ties() {
    let tie = Verdict(ClosedForm(), Build.simplex(5) { $0.linear = [2, 0.5, 0.5, 1, 0.5] })
    #expect(tie.flags == [.nonunique])
    #expect(tie.certifies(0.5))
    #expect(Verdict(ClosedForm(), Build.simplex(3) { $0.linear = [2, 0.5, 1] }).flags.isEmpty)
    // Under caps a tie away from the margin is no tie.
    var program = Build.simplex(4) { $0.linear = [0, 0, 1, 2] }
    program.layout.upper = [0.25, 0.25, 1, 1]
    #expect(Verdict(ClosedForm(), program).flags.isEmpty)
    program.layout.upper = [0.75, 0.75, 1, 1]
    #expect(Verdict(ClosedForm(), program).flags == [.nonunique])
  }

  @Test("caps that are too small, and a ball below its centre, are proved infeasible")
  func infeasible() {
    var program = Build.entropy(4)
    program.layout.upper = [0.24, 0.24, 0.24, 0.24]
    #expect(Verdict(ClosedForm(), program).end == .infeasible(isProved: true))
    #expect(Verdict(ClosedForm(), ClosedFormTests.klBall(-0.01)).end == .infeasible(isProved: true))
  }

  @Test("a ball of radius 0 is its centre")
  func centre() {
    let verdict = Verdict(ClosedForm(), ClosedFormTests.klBall(0))
    #expect(verdict.flags == [.boundary])
    #expect(distance(verdict.point, ClosedFormTests.q) <= 1e-15)
    // The band of the constraint data leaves sqrt(2^-46) of room below, and no point holds for all of the band.
    #expect(verdict.certificate.lower <= -0.1 && verdict.certificate.lower >= -0.1 - 1e-6)
    #expect(verdict.certificate.upper == .infinity)
  }

  @Test("a geometric law on one hundred thousand outcomes")
  func geometric() {
    // sum_i r^i = (1 - r^n) / (1 - r), r = exp(-1 / 1024)
    let n = 100_000
    let program = Build.simplex(n) {
      $0.linear = (0..<n).map { Double($0) / 1024 }
      $0.entropic = [Double](repeating: 1, count: n)
    }
    let verdict = Verdict(ClosedForm(), program)
    #expect(verdict.certifies(-6.931960047113023559708671, relative: 1e-12))
    #expect(abs(verdict.point[1000] / 0.0003675972872579180717776006 - 1) <= 1e-13)
    #expect(abs(verdict.point[99_999] / 3.787403883095992758614673e-46 - 1) <= 1e-12)
  }

  @Test("least of a million costs")
  func million() {
    let n = 1_000_000
    let c = (0..<n).map { Double((7919 * $0 + 12345) % 1_000_003) / 1_048_576 }
    let verdict = Verdict(ClosedForm(), Build.simplex(n) { $0.linear = c })
    #expect(verdict.certificate.value == 0)
    #expect(verdict.point[730_901] == 1)
  }

  @Test("mixed entropic, square, barrier and power parts are stationary")
  func mixed() {
    var dice = Dice(3)
    for _ in 0..<50 {
      let n = 2 + Int(dice.uniform() * 12)
      func some(_ share: Double) -> [Double] {
        (0..<n).map { _ in dice.uniform() < share ? 0.1 + dice.uniform() : 0 }
      }
      let program = Build.simplex(n) {
        $0.linear = (0..<n).map { _ in dice.normal() }
        $0.entropic = some(0.5)
        $0.barrier = some(0.3)
        $0.powers = [
          .init(exponent: 2, weights: some(0.5)), .init(exponent: 0.5, weights: some(0.3)),
          .init(exponent: 3, weights: [Double](repeating: 0.5, count: n)),
        ]
      }
      let verdict = Verdict(ClosedForm(), program)
      #expect(verdict.end == .converged)
      #expect(verdict.certificate.gap <= 1e-10 * max(1, abs(verdict.certificate.value)))
    }
  }

  @Test("objective times 1e+-6 gives the same law", arguments: [1e-6, 1e6])
  func scaling(unit: Double) {
    let plain = Verdict(ClosedForm(), ClosedFormTests.cases[10].program).point
    let scaled = Build.simplex(5) {
      $0.linear = [1.5, 1.25, 0, -0.5, 1].map { -1.5 * unit * $0 }
      $0.powers = [.init(exponent: 1.5, weights: [Double](repeating: 2 * unit, count: 5))]
    }
    #expect(distance(plain, Verdict(ClosedForm(), scaled).point) <= 1e-14)
  }
}
