import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

private let faces: [Double] = [1, 2, 3, 4, 5, 6]
private let squares: [Double] = [1, 4, 9, 16, 25, 36]

@Suite("Dual Newton")
struct DualNewtonTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let program: Program
    let optimum: Double
    var absolute = 0.0
    var testDescription: String { name }
  }

  // Optima: closed forms where the name says so, else a 50-digit Newton iteration on the dual.
  static let cases: [Case] = {
    var list = [
      Case(
        name: "die 4.5", program: Build.entropy(6, equal: [(faces, 4.5)]), optimum: -1.61358109815382904114158
      ),
      Case(
        name: "die 3.5 is uniform, ln 6", program: Build.entropy(6, equal: [(faces, 3.5)]),
        optimum: -1.791759469228055),
      Case(
        name: "three copies of one row",
        program: Build.entropy(
          6, equal: [(faces, 4.5), (faces.map { -2 * $0 }, -9), (faces.map { $0 + 1 }, 5.5)]),
        optimum: -1.61358109815382904114158),
      Case(
        name: "rows of size 1e12 and 1e-12",
        program: Build.entropy(
          6, equal: [(faces.map { $0 * 1e12 }, 4.5e12), (squares.map { $0 * 1e-12 }, 2.25e-11)]),
        optimum: -1.613347313890880731419149),
      Case(
        name: "one feasible point, 3/2 ln 2",
        program: Build.entropy(3, equal: [([-1, 0, 1], 0), ([1, 0, 1], 0.5)]),
        optimum: -1.039720770839917964125848),
      Case(
        name: "duplicate outcomes", program: Build.entropy(5, equal: [([0, 0, 0, 1, 1], 0.7)]),
        optimum: -1.425651015047288087036307),
      Case(
        name: "mean at a vertex", program: Build.entropy(6, equal: [(faces, 6)]), optimum: 0,
        absolute: 1e-12),
      Case(
        name: "face by a zero row",
        program: Build.entropy(5, equal: [([0, 0, 0, 1, 1], 0), ([1, 2, 3, 4, 5], 2)]),
        optimum: -1.098612288668109691395245),
      Case(
        name: "conditioning on an event, -ln q(A)",
        program: Build.divergence(from: [0.05, 0.2, 0.1, 0.25, 0.4], equal: [([1, 0, 1, 1, 0], 1)]),
        optimum: 0.9162907318741550651835272),
      Case(
        name: "I-projection to a mean",
        program: Build.divergence(
          from: [0.05, 0.15, 0.25, 0.3, 0.15, 0.1], equal: [([0, 1, 2, 3, 4, 5], 2)]),
        optimum: 0.1238380573937424697645802),
      Case(
        name: "I-projection to a probability",
        program: Build.divergence(
          from: [0.05, 0.15, 0.25, 0.3, 0.15, 0.1], equal: [([1, 1, 0, 0, 0, 0], 0.4)]),
        optimum: 0.1046496287529095673033614),
      Case(
        name: "independent coupling",
        program: Build.entropy(12, equal: Build.coupling([0.2, 0.3, 0.5], [0.1, 0.4, 0.25, 0.25])),
        optimum: -2.319574996673585431308034),
      Case(
        name: "truncated geometric",
        program: Build.entropy(401, equal: [((0...400).map(Double.init), 3)]),
        optimum: -2.249340578475233401152121),
      Case(
        name: "Ising chain",
        program: Build.entropy(
          8, equal: [([1, 1, -1, -1, -1, -1, 1, 1], 0.5), ([1, -1, -1, 1, 1, -1, -1, 1], -0.25)]),
        optimum: -1.917045563336735719558267),
      Case(
        name: "inactive inequality", program: Build.entropy(6, atMost: [(faces, 4)]),
        optimum: -1.791759469228055),
      Case(
        name: "active inequality", program: Build.entropy(6, atMost: [(faces.map { -$0 }, -4.5)]),
        optimum: -1.61358109815382904114158),
    ]
    let x = (-5...5).map(Double.init)
    list.append(
      Case(
        name: "discrete Gaussian", program: Build.entropy(11, equal: [(x, 0.5), (x.map { $0 * $0 }, 2.25)]),
        optimum: -1.765348894389499260092263))
    return list
  }()

  @Test("the interval holds the optimum and is narrow", arguments: cases)
  func interval(row: Case) {
    let verdict = Verdict(DualNewton(), row.program)
    #expect(verdict.end == .converged)
    #expect(verdict.certifies(row.optimum, relative: 5e-13, absolute: row.absolute))
    #expect(verdict.certificate.infeasibility <= 0.5)
    #expect(abs(verdict.certificate.value - row.optimum) <= 4e-15 * max(1, abs(row.optimum)))
    #expect(verdict.steps <= 25)
  }

  @Test(
    "objective times 1e+-6 and rows times 1e+-8 change nothing", arguments: [1e-6, 1e6], [1e-8, 1.0, 1e8])
  func scaling(unit: Double, size: Double) {
    let equal = [(faces.map { $0 * size }, 4.5 * size), (squares.map { $0 / size }, 24.0 / size)]
    let plain = Verdict(DualNewton(), Build.entropy(6, equal: [(faces, 4.5), (squares, 24)]))
    let scaled = Verdict(
      DualNewton(), Build.simplex(6, equal: equal) { $0.entropic = [Double](repeating: unit, count: 6) })
    #expect(scaled.end == .converged)
    #expect(distance(plain.point, scaled.point) <= 1e-14)
    #expect(scaled.certificate.isFeasible)
    #expect(scaled.certificate.gap <= 2e-12 * unit)
  }

  @Test("the multiplier of the die is that of its exponential family")
  func multiplier() {
    let verdict = Verdict(DualNewton(), Build.entropy(6, equal: [(faces, 4.5)]))
    #expect(abs(verdict.evidence.equality[0] + 0.3710489380810333381656103) <= 1e-14)
  }

  @Test("a face is found and flagged, with multipliers that certify it")
  func boundary() {
    // x + y <= 2 on all outcomes, and E x + E y = 2: three outcomes remain.
    let x: [Double] = [0, 1, 2, 0, 1, 0]
    let y: [Double] = [0, 0, 0, 1, 1, 2]
    let verdict = Verdict(DualNewton(), Build.entropy(6, equal: [(x, 0.75), (y, 1.25)]))
    #expect(verdict.flags.contains(.boundary))
    #expect(verdict.point[0] == 0 && verdict.point[1] == 0 && verdict.point[3] == 0)
    #expect(verdict.certificate.isFeasible && verdict.certificate.gap <= 1e-11)
  }

  @Test(
    "contradictions are proved",
    arguments: [
      Build.entropy(6, equal: [(faces, 7)]),
      Build.entropy(6, equal: [(faces, 6.000001)]),
      Build.entropy(5, equal: [([-2, -1, 0, 1, 2], 1), ([4, 1, 0, 1, 4], 0.5)]),
      Build.entropy(4, atMost: [([1, 1, 0, 0], 0.3), ([-1, -1, -1, 0], -0.8), ([0, 0, 1, 0], 0.4)]),
      Build.entropy(6, equal: [(faces, 4.5), (faces.map { 3 * $0 }, 13.501)]),
      Build.entropy(4, equal: Build.coupling([0.4, 0.601], [0.5, 0.5])),
    ])
  func infeasible(program: Program) {
    #expect(Verdict(DualNewton(), program).end == .infeasible(isProved: true))
    #expect(Verdict.presolved(DualNewton(), program).end == .infeasible(isProved: true))
  }

  @Test("a mass of 1e-300 is found to relative accuracy")
  func tinyMass() {
    // On {0, 1, 2} with mean 1e-300 the law is p_1 = 1e-300 and p_2 of the order of its square.
    let verdict = Verdict(DualNewton(), Build.entropy(3, equal: [([0, 1, 2], 1e-300)]))
    #expect(verdict.certificate.isFeasible)
    #expect(abs(verdict.point[1] / 1e-300 - 1) <= 1e-13)
    #expect(verdict.point[0] == 1)
  }

  @Test("generated families: interior, near a face, inequalities, dependent rows, infeasible by 1e-6")
  func zoo() {
    var dice = Dice(7)
    for trial in 0..<40 {
      let n = 3 + Int(dice.uniform() * 60)
      let k = 1 + Int(dice.uniform() * Double(min(8, n - 2)))
      let f = (0..<k).map { _ in (0..<n).map { _ in dice.normal() } }
      let w = dice.law(n, [0.05, 0.3, 1, 3][trial % 4])
      let q = dice.law(n, 1)
      let means = f.map { Kernel.compensatedDot($0, w) }
      let rows = zip(f, means).map { ($0, $1) }
      func check(_ program: Program, _ comment: Comment) {
        for verdict in [Verdict(DualNewton(), program), Verdict.presolved(DualNewton(), program)] {
          #expect(verdict.end == .converged, comment)
          let size = max(1, abs(verdict.certificate.value))
          #expect(verdict.certificate.isFeasible && verdict.certificate.gap <= 1e-9 * size, comment)
          #expect(verdict.steps <= 30, comment)
        }
      }
      check(Build.divergence(from: q, equal: rows), "interior \(trial)")
      let half = Array(rows.prefix(k / 2))
      let rest = rows.dropFirst(k / 2).map { ($0.0, $0.1 + (dice.uniform() < 0.5 ? 0 : 1)) }
      check(Build.divergence(from: q, equal: half, atMost: rest), "inequalities \(trial)")
      let more = [(f[0].map { -3 * $0 }, -3 * means[0]), (f[k - 1].map { $0 + 5 }, means[k - 1] + 5)]
      check(Build.divergence(from: q, equal: rows + more), "dependent rows \(trial)")
      let near = (0..<k).map { (f[$0], (1 - 1e-6) * f[$0][0] + 1e-6 * means[$0]) }
      check(Build.divergence(from: q, equal: near), "near an outcome \(trial)")
      // Beyond the hull in the direction in which one outcome is extreme.
      let direction = (0..<k).map { _ in dice.normal() }
      let heights = (0..<n).map { i in (0..<k).reduce(0) { $0 + direction[$1] * f[$1][i] } }
      let top = heights.indices.max { heights[$0] < heights[$1] } ?? 0
      let length = Kernel.dot(direction, direction)
      let beyond = (0..<k).map { (f[$0], f[$0][top] + 1e-6 * direction[$0] / length) }
      let verdict = Verdict(DualNewton(), Build.divergence(from: q, equal: beyond))
      #expect(verdict.end == .infeasible(isProved: true), "infeasible by 1e-6, \(trial)")
    }
  }

  @Test("laws of several simplices with temperatures of their own")
  func channel() {
    // A row that touches one simplex only leaves the softmax of the other alone.
    var layout = Layout()
    layout.append(name: "c", kind: .channel, shape: [2, 3])
    var f = Functional(count: 6)
    f.entropic = [1, 1, 1, 0.25, 0.25, 0.25]
    f.linear = [0, 0, 0, 1, 2, 3]
    let program = Program(
      layout: layout, objective: f,
      equalities: [ConstraintRow(name: "m", columns: [1, 2], values: [1, 2], bound: 1)])
    let verdict = Verdict(DualNewton(), program)
    // Row 1 is uniform (its mean is 1), row 2 is softmax(-4, -8, -12).
    let optimum = -Kernel.log(3) - 0.25 * Kernel.logSumExp([-4, -8, -12])
    #expect(verdict.certifies(optimum, relative: 1e-12))
    #expect(distance(Array(verdict.point[0..<3]), [1 / 3.0, 1 / 3.0, 1 / 3.0]) <= 1e-15)
  }

  @Test("twenty thousand outcomes, thirty moments, at most twelve steps")
  func large() {
    let (n, k) = (20_000, 30)
    var dice = Dice(11)
    let w = dice.law(n, 0.5)
    let rows = (0..<k).map { _ in
      let f = (0..<n).map { _ in dice.normal() }
      return (f, Kernel.compensatedDot(f, w))
    }
    let verdict = Verdict(DualNewton(), Build.entropy(n, equal: rows))
    #expect(verdict.end == .converged)
    #expect(verdict.steps <= 12)
    #expect(verdict.certificate.isFeasible)
    #expect(verdict.certificate.gap <= 1e-11)
  }

  @Test("what is not its business is declined")
  func declines() {
    var capped = Build.entropy(3)
    capped.layout.upper[0] = 0.5
    #expect(!DualNewton().accepts(capped).isAccepted)
    #expect(!DualNewton().accepts(Build.projection([1, 2])).isAccepted)
    #expect(!DualNewton().accepts(Build.simplex(2) { $0.entropic = [1, 2] }).isAccepted)
    #expect(!DualNewton().accepts(Build.simplex(2) { $0.linear = [1, 2] }).isAccepted)
    #expect(DualNewton().accepts(Build.entropy(3, equal: [([1, 2, 3], 2)])).isAccepted)
  }

  @Test("an interrupted step keeps the last point")
  func interrupt() {
    let program = Build.entropy(6, equal: [(faces, 4.5)])
    let method = DualNewton()
    var state = method.start(program, warm: nil)
    let context = StepContext(shouldStop: { true })
    guard case .progress = method.step(&state, context) else {
      Issue.record("a stopped step is progress")
      return
    }
    #expect(method.finish(state).point.allSatisfy { $0.isFinite && $0 >= 0 })
  }
}

@Suite("Repair")
struct RepairTests {
  @Test("a point near the rows is moved onto them, a feasible one stays")
  func repair() {
    let program = Build.entropy(6, equal: [(faces, 4.5)], atMost: [([0, 0, 0, 0, 0, 1], 0.3)])
    let bad = program.normalised([0.06, 0.08, 0.11, 0.17, 0.24, 0.34])
    let good = repaired(bad, for: program)
    #expect(!program.isFeasible(bad))
    #expect(program.infeasibility(good) <= 1)
    #expect(distance(bad, good) <= 0.1)
    #expect(repaired(good, for: program) == good)
  }

  @Test("zeros stay zeros and bounds are kept")
  func bounds() {
    var program = Build.entropy(4, equal: [([0, 1, 2, 3], 1)])
    program.layout.upper[1] = 0.375
    let good = repaired([0.375, 0.375, 0.25, 0], for: program)
    #expect(program.infeasibility(good) <= 1)
    #expect(good[3] == 0)
  }
}
