/// A function of outcomes, `x -> x^2`, with the values of the arguments around it.
///
/// Bodies that work entry by entry are computed for all outcomes at once; any other body once for each
/// outcome.
struct OutcomeFunction: Sendable {
  /// What goes in for one argument: a number an outcome, or a row of components an outcome.
  enum Argument: Sendable {
    case numbers([Double])
    case rows(ConstantArray)
  }

  /// What comes out for each outcome.
  enum Result {
    case numbers(ConstantArray)
    case condition(Condition)
  }

  let syntax: Syntax
  let node: Int
  let bindings: [String: ElaborationValue]
  let depth: Int

  var names: [String] { syntax.children(of: node).dropLast().map { syntax.name(of: $0.node) } }
  var body: Int { syntax.child(syntax.childCount(of: node) - 1, of: node) }

  /// The values at all outcomes, in an array of `shape`.
  ///
  /// - Precondition: as many arguments as names, each with as many outcomes as `shape` has entries.
  func applied(
    to arguments: [Argument], shape: [Int], in evaluator: ExpressionEvaluator
  ) throws(SpecError) -> Result {
    guard depth < ExpressionEvaluator.functionDepthLimit else {
      throw evaluator.failure(
        .expressionTooDeep, at: node,
        "functions inside functions (expected at most \(ExpressionEvaluator.functionDepthLimit))")
    }
    var inner = ExpressionEvaluator(syntax, in: evaluator.scope, for: .constants("functions of outcomes"))
    inner.bindings = bindings
    inner.depth = depth + 1
    inner.held = evaluator.held
    for argument in arguments {
      switch argument {
      case .numbers(let values): inner.held += 8 * values.count
      case .rows(let rows): inner.held += 8 * rows.values.count
      }
    }
    let count = shape.reduce(1, *)
    if isPointwise(arguments, inner) {
      for (name, argument) in zip(names, arguments) {
        switch argument {
        case .numbers(let values):
          inner.bindings[name] = .constant(ConstantArray(shape: shape, values: values))
        case .rows(let rows):
          let width = rows.shape[1]
          inner.bindings[name] = .components(ConstantArray(shape: shape + [width], values: rows.values))
        }
      }
      switch try inner.value(of: body) {
      case .condition(let condition):
        let holds =
          condition.holds.count == count
          ? condition.holds : [Bool](repeating: condition.holds[0], count: count)
        return .condition(Condition(shape: shape, holds: holds, node: condition.node))
      case let value:
        guard case .constant(let array) = try inner.array(value, body) else { throw notConstant(evaluator) }
        // No copy where there is one number an outcome: it may be the largest array of the file.
        return .numbers(
          ConstantArray(
            shape: shape,
            values: array.values.count == count ? array.values : (0..<count).map { array.entry($0) }))
      }
    }
    return try oneByOne(arguments, shape: shape, &inner, evaluator)
  }

  private func notConstant(_ evaluator: ExpressionEvaluator) -> SpecError {
    evaluator.failure(.notConstant, at: body, "a function of outcomes cannot hold unknowns")
  }

  private func oneByOne(
    _ arguments: [Argument], shape: [Int], _ inner: inout ExpressionEvaluator,
    _ evaluator: ExpressionEvaluator
  ) throws(SpecError) -> Result {
    let count = shape.reduce(1, *)
    var numbers: [Double] = []
    var holds: [Bool] = []
    var conditionNode = body
    for k in 0..<count {
      for (name, argument) in zip(names, arguments) {
        switch argument {
        case .numbers(let values): inner.bindings[name] = .number(values[k])
        case .rows(let rows):
          let width = rows.shape[1]
          inner.bindings[name] = .constant(
            ConstantArray(shape: [width], values: Array(rows.values[k * width..<(k + 1) * width])))
        }
      }
      switch try inner.value(of: body) {
      case .condition(let condition):
        guard condition.holds.count == 1, numbers.isEmpty else { throw notOne(evaluator, condition.shape) }
        conditionNode = condition.node
        holds.append(condition.holds[0])
      case let value:
        guard case .constant(let array) = try inner.array(value, body) else { throw notConstant(evaluator) }
        guard array.isScalar, holds.isEmpty else { throw notOne(evaluator, array.shape) }
        numbers.append(array.values[0])
      }
    }
    if holds.count == count, count > 0 {
      return .condition(Condition(shape: shape, holds: holds, node: conditionNode))
    }
    return .numbers(ConstantArray(shape: shape, values: numbers))
  }

