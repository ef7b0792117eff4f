import EntropicFamilies
import EntropicSpec
import Foundation
import Testing

/// The reference cases whose unknown is a law on the line, from their objective files.
@Suite("reference cases over laws") struct LawReferenceTests {
  private struct Case: Decodable {
    struct Tolerance: Decodable {
      let value_rel: Double
      let value_abs: Double
      let solution_abs: Double
    }
    let id: String
    let file: String
    let status: String
    let value: Double?
    let solution: [String: JSONScalar]
    let tolerance: Tolerance
  }

  /// A number, or the text of one with more digits.
  private enum JSONScalar: Decodable {
    case number(Double)
    case text(String)
    init(from decoder: Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let value = try? container.decode(Double.self) {
        self = .number(value)
      } else {
        self = .text(try container.decode(String.self))
      }
    }
    var value: Double? {
      switch self {
      case .number(let value): value
      case .text(let text): Double(text)
      }
    }
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/laws")

  private static func cases() throws -> [Case] {
    let data = try Data(contentsOf: folder.appendingPathComponent("index.json"))
    return try JSONDecoder().decode([Case].self, from: data)
  }

  /// The names under which the catalogue lists parameters.
  private static let names = [
    "theta": "probability", "alpha": "shape", "mu": "location", "kappa": "concentration",
  ]

  @Test func every() throws {
    let cases = try Self.cases()
    #expect(cases.count == 24)
    for item in cases {
      let path = Self.folder.appendingPathComponent(item.file).path
      let elaborated = try Elaboration(try ObjectiveFile.read(path: path), folder: Self.folder.path).run()
      if let evaluation = elaborated.evaluations.first {
        let value = try #require(evaluation.expression.constant?.values.first)
        let expected = try #require(item.value)
        #expect(
          abs(value - expected) <= item.tolerance.value_rel * abs(expected) + item.tolerance.value_abs,
          "\(item.id)")
        continue
      }
      let outcome = try #require(elaborated.lawProblem).solved()
      #expect(outcome.status.rawValue == item.status, "\(item.id): \(outcome.explanation)")
      guard let expected = item.value, let value = outcome.value else { continue }
      let room = item.tolerance.value_rel * abs(expected) + item.tolerance.value_abs
      #expect(abs(value - expected) <= room, "\(item.id): \(value) for \(expected)")
      let lower = try #require(outcome.lower)
      let upper = try #require(outcome.upper)
      let digits = 4e-16 * abs(expected)
      #expect(lower <= expected + digits && expected <= upper + digits, "\(item.id): [\(lower), \(upper)]")
      #expect(upper - lower <= 1e-9 * max(1, abs(expected)), "\(item.id)")
      check(item, outcome)
    }
  }

