import EntropicModel
import EntropicNumerics

/// The nearest point, to first order, that satisfies the convex constraints for all data in their bands.
///
/// A solution lies on the boundary of the constraints it feels, and rounding puts it on either side. The certificate
/// gives an upper end only to points inside, so such a point is moved by about the width of the band: the constraints
/// are linearised at it, their bounds lowered by what is missing, and the repair of rows does the rest. A point inside
/// comes back as it is, and so does one that nothing moves inside (no room within the band: `kl(p, q) <= 1e-15`).
/// - Complexity: one gradient an active constraint and one repair a round, at most four rounds.
public func secured(_ point: [Double], for program: Program) -> [Double] {
  guard !program.convex.isEmpty, program.isConvex, point.count == program.count else { return point }
  var p = point
  for round in 0..<4 {
    let needs = program.convexExcess(p)
    let worst = needs.max() ?? 0
    if worst <= 0 { return round == 0 || program.isFeasible(p) ? p : point }
    guard worst < .infinity else { return point }
    var rows = program.inequalities
    for (constraint, need) in zip(program.convex, needs) where !constraint.functional.isPolyhedral {
      guard let row = tangentRow(constraint, need, p, program.layout) else { return point }
      rows.append(row)
    }
    let inner = Program(
      layout: program.layout, objective: Functional(count: program.count), equalities: program.equalities,
      inequalities: rows)
    let next = program.normalised(repaired(p, for: inner, rows: nil, within: 0.5))
    if next == p { return point }
    p = next
  }
  let isInside = program.convexExcess(p).allSatisfy { $0 <= 0 } && program.isFeasible(p)
  return isInside ? p : point
}

/// g(p) + need' + g'(p) (q - p) <= 0 with the mean of the gradient over each simplex taken out, and room for the band of
/// the row itself.
private func tangentRow(
  _ constraint: ConvexConstraint, _ need: Double, _ p: [Double], _ layout: Layout
) -> ConstraintRow? {
  var gradient = constraint.functional.gradient(p)
  for slice in layout.simplices {
    var mean = 0.0
    for i in slice.range where p[i] > 0 { mean += gradient[i] * p[i] }
    mean /= slice.mass
    for i in slice.range { gradient[i] = p[i] > 0 ? gradient[i] - mean : 0 }
  }
  guard gradient.allSatisfy(\.isFinite) else { return nil }
  let columns = gradient.indices.filter { gradient[$0] != 0 }
  var size = 0.0
  for i in columns { size += abs(gradient[i]) * p[i] }
  let room = need > 0 ? 1.0625 * need : need
  return ConstraintRow(
    name: constraint.name, columns: columns, values: columns.map { gradient[$0] },
    bound: -room - dataUncertainty * (size + abs(need)))
}
