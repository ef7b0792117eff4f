import EntropicNumerics

// Constraints that may be missed at a price.
//
//     sum_j  w_j / 2 (left_j - right_j)^2           for ==
//     sum_j  w_j / 2 max(left_j - right_j, 0)^2     for <=
//     sum_j  w_j / 2 max(right_j - left_j, 0)^2     for >=
//
// is added to what is minimised and taken from what is maximised. With w = 1 / lambda this is the soft form
// |A p - b|^2 / (2 lambda) of moment problems; w grows to infinity where the constraint must hold.

/// The constraint as a quadratic penalty of the given weight: the formulas above.
///
///     minimize(kl(p, q)) { soft(expect(p, x) == 60, weight: 10) }
///
/// The weight is one number, or one number an element (1 / variance for moments with known noise), and not negative.
/// Convexity is judged after the penalty was added. Reports give value and bound, what is missed, the price, and as
/// the multiplier the slope d(optimum) / d(bound), as for a constraint that must hold.
public func soft(_ constraint: Constraint, weight: some Formula) -> Constraint {
  constraint.softened(weight: weight.expression)
}

extension Constraint {
  /// The penalty that stands for a soft constraint: at least 0, and 0 where the constraint holds.
  func penalty(_ label: String) throws(ProblemError) -> (formula: Expression, weights: [Double]) {
    let difference = left - right
    if let failure = difference.failure ?? weight?.failure { throw failure }
    guard let weight = weight?.constant else {
      throw ProblemError(.argument, "soft \(label): the weight holds unknowns (expected a constant)")
    }
    guard weight.isScalar || weight.shape == difference.shape else {
      throw ProblemError(
        .shape,
        "soft \(label): the weights have another shape than the constraint "
          + "(expected \(difference.shape), found \(weight.shape))")
    }
    guard let bad = weight.values.first(where: { !($0 >= 0 && $0.isFinite) }) else {
      let missed: Expression
      switch relation {
      // The unknown part stands first, so that both ways round are one program.
      case .equal: missed = left.isConstant ? right - left : difference
      case .atMost: missed = max(difference, Expression(0))
      case .atLeast: missed = max(-difference, Expression(0))
      }
      let count = difference.count
      let halves =
        weight.isScalar
        ? Expression(weight.values[0] / 2)
        : Expression(Tensor(shape: weight.shape, values: weight.values.map { $0 / 2 }))
      let formula = sum(halves * missed.squared)
      return (
        formula, weight.isScalar ? [Double](repeating: weight.values[0], count: count) : weight.values
      )
    }
    throw ProblemError(.argument, "soft \(label): the weight is \(bad) (expected at least 0)")
  }
}

/// Where a soft constraint stands at a point: what it needs is the formula itself, for no row of the program is its own.
public struct SoftTerm: Sendable {
  let difference: Evaluation
  let places: [Range<Int>]
  /// -1 where the unknown part stood on the right.
  let sign: Double
  let bounds: [Double]
  let weights: [Double]

  public var count: Int { bounds.count }

  /// The unknown part at a point, one entry an element.
  func values(at p: [Double]) -> [Double] {
    zip(difference.value(places.map { Array(p[$0]) }), bounds).map { sign * $0 + $1 }
  }

  /// How far element j misses its bound: positive above it, negative below, 0 where it holds.
  private func missed(_ value: Double, _ j: Int, _ relation: Constraint.Relation) -> Double {
    let residual = value - bounds[j]
    switch relation {
    case .equal: return residual
    case .atMost: return max(residual, 0)
    case .atLeast: return min(residual, 0)
    }
  }

  /// The report in the user's sense. A bound that moves by d changes the penalty by -w (missed) d to first order.
  func report(_ constraint: ReportedConstraint, at p: [Double], sense: Sense) -> ConstraintReport {
    let values = values(at: p)
    let missed = values.indices.map { self.missed(values[$0], $0, constraint.relation) }
    let turn = sense == .minimize ? -1.0 : 1.0
    let multiplier = missed.indices.map { j in
      weights[j] == 0 || missed[j] == 0 ? 0 : turn * weights[j] * missed[j]
    }
    let price = Kernel.compensatedSum(missed.indices.map { weights[$0] / 2 * missed[$0] * missed[$0] })
    return ConstraintReport(
      name: constraint.name, relation: constraint.relation, isScalar: constraint.isScalar, value: values,
      bound: bounds, violation: missed.reduce(0) { max($0, abs($1)) }, multiplier: multiplier, penalty: price)
  }
}

extension ProblemBuilder {
  /// The objective with the penalties of all soft constraints, in the user's sense.
  mutating func soften(
    _ objective: Expression, _ sense: Sense, _ constraints: [Constraint]
  ) throws(ProblemError) -> Expression {
    var total = objective
    for (k, constraint) in constraints.enumerated() where constraint.weight != nil {
      let name = constraint.name ?? "constraint \(k + 1)"
      let (penalty, weights) = try constraint.penalty(name)
      slots[k] = ReportedConstraint(
        name: name, relation: constraint.left.isConstant ? constraint.relation.flipped : constraint.relation,
        elements: [], isScalar: (constraint.left - constraint.right).isScalar,
        soft: softTerm(constraint, weights))
      total = sense == .minimize ? total + penalty : total - penalty
    }
    return total
  }

  private func softTerm(_ constraint: Constraint, _ weights: [Double]) -> SoftTerm {
    let difference = constraint.left - constraint.right
    let sign = constraint.left.isConstant ? -1.0 : 1.0
    var bounds = [Double](repeating: 0, count: difference.count)
    if difference.isAffine {
      var parts = parts(difference)
      bounds = parts.form(difference.index).offset.map { $0 == 0 ? 0 : -sign * $0 }
    } else if let bound = sign < 0 ? constraint.left.constant : constraint.right.constant {
      bounds = bounds.indices.map { bound.values[bound.count == 1 ? 0 : $0] }
    }
    let evaluation = Evaluation(difference)
    return SoftTerm(
      difference: evaluation, places: evaluation.unknowns.map(range(of:)), sign: sign, bounds: bounds,
      weights: weights)
  }
}
