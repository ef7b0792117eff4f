import EntropicModel
import EntropicNumerics

/// The constraints of a program as scaled residuals: r = (A p - b) / scale for rows, (g(p) - c) / scale for convex
/// constraints, with what an augmented Lagrangian needs of them.
///
/// The scale of a row is its largest entry after its bound is shared out over the masses; that of a convex constraint
/// the range of its gradient at the centre. Multipliers are in scaled units in here, in the program's in evidence.
struct LagrangianTerms: Sendable {
  let original: Program
  let moments: MomentRows
  private let scales: [Double]
  /// How far inside their bounds convex constraints are aimed, in scaled units.
  private static let margin = 4e-11

  init(_ program: Program) {
    original = program
    moments = MomentRows(program)
    let centre = program.layout.centre()
    scales = program.convex.map { constraint in
      let gradient = constraint.functional.gradient(centre)
      let finite = gradient.filter(\.isFinite)
      let range = (finite.max() ?? 0) - (finite.min() ?? 0)
      return max(range, abs(constraint.bound), 1e-300)
    }
  }

  private var rowCount: Int { moments.rows }
  private func isInequality(_ j: Int) -> Bool { j >= moments.equalities }

  /// All residuals, rows first.
  private func residuals(_ p: [Double]) -> [Double] {
    moments.means(p)
      + zip(original.convex, scales).map { constraint, scale in
        (constraint.functional.value(p) - constraint.bound) / scale + LagrangianTerms.margin
      }
  }

  /// max |r| over what must hold: inequalities count where they are violated or carry a multiplier.
  func violation(_ p: [Double], _ y: [Double]) -> Double {
    var worst = 0.0
    for (j, r) in residuals(p).enumerated() {
      let v = isInequality(j) && y[j] == 0 ? max(r, 0) : abs(r)
      worst = v.isNaN ? .infinity : max(worst, v)
    }
    return worst
  }

  /// sum |y r|
  func slack(_ p: [Double], _ y: [Double]) -> Double {
    zip(residuals(p), y).reduce(0) { $0 + abs($1.0 * $1.1) }
  }

  /// y + sigma r, at least 0 for inequalities.
  func updated(_ y: [Double], at p: [Double], sigma: Double) -> [Double] {
    let r = residuals(p)
    return y.indices.map { j in
      guard r[j].isFinite else { return y[j] }
      let next = y[j] + sigma * r[j]
      return isInequality(j) ? max(next, 0) : next
    }
  }

  /// The inner problem: the simplices and bounds with F plus the penalties.
  func program(_ y: [Double], _ sigma: Double) -> Program {
    var objective = original.objective
    let terms = self
    objective.smooth.append(
      SmoothFunction(name: "penalty") { p in terms.penalty(p, y, sigma) })
    return Program(layout: original.layout, objective: objective)
  }

  /// sum_eq [y r + sigma r^2 / 2] + sum_ineq [max(0, y + sigma r)^2 - y^2] / (2 sigma), with its gradient.
  private func penalty(_ p: [Double], _ y: [Double], _ sigma: Double) -> (Double, [Double]) {
    let r = residuals(p)
    var values: [Double] = []
    var slopes = [Double](repeating: 0, count: y.count)
    for j in y.indices {
      if isInequality(j) {
        slopes[j] = max(y[j] + sigma * r[j], 0)
        values.append((slopes[j] * slopes[j] - y[j] * y[j]) / (2 * sigma))
      } else {
        slopes[j] = y[j] + sigma * r[j]
        values.append(r[j] * (y[j] + sigma * r[j] / 2))
      }
    }
    var gradient = moments.tilt(Array(slopes.prefix(rowCount)))
    for (k, constraint) in original.convex.enumerated() where slopes[rowCount + k] != 0 {
      Kernel.axpy(slopes[rowCount + k] / scales[k], constraint.functional.gradient(p), into: &gradient)
    }
    return (Kernel.compensatedSum(values), gradient)
  }

  /// Scaled multipliers of evidence; zeros without.
  func multipliers(of evidence: Evidence?) -> [Double] {
    let k = rowCount + original.convex.count
    guard let evidence, evidence.equality.count == original.equalities.count,
      evidence.inequality.count == original.inequalities.count, evidence.convex.count == original.convex.count
    else { return [Double](repeating: 0, count: k) }
    return zip(evidence.equality + evidence.inequality, moments.scale).map { $0 * $1 }
      + zip(evidence.convex, scales).map { $0 * $1 }
  }

  /// Multipliers in the units of the program.
  func evidence(_ y: [Double]) -> Evidence {
    var evidence = Evidence.none(for: original)
    let k = original.equalities.count
    for j in 0..<rowCount where moments.scale[j] > 0 {
      let value = y[j] / moments.scale[j]
      if j < k { evidence.equality[j] = value } else { evidence.inequality[j - k] = max(value, 0) }
    }
    for j in original.convex.indices { evidence.convex[j] = max(y[rowCount + j] / scales[j], 0) }
    return evidence
  }

  /// The multipliers as a proof of infeasibility: y . r > 0 on all of the simplices, convex constraints taken by their
  /// tangents at p.
  func contradiction(_ y: [Double], at p: [Double]) -> Evidence? {
    let size = y.reduce(0) { max($0, abs($1)) }
    guard size > 0, size.isFinite else { return nil }
    let claim = evidence(y.map { $0 / size })
    return original.infeasibilityProof(claim, at: original.normalised(p)) == nil ? nil : claim
  }
}
