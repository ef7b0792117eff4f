import EntropicNumerics

/// Affine rows whose value every feasible point shares: the equality constraints and the masses of the simplices.
///
/// A concave part of a fixed row is a constant: that is how a fixed marginal turns mutual information into a relative
/// entropy, and a fixed mean turns a variance into a linear function.
struct FixedRows {
  private var values: [[Int]: [(coefficients: [Double], value: Double)]] = [:]
  private let layout: Layout

  init(layout: Layout, equalities: [ConstraintRow]) {
    self.layout = layout
    for row in equalities { insert(row.columns, row.values, row.bound) }
    for slice in layout.simplices {
      insert(Array(slice.range), [Double](repeating: 1, count: slice.count), slice.mass)
    }
  }

  private mutating func insert(_ columns: [Int], _ coefficients: [Double], _ value: Double) {
    let kept = columns.indices.filter { coefficients[$0] != 0 }
    guard let first = kept.first else { return }
    let scale = coefficients[first]
    values[kept.map { columns[$0] }, default: []].append(
      (kept.map { coefficients[$0] / scale }, value / scale))
  }

  /// The value of an affine row, when it is known.
  func value(of affine: AffineRow) -> Double? {
    let (row, offset) = (affine.entries, affine.offset)
    guard let first = row.first else { return offset }
    let columns = row.map(\.column)
    if let known = values[columns] {
      for candidate in known
      where zip(candidate.coefficients, row).allSatisfy({ $0 == $1.value / first.value }) {
        return candidate.value * first.value + offset
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
    return next == columns.count ? total * first.value + offset : nil
  }
}
