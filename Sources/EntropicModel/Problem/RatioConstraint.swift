import EntropicNumerics

/// A scalar constraint on a ratio N / D of affine forms, D >= 0: what its row in the program, N - c D against 0, needs
/// to be reported in the user's units.
public struct RatioTerm: Sendable {
  let numerator: LinearFraction.Form
  let denominator: LinearFraction.Form
  /// c
  let bound: Double
  /// The largest value of the denominator.
  let largest: Double

  /// The ratio at a point and its denominator, which is the slope of the row in c. nil where the denominator is 0, up
  /// to the uncertainty of its data: there the ratio has no value, and the constraint says nothing about it.
  func value(_ p: [Double]) -> (ratio: Double, denominator: Double)? {
    let below = denominator.value(p)
    guard below > dataUncertainty * largest else { return nil }
    let ratio = numerator.value(p) / below
    return ratio.isFinite ? (ratio, below) : nil
  }
}

extension ProblemBuilder {
  /// Rows for a constraint between a ratio and constants, or ratios of one denominator; nil for anything else.
  ///
  /// - Throws: a refusal, where there are ratios whose rows would not say the same.
  mutating func addRatios(
    _ name: String, _ constraint: Constraint
  ) throws(ProblemError) -> ReportedConstraint? {
    let difference = constraint.left - constraint.right
    let turned = constraint.left.isConstant
    let relation = turned ? constraint.relation.flipped : constraint.relation
    var reader = LinearFractionReader(parts(difference))
    // Against a constant the ratio keeps its own numbers.
    let limits = turned ? constraint.left.constant : constraint.right.constant
    var side = difference
    if limits != nil { side = turned ? constraint.right : constraint.left }
    var entries: [LinearFraction.Entry] = []
    do throws(LinearFraction.Failure) {
      let graph = difference.graph
      entries = try reader.entries(of: graph.imported(side.index, from: side.graph))
    } catch {
      guard case .differentDenominators(let node) = error else { return nil }
      throw refusal("ratios with different denominators in one constraint", difference, node)
    }
    // All rows are known to be right before the first enters the program.
    var rows: [(label: String, row: LinearFraction.Form, term: RatioTerm)] = []
    for j in 0..<difference.count {
      let label = difference.isScalar ? name : "\(name)[\(j + 1)]"
      var entry = entries[entries.count == 1 ? 0 : j]
      let bound = limits.map { $0.values[$0.count == 1 ? 0 : j] } ?? 0
      var below = entry.denominator.map { reader.denominators[$0] } ?? LinearFraction.Form(offset: 1)
      var range = interval(below)
      if range.lower < 0, range.upper <= 0 {
        entry.numerator = .combination([(-1, entry.numerator)])
        below = .combination([(-1, below)])
        range = (-range.upper, -range.lower)
      }
      guard range.lower >= 0 else {
        throw refusal("a ratio whose denominator may be negative", difference, difference.index)
      }
      let row = LinearFraction.Form.combination([(1, entry.numerator), (-bound, below)])
      guard bound.isFinite, row.offset.isFinite, row.values.allSatisfy({ !$0.isNaN }) else {
        throw ProblemError(.domain, "constraint \(label): a number that is not finite")
      }
      let term = RatioTerm(
        numerator: entry.numerator, denominator: below, bound: bound, largest: range.upper)
      rows.append((label, row, term))
    }
    var elements: [ReportedConstraint.Element] = []
    for (label, row, term) in rows {
      var element = try addRow(
        label, zip(row.columns, row.values).map { (column: $0, value: $1) }, relation,
        row.offset == 0 ? 0 : -row.offset)
      element.ratio = term
      elements.append(element)
    }
    return ReportedConstraint(
      name: name, relation: relation, elements: elements, isScalar: difference.isScalar)
  }

  private func refusal(_ what: String, _ expression: Expression, _ node: Int) -> ProblemError {
    let subject = Expression.describe(expression.graph, node, depth: 6)
    return ProblemError(
      .unsupported, "\(what): \(subject)",
      hint: "a constraint holds one ratio, and its denominator is a sum of masses with weights of one sign",
      subject: subject, node: node)
  }

  /// The least and the largest value of an affine form over the simplices.
  private func interval(_ form: LinearFraction.Form) -> (lower: Double, upper: Double) {
    var (low, high) = (form.offset, form.offset)
    var next = 0
    for slice in program.layout.simplices where next < form.columns.count {
      let first = next
      while next < form.columns.count, form.columns[next] < slice.first + slice.count { next += 1 }
      guard next > first else { continue }
      var (least, most) = (form.values[first], form.values[first])
      for k in first..<next {
        least = min(least, form.values[k])
        most = max(most, form.values[k])
      }
      if next - first < slice.count { (least, most) = (min(least, 0), max(most, 0)) }
      low += slice.mass * least
      high += slice.mass * most
    }
    return (low, high)
  }

  /// A ratio of masses in an objective: there is no row for it.
  func ratio(in objective: Expression) -> ProblemError? {
    let nodes = objective.graph.nodes
    var open = [objective.index]
    var seen: Set<Int> = []
    while let top = open.popLast() {
      guard seen.insert(top).inserted, nodes[top].degree > 1 else { continue }
      let node = nodes[top]
      switch node.operation {
      case .divide where nodes[node.arguments[0]].degree == 1 && nodes[node.arguments[1]].degree == 1:
        let subject = Expression.describe(objective.graph, top, depth: 6)
        return ProblemError(
          .unsupported, "a ratio of masses stands only in constraints that must hold: \(subject)",
          hint: "bound the ratio by a constraint, and vary the bound", subject: subject, node: top)
      case .add, .scale, .multiply, .divide, .matrixProduct, .linear, .sum, .power, .maximumOf, .maximum:
        open += node.arguments.reversed()
      default: break
      }
    }
    return nil
  }
}
