import Foundation
import Testing

import EntropicSpec

@Suite struct ExitStatusTests {
  struct Case: Sendable, CustomStringConvertible {
    var description: String
    var arguments: [String]
    var status: Int32
    var word: String
    var code: String?
  }

  /// Files: die, no (contradiction), free (unbounded), local; everything is run in their folder.
  static let cases: [Case] = [
    Case(description: "certified", arguments: ["solve", "die.yaml"], status: 0, word: "optimal"),
    Case(description: "infeasible", arguments: ["solve", "no.yaml"], status: 10, word: "infeasible"),
    Case(description: "unbounded", arguments: ["solve", "free.yaml"], status: 11, word: "unbounded"),
    Case(description: "local", arguments: ["solve", "local.yaml"], status: 12, word: "local"),
    Case(
      description: "accepted local", arguments: ["solve", "local.yaml", "--accept", "limit,local"], status: 0,
      word: "local"),
    Case(
      description: "accepted infeasible", arguments: ["solve", "no.yaml", "--accept", "infeasible"],
      status: 0,
      word: "infeasible"),
    Case(
      description: "unknown option", arguments: ["solve", "die.yaml", "--tolerence", "1"], status: 64,
      word: "error",
      code: "E0701"),
    Case(
      description: "missing file argument", arguments: ["solve"], status: 64, word: "error", code: "E0701"),
    Case(
      description: "unknown command", arguments: ["slove", "die.yaml"], status: 64, word: "error",
      code: "E0701"),
    Case(
      description: "negative tolerance", arguments: ["solve", "die.yaml", "--tolerance=-1"], status: 64,
      word: "error",
      code: "E0701"),
    Case(
      description: "tolerance that is no number", arguments: ["solve", "die.yaml", "--tolerance", "nan"],
      status: 64,
      word: "error", code: "E0701"),
    Case(
      description: "negative limit", arguments: ["solve", "die.yaml", "--iterations=-3"], status: 64,
      word: "error",
      code: "E0701"),
    Case(
      description: "unknown status", arguments: ["solve", "die.yaml", "--accept", "lokal"], status: 64,
      word: "error",
      code: "E0701"),
    Case(
      description: "unknown method", arguments: ["solve", "die.yaml", "--method", "newton"], status: 64,
      word: "error",
      code: "E0701"),
    Case(
      description: "unknown parameter", arguments: ["solve", "die.yaml", "--set", "maen=3"], status: 64,
      word: "error",
      code: "E0214"),
    Case(
      description: "malformed setting", arguments: ["solve", "die.yaml", "--set", "mean"], status: 64,
      word: "error",
      code: "E0701"),
    Case(
      description: "setting that is no expression", arguments: ["solve", "die.yaml", "--set", "mean=(3"],
      status: 65,
      word: "error", code: "E0302"),
    Case(
      description: "malformed file", arguments: ["solve", "bad.yaml"], status: 65, word: "error",
      code: "E0202"),
    Case(
      description: "missing file", arguments: ["solve", "none.yaml"], status: 66, word: "error", code: "E0102"
    ),
    Case(description: "folder as file", arguments: ["solve", "."], status: 66, word: "error", code: "E0103"),
    Case(
      description: "planned method", arguments: ["solve", "die.yaml", "--method", "sinkhorn"], status: 69,
      word: "error", code: "E0403"),
    Case(
      description: "not convex", arguments: ["solve", "curved.yaml"], status: 69, word: "error", code: "E0401"
    ),
    Case(
      description: "planned command", arguments: ["sweep", "die.yaml", "--vary", "mean=3:4:5"], status: 69,
      word: "error", code: "E0702"),
    Case(
      description: "planned option", arguments: ["solve", "die.yaml", "--plot", "x.svg"], status: 69,
      word: "error", code: "E0702"),
    Case(
      description: "output in no folder", arguments: ["solve", "die.yaml", "--output", "none/x.json"],
      status: 73,
      word: "error", code: "E0704"),
    Case(
      description: "output over the input", arguments: ["solve", "die.yaml", "--output", "./die.yaml"],
      status: 73,
      word: "error", code: "E0706"),
    Case(
      description: "output over the data", arguments: ["solve", "table.yaml", "--output", "table.csv"],
      status: 73,
      word: "error", code: "E0706"),
    Case(
      description: "data outside", arguments: ["solve", "outside.yaml"], status: 77, word: "error",
      code: "E0502"),
    Case(
      description: "a warning made an error", arguments: ["solve", "warned.yaml", "--strict"], status: 65,
      word: "error",
      code: "E0612"),
    Case(description: "a warning", arguments: ["solve", "warned.yaml"], status: 0, word: "optimal"),
    Case(description: "check", arguments: ["check", "die.yaml"], status: 0, word: "valid"),
    Case(
      description: "check of a refused file", arguments: ["check", "curved.yaml"], status: 69, word: "error",
      code: "E0401"),
    Case(description: "evaluate", arguments: ["evaluate", "values.yaml"], status: 0, word: "evaluated"),
    Case(
      description: "nothing to evaluate", arguments: ["evaluate", "die.yaml"], status: 65, word: "error",
      code: "E0205"),
    Case(
      description: "nothing to solve", arguments: ["solve", "values.yaml"], status: 65, word: "error",
      code: "E0205"),
    Case(
      description: "unknown word", arguments: ["atoms", "entropi"], status: 64, word: "error", code: "E0701"),
    Case(
      description: "unknown example", arguments: ["example", "dye"], status: 64, word: "error",
      code: "E0701"),
    Case(description: "words", arguments: ["atoms"], status: 0, word: "information"),
    Case(description: "examples", arguments: ["example"], status: 0, word: "information"),
    Case(description: "version", arguments: ["--version"], status: 0, word: "information"),
    Case(description: "help", arguments: ["help", "solve"], status: 0, word: "information"),
    Case(
      description: "no iterations", arguments: ["solve", "die.yaml", "--iterations", "0"], status: 20,
      word: "limit"),
    Case(
      description: "unsuitable method", arguments: ["solve", "die.yaml", "--method", "closed-form"],
      status: 69,
      word: "error", code: "E0404"),
    Case(
      description: "start without masses", arguments: ["solve", "die.yaml", "--start", "nothing.json"],
      status: 65, word: "error", code: "E0703"),
    Case(
      description: "start of another problem", arguments: ["solve", "die.yaml", "--start", "other.json"],
      status: 65, word: "error", code: "E0703"),
    Case(
      description: "start with a negative mass",
      arguments: ["solve", "die.yaml", "--start", "negative.json"],
      status: 65, word: "error", code: "E0703"),
    Case(
      description: "help for an unknown command", arguments: ["help", "slove"], status: 64, word: "error",
      code: "E0701"),
    Case(
      description: "memory that is no size", arguments: ["solve", "die.yaml", "--memory", "much"], status: 64,
      word: "error", code: "E0701"),
    Case(
      description: "too little memory", arguments: ["evaluate", "large.yaml", "--memory", "1kB"], status: 65,
      word: "error", code: "E0611"),
    Case(
      description: "enough memory", arguments: ["evaluate", "large.yaml", "--memory=1 MB"], status: 0,
      word: "evaluated"),
    Case(
      description: "a cycle by a setting", arguments: ["solve", "die.yaml", "--set", "mean=mean"], status: 65,
      word: "error", code: "E0212"),
    Case(
      description: "an infinite setting", arguments: ["solve", "die.yaml", "--set", "mean=log(0)"],
      status: 65,
      word: "error", code: "E0604"),
    Case(
      description: "an infinite constant", arguments: ["evaluate", "log.yaml"], status: 65, word: "error",
      code: "E0604"),
    Case(
      description: "an infinite divergence", arguments: ["evaluate", "far.yaml"], status: 0, word: "evaluated"
    ),
    Case(
      description: "an infinite divergence, strictly", arguments: ["evaluate", "far.yaml", "--strict"],
      status: 65, word: "error", code: "E0604"),
  ]

