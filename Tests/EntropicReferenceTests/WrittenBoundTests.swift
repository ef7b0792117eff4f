import Entropic
import Testing

/// Constraints are reported with the bound and the left side that the user wrote, whatever constants their formulas hold.
@Suite("bounds as they are written")
struct WrittenBoundTests {
  private let q = [0.1, 0.2, 0.3, 0.4]
  private let scores = [4.0, 3, 2, 1]

  private func report(
    _ constraint: (Unknown) -> Constraint
  ) throws -> (report: ConstraintReport, law: [Double], value: Double) {
    let p = Unknown.simplex(4)
    let problem = try Problem(.maximize, expect(p, scores), subjectTo: [constraint(p).named("ball")])
    let answer = try Solver.run(problem).answer
    let report = try #require(problem.reportedConstraints(answer).first)
    return (report, answer[p].probabilities, answer.objective.value)
  }

  @Test("chi-squared, Hellinger and other balls: radius and distance")
  func balls() throws {
    func sum(_ p: [Double], _ term: (Double, Double) -> Double) -> Double {
      zip(p, q).reduce(0) { $0 + term($1.0, $1.1) }
    }
    let chi = try report { chiSquared($0, q) <= 0.1 }
    #expect(chi.report.bound == [0.1])
    #expect(abs(chi.report.value[0] - 0.1) <= 1e-9)
    #expect(abs(sum(chi.law) { ($0 - $1) * ($0 - $1) / $1 } - chi.report.value[0]) <= 1e-12)
    // E_q s + sqrt(r Var_q s) while no mass is 0, and half its slope: 2 + sqrt(0.1), sqrt(1 / r) / 2.
    #expect(abs(chi.value - (2 + 0.1.squareRoot())) <= 1e-9)
    #expect(abs(chi.report.multiplier[0] - 0.5 / 0.1.squareRoot()) <= 1e-5)

    let hellinger = try report { EntropicModel.hellinger($0, q) <= 0.05 }
    #expect(hellinger.report.bound == [0.05])
    #expect(abs(hellinger.report.value[0] - 0.05) <= 1e-9)
    #expect(abs(1 - sum(hellinger.law) { ($0 * $1).squareRoot() } - hellinger.report.value[0]) <= 1e-12)
    #expect(hellinger.report.violation <= 1e-12)

    let slack = try report { chiSquared($0, q) <= 1000 }
    #expect(slack.report.bound == [1000])
    // The vertex of the best score: 1 / 0.1 - 1.
    #expect(abs(slack.report.value[0] - 9) <= 1e-9)
    #expect(slack.report.multiplier == [0])
  }

  @Test("the other way round, with constants of the user's own, and lower bounds")
  func sides() throws {
    let turned = try report { 0.1 >= chiSquared($0, q) }
    #expect(turned.report.bound == [0.1] && turned.report.relation == .atMost)
    #expect(abs(turned.report.value[0] - 0.1) <= 1e-9)
    let shifted = try report { chiSquared($0, q) + 1 <= 1.1 }
    #expect(shifted.report.bound == [1.1])
    #expect(abs(shifted.report.value[0] - 1.1) <= 1e-9)
    let floor = try report { 1 - chiSquared($0, q) >= 0.9 }
    #expect(floor.report.bound == [0.9] && floor.report.relation == .atLeast)
    #expect(abs(floor.report.value[0] - 0.9) <= 1e-9)
    #expect(abs(floor.report.multiplier[0] + 0.5 / 0.1.squareRoot()) <= 1e-5)
    #expect(abs(floor.value - turned.value) <= 1e-9 && abs(shifted.value - turned.value) <= 1e-9)
  }
}
