import EntropicModel
import EntropicNumerics

/// Gives one expression its meaning: numbers are computed, formulas are built, shapes are checked on the way.
///
/// The tree is walked from its leaves with a stack of its own, so that no file can exhaust the stack of the
/// process;
/// only functions inside functions recurse, to a small depth. Cost: linear in the nodes, plus the arithmetic.
struct ExpressionEvaluator {
  /// What the expression is for.
  enum Purpose: Sendable {
    /// Only constants: the section that needs them.
    case constants(String)
    case formula
  }

  let syntax: Syntax
  let scope: ElaborationScope
  let purpose: Purpose
  /// The arguments of the functions around.
  var bindings: [String: ElaborationValue] = [:]
  /// How many functions are around.
  var depth = 0
  /// Bytes of the arguments of the functions around.
  var held = 0

  static let functionDepthLimit = 16

  init(_ syntax: Syntax, in scope: ElaborationScope, for purpose: Purpose = .formula) {
    self.syntax = syntax
    self.scope = scope
    self.purpose = purpose
  }

  /// The value of the whole expression.
  func value() throws(SpecError) -> ElaborationValue { try value(of: syntax.root) }

  /// The value of a node.
  func value(of root: Int) throws(SpecError) -> ElaborationValue {
    var frames: [(node: Int, next: Int)] = [(root, 0)]
    var values: [ElaborationValue] = []
    /// For each value, the bytes that it takes beside those of names.
    var sizes: [Int] = []
    var live = 0
    while let (node, next) = frames.last {
      if next == 0 { try prepare(node) }
      let count = syntax.kind(of: node) == .lambda ? 0 : syntax.childCount(of: node)
      if next < count {
        frames[frames.count - 1].next = next + 1
        frames.append((syntax.child(next, of: node), 0))
        continue
      }
      let first = values.count - count
      try checkRoom(values[first...], node, beside: live)
      let result = try reduce(node, values[first...])
      for size in sizes[first...] { live -= size }
      values.removeLast(count)
      sizes.removeLast(count)
      let size = syntax.kind(of: node) == .name ? 0 : Self.bytes(of: result)
      live += size
      values.append(result)
      sizes.append(size)
      frames.removeLast()
    }
    guard let result = values.last else {
      throw failure(.emptyExpression, at: root, "expected an expression")
    }
    return result
  }

  /// The numbers or the formula that a node stands for.
  func array(of node: Int) throws(SpecError) -> ArrayValue { try array(try value(of: node), node) }

  func failure(
    _ code: DiagnosticCode, at node: Int, _ message: String, hint: String? = nil
  ) -> SpecError {
    SpecError(syntax.diagnostic(code, at: node, message, hint: hint))
  }

  func failure(
    _ code: DiagnosticCode, atOperator child: Syntax.Child, _ message: String, hint: String? = nil
  ) -> SpecError {
    SpecError(syntax.diagnostic(code, atOperator: child, message, hint: hint))
  }

  /// Refuses an array that would be too large, before it is made.
  func checkSize(_ shape: [Int], at node: Int, bytesPerEntry: Int = 8) throws(SpecError) {
    if let refusal = scope.budget.refusal(of: shape, bytesPerEntry: bytesPerEntry, held: held) {
      throw failure(
        .excessiveMemory, at: node, "\(shapeText(shape)): \(refusal.message)", hint: refusal.hint)
    }
  }

  /// Refuses an operation entry by entry whose result, as large as the largest argument, has no room.
  private func checkRoom(
    _ arguments: ArraySlice<ElaborationValue>, _ node: Int, beside live: Int
  ) throws(SpecError) {
    var largest: ConstantArray?
    for case .array(.constant(let array)) in arguments
    where array.values.count > largest?.values.count ?? 4096 { largest = array }
    guard let largest else { return }
    switch syntax.kind(of: node) {
    case .negation, .power, .product, .sum, .transpose: break
    case .call where Builtin.named(syntax.name(of: node))?.isPointwise == true: break
    default: return
    }
    if let refusal = scope.budget.refusal(of: largest.shape, held: held + live) {
      throw failure(
        .excessiveMemory, at: node, "a result of \(shapeText(largest.shape)): \(refusal.message)",
        hint: refusal.hint)
    }
  }

