import EntropicNumerics

/// Affine rows whose value every feasible point shares: the equality constraints and the masses of the simplices.
///
/// A concave part of a fixed row is a constant: that is how a fixed marginal turns mutual information into a relative
/// entropy, and a fixed mean turns a variance into a linear function.
struct FixedRows {
  /// A row divided by its first coefficient.
  private struct Candidate {
    let coefficients: [Double]
    let value: Double
    let band: Double
  }
  private var candidates: [[Int]: [Candidate]] = [:]
  private let layout: Layout

  init(layout: Layout, equalities: [ConstraintRow]) {
    self.layout = layout
    for row in equalities { insert(row) }
    for slice in layout.simplices {
      insert(
        ConstraintRow(
          name: "", columns: Array(slice.range), values: [Double](repeating: 1, count: slice.count),
          bound: slice.mass), isMass: true)
    }
  }

  private mutating func insert(_ row: ConstraintRow, isMass: Bool = false) {
    let kept = row.columns.indices.filter { row.values[$0] != 0 }
    guard let first = kept.first else { return }
    let scale = row.values[first]
    let columns = kept.map { row.columns[$0] }
    let (coefficients, isExact) = FixedRows.quotients(kept.map { row.values[$0] } + [row.bound], by: scale)
    let size = abs(row.bound / scale) + largest(columns, coefficients)
    var band = isMass || row.isExact ? 0 : dataUncertainty * size
    if !isExact { band += 0x1p-52 * size }
    candidates[columns, default: []].append(
      Candidate(
        coefficients: Array(coefficients.dropLast()), value: row.bound / scale, band: band))
  }

  /// The value of an affine row, when it is known.
  func value(of affine: AffineRow) -> FixedValue? {
    let (row, offset) = (affine.entries, affine.offset)
    guard let first = row.first else { return FixedValue(value: offset, band: 0) }
    let columns = row.map(\.column)
    /// `base` times the first coefficient plus the offset, with the rounding of both.
    func shifted(_ base: Double, _ band: Double) -> FixedValue {
      let product = base * first.value
      let isPlain = abs(first.value) == 1 && offset == 0
      let rounding = isPlain ? 0 : 0x1p-52 * (abs(product) + abs(offset))
      return FixedValue(value: product + offset, band: band * abs(first.value) + rounding)
    }
    if let known = candidates[columns] {
      let (ratios, isExact) = FixedRows.quotients(row.map(\.value), by: first.value)
      if let candidate = known.first(where: { $0.coefficients == ratios }) {
        let rounding = isExact ? 0 : 0x1p-52 * largest(columns, ratios)
        return shifted(candidate.value, candidate.band + rounding)
      }
    }
    // A constant multiple of whole simplices.
    guard row.allSatisfy({ $0.value == first.value }) else { return nil }
    var total = 0.0
    var next = 0
    for slice in layout.simplices {
      guard next < columns.count else { break }
      if columns[next] < slice.first { return nil }
      if columns[next] >= slice.first + slice.count { continue }
      guard columns.count >= next + slice.count,
        (0..<slice.count).allSatisfy({ columns[next + $0] == slice.first + $0 })
      else { return nil }
      total += slice.mass
      next += slice.count
    }
    return next == columns.count ? shifted(total, Double(layout.simplices.count) * 0x1p-53 * total) : nil
  }

  /// A bound on sum |c_j| p_j over the simplices.
  private func largest(_ columns: [Int], _ coefficients: [Double]) -> Double {
    var sum = 0.0
    var k = 0
    for slice in layout.simplices where k < columns.count {
      var top = 0.0
      while k < columns.count, columns[k] < slice.first + slice.count {
        top = max(top, abs(coefficients[k]))
        k += 1
      }
      sum += top * slice.mass
    }
    return sum
  }

  private static func quotients(_ list: [Double], by divisor: Double) -> ([Double], isExact: Bool) {
    let result = list.map { $0 / divisor }
    return (result, zip(list, result).allSatisfy { $0.addingProduct(-$1, divisor) == 0 })
  }
}
