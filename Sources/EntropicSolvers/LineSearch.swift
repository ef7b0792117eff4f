/// The exact step along a line: the root of the derivative, by Newton's method inside a bracket.
///
///     min phi(t),  0 <= t <= limit,  phi convex with phi'(0) < 0
///
/// Newton steps from the side where phi' < 0; where one leaves the bracket, or no second derivative is known, the
/// bracket shrinks by its geometric mean or by regula falsi. Points outside the domain count as phi' = +inf.
/// - Guarantee: the step returned has phi' <= 0 but for the accuracy of the root, so that phi does not increase.
/// - Complexity: 3 to 8 trials, each the length of the images.
enum LineSearch {
  static func step(
    limit: Double, trials: Int = 60, _ derivatives: (Double) -> (first: Double, second: Double?)?
  ) -> Double {
    guard limit > 0, let start = derivatives(0), start.first < 0 else { return 0 }
    if let end = derivatives(limit), end.first <= 0 { return limit }
    let goal = 1e-12 * -start.first
    var (low, high) = (0.0, limit)
    var (atLow, atHigh) = (start, Double.infinity)
    for _ in 0..<trials {
      var t = -1.0
      if let second = atLow.second, second > 0, second.isFinite, atLow.first.isFinite {
        t = low - atLow.first / second
      } else if atLow.second == nil, atHigh.isFinite {
        t = low + (high - low) * (-atLow.first / (atHigh - atLow.first))
        // Away from the ends, so that both of them move.
        t = min(max(t, low + 0.05 * (high - low)), high - 0.05 * (high - low))
      }
      if !(t > low && t < high) {
        t = low == 0 ? high * 0x1p-6 : high > 16 * low ? (low * high).squareRoot() : 0.5 * (low + high)
      }
      guard t > low, t < high else { break }
      guard let now = derivatives(t) else {
        high = t
        atHigh = .infinity
        continue
      }
      if now.first <= 0 {
        let isClose = t - low <= 1e-13 * t
        low = t
        atLow = now
        if -now.first <= goal || isClose { break }
      } else {
        high = t
        atHigh = now.first
        if now.first <= goal { return t }
        // Newton from the right where it lands inside.
        if let second = now.second, second > 0, second.isFinite {
          let back = t - now.first / second
          if back > low, back < t, let there = derivatives(back) {
            if there.first <= 0 {
              low = back
              atLow = there
              if -there.first <= goal { break }
            } else {
              high = back
              atHigh = there.first
              if there.first <= goal { return back }
            }
          }
        }
      }
      if high - low <= 1e-14 * high { break }
    }
    return low
  }
}
