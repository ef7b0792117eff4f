import EntropicNumerics

// Constraints whose left side is a convex function of the masses: as it stands, or behind a monotone root.
extension ProblemBuilder {
  mutating func addCurved(
    _ name: String, _ constraint: Constraint
  ) throws(ProblemError) -> ReportedConstraint {
    let difference = constraint.left - constraint.right
    let turned = constraint.left.isConstant
    let relation = turned ? constraint.relation.flipped : constraint.relation
    guard relation != .equal else {
      let equality = "\(constraint.left) == \(constraint.right)"
      throw ProblemError(
        .notConvex, "not convex: an equality between formulas that are not affine: \(equality)",
        hint: "an inequality may be meant", subject: equality, node: constraint.left.index)
    }
    if let pinned = try addVanishing(name, constraint, relation) { return pinned }
    let fixed = FixedRows(layout: program.layout, equalities: program.equalities)
    // A bound without unknowns is reported as it was written: constants inside the formula, such as the 1 of a Hellinger
    // distance, belong to the formula.
    let written = (turned ? constraint.left : constraint.right).constant?.values
    var elements: [ReportedConstraint.Element] = []
    for j in 0..<difference.count {
      let label = difference.isScalar ? name : "\(name)[\(j + 1)]"
      let upward = relation == .atMost ? 1.0 : -1.0
      do {
        let weight = upward * (turned ? -1 : 1)
        var parts = parts(difference)
        parts.add(difference.index, entry: j, weight: weight)
        var (functional, zeros) = try Resolution.functional(of: parts, fixed: fixed)
        if functional.gainsByPeeling, let element = try? addPeeled(label, constraint, j, nil, fixed) {
          elements.append(element)
          continue
        }
        for i in zeros { program.layout.upper[i] = 0 }
        let bound = functional.constant == 0 ? 0 : -functional.constant
        functional.constant = 0
        program.convex.append(ConvexConstraint(name: label, functional: functional, bound: bound))
        let limit = written.flatMap { $0.count == 1 ? $0[0] : $0.count > j ? $0[j] : nil } ?? upward * bound
        elements.append(
          ReportedConstraint.Element(
            place: .convex(program.convex.count - 1), bound: limit, rate: upward,
            transform: MonotoneTransform(
              limit.isFinite && bound.isFinite
                // The difference comes first: a value on its bound is reported as the bound.
                ? [.affine(scale: 1, offset: -bound), .affine(scale: upward, offset: limit)]
                : [.affine(scale: upward, offset: 0)])))
      } catch {
        guard let element = try addPeeled(label, constraint, j, error, fixed) else { throw error }
        elements.append(element)
      }
    }
    return ReportedConstraint(
      name: name, relation: relation, elements: elements, isScalar: difference.isScalar)
  }

  /// T(g) <= c with T monotone at the root: g <= T^-1(c), or the other way round where T decreases.
  private mutating func addPeeled(
    _ name: String, _ constraint: Constraint, _ j: Int, _ error: ProblemError?, _ fixed: FixedRows
  ) throws(ProblemError) -> ReportedConstraint.Element? {
    let (side, other, relation) =
      constraint.right.constant != nil
      ? (constraint.left, constraint.right, constraint.relation)
      : (constraint.right, constraint.left, constraint.relation.flipped)
    guard let limit = other.constant, side.isScalar,
      let peeled = Peeling(side), let level = peeled.transform.inverse(limit.values[0])
    else { return nil }
    // An overflow of finite data is not an infinity of the data.
    guard level.isFinite || !limit.values[0].isFinite else {
      throw ProblemError(
        .domain, "the bound of \(name) leaves the range of numbers once its root function is taken away",
        hint: "a bound or an order of smaller size", node: constraint.left.index)
    }
    let isUpper = (relation == .atMost) == peeled.transform.isIncreasing
    let sign = isUpper ? 1.0 : -1.0
    var parts = parts(side)
    parts.add(peeled.inner, weight: sign)
    var (functional, zeros) = try Resolution.functional(of: parts, fixed: fixed)
    for i in zeros { program.layout.upper[i] = 0 }
    let bound = sign * level - functional.constant
    let constant = functional.constant
    functional.constant = 0
    // exp(x) is off by |x| last digits of its argument.
    if level.isFinite {
      functional.constantError += 0x1p-51 * abs(level) * (1 + abs(Kernel.log(max(abs(level), 0x1p-1000))))
    }
    program.convex.append(ConvexConstraint(name: name, functional: functional, bound: bound))
    return ReportedConstraint.Element(
      place: .convex(program.convex.count - 1), bound: limit.values[0],
      rate: sign / peeled.transform.derivative(level),
      transform: MonotoneTransform(
        [.affine(scale: sign, offset: sign * constant)] + peeled.transform.steps))
  }
}
