/// JSON (RFC 8259) from a document: two spaces a level, one line for a list of scalars, one final line end.
///
/// Goals: 1. the same document gives the same bytes, 2. every double reads back as itself, 3. no NaN or
/// infinity ever gets out, 4. one pass, linear time.
package enum JSONWriter {
  package static func bytes(of document: DocumentValue) -> [UInt8] {
    var out: [UInt8] = []
    write(document, indent: 0, to: &out)
    out.append(UInt8(ascii: "\n"))
    return out
  }

  private static func write(_ value: DocumentValue, indent: Int, to out: inout [UInt8]) {
    switch value {
    case .null: out += Array("null".utf8)
    case .bool(let bool): out += Array((bool ? "true" : "false").utf8)
    case .integer(let integer): out += Array("\(integer)".utf8)
    case .number(let number): out += Array(DocumentValue.text(of: number).utf8)
    case .text(let text): quote(text, to: &out)
    case .numbers(let numbers):
      out.append(UInt8(ascii: "["))
      for (k, number) in numbers.enumerated() {
        if k > 0 { out += [UInt8(ascii: ","), UInt8(ascii: " ")] }
        out += Array(DocumentValue.text(of: number).utf8)
      }
      out.append(UInt8(ascii: "]"))
    case .list(let items):
      let isFlat = items.allSatisfy(\.isScalar)
      container("[", "]", count: items.count, isFlat: isFlat, indent: indent, to: &out) { k, out in
        write(items[k], indent: indent + 1, to: &out)
      }
    case .object(let members):
      container("{", "}", count: members.count, isFlat: false, indent: indent, to: &out) { k, out in
        quote(members[k].key, to: &out)
        out += [UInt8(ascii: ":"), UInt8(ascii: " ")]
        write(members[k].value, indent: indent + 1, to: &out)
      }
    }
  }

  private static func container(
    _ open: String, _ close: String, count: Int, isFlat: Bool, indent: Int, to out: inout [UInt8],
    item: (Int, inout [UInt8]) -> Void
  ) {
    out += Array(open.utf8)
    for k in 0..<count {
      if k > 0 { out.append(UInt8(ascii: ",")) }
      if !isFlat {
        newline(indent + 1, to: &out)
      } else if k > 0 {
        out.append(UInt8(ascii: " "))
      }
      item(k, &out)
    }
    if !isFlat, count > 0 { newline(indent, to: &out) }
    out += Array(close.utf8)
  }

  private static func newline(_ indent: Int, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\n"))
    out += [UInt8](repeating: UInt8(ascii: " "), count: 2 * indent)
  }

  /// A text in double quotes. Control characters, and those that move a terminal or end a line elsewhere,
  /// are escaped.
  package static func quote(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += Array("\\\"".utf8)
      case "\\": out += Array("\\\\".utf8)
      case "\n": out += Array("\\n".utf8)
      case "\t": out += Array("\\t".utf8)
      case "\r": out += Array("\\r".utf8)
      case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
        let digits = String(scalar.value, radix: 16)
        out += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
      default: out += Array(String(Character(scalar)).utf8)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}

extension DocumentValue {
  var isScalar: Bool {
    switch self {
    case .numbers, .list, .object: false
    default: true
    }
  }

  var isEmptyContainer: Bool {
    switch self {
    case .numbers(let numbers): numbers.isEmpty
    case .list(let items): items.isEmpty
    case .object(let members): members.isEmpty
    default: false
    }
  }
}
