import EntropicNumerics

extension Functional {
  /// Masses of size 0 at which the function falls infinitely fast as they grow: dF / dp_i = -inf.
  ///
  ///     tau p log p,  -p^a with 0 < a < 1                       at p_i = 0
  ///     entropies and roots of u = K p + k                      at u_j = 0, for every mass that u_j holds
  ///     u log(u / v)                                            at u_j = 0 < v_j
  ///     -u^a v^(1 - a) with 0 < a < 1                           at u_j = 0 < v_j and at v_j = 0 < u_j
  ///     S x log(x / v), conditional entropies                   at x_i = 0 < v_j
  ///
  /// Slopes elsewhere on the boundary are finite, or the function is infinite there.
  /// - Cost: one pass over the stored entries.
  public func steepMasses(at p: [Double]) -> [Bool] {
    var steep = [Bool](repeating: false, count: count)
    for i in entropic.indices where entropic[i] > 0 && p[i] == 0 { steep[i] = true }
    for term in powers where term.exponent > 0 && term.exponent < 1 {
      for i in steep.indices where term.weights[i] > 0 && p[i] == 0 { steep[i] = true }
    }
    for term in composites where term.weight > 0 {
      guard let rows = term.steepRows(at: p) else { continue }
      var reach = [Double](repeating: 0, count: count)
      term.map.addAbsoluteTransposed(rows, to: &reach)
      for i in steep.indices where reach[i] > 0 && p[i] == 0 { steep[i] = true }
    }
    for term in conditionals {
      let sums = term.sums(p)
      for j in sums.indices where term.weight[j] > 0 && sums[j] > 0 {
        for k in term.map.rowStart[j]..<term.map.rowStart[j + 1] {
          let i = term.map.column[k]
          if term.map.value[k] > 0, p[i] == 0 { steep[i] = true }
        }
      }
    }
    for term in maxima where term.weight > 0 {
      let best = term.evaluate(p)
      for part in term.parts where part.value(p) >= best.value - 0x1p-30 * best.magnitude {
        for (i, isSteep) in part.steepMasses(at: p).enumerated() where isSteep { steep[i] = true }
      }
    }
    return steep
  }
}

extension Composite {
  /// 1 at the arguments in which the slope is -inf, 0 elsewhere; nil where there is none.
  fileprivate func steepRows(at p: [Double]) -> [Double]? {
    let pairs: Int
    switch outer {
    case .entropy: pairs = 0
    case .power(let a, _) where a > 0 && a < 1: pairs = 0
    case .relativeEntropy(let w): pairs = w.count
    case .perspective(let a, let w) where a > 0 && a < 1: pairs = w.count
    default: return nil
    }
    let u = image(p)
    let size = map.applyAbsolute(p)
    func isZero(_ j: Int) -> Bool { u[j] <= 0x1p-44 * (size[j] + abs(offset[j])) }
    var rows = [Double](repeating: 0, count: u.count)
    switch outer {
    case .entropy(let w), .power(_, let w):
      for j in w.indices where w[j] > 0 && isZero(j) { rows[j] = 1 }
    case .relativeEntropy(let w):
      for j in w.indices where w[j] > 0 && isZero(j) && !isZero(pairs + j) { rows[j] = 1 }
    case .perspective(_, let w):
      for j in w.indices where w[j] > 0 && isZero(j) != isZero(pairs + j) {
        rows[isZero(j) ? j : pairs + j] = 1
      }
    default: return nil
    }
    return rows.contains(1) ? rows : nil
  }
}
