import Foundation
import Testing

import EntropicSpec

/// Runs the built executable, which lies beside the test bundle.
enum Command {
  struct Result {
    var status: Int32
    var signal: Int32?
    var output: Data
    var errors: String
    var text: String { String(decoding: output, as: UTF8.self) }

    /// The one JSON document on standard output.
    func document() throws -> [String: Any] {
      let value = try JSONSerialization.jsonObject(with: output)
      return try #require(value as? [String: Any])
    }
  }

  static let executable: URL = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for candidate in [Bundle.main.bundleURL] + Bundle.allBundles.map(\.bundleURL) + [folder] {
      folder = candidate
      for _ in 0..<5 {
        let file = folder.appendingPathComponent("entropic")
        if FileManager.default.isExecutableFile(atPath: file.path) { return file }
        folder = folder.deletingLastPathComponent()
      }
    }
    return folder.appendingPathComponent("entropic")
  }()

  /// The process, not yet started.
  static func process(_ arguments: [String], environment: [String: String] = [:]) -> Process {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    return process
  }

  static func run(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], folder: URL? = nil,
    interruptAfter seconds: Double? = nil, signal: Int32 = SIGINT
  ) throws -> Result {
    let scratch = try Scratch()
    let process = process(arguments, environment: environment)
    if let folder { process.currentDirectoryURL = folder }
    // Files instead of pipes: no buffer can fill.
    let (stdin, stdout, stderr) = (
      scratch.url.appendingPathComponent("in"), scratch.url.appendingPathComponent("out"),
      scratch.url.appendingPathComponent("err")
    )
    try Data(input.utf8).write(to: stdin)
    for file in [stdout, stderr] { try Data().write(to: file) }
    process.standardInput = try FileHandle(forReadingFrom: stdin)
    process.standardOutput = try FileHandle(forWritingTo: stdout)
    process.standardError = try FileHandle(forWritingTo: stderr)
    try process.run()
    if let seconds {
      Thread.sleep(forTimeInterval: seconds)
      if process.isRunning { kill(process.processIdentifier, signal) }
    }
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus,
      signal: process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil,
      output: try Data(contentsOf: stdout),
      errors: String(decoding: try Data(contentsOf: stderr), as: UTF8.self))
  }
}

/// A folder that goes away with its owner.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("entropic-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a file and gives its path.
  func file(_ name: String, _ text: String) throws -> String {
    let file = url.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    return file.path
  }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

/// Objective files that several tests use.
enum Text {
  static let die = """
    entropic: 1
    data:
      faces: [1, 2, 3, 4, 5, 6]
    parameters:
      mean: 4.5
    unknowns:
      p: simplex(faces)
    maximize: entropy(p)
    subject to:
      - average: expect(p, faces) == mean

    """
  static let contradiction = """
    entropic: 1
    data:
      x: [1, 2, 3]
    unknowns:
      p: simplex(x)
    maximize: entropy(p)
    subject to:
      - low: expect(p, x) <= 1.5
      - high: expect(p, x) >= 2.5

    """
  /// Three masses of at least one half each.
  static let bounded = """
    entropic: 1
    unknowns:
      p: simplex(3)
    maximize: entropy(p)
    subject to:
      - cap: p <= 0.9
      - floor: p >= 0.5
      - expect(p, [1, 2, 3]) <= 3

    """
  static let unbounded = """
    entropic: 1
    unknowns:
      p: simplex(3)
    minimize: sum(log(p))

    """
  static let local = """
    entropic: 1
    unknowns:
      p: simplex(3)
    maximize: sum(p ^ 2)
    solve: {convexity: unchecked}

    """
}

/// Values inside a JSON document.
func value(_ document: [String: Any], _ path: String...) -> Any? {
  var found: Any? = document
  for key in path { found = (found as? [String: Any])?[key] }
  return found is NSNull ? nil : found
}

func number(_ document: [String: Any], _ path: String...) -> Double? {
  var found: Any? = document
  for key in path { found = (found as? [String: Any])?[key] }
  return (found as? NSNumber)?.doubleValue
}

extension [String: Any] {
  /// A copy with one value changed, however deep.
  func changing(_ path: [String], to new: Any) -> [String: Any] {
    guard let key = path.first else { return self }
    var copy = self
    if path.count == 1 {
      copy[key] = new
    } else {
      copy[key] = (copy[key] as? [String: Any] ?? [:]).changing(Array(path.dropFirst()), to: new)
    }
    return copy
  }

  func json() throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: self), as: UTF8.self)
  }
}
