import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Sensitivity")
struct SensitivityTests {
  private let faces = [1.0, 2, 3, 4, 5, 6]

  private func solved(_ problem: Problem) throws -> Answer { try Solver.run(problem).answer }

  @Test("the loaded die: dp = p (x - mean) / variance, dV = -multiplier of the mean")
  func die() throws {
    let p = Unknown.simplex(over: faces)
    func build(_ offset: Double) throws -> Problem {
      try Problem(
        .maximize, entropy(p), subjectTo: [(expect(p, faces) == 4.5 + offset).named("mean")])
    }
    let answer = try solved(build(0))
    let found = try #require(answer.derivative(build))
    let law = answer[p].probabilities
    let variance = zip(law, faces).reduce(0) { $0 + $1.0 * ($1.1 - 4.5) * ($1.1 - 4.5) }
    let point = try #require(found.point)
    for i in faces.indices { #expect(abs(point[i] - law[i] * (faces[i] - 4.5) / variance) <= 1e-9) }
    #expect(abs(found.value - answer.constraints[0].multiplier[0]) <= 1e-9)
    #expect(found.obstacle == nil)
  }

  @Test("sparsemax: e_i - 1 / |S| on the support, 0 off it")
  func sparsemax() throws {
    let p = Unknown(name: "p", kind: .simplex, shape: [5])
    func build(_ offset: Double) throws -> Problem {
      let y = [0.9 + offset, 0.7, 0.2, -0.1, 0.05]
      return try Problem(.minimize, 0.5 * sumSquares(p - y))
    }
    let answer = try solved(build(0))
    let found = try #require(answer.derivative(build))
    let point = try #require(found.point)
    for (x, y) in zip(point, [0.5, -0.5, 0, 0, 0]) { #expect(abs(x - y) <= 1e-9) }
    // dV / dy_0 = -(p_0 - y_0) = 0.3
    #expect(abs(found.value - 0.3) <= 1e-9)
  }

  @Test("a tie at the threshold is called degenerate")
  func tie() throws {
    // The threshold of {0.9, 0.7} is 0.3: an outcome at exactly 0.3 is neither in nor out.
    let p = Unknown(name: "p", kind: .simplex, shape: [3])
    func build(_ offset: Double) throws -> Problem {
      try Problem(.minimize, 0.5 * sumSquares(p - [0.9 + offset, 0.7, 0.3]))
    }
    let found = try #require(solved(build(0)).derivative(build))
    #expect(found.point == nil)
    #expect(found.obstacle != nil)
    #expect(abs(found.value - 0.3) <= 1e-7)
  }

  @Test("a vertex moves with its rows")
  func vertex() throws {
    // Two outcomes, 2 and 5, carry the mean 4 + t: p_5 = (2 + t) / 3, cost 1 p_2 + 0.25 p_5.
    let p = Unknown.simplex(over: faces)
    let cost = [4, 1, 3.5, 2, 0.25, 5]
    func build(_ offset: Double) throws -> Problem {
      try Problem(.minimize, expect(p, cost), subjectTo: [expect(p, faces) == 4 + offset])
    }
    let found = try #require(solved(build(0)).derivative(build))
    let point = try #require(found.point)
    for (x, y) in zip(point, [0, -1.0 / 3, 0, 0, 1.0 / 3, 0]) { #expect(abs(x - y) <= 1e-9) }
    #expect(abs(found.value + 0.25) <= 1e-9)
  }

  @Test("a radius of a divergence ball: the derivative is 1 / tilt")
  func ball() throws {
    // max E l over KL(p, q) <= r: p ~ q exp(b l), dV/dr = 1 / b.
    let q = [0.2, 0.3, 0.5]
    let loss = [1.0, -1, 0.5]
    let b = 0.7
    let weights = zip(q, loss).map { $0 * Kernel.exp(b * $1) }
    let total = weights.reduce(0, +)
    let tilted = weights.map { $0 / total }
    let radius = zip(tilted, q).reduce(0) { $0 + $1.0 * Kernel.log($1.0 / $1.1) }
    let p = Unknown(name: "p", kind: .simplex, shape: [3])
    func build(_ offset: Double) throws -> Problem {
      try Problem(.maximize, expect(p, loss), subjectTo: [kl(p, q) <= radius + offset])
    }
    let answer = try solved(build(0))
    let found = try #require(answer.derivative(build))
    #expect(abs(found.value - 1 / b) <= 1e-6)
    // dp/dr = p (l - E l) / (b Var)
    let mean = zip(tilted, loss).reduce(0) { $0 + $1.0 * $1.1 }
    let variance = zip(tilted, loss).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
    let point = try #require(found.point)
    for i in 0..<3 { #expect(abs(point[i] - tilted[i] * (loss[i] - mean) / (b * variance)) <= 1e-5) }
  }

  @Test("finite differences of re-solved problems agree", arguments: 1...20)
  func differences(seed: Int) throws {
    var dice = Dice(UInt64(seed))
    let n = 8
    let p = Unknown(name: "p", kind: .simplex, shape: [n])
    let rows = (0..<2).map { _ in (0..<n).map { _ in dice.normal() } }
    let base = dice.law(n, 1)
    let targets = rows.map { row in zip(row, base).reduce(0) { $0 + $1.0 * $1.1 } }
    let cost = (0..<n).map { _ in dice.normal() }
    let q = dice.law(n, 2)
    func build(_ t: Double) throws -> Problem {
      try Problem(
        .minimize, kl(p, q) + expect(p, cost.map { $0 * (1 + t) }) + 0.5 * sumSquares(p - base),
        subjectTo: [
          expect(p, rows[0]) == targets[0] + 0.1 * t, expect(p, rows[1]) <= targets[1] - 0.05 + t * t,
        ])
    }
    let answer = try solved(build(0))
    let found = try #require(answer.derivative(build))
    let h = 1e-4
    let (high, low) = (try solved(build(h)), try solved(build(-h)))
    let slope = (high.objective.value - low.objective.value) / (2 * h)
    #expect(abs(found.value - slope) <= 1e-5 * max(1, abs(slope)))
    let point = try #require(found.point)
    for i in 0..<n { #expect(abs(point[i] - (high.point[i] - low.point[i]) / (2 * h)) <= 1e-4) }
  }

  // MARK: slopes on both sides

  private func sides(_ build: (Double) throws -> Problem) throws -> OneSidedSlopes {
    OneSidedSlopes(of: try solved(build(0)), step: 1e-4, build)
  }

  private func expectNear(_ range: ClosedRange<Double>?, _ slope: Double, _ tolerance: Double = 1e-6) throws {
    let range = try #require(range)
    #expect(range.lowerBound <= slope + tolerance && slope - tolerance <= range.upperBound, "\(range)")
    #expect(range.upperBound - range.lowerBound <= 2 * tolerance, "\(range)")
  }

  @Test("a linear programme whose vertex changes: min(1 + t, 1) has slopes 1 and 0")
  func kink() throws {
    let p = Unknown(name: "p", kind: .simplex, shape: [2])
    let found = try sides { try Problem(.minimize, expect(p, [1 + $0, 1])) }
    try expectNear(found.left, 1)
    try expectNear(found.right, 0)
    #expect(found.isKink)
  }

  @Test("a cap that begins to bind: min(0.5 + t, 0.5)")
  func cap() throws {
    let p = Unknown(name: "p", kind: .simplex, shape: [2])
    let found = try sides { t in
      try Problem(.maximize, p[0], subjectTo: [p[0] <= 0.5 + t, 2 * p[0] <= 1])
    }
    try expectNear(found.left, 1)
    try expectNear(found.right, 0)
    #expect(found.isKink)
  }

  @Test("a penalty that begins to count is no kink: both slopes are 0")
  func touching() throws {
    let p = Unknown(name: "p", kind: .simplex, shape: [2])
    let found = try sides { t in
      try Problem(.minimize, (p[0] - 0.5) * (p[0] - 0.5), subjectTo: [p[0] <= 0.5 + t])
    }
    try expectNear(found.left, 0, 1e-5)
    try expectNear(found.right, 0, 1e-5)
    #expect(!found.isKink)
  }

  @Test("where the optimum is smooth both slopes are its derivative")
  func smooth() throws {
    let p = Unknown.simplex(over: faces)
    func build(_ offset: Double) throws -> Problem {
      try Problem(.maximize, entropy(p), subjectTo: [expect(p, faces) == 4.5 + offset])
    }
    let slope = try solved(build(0)).constraints[0].multiplier[0]
    let found = try sides(build)
    try expectNear(found.left, slope, 1e-5)
    try expectNear(found.right, slope, 1e-5)
    #expect(!found.isKink)
  }

  @Test("at the end of the feasible range there is a slope on one side")
  func end() throws {
    let p = Unknown.simplex(over: faces)
    let cost = [0.0, 1, 4, 9, 16, 25]
    let found = try sides { try Problem(.minimize, expect(p, cost), subjectTo: [expect(p, faces) == 6 + $0]) }
    // From 25 at 6 down to 16 at 5.
    try expectNear(found.left, 9)
    #expect(found.right == nil)
    #expect(found.isKink)
  }
}
