/// YAML from a document, in a form that versions 1.1 and 1.2 read alike: block mappings, one line for a
/// list of scalars, every text in double quotes.
package enum YAMLWriter {
  package static func bytes(of document: DocumentValue) -> [UInt8] {
    var out: [UInt8] = []
    if document.isScalar || document.isEmptyContainer {
      flow(document, to: &out)
      out.append(UInt8(ascii: "\n"))
    } else {
      block(document, indent: 0, to: &out)
    }
    return out
  }

  /// A container over several lines; the cursor stands where its first line begins.
  private static func block(_ value: DocumentValue, indent: Int, to out: inout [UInt8]) {
    switch value {
    case .object(let members):
      for (k, member) in members.enumerated() {
        if k > 0 { spaces(indent, to: &out) }
        key(member.key, to: &out)
        out.append(UInt8(ascii: ":"))
        after(member.value, indent: indent + 2, to: &out)
      }
    case .list(let items):
      for (k, item) in items.enumerated() {
        if k > 0 { spaces(indent, to: &out) }
        out += [UInt8(ascii: "-"), UInt8(ascii: " ")]
        if isFlow(item) {
          flow(item, to: &out)
          out.append(UInt8(ascii: "\n"))
        } else {
          block(item, indent: indent + 2, to: &out)
        }
      }
    default:
      flow(value, to: &out)
      out.append(UInt8(ascii: "\n"))
    }
  }

  /// The value behind a colon.
  private static func after(_ value: DocumentValue, indent: Int, to out: inout [UInt8]) {
    if isFlow(value) {
      out.append(UInt8(ascii: " "))
      flow(value, to: &out)
      out.append(UInt8(ascii: "\n"))
    } else {
      out.append(UInt8(ascii: "\n"))
      spaces(indent, to: &out)
      block(value, indent: indent, to: &out)
    }
  }

  private static func isFlow(_ value: DocumentValue) -> Bool {
    switch value {
    case .list(let items): items.allSatisfy(\.isScalar)
    case .object(let members): members.isEmpty
    default: true
    }
  }

  private static func flow(_ value: DocumentValue, to out: inout [UInt8]) {
    switch value {
    case .null: out += Array("null".utf8)
    case .bool(let bool): out += Array((bool ? "true" : "false").utf8)
    case .integer(let integer): out += Array("\(integer)".utf8)
    case .number(let number): out += Array(DocumentValue.text(of: number, forYAML: true).utf8)
    case .text(let text): JSONWriter.quote(text, to: &out)
    case .numbers(let numbers): flow(.list(numbers.map { .number($0) }), to: &out)
    case .list(let items):
      out.append(UInt8(ascii: "["))
      for (k, item) in items.enumerated() {
        if k > 0 { out += [UInt8(ascii: ","), UInt8(ascii: " ")] }
        flow(item, to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object: out += Array("{}".utf8)
    }
  }

  /// A key: plain where it is a word that no YAML version takes for something else.
  private static func key(_ text: String, to out: inout [UInt8]) {
    let reserved = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
    let isWord = text.utf8.allSatisfy { byte in
      byte >= 0x61 && byte <= 0x7A || byte >= 0x41 && byte <= 0x5A || byte >= 0x30 && byte <= 0x39
        || byte == 0x5F
    }
    let startsWithLetter = text.utf8.first.map { $0 >= 0x41 } ?? false
    if isWord, startsWithLetter, !reserved.contains(text.lowercased()) {
      out += Array(text.utf8)
    } else {
      JSONWriter.quote(text, to: &out)
    }
  }

  private static func spaces(_ count: Int, to out: inout [UInt8]) {
    out += [UInt8](repeating: UInt8(ascii: " "), count: count)
  }
}