  static func folder() throws -> Scratch {
    let scratch = try Scratch()
    _ = try scratch.file("die.yaml", Text.die)
    _ = try scratch.file("no.yaml", Text.contradiction)
    _ = try scratch.file("free.yaml", Text.unbounded)
    _ = try scratch.file("local.yaml", Text.local)
    _ = try scratch.file("bad.yaml", Text.die + "colour: red\n")
    _ = try scratch.file("curved.yaml", "entropic: 1\nunknowns:\n  p: simplex(3)\nmaximize: sum(p ^ 2)\n")
    _ = try scratch.file(
      "warned.yaml",
      "entropic: 1\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\nsubject to:\n  - 1 <= 2\n")
    _ = try scratch.file(
      "values.yaml",
      "entropic: 1\ndata:\n  q: [0.5, 0.25, 0.25]\nevaluate:\n  h: bits(entropy(q))\n  twice: 2 * q\n")
    _ = try scratch.file(
      "outside.yaml",
      "entropic: 1\ndata:\n  x: {file: ../../etc/hosts, column: a}\n"
        + "unknowns:\n  p: simplex(x)\nmaximize: entropy(p)\n"
    )
    _ = try scratch.file(
      "table.yaml",
      "entropic: 1\ndata:\n  x: {file: table.csv, column: a}\n"
        + "unknowns:\n  p: simplex(x)\nmaximize: expect(p, x)\n"
    )
    _ = try scratch.file("nothing.json", "{\"status\": \"infeasible\", \"exit_code\": 10}")
    _ = try scratch.file("other.json", "{\"q\": [0.5, 0.5]}")
    _ = try scratch.file("negative.json", "{\"p\": [-1, 1, 1, 0, 0, 0]}")
    _ = try scratch.file("large.yaml", "entropic: 1\nevaluate:\n  s: sum(range(0, 1, points=1000))\n")
    _ = try scratch.file("log.yaml", "entropic: 1\nevaluate:\n  r: log(0)\n")
    _ = try scratch.file("far.yaml", "entropic: 1\nevaluate:\n  d: kl([0.5, 0.5], [1, 0])\n")
    _ = try scratch.file("table.csv", "a,b\n1,2\n3,4\n")
    return scratch
  }

