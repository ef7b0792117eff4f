import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Conflict")
struct ConflictTests {
  private func conflict(_ problem: Problem) throws -> Conflict {
    guard case .infeasible(let proof, _) = Solver.run(problem) else {
      throw ProblemError(.domain, "expected an infeasible problem")
    }
    return try #require(Conflict(problem, proof))
  }

  @Test("a mean outside the outcomes: the attainable range and the nearest target")
  func mean() throws {
    let x = (0..<50).map(Double.init)
    let p = Unknown.simplex(over: x)
    let problem = try Problem(
      .maximize, entropy(p), subjectTo: [(expect(p, x) == 60).named("mean")])
    let found = try conflict(problem)
    #expect(found.members.map(\.name) == ["mean"])
    let range = try #require(found.members[0].attainable)
    #expect(abs(range.lowerBound) <= 1e-9 && abs(range.upperBound - 49) <= 1e-7)
    #expect(abs(try #require(found.members[0].nearest) - 49) <= 1e-5)
    #expect(!found.isRounding)
  }

  @Test("the range of a moment under the others")
  func second() throws {
    // Mean 2 on 0...4: E x^2 is at least 4 (all mass at 2), at most 8 (ends).
    let x = [0.0, 1, 2, 3, 4]
    let p = Unknown.simplex(over: x)
    let problem = try Problem(
      .maximize, entropy(p),
      subjectTo: [
        (expect(p, x) == 2).named("mean"), (expect(p, x.map { $0 * $0 }) == 9).named("square"),
      ])
    let found = try conflict(problem)
    let square = try #require(found.members.first { $0.name == "square" })
    let range = try #require(square.attainable)
    #expect(abs(range.lowerBound - 4) <= 1e-7 && abs(range.upperBound - 8) <= 1e-7)
    let mean = try #require(found.members.first { $0.name == "mean" }?.attainable)
    // E x^2 = 9: between 0 and 4, or 3 and 4, ...: mean at least 9 / 4, at most on the chord of 2..3..4
    #expect(abs(mean.lowerBound - 2.25) <= 1e-7)
    #expect(abs(mean.upperBound - 3) <= 1e-7)
  }

  @Test("margins that disagree by the rounding of their decimals are called that")
  func rounding() throws {
    let joint = Unknown(name: "P", kind: .joint, shape: [3, 2])
    let problem = try Problem(
      .maximize, entropy(joint),
      subjectTo: [
        (marginal(joint, 0) == [0.333, 0.333, 0.333]).named("rows"),
        (marginal(joint, 1) == [0.25, 0.75]).named("columns"),
      ])
    let found = try conflict(problem)
    #expect(found.isRounding)
    #expect(found.measure == "kl")
    let far = try Problem(
      .maximize, entropy(joint),
      subjectTo: [
        (marginal(joint, 0) == [0.31, 0.3, 0.32]).named("rows"),
        (marginal(joint, 1) == [0.25, 0.75]).named("columns"),
      ])
    #expect(!(try conflict(far).isRounding))
  }

  @Test("lower bounds keep their words: relation, bound, range and target as they were written")
  func words() throws {
    let faces = [1.0, 2, 3, 4, 5, 6]
    let p = Unknown.simplex(over: faces)
    let problem = try Problem(
      .maximize, entropy(p),
      subjectTo: [
        (expect(p, faces) >= 5).named("high"), (expect(p, [0, 0, 0, 1, 1, 1]) <= 0.4).named("few"),
        p[0] >= 0.05,
      ])
    let found = try conflict(problem)
    let high = try #require(found.members.first { $0.name == "high" })
    #expect(high.relation == .atLeast && high.bound == 5)
    // All of the 0.4 on 6, the rest on 3, but 0.05 on 1: 4.1. The other way round 0.05 + 3 a + 6 b = 5 with a + b = 0.95.
    let range = try #require(high.attainable)
    #expect(abs(range.lowerBound - 1) <= 1e-7 && abs(range.upperBound - 4.1) <= 1e-7)
    let few = try #require(found.members.first { $0.name == "few" })
    #expect(few.relation == .atMost && few.bound == 0.4)
    #expect(abs(try #require(few.attainable).lowerBound - 0.7) <= 1e-7)
    // The nearest targets can be met together.
    let (least, most) = (try #require(high.nearest), try #require(few.nearest))
    #expect(least < 5 && most > 0.4)
    let met = try Problem(
      .maximize, entropy(p),
      subjectTo: [
        expect(p, faces) >= least - 1e-6, expect(p, [0, 0, 0, 1, 1, 1]) <= most + 1e-6, p[0] >= 0.05,
      ])
    #expect(Solver.run(met).status == "optimal")
  }
}
