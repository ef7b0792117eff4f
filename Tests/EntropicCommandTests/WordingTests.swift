import Foundation
import Testing

import EntropicSpec

/// What messages and answers say, where the exit status alone does not tell.
@Suite struct WordingTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    _ = try scratch.file("die.yaml", Text.die)
  }

  private func run(_ arguments: String...) throws -> Command.Result {
    try Command.run(arguments, folder: scratch.url)
  }

  @Test(
    "a wrong word on the command line gets the nearest right one",
    arguments: [
      (["slove", "die.yaml"], "unknown command 'slove'\nhint: did you mean 'solve'?"),
      (["help", "verfy"], "unknown command 'verfy'\nhint: did you mean 'verify'?"),
      (["help", "nope"], "unknown command 'nope'\nhint: 'entropic help' lists the commands"),
      (
        ["solve", "die.yaml", "--iterations", "abc"], "'abc' is invalid for '--iterations <count>': expected"
      ),
      (
        ["solve", "die.yaml", "--seed", "-1"],
        "'-1' is invalid for '--seed <number>': expected an integer from 0"
      ),
      (["solve", "die.yaml", "--threads=0"], "expected an integer from 1"),
      (["solve", "die.yaml", "--memory", "0"], "expected a number of bytes"),
      (
        ["solve", "die.yaml", "--set", "mean=mean"], "--set mean:1:1: error: the definition of 'mean' depends"
      ),
      (["solve", "die.yaml", "--set", "mean=log(0)"], "--set mean:1:1: error: the parameter 'mean' is -inf"),
      (["solve", "die.yaml", "--method", "closed-form"], "closed-form does not accept this problem: "),
    ])
  func usage(arguments: [String], said: String) throws {
    let result = try Command.run(arguments, folder: scratch.url)
    #expect(result.errors.contains(said), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  @Test("a method that the file asks for is blamed where it stands")
  func methodOfFile() throws {
    _ = try scratch.file("asked.yaml", Text.die + "solve: {method: closed-form}\n")
    let result = try run("solve", "asked.yaml")
    #expect(result.status == 69)
    #expect(
      result.errors.hasPrefix("asked.yaml:11:17: error: closed-form does not accept"), "\(result.errors)")
  }

  @Test("a dash is standard output")
  func dash() throws {
    let plain = try run("example", "die")
    let dash = try run("example", "die", "--output", "-")
    #expect(dash.status == 0)
    #expect(dash.output == plain.output)
    #expect(!FileManager.default.fileExists(atPath: scratch.path("-")))
  }

  @Test("an infinite value is told, and null in the document")
  func infinite() throws {
    _ = try scratch.file("far.yaml", "entropic: 1\nevaluate:\n  d: kl([0.5, 0.5], [1, 0])\n")
    let document = try run("evaluate", "far.yaml", "--format", "json").document()
    #expect(value(document, "values", "d") == nil)
    let diagnostics = document["diagnostics"] as? [[String: Any]] ?? []
    #expect(diagnostics.map { $0["severity"] as? String } == ["warning"])
    #expect(diagnostics.first?["message"] as? String == "the value of 'd' is infinite")
    #expect(try run("evaluate", "far.yaml").text == "d  inf\n")
  }

  @Test("matrices are written by rows")
  func matrices() throws {
    _ = try scratch.file(
      "m.yaml", "entropic: 1\nevaluate:\n  m: outer([1, 2], [3, 4])\n  v: uniform(2) * 2\n")
    #expect(
      try run("evaluate", "m.yaml").text == "m  2 x 2, by rows\n   [3, 4]\n   [6, 8]\nv  [1, 1]\n")
  }

  @Test("a mass below the smallest double has its logarithm")
  func underflow() throws {
    // p_1 / p_2 = exp(-10000), so that log p_1 = -10000 - log 2 up to the sum of one.
    _ = try scratch.file(
      "tiny.yaml", "entropic: 1\nunknowns:\n  p: simplex(3)\nminimize: 10000 * p[1] - entropy(p)\n")
    let result = try run("solve", "tiny.yaml", "--format", "json")
    let document = try result.document()
    let masses = value(document, "unknowns", "p", "probabilities") as? [Double] ?? []
    let logs = value(document, "unknowns", "p", "log_probabilities") as? [Double] ?? []
    #expect(masses.first == 0)
    try #require(logs.count == 3)
    #expect(abs(logs[0] + 10000 + log(2.0)) < 1e-8)
    #expect(abs(logs[1] + log(2.0)) < 1e-12)
    let report = try scratch.file("tiny.json", result.text)
    #expect(try run("verify", "tiny.yaml", report).status == 0)
  }

  @Test("check and solve speak of the same rows")
  func rows() throws {
    let checked = try run("check", "die.yaml", "--format", "json").document()
    let solved = try run("solve", "die.yaml", "--format", "json").document()
    #expect(checked["why"] as? String == solved["why"] as? String)
  }

  @Test("check names the closed form, what takes over and what else accepts")
  func plan() throws {
    let softmax = "minimize: 2 * p[1] - entropy(p)\n"
    let head = "entropic: 1\nunknowns:\n  p: simplex(3)\n"
    _ = try scratch.file("soft.yaml", head + softmax)
    let soft = try run("check", "soft.yaml", "--format", "json").document()
    #expect(soft["method"] as? String == "closed-form")
    let why = "closed-form: the optimum of an entropy with linear costs is a softmax"
    #expect(soft["why"] as? String == why)
    let next = soft["next_methods"] as? [String] ?? []
    let others = soft["other_methods"] as? [String] ?? []
    #expect(next.count == 1 && !others.isEmpty)
    #expect(Set(next + others).isDisjoint(with: ["closed-form"]) && Set(next).isDisjoint(with: others))
    let text = try run("check", "soft.yaml").text
    #expect(text.contains("why         \(why)\nthen        \(next[0])\nothers      \(others[0])"), "\(text)")
    // Every method that is named runs.
    for name in next + others where name != "stochastic-mirror-descent" {
      let run = try run("solve", "soft.yaml", "--method", name, "--format", "json").document()
      #expect(run["status"] as? String != "stalled" || name == "dual-averaging", "\(name)")
    }
    _ = try scratch.file("asked.yaml", head + softmax + "solve: {method: em}\n")
    let asked = try run("check", "asked.yaml", "--format", "json").document()
    #expect(asked["method"] as? String == "em")
    #expect((asked["why"] as? String)?.hasPrefix("asked for by the file, but it does not accept") == true)
  }

  @Test("control characters and bytes that are no text are shown in their line")
  func bytes() throws {
    try Data("entropic: 1\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\u{0}\n".utf8).write(
      to: scratch.url.appendingPathComponent("nul.yaml"))
    let nul = try run("solve", "nul.yaml").errors
    #expect(nul.contains("nul.yaml:4:21: error: control character 0"))
    #expect(nul.contains("  maximize: entropy(p)\\u{0}\n                      ^\n"), "\(nul)")
  }

  @Test("an empty report, an empty section, a long path")
  func others() throws {
    _ = try scratch.file("empty.json", "")
    let empty = try run("verify", "die.yaml", "empty.json")
    #expect(empty.status == 65)
    #expect(empty.errors.contains("hint: a report is what 'entropic solve --format json' writes"))
    _ = try scratch.file(
      "sections.yaml",
      "entropic: 1\ndata:\nparameters:\nunknowns:\n  p: simplex(3)\ndefine:\nmaximize: entropy(p)\n"
        + "subject to:\nsolve:\n")
    #expect(try run("solve", "sections.yaml").status == 0)
    let long = try run("solve", String(repeating: "long/", count: 400) + "x.yaml")
    #expect(long.status == 66)
    #expect(long.errors.utf8.count < 300)
  }
}
