import Foundation
import Testing

#if os(Linux)
  /// A limit on the address space, as batch systems set it: what does not fit is refused before it is asked for,
  /// because an allocation that fails ends the process.
  @Suite struct MemoryLimitTests {
    private func evaluate(_ text: String, kilobytes: Int) throws -> (status: Int32, document: [String: Any]) {
      let scratch = try Scratch()
      let file = try scratch.file("large.yaml", text)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = [
        "-c", "ulimit -v \(kilobytes); exec \"$0\" evaluate \"$1\" --format json >\"$2\"",
        Command.executable.path, file, scratch.path("out.json"),
      ]
      process.standardInput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationReason == .exit)
      let data = try Data(contentsOf: URL(fileURLWithPath: scratch.path("out.json")))
      let document = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      return (process.terminationStatus, try #require(document))
    }

    @Test(
      "arrays beyond the limit are refused with their place",
      arguments: [
        "sum(outer(range(0, 1, points=2e4), range(0, 1, points=2e4), (a, b) -> a * b))",
        "powers([1, 2], 1e9)",
        "sum(range(0, 1, points=4e8))", "sum(identity(3e4))", "sum(uniform(2e4, 2e4) + 1)",
      ])
    func refused(expression: String) throws {
      let (status, document) = try evaluate(
        "entropic: 1\nevaluate:\n  r: '\(expression)'\n", kilobytes: 3_000_000)
      #expect(status == 65)
      let first = (document["diagnostics"] as? [[String: Any]])?.first ?? [:]
      #expect(first["code"] as? String == "E0611")
      #expect(first["line"] as? Int == 3)
      #expect((first["hint"] as? String)?.contains("memory") == true)
    }

    @Test("what fits is computed under the same limit")
    func computed() throws {
      let (status, document) = try evaluate(
        "entropic: 1\nevaluate:\n  r: sum(outer(range(0, 1, points=101), range(0, 1, points=101)))\n",
        kilobytes: 3_000_000)
      // (0 + 0.01 + ... + 1)^2 = 50.5^2
      #expect(status == 0)
      #expect(abs((number(document, "values", "r") ?? 0) - 2550.25) < 1e-9)
    }
  }
#endif
