/// JSON (RFC 8259) to a `DocumentTree`, strictly: no trailing commas, no comments, no key twice.
///
/// Numbers stay texts, as in YAML. The reader holds the open lists and objects in an array, so that depth is
/// a count and not a recursion.
struct JSONReader {
  private let source: SourceFile
  private let limits: SpecLimits
  private var tree: DocumentTree
  private var position = 0
  // The start of the current line, and how many bytes since then continue a scalar, give the column in O(1).
  private var line = 1
  private var lineStart = 0
  private var continuations = 0

  private struct Open {
    var node: Int
    var firstChild: Int
    var offset: Int
  }

  init(source: SourceFile, limits: SpecLimits) {
    self.source = source
    self.limits = limits
    tree = DocumentTree(source: source)
  }

  mutating func read() throws(SpecError) -> DocumentTree {
    var open: [Open] = []
    var children: [Int32] = []
    while true {
      // A value begins here, or a container ends.
      skipSpace()
      if let top = open.last, children.count == top.firstChild, byte == closer(of: top) {
        try close(&open, &children)
      } else {
        if let top = open.last, tree.kind(of: top.node) == .mapping {
          children.append(Int32(clamping: try key()))
        }
        let isContainer = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
        if isContainer {
          let kind: DocumentTree.Kind = byte == UInt8(ascii: "{") ? .mapping : .sequence
          if open.count >= limits.nesting {
            throw error(
              .nestedTooDeeply, "lists and objects are nested more than \(limits.nesting) levels deep")
          }
          let node = tree.addContainer(kind, offset: position, at: location)
          if !open.isEmpty { children.append(Int32(clamping: node)) }
          open.append(Open(node: node, firstChild: children.count, offset: position))
          position += 1
          continue
        }
        children.append(Int32(clamping: try scalar()))
      }
      if tree.count > limits.tokens {
        throw error(.tooManyNodes, "the file has more than \(limits.tokens) values")
      }
      // A value has ended: commas and closing brackets up to the next value.
      while let top = open.last {
        skipSpace()
        if byte == closer(of: top) {
          try close(&open, &children)
        } else if byte == UInt8(ascii: ",") {
          position += 1
          skipSpace()
          if byte == closer(of: top) { throw error(.jsonSyntax, "unexpected ',' before the closing bracket") }
          break
        } else {
          let sign = String(Character(Unicode.Scalar(closer(of: top))))
          throw error(.jsonSyntax, "expected ',' or '\(sign)', found \(found)")
        }
      }
      if open.isEmpty { break }
    }
    skipSpace()
    if position < source.bytes.count {
      throw error(.jsonSyntax, "text after the end of the document: \(found)")
    }
    return tree
  }

  private var byte: UInt8? { position < source.bytes.count ? source.bytes[position] : nil }

  private var location: TextLocation {
    TextLocation(line: line, column: position - lineStart - continuations + 1)
  }

  private func closer(of open: Open) -> UInt8 {
    tree.kind(of: open.node) == .mapping ? UInt8(ascii: "}") : UInt8(ascii: "]")
  }

  private mutating func close(_ open: inout [Open], _ children: inout [Int32]) throws(SpecError) {
    guard let top = open.popLast() else { return }
    tree.setChildren(of: top.node, to: children[top.firstChild...])
    children.removeSubrange(top.firstChild...)
    if let error = tree.duplicateKeyError(in: top.node) { throw error }
    position += 1
  }

  private mutating func skipSpace() {
    while position < source.bytes.count {
      switch source.bytes[position] {
      case 0x20, 0x09: position += 1
      case 0x0D where position + 1 < source.bytes.count && source.bytes[position + 1] == 0x0A: position += 1
      case 0x0A, 0x0D:
        position += 1
        line += 1
        lineStart = position
        continuations = 0
      default: return
      }
    }
  }

  private mutating func key() throws(SpecError) -> Int {
    guard byte == UInt8(ascii: "\"") else {
      throw error(.jsonSyntax, "expected a key in double quotes, found \(found)")
    }
    let key = try string()
    skipSpace()
    guard byte == UInt8(ascii: ":") else {
      throw error(.jsonSyntax, "expected ':' after the key, found \(found)")
    }
    position += 1
    skipSpace()
    return key
  }

