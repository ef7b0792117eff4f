import Foundation
import Testing

/// Standard descriptors that the parent has closed: an error of input or output, never silence.
@Suite struct DescriptorTests {
  private func run(_ command: String, _ scratch: Scratch) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command, Command.executable.path, scratch.path("die.yaml")]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    return process.terminationStatus
  }

  @Test(
    "closed descriptors",
    arguments: [
      ("\"$0\" solve - <&-", 66), ("\"$0\" solve - <&- >&-", 66), ("\"$0\" solve \"$1\" <&- >&-", 74),
      ("\"$0\" solve \"$1\" >&-", 74), ("\"$0\" solve \"$1\" >&- 2>&-", 74),
      ("\"$0\" solve \"$1\" <&- >/dev/null", 0), ("\"$0\" solve \"$1\" <&- >/dev/null 2>&-", 0),
      ("\"$0\" solve - <&- >&- 2>&-", 66), ("\"$0\" solve - <\"$1\" >/dev/null 2>&-", 0),
    ] as [(String, Int32)])
  func closed(command: String, status: Int32) throws {
    let scratch = try Scratch()
    _ = try scratch.file("die.yaml", Text.die)
    #expect(try run(command, scratch) == status)
  }
}
