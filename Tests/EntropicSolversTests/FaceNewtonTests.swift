import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Face Newton")
struct FaceNewtonTests {
  static func polish(_ program: Program, from warm: Candidate) -> (
    candidate: Candidate, steps: Int, end: Step
  ) {
    let method = FaceNewton()
    var state = method.start(program, warm: warm)
    var step = Step.progress
    var steps = 0
    while steps < 250 {
      step = method.step(&state, StepContext())
      steps += 1
      guard case .progress = step else { break }
    }
    return (method.finish(state), steps, step)
  }

  /// The point after some steps of the interior point.
  static func rough(_ program: Program, steps: Int) -> Candidate {
    let method = InteriorPoint()
    var state = method.start(program, warm: nil)
    for _ in 0..<steps { _ = method.step(&state, StepContext()) }
    return method.finish(state)
  }

  @Test("a point near the end is finished to rounding", arguments: SecondOrder.smooth)
  func finishes(row: SecondOrderCase) {
    #expect(FaceNewton().accepts(row.program).isAccepted)
    let warm = Self.rough(row.program, steps: 6)
    let result = Self.polish(row.program, from: warm)
    let certificate = Certificate(
      row.program, point: result.candidate.point, evidence: result.candidate.evidence)
    let size = InteriorPointTests.size(row)
    #expect(certificate.isFeasible)
    #expect(certificate.gap <= 1e-10 * size)
    #expect(certificate.lower <= row.optimum + 0x1p-50 * size)
    #expect(row.optimum <= certificate.upper + 0x1p-50 * size)
    #expect(abs(certificate.value - row.optimum) <= 1e-12 * size)
  }

  @Test("never worse than its start", arguments: SecondOrder.smooth, [1, 2, 3])
  func neverWorse(row: SecondOrderCase, steps: Int) {
    let warm = Self.rough(row.program, steps: steps)
    let before = Certificate(
      row.program, point: row.program.normalised(warm.point), evidence: warm.evidence)
    let result = Self.polish(row.program, from: warm).candidate
    let after = Certificate(row.program, point: result.point, evidence: result.evidence)
    #expect(after.isFeasible || !before.isFeasible)
    if before.isFeasible { #expect(after.gap <= before.gap + 0x1p-45 * InteriorPointTests.size(row)) }
  }

  @Test("a rough capacity of mirror descent becomes exact in a few steps")
  func promotes() {
    var random = InteriorPointTests.Random(state: 3)
    let channel = (0..<20).map { _ -> [Double] in
      let row = random.list(12).map { $0 * $0 * $0 }
      return row.map { $0 / row.reduce(0, +) }
    }
    let program = Program(layout: SecondOrder.simplex(20), objective: SecondOrder.capacity(channel))
    var p = SecondOrder.ones(20, 0.05)
    for _ in 0..<300 {
      let g = program.objective.gradient(p)
      p = Kernel.softmax(zip(p, g).map { Kernel.log($0) - $1 }).probabilities
    }
    let warm = Candidate(point: p, evidence: .none(for: program))
    let before = Certificate(program, point: program.normalised(p), evidence: warm.evidence)
    let result = Self.polish(program, from: warm)
    let after = Certificate(program, point: result.candidate.point, evidence: result.candidate.evidence)
    #expect(before.gap > 1e-7)
    #expect(after.gap <= 1e-12)
    #expect(result.steps <= 25)
  }

  @Test("kinks and functions of the user are declined")
  func declined() {
    #expect(!FaceNewton().accepts(SecondOrder.kinked[0].program).isAccepted)
    var program = Program(layout: SecondOrder.simplex(3), objective: SecondOrder.negativeEntropy(3))
    program.objective.smooth = [SmoothFunction(name: "f") { p in (p[0], [1, 0, 0]) }]
    #expect(!FaceNewton().accepts(program).isAccepted)
  }
}
