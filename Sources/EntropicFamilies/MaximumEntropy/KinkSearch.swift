/// Finds where a function that is smooth in pieces has a corner or a jump.
///
/// Slopes over neighbouring intervals differ by f'' h where the function is smooth, and by a fixed amount at a corner: the
/// difference that does not shrink with the interval is followed to the last digits.
enum KinkSearch {
  /// Corners between the points, which are in increasing order; at most `limit`.
  static func kinks(of function: PointFunction, at points: [Double], limit: Int = 8) -> [Double] {
    let jumps = slopeJumps(points, function.values(points))
    guard jumps.count > 16 else { return [] }
    var found: [(jump: Double, place: Double)] = []
    for i in 4..<(jumps.count - 4) {
      let around = max(jumps[i - 4], jumps[i - 3], jumps[i + 3], jumps[i + 4])
      guard jumps[i].isFinite, jumps[i] > 8 * around, jumps[i] >= jumps[i - 1], jumps[i] >= jumps[i + 1]
      else {
        continue
      }
      if let place = followed(function, points[i], points[i + 2], jump: jumps[i]) {
        found.append((jumps[i], place))
      }
    }
    return found.sorted { $0.jump > $1.jump }.prefix(limit).map(\.place)
  }

  /// |slope after - slope before| at every inner point.
  private static func slopeJumps(_ x: [Double], _ y: [Double]) -> [Double] {
    guard x.count > 2 else { return [] }
    let slopes = zip(zip(x, x.dropFirst()), zip(y, y.dropFirst())).map { ($1.1 - $1.0) / ($0.1 - $0.0) }
    return zip(slopes, slopes.dropFirst()).map { abs($1 - $0) }
  }

  /// The corner inside an interval; nil when the jump of the slope fades as the interval shrinks.
  private static func followed(
    _ function: PointFunction, _ a: Double, _ b: Double, jump: Double
  ) -> Double? {
    var (left, right) = (a, b)
    for _ in 0..<40 {
      let width = right - left
      if width <= 8e-16 * max(abs(left), abs(right)) || width < 1e-300 { break }
      let points = (0...12).map { left + width * Double($0) / 12 }
      let jumps = slopeJumps(points, function.values(points))
      guard let most = jumps.max(), most.isFinite, let i = jumps.firstIndex(of: most) else { return nil }
      // Rounding takes over when the interval is short.
      if width < 1e-9 * max(abs(a), abs(b)) { break }
      if most < 0.3 * jump { return nil }
      (left, right) = (points[i], points[i + 2])
    }
    return left + (right - left) / 2
  }
}
