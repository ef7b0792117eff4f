import Foundation
import Testing

/// Flows from the command line: report, verification, picture.
@Suite("flows from the command line")
struct FlowCommandTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/flows")

  private func path(_ name: String) -> String { Self.folder.appendingPathComponent(name).path }

  @Test("a report holds states and energies, and verify accepts it", arguments: ["flw-replicator", "banana"])
  func report(_ name: String) throws {
    let scratch = try Scratch()
    let found = try Command.run(["solve", path(name + ".yaml"), "--format", "json"])
    #expect(found.status == 13, "\(found.errors)")
    let document = try found.document()
    #expect(document["status"] as? String == "estimated")
    let flow = try #require(document["flow"] as? [String: Any])
    let states = try #require(flow["states"] as? [[String: Any]])
    #expect(states.count == (name == "banana" ? 9 : 6))
    #expect((flow["diagnostics"] != nil) == (name == "banana"))
    let report = scratch.url.appendingPathComponent("report.json")
    try found.output.write(to: report)
    let accepted = try Command.run(["verify", path(name + ".yaml"), report.path])
    #expect(accepted.status == 0, "\(accepted.text)")
  }

  @Test("verify refuses energies, masses and statuses that do not follow")
  func refusals() throws {
    let scratch = try Scratch()
    let found = try Command.run(["solve", path("flw-replicator.yaml"), "--format", "json"])
    let text = String(decoding: found.output, as: UTF8.self)
    for (old, new, check) in [
      ("\"estimated\"", "\"optimal\"", "status"), ("\"energy\": 0.85", "\"energy\": 0.8", "value"),
      ("[0.4, 0.3, 0.2, 0.1]", "[0.3, 0.4, 0.2, 0.1]", "flow"),
      ("[0.4, 0.3, 0.2, 0.1]", "[0.4, 0.3, 0.2, 0.2]", "flow"),
    ] {
      #expect(text.contains(old))
      let report = scratch.url.appendingPathComponent("report.json")
      try text.replacingOccurrences(of: old, with: new).write(to: report, atomically: true, encoding: .utf8)
      let refused = try Command.run(["verify", path("flw-replicator.yaml"), report.path, "--format", "json"])
      #expect(refused.status == 30, "\(old): \(refused.text)")
      let findings = try #require(try refused.document()["findings"] as? [[String: Any]])
      #expect(findings.contains { $0["check"] as? String == check }, "\(findings)")
    }
  }

  @Test(
    "pictures are well-formed and have axes and titles", arguments: ["flw-ou", "flw-replicator", "banana"])
  func pictures(_ name: String) throws {
    let scratch = try Scratch()
    let picture = scratch.url.appendingPathComponent("picture.svg")
    let found = try Command.run(
      ["solve", path(name + ".yaml"), "--plot", picture.path, "--accept", "estimated"])
    #expect(found.status == 0, "\(found.errors)")
    let data = try Data(contentsOf: picture)
    let parser = XMLChecker(data)
    #expect(parser.isWellFormed && parser.counts["svg"] == 1)
    #expect(parser.counts["text", default: 0] > 12 && parser.counts["polyline", default: 0] > 8)
    let text = String(decoding: data, as: UTF8.self)
    #expect(
      text.contains(">time<") && text.contains(">energy (nats)<") && !text.contains("nan,")
        && !text.contains("\"nan"))
    // A picture must not take the place of an input.
    let taken = try Command.run(["solve", path(name + ".yaml"), "--plot", path(name + ".yaml")])
    #expect(taken.status == 73)
  }

  @Test("a density without a flow is certified, and flagged")
  func density() throws {
    let found = try Command.run(["solve", path("flw-langevin-doublewell.yaml"), "--format", "json"])
    #expect(found.status == 0)
    let document = try found.document()
    #expect(document["flags"] as? [String] == ["discretised"])
    let objective = try #require(document["objective"] as? [String: Any])
    let value = try #require(objective["value"] as? Double)
    #expect(abs(value + 1.362292909398741171319) < 1e-11)
  }
}

/// Counts the elements of an XML document that closes what it opens.
private struct XMLChecker {
  private(set) var isWellFormed = true
  private(set) var counts: [String: Int] = [:]

  init(_ data: Data) {
    var open: [String] = []
    for piece in String(decoding: data, as: UTF8.self).split(separator: "<").dropFirst(0) {
      guard let end = piece.firstIndex(of: ">") else {
        if !piece.allSatisfy(\.isWhitespace) { isWellFormed = false }
        continue
      }
      let tag = piece[..<end]
      if tag.hasPrefix("/") {
        if open.popLast() != String(tag.dropFirst()) { isWellFormed = false }
        continue
      }
      let name = String(tag.prefix { $0.isLetter })
      counts[name, default: 0] += 1
      if !tag.hasSuffix("/") { open.append(name) }
    }
    if !open.isEmpty { isWellFormed = false }
  }
}
