import Foundation
import Testing

/// `--sensitivity`: derivatives against files that are solved at other values, and slopes on both sides of kinks.
@Suite struct SensitivityReportTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func solved(_ text: String, _ arguments: [String] = []) throws -> [String: Any] {
    let file = try scratch.file("problem.yaml", text)
    return try Command.run(["solve", file, "--format", "json"] + arguments).document()
  }

  private func value(_ report: [String: Any]) throws -> Double {
    try #require((report["objective"] as? [String: Any])?["value"] as? Double)
  }

  private func masses(_ report: [String: Any]) throws -> [Double] {
    let unknowns = report["unknowns"] as? [String: Any]
    return try #require((unknowns?["p"] as? [String: Any])?["probabilities"] as? [Double])
  }

  private func entry(_ report: [String: Any], _ name: String) throws -> [String: Any] {
    try #require((report["sensitivity"] as? [String: Any])?[name] as? [String: Any])
  }

  @Test("differences of solutions agree", arguments: ["mean", "cost", "weight"])
  func differences(name: String) throws {
    let text = """
      entropic: 1
      data:
        x: [1, 2, 3, 4, 5, 6]
        q: [0.1, 0.2, 0.3, 0.2, 0.1, 0.1]
      parameters:
        mean: 4.2
        cost: 0.3
        weight: 1.5
      unknowns:
        p: simplex(x)
      minimize: weight * kl(p, q) + cost * sum_squares(p - q) + cost * expect(p, v -> v^2)
      subject to:
        - expect(p, x) >= mean
      """
    let report = try solved(text, ["--sensitivity"])
    let found = try entry(report, name)
    let settings: [String: Double] = ["mean": 4.2, "cost": 0.3, "weight": 1.5]
    let setting = try #require(settings[name])
    let h = 1e-4
    let high = try solved(text, ["--set", "\(name)=\(setting + h)"])
    let low = try solved(text, ["--set", "\(name)=\(setting - h)"])
    let slope = (try value(high) - value(low)) / (2 * h)
    #expect(abs(try #require(found["objective"] as? Double) - slope) <= 1e-5 * max(1, abs(slope)))
    let derivative = try #require((found["unknowns"] as? [String: Any])?["p"] as? [Double])
    let (above, below) = (try masses(high), try masses(low))
    for i in derivative.indices {
      #expect(abs(derivative[i] - (above[i] - below[i]) / (2 * h)) <= 1e-4)
    }
    #expect(found["one_sided"] == nil)
  }

  @Test("at a kink there is no derivative, but a slope on each side")
  func kink() throws {
    let text = """
      entropic: 1
      parameters:
        t: 1
      unknowns:
        p: simplex(2)
      minimize: t * p[1] + p[2]
      """
    let found = try entry(try solved(text, ["--sensitivity"]), "t")
    #expect(found["objective"] is NSNull)
    #expect(found["unknowns"] is NSNull)
    let sides = try #require(found["one_sided"] as? [String: Any])
    for (side, slope) in [("left", 1.0), ("right", 0.0)] {
      let range = try #require(sides[side] as? [Double])
      #expect(range[0] <= slope + 1e-6 && slope - 1e-6 <= range[1])
    }
    let file = try scratch.file("kink.yaml", text)
    let words = try Command.run(["solve", file, "--sensitivity"]).text
    #expect(words.contains("to the left and"))
  }
}
