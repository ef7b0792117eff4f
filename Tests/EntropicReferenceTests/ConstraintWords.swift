import Entropic
import EntropicSpec
import Foundation
import Testing

/// What tests of constraint words have in common.
enum ConstraintWords {
  static func log(_ x: Double) -> Double { Foundation.log(x) }

  static func elaborated(_ text: String) throws -> ElaboratedFile {
    try Elaboration(try ObjectiveFile.read(SourceFile(name: "test.yaml", text: text))).run()
  }

  static func problem(_ text: String) throws -> Problem {
    try #require(try elaborated("entropic: 1\n" + text).problem)
  }

  /// Solves, and checks that the interval holds the exact optimum within the tolerance.
  static func answer(_ problem: Problem, optimum: Double) throws -> Answer {
    let answer = try Solver.run(problem).answer
    let interval = problem.interval(of: answer.certificate)
    let slack = 1e-14 * max(1, abs(optimum))
    #expect(
      interval.lower <= optimum + slack && optimum - slack <= interval.upper, "\(interval) for \(optimum)")
    #expect(abs(interval.value - optimum) <= 2e-9 * max(1, abs(optimum)), "\(interval) for \(optimum)")
    return answer
  }

  static func expectClose(_ found: [Double], _ exact: [Double], _ tolerance: Double = 2e-6) {
    #expect(found.count == exact.count)
    #expect(zip(found, exact).allSatisfy { abs($0 - $1) <= tolerance }, "\(found) for \(exact)")
  }
}
