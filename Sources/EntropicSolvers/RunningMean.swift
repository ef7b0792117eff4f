import EntropicNumerics

/// Sums of points, multipliers and slopes of kinks, for averages.
struct RunningMean: Sendable {
  private var p: [Double]
  private var multipliers: [Double]
  private var slopes: [[Double]?] = []
  private var hasFace = false
  private(set) var count = 0

  init(count: Int, rows: Int) {
    p = [Double](repeating: 0, count: count)
    multipliers = [Double](repeating: 0, count: rows)
  }

  mutating func add(_ point: ProximalStep.Trial, _ slopes: [[Double]?]) {
    count += 1
    Kernel.axpy(1, point.p, into: &p)
    if point.multipliers.count == multipliers.count { Kernel.axpy(1, point.multipliers, into: &multipliers) }
    hasFace = hasFace || point.hasFace
    merge(slopes)
  }

  mutating func add(_ other: RunningMean) {
    count += other.count
    Kernel.axpy(1, other.p, into: &p)
    Kernel.axpy(1, other.multipliers, into: &multipliers)
    hasFace = hasFace || other.hasFace
    merge(other.slopes)
  }

  private mutating func merge(_ more: [[Double]?]) {
    if slopes.isEmpty {
      slopes = more
      return
    }
    for k in more.indices {
      if let y = more[k], var sum = slopes[k] {
        Kernel.axpy(1, y, into: &sum)
        slopes[k] = sum
      }
    }
  }

  /// The average point; there is at least one.
  var point: ProximalStep.Trial {
    let share = 1 / Double(max(count, 1))
    return ProximalStep.Trial(
      p: p.map { share * $0 }, logp: [], multipliers: multipliers.map { share * $0 }, hasFace: hasFace)
  }

  var meanSlopes: [[Double]?] {
    let share = 1 / Double(max(count, 1))
    return slopes.map { $0.map { y in y.map { share * $0 } } }
  }
}