  private func check(_ item: Case, _ outcome: LawProblem.Outcome) {
    // Laws without a name in the table of families.
    if item.id == "mxf-quartic" { return }
    guard let member = outcome.member else {
      Issue.record("\(item.id): the law has no name")
      return
    }
    var checked = 0
    for (name, scalar) in item.solution {
      guard let expected = scalar.value else { continue }
      let other = Self.names[name] ?? name
      guard
        let k = member.family.parameters.firstIndex(where: { $0.name == name || $0.name == other })
      else {
        Issue.record("\(item.id): \(member.family.name) has no parameter \(name)")
        continue
      }
      checked += 1
      #expect(
        abs(member.parameters[k] - expected) <= 10 * item.tolerance.solution_abs * max(1, abs(expected))
          + 1e-15,
        "\(item.id): \(name)")
    }
    #expect(checked > 0, "\(item.id)")
  }

  /// The stories of the gallery about laws: values from the pages beside them.
  @Test(arguments: [
    ("gamma-fit/likelihood.yaml", -1102.925120137357888441957, "gamma"),
    ("gamma-fit/projection.yaml", 0.02038371519224268801318761, "gamma"),
    ("maximum-entropy-laws/exponential.yaml", 1.693147180559945309417232, "exponential"),
    ("maximum-entropy-laws/normal.yaml", 2.112085713764618051197562, "normal"),
    ("maximum-entropy-laws/gamma.yaml", 1.889264259053139067646823, "gamma"),
    ("maximum-entropy-laws/lognormal.yaml", 1.91893853320467274178033, "lognormal"),
    ("maximum-entropy-laws/pareto.yaml", 0.8068528194400546905827679, "pareto"),
    ("maximum-entropy-laws/laplace.yaml", 1.405465108108164381978013, "laplace"),
    ("maximum-entropy-laws/von-mises.yaml", 1.569596271935509710056152, "von_mises"),
    ("maximum-entropy-laws/uniform.yaml", 1.386294361119890618834464, "uniform_law"),
  ])
  func gallery(path: String, value: Double, family: String) throws {
    let notebooks = Self.folder.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Notebooks")
    let file = notebooks.appendingPathComponent(path)
    let elaborated = try Elaboration(
      try ObjectiveFile.read(path: file.path), folder: file.deletingLastPathComponent().path
    ).run()
    let outcome = try #require(elaborated.lawProblem).solved()
    #expect(outcome.status == .optimal, "\(outcome.explanation)")
    #expect(outcome.member?.family.name == family)
    #expect(abs(try #require(outcome.value) - value) <= 1e-11 * max(1, abs(value)))
    #expect(try #require(outcome.lower) <= value && value <= (try #require(outcome.upper)))
  }

  private func solved(_ text: String) throws -> LawProblem.Outcome {
    let elaborated = try Elaboration(
      try ObjectiveFile.read(SourceFile(name: "t", text: text)), folder: Self.folder.path
    ).run()
    return try #require(elaborated.lawProblem).solved()
  }

  private static let rows = """
      a: [-16, -13, -11, -10, -8, -7, -5, -4, -2, -1, 0, 2, 3, 5, 6, 8, 9, 11, 14, 16]
      c: [3, -9, 12, 1, -6, 8, -14, 5, 10, -3, -11, 7, 2, -8, 13, -1, -5, 9, 4, -12]
      label: [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1]
      count: [0, 1, 0, 0, 2, 1, 3, 0, 1, 2, 4, 1, 2, 5, 1, 4, 6, 3, 5, 11]
    """

  /// Posteriors of regressions, against the fixed-point equations E grad U = 0, P = E Hess U with 300 nodes a row. The
  /// constants of prior and likelihood are added to the files.
  @Test(arguments: [
    (
      "sum(log(1 + exp(TERM))) - label @ TERM", 13.71132452409788,
      [-0.025249526953448446, 1.474187797870932, 0.943875027112155]
    ),
    (
      "sum(exp(TERM) - count * TERM) + sum(lgamma(count + 1))", 34.1102797075163,
      [0.5219793641509441, 0.6620289800409038, -0.48940910647317515]
    ),
  ])
  func regressions(likelihood: String, value: Double, mean: [Double]) throws {
    let formula = likelihood.replacingOccurrences(of: "TERM", with: "(b[1] + b[2] * a / 8 + b[3] * c / 8)")
    let outcome = try solved(
      "entropic: 1\ndata:\n\(Self.rows)\nunknowns:\n  w: normal(3)\nminimize: >-\n"
        + "  expect(w, b -> \(formula) + sum_squares(b) / 8) + 1.5 * log(8 * pi) - entropy(w)\n")
    #expect(outcome.status == .optimal, "\(outcome.explanation)")
    #expect(abs(try #require(outcome.value) - value) <= 1e-10 * abs(value))
    #expect(try #require(outcome.lower) <= value && value <= (try #require(outcome.upper)))
    let found = try #require(outcome.vector).mean
    for (a, b) in zip(found, mean) { #expect(abs(a - b) < 1e-8) }
  }

  /// Mean field of a correlated normal law: variances 1 / P_ii, divergence (sum log P_ii - log det P) / 2.
  @Test func meanField() throws {
    let text = """
      entropic: 1
      data:
        P: [[2.0, 0.9, 0.0], [0.9, 1.5, -0.5], [0.0, -0.5, 1.0]]
        m: [1.0, -2.0, 0.5]
      unknowns:
        w: normal(3, covariance="STRUCTURE")
      minimize: expect(w, b -> quadratic(b - m, P) / 2) + 1.5 * log(2 * pi) - log(1.69) / 2 - entropy(w)
      """
    let diagonal = try solved(text.replacingOccurrences(of: "STRUCTURE", with: "diagonal"))
    #expect(diagonal.status == .optimal)
    #expect(abs(try #require(diagonal.value) - 0.2869418798665637936621266) < 1e-12)
    let law = try #require(diagonal.vector)
    for (a, b) in zip(law.mean, [1.0, -2, 0.5]) { #expect(abs(a - b) < 1e-10) }
    for (a, b) in zip(law.covariance.variances, [0.5, 2.0 / 3, 1]) { #expect(abs(a - b) < 1e-10) }
    // With all covariances the law itself is found: divergence 0.
    let full = try solved(text.replacingOccurrences(of: "STRUCTURE", with: "full"))
    #expect(abs(try #require(full.value)) < 1e-12 && full.status != .stalled)
  }
}
