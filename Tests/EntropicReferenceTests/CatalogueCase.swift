import Foundation

/// One case of the reference catalogue, read from Tests/Fixtures/cases.json.
struct CatalogueCase: Sendable {
  let id: String
  let kind: String
  let sense: String
  let status: String
  let value: Double?
  /// Flattened by rows; nil where the catalogue has none or the optimum is not unique.
  let solution: [Double]?
  let valueTolerance: (relative: Double, absolute: Double)
  let solutionTolerance: Double
  let tags: [String]
  /// The case as read, for the builder of problems.
  let source: JSON

  static let fixtures: URL = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures")

  static let all: [CatalogueCase] = {
    guard let data = try? Data(contentsOf: fixtures.appendingPathComponent("cases.json")),
      let root = JSON(data), let cases = root["cases"]?.list
    else { return [] }
    return cases.compactMap(CatalogueCase.init)
  }()

  private init?(_ json: JSON) {
    guard let id = json["id"]?.text, let expected = json["expected"], let tolerance = json["tolerance"] else {
      return nil
    }
    self.id = id
    kind = json["unknown"]?["kind"]?.text ?? ""
    sense = json["sense"]?.text ?? "min"
    status = expected["status"]?.text ?? ""
    value = expected["value_f64"]?.number ?? expected["value"]?.number
    let isUnique = expected["unique"]?.flag ?? true
    solution = isUnique ? expected["solution"].map(\.flattened) : nil
    valueTolerance = (tolerance["value_rel"]?.number ?? 0, tolerance["value_abs"]?.number ?? 0)
    solutionTolerance = tolerance["solution_abs"]?.number ?? 0
    tags = json["tags"]?.list?.compactMap(\.text) ?? []
    source = json
  }
}

/// A read-only view of a JSON document; numbers may be texts of 25 digits.
enum JSON: Sendable {
  case object([String: JSON])
  case array([JSON])
  case string(String)
  case value(Double)
  case null

  init?(_ data: Data) {
    guard let any = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) else {
      return nil
    }
    self.init(any: any)
  }

  private init(any: Any) {
    switch any {
    case let map as [String: Any]: self = .object(map.mapValues(JSON.init(any:)))
    case let list as [Any]: self = .array(list.map(JSON.init(any:)))
    case let text as String: self = .string(text)
    case let number as NSNumber: self = .value(number.doubleValue)
    default: self = .null
    }
  }

  subscript(_ key: String) -> JSON? {
    if case .object(let map) = self { return map[key] }
    return nil
  }
  var list: [JSON]? { if case .array(let list) = self { list } else { nil } }
  var text: String? { if case .string(let text) = self { text } else { nil } }
  /// Booleans are numbers to Foundation.
  var flag: Bool? { number.map { $0 != 0 } }
  var number: Double? {
    switch self {
    case .value(let number): number
    case .string(let text): Double(text)
    default: nil
    }
  }
  var flattened: [Double] {
    switch self {
    case .array(let list): list.flatMap(\.flattened)
    default: number.map { [$0] } ?? []
    }
  }
  var numbers: [Double] { flattened }
}
