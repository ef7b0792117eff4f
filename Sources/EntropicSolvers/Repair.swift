import EntropicModel
import EntropicNumerics

/// The nearest feasible point to first order, in the metric of the Kullback-Leibler divergence.
///
///     p <- p (1 + (B - mean)' y),   (B' P B - means) y = -B p
///
/// B the centred equations and the inequalities that are violated, P = diag(p). This is the first-order
/// projection in relative entropy, it keeps zeros and the masses of the simplices, and it is repeated until
/// the band of feasibility holds, at most eight times. Bounds are kept by clipping. A point that is feasible
/// already comes back unchanged.
///
/// Convex constraints are not repaired. When no round helps, the least infeasible point that was seen is
/// returned.
/// - Complexity: O(n k^2 + k^3) a round.
public func repaired(_ p: [Double], for program: Program) -> [Double] {
  repaired(p, for: program, rows: nil)
}

/// As the public function; `moments` are the program's rows where somebody has them already.
func repaired(_ point: [Double], for program: Program, rows known: MomentRows?, within goal: Double = 1)
  -> [Double]
{
  guard point.count == program.count, point.allSatisfy(\.isFinite) else { return point }
  let layout = program.layout
  var worst = program.infeasibility(point)
  if worst <= goal { return point }
  let isBounded = layout.isBounded
  func clipped(_ q: [Double]) -> [Double] {
    isBounded ? q.indices.map { min(max(q[$0], layout.lower[$0]), layout.upper[$0]) } : q.map { max($0, 0) }
  }
  var best = point
  var p = program.normalised(clipped(point))
  let first = program.infeasibility(p)
  if first < worst {
    worst = first
    best = p
  }
  if worst <= goal || program.equalities.isEmpty && program.inequalities.isEmpty { return best }
  let moments = known ?? MomentRows(program)
  let omega = [Double](repeating: 1, count: layout.simplices.count)
  for _ in 0..<8 {
    guard let q = corrected(p, program, moments, omega) else { break }
    p = program.normalised(clipped(q))
    guard p.allSatisfy(\.isFinite) else { break }
    let now = program.infeasibility(p)
    if now < worst {
      worst = now
      best = p
    }
    if worst <= 0.25 { break }
  }
  return best
}

/// One first-order step. Outcomes that it pushes through a bound are held there, and the step is taken again.
private func corrected(
  _ p: [Double], _ program: Program, _ moments: MomentRows, _ omega: [Double]
) -> [Double]? {
  let layout = program.layout
  let residual = moments.means(p)
  let size = moments.absoluteMeans(p)
  let active = (0..<moments.rows).filter { j in
    moments.scale[j] > 0 && (j < moments.equalities || residual[j] > -0x1p-52 * size[j])
  }
  if active.isEmpty { return nil }
  var weights = p
  var q = p
  var missing = residual
  for _ in 0..<6 {
    guard let h = moments.covariance(weights, omega: omega, stop: nil),
      let y = correction(h, missing, active)
    else { return nil }
    var full = [Double](repeating: 0, count: moments.rows)
    for (a, j) in active.enumerated() { full[j] = y[a] }
    let tilt = moments.tilt(full)
    q = p
    var isHeld = false
    for slice in layout.simplices {
      var mean = 0.0
      var total = 0.0
      for i in slice.range {
        mean += weights[i] * tilt[i]
        total += weights[i]
      }
      guard total > 0 else { continue }
      mean /= total
      for i in slice.range where weights[i] > 0 {
        let change = tilt[i] - mean
        // Far from the linear range the exponential stays positive.
        q[i] = p[i] * (change > -0.5 ? 1 + change : Kernel.exp(change))
        if q[i] > layout.upper[i] || q[i] < layout.lower[i] {
          weights[i] = 0
          isHeld = true
        }
      }
    }
    if !isHeld { return q }
    missing = residual
  }
  return q
}

/// H y = -r on the active rows, in units of their deviations, shortest solution.
private func correction(_ h: Matrix, _ residual: [Double], _ active: [Int]) -> [Double]? {
  let unit = active.map { h[$0, $0] > 0 ? 1 / h[$0, $0].squareRoot() : 0 }
  var scaled = Matrix(rows: active.count, columns: active.count, repeating: 0)
  for (a, i) in active.enumerated() {
    for (c, j) in active.enumerated() { scaled[a, c] = h[i, j] * unit[a] * unit[c] }
  }
  let right = active.enumerated().map { -residual[$0.element] * unit[$0.offset] }
  if active.count > 400 {
    guard let factor = Cholesky(scaled, shift: 1e-13) else { return nil }
    return zip(factor.solve(right), unit).map { $0 * $1 }
  }
  guard let y = SymmetricEigen(scaled)?.minimumNormSolve(right, tolerance: 1e-14) else { return nil }
  return zip(y, unit).map { $0 * $1 }
}
