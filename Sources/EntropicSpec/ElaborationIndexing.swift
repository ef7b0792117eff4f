import EntropicModel

// Indices count from 1, ranges include both ends, labels stand for positions.
extension ExpressionEvaluator {
  func range(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    let from = try array(values[values.startIndex], syntax.child(0, of: node))
    let to = try array(values[values.startIndex + 1], syntax.child(1, of: node))
    return .range(from, to)
  }

  func index(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    let base = syntax.child(0, of: node)
    if case .components(let outcomes) = values[values.startIndex] {
      return try component(node, outcomes, values)
    }
    let x = try array(values[values.startIndex], base)
    let given = values.dropFirst()
    let shape = x.shape
    guard given.count == shape.count else {
      let found = given.count == 1 ? "1 index" : "\(given.count) indices"
      throw failure(
        .shapeMismatch, at: node,
        "\(syntax.shortText(of: base)) is \(shapeText(shape)) (expected \(shape.count) "
          + "\(shape.count == 1 ? "index" : "indices"), found \(found))",
        hint: shape.count == 2 && given.count == 1
          ? "a whole row is \(syntax.shortText(of: base))[1, :]" : nil)
    }
    if shape.count == 1, case .formula(let formula) = x, case .array(let index) = given[given.startIndex],
      index.shape.isEmpty
    {
      // The common case, p[3]: one node for all places where it stands.
      let place = try position(index, syntax.child(1, of: node), shape[0])
      let name = syntax.kind(of: base) == .name ? syntax.name(of: base) : ""
      func entry() -> Expression {
        formula.expression.selected([place], shape: []).named(syntax.shortText(of: node))
      }
      guard !name.isEmpty, bindings[name] == nil else { return .array(.formula(FormulaValue(entry()))) }
      return .array(.formula(FormulaValue(scope.entry(place, of: name, make: entry))))
    }
    var picked: [[Int]] = []
    var result: [Int] = []
    for (axis, value) in given.enumerated() {
      let place = syntax.child(axis + 1, of: node)
      let (positions, isSingle) = try positions(value, place, axis: axis, of: x, base)
      picked.append(positions)
      if !isSingle { result.append(positions.count) }
    }
    try checkSize(picked.map(\.count), at: node)
    var flat = [0]
    for (axis, positions) in picked.enumerated() {
      if flat.count == 1, positions.count == 1 {
        flat[0] = flat[0] * shape[axis] + positions[0]
      } else {
        flat = flat.flatMap { start in positions.map { start * shape[axis] + $0 } }
      }
    }
    switch x {
    case .constant(let array):
      return .constant(ConstantArray(shape: result, values: flat.map { array.values[$0] }))
    case .formula(let formula):
      return try wrapped(formula.expression.selected(flat, shape: result), node)
    }
  }

  /// The positions, from 0, that an index picks, and whether it drops the axis.
  private func positions(
    _ value: ElaborationValue, _ node: Int, axis: Int, of x: ArrayValue, _ base: Int
  ) throws(SpecError) -> ([Int], isSingle: Bool) {
    let length = x.shape[axis]
    switch value {
    case .all: return (Array(0..<length), false)
    case .text(let label):
      let labels = x.labels?.list(axis: axis) ?? []
      guard let position = x.labels?.position(of: label, axis: axis) else {
        let name = syntax.shortText(of: base)
        throw failure(
          .indexOutOfRange, at: node,
          labels.isEmpty
            ? "\(name) has no labels (found \(Diagnostic.quoted(label)))"
            : "\(name) has no label \(Diagnostic.quoted(label))",
          hint: Suggestion.hint(for: label, among: labels))
      }
      return ([position], true)
    case .range(let from, let to):
      let first = try position(from, syntax.child(0, of: node), length)
      let last = try position(to, syntax.child(1, of: node), length)
      guard first <= last else {
        throw failure(
          .malformedRange, at: node, "the range ends before it begins (from \(first + 1) to \(last + 1))")
      }
      return (Array(first...last), false)
    case .array(let index) where index.shape.count == 1:
      guard case .constant(let list) = index else { break }
      var positions: [Int] = []
      for entry in list.values {
        positions.append(try position(.constant(ConstantArray(entry)), node, length))
      }
      return (positions, false)
    case .array(let index): return ([try position(index, node, length)], true)
    default: break
    }
    throw failure(
      .invalidArgument, at: node, "\(value.kind) is no index (expected a whole number, a range or a label)")
  }

  /// One position from 0.
  private func position(_ value: ArrayValue, _ node: Int, _ length: Int) throws(SpecError) -> Int {
    guard case .constant(let index) = value else {
      throw failure(.notConstant, at: node, "an index cannot hold unknowns")
    }
    guard index.isScalar else {
      throw failure(.shapeMismatch, at: node, "an index is \(shapeText(index.shape)) (expected a number)")
    }
    let number = index.values[0]
    guard let whole = Int(exactly: number), whole >= 1, whole <= length else {
      throw failure(
        .indexOutOfRange, at: node, "index \(numberText(number)) is out of range (expected 1 to \(length))",
        hint: number == 0 ? "indices count from 1" : nil)
    }
    return whole - 1
  }

  /// `x[1]` for the outcomes x, all at once.
  private func component(
    _ node: Int, _ outcomes: ConstantArray, _ values: ArraySlice<ElaborationValue>
  ) throws(SpecError) -> ElaborationValue {
    let place = syntax.child(1, of: node)
    guard values.count == 2, case .array(let index) = values[values.startIndex + 1] else {
      throw failure(.invalidArgument, at: place, "a component is a whole number")
    }
    let width = outcomes.shape.last ?? 1
    let k = try position(index, place, width)
    let shape = Array(outcomes.shape.dropLast())
    let rows = shape.reduce(1, *)
    return .constant(
      ConstantArray(shape: shape, values: (0..<rows).map { outcomes.values[$0 * width + k] }))
  }
}

/// A number as a user would write it: 3, not 3.0.
func numberText(_ x: Double) -> String {
  if let whole = Int(exactly: x), Swift.abs(whole) < 1 << 53 { return "\(whole)" }
  return "\(x)"
}
