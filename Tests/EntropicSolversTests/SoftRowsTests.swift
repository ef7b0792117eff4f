import Entropic
import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Soft rows in the dual")
struct SoftRowsTests {
  private static let faces = [1.0, 2, 3, 4, 5, 6]
  private static let squares = [1.0, 4, 9, 16, 25, 36]

  private static func check(
    _ problem: Problem, _ optimum: Double, by method: String = "dual-newton"
  ) throws -> Answer {
    let outcome = Solver.run(problem)
    let answer = try #require(outcome.answerIfAny)
    #expect(outcome.status == "optimal", "\(outcome.status)")
    #expect(answer.run.methods.first == method, "\(answer.run.methods)")
    let (value, lower, upper) = answer.objective
    #expect(lower <= optimum && optimum <= upper)
    #expect(abs(value - optimum) <= 1e-12 * max(1, abs(optimum)))
    #expect(upper - lower <= 1e-10 * max(1, abs(optimum)))
    return answer
  }

  // Optima by 40-digit roots of  lambda = w (E_lambda[x] - b),  p proportional to q exp(-lambda x).

  @Test("a moment at a price")
  func equation() throws {
    let p = Unknown.simplex(6)
    let problem = try Problem(
      .minimize, -1 * entropy(p), subjectTo: [soft(expect(p, Self.faces) == 4.5, weight: 10.0)])
    let answer = try Self.check(problem, -1.620179596568803545864)
    #expect(abs(Kernel.dot(answer.point, Self.faces) - 4.464428821406089842574) <= 1e-12)
  }

  @Test("two outcomes")
  func coin() throws {
    let p = Unknown.simplex(2)
    let problem = try Problem(
      .minimize, kl(p, [0.5, 0.5]), subjectTo: [soft(expect(p, [0.0, 1]) == 1, weight: 2.0)])
    // The square of one mass is separable: no row is needed.
    let answer = try Self.check(problem, 0.1676901079499377931816, by: "closed-form")
    #expect(abs(answer.point[1] - 0.6625841928288003245486) <= 1e-12)
  }

  @Test("one side at a price, felt and not felt")
  func inequality() throws {
    let p = Unknown.simplex(6)
    let felt = try Problem(
      .minimize, -1 * entropy(p), subjectTo: [soft(expect(p, Self.faces) <= 3, weight: 4.0)])
    _ = try Self.check(felt, -1.752002310500852917904)
    let idle = try Problem(
      .minimize, -1 * entropy(p), subjectTo: [soft(expect(p, Self.faces) <= 4, weight: 4.0)])
    let answer = try #require(Solver.run(idle).answerIfAny)
    #expect(abs(answer.objective.value + Kernel.log(6)) <= 1e-14)
  }

  @Test("one moment that holds, one at a price")
  func both() throws {
    let p = Unknown.simplex(6)
    let problem = try Problem(
      .minimize, -1 * entropy(p),
      subjectTo: [expect(p, Self.faces) == 4, soft(expect(p, Self.squares) == 15, weight: 0.5)])
    let answer = try Self.check(problem, -0.5234796879976047256446)
    #expect(abs(Kernel.dot(answer.point, Self.faces) - 4) <= 1e-13)
  }

  @Test(
    "a large price is a constraint, a price of 0 is none, and scaling changes nothing",
    arguments: [1e-3, 1, 1e3])
  func limits(unit: Double) throws {
    let p = Unknown.simplex(6)
    let values = Self.faces.map { $0 * unit }
    let stiff = try Problem(
      .minimize, -1 * entropy(p),
      subjectTo: [soft(expect(p, values) == 4.5 * unit, weight: 1e12 / (unit * unit))])
    let answer = try #require(Solver.run(stiff).answerIfAny)
    // Jaynes' die; the price of the last part in 1e12 is below 1e-12.
    #expect(abs(answer.objective.value + 1.61358109815382904114158) <= 1e-10)
    let free = try Problem(
      .minimize, -1 * entropy(p), subjectTo: [soft(expect(p, values) == 4.5 * unit, weight: 0.0)])
    #expect(abs(try Solver.run(free).answer.objective.value + Kernel.log(6)) <= 1e-13)
  }

  @Test("agrees with the interior point, rows many and dependent", arguments: [1, 2, 3] as [UInt64])
  func agreement(seed: UInt64) throws {
    var dice = Dice(seed)
    let n = 30
    let q = dice.law(n, 1)
    let p = Unknown.simplex(n)
    let x = (0..<n).map { Double($0) / 10 }
    let y = x.map { $0 * $0 }
    let z = zip(x, y).map { 2 * $0 - $1 }
    let problem = try Problem(
      .minimize, kl(p, q),
      subjectTo: [
        soft(expect(p, x) == 1.2, weight: 3.0), soft(expect(p, y) == 2, weight: 50.0),
        soft(expect(p, z) <= 0.1, weight: 7.0), expect(p, x) <= 1.4,
      ])
    let dual = try Solver.run(problem, SolveOptions(method: "dual-newton")).answer
    let other = try Solver.run(problem, SolveOptions(method: "interior-point")).answer
    #expect(dual.objective.lower <= other.objective.upper && other.objective.lower <= dual.objective.upper)
    #expect(abs(dual.objective.value - other.objective.value) <= 1e-9)
    #expect(distance(dual.point, other.point) <= 1e-5)
  }

  @Test("rows that must hold and cannot are still found")
  func contradiction() throws {
    let p = Unknown.simplex(3)
    let problem = try Problem(
      .minimize, -1 * entropy(p),
      subjectTo: [
        expect(p, [1.0, 2, 3]) + expect(p, [0.0, 1, 0]) == 4, soft(expect(p, [1.0, 0, 0]) == 1, weight: 1.0),
      ])
    #expect(Solver.run(problem).status == "infeasible")
  }
}
