extension ExpressionParser {
  /// Takes the token where an operand has ended: true when another operand is wanted.
  mutating func readOperator() throws(SyntaxFault) -> Bool {
    if let operation = token.comparison { return try extend(.comparison, operation) }
    switch token.kind {
    case .plus: return try extend(.sum, .plus)
    case .minus: return try extend(.sum, .minus)
    case .star: return try extend(.product, .times)
    case .slash: return try extend(.product, .divide)
    case .at: return try extend(.matrixProduct, .matrixTimes)
    case .and: return try extend(.and, .none)
    case .or: return try extend(.or, .none)
    case .caret:
      // From the right: an open power or minus waits for this one.
      let first = operands.count - 1
      try push(Pending(form: .power, level: .power, offset: token.start, firstOperand: first))
      return true
    case .transpose:
      let first = operands.count - 1
      try combine(.transpose, from: first, start: operands[first].start, end: token.end)
      return false
    case .leftBracket:
      let first = operands.count - 1
      if syntax.nodes[Int(operands[first].node)].kind == .number { throw missingOperator() }
      try push(Pending(form: .index, level: .bracket, offset: token.start, firstOperand: first))
      return true
    case .comma: return try separate()
    case .colon: return try readRange()
    case .rightParenthesis, .rightBracket:
      try close()
      return false
    case .end:
      try reduce(to: .bracket)
      if let open = pending.last, open.form != .base { throw unclosed(open) }
      syntax.root = Int(operands[0].node)
      syntax.depth = Int(depths[syntax.root])
      pending = []
      return false
    default: throw missingOperator()
    }
  }

  private func missingOperator() -> SyntaxFault {
    let hint: String? =
      switch token.kind {
      case .assign: "equality is written =="
      case .arrow: "a function is written x -> ... or (a, b) -> ..."
      case .leftParenthesis, .name, .number: "a product is written with *"
      default: nil
      }
    return SyntaxFault(
      token.kind == .arrow ? .misplacedLambda : .unexpectedToken, at: Int(token.start),
      "expected an operator, found \(found)", hint: hint)
  }

  /// Adds an operator of a level whose operators form a chain.
  private mutating func extend(_ level: Level, _ operation: Syntax.Operator) throws(SyntaxFault) -> Bool {
    try reduce(to: level)
    if pending.last?.form != .chain || pending.last?.level != level {
      let first = operands.count - 1
      try push(
        Pending(
          form: .chain, level: level, offset: operands[first].start, firstOperand: first,
          firstSign: signs.count))
    }
    signs.append(Sign(operation: operation, offset: token.start))
    return true
  }

  /// Finishes everything that binds tighter than `level`.
  private mutating func reduce(to level: Level) throws(SyntaxFault) {
    while let top = pending.last, top.level > level, let entry = pop() {
      let end = operands.last?.end ?? entry.offset
      let start = operands[entry.firstOperand].start
      switch entry.form {
      case .chain:
        let (kind, leading): (Syntax.Kind, Syntax.Operator) =
          switch entry.level {
          case .sum: (.sum, .plus)
          case .product: (.product, .times)
          case .matrixProduct: (.matrixProduct, .none)
          case .comparison: (.comparison, .none)
          case .and: (.and, .none)
          default: (.or, .none)
          }
        try combine(
          kind, from: entry.firstOperand, start: start, end: end, leading: leading, firstSign: entry.firstSign
        )
        signs.removeSubrange(entry.firstSign...)
      case .prefix:
        try combine(
          entry.level == .not ? .not : .negation, from: entry.firstOperand, start: entry.offset, end: end)
      case .power: try combine(.power, from: entry.firstOperand, start: start, end: end)
      case .lambda: try combine(.lambda, from: entry.firstOperand, start: entry.offset, end: end)
      case .base, .group, .call, .index, .list: return
      }
    }
  }

  /// A comma ends an argument, an index or an element.
  private mutating func separate() throws(SyntaxFault) -> Bool {
    try reduce(to: .bracket)
    guard let top = pending.last, top.form == .call || top.form == .index || top.form == .list else {
      throw SyntaxFault(
        .unexpectedToken, at: Int(token.start), "unexpected ','",
        hint: pending.last?.form == .group ? "a list is written [a, b]" : nil)
    }
    try finishArgument()
    return true
  }

  /// `from:` inside an index.
  private mutating func readRange() throws(SyntaxFault) -> Bool {
    try reduce(to: .bracket)
    guard let top = pending.indices.last, pending[top].form == .index, !pending[top].isRange else {
      throw SyntaxFault(
        .unexpectedToken, at: Int(token.start), "unexpected ':'",
        hint: "a range p[2:4] stands only inside an index")
    }
    pending[top].isRange = true
    pending[top].argumentStart = operands[operands.count - 1].start
    return true
  }

  /// Wraps the operand just read if it has a name or is the upper end of a range.
  private mutating func finishArgument() throws(SyntaxFault) {
    guard let top = pending.indices.last else { return }
    let entry = pending[top]
    let last = operands.count - 1
    if entry.argumentName >= 0 {
      try combine(
        .namedArgument, from: last, start: entry.argumentStart, end: operands[last].end,
        payload: entry.argumentName)
    } else if entry.isRange {
      try combine(.range, from: last - 1, start: entry.argumentStart, end: operands[last].end)
    }
    pending[top].argumentName = -1
    pending[top].isRange = false
  }

  private mutating func close() throws(SyntaxFault) {
    try reduce(to: .bracket)
    guard let open = pending.last, open.form != .base else {
      throw SyntaxFault(
        .unbalancedBracket, at: Int(token.start), "\(found) closes nothing", hint: ExpressionLexer.cutHint)
    }
    let isParenthesis = open.form == .group || open.form == .call
    guard isParenthesis == (token.kind == .rightParenthesis) else {
      throw SyntaxFault(
        .unbalancedBracket, at: Int(token.start),
        "expected '\(isParenthesis ? ")" : "]")' to close the bracket before, found \(found)")
    }
    try finishArgument()
    switch open.form {
    case .group:
      // The parentheses belong to the operand, for the text of what it becomes part of, not to its node.
      operands[operands.count - 1].start = open.offset
      operands[operands.count - 1].end = token.end
      _ = pop()
    case .call: try closeCall()
    case .index:
      _ = pop()
      try combine(.index, from: open.firstOperand, start: operands[open.firstOperand].start, end: token.end)
    default:
      _ = pop()
      try combine(.list, from: open.firstOperand, start: open.offset, end: token.end)
    }
  }

  mutating func closeCall() throws(SyntaxFault) {
    guard let open = pop() else { return }
    try combine(.call, from: open.firstOperand, start: open.nameStart, end: token.end, payload: open.name)
  }
}