  private static func bytes(of value: ElaborationValue) -> Int {
    switch value {
    case .array(.constant(let array)), .components(let array): 8 * array.values.count
    case .condition(let condition): condition.holds.count
    default: 0
    }
  }

  /// What must be known before the children of a node are looked at.
  private func prepare(_ node: Int) throws(SpecError) {
    switch syntax.kind(of: node) {
    case .call:
      // What is inside makes sense only where the whole does.
      if try boundCall(node).builtin.name == Builtin.softName {
        throw failure(
          .misplacedComparison, at: node, "a constraint cannot stand here (expected a number)",
          hint: "soft(...) is an item of 'subject to' of its own")
      }
    case .lambda:
      var names: Set<String> = []
      for child in syntax.children(of: node).dropLast() {
        let name = syntax.name(of: child.node)
        if scope.contains(name) || bindings[name] != nil || Self.numbers[name] != nil {
          throw failure(
            .duplicateName, at: child.node, "the argument \(Diagnostic.quoted(name)) hides another name",
            hint: "give the argument a name of its own")
        }
        if !names.insert(name).inserted {
          throw failure(
            .duplicateName, at: child.node, "the argument \(Diagnostic.quoted(name)) is given twice",
            hint: "give each argument a name of its own")
        }
      }
    default: break
    }
  }

  private func reduce(
    _ node: Int, _ values: ArraySlice<ElaborationValue>
  ) throws(SpecError) -> ElaborationValue {
    if let value = try lawArithmetic(node, values) { return value }
    switch syntax.kind(of: node) {
    case .number: return .number(syntax.number(of: node))
    case .string: return .text(syntax.name(of: node))
    case .name: return try named(syntax.name(of: node), node)
    case .all: return .all
    case .range: return try range(node, values)
    case .list: return try list(node, values)
    case .namedArgument: return values[values.startIndex]
    case .call: return try call(node, values)
    case .index: return try index(node, values)
    case .transpose: return try transpose(node, values)
    case .negation: return try negation(node, values)
    case .power: return try power(node, values)
    case .matrixProduct: return try matrixProduct(node, values)
    case .product: return try product(node, values)
    case .sum: return try sum(node, values)
    case .comparison: return try comparison(node, values)
    case .not, .and, .or: return try connective(node, values)
    case .lambda:
      return .function(OutcomeFunction(syntax: syntax, node: node, bindings: bindings, depth: depth))
    }
  }

  // MARK: names

  /// Numbers with a name of their own.
  static let numbers: [String: Double] = ["pi": Double.pi, "inf": Double.infinity]

  private func named(_ name: String, _ node: Int) throws(SpecError) -> ElaborationValue {
    if let bound = bindings[name] { return bound }
    if let value = try scope.value(of: name, at: node, in: syntax) {
      if case .constants(let section) = purpose, case .array(.formula) = value {
        throw failure(
          .notConstant, at: node, "\(Diagnostic.quoted(name)) holds unknowns, but \(section) are constants",
          hint: "formulas with unknowns stand under 'define'")
      }
      return value
    }
    if let number = Self.numbers[name] {
      if number.isInfinite {
        throw failure(.nonFiniteValue, at: node, "'inf' can stand only as an end of an interval")
      }
      return .number(number)
    }
    var hint = Suggestion.hint(
      for: name, among: scope.names + bindings.keys.sorted() + Self.numbers.keys.sorted())
    if let builtin = Builtin.named(name) { hint = "\(name) is a function: \(builtin.signature)" }
    throw failure(
      .unknownName, at: node, "unknown name \(Diagnostic.quoted(name))", hint: hint)
  }

  // MARK: helpers for operators and functions

