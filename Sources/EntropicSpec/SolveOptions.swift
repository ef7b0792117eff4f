/// The section `solve`: how to solve, never what. The command line overrides each of them.
package struct SolveOptions: Hashable, Sendable {
  package enum Convexity: String, CaseIterable, Sendable {
    case checked, unchecked
  }

  /// The wanted gap: relative to the value, and absolute.
  package struct Tolerance: Hashable, Sendable {
    package var relative: Double?
    package var absolute: Double?

    package init(relative: Double? = nil, absolute: Double? = nil) {
      self.relative = relative
      self.absolute = absolute
    }
  }

  /// The method as written, such as `mirror-descent(burg)`; names are checked by whoever knows the methods.
  package var method: LocatedText?
  package var tolerance: Tolerance?
  /// Seconds.
  package var time: Double?
  package var iterations: Int?
  package var evaluations: Int?
  /// Bytes.
  package var memory: Int?
  package var seed: UInt64?
  package var threads: Int?
  package var convexity: Convexity?
  package var trace: Bool?

  package init() {}

  /// A method such as `mirror-descent(burg)` cut into its name and its argument; nil if it has another form.
  package static func parts(ofMethod text: String) -> (name: String, argument: String?)? {
    func isWord(_ part: Substring) -> Bool {
      guard let first = part.utf8.first, first >= 0x61, first <= 0x7A else { return false }
      return part.utf8.allSatisfy {
        $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2D || $0 == 0x2E
      }
    }
    guard let open = text.firstIndex(of: "(") else { return isWord(text[...]) ? (text, nil) : nil }
    guard text.hasSuffix(")") else { return nil }
    let name = text[..<open]
    let argument = text[text.index(after: open)...].dropLast()
    let isNumber = if case .value = DecimalNumber.parse(String(argument)) { true } else { false }
    guard isWord(name), isWord(argument) || isNumber || parts(ofMethod: String(argument)) != nil else {
      return nil
    }
    return (String(name), String(argument))
  }
}