  private func notOne(_ evaluator: ExpressionEvaluator, _ shape: [Int]) -> SpecError {
    evaluator.failure(
      .shapeMismatch, at: body, "the function gives \(shapeText(shape)) at an outcome (expected a number)")
  }

  /// Whether the body acts on every outcome alone when the arguments are arrays over all outcomes.
  private func isPointwise(_ arguments: [Argument], _ inner: ExpressionEvaluator) -> Bool {
    var scalarNames: Set<String> = []
    var rowNames: Set<String> = []
    for (name, argument) in zip(names, arguments) {
      switch argument {
      case .numbers: scalarNames.insert(name)
      case .rows: rowNames.insert(name)
      }
    }
    var open = [body]
    while let node = open.popLast() {
      switch syntax.kind(of: node) {
      case .number: continue
      case .name:
        let name = syntax.name(of: node)
        if scalarNames.contains(name) || isNumber(name, inner) { continue }
        return false
      case .negation, .power, .product, .sum, .comparison, .not, .and, .or: break
      case .call:
        guard let builtin = Builtin.named(syntax.name(of: node)), builtin.isPointwise else { return false }
        let children = syntax.children(of: node)
        if builtin.repeats, children.count < 2 { return false }
        if children.contains(where: { syntax.kind(of: $0.node) == .namedArgument }) { return false }
      case .index:
        let base = syntax.child(0, of: node)
        guard syntax.kind(of: base) == .name, rowNames.contains(syntax.name(of: base)),
          syntax.childCount(of: node) == 2, syntax.kind(of: syntax.child(1, of: node)) == .number
        else { return false }
        continue
      default: return false
      }
      open += syntax.children(of: node).map(\.node)
    }
    return true
  }

  private func isNumber(_ name: String, _ inner: ExpressionEvaluator) -> Bool {
    if case .array(.constant(let array))? = inner.bindings[name] ?? inner.scope.known(name) {
      return array.isScalar
    }
    return inner.scope.known(name) == nil && ExpressionEvaluator.numbers[name] != nil
  }
}

extension ExpressionEvaluator {
  /// Numbers at the outcomes of a law: the numbers themselves, or a function of the outcomes.
  ///
  /// `shape` is the shape of the law. A function needs outcomes with values.
  func overOutcomes(
    _ value: ElaborationValue, _ node: Int, of law: ArrayValue, _ lawNode: Int
  ) throws(SpecError) -> ElaborationValue {
    guard case .function(let function) = value else { return value }
    let name = Diagnostic.quoted(syntax.shortText(of: lawNode))
    guard case .formula(let formula) = law, let outcomes = formula.outcomes else {
      throw failure(
        .outcomesWithoutValues, at: node, "the outcomes of \(name) have no values",
        hint: "declare \(syntax.shortText(of: lawNode)) over a list of values, as in simplex(x)")
    }
    let rows = outcomes.shape[0]
    let names = function.names
    var arguments: [OutcomeFunction.Argument]
    if outcomes.shape.count == 1 {
      arguments = [.numbers(outcomes.values)]
    } else if names.count == 1 {
      arguments = [.rows(ConstantArray(outcomes))]
    } else {
      let width = outcomes.shape[1]
      arguments = (0..<width).map { k in .numbers((0..<rows).map { outcomes.values[$0 * width + k] }) }
    }
    guard arguments.count == names.count else {
      throw failure(
        .shapeMismatch, at: node,
        "the function has \(names.count) arguments, an outcome of \(name) \(arguments.count) "
          + (arguments.count == 1 ? "value" : "components"))
    }
    switch try function.applied(to: arguments, shape: [rows], in: self) {
    case .numbers(let array): return .constant(array)
    case .condition(let condition): return .condition(condition)
    }
  }
}
