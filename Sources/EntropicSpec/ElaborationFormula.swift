import EntropicFamilies
import EntropicModel

/// Reads the body of a function of one outcome as a formula of one number, on which statements about whole intervals can
/// be proved.
///
/// Sums, products, powers with constant exponents, the elementwise functions that have enclosures, and constants;
/// anything else has no formula, and nothing is proved about it.
struct FormulaReading {
  let function: OutcomeFunction
  let evaluator: ExpressionEvaluator

  /// nil where the body holds something else.
  func formula() -> OutcomeFormula? {
    guard let name = function.names.first, function.names.count == 1 else { return nil }
    guard let formula = formula(function.body, name), formula.isShort else { return nil }
    return formula
  }

  private var syntax: Syntax { function.syntax }

  private func formula(_ node: Int, _ name: String) -> OutcomeFormula? {
    switch syntax.kind(of: node) {
    case .number: return OutcomeFormula(syntax.number(of: node))
    case .name where syntax.name(of: node) == name: return .variable
    case .negation: return formula(syntax.child(0, of: node), name).map { -1 * $0 }
    case .sum, .product: return folded(node, name)
    case .power:
      guard let base = formula(syntax.child(0, of: node), name),
        let exponent = constant(syntax.child(1, of: node), name)
      else { return nil }
      return base.power(exponent)
    case .call:
      if let called = called(node, name) { return called }
      return constant(node, name).map { OutcomeFormula($0) }
    default: return constant(node, name).map { OutcomeFormula($0) }
    }
  }

  private func folded(_ node: Int, _ name: String) -> OutcomeFormula? {
    var result: OutcomeFormula?
    for child in syntax.children(of: node) {
      guard let part = formula(child.node, name), result?.isShort ?? true else { return nil }
      switch (result, child.operation) {
      case (nil, _): result = part
      case (let sum?, .plus): result = sum + part
      case (let sum?, .minus): result = sum - part
      case (let product?, .times): result = product * part
      case (let product?, .divide): result = product / part
      default: return nil
      }
    }
    return result
  }

  private func called(_ node: Int, _ name: String) -> OutcomeFormula? {
    let word = syntax.name(of: node)
    let children = syntax.children(of: node)
    guard !children.contains(where: { syntax.kind(of: $0.node) == .namedArgument }) else { return nil }
    let arguments = children.map { formula($0.node, name) }
    guard let first = arguments.first ?? nil else { return nil }
    if arguments.count == 1 { return OutcomeFormula.Function(rawValue: word).map { first.applying($0) } }
    guard word == "max" || word == "min" else { return nil }
    var result = first
    for argument in arguments.dropFirst() {
      guard let argument else { return nil }
      result = word == "max" ? .maximum(result, argument) : .minimum(result, argument)
    }
    return result
  }

  /// The number that a part without the argument stands for.
  private func constant(_ node: Int, _ name: String) -> Double? {
    var open = [node]
    while let next = open.popLast() {
      switch syntax.kind(of: next) {
      case .name where syntax.name(of: next) == name, .lambda: return nil
      default: open += syntax.children(of: next).map(\.node)
      }
    }
    var inner = ExpressionEvaluator(
      syntax, in: evaluator.scope, for: .constants("functions of outcomes"))
    inner.bindings = function.bindings
    inner.depth = function.depth + 1
    guard case .constant(let array)? = try? inner.array(of: node), array.isScalar, array.values[0].isFinite
    else { return nil }
    return array.values[0]
  }
}
