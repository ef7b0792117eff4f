import EntropicModel
import EntropicNumerics

/// The range of a . p over the free masses, simplex by simplex.
///
/// In a simplex without bounds the largest value is its mass times the largest coefficient, outcomes that the
/// row does not name counting as 0. Under bounds it is a greedy filling.
struct RowActivity {
  private(set) var low = 0.0
  private(set) var high = 0.0
  /// Sums of absolute terms, for rounding.
  private(set) var lowSize = 0.0
  private(set) var highSize = 0.0
  private var parts: [Part] = []
  private let layout: Layout
  private let isFixed: [Bool]
  private let rest: [Double]
  private let columns: [Int]
  private let values: [Double]

  private struct Part {
    let simplex: Int
    let entries: Range<Int>
    let isBounded: Bool
    /// Coefficient of the outcomes at the margin.
    var lowLevel: Double
    var highLevel: Double
  }

  init(
    columns: [Int], values: [Double], home: [Int], layout: Layout, isFixed: [Bool], freeCount: [Int],
    rest: [Double],
    hasBounds: [Bool]
  ) {
    self.layout = layout
    self.isFixed = isFixed
    self.rest = rest
    self.columns = columns
    self.values = values
    var start = 0
    while start < columns.count {
      let s = home[columns[start]]
      var end = start
      var least = Double.infinity
      var largest = -Double.infinity
      while end < columns.count, home[columns[end]] == s {
        least = min(least, values[end])
        largest = max(largest, values[end])
        end += 1
      }
      if end - start < freeCount[s] {
        least = min(least, 0)
        largest = max(largest, 0)
      }
      if hasBounds[s] {
        let bottom = filled(s, start..<end, ascending: true)
        let top = filled(s, start..<end, ascending: false)
        low += bottom.value
        lowSize += bottom.size
        high += top.value
        highSize += top.size
        parts.append(
          Part(
            simplex: s, entries: start..<end, isBounded: true, lowLevel: bottom.level, highLevel: top.level))
      } else {
        low += least * rest[s]
        lowSize += abs(least * rest[s])
        high += largest * rest[s]
        highSize += abs(largest * rest[s])
        parts.append(
          Part(simplex: s, entries: start..<end, isBounded: false, lowLevel: least, highLevel: largest))
      }
      start = end
    }
  }

  /// Free entries of a simplex with their coefficients.
  private func line(_ s: Int, _ entries: Range<Int>) -> [(entry: Int, value: Double)] {
    var list: [(entry: Int, value: Double)] = []
    var e = entries.lowerBound
    for i in layout.simplices[s].range where !isFixed[i] {
      var a = 0.0
      if e < entries.upperBound, columns[e] == i {
        a = values[e]
        e += 1
      }
      list.append((i, a))
    }
    return list
  }

  /// Greedy filling from the least (or largest) coefficient on.
  private func filled(
    _ s: Int, _ entries: Range<Int>, ascending: Bool
  ) -> (value: Double, size: Double, level: Double) {
    let list = line(s, entries).sorted {
      $0.value != $1.value ? (ascending ? $0.value < $1.value : $0.value > $1.value) : $0.entry < $1.entry
    }
    var left = rest[s] - Kernel.sum(list.map { layout.lower[$0.entry] })
    var value = 0.0
    var size = 0.0
    var level = list.first?.value ?? 0
    for (i, a) in list {
      var mass = layout.lower[i]
      if left > 0 {
        let room = min(layout.upper[i] - layout.lower[i], left)
        mass += room
        left -= room
        level = a
      }
      value += a * mass
      size += abs(a * mass)
    }
    return (value, size, level)
  }

  /// Outcomes that cannot be at the margin when the row attains the end of its range, with coefficient and
  /// mass.
  func excluded(atHigh: Bool) -> [(entry: Int, value: Double, mass: Double)] {
    var list: [(entry: Int, value: Double, mass: Double)] = []
    for part in parts {
      let level = atHigh ? part.highLevel : part.lowLevel
      for (i, a) in line(part.simplex, part.entries) where a != level {
        let isBeyond = atHigh ? a > level : a < level
        list.append((i, a, isBeyond ? layout.upper[i] : layout.lower[i]))
      }
    }
    return list
  }

  func levels(atHigh: Bool) -> [(simplex: Int, level: Double)] {
    parts.map { ($0.simplex, atHigh ? $0.highLevel : $0.lowLevel) }
  }
}
