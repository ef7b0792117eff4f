// Comparisons between constants, inside conditions.
extension ExpressionEvaluator {
  func comparison(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    var sides: [ConstantArray] = []
    var shape: [Int] = []
    let children = syntax.children(of: node)
    for (child, value) in zip(children, values) {
      guard case .constant(let side) = try array(value, child.node) else {
        let place = child.operation == .none ? children[children.startIndex + 1] : child
        throw failure(
          .misplacedComparison, atOperator: place, "a comparison of unknowns cannot stand here",
          hint: "comparisons stand at the top of a constraint, each constraint is an item of 'subject to'")
      }
      shape = try fitted(shape, side.shape, child)
      sides.append(side)
    }
    let count = shape.reduce(1, *)
    var holds = [Bool](repeating: true, count: count)
    for (k, child) in children.dropFirst().enumerated() {
      let (a, b) = (sides[k], sides[k + 1])
      for i in 0..<count where holds[i] {
        let (x, y) = (a.entry(i), b.entry(i))
        holds[i] =
          switch child.operation {
          case .less: x < y
          case .lessOrEqual: x <= y
          case .greater: x > y
          case .greaterOrEqual: x >= y
          case .equal: x == y
          default: x != y
          }
      }
    }
    return .condition(Condition(shape: shape, holds: holds, node: node))
  }

  func connective(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    let kind = syntax.kind(of: node)
    var result: Condition?
    for (child, value) in zip(syntax.children(of: node), values) {
      guard case .condition(let condition) = value else {
        throw failure(
          .invalidArgument, at: child.node,
          "\(value.kind) cannot stand here (expected a condition such as x > 2)")
      }
      guard let left = result else {
        result = condition
        continue
      }
      let shape = left.shape.isEmpty ? condition.shape : left.shape
      guard condition.shape.isEmpty || condition.shape == shape else {
        throw failure(
          .shapeMismatch, at: child.node,
          "conditions of different shapes (expected \(shapeText(shape)), found \(shapeText(condition.shape)))"
        )
      }
      let count = shape.reduce(1, *)
      let holds = (0..<count).map {
        kind == .and ? left.entry($0) && condition.entry($0) : left.entry($0) || condition.entry($0)
      }
      result = Condition(shape: shape, holds: holds, node: node)
    }
    guard var condition = result else { throw failure(.emptyExpression, at: node, "expected a condition") }
    if kind == .not { condition.holds = condition.holds.map { !$0 } }
    condition.node = node
    return .condition(condition)
  }
}
