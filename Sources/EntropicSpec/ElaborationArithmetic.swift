import EntropicModel
import EntropicNumerics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// Operators. Constants are computed here, entry by entry, so that a value that is none can be named;
// formulas are
// built by the model.
extension ExpressionEvaluator {
  /// The shape of two arrays together: a number goes with anything, otherwise shapes are equal.
  func fitted(_ a: [Int], _ b: [Int], _ child: Syntax.Child) throws(SpecError) -> [Int] {
    if a == b || b.isEmpty { return a }
    if a.isEmpty { return b }
    if (a.count == 1) != (b.count == 1) {
      throw failure(
        .vectorWithMatrix, atOperator: child,
        "'\(child.operation.text)' of a vector and a matrix (\(shapeText(a)) and \(shapeText(b)))",
        hint: "diag(v) @ M scales the rows of M, M @ diag(v) its columns")
    }
    throw failure(
      .shapeMismatch, atOperator: child,
      "'\(child.operation.text)' of different shapes (expected \(shapeText(a)), found \(shapeText(b)))")
  }

  /// Entry by entry; the shapes fit.
  static func mapped(
    _ a: ConstantArray, _ b: ConstantArray, _ shape: [Int], _ f: (Double, Double) -> Double
  ) -> ConstantArray {
    let count = shape.reduce(1, *)
    return ConstantArray(shape: shape, values: (0..<count).map { f(a.entry($0), b.entry($0)) })
  }

  func sum(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    var shape: [Int] = []
    var constant: ConstantArray?
    var isFinite = true
    var terms: [Expression] = []
    for (child, value) in zip(syntax.children(of: node), values) {
      let term = try array(value, child.node)
      shape = try fitted(shape, term.shape, child)
      let isMinus = child.operation == .minus
      switch term {
      case .constant(let c):
        isFinite = isFinite && c.isFinite
        if let old = constant {
          let common = old.isScalar ? c.shape : old.shape
          constant = Self.mapped(old, c, common) { isMinus ? $0 - $1 : $0 + $1 }
        } else {
          constant = isMinus ? ConstantArray(shape: c.shape, values: c.values.map { -$0 }) : c
        }
      case .formula(let formula):
        terms.append(isMinus ? -formula.expression : formula.expression)
      }
    }
    guard var total = Self.balancedSum(terms) else {
      return .constant(try checked(constant ?? ConstantArray(0), node, fromFinite: isFinite))
    }
    if let constant {
      total = total + Expression(try checked(constant, node, fromFinite: isFinite).tensor)
    }
    return try wrapped(total, node)
  }

  /// The sum as a tree of logarithmic depth, in order.
  static func balancedSum(_ terms: [Expression]) -> Expression? {
    var level = terms
    while level.count > 1 {
      var next: [Expression] = []
      next.reserveCapacity((level.count + 1) / 2)
      for i in stride(from: 0, to: level.count, by: 2) {
        next.append(i + 1 < level.count ? level[i] + level[i + 1] : level[i])
      }
      level = next
    }
    return level.first
  }

  func product(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    var result: ArrayValue?
    for (child, value) in zip(syntax.children(of: node), values) {
      let factor = try array(value, child.node)
      guard let left = result else {
        result = factor
        continue
      }
      let shape = try fitted(left.shape, factor.shape, child)
      let divides = child.operation == .divide
      if divides, case .constant(let c) = factor, c.isScalar, c.values[0] == 0 {
        throw failure(.nonFiniteValue, atOperator: child, "division by 0")
      }
      if case .constant(let a) = left, case .constant(let b) = factor {
        let finite = a.isFinite && b.isFinite
        let c = Self.mapped(a, b, shape) { x, y in
          if divides { return x / y }
          // 0 log 0 = 0
          return x == 0 || y == 0 ? 0 : x * y
        }
        result = .constant(try checked(c, node, fromFinite: finite))
        continue
      }
      let (a, b) = (left.expression, factor.expression)
      result = .formula(FormulaValue(divides ? a / b : a * b))
    }
    return try finished(result, node)
  }

  private func finished(_ result: ArrayValue?, _ node: Int) throws(SpecError) -> ElaborationValue {
    switch result {
    case .constant(let array): return .constant(array)
    case .formula(let formula): return try wrapped(formula.expression, node)
    case nil: throw failure(.emptyExpression, at: node, "expected an expression")
    }
  }

  func negation(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    switch try array(values[values.startIndex], syntax.child(0, of: node)) {
    case .constant(let c): return .constant(ConstantArray(shape: c.shape, values: c.values.map { -$0 }))
    case .formula(let formula): return try wrapped(-formula.expression, node)
    }
  }

