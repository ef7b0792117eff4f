/// The expression language: text to `Syntax`.
///
/// Precedence, tight to loose: call, index, `'`; `^` (from the right, with a signed exponent); unary `-`;
/// `@`; `* /`; `+ -`; comparisons; `not`; `and`; `or`; `->`.
///
/// Operator precedence with an explicit stack instead of recursion: `pending` holds open brackets and
/// operators that wait for their right side, `operands` the finished parts. Operators of one level extend the
/// chain on top of the stack, so a sum of n terms is one node and takes time O(n). Brackets, prefixes, powers
/// and lambdas count as nesting (limit 256).
struct ExpressionParser {
  /// Levels of binding, tight to loose from high to low. A bracket binds nothing outside of it.
  enum Level: Int, Comparable {
    case bracket, lambda, or, and, not, comparison, sum, product, matrixProduct, negation, power

    static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }

  /// What waits on the stack.
  struct Pending {
    enum Form { case base, group, call, index, list, chain, prefix, power, lambda }
    var form: Form
    var level: Level
    /// Where it began, in the text and among the operands.
    var offset: Int32
    var firstOperand: Int
    /// For a call and for a lambda: the name, the arguments.
    var name: Int32 = -1
    var nameStart: Int32 = 0
    /// Inside brackets, for the argument being read: its name, or the lower end of a range.
    var argumentName: Int32 = -1
    var argumentStart: Int32 = -1
    var isRange = false
    /// For a chain: where its operators begin.
    var firstSign = 0
  }

  /// A finished part: the node, with the parentheses around it.
  struct Operand {
    var node: Int32
    var start: Int32
    var end: Int32
  }

  /// An operator of a chain and where it stands.
  struct Sign {
    var operation: Syntax.Operator
    var offset: Int32
  }

  static let treeDepthLimit = 1024

  let limits: SpecLimits
  var syntax: Syntax
  var lexer: ExpressionLexer
  var token = Token(kind: .end, start: 0, end: 0)
  var tokenCount = 0
  var pending: [Pending] = []
  var operands: [Operand] = []
  var signs: [Sign] = []
  var depths: [Int32] = []
  var nesting = 0
  var underflows: [Int32] = []

  private init(syntax: Syntax, limits: SpecLimits) {
    self.syntax = syntax
    self.limits = limits
    lexer = ExpressionLexer(bytes: syntax.bytes, limits: limits)
  }

  /// Reads an expression; on an error, puts it into `collector` and returns nil.
  ///
  /// `tokens` is what is left of the limit on tokens for the whole file.
  static func parse(
    _ text: String, origin: TextOrigin, source: SourceFile, limits: SpecLimits, tokens: inout Int,
    into collector: inout DiagnosticCollector
  ) -> Syntax? {
    var parser = ExpressionParser(
      syntax: Syntax(source: source, bytes: Array(text.utf8), origin: origin), limits: limits)
    do throws(SyntaxFault) {
      try parser.run(tokenLimit: tokens)
    } catch {
      collector.add(
        source.diagnostic(
          error.code, at: origin.location(of: error.offset, in: parser.syntax.bytes), error.message,
          hint: error.hint))
      return nil
    }
    tokens -= parser.tokenCount
    for offset in parser.underflows {
      collector.add(
        source.diagnostic(
          .numberUnderflow, severity: .warning,
          at: origin.location(of: Int(offset), in: parser.syntax.bytes),
          "\(parser.number(at: offset)) is nearer to 0 than to any other double, and is taken as 0"))
    }
    return parser.syntax
  }

  /// The number that begins at `offset`, for a message.
  private func number(at offset: Int32) -> String {
    let rest = syntax.bytes[Int(offset)...]
    var end = rest.startIndex
    while end < rest.endIndex {
      let isSign = rest[end] == UInt8(ascii: "+") || rest[end] == UInt8(ascii: "-")
      let followsExponent = end > rest.startIndex && rest[end - 1] | 0x20 == UInt8(ascii: "e")
      guard isSign ? followsExponent : ExpressionLexer.isDigit(rest[end]) || ".eE".utf8.contains(rest[end])
      else { break }
      end += 1
    }
    return Diagnostic.quoted(String(decoding: rest[..<end], as: UTF8.self))
  }

  private mutating func run(tokenLimit: Int) throws(SyntaxFault) {
    pending.append(Pending(form: .base, level: .bracket, offset: 0, firstOperand: 0))
    try advance(tokenLimit)
    if token.kind == .end {
      throw SyntaxFault(.emptyExpression, at: 0, "expected an expression, found nothing")
    }
    while true {
      // An operand is wanted: prefixes and opening brackets may come before it.
      while try !readOperand() { try advance(tokenLimit) }
      try advance(tokenLimit)
      // An operand has ended: closing brackets, indices and transpositions may follow it.
      while try !readOperator() {
        if pending.isEmpty { return }
        try advance(tokenLimit)
      }
      try advance(tokenLimit)
    }
  }

  private mutating func advance(_ tokenLimit: Int) throws(SyntaxFault) {
    tokenCount += 1
    if tokenCount > tokenLimit {
      throw SyntaxFault(
        .tooManyTokens, at: Int(token.end), "the expressions have more than \(limits.tokens) words and signs")
    }
    token = try lexer.next()
  }

  /// The next token without taking it; an error in it is reported when it is taken.
  func peek() -> Token.Kind? {
    var ahead = lexer
    return try? ahead.next().kind
  }

  func text(_ token: Token) -> String {
    String(decoding: syntax.bytes[Int(token.start)..<Int(token.end)], as: UTF8.self)
  }

  var found: String { token.kind == .end ? "the end" : Diagnostic.quoted(text(token)) }

  mutating func push(_ entry: Pending) throws(SyntaxFault) {
    pending.append(entry)
    guard entry.form != .chain else { return }
    nesting += 1
    if nesting > limits.nesting {
      throw SyntaxFault(
        .expressionTooDeep, at: Int(entry.offset),
        "the expression is nested more than \(limits.nesting) levels deep")
    }
  }

  mutating func pop() -> Pending? {
    guard let entry = pending.popLast() else { return nil }
    if entry.form != .chain, entry.form != .base { nesting -= 1 }
    return entry
  }
}
