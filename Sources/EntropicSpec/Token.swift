/// A word or sign of an expression, with its bytes.
package struct Token: Sendable {
  package enum Kind: UInt8, Sendable {
    case number, name, string
    case plus, minus, star, slash, at, caret, transpose
    case leftParenthesis, rightParenthesis, leftBracket, rightBracket
    case comma, colon, assign, arrow
    case lessOrEqual, greaterOrEqual, equal, less, greater, notEqual
    case not, and, or
    case end
  }

  package var kind: Kind
  package var start: Int32
  package var end: Int32

  /// The comparison that the token stands for.
  package var comparison: Syntax.Operator? {
    switch kind {
    case .lessOrEqual: .lessOrEqual
    case .greaterOrEqual: .greaterOrEqual
    case .equal: .equal
    case .less: .less
    case .greater: .greater
    case .notEqual: .notEqual
    default: nil
    }
  }
}

/// A fault in an expression: the code, the byte where it is, the words.
package struct SyntaxFault: Error {
  package var code: DiagnosticCode
  package var offset: Int
  package var message: String
  package var hint: String?

  package init(_ code: DiagnosticCode, at offset: Int, _ message: String, hint: String? = nil) {
    self.code = code
    self.offset = offset
    self.message = message
    self.hint = hint
  }
}
