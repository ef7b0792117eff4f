import EntropicFamilies
import EntropicSpec
import Foundation
import Testing

/// Files whose unknown is a law: what may be claimed, and what must not.
@Suite("claims about laws in files") struct LawFileTests {
  private func elaborated(_ lines: String) throws -> ElaboratedFile {
    let source = try SourceFile(name: "law.yaml", text: "entropic: 1\n" + lines)
    return try Elaboration(try ObjectiveFile.read(source)).run()
  }

  private func outcome(_ lines: String) throws -> LawProblem.Outcome {
    try #require(try elaborated(lines).lawProblem).solved()
  }

  /// Weights that leave the range of numbers are errors of the file, wherever they arise.
  @Test(arguments: [
    "maximize: 1e308 * 1e10 * entropy(p)", "maximize: 1e308 * entropy(p) + 1e308 * entropy(p)",
    "maximize: entropy(p) / 1e-308 / 1e-10", "minimize: 1e308 * 10 * expect(p, x -> x) - entropy(p)",
    "maximize: entropy(p)\nsubject to:\n  - 1e308 * 1e10 * expect(p, x -> x) == 1",
    "maximize: entropy(p)\nsubject to:\n  - 1e308 * expect(p, x -> x) + 1e308 * expect(p, x -> x^2) <= 1",
  ])
  func weightsOutOfRange(_ lines: String) {
    do {
      _ = try elaborated("unknowns:\n  p: law(0, 1)\n" + lines + "\n")
      Issue.record("accepted: \(lines)")
    } catch let error as SpecError {
      #expect(error.diagnostics.first?.code == .nonFiniteValue, "\(error.diagnostics)")
      #expect(error.diagnostics.first?.location != nil)
    } catch {
      Issue.record("\(error)")
    }
  }

  /// A tiny or huge weight of the entropy that the solver does not take is said, not trapped on.
  @Test func weightsOutsideOfTheDomainOfTheSolver() throws {
    for weight in ["1e-300", "1e300"] {
      let found = try outcome("unknowns:\n  p: law(0, 1)\nmaximize: \(weight) * entropy(p)\n")
      #expect(found.status == .unsuitable)
    }
  }

  /// One row a file: unknown, the rest, and the only statuses that are true of it.
  struct Row: Sendable, CustomTestStringConvertible {
    let unknown: String
    let rest: String
    let statuses: [LawProblem.Outcome.Status]
    var testDescription: String { unknown + " " + rest }
  }

  static let rows: [Row] = [
    // sin(x) >= 1 holds at single points only: no law with a density, and no contradiction with a margin.
    Row(
      unknown: "law(-inf, 0)", rest: "maximize: entropy(p)\nsubject to: [\"expect(p, x -> sin(x)) >= 1\"]",
      statuses: [.stalled]),
    Row(
      unknown: "law(-inf, 0)", rest: "maximize: entropy(p)\nsubject to: [\"expect(p, x -> sin(x)) >= 1.1\"]",
      statuses: [.infeasible]),
    Row(
      unknown: "law(0, inf)",
      rest:
        "maximize: entropy(p)\nsubject to: [\"expect(p, x -> x) == 1\", \"expect(p, x -> log(x)) >= 0.1\"]",
      statuses: [.infeasible]),
    Row(unknown: "law(0, inf)", rest: "maximize: entropy(p)", statuses: [.unbounded]),
    Row(
      unknown: "law(0, inf)", rest: "maximize: entropy(p)\nsubject to: [\"expect(p, x -> x) >= 1\"]",
      statuses: [.unbounded]),
    // Every mean of the logarithm is that of a Pareto law.
    Row(
      unknown: "law(1, inf)", rest: "maximize: entropy(p)\nsubject to: [\"expect(p, x -> log(x)) == 500\"]",
      statuses: [.optimal, .stalled]),
    Row(
      unknown: "rayleigh()", rest: "minimize: cross_entropy(lognormal(1, 3.7), p)", statuses: [.optimal]),
    Row(unknown: "weibull()", rest: "maximize: log_likelihood(p, [0.5, 1, 1.5, 2, 4])", statuses: [.optimal]),
    Row(unknown: "uniform_law()", rest: "maximize: log_likelihood(p, [0.3, 1.9, 1.1])", statuses: [.optimal]),
    Row(unknown: "normal(0, 1)", rest: "minimize: kl(p, normal(1, 4))", statuses: [.optimal]),
    Row(unknown: "normal()", rest: "maximize: log_likelihood(p, [3])", statuses: [.unbounded]),
    // The expectation of 1 / x does not exist.
    Row(unknown: "normal(2)", rest: "minimize: expect(p, x -> sum(1/x)) - entropy(p)", statuses: [.stalled]),
    Row(unknown: "normal()", rest: "minimize: expect(p, x -> exp(x) - x) - entropy(p)", statuses: [.optimal]),
    // Neither of the two wells is proved to be the lower one.
    Row(
      unknown: "normal()", rest: "minimize: expect(p, x -> (x^2 - 4)^2) - entropy(p)", statuses: [.local]),
    // A ditch far away from where the search looks.
    Row(
      unknown: "normal()",
      rest: "minimize: expect(p, x -> x^2 / 2 - 1e6 * exp(-(x - 300)^2)) - entropy(p)", statuses: [.local]),
    Row(unknown: "normal()", rest: "minimize: expect(p, x -> x) - entropy(p)", statuses: [.unbounded]),
  ]

  @Test(arguments: rows) func onlyWhatIsTrue(_ row: Row) throws {
    let found = try outcome("unknowns:\n  p: \(row.unknown)\n\(row.rest)\n")
    #expect(row.statuses.contains(found.status), "\(found.status): \(found.explanation)")
  }
}
