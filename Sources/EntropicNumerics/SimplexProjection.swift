/// Why a set {l <= q <= u, sum q = total} has no point, or a projection on it no meaning.
public enum ProjectionError: Error, Equatable, Sendable {
  /// The sum of the lower bounds exceeds the total, or the sum of the upper bounds falls short of it.
  case infeasible(sumOfLower: Double, sumOfUpper: Double, total: Double)
  /// The lower bound of this element exceeds its upper bound.
  case emptyInterval(index: Int)
  /// This element of the point, its weight or its bounds is NaN, infinite where it must not be, or of the
  /// wrong sign.
  case invalid(index: Int)
}

/// Projections on the simplex {q >= 0, sum q = total} and on its capped and weighted relatives.
///
/// All end after finitely many steps, whatever the data, and the elements of the result sum to the total
/// within one rounding. Bounds whose sum misses the total by no more than the rounding of the bounds
/// themselves (`Kernel.kappa(n)` times their absolute sum) are accepted; the result is then those bounds.
public enum SimplexProjection {
  /// The point of {p >= 0, sum p = total} next to y: p_i = max(y_i - nu, 0).
  ///
  /// Entries of -inf get 0. If an entry is NaN or +inf, or all are -inf, every p_i is NaN.
  /// - Complexity: O(n) expected, O(n log n) at worst.
  /// - Source: C. Michelot, J. Optim. Theory Appl. 50 (1986), doi:10.1007/BF00938486;
  ///   L. Condat, Math. Program. 158 (2016), doi:10.1007/s10107-015-0946-6.
  public static func euclidean(_ y: [Double], total: Double = 1) -> [Double] {
    precondition(total >= 0 && total.isFinite, "projection with total \(total)")
    let n = y.count
    if n == 0 { return [] }
    if total == 0 { return [Double](repeating: 0, count: n) }
    // Relative to the largest entry only differences count: nothing cancels however large the entries are.
    let top = Kernel.maximum(y)
    guard top.isFinite else { return [Double](repeating: .nan, count: n) }
    let threshold = self.threshold(y, top, total)
    var largest = 0
    var p = [Double].written(count: n) { p in
      for i in 0..<n { p[i] = max(y[i] - top - threshold, 0) }
    }
    for i in 0..<n where p[i] > p[largest] { largest = i }
    // A rounding or two are left over; the largest entry takes them.
    p[largest] += total - Kernel.compensatedSum(p)
    return p
  }

  /// nu with sum max(y_i - top - nu, 0) = total. Of the entries above -total the ones below the threshold
  /// of the rest are removed again and again; the sets shrink, so that ties cannot change the result.
  private static func threshold(_ y: [Double], _ top: Double, _ total: Double) -> Double {
    var kept = [Double](unsafeUninitializedCapacity: y.count) { buffer, count in
      count = 0
      // While scanning, the threshold of the entries met so far is a lower bound: it spares most of the
      // later ones.
      var sum = 0.0
      var bound = -total
      for value in y {
        let v = value - top
        if v > bound {
          buffer[count] = v
          count += 1
          sum += v
          bound = max(bound, (sum - total) / Double(count))
        }
      }
    }
    for _ in 0..<8 {
      let nu = (Kernel.sum(kept) - total) / Double(kept.count)
      let before = kept.count
      let count = keep(above: nu, in: &kept)
      // Rounding may remove the last entries of a tie at the top.
      if count == 0 { return nu }
      kept.removeLast(before - count)
      if count == before { return (Kernel.compensatedSum(kept) - total) / Double(count) }
    }
    return sortedThreshold(kept, total)
  }

  /// Moves the values above `bound` to the front, in their order, without a branch that could be
  /// mispredicted.
  private static func keep(above bound: Double, in values: inout [Double]) -> Int {
    values.withUnsafeMutableBufferPointer { values in
      var count = 0
      for i in 0..<values.count {
        let v = values[i]
        values[count] = v
        count += v > bound ? 1 : 0
      }
      return count
    }
  }

