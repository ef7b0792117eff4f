import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("linear oracles")
struct LinearOracleTests {
  private func least<O: LinearOracle>(_ oracle: inout O, _ costs: [Double]) throws -> LinearMinimum {
    let answer = oracle.minimum(costs)
    return try #require(answer)
  }

  /// The least value over all basic solutions, by enumeration: rows of equality incl. the simplex, n over m supports.
  static func leastBasic(_ rows: [[Double]], _ right: [Double], _ costs: [Double]) -> Double? {
    let (m, n) = (rows.count, costs.count)
    var best: Double?
    func visit(_ chosen: [Int]) {
      if chosen.count == m {
        var a = (0..<m).map { i in chosen.map { rows[i][$0] } + [right[i]] }
        for k in 0..<m {
          guard let top = (k..<m).max(by: { abs(a[$0][k]) < abs(a[$1][k]) }), abs(a[top][k]) > 1e-12 else {
            return
          }
          a.swapAt(top, k)
          for i in 0..<m where i != k {
            let factor = a[i][k] / a[k][k]
            for j in k...m { a[i][j] -= factor * a[k][j] }
          }
        }
        let x = (0..<m).map { a[$0][m] / a[$0][$0] }
        guard x.allSatisfy({ $0 >= -1e-12 }) else { return }
        let value = zip(chosen, x).reduce(0) { $0 + costs[$1.0] * $1.1 }
        best = min(best ?? value, value)
        return
      }
      for j in ((chosen.last ?? -1) + 1)..<n where n - j >= m - chosen.count { visit(chosen + [j]) }
    }
    visit([])
    return best
  }

  @Test("simplex: the least cost, the lowest index on ties")
  func simplex() throws {
    var oracle = LayoutOracle.simplex(4, mass: 2)
    let answer = try least(&oracle, [3, -1, 0, -1])
    #expect(answer.vertex == Vertex(indices: [1], masses: [2]))
    #expect(answer.lowerBound <= -2 && answer.lowerBound > -2 - 1e-14)
  }

  @Test("capped simplex: greedy filling")
  func capped() throws {
    var oracle = LayoutOracle.simplex(4, upper: [0.25, 0.5, 0.75, 0])
    let answer = try least(&oracle, [1, -2, 3, -9])
    #expect(answer.vertex == Vertex(indices: [0, 1, 2], masses: [0.25, 0.5, 0.25]))
    #expect(answer.lowerBound <= 0 && answer.lowerBound > -1e-13)
    var empty = LayoutOracle.simplex(2, upper: [0.25, 0.5])
    let none = empty.minimum([1, 2])
    #expect(none == nil)
    var hostile = LayoutOracle.simplex(2)
    let broken = hostile.minimum([.nan, .nan])
    let short = hostile.minimum([1])
    #expect(broken == nil && short == nil)
  }

  @Test("products: one vertex a simplex")
  func product() throws {
    var layout = Layout()
    layout.append(name: "w", kind: .channel, shape: [3, 2])
    var oracle = LayoutOracle(layout)
    let answer = try least(&oracle, [1, 0, 5, 7, 2, 2])
    #expect(answer.vertex == Vertex(indices: [1, 2, 4], masses: [1, 1, 1]))
  }

  @Test("products of any oracles, side by side")
  func sideBySide() throws {
    var oracle = ProductOracle([
      (3, LayoutOracle.simplex(3, upper: [0.5, 1, 1])),
      (2, FunctionOracle { costs in costs[0] < costs[1] ? [2, 0] : [0, 2] }),
    ])
    let answer = try least(&oracle, [-1, 4, 0, 3, -5])
    #expect(answer.vertex == Vertex(indices: [0, 2, 4], masses: [0.5, 0.5, 2]))
    #expect(answer.lowerBound <= -10.5 && answer.lowerBound > -10.5 - 1e-12)
    let short = oracle.minimum([1, 2])
    #expect(short == nil)
  }

  @Test("moment polytopes: the least of all basic solutions", arguments: 1...12)
  func moments(seed: Int) throws {
    var dice = Dice(UInt64(seed))
    let (n, k) = (9, 1 + seed % 3)
    let rows = (0..<k).map { _ in (0..<n).map { _ in dice.uniform() * 4 - 2 } }
    let inside = dice.law(n, 0.7)
    let bounds = rows.map { Kernel.dot($0, inside) }
    let program = Build.simplex(n, equal: Array(zip(rows, bounds))) { _ in }
    var oracle = MomentPolytope(program)
    for _ in 0..<6 {
      let costs = (0..<n).map { _ in dice.normal() }
      let expected = try #require(
        Self.leastBasic([[Double](repeating: 1, count: n)] + rows, [1] + bounds, costs))
      let answer = try least(&oracle, costs)
      #expect(abs(answer.vertex.dot(costs) - expected) <= 1e-11)
      #expect(answer.lowerBound <= expected + 1e-13 && answer.lowerBound >= expected - 1e-11)
      #expect(answer.vertex.indices.count <= k + 1)
      #expect(program.isFeasible(answer.vertex.dense(n)))
      // The multipliers alone prove the value.
      var linear = program
      linear.objective.linear = costs
      var evidence = Evidence.none(for: program)
      evidence.equality = answer.equality
      let certificate = Certificate(linear, point: answer.vertex.dense(n), evidence: evidence)
      #expect(certificate.lower <= expected + 1e-13 && certificate.lower >= expected - 1e-10)
    }
  }

  @Test("inequalities, caps and dependent rows")
  func degenerate() throws {
    // Best two of four under caps, twice the same row.
    let x = [0.0, 1, 2, 3]
    var program = Build.simplex(4, equal: [(x, 1.5), (x.map { 2 * $0 }, 3)], atMost: [([1, 0, 0, 1], 0.5)]) {
      _ in
    }
    program.layout.upper = [1, 0.5, 0.5, 1]
    var oracle = MomentPolytope(program)
    // p1 + p2 >= 1/2; minimise p1 + p2: p = (1/4, 1/4, 1/4, 1/4) and neighbours reach exactly 1/2.
    let answer = try least(&oracle, [0, 1, 1, 0])
    #expect(abs(answer.vertex.dot([0, 1, 1, 0]) - 0.5) < 1e-14)
    #expect(program.isFeasible(answer.vertex.dense(4)))
    #expect(answer.inequality.count == 1 && answer.inequality[0] >= 0)
    let other = try least(&oracle, [1, 0, 0, 1])
    #expect(abs(other.vertex.dot([1, 0, 0, 1])) < 1e-14)
  }

  @Test("transport: dependent rows, the total variation of two laws")
  func transport() throws {
    let a = [0.1, 0.4, 0.2, 0.05, 0.25]
    let b = [0.3, 0.15, 0.2, 0.25, 0.1]
    let program = Build.simplex(25, equal: Build.coupling(a, b)) { _ in }
    var oracle = MomentPolytope(program)
    let answer = try least(&oracle, (0..<25).map { $0 / 5 == $0 % 5 ? 0 : 1 })
    #expect(abs(answer.lowerBound - 0.4) < 1e-13)
  }

  @Test("an empty polytope proves it")
  func infeasible() throws {
    let program = Build.simplex(3, equal: [([1, 2, 3], 3.5)]) { _ in }
    let oracle = MomentPolytope(program)
    #expect(!oracle.hasVertex)
    let evidence = try #require(oracle.contradiction)
    #expect(program.infeasibilityProof(evidence, at: program.layout.centre()) != nil)
  }
}
