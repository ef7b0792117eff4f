import EntropicNumerics

// Constraints that leave their function no room: `norm(p - q) <= 0`, `sum_squares(p - q) <= 0`, `kl(p, q) <= 0`.
//
// A function that is never negative is at most 0 only where it is 0, and that is a system of equations: u = 0 for a norm,
// an absolute value or an even power of the affine u, p = q for a relative entropy to a law q. As a convex constraint it
// would have no interior, and its band theta sum |summands| would let p move by the root of the band, 1e-7, which no
// interval of 1e-9 can hold. But that band stands for the uncertainty of the data, and the data are q (known to theta)
// and the bound 0 (exact): over all of them the feasible points are p = q' with q' within theta of q. The equations say
// just this, with the band of ordinary rows, and their multipliers close the interval.
//
// Only a bound that is 0 as written counts. A radius of 1e-15 is a ball, with room of 4e-8.
extension ProblemBuilder {
  /// The equations that a constraint without room stands for, or nil for every other constraint.
  mutating func addVanishing(
    _ name: String, _ constraint: Constraint, _ relation: Constraint.Relation
  ) throws(ProblemError) -> ReportedConstraint? {
    let turned = constraint.left.isConstant
    let side = turned ? constraint.right : constraint.left
    let other = turned ? constraint.left : constraint.right
    guard relation == .atMost, side.isScalar, let bound = other.constant, bound.values == [0] else {
      return nil
    }
    var elements: [ReportedConstraint.Element] = []
    func label() -> String { "\(name)[\(elements.count + 1)]" }
    var parts = parts(side)
    if let images = VanishingImages(side) {
      for image in images.nodes {
        let form = parts.form(image)
        for j in 0..<form.rows {
          let offset = form.offset[j]
          elements.append(try addRow(label(), form.entries(j), .equal, offset == 0 ? 0 : -offset))
        }
      }
    } else {
      parts.add(side.index, weight: 1)
      let fixed = FixedRows(layout: program.layout, equalities: program.equalities)
      guard let (functional, zeros) = try? Resolution.functional(of: parts, fixed: fixed),
        let law = functional.referenceLaw(in: program.layout, without: zeros)
      else { return nil }
      for i in zeros { program.layout.upper[i] = 0 }
      for (i, mass) in law { elements.append(try addRow(label(), [(i, 1)], .equal, mass)) }
    }
    warnings.append("constraint \(name) holds only where its left side is 0, and is taken as that equation")
    return ReportedConstraint(name: name, relation: .equal, elements: elements, isScalar: false)
  }
}

/// The affine images that vanish where a formula does, for sums and maxima of norms, absolute values and even powers.
private struct VanishingImages {
  private(set) var nodes: [Int] = []

  init?(_ side: Expression) {
    let all = side.graph.nodes
    var open = [side.index]
    while let index = open.popLast() {
      let node = all[index]
      switch node.operation {
      case .scale(let c) where c > 0: open.append(node.arguments[0])
      case .sum, .maximum: open.append(node.arguments[0])
      case .add: open += node.arguments.reversed()
      case .norm, .absolute:
        guard all[node.arguments[0]].degree == 1 else { return nil }
        nodes.append(node.arguments[0])
      case .power(let a) where Outer.isEven(a):
        guard all[node.arguments[0]].degree == 1 else { return nil }
        nodes.append(node.arguments[0])
      default: return nil
      }
    }
  }
}

extension Functional {
  /// The law q of a function tau KL(p, q) on one simplex: tau p log p + l . p with q = exp(-l / tau) of the right mass.
  ///
  /// The logarithms must give q back to well within theta = 2^-46, which they do above e^-32; a reference of another
  /// mass, or with smaller masses, is left to the general constraint.
  fileprivate func referenceLaw(
    in layout: Layout, without zeros: Set<Int>
  ) -> [(entry: Int, mass: Double)]? {
    guard hasNoComposites, constant == 0, barrier.allSatisfy({ $0 == 0 }),
      powers.allSatisfy({ $0.weights.allSatisfy { $0 == 0 } }),
      let first = entropic.firstIndex(where: { $0 > 0 }),
      let home = layout.simplices.first(where: { $0.range.contains(first) })
    else { return nil }
    let tau = entropic[first]
    var law: [(entry: Int, mass: Double)] = []
    for i in 0..<count {
      if !home.range.contains(i) {
        guard linear[i] == 0, entropic[i] == 0 else { return nil }
        continue
      }
      if zeros.contains(i) || layout.upper[i] == 0 { continue }
      let exponent = -linear[i] / tau
      guard entropic[i] == tau, abs(exponent) <= 32 else { return nil }
      law.append((i, Kernel.exp(exponent)))
    }
    let total = Kernel.compensatedSum(law.map(\.mass))
    return abs(total - home.mass) <= dataUncertainty * home.mass ? law : nil
  }
}