  private mutating func scalar() throws(SpecError) -> Int {
    guard let byte else { throw error(.jsonSyntax, "expected a value, found \(found)") }
    if byte == UInt8(ascii: "\"") { return try string() }
    let start = position
    let place = location
    var end = start
    while end < source.bytes.count, Self.isWord(source.bytes[end]) { end += 1 }
    let word = String(decoding: source.bytes[start..<end], as: UTF8.self)
    let isNumber = Self.isNumber(source.bytes[start..<end])
    guard isNumber || word == "true" || word == "false" || word == "null" else {
      let isQuote = byte == UInt8(ascii: "'")
      throw error(
        .jsonSyntax, "expected a value, found \(found)", hint: isQuote ? "texts are in double quotes" : nil)
    }
    position = end
    return tree.addScalar(word, style: .plain, offset: start, at: place)
  }

  private mutating func string() throws(SpecError) -> Int {
    let start = position
    let place = location
    let startContinuations = continuations
    var text: [UInt8] = []
    position += 1
    while let byte {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return tree.addScalar(
          String(decoding: text, as: UTF8.self), style: .doubleQuoted, offset: start, at: place)
      case UInt8(ascii: "\\"):
        try escape(into: &text)
      case 0x0A, 0x0D:
        (position, continuations) = (start, startContinuations)
        throw error(.jsonSyntax, "a string does not end on its line")
      case 0..<0x20:
        throw error(
          .jsonSyntax, "a control character in a string", hint: "write it as an escape, such as \\t")
      default:
        if byte & 0xC0 == 0x80 { continuations += 1 }
        text.append(byte)
        position += 1
      }
    }
    (position, continuations) = (start, startContinuations)
    throw error(.jsonSyntax, "a string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(SpecError) {
    let simple: [UInt8: UInt8] = [
      UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 0x08,
      UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]
    let next = position + 1 < source.bytes.count ? source.bytes[position + 1] : 0
    if let byte = simple[next] {
      text.append(byte)
      position += 2
      return
    }
    guard next == UInt8(ascii: "u"), var value = hexadecimal(at: position + 2) else {
      throw error(.jsonSyntax, "an unknown escape in a string")
    }
    var length = 6
    if value >= 0xD800, value < 0xDC00, position + 7 < source.bytes.count,
      source.bytes[position + 6] == UInt8(ascii: "\\"), source.bytes[position + 7] == UInt8(ascii: "u"),
      let low = hexadecimal(at: position + 8), low >= 0xDC00, low < 0xE000
    {
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      length = 12
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw error(.jsonSyntax, "half of a surrogate pair in a string")
    }
    text.append(contentsOf: String(Character(scalar)).utf8)
    position += length
  }

  private func hexadecimal(at start: Int) -> UInt32? {
    guard start + 4 <= source.bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in source.bytes[start..<start + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }

  /// `-`, digits without a leading zero, optional fraction, optional exponent.
  private static func isNumber(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    guard isDigit(rest.first) else { return false }
    if rest.first == UInt8(ascii: "0") { rest.removeFirst() } else { rest = rest.drop { isDigit($0) } }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard isDigit(rest.first) else { return false }
      rest = rest.drop { isDigit($0) }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
      guard isDigit(rest.first) else { return false }
      rest = rest.drop { isDigit($0) }
    }
    return rest.isEmpty
  }

  /// What stands at the position, for messages.
  private var found: String {
    guard let byte else { return "the end of the file" }
    var end = position + 1
    if Self.isWord(byte) {
      while end < source.bytes.count, end < position + 64, Self.isWord(source.bytes[end]) { end += 1 }
    } else {
      while end < source.bytes.count, source.bytes[end] & 0xC0 == 0x80 { end += 1 }
    }
    return Diagnostic.quoted(String(decoding: source.bytes[position..<end], as: UTF8.self))
  }

  private func error(_ code: DiagnosticCode, _ message: String, hint: String? = nil) -> SpecError {
    SpecError(source.diagnostic(code, at: location, message, hint: hint))
  }
}
