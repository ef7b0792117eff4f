/// A text file in memory, known to be UTF-8, with its lines.
///
/// One byte order mark at the start is skipped; LF, CRLF and CR each end a line. Immutable, so that every
/// syntax tree can hold on to it and show the line it came from.
package final class SourceFile: Sendable {
  /// The file as the user named it.
  package let name: String
  /// The contents without byte order mark.
  package let bytes: [UInt8]
  /// The offset of the first byte of every line.
  private let lineStarts: [Int]

  package var lineCount: Int { lineStarts.count }

  /// Checks size and encoding of `contents`.
  package init(name: String, contents: [UInt8], limits: SpecLimits = SpecLimits()) throws(SpecError) {
    if contents.count > limits.fileBytes {
      throw SpecError(
        Diagnostic(
          .oversizedFile, file: name,
          "the file has \(contents.count) bytes (expected at most \(limits.fileBytes))",
          hint: "keep large arrays in data files (.csv, .npy) beside the objective file"))
    }
    if let encoding = Self.foreignEncoding(of: contents) {
      throw SpecError(
        Diagnostic(
          .wrongEncoding, file: name, "the file is encoded in \(encoding) (expected UTF-8)",
          hint: "save the file as UTF-8"))
    }
    let skipped = contents.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let bytes = skipped == 0 ? contents : Array(contents.dropFirst(skipped))
    self.name = name
    self.bytes = bytes
    self.lineStarts = Self.lineStarts(of: bytes)
    if let (offset, reason) = bytes.withUnsafeBufferPointer({ Self.firstInvalidByte(of: $0) }) {
      let location = self.location(ofByte: offset)
      throw SpecError(
        diagnostic(
          .invalidText, at: location, "\(reason) (expected text in UTF-8)",
          hint: reason.hasPrefix("control") ? nil : "save the file as UTF-8"))
    }
  }

  /// A text that is not from a file, such as a value on the command line.
  package convenience init(name: String, text: String) throws(SpecError) {
    try self.init(name: name, contents: Array(text.utf8))
  }

  /// The place of the byte at `offset`. Cost: the length of the line.
  package func location(ofByte offset: Int) -> TextLocation {
    let offset = min(max(offset, 0), bytes.count)
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    var column = 1
    for byte in bytes[lineStarts[low]..<offset] where byte & 0xC0 != 0x80 { column += 1 }
    return TextLocation(line: low + 1, column: column)
  }

  /// The byte at a place; the end of the line if the line is shorter; nil if there is no such line.
  package func byte(at location: TextLocation) -> Int? {
    guard let range = range(ofLine: location.line) else { return nil }
    var offset = range.lowerBound
    var column = 1
    while offset < range.upperBound, column < location.column {
      offset += 1
      while offset < range.upperBound, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
      column += 1
    }
    return offset
  }

  /// The bytes of a line without its end.
  package func range(ofLine line: Int) -> Range<Int>? {
    guard line >= 1, line <= lineStarts.count else { return nil }
    let start = lineStarts[line - 1]
    var end = line < lineStarts.count ? lineStarts[line] : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<end
  }

  /// The text of a line without its end; nil for a line too long to be worth showing.
  package func excerpt(at location: TextLocation) -> String? {
    guard let range = range(ofLine: location.line), range.count <= 65_536 else { return nil }
    return String(decoding: bytes[range], as: UTF8.self)
  }

  /// A message about a place of this file, with its line.
  package func diagnostic(
    _ code: DiagnosticCode, severity: Diagnostic.Severity = .error, at location: TextLocation?,
    _ message: String, hint: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      code, severity: severity, file: name, at: location, message, hint: hint,
      excerpt: location.flatMap { excerpt(at: $0) })
  }

  private static func lineStarts(of bytes: [UInt8]) -> [Int] {
    var starts = [0]
    for (offset, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\n") {
        starts.append(offset + 1)
      } else if byte == UInt8(ascii: "\r"), offset + 1 < bytes.count, bytes[offset + 1] != UInt8(ascii: "\n")
      {
        starts.append(offset + 1)
      }
    }
    return starts
  }

  /// UTF-16 and UTF-32 by their marks, or by the zero bytes that ASCII text has in them.
  private static func foreignEncoding(of bytes: [UInt8]) -> String? {
    let head = Array(bytes.prefix(4))
    if head.starts(with: [0xFF, 0xFE, 0, 0]) { return "UTF-32 (little endian)" }
    if head.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32 (big endian)" }
    if head.starts(with: [0xFF, 0xFE]) { return "UTF-16 (little endian)" }
    if head.starts(with: [0xFE, 0xFF]) { return "UTF-16 (big endian)" }
    guard head.count == 4 else { return nil }
    if head[0] != 0, head[1] == 0, head[2] != 0, head[3] == 0 { return "UTF-16 (little endian)" }
    if head[0] == 0, head[1] != 0, head[2] == 0, head[3] != 0 { return "UTF-16 (big endian)" }
    return nil
  }

  /// The first byte that is not part of well-formed UTF-8, or a control character other than tab and line
  /// ends.
  static func firstInvalidByte(
    of bytes: UnsafeBufferPointer<UInt8>, allowsLineSeparators: Bool = false
  ) -> (offset: Int, reason: String)? {
    var i = 0
    let count = bytes.count
    while i < count {
      let byte = bytes[i]
      if byte >= 0x20, byte < 0x7F {
        i += 1
      } else if byte < 0x80 {
        guard byte == 0x09 || byte == 0x0A || byte == 0x0D else {
          return (i, "control character \(byte)")
        }
        i += 1
      } else {
        let length = scalarLength(of: bytes, at: i)
        if length == 0 { return (i, "byte \(byte) is not UTF-8") }
        if !allowsLineSeparators, let name = unwantedScalar(bytes, at: i) {
          return (i, "character \(name) is not text")
        }
        i += length
      }
    }
    return nil
  }

  /// Characters that YAML and JSON count differently as line ends, and those that stand for no character.
  private static func unwantedScalar(_ bytes: UnsafeBufferPointer<UInt8>, at i: Int) -> String? {
    switch (bytes[i], bytes[i + 1]) {
    case (0xC2, 0x80...0x9F): return "U+00" + String(bytes[i + 1], radix: 16, uppercase: true)
    case (0xE2, 0x80) where bytes[i + 2] == 0xA8: return "U+2028 (line separator)"
    case (0xE2, 0x80) where bytes[i + 2] == 0xA9: return "U+2029 (paragraph separator)"
    case (0xEF, 0xBB) where bytes[i + 2] == 0xBF: return "U+FEFF (byte order mark)"
    case (0xEF, 0xBF) where bytes[i + 2] >= 0xBE: return "U+FFFE or U+FFFF"
    default: return nil
    }
  }

  /// The length of the multi-byte scalar at `i`, 0 if it is malformed (overlong, surrogate, truncated, too
  /// large).
  private static func scalarLength(of bytes: UnsafeBufferPointer<UInt8>, at i: Int) -> Int {
    let first = bytes[i]
    let length =
      first >= 0xC2 && first < 0xE0 ? 2 : first & 0xF0 == 0xE0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0
    guard length > 0, i + length <= bytes.count else { return 0 }
    for k in 1..<length where bytes[i + k] & 0xC0 != 0x80 { return 0 }
    let second = bytes[i + 1]
    switch first {
    case 0xE0: return second >= 0xA0 ? 3 : 0
    case 0xED: return second < 0xA0 ? 3 : 0
    case 0xF0: return second >= 0x90 ? 4 : 0
    case 0xF4: return second < 0x90 ? 4 : 0
    default: return length
    }
  }
}
