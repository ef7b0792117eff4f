import EntropicModel
import EntropicNumerics

/// The last digits of a linear programme: from a nearly optimal pair to one with exact complementarity.
///
///     S = {i : l_i + theta < p_i < u_i - theta},   T = {j : mu_j > 0} and all equalities
///     primal   p off S at its bound;   p_S by the shortest correction with A_T p = b_T and the masses
///     dual     lambda_T by the shortest correction with equal reduced costs on S, simplex by simplex
///
/// Where S is the support of a vertex the two systems are those of the simplex method's basis. Where the solution or
/// the multipliers are not unique the corrections are the nearest in their metrics (p-weighted for the primal), so that
/// faces and degenerate vertices need no special care. Several thresholds theta are tried; certificates choose.
/// - Complexity: O(n k^2 + k^3) a threshold.
struct LinearPolish {
  let program: Program
  let moments: MomentRows

  init(_ program: Program, _ moments: MomentRows) {
    self.program = program
    self.moments = moments
  }

  /// Offers corrected pairs, and mixes of corrected and given halves.
  func polish(_ p: [Double], multipliers: [Double], flags: [AnswerFlag], into best: inout BestCandidate) {
    var seen = -1
    for threshold in [1e-3, 1e-5, 1e-7, 1e-9, 1e-12] {
      let free = support(p, threshold)
      let size = free.reduce(0) { $0 + ($1 ? 1 : 0) }
      if size == seen { continue }
      seen = size
      let dual = Kernel.maximum(multipliers.map(abs)).isFinite ? levelled(multipliers, free) : nil
      let evidence = self.evidence(dual ?? multipliers)
      if let point = corrected(p, free, multipliers) {
        best.offer(Candidate(point: point, evidence: evidence, flags: flags), rows: moments)
      }
      best.offer(Candidate(point: p, evidence: evidence, flags: flags), rows: moments)
      best.offer(
        Candidate(point: best.candidate.point, evidence: evidence, flags: flags), rows: moments)
      if best.gap <= 0x1p-46 * best.size { return }
    }
  }

  func evidence(_ multipliers: [Double]) -> Evidence {
    var evidence = Evidence.none(for: program)
    let k = evidence.equality.count
    for j in evidence.equality.indices { evidence.equality[j] = multipliers[j] }
    for j in evidence.inequality.indices { evidence.inequality[j] = max(multipliers[k + j], 0) }
    return evidence
  }

  private func support(_ p: [Double], _ threshold: Double) -> [Bool] {
    var free = [Bool](repeating: false, count: p.count)
    let layout = program.layout
    for slice in layout.simplices {
      let largest = slice.range.reduce(0) { max($0, p[$1]) }
      for i in slice.range {
        free[i] = p[i] > layout.lower[i] + threshold * largest && p[i] < layout.upper[i] - threshold * largest
      }
    }
    return free
  }

  /// Rows that hold with equality.
  private func active(_ multipliers: [Double]) -> [Int] {
    (0..<moments.rows).filter { moments.scale[$0] > 0 && ($0 < moments.equalities || multipliers[$0] > 0) }
  }

  private func corrected(_ p: [Double], _ free: [Bool], _ multipliers: [Double]) -> [Double]? {
    let layout = program.layout
    let active = active(multipliers)
    var q = p
    for slice in layout.simplices {
      var rest = slice.mass
      var total = 0.0
      for i in slice.range {
        if free[i] {
          total += p[i]
        } else {
          let isHigh = layout.upper[i] < .infinity && p[i] > (layout.lower[i] + layout.upper[i]) / 2
          q[i] = isHigh ? layout.upper[i] : layout.lower[i]
          rest -= q[i]
        }
      }
      guard rest >= 0 else { return nil }
      if total > 0 { for i in slice.range where free[i] { q[i] *= rest / total } }
    }
    guard !active.isEmpty else { return q }
    for _ in 0..<4 {
      let weights = q.indices.map { free[$0] ? q[$0] : 0 }
      let residual = moments.means(q)
      guard let y = solve(weights, active.map { -residual[$0] }, active) else { return nil }
      let tilt = moments.tilt(y)
      for slice in layout.simplices {
        var (mean, total) = (0.0, 0.0)
        for i in slice.range {
          mean += weights[i] * tilt[i]
          total += weights[i]
        }
        guard total > 0 else { continue }
        for i in slice.range where weights[i] > 0 { q[i] = max(q[i] * (1 + tilt[i] - mean / total), 0) }
      }
      guard q.allSatisfy(\.isFinite) else { return nil }
    }
    return q
  }

  /// Multipliers with equal reduced costs on the free masses of every simplex, nearest to the given ones.
  private func levelled(_ multipliers: [Double], _ free: [Bool]) -> [Double]? {
    let active = active(multipliers)
    guard !active.isEmpty else { return multipliers }
    let weights = free.map { $0 ? 1.0 : 0.0 }
    var scaled = zip(multipliers, moments.scale).map { $0 * $1 }
    for j in scaled.indices where !active.contains(j) { scaled[j] = 0 }
    for _ in 0..<3 {
      var r = moments.tilt(scaled)
      for i in r.indices { r[i] = free[i] ? r[i] + program.objective.linear[i] : 0 }
      for slice in program.layout.simplices {
        let count = slice.range.reduce(0.0) { $0 + weights[$1] }
        guard count > 0 else { continue }
        // Two passes: the mean of numbers of one size loses the digits that matter.
        for _ in 0..<2 {
          let mean = slice.range.reduce(0) { $0 + r[$1] } / count
          for i in slice.range where free[i] { r[i] -= mean }
        }
      }
      let slope = moments.product(r)
      guard let step = solve(weights, active.map { -slope[$0] }, active) else { return nil }
      Kernel.axpy(1, step, into: &scaled)
    }
    guard scaled.allSatisfy(\.isFinite) else { return nil }
    return scaled.indices.map { moments.scale[$0] > 0 ? scaled[$0] / moments.scale[$0] : 0 }
  }

  /// H y = right on the active rows, H the covariance of the rows under the weights; shortest solution.
  private func solve(_ weights: [Double], _ right: [Double], _ active: [Int]) -> [Double]? {
    let ones = program.layout.simplices.map { _ in 1.0 }
    guard let h = moments.covariance(weights, omega: ones, stop: nil) else { return nil }
    let unit = active.map { h[$0, $0] > 0 ? 1 / h[$0, $0].squareRoot() : 0 }
    var scaled = Matrix(rows: active.count, columns: active.count, repeating: 0)
    for (a, i) in active.enumerated() {
      for (c, j) in active.enumerated() { scaled[a, c] = h[i, j] * unit[a] * unit[c] }
    }
    let b = zip(right, unit).map { $0 * $1 }
    var y: [Double]?
    if active.count > 400 {
      y = Cholesky(scaled, shift: 1e-13)?.solve(b)
    } else {
      y = SymmetricEigen(scaled)?.minimumNormSolve(b, tolerance: 1e-13)
    }
    guard let y else { return nil }
    var full = [Double](repeating: 0, count: moments.rows)
    for (a, j) in active.enumerated() { full[j] = y[a] * unit[a] }
    return full
  }
}
