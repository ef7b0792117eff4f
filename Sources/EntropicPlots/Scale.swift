/// An axis of a picture: a range of numbers, a range of pixels, and round numbers in between.
struct Scale {
  let from: Double
  let to: Double
  let start: Double
  let end: Double

  /// The range is widened by a share of its length at both ends; an empty one to a length of one.
  init(_ values: [Double], margin: Double = 0, start: Double, end: Double) {
    let finite = values.filter(\.isFinite)
    var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    if !(high - low > 1e-12 * max(abs(low), abs(high))) {
      let half = low == 0 ? 0.5 : 0.05 * abs(low)
      (low, high) = (low - half, high + half)
    }
    let room = margin * (high - low)
    from = low - room
    to = high + room
    self.start = start
    self.end = end
  }

  func place(_ x: Double) -> Double { start + (x - from) / (to - from) * (end - start) }

  /// Round numbers inside of the range, about `count` of them: multiples of 1, 2 or 5 times a power of ten.
  func ticks(_ count: Int) -> [Double] {
    let rough = (to - from) / Double(max(count, 1))
    guard rough > 0, rough.isFinite else { return [] }
    var power = 1.0
    while power > rough { power /= 10 }
    while power * 10 <= rough { power *= 10 }
    let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? rough
    let first = (from / step).rounded(.up)
    let last = (to / step).rounded(.down)
    guard last >= first, last - first < 50 else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 == 0 ? 0 : $0 * step }
  }
}
