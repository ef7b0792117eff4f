import Entropic
import Testing

/// Numbers of extreme size, ties and degenerate shapes: right status, no NaN, and the same answer in other units.
@Suite("extremes")
struct ExtremeTests {
  @Test("logits of a thousand either way")
  func logits() throws {
    let scores = [1000, -1000, 999, 0, 998.5]
    let p = Unknown.simplex(5)
    let answer = try Solver.run(try Problem(.maximize, expect(p, scores) + entropy(p))).answer
    // 1000 + log(1 + e^-1 + e^-1.5 + ...)
    #expect(abs(answer.objective.value - 1000.464368784107945) <= 1e-9)
    #expect(answer[p].probabilities.allSatisfy { $0 >= 0 && $0 <= 1 })
  }

  @Test("costs of any size: the same law, the value in its units", arguments: [1e-12, 1, 1e12])
  func units(unit: Double) throws {
    let cost = [3.0, 1, 4, 1.5, 9].map { $0 * unit }
    let x = [0.0, 1, 2, 3, 4]
    let p = Unknown.simplex(5)
    let linear = try Solver.run(try Problem(.minimize, expect(p, cost), subjectTo: [expect(p, x) == 2]))
      .answer
    // Mean 2 from outcomes 1 and 3, cost (1 + 1.5) / 2.
    #expect(abs(linear.objective.value - 1.25 * unit) <= 2e-9 * unit)
    let smooth = try Solver.run(
      try Problem(.minimize, expect(p, cost) - unit * entropy(p), subjectTo: [expect(p, x) == 2])
    ).answer
    let plain = try Solver.run(
      try Problem(.minimize, expect(p, [3.0, 1, 4, 1.5, 9]) - entropy(p), subjectTo: [expect(p, x) == 2])
    ).answer
    #expect(abs(smooth.objective.value - plain.objective.value * unit) <= 2e-9 * unit)
  }

  @Test("reference probabilities of 1e-300")
  func tiny() throws {
    let q = [1e-300, 0.5, 0.5 - 1e-300]
    let p = Unknown.simplex(3)
    let x = [1.0, 0, 0]
    // Half the mass on the first outcome: KL = log(1/2 / 1e-300) / 2 + log(1/2 / 1) / 2
    let answer = try Solver.run(try Problem(.minimize, kl(p, q), subjectTo: [expect(p, x) == 0.5])).answer
    #expect(abs(answer.objective.value - 344.694616768546907) <= 1e-6)
    // Left alone, the law is q itself.
    let free = try Solver.run(try Problem(.minimize, kl(p, q))).answer
    #expect(abs(free.objective.value) <= 1e-12)
  }

  @Test("one outcome, duplicate outcomes, ties")
  func degenerate() throws {
    let one = Unknown.simplex(1)
    let single = try Solver.run(try Problem(.minimize, expect(one, [7.0]) - entropy(one))).answer
    #expect(abs(single.objective.value - 7) <= 1e-12)
    let p = Unknown.simplex(4)
    let tied = try Solver.run(try Problem(.minimize, expect(p, [1.0, 1, 1, 1]))).answer
    #expect(abs(tied.objective.value - 1) <= 1e-12)
    let twice = try Solver.run(
      try Problem(.maximize, entropy(p), subjectTo: [expect(p, [1.0, 1, 2, 2]) == 1.25])
    ).answer
    // Each pair shares its mass equally: 3/8, 3/8, 1/8, 1/8.
    for (found, known) in zip(twice[p].probabilities, [0.375, 0.375, 0.125, 0.125]) {
      #expect(abs(found - known) <= 1e-9)
    }
  }

  @Test("a permutation of the outcomes permutes the answer")
  func permutation() throws {
    let x = [1.0, 2, 3.5, 7, 11]
    let order = [3, 0, 4, 2, 1]
    let p = Unknown.simplex(5)
    func law(_ x: [Double]) throws -> [Double] {
      try Solver.run(try Problem(.maximize, entropy(p), subjectTo: [expect(p, x) == 4])).answer[p]
        .probabilities
    }
    let (plain, moved) = (try law(x), try law(order.map { x[$0] }))
    for (k, i) in order.enumerated() { #expect(abs(moved[k] - plain[i]) <= 1e-9) }
  }
}