  /// x^a for a constant a, and c^x for a positive number c.
  func power(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    let base = try array(values[values.startIndex], syntax.child(0, of: node))
    let exponent = try array(values[values.startIndex + 1], syntax.child(1, of: node))
    switch (base, exponent) {
    case (.constant(let a), .constant(let b)):
      guard a.isScalar || b.isScalar || a.shape == b.shape else {
        throw failure(
          .shapeMismatch, at: node,
          "'^' of different shapes (expected \(shapeText(a.shape)), found \(shapeText(b.shape)))")
      }
      let finite = a.isFinite && b.isFinite
      let result = Self.mapped(a, b, a.isScalar ? b.shape : a.shape, Self.raised)
      return .constant(try checked(result, node, fromFinite: finite))
    case (.formula(let x), .constant(let a)):
      guard a.isScalar, a.isFinite else {
        throw failure(
          .unsupportedForm, at: syntax.child(1, of: node),
          "the exponent of an unknown is \(shapeText(a.shape)) (expected a finite number)")
      }
      return try wrapped(x.expression.power(a.values[0]), node)
    case (.constant(let c), .formula(let x)):
      guard c.isScalar, c.values[0] > 0, c.isFinite else {
        throw failure(
          .unsupportedForm, at: syntax.child(0, of: node),
          "the base of an unknown exponent must be a positive number")
      }
      return try wrapped(exp(Kernel.log(c.values[0]) * x.expression), node)
    case (.formula, .formula):
      throw failure(
        .unsupportedForm, at: node, "base and exponent both hold unknowns",
        hint: "one of them must be constant")
    }
  }

  static func raised(_ x: Double, _ a: Double) -> Double {
    if a == 2 { return x * x }
    if a == 0.5, x >= 0 { return x.squareRoot() }
    return pow(x, a)
  }

  func transpose(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    let x = try array(values[values.startIndex], syntax.child(0, of: node))
    guard x.shape.count <= 2 else {
      throw failure(.shapeMismatch, at: node, "' transposes a matrix (found \(shapeText(x.shape)))")
    }
    switch x {
    case .constant(let array): return .constant(array.transposed)
    case .formula(var formula):
      if formula.expression.shape.count < 2 { return .array(x) }
      formula.expression = formula.expression.transposed
      formula.labels = formula.labels?.transposed
      return .array(.formula(formula))
    }
  }

  func matrixProduct(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError)
    -> ElaborationValue
  {
    var result: ArrayValue?
    for (child, value) in zip(syntax.children(of: node), values) {
      let factor = try array(value, child.node)
      guard let left = result else {
        result = factor
        continue
      }
      result = try multiplied(left, factor, child, node)
    }
    return try finished(result, node)
  }

  private func multiplied(
    _ left: ArrayValue, _ right: ArrayValue, _ child: Syntax.Child, _ node: Int
  ) throws(SpecError) -> ArrayValue {
    let (s, t) = (left.shape, right.shape)
    guard !s.isEmpty, !t.isEmpty else {
      throw failure(
        .shapeMismatch, atOperator: child,
        "'@' of \(shapeText(s)) and \(shapeText(t)) (expected vectors or matrices)",
        hint: "'*' multiplies by a number")
    }
    guard s.count <= 2, t.count <= 2, s[s.count - 1] == t[0] else {
      throw failure(
        .shapeMismatch, atOperator: child,
        "'@' of \(shapeText(s)) and \(shapeText(t)): inner lengths differ (expected "
          + "\(s[s.count - 1]), found \(t[0]))",
        hint: t.count == 2 && t[1] == s[s.count - 1]
          ? "the right side transposed would fit"
          : s.count == 2 && s[0] == t[0] ? "the left side transposed would fit" : nil)
    }
    let shape = Array(s.dropLast()) + Array(t.dropFirst())
    try checkSize(shape, at: node)
    guard case .constant(let a) = left, case .constant(let b) = right else {
      return .formula(FormulaValue(Expression.matrixProduct(left.expression, right.expression)))
    }
    let values: [Double] =
      switch (s.count, t.count) {
      case (1, 1): [Kernel.compensatedDot(a.values, b.values)]
      case (2, 1): a.matrix.times(b.values)
      case (1, 2): b.matrix.transposedTimes(a.values)
      default: a.matrix.times(b.matrix).elements
      }
    let finite = a.isFinite && b.isFinite
    return .constant(try checked(ConstantArray(shape: shape, values: values), node, fromFinite: finite))
  }

  /// `[a, b]`: numbers make a vector, vectors of one length the rows of a matrix.
  func list(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    var items: [ArrayValue] = []
    for (child, value) in zip(syntax.children(of: node), values) {
      let item = try array(value, child.node)
      if let first = items.first, first.shape != item.shape {
        throw failure(
          .notRectangular, at: child.node,
          "item \(items.count + 1) has another shape (expected \(shapeText(first.shape)), found "
            + "\(shapeText(item.shape)))"
        )
      }
      items.append(item)
    }
    guard let first = items.first else { throw failure(.invalidArgument, at: node, "an empty list") }
    let shape = [items.count] + first.shape
    guard shape.count <= 3 else {
      throw failure(.excessiveRank, at: node, "a list of \(shape.count) axes (expected at most 3)")
    }
    try checkSize(shape, at: node)
    if items.allSatisfy(\.isConstant) {
      var all: [Double] = []
      for case .constant(let item) in items { all += item.values }
      return .constant(ConstantArray(shape: shape, values: all))
    }
    try checkSize([items.count, first.count, items.count], at: node, bytesPerEntry: 32)
    let stacked = Expression.stacked(
      items.map { $0.shape.count == 1 ? $0.expression : $0.expression.reshaped([$0.count]) })
    return try wrapped(shape.count == 1 ? stacked : stacked.reshaped(shape), node)
  }
}
