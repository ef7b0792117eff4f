import Foundation
import Testing

/// The expected numbers of the shared table of solved problems.
struct ReferenceCase {
  let value: Double
  let solution: [String: Double]
  let relative: Double
  let absolute: Double
  let solutionTolerance: Double

  init(_ id: String) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/cases.json")
    let root = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    let cases = try #require(root?["cases"] as? [[String: Any]])
    let row = try #require(cases.first { $0["id"] as? String == id })
    let expected = try #require(row["expected"] as? [String: Any])
    let tolerance = try #require(row["tolerance"] as? [String: Double])
    value = try #require((expected["value"] as? String).flatMap(Double.init))
    var numbers: [String: Double] = [:]
    for (name, text) in expected["solution"] as? [String: Any] ?? [:] {
      if let text = text as? String { numbers[name] = Double(text) }
    }
    solution = numbers
    relative = try #require(tolerance["value_rel"])
    absolute = try #require(tolerance["value_abs"])
    solutionTolerance = try #require(tolerance["solution_abs"])
  }

  func accepts(_ found: Double) -> Bool { abs(found - value) <= absolute + relative * abs(value) }

  func accepts(_ found: Double, _ name: String) -> Bool {
    guard let wanted = solution[name] else { return false }
    return abs(found - wanted) <= solutionTolerance * max(1, abs(wanted))
  }
}