  @Test("exit status, status and code agree, and every run is one JSON document", arguments: cases)
  func status(of item: Case) throws {
    let scratch = try ExitStatusTests.folder()
    let result = try Command.run(item.arguments + ["--format", "json"], folder: scratch.url)
    #expect(result.signal == nil)
    #expect(result.status == item.status, "\(result.errors)")
    let document = try result.document()
    #expect(number(document, "exit_code") == Double(item.status))
    #expect(value(document, "status") as? String == item.word)
    if let code = item.code {
      let diagnostics = try #require(document["diagnostics"] as? [[String: Any]])
      #expect(diagnostics.contains { $0["code"] as? String == code }, "\(diagnostics)")
      #expect(result.errors.contains("error: "))
    }
  }

  @Test("as text, standard output holds the answer only", arguments: cases)
  func text(of item: Case) throws {
    let scratch = try ExitStatusTests.folder()
    let result = try Command.run(item.arguments, folder: scratch.url)
    #expect(result.status == item.status)
    if item.code != nil {
      #expect(result.output.isEmpty)
      #expect(result.errors.contains("error: "))
    } else {
      #expect(!result.output.isEmpty)
      #expect(!result.errors.contains("error: "))
    }
  }

  @Test("as YAML, the document reads back and agrees", arguments: cases.filter { $0.word != "information" })
  func yaml(of item: Case) throws {
    let scratch = try ExitStatusTests.folder()
    let result = try Command.run(item.arguments + ["--format=yaml"], folder: scratch.url)
    #expect(result.status == item.status)
    let tree = try DocumentTree(reading: SourceFile(name: "report", contents: Array(result.output)))
    let entries = tree.entries(of: tree.root).map { (tree.text(of: $0.key), tree.text(of: $0.value)) }
    #expect(entries.contains { $0.0 == "status" && $0.1 == item.word })
    #expect(entries.contains { $0.0 == "exit_code" && $0.1 == "\(item.status)" })
  }

  @Test("a closed pipe and a full device are write errors, and files survive")
  func writeErrors() throws {
    let scratch = try ExitStatusTests.folder()
    let die = scratch.path("die.yaml")
    if FileManager.default.fileExists(atPath: "/dev/full") {
      let process = Command.process(["solve", die])
      process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 74)
    }
    let pipe = Pipe()
    let process = Command.process(["solve", die])
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try pipe.fileHandleForReading.close()
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 74)
  }

  @Test("an output file holds the whole document, and nothing is left beside it")
  func outputFile() throws {
    let scratch = try ExitStatusTests.folder()
    _ = try scratch.file("answer.json", "old")
    let before = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
    let result = try Command.run(
      ["solve", "die.yaml", "--format", "json", "--output", "answer.json"], folder: scratch.url)
    #expect(result.status == 0 && result.output.isEmpty)
    let data = try Data(contentsOf: scratch.url.appendingPathComponent("answer.json"))
    let document = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(document["status"] as? String == "optimal")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted() == before.sorted())
  }
}
