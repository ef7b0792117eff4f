/// Cuts the text of an expression into words and signs.
///
/// One pass, one token at a time. A quote `'` is the transposition directly after a name, `)` or `]` and an
/// error elsewhere; strings are in double quotes, with `\"` and `\\` as the only escapes.
package struct ExpressionLexer {
  let bytes: [UInt8]
  let limits: SpecLimits
  private var position = 0
  /// Whether a transposition may follow directly, without space.
  private var mayTranspose = false

  package init(bytes: [UInt8], limits: SpecLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  package mutating func next() throws(SyntaxFault) -> Token {
    while position < bytes.count, Self.isSpace(bytes[position]) {
      position += 1
      mayTranspose = false
    }
    guard position < bytes.count else {
      return Token(kind: .end, start: Int32(clamping: bytes.count), end: Int32(clamping: bytes.count))
    }
    let byte = bytes[position]
    if Self.isDigit(byte) || (byte == UInt8(ascii: ".") && Self.isDigit(peek(1))) { return try number() }
    if Self.isNameStart(byte) { return try name() }
    switch byte {
    case UInt8(ascii: "\""): return try string()
    case UInt8(ascii: "+"): return sign(.plus)
    case UInt8(ascii: "-"): return peek(1) == UInt8(ascii: ">") ? sign(.arrow, 2) : sign(.minus)
    case UInt8(ascii: "*"):
      if peek(1) == UInt8(ascii: "*") {
        throw SyntaxFault(
          .unexpectedToken, at: position, "'**' is not an operator", hint: "a power is written x^2")
      }
      return sign(.star)
    case UInt8(ascii: "/"): return sign(.slash)
    case UInt8(ascii: "@"): return sign(.at)
    case UInt8(ascii: "^"): return sign(.caret)
    case UInt8(ascii: "("): return sign(.leftParenthesis)
    case UInt8(ascii: ")"): return sign(.rightParenthesis)
    case UInt8(ascii: "["): return sign(.leftBracket)
    case UInt8(ascii: "]"): return sign(.rightBracket)
    case UInt8(ascii: ","): return sign(.comma)
    case UInt8(ascii: ":"): return sign(.colon)
    case UInt8(ascii: "="): return peek(1) == UInt8(ascii: "=") ? sign(.equal, 2) : sign(.assign)
    case UInt8(ascii: "<"): return peek(1) == UInt8(ascii: "=") ? sign(.lessOrEqual, 2) : sign(.less)
    case UInt8(ascii: ">"): return peek(1) == UInt8(ascii: "=") ? sign(.greaterOrEqual, 2) : sign(.greater)
    case UInt8(ascii: "!") where peek(1) == UInt8(ascii: "="): return sign(.notEqual, 2)
    case UInt8(ascii: "'"):
      guard mayTranspose else {
        throw SyntaxFault(
          .strayQuote, at: position, "a quote ' transposes only directly after a name, ')' or ']'",
          hint: "texts are in double quotes, as in p[\"rain\"]")
      }
      return sign(.transpose)
    default: throw invalidCharacter()
    }
  }

  private func peek(_ distance: Int) -> UInt8 {
    position + distance < bytes.count ? bytes[position + distance] : 0
  }

  private mutating func sign(_ kind: Token.Kind, _ length: Int = 1) -> Token {
    mayTranspose = kind == .rightParenthesis || kind == .rightBracket
    return token(kind, to: position + length)
  }

  private mutating func token(_ kind: Token.Kind, to end: Int) -> Token {
    defer { position = end }
    return Token(kind: kind, start: Int32(clamping: position), end: Int32(clamping: end))
  }

  private mutating func name() throws(SyntaxFault) -> Token {
    var end = position
    while end < bytes.count, Self.isNameStart(bytes[end]) || Self.isDigit(bytes[end]) { end += 1 }
    if end - position > limits.nameBytes {
      throw SyntaxFault(
        .oversizedToken, at: position,
        "a name of \(end - position) bytes (expected at most \(limits.nameBytes))")
    }
    let word = bytes[position..<end]
    let kind: Token.Kind =
      word.elementsEqual("not".utf8)
      ? .not
      : word.elementsEqual("and".utf8)
        ? .and
        : word.elementsEqual("or".utf8) ? .or : .name
    mayTranspose = kind == .name
    return token(kind, to: end)
  }

  private mutating func number() throws(SyntaxFault) -> Token {
    mayTranspose = false
    var end = position
    while end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
    if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
      end += 1
      while end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
    }
    if end < bytes.count, bytes[end] == UInt8(ascii: "e") || bytes[end] == UInt8(ascii: "E") {
      var exponent = end + 1
      if exponent < bytes.count, bytes[exponent] == UInt8(ascii: "+") || bytes[exponent] == UInt8(ascii: "-")
      {
        exponent += 1
      }
      if exponent < bytes.count, Self.isDigit(bytes[exponent]) {
        end = exponent
        while end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
      }
    }
    if end < bytes.count, Self.isNameStart(bytes[end]) || bytes[end] == UInt8(ascii: ".") {
      var rest = end
      while rest < bytes.count,
        Self.isNameStart(bytes[rest]) || Self.isDigit(bytes[rest]) || bytes[rest] == 0x2E
      {
        rest += 1
      }
      let whole = String(decoding: bytes[position..<rest], as: UTF8.self)
      let isProduct = Self.isNameStart(bytes[end])
      let suffix = String(decoding: bytes[end..<rest], as: UTF8.self)
      let digits = String(decoding: bytes[position..<end], as: UTF8.self)
      throw SyntaxFault(
        .malformedNumber, at: position, "\(Diagnostic.quoted(whole)) is not a number",
        hint: isProduct && !suffix.hasPrefix("_") && digits.utf8.count < 40 && suffix.utf8.count < 40
          ? "a product is written \(digits) * \(suffix)" : nil)
    }
    if end - position > limits.numberDigits {
      throw SyntaxFault(
        .oversizedToken, at: position,
        "a number of \(end - position) digits (expected at most \(limits.numberDigits))")
    }
    return token(.number, to: end)
  }

  private mutating func string() throws(SyntaxFault) -> Token {
    mayTranspose = false
    var end = position + 1
    while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
      end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard end < bytes.count else {
      throw SyntaxFault(
        .unterminatedString, at: position, "a text in double quotes does not end", hint: Self.cutHint)
    }
    return token(.string, to: end + 1)
  }

  package static let cutHint =
    "YAML cuts a line at ' #', and at ',' and '}' inside { }: quote the whole expression if a part of it is missing"

  private func invalidCharacter() -> SyntaxFault {
    var end = position + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    let character = String(decoding: bytes[position..<end], as: UTF8.self)
    if character == "." {
      let text = String(decoding: bytes, as: UTF8.self)
      let isFile = [".csv", ".tsv", ".npy", ".json"].contains { text.hasSuffix($0) }
      return SyntaxFault(
        .unexpectedToken, at: position, "expected an operator, found '.'",
        hint: isFile ? "a data file is written {file: ...}" : nil)
    }
    let replacements = [
      "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "≤": "<=", "≥": ">=", "≠": "!=", "→": "->", "’": "'",
      "“": "\"",
      "”": "\"", "&": "and", "|": "or", "!": "not", "{": "[", "}": "]", "²": "^2",
      "\u{A0}": "an ordinary space",
    ]
    return SyntaxFault(
      .invalidCharacter, at: position, "unexpected character \(Diagnostic.quoted(character))",
      hint: replacements[character].map { "write \($0)" })
  }

  package static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  package static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  package static func isNameStart(_ byte: UInt8) -> Bool {
    byte >= 0x61 && byte <= 0x7A || byte >= 0x41 && byte <= 0x5A || byte == 0x5F
  }
}
