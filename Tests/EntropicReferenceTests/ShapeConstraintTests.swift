import Entropic
import EntropicSpec
import Testing

@Suite("shape constraints")
struct ShapeConstraintTests {
  /// Isotonic regression by pooling adjacent violators: blocks of equal means.
  static func pooled(_ y: [Double]) -> [Double] {
    var blocks: [(sum: Double, count: Int)] = []
    for v in y {
      blocks.append((v, 1))
      while blocks.count > 1 {
        let (a, b) = (blocks[blocks.count - 2], blocks[blocks.count - 1])
        guard a.sum / Double(a.count) >= b.sum / Double(b.count) else { break }
        blocks.removeLast(2)
        blocks.append((a.sum + b.sum, a.count + b.count))
      }
    }
    return blocks.flatMap { [Double](repeating: $0.sum / Double($0.count), count: $0.count) }
  }

  static let histograms: [[Double]] = [
    [0.1, 0.3, 0.2, 0.05, 0.35], [0.5, 0.25, 0.125, 0.125], [0.0, 0.1, 0.2, 0.3, 0.4],
    [0.02, 0.08, 0.05, 0.15, 0.1, 0.1, 0.3, 0.2],
  ]

  @Test("the nearest rising histogram pools adjacent violators", arguments: histograms)
  func squares(y: [Double]) throws {
    let p = Unknown.simplex(y.count)
    let problem = try Problem(.minimize, sumSquares(Expression(p) - Expression(y)), subjectTo: [monotone(p)])
    let exact = Self.pooled(y)
    let optimum = zip(exact, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let answer = try ConstraintWords.answer(problem, optimum: optimum)
    ConstraintWords.expectClose(answer.point, exact, 2e-5)
  }

  @Test("so does the likelihood: least kl(y, p)", arguments: histograms)
  func likelihood(y: [Double]) throws {
    let p = Unknown.simplex(y.count)
    let problem = try Problem(.minimize, kl(y, p), subjectTo: [monotone(p)])
    let exact = Self.pooled(y)
    let optimum = zip(exact, y).reduce(0.0) { $1.1 > 0 ? $0 + $1.1 * ConstraintWords.log($1.1 / $1.0) : $0 }
    let answer = try ConstraintWords.answer(problem, optimum: optimum)
    ConstraintWords.expectClose(answer.point, exact, 2e-5)
  }

  @Test("falling order is rising order backwards")
  func decreasing() throws {
    let y = Self.histograms[0]
    let p = Unknown.simplex(5)
    let problem = try Problem(
      .minimize, sumSquares(Expression(p) - Expression(y)), subjectTo: [monotone(p, .decreasing)])
    let exact = Array(Self.pooled(y.reversed()).reversed())
    let optimum = zip(exact, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    ConstraintWords.expectClose(try ConstraintWords.answer(problem, optimum: optimum).point, exact, 2e-5)
  }

  @Test("one multiplier for each pair of neighbours, under the name")
  func multipliers() throws {
    let y = Self.histograms[0]
    let p = Unknown.simplex(5)
    let problem = try Problem(
      .minimize, sumSquares(Expression(p) - Expression(y)), subjectTo: [monotone(p).named("order")])
    let answer = try Solver.run(problem).answer
    let report = try #require(problem.reportedConstraints(answer).first)
    #expect(report.name == "order" && report.relation == .atLeast && !report.isScalar)
    #expect(problem.program.inequalities.map(\.name) == ["order[1]", "order[2]", "order[3]", "order[4]"])
    // 2 (p - y) is the difference of neighbouring multipliers: 0, 7/30, 8/30, 0.
    ConstraintWords.expectClose(report.multiplier, [0, 7.0 / 30, 8.0 / 30, 0])
    ConstraintWords.expectClose(report.value, [0.25 / 3, 0, 0, 0.5 / 3])
    #expect(report.bound == [0, 0, 0, 0])
  }

  @Test("entropy of a unimodal law: the floor that order gives, the rest spread evenly")
  func mode() throws {
    let text = """
      unknowns:
        p: {in: simplex(5), labels: [a, b, c, d, e]}
      maximize: entropy(p)
      subject to:
        - hill: unimodal(p, at="b")
        - p["d"] == 0.3
      """
    let problem = try ConstraintWords.problem(text)
    // p_2 >= p_3 >= p_4 = 0.3; what is left goes to the ends in equal parts.
    let exact = [0.05, 0.3, 0.3, 0.3, 0.05]
    let optimum = -exact.reduce(0) { $0 + $1 * ConstraintWords.log($1) }
    ConstraintWords.expectClose(try ConstraintWords.answer(problem, optimum: optimum).point, exact)
    let p = Unknown.simplex(5)
    let swift = try Problem(
      .maximize, entropy(p), subjectTo: [unimodal(p, at: 1), p[3] == 0.3])
    #expect(swift.program.canonicalBytes == problem.program.canonicalBytes)
  }

  @Test("the ends as modes are the two orders")
  func ends() throws {
    let p = Unknown.simplex(4)
    func bytes(_ constraint: Constraint) throws -> [UInt8] {
      try Problem(.minimize, -entropy(p), subjectTo: [constraint]).program.canonicalBytes
    }
    #expect(try bytes(unimodal(p, at: 3)) == bytes(monotone(p)))
    #expect(try bytes(unimodal(p, at: 0)) == bytes(monotone(p, .decreasing)))
    #expect(try bytes(monotone(p)) != bytes(monotone(p, .decreasing)))
  }

  @Test("a definition has a shape too, and both doors agree")
  func definitions() throws {
    let problem = try ConstraintWords.problem(
      """
      unknowns:
        P: simplex(3, 2)
      define:
        rows: marginal(P, "rows")
      maximize: entropy(P)
      subject to:
        - monotone(rows, "decreasing")
        - P[3, 1] == 0.25
        - P[3, 2] == 0.0625
      """)
    let joint = Unknown.joint([3, 2])
    let swift = try Problem(
      .maximize, entropy(joint),
      subjectTo: [monotone(marginal(joint, 0), .decreasing), joint[2, 0] == 0.25, joint[2, 1] == 0.0625])
    #expect(swift.program.canonicalBytes == problem.program.canonicalBytes)
    let answer = try Solver.run(problem).answer
    let rows = (0..<3).map { answer.point[2 * $0] + answer.point[2 * $0 + 1] }
    ConstraintWords.expectClose(rows, [0.34375, 0.34375, 0.3125])
  }

  @Test("order and bounds that contradict one another")
  func infeasible() throws {
    let p = Unknown.simplex(4)
    // Four masses of at least 0.3 are more than 1.
    let problem = try Problem(.minimize, sumSquares(p), subjectTo: [monotone(p), p[0] >= 0.3])
    #expect(Solver.run(problem).status == "infeasible")
  }

  @Test("one outcome is in order, with a warning; wrong arguments are refused")
  func edges() throws {
    let one = Unknown.simplex(1)
    #expect(try Problem(.minimize, sumSquares(one), subjectTo: [monotone(one)]).warnings.count == 1)
    let p = Unknown.simplex(4)
    #expect(throws: ProblemError.self) {
      try Problem(.minimize, sumSquares(p), subjectTo: [unimodal(p, at: 4)])
    }
    #expect(throws: ProblemError.self) {
      try Problem(.minimize, sumSquares(p), subjectTo: [monotone(Expression(p).squared)])
    }
    #expect(throws: ProblemError.self) {
      try Problem(.minimize, sumSquares(p), subjectTo: [monotone(Expression(p).reshaped([2, 2]))])
    }
  }

  @Test("ten thousand sparse rows pass presolve")
  func large() throws {
    let n = 10_000
    let p = Unknown.simplex(n)
    // A rising target: all rows hold with room, and the target itself is the answer.
    let y = (0..<n).map { 2 * (Double($0) + 1) / (Double(n) * Double(n + 1)) }
    let problem = try Problem(.minimize, sumSquares(Expression(p) - Expression(y)), subjectTo: [monotone(p)])
    let rows = problem.program.inequalities
    #expect(rows.count == n - 1)
    #expect(rows.reduce(0) { $0 + $1.columns.count } == 2 * (n - 1))
    guard case .reduced(let program, let restoration) = Presolve.run(problem.program) else {
      Issue.record("presolve decided what is open")
      return
    }
    #expect(program.inequalities.count == n - 1)
    let candidate = restoration.restore(Candidate(point: y, evidence: .none(for: program)))
    #expect(candidate.evidence.inequality.count == n - 1)
    let certificate = Certificate(problem.program, point: candidate.point, evidence: candidate.evidence)
    #expect(certificate.isFeasible && abs(certificate.value) <= 1e-16)
  }
}