  /// The same by sorting, for inputs that are made to shrink slowly.
  private static func sortedThreshold(_ values: [Double], _ total: Double) -> Double {
    let sorted = values.sorted(by: >)
    var sum = 0.0
    var count = 0
    for v in sorted {
      if v * Double(count + 1) <= sum + v - total { break }
      sum += v
      count += 1
    }
    return (Kernel.compensatedSum(Array(sorted[..<max(count, 1)])) - total) / Double(max(count, 1))
  }

  /// The minimum of sum a_i p_i^2/2 - y_i p_i over {l <= p <= u, sum p = total}, and its threshold nu:
  /// p_i = clip((y_i - nu)/a_i, l_i, u_i).
  ///
  /// Without weights a = 1, without lower bounds l = 0, without upper bounds u = +inf. Where a_i = 0 the
  /// element is u_i for y_i > nu and l_i for y_i < nu; elements tied at nu are filled in the order of their
  /// index. Lower bounds are finite, weights finite and not negative.
  /// - Complexity: O(n) a step, a few steps; O(n log n) at worst.
  public static func euclidean(
    _ y: [Double], weights a: [Double]?, lower: [Double]? = nil, upper: [Double]? = nil, total: Double = 1
  ) throws(ProjectionError) -> (p: [Double], threshold: Double) {
    precondition(a.map { $0.count == y.count } ?? true, "projection: wrong number of weights")
    let bounds = try Bounds(count: y.count, lower: lower, upper: upper, total: total)
    for (i, value) in y.enumerated() {
      guard value.isFinite else { throw .invalid(index: i) }
      if let a, !(a[i] >= 0 && a[i] < .infinity) { throw .invalid(index: i) }
    }
    try bounds.check()
    if y.isEmpty { return ([], 0) }
    let top = Kernel.maximum(y)
    let ramps = ClippedRamps(
      offset: y.map { $0 - top }, slope: a?.map { 1 / $0 } ?? [Double](repeating: 1, count: y.count),
      bounds: bounds)
    // Where the first element could take all there is to take: without upper bounds the root lies to the
    // left, and Newton steps from there descend to it.
    let room = max(total - Kernel.sum(bounds.lower), 0)
    var start = Double.infinity
    for i in 0..<y.count { start = min(start, (bounds.lower[i] + room) / ramps.slope[i] - ramps.offset[i]) }
    let (p, level) = ramps.solve(from: start)
    return (p, top - level)
  }

  /// The minimum of KL(p, y) = sum p log(p/y) - p + y over {l <= p <= u, sum p = total}, and its scale t:
  /// p_i = clip(t y_i, l_i, u_i).
  ///
  /// Where y_i = 0 also p_i = 0, so that l_i must not be positive there. Without lower bounds l = 0,
  /// without upper bounds u = +inf. The scale is +inf if it overflows, which the result does not.
  /// - Complexity: O(n) a step, a few steps; O(n log n) at worst.
  public static func kullbackLeibler(
    _ y: [Double], lower: [Double]? = nil, upper: [Double]? = nil, total: Double = 1
  ) throws(ProjectionError) -> (p: [Double], scale: Double) {
    var bounds = try Bounds(count: y.count, lower: lower, upper: upper, total: total)
    for (i, value) in y.enumerated() {
      guard value >= 0, value < .infinity else { throw .invalid(index: i) }
      bounds.lower[i] = max(bounds.lower[i], 0)
      if value == 0 { bounds.upper[i] = min(bounds.upper[i], 0) }
      if bounds.upper[i] < bounds.lower[i] { throw .emptyInterval(index: i) }
    }
    try bounds.check()
    let top = Kernel.maximum(y)
    guard !y.isEmpty, top > 0 else { return ([Double](repeating: 0, count: y.count), 0) }
    // Only ratios count, and a power of two changes none. With the largest entry near 2^900 both the smallest
    // entries and the scales at which they reach their bounds are ordinary numbers.
    let shift = 900 - Int(top.exponent)
    let scaled = y.map { Double(sign: .plus, exponent: shift, significand: $0) }
    let ramps = ClippedRamps(offset: [Double](repeating: 0, count: y.count), slope: scaled, bounds: bounds)
    let (p, level) = ramps.solve(from: total / Kernel.sum(scaled))
    return (p, Double(sign: .plus, exponent: shift, significand: level))
  }
}
