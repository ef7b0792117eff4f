/// Box bounds with a prescribed sum, checked.
struct Bounds {
  var lower: [Double]
  var upper: [Double]
  let total: Double

  init(count: Int, lower: [Double]?, upper: [Double]?, total: Double) throws(ProjectionError) {
    precondition(lower.map { $0.count == count } ?? true, "projection: wrong number of lower bounds")
    precondition(upper.map { $0.count == count } ?? true, "projection: wrong number of upper bounds")
    self.total = total
    self.lower = lower ?? [Double](repeating: 0, count: count)
    self.upper = upper ?? [Double](repeating: .infinity, count: count)
    for i in 0..<count {
      guard self.lower[i].isFinite, self.upper[i] > -.infinity else { throw .invalid(index: i) }
      guard self.lower[i] <= self.upper[i] else { throw .emptyInterval(index: i) }
    }
  }

  /// Throws if the total is not finite, or the sums of the bounds exclude it by more than the rounding of
  /// the bounds.
  func check() throws(ProjectionError) {
    let least = Kernel.compensatedSum(lower)
    let most = Kernel.compensatedSum(upper)
    let kappa = Kernel.kappa(lower.count)
    guard total.isFinite else { throw .infeasible(sumOfLower: least, sumOfUpper: most, total: total) }
    if least - total > kappa * (Kernel.absoluteSum(lower) + total.magnitude)
      || total - most > kappa * (Kernel.absoluteSum(upper) + total.magnitude)
    {
      throw .infeasible(sumOfLower: least, sumOfUpper: most, total: total)
    }
  }
}

/// Solves sum_i q_i(t) = total for the ramps q_i(t) = clip((offset_i + t) slope_i, l_i, u_i), each
/// non-decreasing in t.
///
/// A slope of +inf is a jump from l_i to u_i at t = -offset_i. The sum is piecewise linear. Steps of
/// Newton, false position and bisection inside a bracket find the piece of the root, on which Newton is
/// exact; should they take too long, a search over the sorted corners does.
struct ClippedRamps {
  let offset: [Double]
  let slope: [Double]
  let bounds: Bounds
  /// Where each ramp leaves its lower bound, and where it meets the upper one. Equal for jumps, and for
  /// ramps so steep against the size of t that they look like jumps.
  private let start: [Double]
  private let end: [Double]

  init(offset: [Double], slope: [Double], bounds: Bounds) {
    self.offset = offset
    self.slope = slope
    self.bounds = bounds
    func corners(_ bound: [Double]) -> [Double] {
      (0..<offset.count).map { slope[$0] == .infinity ? -offset[$0] : bound[$0] / slope[$0] - offset[$0] }
    }
    start = corners(bounds.lower)
    end = corners(bounds.upper)
  }

  /// What one pass at t says: the excess of the sum over the total left and right of the jumps at t, the
  /// slope of the sum on both sides, and the nearest corner on either side.
  private struct Reading {
    var excessBefore = 0.0
    var excessAfter = 0.0
    var slopeLeft = 0.0
    var slopeRight = 0.0
    var cornerLeft = -Double.infinity
    var cornerRight = Double.infinity

    mutating func note(corner: Double, from t: Double) {
      if corner < t { cornerLeft = max(cornerLeft, corner) }
      if corner > t { cornerRight = min(cornerRight, corner) }
    }
  }

  /// The ramps at the root, and the root.
  func solve(from first: Double) -> (q: [Double], level: Double) {
    var level = root(from: first.isFinite ? first : 0)
    if !offset.contains(where: { $0 != 0 }) { return (filled(level), level) }
    // Where t is large against q its rounding would show. Solving again for a correction, with offsets that
    // have become small near the root, takes it away.
    var centred = shifted(by: level)
    var correction = centred.root(from: 0)
    for _ in 0..<3 where correction != 0 {
      level += correction
      centred = centred.shifted(by: correction)
      correction = centred.root(from: 0)
    }
    return (centred.filled(correction), level + correction)
  }

  private func shifted(by t: Double) -> ClippedRamps {
    ClippedRamps(offset: offset.map { $0 + t }, slope: slope, bounds: bounds)
  }

  /// Ramp i at t; a jump at its own place stands at the lower bound.
  private func value(_ i: Int, _ t: Double) -> Double {
    // A slope of 0 comes with equal bounds; its corners mean nothing.
    if t <= start[i] || slope[i] == 0 { return bounds.lower[i] }
    if t >= end[i] { return bounds.upper[i] }
    return min(max((offset[i] + t) * slope[i], bounds.lower[i]), bounds.upper[i])
  }

