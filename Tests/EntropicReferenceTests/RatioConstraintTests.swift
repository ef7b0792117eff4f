import Entropic
import EntropicSpec
import Testing

@Suite("constraints on ratios")
struct RatioConstraintTests {
  static let faces = [1.0, 2, 3, 4, 5, 6]

  @Test("the mean of the high faces, both doors")
  func given() throws {
    let file = try ConstraintWords.problem(
      """
      data:
        faces: [1, 2, 3, 4, 5, 6]
      unknowns:
        p: simplex(faces)
      maximize: entropy(p)
      subject to:
        - high: expect(p, faces, given=faces >= 4) == 5.25
      """)
    let p = Unknown.simplex(over: Self.faces)
    let swift = try Problem(
      .maximize, entropy(p), subjectTo: [expect(p, Self.faces, given: [3, 4, 5]) == 5.25])
    let written = try Problem(
      .maximize, entropy(p),
      subjectTo: [expect(p, [0, 0, 0, 4, 5, 6]) / probability(p, of: [3, 4, 5]) == 5.25])
    let row = try Problem(.maximize, entropy(p), subjectTo: [expect(p, [0, 0, 0, -1.25, -0.25, 0.75]) == 0])
    #expect(file.digest == swift.digest && written.digest == swift.digest && row.digest == swift.digest)
    // p proportional to e^(l (x - 5.25)) on the high faces and to 1 on the others; sum (x - 5.25) e^(l (x - 5.25)) = 0.
    let answer = try ConstraintWords.answer(file, optimum: 1.768321037754796058305245)
    let low = 0.1706192116942187896327397
    ConstraintWords.expectClose(
      answer.point,
      [low, low, low, 0.1055557081888948453139151, 0.1549953573102180326985054, 0.2275912994182307530893603])
    let report = file.reportedConstraints(answer)[0]
    #expect(report.bound == [5.25] && report.isScalar)
    ConstraintWords.expectClose(report.value, [5.25], 1e-9)
    // The slope of log(3 + Z(c)) in c.
    ConstraintWords.expectClose(report.multiplier, [-0.1875229698448472198834843])
  }

  @Test("means of conditional laws, row by row")
  func rows() throws {
    let file = try ConstraintWords.problem(
      """
      data:
        f: [0, 1, 2]
      unknowns:
        P: simplex(2, 3)
      maximize: entropy(P)
      subject to:
        - means: conditional(P, "rows") @ f <= [0.75, 2]
      """)
    let joint = Unknown.joint([2, 3])
    let swift = try Problem(
      .maximize, entropy(joint),
      subjectTo: [Expression.matrixProduct(conditional(joint, 0), Expression([0.0, 1, 2])) <= [0.75, 2]])
    #expect(file.digest == swift.digest)
    let answer = try ConstraintWords.answer(file, optimum: 1.768321037754796058305245)
    let free = 0.1706192116942187896327397
    ConstraintWords.expectClose(
      answer.point,
      [
        0.2275912994182307530893603, 0.1549953573102180326985054, 0.1055557081888948453139151, free, free,
        free,
      ])
    let report = file.reportedConstraints(answer)[0]
    #expect(report.bound == [0.75, 2] && report.relation == .atMost)
    ConstraintWords.expectClose(report.value, [0.75, 1])
    ConstraintWords.expectClose(report.multiplier, [0.1875229698448472198834843, 0])
  }

  @Test("the laws of columns stand in rows")
  func columns() throws {
    let joint = Unknown.joint([2, 3])
    let laws = conditional(joint, 1)
    #expect(laws.shape == [3, 2])
    let value = Evaluation(laws).value([[0.1, 0.2, 0, 0.3, 0.2, 0.2]])
    ConstraintWords.expectClose(value, [0.25, 0.75, 0.5, 0.5, 0, 1], 1e-15)
    let constraint = try Problem(.maximize, entropy(joint), subjectTo: [laws[0, 0] <= 0.25])
    let row = try Problem(
      .maximize, entropy(joint), subjectTo: [0.75 * joint[0, 0] - 0.25 * joint[1, 0] <= 0])
    #expect(constraint.digest == row.digest)
  }

