/// What a report is made of: a tree of texts, numbers, lists and objects, written as JSON or YAML.
///
/// Objects keep the order of their keys, so that one report is one sequence of bytes.
package enum DocumentValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  /// NaN and infinities are written as null.
  case number(Double)
  case text(String)
  /// A list of numbers, written on one line.
  case numbers([Double])
  case list([DocumentValue])
  case object([Member])

  package struct Member: Sendable, Equatable {
    package var key: String
    package var value: DocumentValue

    package init(key: String, value: DocumentValue) {
      self.key = key
      self.value = value
    }
  }

  /// An object; members whose value is nil are left out.
  package static func object(_ members: KeyValuePairs<String, DocumentValue?>) -> DocumentValue {
    .object(members.compactMap { member in member.value.map { Member(key: member.key, value: $0) } })
  }

  package static func optional(_ number: Double?) -> DocumentValue { number.map { .number($0) } ?? .null }
  package static func optional(_ text: String?) -> DocumentValue { text.map { .text($0) } ?? .null }

  /// Values in flat order as nested lists of the given shape: a number, a list, a matrix by rows, a table.
  package static func array(_ values: [Double], shape: [Int]) -> DocumentValue {
    if shape.isEmpty { return .optional(values.first) }
    if shape.count == 1 || values.isEmpty { return .numbers(values) }
    let width = values.count / max(shape[0], 1)
    return .list(
      (0..<shape[0]).map {
        array(Array(values[$0 * width..<($0 + 1) * width]), shape: Array(shape.dropFirst()))
      })
  }

  /// The member of an object, nil where there is none.
  package subscript(_ key: String) -> DocumentValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The shortest decimal text that reads back as the same double, or `null`.
  ///
  /// YAML 1.1 readers take `1e-09` for a text: there it is written `1.0e-09`.
  package static func text(of number: Double, forYAML: Bool = false) -> String {
    guard number.isFinite else { return "null" }
    let text = "\(number == 0 ? 0 : number)"
    guard forYAML, let e = text.firstIndex(of: "e"), !text[..<e].contains(".") else { return text }
    return text[..<e] + ".0" + text[e...]
  }
}
