import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Dykstra's projections")
struct DykstraTests {
  private static let faces: [Double] = [1, 2, 3, 4, 5, 6]

  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let program: Program
    let optimum: Double
    var testDescription: String { name }
  }

  private static var ball: Program {
    let r = [0.5, 0.3, 0.2]
    var g = Functional(count: 3)
    g.entropic = [1, 1, 1]
    g.linear = r.map { -Kernel.log($0) }
    var program = Build.divergence(from: [0.1, 0.2, 0.7])
    program.convex = [ConvexConstraint(name: "ball", functional: g, bound: 0.1)]
    return program
  }

  private static var capped: Program {
    var program = Build.divergence(from: [0.5, 0.25, 0.125, 0.125])
    program.layout.upper = [0.25, 0.5, 1, 1]
    return program
  }

  static let rows: [Row] = [
    Row(name: "softmax", program: Build.entropy(4), optimum: -1.38629436111989061883446),
    Row(
      name: "die 4.5", program: Build.entropy(6, equal: [(faces, 4.5)]), optimum: -1.61358109815382904114158),
    Row(
      name: "die at least 4.5", program: Build.entropy(6, atMost: [(faces.map { -$0 }, -4.5)]),
      optimum: -1.61358109815382904114158),
    Row(
      name: "a slack row", program: Build.entropy(6, atMost: [(faces, 4.5)]),
      optimum: -1.791759469228055000812477),
    // The law of independent marginals: minus the sum of the entropies of (1/4, 3/4) and (1/2, 1/2).
    Row(
      name: "marginals", program: Build.entropy(4, equal: Build.coupling([0.25, 0.75], [0.5, 0.5])),
      optimum: -1.255482325178753659706),
    // 60 digits: the geometric mixture with multiplier 1.63997...
    Row(name: "a KL ball", program: ball, optimum: 0.26345114979947908737),
    // log(1/2) / 4 + 3/4 log(3/2): the cap halves one mass and the rest grows by half.
    Row(name: "caps", program: capped, optimum: 0.130812035941136959129),
    Row(name: "one outcome", program: Build.entropy(1), optimum: 0),
  ]

  @Test("closed forms are certified", arguments: rows)
  func closedForms(row: Row) {
    let verdict = Verdict(Dykstra(), row.program, limit: 2000)
    #expect(verdict.certifies(row.optimum, relative: 1e-10, absolute: 1e-11), "\(verdict.certificate)")
  }

  @Test("Sinkhorn's algorithm agrees with Newton's method on the dual", arguments: 1...4)
  func marginals(seed: Int) {
    var dice = Dice(UInt64(seed))
    let (n, m) = (5, 7)
    let cost = (0..<n * m).map { _ in 3 * dice.uniform() }
    let rows = Build.coupling(dice.law(n, 1), dice.law(m, 1))
    let program = Build.simplex(n * m, equal: rows) {
      $0.linear = cost
      $0.entropic = [Double](repeating: 0.5, count: n * m)
    }
    let sweep = Verdict(Dykstra(), program, limit: 2000)
    let newton = Verdict(DualNewton(), program)
    #expect(sweep.certificate.gap <= 1e-9)
    #expect(distance(sweep.point, newton.point) <= 1e-6)
    #expect(sweep.certificate.lower <= newton.certificate.upper)
    #expect(newton.certificate.lower <= sweep.certificate.upper)
  }

  @Test("halfspaces agree with Newton's method on the dual", arguments: 1...6)
  func halfspaces(seed: Int) {
    var dice = Dice(UInt64(40 + seed))
    let n = 20
    let prior = dice.law(n, 1)
    let inside = dice.law(n, 1)
    let rows = (0..<4).map { _ -> ([Double], Double) in
      let a = (0..<n).map { _ in dice.normal() }
      return (a, Kernel.dot(a, inside) + 0.01)
    }
    let program = Build.divergence(from: prior, atMost: rows)
    let sweep = Verdict(Dykstra(), program, limit: 4000)
    let newton = Verdict(DualNewton(), program)
    #expect(sweep.certificate.isFeasible && sweep.certificate.gap <= 1e-8, "\(sweep.certificate)")
    #expect(distance(sweep.point, newton.point) <= 1e-4)
    #expect(distance(sweep.evidence.inequality, newton.evidence.inequality) <= 1e-3)
  }

  @Test("rows, caps and a ball together agree with the interior point")
  func together() {
    var program = Self.ball
    program.layout.upper = [1, 0.29, 1]
    program.inequalities = [Build.row([0, 0, 1], 0.375)]
    let sweep = Verdict(Dykstra(), program, limit: 4000)
    let interior = Verdict(InteriorPoint(), program)
    #expect(sweep.certificate.isFeasible && sweep.certificate.gap <= 1e-8, "\(sweep.certificate)")
    #expect(distance(sweep.point, interior.point) <= 1e-4)
  }

  @Test("the dual value never falls")
  func dual() {
    let program = Build.entropy(
      6, equal: [(Self.faces, 3)], atMost: [([1, 0, 0, 0, 0, 1], 0.25), ([0, 1, 1, 0, 0, 0], 0.3)])
    var last = -Double.infinity
    let method = Dykstra()
    var state = method.start(program, warm: nil)
    for _ in 0..<50 {
      guard case .progress = method.step(&state, StepContext()) else { break }
      let lower = Certificate(program, point: state.point, evidence: state.evidence).lower
      #expect(lower >= last - 1e-12)
      last = lower
    }
    #expect(last > -1.8)
  }

  @Test("contradictions are proved")
  func infeasible() {
    #expect(Verdict(Dykstra(), Build.entropy(6, equal: [(Self.faces, 7)])).end == .infeasible(isProved: true))
    let apart = Build.entropy(3, equal: [([1, 0, 0], 0.75)], atMost: [([1, 1, 0], 0.5)])
    #expect(Verdict(Dykstra(), apart, limit: 2000).end == .infeasible(isProved: true))
    let masses = Build.entropy(3, equal: [([1, 0, 0], 0.75), ([0, 1, 0], 0.5)])
    #expect(Verdict(Dykstra(), masses, limit: 2000).end == .infeasible(isProved: true))
  }

  @Test("other objectives are declined")
  func declines() {
    #expect(!Dykstra().accepts(Build.projection([0.5, 0.5])).isAccepted)
    #expect(!Dykstra().accepts(Build.simplex(2) { $0.linear = [1, 2] }).isAccepted)
  }
}
