import EntropicModel
import EntropicNumerics

/// One set of Dykstra's algorithm.
enum DykstraSet: Sendable {
  /// Equality rows of one simplex with constant coefficients on disjoint outcomes: their scaling is closed form.
  case marginals(simplex: Int, rows: [Int])
  /// A row by its place, equalities first.
  case row(Int)
  case bounds
  /// A convex constraint by its place.
  case level(Int)

  /// Convex sets first and marginals last, so that a sweep ends on the rows that a certificate needs most exactly.
  static func all(of program: Program) -> [DykstraSet] {
    var sets: [DykstraSet] = program.convex.indices.map { .level($0) }
    if program.layout.lower.contains(where: { $0 > 0 })
      || program.layout.upper.contains(where: { $0 < .infinity && $0 > 0 })
    {
      sets.append(.bounds)
    }
    let k = program.equalities.count
    sets += program.inequalities.indices.map { .row(k + $0) }
    var groups: [(simplex: Int, rows: [Int], taken: Set<Int>)] = []
    for (j, row) in program.equalities.enumerated() {
      let home = program.layout.simplices.firstIndex { slice in
        !row.columns.isEmpty && row.columns.allSatisfy { slice.range.contains($0) }
      }
      guard let home, let value = row.values.first, value != 0, row.values.allSatisfy({ $0 == value }) else {
        sets.append(.row(j))
        continue
      }
      let columns = Set(row.columns)
      if let g = groups.firstIndex(where: { $0.simplex == home && $0.taken.isDisjoint(with: columns) }) {
        groups[g].rows.append(j)
        groups[g].taken.formUnion(columns)
      } else {
        groups.append((home, [j], columns))
      }
    }
    return sets + groups.map { .marginals(simplex: $0.simplex, rows: $0.rows) }
  }
}
