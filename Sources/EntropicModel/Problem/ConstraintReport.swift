import EntropicNumerics

/// What is reported about one constraint of the user, in the user's units.
public struct ConstraintReport: Sendable {
  public let name: String
  public let relation: Constraint.Relation
  public let isScalar: Bool
  /// The unknown part at the point, one entry an element.
  public let value: [Double]
  public let bound: [Double]
  /// The largest violation, 0 when the constraint holds.
  public let violation: Double
  /// d(optimum in the user's sense) / d(bound): minimising with <= it is at most 0, maximising with <= at least 0.
  public let multiplier: [Double]
  /// What missing the bounds of a soft constraint costs; nil for a constraint that must hold.
  public var penalty: Double? = nil
  /// The elements, from 0, that are ratios whose denominator is 0 at the point: they have no value and hold for want of
  /// one. Their bounds stand in `value`.
  public var vacuous: [Int] = []

  public init(
    name: String, relation: Constraint.Relation, isScalar: Bool, value: [Double], bound: [Double],
    violation: Double, multiplier: [Double], penalty: Double? = nil, vacuous: [Int] = []
  ) {
    self.name = name
    self.relation = relation
    self.isScalar = isScalar
    self.value = value
    self.bound = bound
    self.violation = violation
    self.multiplier = multiplier
    self.penalty = penalty
    self.vacuous = vacuous
  }
}

extension Problem {
  /// Values, bounds and multipliers of the user's constraints at an answer. The sense is turned here and nowhere else.
  public func reportedConstraints(_ answer: Answer) -> [ConstraintReport] {
    let p = answer.point
    let slope = transform.derivative(answer.certificate.value)
    let reduced = program.reducedCosts(answer.evidence, at: p)
    return constraints.map { constraint in
      if let soft = constraint.soft { return soft.report(constraint, at: p, sense: sense) }
      var values: [Double] = []
      var bounds: [Double] = []
      var multipliers: [Double] = []
      var violation = 0.0
      var vacuous: [Int] = []
      for element in constraint.elements {
        var value = element.bound
        var multiplier = 0.0
        switch element.place {
        case .equality(let k):
          value = program.equalities[k].value(p)
          multiplier = -answer.evidence.equality[k]
        case .inequality(let k):
          value = element.rate * program.inequalities[k].value(p)
          multiplier = -max(answer.evidence.inequality[k], 0)
        case .convex(let k):
          value = element.transform.value(program.convex[k].functional.value(p))
          multiplier = -max(answer.evidence.convex[k], 0)
        case .upper(let i):
          value = p[i] / element.rate
          multiplier = p[i] >= program.layout.upper[i] * (1 - 0x1p-30) ? min(reduced[i], 0) : 0
          if element.bound * element.rate > program.layout.upper[i] { multiplier = 0 }
        case .lower(let i):
          value = p[i] / element.rate
          multiplier = p[i] <= program.layout.lower[i] * (1 + 0x1p-30) ? max(reduced[i], 0) : 0
          if element.bound * element.rate < program.layout.lower[i] { multiplier = 0 }
        case .constant: break
        }
        var bound = element.bound
        var reported = slope * element.rate * multiplier
        if let ratio = element.ratio {
          // The row N - c D moves by D when c moves by 1.
          bound = ratio.bound
          if let (quotient, denominator) = ratio.value(p) {
            value = quotient
            reported *= denominator
          } else {
            value = bound
            reported = 0
            vacuous.append(values.count)
          }
        }
        values.append(value)
        bounds.append(bound)
        multipliers.append(reported == 0 ? 0 : reported)
        let excess =
          switch constraint.relation {
          case .equal: abs(value - bound)
          case .atMost: value - bound
          case .atLeast: bound - value
          }
        violation = max(violation, excess)
      }
      return ConstraintReport(
        name: constraint.name, relation: constraint.relation, isScalar: constraint.isScalar, value: values,
        bound: bounds, violation: violation, multiplier: multipliers, vacuous: vacuous)
    }
  }
}

extension Program {
  /// The gradient of the Lagrangian, shifted on every simplex so that it vanishes on average where masses are free.
  public func reducedCosts(_ evidence: Evidence, at p: [Double]) -> [Double] {
    var g = lagrangianGradient(evidence, at: p)
    for slice in layout.simplices {
      var weight = 0.0
      var mean = 0.0
      for i in slice.range where p[i] > layout.lower[i] && p[i] < layout.upper[i] * (1 - 0x1p-30) {
        weight += p[i]
        mean += p[i] * g[i]
      }
      let shift = weight > 0 ? mean / weight : slice.range.map { g[$0] }.min() ?? 0
      for i in slice.range { g[i] -= shift }
    }
    return g
  }

  /// The gradient of the Lagrangian in the masses.
  func lagrangianGradient(_ evidence: Evidence, at p: [Double]) -> [Double] {
    var g = objective.gradient(p)
    for (row, multiplier) in zip(equalities, evidence.equality) {
      for k in row.columns.indices { g[row.columns[k]] += multiplier * row.values[k] }
    }
    for (row, multiplier) in zip(inequalities, evidence.inequality) {
      for k in row.columns.indices { g[row.columns[k]] += max(multiplier, 0) * row.values[k] }
    }
    for (constraint, multiplier) in zip(convex, evidence.convex) where multiplier > 0 {
      Kernel.axpy(multiplier, constraint.functional.gradient(p), into: &g)
    }
    return g
  }
}