  /// Numbers or a formula; anything else is in a wrong place.
  func array(_ value: ElaborationValue, _ node: Int) throws(SpecError) -> ArrayValue {
    switch value {
    case .array(let array): return array
    case .condition(let condition):
      let message = "a comparison cannot stand here (expected a number)"
      if syntax.kind(of: condition.node) == .comparison, let second = syntax.children(of: condition.node).last
      {
        throw failure(
          .misplacedComparison, atOperator: second, message,
          hint: "comparisons stand at the top of a constraint or in a condition")
      }
      throw failure(.misplacedComparison, at: node, message)
    case .function:
      throw failure(
        .misplacedLambda, at: node, "a function cannot stand here (expected a number)",
        hint: "functions of outcomes stand inside expect(p, x -> ...) and the like")
    case .components:
      throw failure(
        .shapeMismatch, at: node, "an outcome has several components (expected a number)",
        hint: "\(syntax.shortText(of: node))[1] is its first component")
    case .constraint(_, let place):
      throw failure(
        .misplacedComparison, at: place, "a constraint cannot stand here (expected a number)",
        hint: "\(syntax.name(of: place))(...) is an item of 'subject to' of its own")
    case .law:
      throw failure(
        .invalidArgument, at: node, "a law cannot stand here (expected a number)",
        hint: "entropy(...), expect(..., x -> x) and kl(..., ...) are numbers")
    case .functional, .text, .range, .all, .cloud:
      throw failure(.invalidArgument, at: node, "\(value.kind) cannot stand here (expected a number)")
    }
  }

  /// Wraps a formula that the model made: errors are located, constants checked, curved formulas named by
  /// their text.
  ///
  /// `arguments` are the formulas that an atom was made from; they keep their own names.
  func wrapped(
    _ expression: Expression, _ node: Int, arguments: [Expression]? = nil
  ) throws(SpecError) -> ElaborationValue {
    if let error = expression.error { throw failure(error, at: node) }
    if let tensor = expression.constant {
      return .constant(try checked(ConstantArray(tensor), node, fromFinite: false))
    }
    guard !expression.isAffine else { return .array(.formula(FormulaValue(expression))) }
    let text = syntax.shortText(of: node)
    if let arguments {
      return .array(
        .formula(
          FormulaValue(
            Expression.namedAtom(text, expression, arguments: arguments.filter { !$0.isConstant }))))
    }
    return .array(.formula(FormulaValue(expression.named(text))))
  }

  /// An error of the model, at a node.
  func failure(_ error: ProblemError, at node: Int) -> SpecError {
    failure(Elaboration.code(of: error, inConstraint: false), at: node, error.message, hint: error.hint)
  }

  /// Refuses numbers that are none. An infinite value may come only from an infinite one, and that from
  /// log(0).
  func checked(
    _ array: ConstantArray, _ node: Int, fromFinite: Bool
  ) throws(SpecError) -> ConstantArray {
    for (i, value) in array.values.enumerated() where !value.isFinite {
      let place = placeText(i, in: array.shape)
      let subject =
        (place.isEmpty ? "" : "entry \(place) of ") + Diagnostic.quoted(syntax.shortText(of: node))
      if value.isNaN { throw failure(.nonFiniteValue, at: node, "\(subject) is not a number") }
      if fromFinite { throw failure(.nonFiniteValue, at: node, "\(subject) is infinite") }
    }
    return array
  }
}

extension Syntax {
  /// A node as it was written, cut at 60 characters.
  func shortText(of node: Int) -> String {
    let start = Int(nodes[node].start)
    let end = Int(nodes[node].end)
    if end - start <= 60 { return text(of: node) }
    let head = String(decoding: bytes[start..<Swift.min(end, start + 240)], as: UTF8.self).unicodeScalars
    guard head.count > 60 || end - start > 240 else { return text(of: node) }
    return String(String.UnicodeScalarView(head.prefix(57))) + "..."
  }
}