  private func read(_ t: Double, _ q: inout [Double]) -> Reading {
    var r = Reading()
    var jump = 0.0
    for i in 0..<offset.count {
      q[i] = value(i, t)
      let (a, b) = (start[i], end[i])
      if slope[i] == 0 { continue }
      r.note(corner: a, from: t)
      r.note(corner: b, from: t)
      if a == b {
        if a == t { jump += bounds.upper[i] - bounds.lower[i] }
      } else {
        if a < t && t <= b { r.slopeLeft += slope[i] }
        if a <= t && t < b { r.slopeRight += slope[i] }
      }
    }
    r.excessBefore = Kernel.compensatedSum(q) - bounds.total
    r.excessAfter = r.excessBefore + jump
    return r
  }

  private func root(from first: Double) -> Double {
    var q = [Double](repeating: 0, count: offset.count)
    var (low, high) = (-Double.infinity, Double.infinity)
    var (lowExcess, highExcess) = (0.0, 0.0)
    var t = first
    for count in 0..<40 {
      let r = read(t, &q)
      if r.excessBefore <= 0 && r.excessAfter >= 0 { return t }
      let right = r.excessAfter < 0
      if right { (low, lowExcess) = (t, r.excessAfter) } else { (high, highExcess) = (t, r.excessBefore) }
      let slope = right ? r.slopeRight : r.slopeLeft
      let corner = right ? r.cornerRight : r.cornerLeft
      let newton = t - (right ? r.excessAfter : r.excessBefore) / slope
      let closed = low.isFinite && high.isFinite
      if slope > 0, right ? newton <= corner : newton >= corner {
        // The root lies on this piece. A repeat only polishes; a step too small to move t ends it.
        if newton == t || !(newton > low && newton < high) { return t }
        t = newton
        continue
      }
      if !(corner > low && corner < high) {
        // No corner between t and the other end. With one end the bounds are met with equality, up to
        // rounding.
        return closed ? Self.falsePosition(low, lowExcess, high, highExcess) : t
      }
      let inside = slope > 0 && newton > low && newton < high
      if !closed {
        t = inside ? newton : corner
      } else if count % 3 == 2 {
        t = low + (high - low) / 2
      } else {
        t = inside ? newton : Self.falsePosition(low, lowExcess, high, highExcess)
      }
      if !(t > low && t < high) { t = corner }
    }
    return searched(low, high)
  }

  private static func falsePosition(_ a: Double, _ fa: Double, _ b: Double, _ fb: Double) -> Double {
    let t = a + (b - a) * (fa / (fa - fb))
    return t >= a && t <= b ? t : a
  }

  /// Binary search over the corners inside a bracket, then one linear piece.
  private func searched(_ low: Double, _ high: Double) -> Double {
    var corners: [Double] = []
    for i in 0..<offset.count where slope[i] > 0 {
      if start[i] > low && start[i] < high { corners.append(start[i]) }
      if end[i] > low && end[i] < high { corners.append(end[i]) }
    }
    corners.sort()
    var q = [Double](repeating: 0, count: offset.count)
    // Corners below `first` lie left of the root, those from `last` on at or right of it.
    var (first, last) = (0, corners.count)
    while first < last {
      let middle = (first + last) / 2
      let r = read(corners[middle], &q)
      if r.excessBefore <= 0 && r.excessAfter >= 0 { return corners[middle] }
      if r.excessAfter < 0 { first = middle + 1 } else { last = middle }
    }
    let left = first > 0 ? corners[first - 1] : low
    let right = last < corners.count ? corners[last] : high
    guard left.isFinite else { return right }
    let r = read(left, &q)
    let t = left - r.excessAfter / r.slopeRight
    return t.isFinite ? min(max(t, left), right) : left
  }

  /// The ramps at t, jumps at t filled by index, and what rounding left over given to the largest element
  /// that has room.
  private func filled(_ t: Double) -> [Double] {
    var q = (0..<offset.count).map { value($0, t) }
    var rest = bounds.total - Kernel.compensatedSum(q)
    for i in 0..<offset.count where rest > 0 && start[i] == t && end[i] == t {
      q[i] = min(bounds.lower[i] + min(rest, bounds.upper[i] - bounds.lower[i]), bounds.upper[i])
      rest = bounds.total - Kernel.compensatedSum(q)
    }
    if rest == 0 { return q }
    // Only elements strictly between their bounds may move, and stay between them.
    var best: Int?
    for i in 0..<offset.count where q[i] > bounds.lower[i] && q[i] < bounds.upper[i] {
      guard q[i] + rest >= bounds.lower[i], q[i] + rest <= bounds.upper[i] else { continue }
      if best.map({ q[i] > q[$0] }) ?? true { best = i }
    }
    if let best { q[best] += rest }
    return q
  }
}
