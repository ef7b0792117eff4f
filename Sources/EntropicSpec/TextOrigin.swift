/// Where the characters of a text of the document stand in the file.
///
/// Exact for texts on one line, plain or quoted; a text over several lines (folded, literal, continued)
/// points to its start.
package struct TextOrigin: Hashable, Sendable {
  /// A place from which on the column in the file runs ahead of the position in the text, because of an
  /// escape.
  struct Shift: Hashable, Sendable {
    var offset: Int
    var columns: Int
  }

  /// The place of the first character of the text.
  package var start: TextLocation
  package var isExact: Bool
  var shifts: [Shift] = []

  package init(start: TextLocation, isExact: Bool = true) {
    self.start = start
    self.isExact = isExact
  }

  /// The place of the byte at `offset` of `text`, which is the text that this origin was made for.
  package func location(of offset: Int, in text: [UInt8]) -> TextLocation {
    guard isExact else { return start }
    let offset = min(max(offset, 0), text.count)
    var column = start.column
    for byte in text[..<offset] where byte & 0xC0 != 0x80 { column += 1 }
    // The last escape that ends at or before the offset has gathered all columns so far.
    if let shift = shifts.last(where: { $0.offset <= offset }) { column += shift.columns }
    return TextLocation(line: start.line, column: column)
  }
}

extension TextOrigin {
  /// The origin of a scalar whose first byte in `file` is at `offset`.
  init(
    of text: [UInt8], style: DocumentTree.Style, offset: Int, at location: TextLocation, in file: SourceFile
  ) {
    var inside = location
    inside.column += 1
    switch style {
    case .plain:
      let end = offset + text.count
      let isOneLine = offset >= 0 && end <= file.bytes.count && file.bytes[offset..<end].elementsEqual(text)
      self.init(start: location, isExact: isOneLine)
    case .singleQuoted, .doubleQuoted:
      if let shifts = Self.shifts(
        of: text, quote: style == .singleQuoted ? "'" : "\"", at: offset, in: file.bytes)
      {
        self.init(start: inside)
        self.shifts = shifts
      } else {
        self.init(start: location, isExact: false)
      }
    case .literal, .folded:
      self.init(start: location, isExact: false)
    }
  }

  /// The escapes inside the quoted scalar at `offset`; nil if it does not end on its line.
  private static func shifts(
    of text: [UInt8], quote: Unicode.Scalar, at offset: Int, in bytes: [UInt8]
  ) -> [Shift]? {
    let quote = UInt8(ascii: quote)
    guard offset >= 0, offset < bytes.count, bytes[offset] == quote else { return nil }
    var shifts: [Shift] = []
    var extra = 0
    var raw = offset + 1
    var position = 0
    while raw < bytes.count {
      let byte = bytes[raw]
      var step: (raw: Int, decoded: Int)
      if byte == quote {
        // In single quotes, a doubled quote is one.
        guard quote == UInt8(ascii: "'"), raw + 1 < bytes.count, bytes[raw + 1] == quote else {
          return position == text.count ? shifts : nil
        }
        step = (2, 1)
      } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), raw + 1 < bytes.count {
        step = escapeLength(at: raw, in: bytes, decoded: position < text.count ? text[position] : 0)
      } else if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        return nil
      } else {
        step = (1, 1)
      }
      guard position + step.decoded <= text.count else { return nil }
      position += step.decoded
      raw += step.raw
      if step.raw > 1 {
        // An escape of any length has become one scalar.
        extra += step.raw - 1
        shifts.append(Shift(offset: position, columns: extra))
      }
    }
    return nil
  }

  /// The length of the escape at `raw`, and of the scalar that it has become, whose first byte is `decoded`.
  private static func escapeLength(at raw: Int, in bytes: [UInt8], decoded: UInt8) -> (raw: Int, decoded: Int)
  {
    let length = decoded < 0x80 ? 1 : decoded < 0xE0 ? 2 : decoded < 0xF0 ? 3 : 4
    switch bytes[raw + 1] {
    case UInt8(ascii: "x"): return (4, length)
    // Beyond the basic plane, \u comes as a pair (JSON).
    case UInt8(ascii: "u"): return (length == 4 ? 12 : 6, length)
    case UInt8(ascii: "U"): return (10, length)
    default: return (2, length)
    }
  }
}
