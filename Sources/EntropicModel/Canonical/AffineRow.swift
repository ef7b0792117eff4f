/// One row of an affine form: entries . p + offset.
struct AffineRow: Sendable {
  /// Columns ascend, no coefficient is 0.
  var entries: SparseRow
  var offset: Double

  /// The row without its offset.
  var linear: AffineRow { AffineRow(entries: entries, offset: 0) }

  static func == (u: AffineRow, v: AffineRow) -> Bool {
    u.offset == v.offset && u.entries.elementsEqual(v.entries, by: ==)
  }

  /// c with `other` = c times this row, when there is one.
  func ratio(to other: AffineRow) -> Double? {
    let (u, v) = (entries, other.entries)
    guard u.count == v.count, let first = u.first, first.column == v[0].column else { return nil }
    let c = v[0].value / first.value
    for k in u.indices where u[k].column != v[k].column || v[k].value != c * u[k].value { return nil }
    return other.offset == c * offset ? c : nil
  }
}

extension LinearForm {
  func row(_ j: Int) -> AffineRow { AffineRow(entries: entries(j), offset: offset[j]) }
}
