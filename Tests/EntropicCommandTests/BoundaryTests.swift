import Foundation
import Testing

/// Answers whose multipliers are unbounded, through the command line: face and direction, and their check.
@Suite struct BoundaryTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let edge = """
    entropic: 1
    data:
      x: [1, 2, 3, 4, 5, 6]
      y: [1, 4, 9, 16, 25, 36]
    unknowns:
      p: simplex(x)
    maximize: entropy(p)
    subject to:
      - mean: expect(p, x) == 3.25
      - square: expect(p, y) == 10.75
    """

  private func solved() throws -> (file: String, report: [String: Any]) {
    let file = try scratch.file("edge.yaml", Self.edge)
    return (file, try Command.run(["solve", file, "--format", "json"]).document())
  }

  private func verify(_ file: String, _ report: [String: Any]) throws -> (Int32, [String]) {
    let path = try scratch.file("claim.json", report.json())
    let result = try Command.run(["verify", file, path, "--format", "json"])
    let findings = try result.document()["findings"] as? [[String: Any]]
    return (result.status, findings?.compactMap { $0["check"] as? String } ?? [])
  }

  @Test("the report names the face and the direction in the words of the constraints")
  func report() throws {
    let (file, report) = try solved()
    #expect(report["flags"] as? [String] == ["boundary"])
    let boundary = try #require(report["boundary"] as? [String: Any])
    #expect((boundary["face"] as? [String: [Int]]) == ["p": [3, 4]])
    let direction = try #require(boundary["direction"] as? [String: Double])
    #expect(abs(try #require(direction["mean"]) + 1) <= 1e-9)
    #expect(abs(try #require(direction["square"]) - 1 / 7.0) <= 1e-9)
    let text = try Command.run(["solve", file]).text
    #expect(text.contains("every feasible law has its mass of p on 2 of 6 outcomes: 3, 4"))
    #expect(text.contains("unbounded along mean -1; square 0.142857"))
  }

  @Test("verify accepts the face, and refuses another one, or another direction")
  func verified() throws {
    let (file, report) = try solved()
    #expect(try verify(file, report).0 == 0)
    let boundary = try #require(report["boundary"] as? [String: Any])
    func with(_ key: String, _ value: Any) -> [String: Any] {
      var other = boundary
      other[key] = value
      var copy = report
      copy["boundary"] = other
      return copy
    }
    for tampered in [
      with("face", ["p": [3]]), with("face", ["p": [2, 3, 4]]), with("face", ["q": [3, 4]]),
      with("direction", ["mean": 1.0, "square": 1 / 7.0]), with("direction", ["mean": -1.0]),
      with("evidence", ["equality": [1.0, 1.0], "inequality": [Double]()]),
      with("evidence", ["equality": [1.0], "inequality": [Double]()]),
    ] {
      let (code, checks) = try verify(file, tampered)
      #expect(code == 30)
      #expect(Set(checks) == ["boundary"])
    }
  }
}
