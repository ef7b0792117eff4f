import EntropicModel
import EntropicNumerics

extension Reduction {
  /// A row up to multiples of simplex sums and a factor: the first free coefficient of every simplex is 0,
  /// the largest absolute one is 1 (the first of them, with its sign).
  private struct Canonical {
    let columns: [Int]
    let values: [Double]
    let bound: Double
    /// row = factor * canonical row + multiples of simplex sums
    let factor: Double
    /// Size of the terms behind `bound`, in its units.
    let size: Double
  }

  private func canonical(_ row: Row) -> Canonical? {
    let part = freePart(of: row)
    var columns: [Int] = []
    var values: [Double] = []
    var terms = [part.bound]
    var size = part.noise
    var e = 0
    while e < part.columns.count {
      let s = home[part.columns[e]]
      let slice = program.layout.simplices[s]
      guard let first = slice.range.first(where: { !isFixed[$0] }) else { return nil }
      let shift = part.columns[e] == first ? part.values[e] : 0
      terms.append(-shift * rest[s])
      size += abs(shift * rest[s])
      if shift == 0 {
        while e < part.columns.count, home[part.columns[e]] == s {
          columns.append(part.columns[e])
          values.append(part.values[e])
          e += 1
        }
      } else {
        for i in slice.range where !isFixed[i] {
          var a = -shift
          if e < part.columns.count, part.columns[e] == i {
            a += part.values[e]
            e += 1
          }
          if a != 0 {
            columns.append(i)
            values.append(a)
          }
        }
      }
    }
    var factor = 0.0
    for a in values where abs(a) > abs(factor) * (1 + 1e-9) { factor = a }
    guard factor != 0, factor.isFinite else { return nil }
    return Canonical(
      columns: columns, values: values.map { $0 / factor }, bound: Kernel.compensatedSum(terms) / factor,
      factor: factor, size: size / abs(factor))
  }

  /// Finds rows that say the same of different bounds: drops the weaker, makes equations of opposite pairs,
  /// and returns evidence when they contradict each other.
  mutating func mergeParallelRows() -> Evidence? {
    let alive = rows.indices.filter { rows[$0].isAlive }
    let stored = alive.reduce(0) { $0 + rows[$1].columns.count }
    guard alive.count > 1, stored < 50_000_000 else { return nil }
    // Rows with equal supports meet in one bucket; buckets are only looked up, never iterated.
    var buckets: [[Int]: [(row: Int, canonical: Canonical)]] = [:]
    for j in alive {
      guard let mine = canonical(rows[j]) else { continue }
      var key =
        mine.columns.count <= 64 ? mine.columns : Array(mine.columns.prefix(32) + mine.columns.suffix(32))
      key.append(mine.columns.count)
      var list = buckets[key] ?? []
      var isMerged = false
      for k in list.indices where rows[list[k].row].isAlive {
        guard isParallel(list[k].canonical, mine) else { continue }
        switch merge(list[k], (j, mine)) {
        case .evidence(let evidence): return evidence
        case .dropped: isMerged = true
        case .replaced:
          list[k] = (j, mine)
          isMerged = true
        case .kept: continue
        }
        if isMerged { break }
      }
      if !isMerged { list.append((j, mine)) }
      buckets[key] = list
    }
    return nil
  }

  private func isParallel(_ a: Canonical, _ b: Canonical) -> Bool {
    guard a.columns.count == b.columns.count else { return false }
    // Values first: rows of one support mostly differ early.
    for e in a.values.indices where abs(a.values[e] - b.values[e]) > 0x1p-46 { return false }
    return a.columns == b.columns
  }

  private enum Merge {
    case evidence(Evidence)
    /// The second row is gone.
    case dropped
    /// The first row is gone.
    case replaced
    case kept
  }

  /// Bounds in canonical terms: x = b for equations, x <= b or x >= b for inequalities by the sign of the
  /// factor.
  private mutating func merge(_ a: (row: Int, canonical: Canonical), _ b: (row: Int, canonical: Canonical))
    -> Merge
  {
    let (x, y) = (a.canonical, b.canonical)
    let difference = y.bound - x.bound
    let band = 0x1p-47 * (x.size + y.size)
    let isEqual = abs(difference) <= 0x1p-50 * (x.size + y.size)
    // Multipliers +-1 / factor add up to (b_x - b_y): positive with the right sign when they contradict.
    func clash(_ sign: Double) -> Merge {
      let evidence = contradiction([
        (rows[a.row].source, sign / x.factor), (rows[b.row].source, -sign / y.factor),
      ])
      return evidence.map { .evidence($0) } ?? .kept
    }
    switch (rows[a.row].isEquality, rows[b.row].isEquality) {
    case (true, true):
      if abs(difference) > band {
        if case .evidence(let evidence) = clash(difference > 0 ? 1 : -1) { return .evidence(evidence) }
        return .kept
      }
      drop(b.row)
      return .dropped
    case (true, false), (false, true):
      let equation = rows[a.row].isEquality ? a : b
      let other = rows[a.row].isEquality ? b : a
      // x <= bound when the factor is positive, x >= bound when it is negative.
      let excess =
        other.canonical.factor > 0
        ? equation.canonical.bound - other.canonical.bound : other.canonical.bound - equation.canonical.bound
      if excess > band {
        let sign = (other.canonical.factor > 0) == rows[b.row].isEquality ? 1.0 : -1.0
        return clash(sign)
      }
      drop(other.row)
      return other.row == b.row ? .dropped : .replaced
    case (false, false):
      if (x.factor > 0) == (y.factor > 0) {
        let bIsTighter = x.factor > 0 ? difference < 0 : difference > 0
        drop(bIsTighter ? a.row : b.row)
        return bIsTighter ? .replaced : .dropped
      }
      let upper = x.factor > 0 ? a : b
      let lower = x.factor > 0 ? b : a
      let gap = upper.canonical.bound - lower.canonical.bound
      if gap < -band { return clash(x.factor > 0 ? 1 : -1) }
      guard isEqual else { return .kept }
      return pair(upper, lower) ? (upper.row == a.row ? .dropped : .replaced) : .kept
    }
  }

  /// Makes an equation of x <= u and x >= u.
  private mutating func pair(
    _ upper: (row: Int, canonical: Canonical), _ lower: (row: Int, canonical: Canonical)
  ) -> Bool {
    guard case .inequality(let first, let s) = rows[upper.row].source,
      case .inequality(let second, let t) = rows[lower.row].source
    else { return false }
    // The equation is the upper row; a negative multiplier of it is one of the lower row times the ratio.
    let ratio = upper.canonical.factor / -lower.canonical.factor
    rows[upper.row].isEquality = true
    rows[upper.row].source = .pair(first: first, s, second: second, t * ratio)
    drop(lower.row)
    return true
  }
}
