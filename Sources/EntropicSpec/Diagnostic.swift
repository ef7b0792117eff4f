/// A message about an input: what is wrong, where, and what would help.
///
/// The text form is the one that editors and terminals understand, with the source line and a caret below it:
///
///     die.yaml:9:11: error: unknown function 'exepct' (expected a function, found 'exepct')
///       exepct(p, faces) == mean
///       ^
///     hint: did you mean 'expect'?
///
/// Bytes that do not print are escaped everywhere, so that no file can write to a terminal.
package struct Diagnostic: Hashable, Sendable {
  /// How serious a message is. Only errors stop the reading.
  package enum Severity: String, Hashable, Sendable {
    case error, warning, note
  }

  package var code: DiagnosticCode
  package var severity: Severity
  /// The file as the user named it.
  package var file: String
  /// Line and column, in characters from 1; nil when the message is about the file as a whole.
  package var location: TextLocation?
  package var message: String
  package var hint: String?
  /// The source line, unescaped and without its end.
  package var excerpt: String?

  package var line: Int? { location?.line }
  package var column: Int? { location?.column }

  package init(
    _ code: DiagnosticCode, severity: Severity = .error, file: String, at location: TextLocation? = nil,
    _ message: String, hint: String? = nil, excerpt: String? = nil
  ) {
    self.code = code
    self.severity = severity
    self.file = file
    self.location = location
    self.message = message
    self.hint = hint
    self.excerpt = excerpt
  }

  /// The message as lines of text, without a final line end.
  package var text: String {
    var result = Self.shortened(file)
    if let location { result += ":\(location.line):\(location.column)" }
    result += ": \(severity.rawValue): \(Self.escaped(message))"
    if let location, let excerpt {
      let (line, offset) = Self.window(of: excerpt, around: location.column)
      result += "\n  " + line + "\n  " + String(repeating: " ", count: offset) + "^"
    }
    if let hint { result += "\nhint: " + Self.escaped(hint) }
    return result
  }

  /// A path, its beginning left out where it is longer than a line can hold; documents have it whole.
  private static func shortened(_ path: String) -> String {
    let limit = 200
    let scalars = path.unicodeScalars
    guard scalars.count > limit else { return escaped(path) }
    return "..." + escaped(String(scalars.suffix(limit)))
  }

  /// The part of a source line that is shown, at most about 100 characters, and where its caret stands.
  private static func window(of excerpt: String, around column: Int) -> (line: String, caret: Int) {
    let width = 100
    let scalars = Array(excerpt.unicodeScalars)
    let caret = min(max(column - 1, 0), scalars.count)
    var start = 0
    var end = scalars.count
    if scalars.count > width {
      start = max(0, min(caret - width / 2, scalars.count - width))
      end = min(scalars.count, start + width)
    }
    func shown(_ range: Range<Int>) -> String {
      range.reduce(into: "") { $0 += scalars[$1] == "\t" ? " " : escaped(scalars[$1]) }
    }
    let before = (start > 0 ? "..." : "") + shown(start..<caret)
    return (before + shown(caret..<end) + (end < scalars.count ? "..." : ""), before.unicodeScalars.count)
  }

  /// `text` with all that does not print written as escapes.
  package static func escaped(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    return text.unicodeScalars.reduce(into: "") { $0 += escaped($1) }
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\t": return "\\t"
    case "\n": return "\\n"
    case "\r": return "\\r"
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
      return "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    default:
      return String(Character(scalar))
    }
  }

  /// A word of the user between quotes, escaped and cut at 60 characters, for use inside a message.
  package static func quoted(_ token: String) -> String {
    let limit = 60
    let scalars = token.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
      end != scalars.endIndex
    else { return "'" + escaped(token) + "'" }
    return "'" + escaped(String(scalars[..<end])) + "...'"
  }
}
