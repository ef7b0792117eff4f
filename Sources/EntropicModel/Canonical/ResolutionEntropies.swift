import EntropicNumerics

/// Entropies, relative entropies, and what covers what.
extension Resolution {
  /// weight u log v: proportional rows are entropies, constant sides linear or logarithms.
  mutating func resolveCrosses() {
    for group in terms.crosses {
      var logWeights: [Double] = []
      var logRows: [Int] = []
      for j in group.weights.indices where group.weights[j] != 0 {
        let w = group.weights[j]
        let u = group.first.row(j)
        let v = group.second.row(j)
        if u.entries.isEmpty {
          if u.offset != 0 {
            logWeights.append(w * u.offset)
            logRows.append(j)
          }
        } else if let ratio = u.ratio(to: v), ratio > 0 {
          addEntropy(u, w, group.node)
          if ratio != 1 { addLinear(u, w * Kernel.log(ratio)) }
        } else if let known = fixed.value(of: v), known.value > 0 {
          addLinear(u, w * Kernel.log(known.value), error: abs(w) * known.logError)
        } else if let known = fixed.value(of: u), known.value >= 0 {
          if known.value > 0 {
            logWeights.append(w * known.value)
            logRows.append(j)
          }
        } else {
          pending.append(PairTerm(weight: w, first: u, second: v, node: group.node))
        }
      }
      if !logRows.isEmpty {
        terms.logs.append(
          CollectedTerms.Group(
            weights: logWeights, form: group.second.picked(logRows, columns: count), node: group.node))
      }
    }
  }

  /// weight u log u: single masses go to tau, fixed rows to the constant.
  private mutating func addEntropy(_ u: AffineRow, _ weight: Double, _ node: Int) {
    if u.entries.isEmpty {
      addConstant(Scalar.xlogx(weight, u.offset))
    } else if u.entries.count == 1, u.offset == 0, u.entries[0].value > 0 {
      let (i, s) = u.entries[0]
      tau[i] += weight * s
      if weight < 0 { entropyNode = node }
      if s != 1 { addCost(at: i, weight * s * Kernel.log(s)) }
    } else if let known = fixed.value(of: u) {
      addConstant(Scalar.xlogx(weight, max(known.value, 0)), error: abs(weight) * known.entropyError)
    } else {
      sums.append(Term(weight: weight, row: u, node: node))
    }
  }

  /// Takes weight * S_i of tau at every member; false and nothing taken when some member has too little.
  private mutating func consume(_ row: SparseRow, _ weight: Double) -> Bool {
    let slack = 1 - 0x1p-40
    for entry in row {
      guard entry.value > 0, tau[entry.column] >= weight * entry.value * slack else { return false }
    }
    for entry in row {
      let rest = tau[entry.column] - weight * entry.value
      tau[entry.column] = rest > 0x1p-40 * weight * entry.value ? rest : 0
    }
    return true
  }

  /// -|w| v log v with v = S p + k is covered by |w| S_i p_i log p_i: a negative conditional entropy.
  mutating func coverSums() throws(ProblemError) {
    var rows: [SparseRow] = []
    var weights: [Double] = []
    var offsets: [Double] = []
    var left: [Term] = []
    for sum in sums {
      guard sum.weight < 0 else {
        left.append(sum)
        continue
      }
      guard sum.row.offset >= 0, consume(sum.row.entries, -sum.weight) else {
        throw guilty(sum.node, "not convex: an entropy of sums that no other term covers")
      }
      rows.append(sum.row.entries)
      weights.append(-sum.weight)
      offsets.append(sum.row.offset)
    }
    sums = left
    if !rows.isEmpty {
      functional.conditionals.append(
        ConditionalEntropy(
          weight: weights, map: SparseMatrix(columns: count, rows: rows), offset: offsets))
    }
  }

  /// -|w| u log v is covered by |w| u log u: a relative entropy, member by member.
  mutating func coverCrosses() throws(ProblemError) {
    var first: [AffineRow] = []
    var second: [AffineRow] = []
    var weights: [Double] = []
    for item in pending {
      func fail() -> ProblemError {
        guilty(item.node, "not convex: a product of a mass and the logarithm of another")
      }
      guard item.weight < 0 else { throw fail() }
      let w = -item.weight
      if let k = sums.firstIndex(where: { $0.weight >= w * (1 - 0x1p-40) && $0.row == item.first }) {
        sums[k].weight = max(0, sums[k].weight - w)
        first.append(item.first)
        second.append(item.second)
        weights.append(w)
      } else if item.first.offset == 0, consume(item.first.entries, w) {
        for entry in item.first.entries {
          first.append(AffineRow(entries: [(entry.column, 1)], offset: 0))
          second.append(item.second)
          weights.append(w * entry.value)
        }
      } else {
        throw fail()
      }
    }
    sums.removeAll { $0.weight == 0 }
    if !weights.isEmpty {
      let rows = first + second
      functional.composites.append(
        Composite(
          outer: .relativeEntropy(weights), map: .from(rows: rows.map(\.entries), columns: count),
          offset: rows.map(\.offset)))
    }
  }

  mutating func finishEntropies() throws(ProblemError) {
    if tau.contains(where: { $0 < 0 }) {
      throw guilty(entropyNode ?? 0, "not convex: an entropy of the wrong sign")
    }
    if tau.contains(where: { $0 > 0 }) { functional.entropic = tau }
    if !sums.isEmpty {
      functional.composites.append(
        Composite(
          outer: .entropy(sums.map(\.weight)), map: .from(rows: sums.map(\.row.entries), columns: count),
          offset: sums.map(\.row.offset)))
    }
  }
}