  @Test("a weighted mean, from above, below and both")
  func weighted() throws {
    let x = [1.0, 2, 3, 4]
    let a = [1.0, 2, 1, 0.5]
    let p = Unknown.simplex(over: x)
    let ratio = expect(p, zip(x, a).map { $0 * $1 }) / expect(p, a)
    for constraint in [ratio == 2.5, ratio >= 2.5, 2.5 <= ratio, -ratio <= -2.5] {
      let problem = try Problem(.maximize, entropy(p), subjectTo: [constraint])
      let answer = try ConstraintWords.answer(problem, optimum: 1.331730527133023579708885)
      let report = problem.reportedConstraints(answer)[0]
      let sign = report.bound[0] < 0 ? -1.0 : 1.0
      ConstraintWords.expectClose(report.value, [sign * 2.5], 1e-8)
      ConstraintWords.expectClose(report.multiplier, [-sign * 0.3613193341936872749937568])
    }
  }

  @Test("ratios of one denominator meet without it")
  func common() throws {
    let p = Unknown.joint([2, 2])
    func bytes(_ constraint: Constraint) throws -> [UInt8] {
      try Problem(.maximize, entropy(p), subjectTo: [constraint]).program.canonicalBytes
    }
    let laws = conditional(p, 0)
    #expect(try bytes(laws[0, 0] <= laws[0, 1]) == bytes(p[0, 0] <= p[0, 1]))
    // N / D + 1 <= 2 is N <= D.
    #expect(try bytes(p[0, 0] / p[0, 1] + 1 <= 2) == bytes(p[0, 0] - p[0, 1] <= 0))
    // A denominator of the other sign turns nothing round.
    #expect(try bytes(-p[0, 0] / (-1 * p[0, 1]) <= 2) == bytes(p[0, 0] - 2 * p[0, 1] <= 0))
    // 1 - p_1 cannot be negative on the simplex.
    #expect(try bytes(p[0, 0] / (1 - p[0, 0]) <= 1) == bytes(2 * p[0, 0] <= 1))
  }

  @Test("without mass in the denominator a constraint holds vacuously, and the report says so")
  func vacuous() throws {
    let elaborated = try ConstraintWords.elaborated(
      """
      entropic: 1
      data:
        faces: [1, 2, 3, 4, 5, 6]
      unknowns:
        p: simplex(faces)
      maximize: expect(p, faces)
      subject to:
        - low: expect(p, faces, given=faces <= 2) <= 1.25
      """)
    let problem = try #require(elaborated.problem)
    let outcome = Solver.run(problem)
    let answer = try outcome.answer
    ConstraintWords.expectClose(answer.point, [0, 0, 0, 0, 0, 1], 0)
    let constraint = problem.reportedConstraints(answer)[0]
    #expect(constraint.vacuous == [0] && constraint.violation == 0 && constraint.multiplier == [0])
    #expect(constraint.value == [1.25])
    let report = Report(outcome, of: problem)
    let remarks = elaborated.remarks(on: report)
    #expect(
      remarks.map { "\($0.code.rawValue) \($0.severity.rawValue) \($0.line ?? 0)" } == ["E0613 warning 8"])
    let text = String(decoding: JSONWriter.bytes(of: report.document), as: UTF8.self)
    #expect(text.contains("\"vacuous\": true") && text.contains("\"value\": null"))
    #expect(ReportText.text(of: report).contains("holds vacuously"))
  }

  @Test("what is no row is refused with its name")
  func refusals() throws {
    let p = Unknown.simplex(4)
    func error(_ objective: Expression, _ constraints: [Constraint] = []) -> ProblemError? {
      do throws(ProblemError) {
        _ = try Problem(.minimize, objective, subjectTo: constraints)
        return nil
      } catch {
        return error
      }
    }
    let objective = try #require(error(p[0] / (p[1] + p[2])))
    #expect(objective.kind == .unsupported && objective.hint?.contains("constraint") == true)
    let two = try #require(error(sum(Expression(p)), [p[0] / p[1] + p[2] / p[3] <= 1]))
    #expect(two.kind == .unsupported && two.message.contains("different denominators"))
    let negative = try #require(error(sum(Expression(p)), [p[0] / (p[1] - p[2]) <= 1]))
    #expect(negative.kind == .unsupported && negative.message.contains("negative"))
    #expect(error(sum(Expression(p)), [soft(p[0] / p[1] == 1, weight: 1)])?.kind == .unsupported)
    // Reciprocals of single masses and divergences are no such ratios.
    #expect(error(sum(Expression(1) / Expression(p))) == nil)
    #expect(error(sum(Expression(p)), [sum(Expression(1) / Expression(p)) <= 20]) == nil)
    #expect(error(sum(Expression(p)), [chiSquared(p, [0.25, 0.25, 0.25, 0.25]) <= 0.5]) == nil)
    #expect(error(-kl(p, [0.25, 0.25, 0.25, 0.25]))?.kind == .notConvex)
  }
}
