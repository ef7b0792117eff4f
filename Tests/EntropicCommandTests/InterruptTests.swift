import Foundation
import Testing

@Suite struct InterruptTests {
  /// A problem that takes a while: the first-order method on an ill-conditioned quadratic.
  static let long = """
    entropic: 1
    data:
      x: range(0, 1, points=400)
      L: outer(x, x, (s, t) -> exp(-40 * (s - t)^2))
    unknowns:
      p: simplex(x)
    minimize: -sum(log(L @ p))
    solve: {method: mirror-descent, tolerance: 1e-15}

    """

  @Test("a signal at any time gives one whole document and an honest status", arguments: [SIGINT, SIGTERM])
  func anyTime(signal: Int32) throws {
    let expected: Int32 = 128 + signal
    for delay in [0.002, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32] {
      let result = try Command.run(
        ["solve", "-", "--format", "json"], input: InterruptTests.long, interruptAfter: delay, signal: signal)
      // Before the handler is armed the signal ends the process itself.
      if result.signal != nil {
        #expect(delay < 0.02 && result.output.isEmpty)
        continue
      }
      let document = try result.document()
      #expect(number(document, "exit_code") == Double(result.status))
      if document["reason"] as? String == "interrupted" {
        #expect(document["status"] as? String == "limit")
        #expect(result.status == expected)
        if let lower = number(document, "objective", "lower"),
          let upper = number(document, "objective", "upper")
        {
          #expect(lower <= upper)
        }
      } else {
        #expect([0, 22].contains(result.status))
      }
    }
  }

  @Test("while standard input is awaited, the first signal ends the run")
  func reading() throws {
    let process = Command.process(["solve", "-", "--format", "json"])
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    Thread.sleep(forTimeInterval: 0.3)
    kill(process.processIdentifier, SIGINT)
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    let document = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(document["status"] as? String == "limit" && document["reason"] as? String == "interrupted")
  }

  @Test(
    "limits of any size end with one document",
    arguments: [
      ["--time", "0"], ["--time", "1e-9"], ["--time", "0.05"], ["--iterations", "1"], ["--evaluations", "0"],
      ["--evaluations", "3"],
    ])
  func limits(arguments: [String]) throws {
    let result = try Command.run(["solve", "-", "--format", "json"] + arguments, input: InterruptTests.long)
    let document = try result.document()
    #expect(document["status"] as? String == "limit")
    #expect([20, 21].contains(result.status))
    #expect((document["unknowns"] == nil) == (result.status == 21))
  }

  /// Files whose problem takes seconds to make, each another way.
  static let slow: [String: String] = [
    "outer": """
    entropic: 1
    data:
      x: range(0, 1, points=3000)
      k: outer(x, x, (s, t) -> sum([exp(-s * t), sin(s + t)]))
    unknowns:
      p: simplex(x)
    minimize: -sum(log(k @ p))

    """,
    "terms": """
    entropic: 1
    unknowns:
      p: simplex(300000)
    minimize: \((1...300_000).map { "p[\($0)] * log(p[\($0)])" }.joined(separator: " + "))

    """,
    "data": """
    entropic: 1
    data:
      x: [\((1...3_000_000).map { "\($0)" }.joined(separator: ", "))]
    unknowns:
      p: simplex(x)
    maximize: entropy(p)

    """,
  ]

  @Test("the time ends the reading of a file and the making of its problem", arguments: slow.keys.sorted())
  func timeWhileReading(name: String) throws {
    let scratch = try Scratch()
    let file = try scratch.file("slow.yaml", try #require(InterruptTests.slow[name]))
    for (options, status) in [
      (["--time", "0.3"], Int32(21)), (["--time", "0.3", "--accept", "limit"], Int32(0)),
    ] {
      let clock = ContinuousClock()
      let start = clock.now
      let result = try Command.run(["solve", file, "--format", "json"] + options)
      // What the process is promised is 0.1 s; the rest is for a loaded machine to start it.
      #expect(clock.now - start < .seconds(1.5))
      let document = try result.document()
      #expect(document["status"] as? String == "limit" && document["reason"] as? String == "time")
      #expect(result.status == status && number(document, "exit_code") == Double(status))
      #expect(document["unknowns"] == nil)
    }
    let text = try Command.run(["solve", file, "--time", "0.3"])
    #expect(text.text == "limit: the limit on time was reached while the problem was read, no point yet\n")
  }

  @Test("the time that the file sets holds while its problem is made, and goes to the output file")
  func timeOfTheFile() throws {
    let scratch = try Scratch()
    let text = try #require(InterruptTests.slow["outer"]) + "solve: {time: 0.2}\n"
    let file = try scratch.file("slow.yaml", text)
    let output = scratch.path("out.json")
    let result = try Command.run(["solve", file, "--format", "json", "--output", output])
    #expect(result.status == 21 && result.output.isEmpty)
    let document = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: output)))
    #expect((document as? [String: Any])?["reason"] as? String == "time")
    // The command line wins, and a file that is read in time is solved as ever.
    #expect(try Command.run(["solve", "-", "--time", "60"], input: Text.die).status == 0)
    let report = try Command.run(["solve", "-", "--format", "json"], input: Text.die)
    let claim = try scratch.file("report.json", report.text)
    let verified = try Command.run(["verify", file, claim, "--time", "0.2", "--format", "json"])
    #expect(verified.status == 21)
    #expect(try verified.document()["reason"] as? String == "time")
  }

  @Test("a signal ends the making of a problem at once", arguments: [SIGINT, SIGTERM])
  func signalWhileReading(signal: Int32) throws {
    let scratch = try Scratch()
    let file = try scratch.file("slow.yaml", try #require(InterruptTests.slow["outer"]))
    for command in ["solve", "check", "evaluate"] {
      let clock = ContinuousClock()
      let start = clock.now
      let result = try Command.run([command, file, "--format", "json"], interruptAfter: 0.4, signal: signal)
      #expect(clock.now - start < .seconds(1.5))
      #expect(result.signal == nil && result.status == 128 + signal)
      #expect(try result.document()["reason"] as? String == "interrupted")
    }
  }
}
