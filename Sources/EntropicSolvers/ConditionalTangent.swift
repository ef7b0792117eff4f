import EntropicModel
import EntropicNumerics

/// The point at which conditional entropies are linearised for a certificate.
///
///     sum_j sigma_j sum_i S_ji x_i log(x_i / v_j),   v = S x
///
/// is positively homogeneous in the masses of a row j, so that its slopes depend on the shares x_i / v_j alone. Where v_j
/// goes to 0 (an output that is not used) the shares of the iterates say nothing: they may be any, and with them the
/// bound is as loose as can be although the point is optimal. The multipliers do say something. Stationarity wants
///
///     log(x_i / v_j) = s_i = -(c_i + nu) / (sigma_j S_ji)
///
/// c the costs of everything else with the multipliers of all rows, nu that of the simplex. The tangent point has the
/// shares exp(s_i) / Z_j, Z_j = sum_i S_ji exp(s_i), in every row: used rows have Z_j = 1 at the optimum, unused ones
/// Z_j <= 1, and then all reduced costs of the row are -sigma_j S_ji log Z_j >= 0. For rate-distortion this is Blahut's
/// bound (IEEE Trans. Inf. Theory 18 (1972), doi:10.1109/TIT.1972.1054855).
struct ConditionalTangent {
  /// sigma and S of every mass, and the row it belongs to; -1 without one.
  private var home: [Int]
  private var weight: [Double]
  private var share: [Double]
  private var sums: [Double]
  private var isFixed: [Bool] = []

  /// nil without conditional entropies, or when a mass is in two of them: its costs are then no longer its own.
  init?(_ program: Program, multipliers: [Double], at p: [Double]) {
    home = [Int](repeating: -1, count: program.count)
    weight = [Double](repeating: 0, count: program.count)
    share = weight
    sums = []
    let blocks = zip([1] + multipliers, [program.objective] + program.convex.map(\.functional))
    for (factor, f) in blocks where factor > 0 {
      for term in f.conditionals {
        for j in 0..<term.map.rows where term.weight[j] > 0 {
          var v = term.offset[j]
          for e in term.map.rowStart[j]..<term.map.rowStart[j + 1] where term.map.value[e] > 0 {
            let i = term.map.column[e]
            guard home[i] < 0 else { return nil }
            home[i] = sums.count
            weight[i] = factor * term.weight[j] * term.map.value[e]
            share[i] = term.map.value[e]
            v += term.map.value[e] * p[i]
          }
          sums.append(v)
          isFixed.append(term.offset[j] > 0)
        }
      }
    }
    if sums.isEmpty { return nil }
  }

  /// The tangent point; `costs` are the slopes of the Lagrangian at p without the conditional entropies.
  func point(_ program: Program, costs: [Double], at p: [Double]) -> [Double]? {
    func level(_ i: Int) -> Double {
      if home[i] < 0 { return 0 }
      return weight[i] * (Kernel.log(p[i]) - Kernel.log(max(sums[home[i]], Double.leastNormalMagnitude)))
    }
    var slopes = [Double](repeating: -.infinity, count: p.count)
    var top = [Double](repeating: -.infinity, count: sums.count)
    for slice in program.layout.simplices {
      var terms: [Double] = []
      for i in slice.range where p[i] > 0 { terms.append(p[i] * (costs[i] + level(i))) }
      let nu = -Kernel.compensatedSum(terms) / slice.mass
      for i in slice.range where home[i] >= 0 && program.layout.upper[i] > 0 {
        slopes[i] = -(costs[i] + nu) / weight[i]
        top[home[i]] = max(top[home[i]], slopes[i])
      }
    }
    var whole = [Double](repeating: 0, count: sums.count)
    for i in p.indices where home[i] >= 0 && slopes[i] > -.infinity {
      whole[home[i]] += share[i] * Kernel.exp(slopes[i] - top[home[i]])
    }
    var tangent = p
    for i in p.indices where home[i] >= 0 && !isFixed[home[i]] {
      let j = home[i]
      guard slopes[i] > -.infinity, whole[j] > 0 else { continue }
      tangent[i] = max(sums[j], 1e-30) * Kernel.exp(slopes[i] - top[j]) / whole[j]
    }
    return tangent.allSatisfy(\.isFinite) ? tangent : nil
  }
}

extension Program {
  /// The evidence with the tangent point of `ConditionalTangent`, or nil where it has nothing to say.
  func withConditionalTangent(_ evidence: Evidence, at p: [Double]) -> Evidence? {
    guard evidence.convex.count == convex.count,
      let tangent = ConditionalTangent(self, multipliers: evidence.convex, at: p)
    else { return nil }
    func rest(_ f: Functional) -> Functional {
      var copy = f
      copy.conditionals = []
      return copy
    }
    var costs = rest(objective).gradient(p)
    for (row, multiplier) in zip(equalities, evidence.equality) where multiplier != 0 {
      for (i, a) in zip(row.columns, row.values) { costs[i] += multiplier * a }
    }
    for (row, multiplier) in zip(inequalities, evidence.inequality) where multiplier > 0 {
      for (i, a) in zip(row.columns, row.values) { costs[i] += multiplier * a }
    }
    for (constraint, multiplier) in zip(convex, evidence.convex) where multiplier > 0 {
      Kernel.axpy(multiplier, rest(constraint.functional).gradient(p), into: &costs)
    }
    guard costs.allSatisfy(\.isFinite), let point = tangent.point(self, costs: costs, at: p) else {
      return nil
    }
    var out = evidence
    out.tangent = point
    return out
  }
}
