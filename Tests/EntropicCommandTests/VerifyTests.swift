import Foundation
import Testing

import EntropicSpec

@Suite struct VerifyTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Solves a file and gives its path and its report.
  private func solved(_ text: String, _ arguments: [String] = []) throws -> (
    file: String, report: [String: Any]
  ) {
    let file = try scratch.file("problem.yaml", text)
    return (file, try Command.run(["solve", file, "--format", "json"] + arguments).document())
  }

  private func verify(_ file: String, _ report: String, _ arguments: [String] = []) throws -> (
    Int32, [String: Any]
  ) {
    let path = try scratch.file("claim.json", report)
    let result = try Command.run(["verify", file, path, "--format", "json"] + arguments)
    #expect(result.signal == nil)
    let document = try result.document()
    #expect(number(document, "exit_code") == Double(result.status))
    return (result.status, document)
  }

  private func checks(_ document: [String: Any]) -> [String] {
    (document["findings"] as? [[String: Any]])?.compactMap { $0["check"] as? String } ?? []
  }

  @Test(
    "right reports of every status are accepted",
    arguments: [
      (Text.die, [], "optimal"), (Text.contradiction, [], "infeasible"), (Text.unbounded, [], "unbounded"),
      (Text.local, [], "local"), (Text.die, ["--iterations", "0"], "limit"),
      (Text.die, ["--set", "mean=2"], "optimal"),
      (Text.bounded, [], "infeasible"), (Text.die, ["--tolerance", "1e-3"], "optimal"),
      (Text.local, ["--accept", "local"], "local"),
    ] as [(String, [String], String)])
  func accepted(text: String, arguments: [String], status: String) throws {
    let (file, report) = try solved(text, arguments)
    #expect(report["status"] as? String == status)
    let (code, document) = try verify(file, report.json())
    #expect(code == 0, "\(document)")
    #expect(document["status"] as? String == "accepted")
  }

  @Test("error bars are reported as such, and only impossible ones are refused")
  func estimates() throws {
    let text = """
      entropic: 1
      data:
        w: [0.3, 0.3, 0.4]
        L: [[1, 2, 0.5], [0.2, 1, 3], [2, 0.1, 0.1]]
      unknowns:
        p: simplex(3)
      minimize: -log_likelihood(L @ p, w)
      """
    let sampled = ["--method", "stochastic-mirror-descent"]
    let (file, report) = try solved(text, sampled)
    #expect(report["status"] as? String == "estimated")
    #expect(report["exit_code"] as? Int == 13)
    let certificate = try #require(report["certificate"] as? [String: Any])
    #expect(certificate["level"] as? String == "statistical")
    #expect(certificate["confidence"] as? Double == 0.95)
    let (code, document) = try verify(file, report.json())
    #expect(code == 0, "\(document)")
    var tampered = report
    tampered["objective"] = ["sense": "minimize", "value": -4.5, "lower": -5.0, "upper": -4.0]
    let (refused, findings) = try verify(file, tampered.json())
    #expect(refused == 30)
    #expect(checks(findings) == ["upper"])
    tampered["objective"] = ["sense": "minimize", "value": 9.0, "lower": -5.0, "upper": 5.0]
    #expect(checks(try verify(file, tampered.json()).1) == ["value"])
    var promoted = report
    promoted["status"] = "optimal"
    promoted["exit_code"] = 0
    #expect(try verify(file, promoted.json()).0 == 30)
    let (_, again) = try solved(text, sampled + ["--seed", "7"])
    #expect(again["unknowns"] as? NSDictionary != report["unknowns"] as? NSDictionary)
  }

  @Test("every example certifies, and its report is accepted", arguments: try exampleNames())
  func examples(name: String) throws {
    let text = try Command.run(["example", name]).text
    let (file, report) = try solved(text)
    #expect(report["status"] as? String == "optimal")
    #expect((report["diagnostics"] as? [Any])?.isEmpty == true)
    #expect(try verify(file, report.json()).0 == 0)
    let yaml = try Command.run(["solve", file, "--format", "yaml"]).text
    #expect(try verify(file, yaml).0 == 0)
  }

  private static func exampleNames() throws -> [String] {
    let document = try Command.run(["example", "--format", "json"]).document()
    let names = (document["examples"] as? [[String: Any]])?.compactMap { $0["name"] as? String } ?? []
    #expect(names.count >= 10)
    return names
  }

  @Test("a bare answer is enough, and multipliers of our own certify it")
  func bare() throws {
    let (file, report) = try solved(Text.die)
    let masses = try #require(value(report, "unknowns", "p", "probabilities") as? [Double])
    let (code, document) = try verify(file, ["p": masses].json())
    #expect(code == 0)
    #expect(value(document, "recomputed", "optimal") as? Bool == true)
    #expect(value(document, "recomputed", "evidence_from") as? String == "own")
    // Feasible, far from optimal: accepted for what it is, refused where it must be optimal.
    let poor: [String: Any] = ["p": [0.3, 0, 0, 0, 0, 0.7]]
    #expect(try verify(file, poor.json()).0 == 0)
    #expect(value(try verify(file, poor.json()).1, "recomputed", "optimal") as? Bool == false)
    #expect(try verify(file, poor.json(), ["--strict"]).0 == 30)
  }

  @Test("a matrix may be bare, by rows")
  func bareMatrix() throws {
    let file = try scratch.file(
      "plan.yaml",
      """
      entropic: 1
      data:
        a: [0.5, 0.5]
        C:
          - [0, 1]
          - [1, 0]
      unknowns:
        P: coupling(a, a)
      minimize: sum(C * P)

      """)
    #expect(try verify(file, "{\"P\": [[0.5, 0], [0, 0.5]]}", ["--strict"]).0 == 0)
    #expect(try verify(file, "{\"P\": [[0.25, 0.25], [0.25, 0.25]]}", ["--strict"]).0 == 30)
    #expect(try verify(file, "{\"P\": [[0.5, 0.5], [0, 0]]}").0 == 30)
  }

  struct Tamper: Sendable, CustomStringConvertible {
    var description: String
    var check: String
    var change: @Sendable ([String: Any]) -> [String: Any]
  }

  static let tampers: [Tamper] = [
    Tamper(description: "a lower end above what is proved", check: "lower") {
      $0.changing(["objective", "lower"], to: (number($0, "objective", "lower") ?? 0) + 1e-12)
    },
    Tamper(description: "an upper end below what is proved", check: "upper") {
      $0.changing(["objective", "upper"], to: (number($0, "objective", "upper") ?? 0) - 1e-12)
    },
    Tamper(description: "an upper end below the optimum", check: "upper") {
      $0.changing(["objective", "upper"], to: 1.6)
    },
    Tamper(description: "another value", check: "value") {
      $0.changing(["objective", "value"], to: 1.6135811)
    },
    Tamper(description: "another sense", check: "status") {
      $0.changing(["objective", "sense"], to: "minimize")
    },
    Tamper(description: "no interval", check: "status") {
      $0.changing(["objective", "upper"], to: NSNull())
    },
    Tamper(description: "infeasible", check: "evidence") {
      $0.changing(["status"], to: "infeasible").changing(["exit_code"], to: 10)
    },
    Tamper(description: "infeasible, without evidence", check: "status") {
      $0.changing(["status"], to: "infeasible").changing(["certificate"], to: NSNull()).changing(
        ["exit_code"], to: 10)
    },
    Tamper(description: "unbounded", check: "evidence") {
      $0.changing(["status"], to: "unbounded").changing(["exit_code"], to: 11)
    },
    Tamper(description: "local", check: "status") {
      $0.changing(["status"], to: "local").changing(["exit_code"], to: 12)
    },
    Tamper(description: "limit", check: "status") {
      $0.changing(["status"], to: "limit").changing(["exit_code"], to: 20)
    },
    Tamper(description: "stalled", check: "status") {
      $0.changing(["status"], to: "stalled").changing(["exit_code"], to: 22)
    },
    Tamper(description: "an unknown status", check: "status") { $0.changing(["status"], to: "fine") },
    Tamper(description: "another exit status", check: "status") { $0.changing(["exit_code"], to: 20) },
    Tamper(description: "another file's digest", check: "digest") {
      $0.changing(["provenance", "objective_file", "sha256"], to: String(repeating: "0", count: 64))
    },
    Tamper(description: "another program's digest", check: "digest") {
      $0.changing(["provenance", "canonical_program"], to: String(repeating: "0", count: 64))
    },
    Tamper(description: "data that the file does not use", check: "digest") {
      $0.changing(["provenance", "data_files"], to: [["name": "x.csv", "sha256": "0"]])
    },
    Tamper(description: "another parameter", check: "point") {
      $0.changing(["provenance", "parameters", "mean"], to: 3.5)
    },
    Tamper(description: "an infeasible point", check: "point") {
      $0.changing(["unknowns", "p", "probabilities"], to: [0.05, 0.08, 0.11, 0.17, 0.24, 0.35])
    },
    Tamper(description: "a point off by one part in 1e10", check: "point") { report in
      var p = value(report, "unknowns", "p", "probabilities") as? [Double] ?? []
      p[0] += 1e-10
      p[5] -= 1e-10
      return report.changing(["unknowns", "p", "probabilities"], to: p)
    },
    Tamper(description: "a negative mass", check: "point") {
      $0.changing(["unknowns", "p", "probabilities"], to: [-0.1, 0.1, 0.1, 0.1, 0.1, 0.7])
    },
    Tamper(description: "masses that do not sum to one", check: "point") {
      $0.changing(["unknowns", "p", "probabilities"], to: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    },
    Tamper(description: "a feasible point that is not optimal", check: "value") {
      $0.changing(["unknowns", "p", "probabilities"], to: [0.3, 0, 0, 0, 0, 0.7])
    },
    Tamper(description: "a support that is another", check: "point") {
      $0.changing(["unknowns", "p", "support"], to: [1, 2, 3])
    },
    Tamper(description: "a reason where there is none", check: "status") {
      $0.changing(["reason"], to: "time")
    },
    Tamper(description: "no point", check: "point") { $0.changing(["unknowns"], to: NSNull()) },
    Tamper(description: "another multiplier", check: "constraint") {
      $0.changing(["constraints", "average", "multiplier"], to: 0.5)
    },
    Tamper(description: "another constraint value", check: "constraint") {
      $0.changing(["constraints", "average", "value"], to: 4.4)
    },
  ]

  @Test("a report that claims more than holds is refused, saying what", arguments: tampers)
  func refused(tamper: Tamper) throws {
    let (file, report) = try solved(Text.die)
    let (code, document) = try verify(file, tamper.change(report).json())
    #expect(code == 30, "\(document)")
    #expect(document["status"] as? String == "refused")
    #expect(checks(document).contains(tamper.check), "\(checks(document))")
    #expect(
      (document["diagnostics"] as? [[String: Any]])?.contains { $0["code"] as? String == "E0707" } == true)
  }

  @Test("claims that say less than holds are harmless")
  func harmless() throws {
    let (file, report) = try solved(Text.die)
    let wide = report.changing(
      ["objective", "lower"], to: (number(report, "objective", "lower") ?? 0) - 1e-12)
    #expect(try verify(file, wide.json()).0 == 0)
    // Broken or missing multipliers are replaced by our own.
    for evidence: Any in [NSNull(), ["equality": [5.0], "inequality": [Double](), "convex": [Double]()]] {
      let changed = report.changing(["certificate", "evidence"], to: evidence).changing(
        ["constraints"], to: NSNull())
      let (code, document) = try verify(file, changed.json())
      #expect(code == 0, "\(document)")
      #expect(value(document, "recomputed", "evidence_from") as? String == "own")
    }
  }

  @Test(
    "a contradiction that is none is refused",
    arguments: [
      ["equality": [Double](), "inequality": [1.0, -1.0], "convex": [Double]()],
      ["equality": [Double](), "inequality": [0.0, 0.0], "convex": [Double]()],
      ["equality": [Double](), "inequality": [1.0], "convex": [Double]()],
      ["equality": [Double](), "inequality": [1.0, 0.0], "convex": [Double]()],
    ])
  func brokenRay(evidence: [String: [Double]]) throws {
    let (file, report) = try solved(Text.contradiction)
    #expect(report["status"] as? String == "infeasible")
    let (code, document) = try verify(
      file, report.changing(["certificate", "evidence"], to: evidence).json())
    #expect(code == 30)
    #expect(checks(document) == ["evidence"])
  }

  @Test(
    "'optimal' for an unbounded or infeasible problem is refused",
    arguments: [Text.unbounded, Text.contradiction])
  func notOptimal(text: String) throws {
    let file = try scratch.file("problem.yaml", text)
    let name = text == Text.unbounded ? "[0.5, 0.25, 0.25]" : "[0.2, 0.2, 0.6]"
    let claim = """
      {"status": "optimal", "exit_code": 0, "objective": {"value": -1, "lower": -1, "upper": -1},
       "unknowns": {"p": {"probabilities": \(name)}}}
      """
    #expect(try verify(file, claim).0 == 30)
  }

  @Test(
    "what is no report is bad input, with its place",
    arguments: [
      "[1, 2]", "{\"q\": [1]}", "{\"p\": [0.5, 0.5]}", "{\"p\": \"half\"}",
      "{\"p\": [0.1, null, 0.1, 0.1, 0.1, 0.1]}",
      "{\"p\": [NaN, 0, 0, 0, 0, 1]}", "{\"p\": [0.1,", "",
      "{\"status\": \"optimal\", \"objective\": {\"value\": \"x\"}}",
    ])
  func malformed(report: String) throws {
    let file = try scratch.file("die.yaml", Text.die)
    let (code, document) = try verify(file, report)
    #expect(code == 65, "\(document)")
  }
}
