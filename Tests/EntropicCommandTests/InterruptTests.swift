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
}
