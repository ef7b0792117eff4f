import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Interior point")
struct InteriorPointTests {
  /// What a run of a method ended with.
  struct Run {
    var candidate: Candidate
    var certificate: Certificate
    var iterations: Int
    var step: Step

    var isConverged: Bool { if case .converged = step { true } else { false } }
    var evidence: Evidence? { if case .infeasible(let evidence) = step { evidence } else { nil } }
  }

  static func run(_ program: Program, warm: Candidate? = nil, method: InteriorPoint = InteriorPoint()) -> Run
  {
    var state = method.start(program, warm: warm)
    var step = Step.progress
    var iterations = 0
    while iterations < 250 {
      step = method.step(&state, StepContext())
      iterations += 1
      guard case .progress = step else { break }
    }
    let candidate = method.finish(state)
    return Run(
      candidate: candidate,
      certificate: Certificate(program, point: candidate.point, evidence: candidate.evidence),
      iterations: iterations, step: step)
  }

  static func size(_ row: SecondOrderCase) -> Double {
    max(abs(row.optimum), row.program.objective.scale(in: row.program.layout))
  }

  /// Uniform numbers from a linear congruence.
  struct Random {
    var state: UInt64
    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) * 0x1p-53
    }
    mutating func list(_ n: Int) -> [Double] { (0..<n).map { _ in next() } }
  }

  @Test("the interval holds the closed-form optimum", arguments: SecondOrder.smooth + SecondOrder.kinked)
  func closedForms(row: SecondOrderCase) {
    #expect(InteriorPoint().accepts(row.program).isAccepted)
    let run = Self.run(row.program)
    let size = Self.size(row)
    #expect(run.isConverged)
    #expect(run.iterations <= 40)
    #expect(run.certificate.isFeasible)
    #expect(run.certificate.lower <= row.optimum + 0x1p-50 * size)
    #expect(row.optimum <= run.certificate.upper + 0x1p-50 * size)
    #expect(run.certificate.gap <= 1e-11 * size)
    #expect(abs(run.certificate.value - row.optimum) <= 1e-13 * size)
    if let solution = row.solution {
      for (p, exact) in zip(run.candidate.point, solution) { #expect(abs(p - exact) <= 1e-7) }
    }
  }

  @Test("a corrupted point widens the interval", arguments: SecondOrder.smooth.filter { $0.solution != nil })
  func corruption(row: SecondOrderCase) {
    let run = Self.run(row.program)
    guard row.program.isUnconstrained, !row.program.layout.isBounded else { return }
    var point = run.candidate.point
    let n = Double(point.count)
    for i in point.indices { point[i] = 0.99 * point[i] + 0.01 * Double(2 * i + 1) / (n * n) }
    let worse = Certificate(row.program, point: point, evidence: run.candidate.evidence)
    #expect(worse.gap > 10 * run.certificate.gap)
    #expect(worse.upper > row.optimum)
    #expect(worse.lower <= row.optimum + 0x1p-50 * Self.size(row))
  }

  @Test("units change nothing", arguments: [1e-6, 1e6], [1e-12, 1e12])
  func scales(objective: Double, rows: Double) {
    let plain = SecondOrder.transport(
      [0.2, 0.8], [0.5, 0.3, 0.2], [[1, 2, 3], [2, 1, 0.5]], entropy: 0.1)
    var scaled = plain
    var f = Functional(count: plain.count)
    f.add(plain.objective, weight: objective)
    scaled.objective = f
    scaled.equalities = plain.equalities.map {
      ConstraintRow(
        name: $0.name, columns: $0.columns, values: $0.values.map { $0 * rows }, bound: $0.bound * rows)
    }
    let (a, b) = (Self.run(plain), Self.run(scaled))
    #expect(a.isConverged && b.isConverged)
    #expect(abs(b.certificate.value / objective - a.certificate.value) <= 1e-13)
    #expect(b.certificate.gap <= 1e-11 * objective)
    for (p, q) in zip(a.candidate.point, b.candidate.point) { #expect(abs(p - q) <= 1e-9) }
  }

  static let contradictions: [Program] = [
    Program(
      layout: SecondOrder.simplex(6), objective: SecondOrder.negativeEntropy(6),
      equalities: [SecondOrder.row(SecondOrder.die, 7)]),
    Program(
      layout: SecondOrder.simplex(6), objective: SecondOrder.negativeEntropy(6),
      equalities: [SecondOrder.row(SecondOrder.die, 6.000001)]),
    Program(
      layout: SecondOrder.simplex(6), objective: SecondOrder.linear(SecondOrder.die),
      equalities: [
        SecondOrder.row(SecondOrder.die, 4.5), SecondOrder.row(SecondOrder.die.map { 2 * $0 }, 9.5),
      ]),
    Program(
      layout: SecondOrder.simplex(6), objective: SecondOrder.negativeEntropy(6),
      inequalities: [SecondOrder.row(SecondOrder.die, 2), SecondOrder.row(SecondOrder.die.map { -$0 }, -3)]),
    SecondOrder.rate([0.5, 0.5], [[1, 2], [2, 1]], 0.9),
    {
      var program = SecondOrder.ball(SecondOrder.divergence, 0.1)
      program.equalities = [SecondOrder.row([1, 0, 0, 0], 0.9)]
      return program
    }(),
  ]

  @Test("contradictions are proved", arguments: Self.contradictions.indices)
  func infeasible(k: Int) throws {
    let program = Self.contradictions[k]
    let run = Self.run(program)
    let evidence = try #require(run.evidence)
    #expect(program.infeasibilityProof(evidence, at: evidence.tangent ?? run.candidate.point) != nil)
  }

  @Test("a set with one point is not called empty")
  func touching() {
    let vertex = Program(
      layout: SecondOrder.simplex(6), objective: SecondOrder.negativeEntropy(6),
      equalities: [SecondOrder.row(SecondOrder.die, 6)])
    let run = Self.run(vertex)
    #expect(run.evidence == nil)
    #expect(run.certificate.isFeasible && run.certificate.gap <= 1e-12)
    let ball = Self.run(SecondOrder.ball(SecondOrder.divergence, 0))
    #expect(ball.evidence == nil)
    #expect(ball.certificate.lower <= -0.1)
  }

  @Test("programs without second derivatives or convexity are declined")
  func declined() {
    var program = Program(layout: SecondOrder.simplex(3), objective: SecondOrder.negativeEntropy(3))
    program.isConvex = false
    #expect(!InteriorPoint().accepts(program).isAccepted)
    program.isConvex = true
    #expect(InteriorPoint().accepts(program).isAccepted)
    program.objective.smooth = [SmoothFunction(name: "f") { p in (p[0], [1, 0, 0]) }]
    #expect(!InteriorPoint().accepts(program).isAccepted)
  }

  @Test("random games, capacities, mixtures and designs close their gaps")
  func random() {
    var random = Random(state: 7)
    let game = Program(
      layout: SecondOrder.simplex(40),
      objective: SecondOrder.composite(
        40, .maximum(caps: nil), SecondOrder.map((0..<50).map { _ in random.list(40) })))
    let channel = (0..<20).map { _ -> [Double] in
      let row = random.list(15).map { $0 * $0 * $0 }
      return row.map { $0 / row.reduce(0, +) }
    }
    let capacity = Program(layout: SecondOrder.simplex(20), objective: SecondOrder.capacity(channel))
    let kernels = (0..<60).map { i in
      (0..<30).map { j -> Double in
        let d = Double(i) / 10 - 3 - (Double(j) / 5 - 3) * (i.isMultiple(of: 3) ? 1 : 0.5)
        return Kernel.exp(-d * d / 2)
      }
    }
    let mixture = Program(
      layout: SecondOrder.simplex(30),
      objective: SecondOrder.composite(30, .log(SecondOrder.ones(60, 1.0 / 60)), SecondOrder.map(kernels)))
    let design = Program(
      layout: SecondOrder.simplex(80),
      objective: SecondOrder.design(
        .negativeLogDeterminant, (0..<80).map { _ in random.list(4).map { $0 - 0.5 } }))
    for program in [game, capacity, mixture, design] {
      let run = Self.run(program)
      #expect(run.isConverged && run.certificate.isFeasible)
      #expect(run.certificate.gap <= 1e-11 * max(abs(run.certificate.upper), 1))
      #expect(run.iterations <= 40)
    }
  }

  @Test("both ways of factoring agree: many rows of a kink, many masses")
  func shapes() {
    // 100 scenarios are condensed for 4 masses; repeated ten times over they must give the same optimum.
    var random = Random(state: 11)
    let scenarios = (0..<100).map { _ in random.list(4).map { $0 - 0.5 } }
    func risk(_ rows: [[Double]]) -> Program {
      Program(
        layout: SecondOrder.simplex(4),
        objective: SecondOrder.composite(
          4, .maximum(caps: SecondOrder.ones(rows.count, 10 / Double(rows.count))), SecondOrder.map(rows)))
    }
    let few = Self.run(risk(scenarios))
    let many = Self.run(risk((0..<10).flatMap { _ in scenarios }))
    #expect(few.isConverged && many.isConverged)
    #expect(abs(few.certificate.value - many.certificate.value) <= 1e-12)

    // Geometric law of mean 2 on 3000 atoms: entropy (1 + m) log(1 + m) - m log m.
    let n = 3000
    let run = Self.run(
      Program(
        layout: SecondOrder.simplex(n), objective: SecondOrder.negativeEntropy(n),
        equalities: [SecondOrder.row((0..<n).map(Double.init), 2)]))
    let exact = 2 * Kernel.log(2) - 3 * Kernel.log(3)
    #expect(run.isConverged)
    #expect(abs(run.certificate.value - exact) <= 1e-11)
    #expect(run.certificate.lower <= exact && exact <= run.certificate.upper + 1e-15)
  }

  @Test("kinks inside constraints, condensed and not, with the slopes the certificate needs")
  func hostedKinks() {
    var random = Random(state: 5)
    let cost = random.list(6)
    for scenarios in [5, 40] {
      var g = SecondOrder.composite(
        6, .maximum(caps: SecondOrder.ones(scenarios, 2 / Double(scenarios))),
        SecondOrder.map((0..<scenarios).map { _ in random.list(6).map { $0 - 0.5 } }))
      g.composites.append(
        Composite(
          weight: 0.25, outer: .absolute(SecondOrder.ones(6)), map: SecondOrder.identity(6),
          offset: SecondOrder.ones(6, -1.0 / 6)))
      let program = Program(
        layout: SecondOrder.simplex(6), objective: SecondOrder.linear(cost),
        convex: [ConvexConstraint(name: "risk", functional: g, bound: 0.3)])
      let run = Self.run(program)
      #expect(run.isConverged && run.certificate.isFeasible)
      #expect(run.certificate.gap <= 1e-11)
    }
  }

  @Test("a warm point leads to the same optimum")
  func warm() {
    let program = Program(
      layout: SecondOrder.simplex(3),
      objective: SecondOrder.capacity([[0.9, 0.1], [0.4, 0.6], [0.1, 0.9]]))
    let warm = Candidate(point: [0.49, 0.02, 0.49], evidence: .none(for: program))
    let run = Self.run(program, warm: warm)
    #expect(run.isConverged && run.certificate.gap <= 1e-13)
  }

  @Test("logarithms of what the even point makes negative get a start of their own")
  func domain() {
    // -log(p_1 - 0.9) has its least value at p_1 = 1.
    let program = Program(
      layout: SecondOrder.simplex(4),
      objective: SecondOrder.composite(4, .log([1]), SecondOrder.map([[1, 0, 0, 0]]), offset: [-0.9]))
    let run = Self.run(program)
    #expect(run.isConverged)
    #expect(abs(run.certificate.value + Kernel.log(0.1)) <= 1e-14)
  }

  @Test("a stop request ends a step without losing the point")
  func stop() {
    let method = InteriorPoint()
    let program = SecondOrder.ball(SecondOrder.divergence, 0.1)
    var state = method.start(program, warm: nil)
    _ = method.step(&state, StepContext(shouldStop: { true }))
    let point = method.finish(state).point
    #expect(point.count == 4 && point.allSatisfy { $0.isFinite && $0 >= 0 })
  }
}
