import Foundation
import Testing

import EntropicSpec

@Suite struct ReportTests {
  /// The maximum entropy of a die with mean 4.5: the root of one monotone equation, at 40 digits.
  static let dieOptimum = 1.613581098153829
  static let dieMultiplier = -0.371048938081

  private func solve(_ arguments: [String] = [], _ text: String = Text.die) throws -> [String: Any] {
    try Command.run(["solve", "-", "--format", "json"] + arguments, input: text).document()
  }

  @Test("the report holds the optimum, its multiplier and its provenance")
  func content() throws {
    let report = try solve()
    let (lower, upper) = (
      try #require(number(report, "objective", "lower")), try #require(number(report, "objective", "upper"))
    )
    #expect(lower <= ReportTests.dieOptimum && ReportTests.dieOptimum <= upper)
    #expect(upper - lower == number(report, "objective", "gap"))
    #expect(value(report, "objective", "sense") as? String == "maximize")
    let multiplier = try #require(number(report, "constraints", "average", "multiplier"))
    #expect(abs(multiplier - ReportTests.dieMultiplier) < 1e-10)
    #expect(number(report, "constraints", "average", "bound") == 4.5)
    let masses = try #require(value(report, "unknowns", "p", "probabilities") as? [Double])
    #expect(masses.count == 6 && abs(masses.reduce(0, +) - 1) < 1e-15)
    #expect(
      value(report, "provenance", "objective_file", "sha256") as? String
        == SHA256.digest(of: Array(Text.die.utf8)))
    #expect(number(report, "provenance", "parameters", "mean") == 4.5)
  }

  @Test("everything but 'run' is the same in every run, locale and folder")
  func sameBytes() throws {
    let scratch = try Scratch()
    _ = try scratch.file("die.yaml", Text.die)
    func bytes(_ arguments: [String], _ environment: [String: String], _ folder: URL) throws -> Data {
      var report = try Command.run(
        arguments + ["--format", "json"], environment: environment, folder: folder
      ).document()
      report["run"] = nil
      return try JSONSerialization.data(withJSONObject: report, options: .sortedKeys)
    }
    let first = try bytes(["solve", "die.yaml"], ["LC_ALL": "C"], scratch.url)
    for threads in ["1", "2", "8"] {
      let other = try bytes(
        ["solve", scratch.path("die.yaml"), "--threads", threads],
        ["LC_ALL": "de_DE.UTF-8", "SWIFT_DETERMINISTIC_HASHING": ""], FileManager.default.temporaryDirectory)
      #expect(first == other)
    }
  }

  @Test("a parameter is set from the command line")
  func parameter() throws {
    let report = try solve(["--set", "mean=7/2"])
    let value = try #require(number(report, "objective", "value"))
    #expect(abs(value - 1.791759469228055) < 1e-14)  // log 6
  }

  @Test("the trace stands inside 'run'")
  func trace() throws {
    let report = try solve(["--trace"])
    let steps = try #require(value(report, "run", "trace") as? [[String: Any]])
    #expect(!steps.isEmpty)
    #expect(try value(solve(), "run", "trace") == nil)
  }

  @Test("a report is a starting point")
  func start() throws {
    let scratch = try Scratch()
    let report = try scratch.file("report.json", try solve().json())
    let again = try solve(["--start", report])
    #expect(value(again, "status") as? String == "optimal")
    let bad = try Command.run(
      ["solve", "-", "--start", try scratch.file("bare.json", "{\"p\": [0.5, 0.5]}"), "--format", "json"],
      input: Text.die)
    #expect(bad.status == 65)
  }

  @Test("long sparse laws name their support, tiny masses their logarithms")
  func support() throws {
    let sparse = try solve(
      [],
      "entropic: 1\ndata:\n  x: range(0, 1, points=101)\nunknowns:\n  p: simplex(x)\nmaximize: expect(p, x)\n"
    )
    #expect(value(sparse, "unknowns", "p", "support") as? [Int] == [101])
    #expect((value(sparse, "unknowns", "p", "probabilities") as? [Double])?.count == 101)
    let tiny = try solve(
      [],
      "entropic: 1\ndata:\n  c: [0, 700, 720]\nunknowns:\n  p: simplex(c)\n"
        + "maximize: entropy(p) - expect(p, c)\n"
    )
    let logs = try #require(value(tiny, "unknowns", "p", "log_probabilities") as? [Double])
    #expect(abs(logs[1] + 700) < 1e-9)
  }

  @Test("text shows the certified digits, the bars and the meaning of multipliers")
  func text() throws {
    let result = try Command.run(["solve", "-"], input: Text.die)
    #expect(result.text.contains("1.61358109815"))
    #expect(result.text.contains("\u{2588}"))
    #expect(result.text.contains("lowers the maximum by about 0.371 d"))
    #expect(!result.text.contains("\u{1B}"))
  }

  @Test(
    "only digits that the interval certifies are printed",
    arguments: [
      (1.234567, 1.2345, 1.2346, "1.235"), (1234.5, 1234.4, 1234.6, "1234"), (-0.5, -0.5, -0.5, "-0.5"),
      (1e-12, 0.99e-12, 1.01e-12, "1.0e-12"), (3, 2.9, 3.1, "3"),
    ])
  func digits(value: Double, lower: Double, upper: Double, text: String) {
    #expect(NumberText.certified(value, lower: lower, upper: upper) == text)
  }

  @Test("no digit is printed where none is certain")
  func noDigits() {
    #expect(NumberText.certified(1, lower: -3, upper: 2) == nil)
    #expect(NumberText.certified(0, lower: -1e-9, upper: 1e-9) == nil)
    #expect(NumberText.certified(1, lower: -.infinity, upper: 2) == nil)
  }

  @Test(
    "doubles survive writing and reading",
    arguments: [0.1, 1e-300, Double.leastNonzeroMagnitude, 1.7976931348623157e308, -1 / 3.0, 1e22])
  func numbers(x: Double) throws {
    let written = String(decoding: JSONWriter.bytes(of: .number(x)), as: UTF8.self)
    #expect(Double(written.dropLast()) == x)
    #expect(DocumentValue.text(of: .nan) == "null" && DocumentValue.text(of: .infinity) == "null")
    #expect(DocumentValue.text(of: 1e-9, forYAML: true) == "1.0e-09")
  }

  @Test("texts survive writing and reading in both forms")
  func texts() throws {
    let text = "a \"quoted\" \\ line\n\ttab \u{1} \u{85} \u{2028} é \u{1F3B2}"
    let document = DocumentValue.object([
      "yes": .text(text), "list": .list([.object(["k": .numbers([1, 2])]), .null]),
    ])
    for bytes in [JSONWriter.bytes(of: document), YAMLWriter.bytes(of: document)] {
      let tree = try DocumentTree(reading: SourceFile(name: "x", contents: bytes))
      let entries = tree.entries(of: tree.root)
      #expect(tree.text(of: entries[0].key) == "yes" && tree.text(of: entries[0].value) == text)
      #expect(tree.items(of: entries[1].value).count == 2)
    }
  }
}
