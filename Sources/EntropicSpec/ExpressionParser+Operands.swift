extension ExpressionParser {
  /// Takes the token where an operand is wanted: true when the operand is complete.
  mutating func readOperand() throws(SyntaxFault) -> Bool {
    switch token.kind {
    case .number: return try readNumber()
    case .string: return try readString()
    case .name: return try readName()
    case .minus:
      try push(Pending(form: .prefix, level: .negation, offset: token.start, firstOperand: operands.count))
      return false
    case .plus:
      // A sign without effect, as in +3.
      return false
    case .not:
      if let top = pending.last, top.level > .not {
        throw SyntaxFault(
          .unexpectedToken, at: Int(token.start), "'not' cannot stand here",
          hint: "put 'not ...' into parentheses")
      }
      try push(Pending(form: .prefix, level: .not, offset: token.start, firstOperand: operands.count))
      return false
    case .leftParenthesis:
      if let count = lambdaArgumentCount() { return try readLambda(count) }
      try push(Pending(form: .group, level: .bracket, offset: token.start, firstOperand: operands.count))
      return false
    case .leftBracket:
      if peek() == .rightBracket {
        throw SyntaxFault(.emptyExpression, at: Int(token.start), "an empty list")
      }
      try push(Pending(form: .list, level: .bracket, offset: token.start, firstOperand: operands.count))
      return false
    case .rightParenthesis, .rightBracket:
      // f() has no arguments; every other bracket wants one.
      if let top = pending.last, top.form == .call, token.kind == .rightParenthesis,
        operands.count == top.firstOperand, top.argumentName < 0
      {
        try closeCall()
        return true
      }
      throw missingOperand()
    case .colon:
      // A colon alone stands for all positions.
      if let top = pending.last, top.form == .index, !top.isRange, let next = peek(),
        next == .comma || next == .rightBracket
      {
        try add(.all, from: token.start, to: token.end)
        return true
      }
      throw missingOperand()
    default: throw missingOperand()
    }
  }

  private func missingOperand() -> SyntaxFault {
    if token.kind == .end, let open = pending.last(where: { $0.level == .bracket && $0.form != .base }) {
      return unclosed(open)
    }
    if let open = pending.last, open.isRange || token.kind == .colon,
      pending.contains(where: { $0.form == .index })
    {
      return SyntaxFault(
        .malformedRange, at: Int(token.start), "a range wants both ends (expected a number, found \(found))",
        hint: "write p[2:4], or ':' alone for all")
    }
    let isAnd = token.kind == .end
    return SyntaxFault(
      .unexpectedToken, at: Int(token.start), "expected an expression, found \(found)",
      hint: isAnd ? ExpressionLexer.cutHint : token.kind == .assign ? "equality is written ==" : nil)
  }

  func unclosed(_ open: Pending) -> SyntaxFault {
    let sign = open.form == .index || open.form == .list ? "[" : "("
    return SyntaxFault(
      .unbalancedBracket, at: Int(open.offset), "'\(sign)' is not closed", hint: ExpressionLexer.cutHint)
  }

  private mutating func readNumber() throws(SyntaxFault) -> Bool {
    let range = Int(token.start)..<Int(token.end)
    let result = syntax.bytes.withUnsafeBufferPointer {
      DecimalNumber.parse(UnsafeBufferPointer(rebasing: $0[range]))
    }
    let value: Double
    switch result {
    case .value(let number): value = number
    case .underflow:
      value = 0
      underflows.append(token.start)
    case .overflow:
      throw SyntaxFault(
        .numberOverflow, at: Int(token.start),
        "the number \(Diagnostic.quoted(text(token))) is beyond the largest double (expected at most 1.79e308)"
      )
    case .malformed:
      throw SyntaxFault(
        .malformedNumber, at: Int(token.start), "\(Diagnostic.quoted(text(token))) is not a number")
    }
    syntax.numbers.append(value)
    try add(.number, from: token.start, to: token.end, payload: syntax.numbers.count - 1)
    return true
  }

  private mutating func readString() throws(SyntaxFault) -> Bool {
    var contents: [UInt8] = []
    var isEscaped = false
    for byte in syntax.bytes[Int(token.start) + 1..<Int(token.end) - 1] {
      if !isEscaped, byte == UInt8(ascii: "\\") {
        isEscaped = true
        continue
      }
      if isEscaped, byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "\"") {
        contents.append(UInt8(ascii: "\\"))
      }
      isEscaped = false
      contents.append(byte)
    }
    syntax.names.append(String(decoding: contents, as: UTF8.self))
    try add(.string, from: token.start, to: token.end, payload: syntax.names.count - 1)
    return true
  }

  private mutating func readName() throws(SyntaxFault) -> Bool {
    let name = token
    let next = peek()
    if next == .arrow { return try readLambda(1) }
    syntax.names.append(text(name))
    let index = syntax.names.count - 1
    if next == .leftParenthesis {
      token = try lexer.next()
      tokenCount += 1
      try push(
        Pending(
          form: .call, level: .bracket, offset: token.start, firstOperand: operands.count,
          name: Int32(clamping: index), nameStart: name.start))
      return false
    }
    if next == .assign, let top = pending.indices.last, pending[top].form == .call,
      pending[top].argumentName < 0
    {
      token = try lexer.next()
      tokenCount += 1
      pending[top].argumentName = Int32(clamping: index)
      pending[top].argumentStart = name.start
      return false
    }
    try add(.name, from: name.start, to: name.end, payload: index)
    return true
  }

  /// Whether `(a, b) ->` begins here, and with how many names. Looks ahead only while it can still be one.
  private func lambdaArgumentCount() -> Int? {
    var ahead = lexer
    var count = 0
    while count <= limits.nesting {
      guard let name = try? ahead.next(), name.kind == .name else { return nil }
      count += 1
      guard let sign = try? ahead.next() else { return nil }
      if sign.kind == .rightParenthesis {
        guard let arrow = try? ahead.next(), arrow.kind == .arrow else { return nil }
        return count
      }
      guard sign.kind == .comma else { return nil }
    }
    return nil
  }

  /// Takes `x ->` or `(a, b) ->`; the body is an operand that goes on as far as it can.
  private mutating func readLambda(_ count: Int) throws(SyntaxFault) -> Bool {
    let start = token.start
    if let top = pending.last, top.level > .lambda {
      throw SyntaxFault(
        .misplacedLambda, at: Int(start), "a function x -> ... cannot stand here",
        hint: "it is an argument of its own, as in expect(p, x -> x^2)")
    }
    try push(Pending(form: .lambda, level: .lambda, offset: start, firstOperand: operands.count))
    for _ in 0..<count {
      if token.kind != .name { token = try lexer.next() }
      if token.kind == .comma { token = try lexer.next() }
      syntax.names.append(text(token))
      try add(.name, from: token.start, to: token.end, payload: syntax.names.count - 1)
      token = try lexer.next()
    }
    // The arrow, after the closing parenthesis if there is one.
    if token.kind == .rightParenthesis { token = try lexer.next() }
    tokenCount += 2 * count + 1
    return false
  }

  /// Adds a leaf and makes it an operand.
  mutating func add(_ kind: Syntax.Kind, from start: Int32, to end: Int32, payload: Int = -1)
    throws(SyntaxFault)
  {
    syntax.nodes.append(Syntax.Node(kind: kind, start: start, end: end, payload: Int32(clamping: payload)))
    depths.append(1)
    operands.append(Operand(node: Int32(clamping: syntax.nodes.count - 1), start: start, end: end))
  }

  /// Makes one node of the operands from `first` on, and puts it in their place. `signs` from `firstSign` on
  /// are the operators between them, `leading` stands before the first.
  mutating func combine(
    _ kind: Syntax.Kind, from first: Int, start: Int32, end: Int32, payload: Int32 = -1,
    leading: Syntax.Operator = .none, firstSign: Int? = nil
  ) throws(SyntaxFault) {
    // By index: a slice would share the storage, and the removal below would copy all of it.
    let count = operands.count - first
    let firstLink = syntax.links.count
    var depth: Int32 = 0
    for position in 0..<count {
      let part = operands[first + position]
      depth = max(depth, depths[Int(part.node)])
      if let firstSign, position > 0 {
        let sign = signs[firstSign + position - 1]
        syntax.links.append(
          Syntax.Child(nodeIndex: part.node, operation: sign.operation, offset: sign.offset))
      } else {
        syntax.links.append(Syntax.Child(nodeIndex: part.node, operation: leading, offset: part.start))
      }
    }
    if depth >= Self.treeDepthLimit {
      throw SyntaxFault(
        .expressionTooDeep, at: Int(start),
        "the expression has operations inside each other on more than \(Self.treeDepthLimit) levels",
        hint: "give parts of it names under 'define'")
    }
    syntax.nodes.append(
      Syntax.Node(
        kind: kind, start: start, end: end, first: Int32(clamping: firstLink), count: Int32(clamping: count),
        payload: payload))
    depths.append(depth + 1)
    operands.removeSubrange(first...)
    operands.append(Operand(node: Int32(clamping: syntax.nodes.count - 1), start: start, end: end))
  }
}
