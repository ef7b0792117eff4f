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
}
