import Foundation
import Testing

import EntropicSpec

/// Everything that a report says is checked: each of these reports is right but for one claim.
@Suite struct ClaimTests {
  typealias Tamper = VerifyTests.Tamper

  /// A die with a named equation, a chain of bounds and a parameter.
  static let text = """
    entropic: 1
    data:
      faces: [1, 2, 3, 4, 5, 6]
    parameters:
      mean: 4.5
    unknowns:
      p: {in: simplex(faces), labels: [one, two, three, four, five, six]}
    maximize: entropy(p)
    subject to:
      - average: expect(p, faces) == mean
      - range: 1 <= expect(p, faces^2) <= 40
      - first: p[1:2] <= [0.2, 0.3]

    """

  private static func set(
    _ description: String, _ check: String, _ path: [String], _ new: any Sendable
  ) -> Tamper {
    Tamper(description: description, check: check) { $0.changing(path, to: new) }
  }

  static let tampers: [Tamper] = [
    set("no gap at all", "gap", ["objective", "gap"], 0.0),
    set("a smaller gap", "gap", ["objective", "gap"], 1e-20),
    set("a smaller relative gap", "gap", ["objective", "relative_gap"], 1e-30),
    set("another data uncertainty", "uncertainty", ["objective", "data_uncertainty"], 1e-3),
    set("a negative violation", "constraint", ["constraints", "average", "violation"], -1.0),
    set("a violation that is none", "constraint", ["constraints", "average", "violation"], 0.5),
    set("another bound", "constraint", ["constraints", "average", "bound"], 4.0),
    set("another relation", "constraint", ["constraints", "average", "relation"], "<="),
    set("a value of another shape", "constraint", ["constraints", "first", "value"], [0.05]),
    set("one wrong entry of a list", "constraint", ["constraints", "first", "bound"], [0.2, 0.4]),
    set("a constraint that is a number", "constraint", ["constraints", "average"], 4.5),
    set(
      "an invented constraint", "constraint", ["constraints", "budget"],
      ["relation": "<=", "value": 1.0, "bound": 2.0, "violation": 0.0, "multiplier": 0.0]
        as [String: any Sendable]),
    set("no constraints", "constraint", ["constraints"], [String: Double]()),
    Tamper(description: "a missing constraint", check: "constraint") { report in
      var constraints = report["constraints"] as? [String: Any] ?? [:]
      constraints["range.upper"] = nil
      return report.changing(["constraints"], to: constraints)
    },
    Tamper(description: "multipliers without evidence", check: "constraint") {
      $0.changing(["certificate", "evidence"], to: NSNull())
    },
    set("an invented parameter", "parameter", ["provenance", "parameters", "median"], 3.0),
    Tamper(description: "a parameter without a value", check: "parameter") {
      $0.changing(["provenance", "parameters", "mean"], to: NSNull())
    },
    set("another version of the report", "schema", ["provenance", "schema"], 2),
    Tamper(description: "no digest of the file", check: "digest") {
      $0.changing(["provenance", "objective_file", "sha256"], to: NSNull())
    },
    Tamper(description: "no digest of the program", check: "digest") {
      $0.changing(["provenance", "canonical_program"], to: NSNull())
    },
    set("an unknown flag", "flag", ["flags"], ["superoptimal"]),
    set("an unknown level", "evidence", ["certificate", "level"], "divine"),
    set("the level of another status", "evidence", ["certificate", "level"], "stationarity"),
    set("an infeasible point, rightly not", "evidence", ["certificate", "feasible"], false),
    set("another kind", "unknown", ["unknowns", "p", "kind"], "joint"),
    set("another shape", "unknown", ["unknowns", "p", "shape"], [2, 3]),
    set("another mass", "unknown", ["unknowns", "p", "total"], 2.0),
    set("other labels", "unknown", ["unknowns", "p", "labels"], ["a", "b", "c", "d", "e", "f"]),
    Tamper(description: "masses nested deeper", check: "unknown") { report in
      let masses = value(report, "unknowns", "p", "probabilities") ?? 0
      return report.changing(["unknowns", "p", "probabilities"], to: [masses])
    },
    set("other logarithms", "unknown", ["unknowns", "p", "log_probabilities"], [-1.0, -1, -1, -1, -1, -1]),
    Tamper(description: "an invented unknown", check: "unknown") { report in
      report.changing(["unknowns", "q"], to: value(report, "unknowns", "p") ?? 0)
    },
  ]

  @Test("a report with one claim that does not hold is refused, saying which", arguments: tampers)
  func refused(tamper: Tamper) throws {
    let scratch = try Scratch()
    let file = try scratch.file("die.yaml", ClaimTests.text)
    let report = try Command.run(["solve", file, "--format", "json"]).document()
    let right = try scratch.file("right.json", report.json())
    #expect(try Command.run(["verify", file, right]).status == 0)
    let wrong = try scratch.file("wrong.json", tamper.change(report).json())
    let result = try Command.run(["verify", file, wrong, "--format", "json"])
    #expect(result.status == 30, "\(result.text)")
    let document = try result.document()
    let checks = (document["findings"] as? [[String: Any]])?.compactMap { $0["check"] as? String } ?? []
    #expect(Set(checks) == [tamper.check], "\(document["findings"] ?? "")")
  }

  @Test("a verdict of infeasibility names its constraints, and comes without an interval")
  func contradiction() throws {
    let scratch = try Scratch()
    let file = try scratch.file("bounded.yaml", Text.bounded)
    let result = try Command.run(["solve", file, "--format", "json"])
    #expect(result.status == 10)
    let report = try result.document()
    // Three masses of one half: the cap and the mean have no part in it.
    #expect(value(report, "certificate", "contradiction") as? [String] == ["floor"])
    #expect(try Command.run(["solve", file]).text.contains("conflict  floor"))
    let changes: [([String], Any)] = [
      (["certificate", "contradiction"], ["cap"]), (["certificate", "level"], "domain"),
      (["objective", "lower"], 0.0), (["objective", "value"], 1.0), (["reason"], "time"),
    ]
    for (path, new) in changes {
      let wrong = try scratch.file("wrong.json", report.changing(path, to: new).json())
      #expect(try Command.run(["verify", file, wrong]).status == 30, "\(path)")
    }
  }
}
