import EntropicNumerics

/// What bounds, sums and rows leave of every mass: lower_i <= p_i <= upper_i at every feasible point.
///
///     a . p <= b   implies   p_j <= (b - sum_{i != j} min(a_i p_i)) / a_j,   a_j > 0,   and the like for a_j < 0
///
/// Feasible means feasible for some data in the bands: every coefficient and bound is moved by theta = 2^-46 of itself
/// towards the larger set, and sums by their rounding. An upper end of exactly 0 survives this only where it is
/// structural: p_2 <= 0, 0.3 p_1 + 0.7 p_2 <= 0. A mass that mere arithmetic pushes to 0, as an expectation at its
/// largest value does, keeps the room that its band gives it.
/// - Guarantees: an empty feasible set may leave any intervals, about which everything is true.
/// - Cost: one pass over the stored entries a round, at most `rounds` rounds.
/// - Source: E. Andersen, K. Andersen, Math. Program. 71 (1995), doi:10.1007/BF01586000, for the bounds of rows.
struct MassIntervals {
  private(set) var lower: [Double]
  private(set) var upper: [Double]
  private static let rounds = 8
  /// 1 + 2 theta, more than any band and any rounding of one operation.
  private static let wide = 1 + 0x1p-45

  init(_ program: Program, with more: [ConstraintRow] = []) {
    lower = program.layout.lower.map { max($0, 0) / MassIntervals.wide }
    upper = program.layout.upper.map { max($0, 0) * MassIntervals.wide }
    for slice in program.layout.simplices {
      // Masses are divided by their sum: no one is larger than the whole.
      for i in slice.range { upper[i] = min(upper[i], slice.mass) }
    }
    for _ in 0..<MassIntervals.rounds {
      let before = (lower, upper)
      for slice in program.layout.simplices { settle(slice) }
      for row in program.equalities {
        settle(row, sign: 1)
        settle(row, sign: -1)
      }
      for row in program.inequalities { settle(row, sign: 1) }
      for row in more { settle(row, sign: 1) }
      if before == (lower, upper) { break }
    }
  }

  /// The interval of an affine image, widened by its rounding; ends of exactly 0 are structural.
  func range(_ entries: SparseRow, offset: Double) -> (low: Double, high: Double) {
    var low = Sum()
    var high = Sum()
    low.add(offset)
    high.add(offset)
    for (i, a) in entries where a != 0 {
      low.add(a, a > 0 ? lower[i] : upper[i])
      high.add(a, a > 0 ? upper[i] : lower[i])
    }
    return (low.value - low.error, high.value + high.error)
  }

  /// A sum with a bound on its rounding, which is 0 where every operation was exact.
  private struct Sum {
    var value = 0.0
    var error = 0.0
    var count = 0

    mutating func add(_ x: Double) {
      guard x != 0 else { return }
      count += 1
      let sum = value + x
      let back = sum - value
      // The error of an addition is a double (D. Knuth, The Art of Computer Programming, volume 2, 4.2.2).
      let lost = (value - (sum - back)) + (x - back)
      value = sum
      if lost != 0 { error += abs(lost) * (1 + 0x1p-40) }
    }

    mutating func add(_ a: Double, _ x: Double) {
      let product = a * x
      if (-product).addingProduct(a, x) != 0 || product == 0 && a != 0 && x != 0 {
        error += 0x1p-52 * abs(product) + Double.leastNormalMagnitude
      }
      add(product)
    }
  }

  /// The masses of a simplex add up, to the last bits.
  private mutating func settle(_ slice: SimplexSlice) {
    var low = Sum()
    var high = Sum()
    for i in slice.range {
      low.add(lower[i])
      high.add(upper[i])
    }
    let room = 0x1p-48 * slice.mass
    for i in slice.range {
      let least = slice.mass - (high.value - upper[i]) - high.error - room
      if upper[i] > 0 {
        upper[i] = min(upper[i], max(slice.mass - (low.value - lower[i]) + low.error + room, 0))
      }
      if least > lower[i], least.isFinite { lower[i] = least }
    }
  }

  /// sign (a . p - b) <= theta (|b| + sum |a| p)
  private mutating func settle(_ row: ConstraintRow, sign: Double) {
    // The least activity of the row, and of what a single mass leaves of it.
    let terms = row.columns.indices.map { least(row, $0, sign) }
    let total = Kernel.sum(terms)
    let size = Kernel.absoluteSum(terms)
    let nonzero = terms.reduce(0) { $0 + ($1 == 0 ? 0 : 1) }
    let bound = sign * row.bound
    let top = bound + 2 * dataUncertainty * abs(bound)
    guard total.isFinite, top.isFinite else { return }
    for k in row.columns.indices {
      let i = row.columns[k]
      let a = MassIntervals.relaxed(sign * row.values[k])
      guard a != 0, a.isFinite else { continue }
      // Exactly 0 only where every single term is.
      let isStructural = top == 0 && nonzero == (terms[k] == 0 ? 0 : 1)
      let error = (Kernel.kappa(terms.count) + 0x1p-50) * (size + abs(top))
      let room = isStructural ? 0 : top - (total - terms[k]) + error
      if a > 0 {
        let high = room / a
        if high < upper[i] { upper[i] = max(high * (high > 0 ? MassIntervals.wide : 1), 0) }
      } else {
        let low = room / a / MassIntervals.wide
        if low > lower[i], low < .infinity { lower[i] = low }
      }
    }
  }

  /// The least value of a term of a row.
  private func least(_ row: ConstraintRow, _ k: Int, _ sign: Double) -> Double {
    let a = MassIntervals.relaxed(sign * row.values[k])
    if a == 0 { return 0 }
    return a > 0 ? a * lower[row.columns[k]] : a * upper[row.columns[k]]
  }

  /// A coefficient less theta of its size.
  private static func relaxed(_ a: Double) -> Double { a - 2 * dataUncertainty * abs(a) }
}
