import EntropicModel
import EntropicNumerics

extension SaddleForm {
  /// The multipliers and slopes of a point, in the units of the program.
  func evidence(_ s: SaddlePoint) -> Evidence {
    var evidence = Evidence.none(for: program)
    let simplices = program.layout.simplices.count
    for (k, i) in equalityIndex.enumerated() {
      evidence.equality[i] = s.beta[simplices + k] * rowScale[simplices + k] / objectiveScale
    }
    for (k, i) in inequalities.enumerated() {
      evidence.inequality[k] = s.beta[i] * rowScale[equalities.count + k] / objectiveScale
    }
    for (c, i) in convex.enumerated() {
      evidence.convex[c] = s.beta[i] * constraintScale[c] / objectiveScale
    }
    evidence.objectiveSlopes = [[Double]?](repeating: nil, count: program.objective.composites.count)
    evidence.constraintSlopes = program.convex.map {
      [[Double]?](repeating: nil, count: $0.functional.composites.count)
    }
    evidence.spectral = [[Double]?](repeating: nil, count: program.objective.information.count)
    evidence.constraintSpectral = program.convex.map {
      [[Double]?](repeating: nil, count: $0.functional.information.count)
    }
    for kink in kinks {
      let y = kink.owner.map { s.beta[convex.lowerBound + $0] } ?? 1
      guard y > 0 else { continue }
      if let d = kink.order {
        let root = SaddleForm.root(PackedSymmetric.unpack(s.beta[kink.range], order: d))
        if let owner = kink.owner {
          evidence.constraintSpectral[owner][kink.term] = root
        } else {
          evidence.spectral[kink.term] = root
        }
        continue
      }
      var slope = [Double](repeating: 0, count: kink.count)
      for (j, i) in kink.range.enumerated() { slope[kink.rows[j]] = s.beta[i] / (kink.weight * y) }
      if let owner = kink.owner {
        evidence.constraintSlopes[owner][kink.term] = slope
      } else {
        evidence.objectiveSlopes[kink.term] = slope
      }
    }
    return evidence
  }

  /// Rows v with Z / tr Z = sum v v'.
  private static func root(_ z: Matrix) -> [Double]? {
    guard let eigen = SymmetricEigen(z) else { return nil }
    let total = eigen.values.reduce(0) { $0 + max($1, 0) }
    guard total > 0 else { return nil }
    var rows: [Double] = []
    for (k, value) in eigen.values.enumerated() where value > 0x1p-60 * total {
      let length = (value / total).squareRoot()
      for i in 0..<z.rows { rows.append(length * eigen.vectors[i, k]) }
    }
    return rows
  }

  /// The point with its rows corrected to the last digits.
  func candidate(_ s: SaddlePoint) -> Candidate {
    Candidate(point: corrected(s.masses(self)), evidence: evidence(s))
  }

  /// The point as it is, and with every mass that its multiplier outweighs set to its bound.
  func candidates(_ s: SaddlePoint) -> [Candidate] {
    let evidence = evidence(s)
    let p = s.masses(self)
    var out = [Candidate(point: corrected(p), evidence: evidence)]
    let layout = program.layout
    var keep = [Bool](repeating: true, count: count)
    var q = p
    for slice in layout.simplices {
      for i in slice.range {
        if s.x[i] < s.z[i] * slice.mass, s.x[i] < 1e-3 * slice.mass {
          keep[i] = false
          q[i] = layout.lower[i]
        } else if s.room[i] < s.v[i] * slice.mass, s.room[i] < 1e-3 * slice.mass {
          keep[i] = false
          q[i] = layout.upper[i]
        }
      }
    }
    if keep.contains(false) {
      let active = inequalities.filter { i in
        let k = i - inequalities.lowerBound
        return s.slack[k] < s.value[k] && s.slack[k] < 1e-3
      }
      let pure = corrected(q, active: active, keep: keep)
      if pure != out[0].point { out.append(Candidate(point: pure, evidence: evidence)) }
    }
    if let sharper = program.withConditionalTangent(evidence, at: p) {
      out += out.map { Candidate(point: $0.point, evidence: sharper) }
    }
    return out
  }

  /// Satisfies the equalities (and the inequalities whose multipliers are `active`) by the least change
  /// relative to the masses,
  ///
  ///     dp = D E' (E D E')^-1 (e - E p),   D = p^2 on the kept entries,
  ///
  /// with compensated residuals of the program's own rows, and normalises every simplex. Convex constraints then hold
  /// for all data in their bands.
  func corrected(_ start: [Double], active: [Int] = [], keep: [Bool]? = nil) -> [Double] {
    secured(onRows(start, active: active, keep: keep), for: program)
  }

  private func onRows(_ start: [Double], active: [Int], keep: [Bool]?) -> [Double] {
    var p = program.normalised(start)
    let simplices = program.layout.simplices.count
    if equalityIndex.isEmpty, active.isEmpty { return p }
    guard Double(count) * Double(simplices + equalityIndex.count + active.count) < 4e7 else { return p }
    let rows =
      equalityIndex.map { program.equalities[$0] }
      + active.map { program.inequalities[$0 - inequalities.lowerBound] }
    let scaled = rows.map { ScaledRow($0, program.layout) }
    var maps = program.layout.simplices.map { slice in
      slice.range.map { (column: $0, value: 1 / slice.mass) }
    }
    maps += scaled.map(\.entries)
    for _ in 0..<3 {
      var rest = program.layout.simplices.map { slice in
        1 - Kernel.compensatedSum(Array(p[slice.range])) / slice.mass
      }
      for (row, scale) in zip(rows, scaled) { rest.append((row.bound - row.value(p)) * scale.scale) }
      if rest.allSatisfy({ $0 == 0 }) { break }
      let layout = program.layout
      let weight = (0..<count).map { i -> Double in
        if let keep, !keep[i] { return 0 }
        let room =
          layout.upper[i] < .infinity
          ? min(p[i] - layout.lower[i], layout.upper[i] - p[i]) : p[i] - layout.lower[i]
        return room > 0 ? room * room : 0
      }
      let half = maps.map { row in
        row.map { (column: $0.column, value: $0.value * weight[$0.column].squareRoot()) }
      }
      let gram = SparseGram.matrix(half, columns: count)
      let multiplier = minimumNormSolve(gram, rest, tolerance: 1e-13)
      guard multiplier.allSatisfy(\.isFinite) else { break }
      var change = [Double](repeating: 0, count: count)
      for (row, m) in zip(maps, multiplier) {
        for entry in row { change[entry.column] += m * entry.value * weight[entry.column] }
      }
      let next = p.indices.map { max(layout.lower[$0], min(layout.upper[$0], p[$0] + change[$0])) }
      let before = program.infeasibility(p)
      if program.infeasibility(next) > before, before <= 1 { break }
      p = next
    }
    return program.normalised(p)
  }
}
