import EntropicModel

// What an item of 'subject to' says.
extension ExpressionEvaluator {
  /// The constraints at a node: a comparison, one of its signs each; a word that is a constraint; or any of these
  /// made soft.
  func constraints(at root: Int) throws(SpecError) -> [Constraint] {
    switch syntax.kind(of: root) {
    case .comparison: return try comparisons(root)
    case .call:
      let (builtin, places) = try boundCall(root)
      if builtin.name == Builtin.softName { return try softened(root, places) }
      if builtin.group == .constraints, case .constraint(let constraint, _) = try value(of: root) {
        return [constraint]
      }
    default: break
    }
    throw failure(
      .misplacedComparison, at: root, "a constraint is a comparison (expected one of <=, >=, ==)",
      hint: syntax.kind(of: root) == .and ? "each constraint is an item of its own" : nil)
  }

  /// soft(constraint, weight): every constraint inside at the same price.
  private func softened(_ root: Int, _ places: [[Int]]) throws(SpecError) -> [Constraint] {
    func argument(_ k: Int) -> Int {
      let child = syntax.child(places[k][0], of: root)
      return syntax.kind(of: child) == .namedArgument ? syntax.child(0, of: child) : child
    }
    let inner = argument(0)
    if syntax.kind(of: inner) == .call, syntax.name(of: inner) == Builtin.softName {
      throw failure(.misplacedComparison, at: inner, "a soft constraint inside a soft constraint")
    }
    let place = argument(1)
    guard case .constant(let weight) = try array(of: place) else {
      throw failure(
        .notConstant, at: place,
        "soft: the weight \(Diagnostic.quoted(syntax.shortText(of: place))) holds unknowns")
    }
    for (i, value) in weight.values.enumerated() where !(value >= 0 && value.isFinite) {
      let position = placeText(i, in: weight.shape)
      throw failure(
        .valueOutOfRange, at: place,
        "soft: weight \(position.isEmpty ? "" : position + " ")is \(numberText(value)) (expected at least 0)")
    }
    let found = try constraints(at: inner)
    for constraint in found where !weight.isScalar {
      let shape = (constraint.left - constraint.right).shape
      guard weight.shape == shape else {
        throw failure(
          .shapeMismatch, at: place,
          "soft: wrong number of weights (expected a number or \(shapeText(shape)), found "
            + "\(shapeText(weight.shape)))")
      }
    }
    return found.map { EntropicModel.soft($0, weight: Expression(weight.tensor)) }
  }

  /// A comparison; a chain has one constraint a sign.
  private func comparisons(_ root: Int) throws(SpecError) -> [Constraint] {
    let children = Array(syntax.children(of: root))
    let relation = try relation(children, root)
    var sides: [ArrayValue] = []
    for child in children { sides.append(try array(of: child.node)) }
    for k in 1..<sides.count { _ = try fitted(sides[k - 1].shape, sides[k].shape, children[k]) }
    for (side, child) in zip(sides, children) {
      guard case .constant(let array) = side, !array.isFinite else { continue }
      throw failure(
        .nonFiniteValue, at: child.node,
        "\(Diagnostic.quoted(syntax.shortText(of: child.node))) is not finite")
    }
    return (1..<sides.count).map { Constraint(sides[$0 - 1].expression, relation, sides[$0].expression) }
  }

  func relation(
    _ children: [Syntax.Child], _ root: Int
  ) throws(SpecError) -> Constraint.Relation {
    let signs = children.dropFirst()
    for sign in signs {
      switch sign.operation {
      case .less, .greater:
        let weak = sign.operation.text + "="
        throw failure(
          .strictComparison, atOperator: sign,
          "'\(sign.operation.text)' cannot stand in a constraint (expected '\(weak)')",
          hint: "write \(weak): an optimum lies on the boundary")
      case .notEqual:
        throw failure(
          .misplacedComparison, atOperator: sign,
          "'!=' cannot stand in a constraint (expected one of <=, >=, ==)")
      default: break
      }
    }
    guard let first = signs.first else {
      throw failure(.misplacedComparison, at: root, "a constraint is a comparison")
    }
    if let other = signs.dropFirst().first(where: { $0.operation != first.operation }) {
      throw failure(
        .misplacedComparison, atOperator: other,
        "a chain mixes '\(first.operation.text)' and '\(other.operation.text)'",
        hint: "write two constraints")
    }
    switch first.operation {
    case .equal:
      if signs.count > 1 {
        throw failure(
          .misplacedComparison, atOperator: children[2], "a chain of equalities (expected a single '==')",
          hint: "write two constraints")
      }
      return .equal
    case .lessOrEqual: return .atMost
    default: return .atLeast
    }
  }
}
