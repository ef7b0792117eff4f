internal import CEntropicKernels

extension Kernel {
  /// The mean of the worst part of a loss, and where that part begins.
  public struct TailMean: Sendable, Equatable {
    /// The mean of the largest losses that hold the mass 1 - level.
    public let value: Double
    /// The smallest of them: the value at risk, the quantile of order `level`.
    public let quantile: Double

    public init(value: Double, quantile: Double) {
      self.value = value
      self.quantile = quantile
    }
  }

  /// CVaR_level(losses) = max {sum p_i losses_i : 0 <= p_i <= w_i / ((1 - level) sum w), sum p = 1}: the mean of
  /// the largest losses that hold the share 1 - level of the mass, in which the loss at the boundary counts with
  /// what is left. Without weights all w_i are 1.
  ///
  /// Selection, not sorting: a sample brackets the quantile, one pass sums what lies above the bracket and keeps
  /// the few that lie inside, on which the same is done again. Losses of a few distinct values are no exception.
  /// The sum has the error of a pairwise sum, (24 + log2 n) 2^-53 sum w|losses| / mass.
  ///
  /// - Parameters:
  ///   - weights: not negative, with a finite positive sum.
  ///   - level: in [0, 1]. 0 gives the mean, 1 the largest loss that has a weight.
  /// - Returns: NaN without losses, with a NaN among losses or weights, with a negative weight, without mass, and
  ///   for a level outside [0, 1].
  /// - Complexity: O(n), one pass over the losses; memory for a few hundredths of them.
  /// - Source: R. T. Rockafellar, S. Uryasev, J. Risk 2 (2000), doi:10.21314/JOR.2000.038; selection by sampling:
  ///   R. W. Floyd, R. L. Rivest, Comm. ACM 18 (1975), doi:10.1145/360680.360691.
  public static func conditionalValueAtRisk(
    _ losses: [Double], weights: [Double]? = nil, level: Double
  ) -> TailMean {
    let nothing = TailMean(value: .nan, quantile: .nan)
    guard !losses.isEmpty, level >= 0, level <= 1 else { return nothing }
    var total = Double(losses.count)
    if let weights {
      precondition(weights.count == losses.count, "CVaR: \(losses.count) losses, \(weights.count) weights")
      total = sum(weights)
      guard total > 0, total < .infinity, minimum(weights) >= 0 else { return nothing }
    }
    let mass = (1 - level) * total
    guard let tail = UpperTail.of(losses, weights, mass: mass) else { return nothing }
    if mass <= 0 { return TailMean(value: tail.threshold, quantile: tail.threshold) }
    // Without this an infinite loss of no share would make the sum NaN.
    let rest = max(mass - tail.mass, 0)
    let boundary = rest > 0 ? rest * tail.threshold : 0
    return TailMean(value: (tail.sum + boundary) / mass, quantile: tail.threshold)
  }
}

/// The largest of weighted numbers that hold a given mass: those above a threshold t, and a part of those at it,
/// mass{x > t} < mass <= mass{x >= t}.
private struct UpperTail {
  var threshold: Double
  /// Mass and weighted sum of the numbers above the threshold.
  var mass: Double
  var sum: Double

  /// Up to so many numbers are sorted.
  private static let few = 256

  /// nil for NaN among the numbers, or where they hold less than `mass`.
  static func of(_ x: [Double], _ w: [Double]?, mass: Double) -> UpperTail? {
    if x.count <= few { return sorted(x, w, mass) }
    var range: (low: Double, high: Double)?
    // Twice the width where the sample was unlucky.
    for deviations in [3.5, 10] {
      range = bracket(x, w, mass, deviations)
      if let range, let tail = inside(range, x, w, mass) { return tail }
    }
    // Few distinct numbers: the bracket holds many equal ones, and its ends may be the threshold.
    if let range, range.low < range.high {
      if let tail = inside((range.low, range.low), x, w, mass) { return tail }
      if let tail = inside((range.high, range.high), x, w, mass) { return tail }
    }
    return sorted(x, w, mass)
  }

  /// The tail whose threshold lies in a range; nil where it does not, or where the range holds half of the numbers.
  private static func inside(
    _ range: (low: Double, high: Double), _ x: [Double], _ w: [Double]?, _ mass: Double
  ) -> UpperTail? {
    let split = Split(x, w, range, capacity: range.low < range.high ? x.count / 2 : 0)
    guard split.sum.isFinite, split.mass < mass || mass == 0, mass <= split.mass + split.keptMass else {
      return nil
    }
    if range.low == range.high {
      return UpperTail(threshold: range.low, mass: split.mass, sum: split.sum)
    }
    guard split.isComplete, split.mass < mass,
      var tail = of(split.kept, split.keptWeights, mass: mass - split.mass)
    else { return nil }
    tail.mass += split.mass
    tail.sum += split.sum
    return tail
  }

  /// Two numbers between which the threshold lies unless the sample, lines of eight numbers at equal distances, is
  /// off by more than so many standard deviations.
  private static func bracket(
    _ x: [Double], _ w: [Double]?, _ mass: Double, _ deviations: Double
  ) -> (low: Double, high: Double)? {
    let n = Double(x.count)
    let lines = max(
      8, Int(min(n / 16, 4 * n.squareRoot() * n.squareRoot().squareRoot().squareRoot().squareRoot()) / 8))
    let stride = x.count / lines
    var sample: [Double] = []
    var weights: [Double] = []
    sample.reserveCapacity(8 * lines)
    for line in 0..<lines {
      let from = line * stride
      sample += x[from..<min(from + 8, x.count)]
      if let w { weights += w[from..<min(from + 8, w.count)] }
    }
    let total = w == nil ? Double(sample.count) : Kernel.sum(weights)
    let whole = w == nil ? n : w.map { Kernel.sum($0) } ?? n
    guard total > 0, !sample.contains(where: \.isNaN) else { return nil }
    let share = min(max(mass / whole, 0), 1)
    let squares = w == nil ? total : Kernel.dot(weights, weights)
    let size = total * total / squares
    let error = deviations * (share * (1 - share) / size).squareRoot() + 1 / size
    let known = w == nil ? nil : weights
    guard let low = of(sample, known, mass: min(share + error, 1) * total),
      let high = of(sample, known, mass: max(share - error, 0) * total)
    else { return nil }
    return (share + error >= 1 ? -.infinity : low.threshold, share <= error ? .infinity : high.threshold)
  }

  private static func sorted(_ x: [Double], _ mass: Double) -> UpperTail? {
    let order = x.sorted(by: >)
    // The last of the numbers that the mass touches, and the first that is equal to it.
    let touched = Int(min(mass.rounded(.up), Double(order.count)))
    guard mass <= Double(order.count) * (1 + 0x1p-40), touched <= order.count else { return nil }
    let threshold = order[max(touched - 1, 0)]
    let first = order.firstIndex(of: threshold) ?? 0
    return UpperTail(threshold: threshold, mass: Double(first), sum: Kernel.sum(Array(order[..<first])))
  }

  private static func sorted(_ x: [Double], _ w: [Double]?, _ mass: Double) -> UpperTail? {
    if x.contains(where: \.isNaN) { return nil }
    guard let w else { return sorted(x, mass) }
    let order = x.indices.filter { w[$0] > 0 }.sorted { x[$0] > x[$1] }
    guard let last = order.last else { return nil }
    var (above, position) = (0.0, 0)
    while position < order.count {
      let value = x[order[position]]
      var (end, ties) = (position, 0.0)
      while end < order.count, x[order[end]] == value {
        ties += w[order[end]]
        end += 1
      }
      if above + ties >= mass {
        return UpperTail(threshold: value, mass: above, sum: Kernel.sum(terms(order[..<position])))
      }
      above += ties
      position = end
    }
    // All of the mass, up to rounding.
    guard mass <= above * (1 + 0x1p-40) else { return nil }
    let rest = order.prefix { x[$0] > x[last] }
    let lost = order[rest.count...].reduce(0) { $0 + w[$1] }
    return UpperTail(threshold: x[last], mass: above - lost, sum: Kernel.sum(terms(rest)))

    func terms(_ part: ArraySlice<Int>) -> [Double] { part.map { x[$0] * w[$0] } }
  }
}

/// Weighted numbers, split by a range.
private struct Split {
  /// Of the numbers above the range.
  var mass = 0.0
  var sum = 0.0
  /// The numbers in the range, if there was room for them.
  var kept: [Double] = []
  var keptWeights: [Double]?
  var keptMass = 0.0
  var isComplete = false

  init(_ x: [Double], _ w: [Double]?, _ range: (low: Double, high: Double), capacity: Int) {
    var above = [0.0, 0, 0]
    var found = 0
    var weights: [Double] = []
    // Without weights their array would be a second one of the same size for nothing.
    if w != nil { weights = [Double](repeating: 0, count: capacity) }
    kept = [Double](unsafeUninitializedCapacity: capacity) { buffer, count in
      found = x.withUnsafeBufferPointer { x in
        weights.withUnsafeMutableBufferPointer { weights in
          above.withUnsafeMutableBufferPointer { above in
            func run(_ w: UnsafePointer<Double>?) -> Int {
              ek_split(
                x.baseAddress, w, x.count, range.low, range.high, buffer.baseAddress, weights.baseAddress,
                capacity, above.baseAddress)
            }
            return w?.withUnsafeBufferPointer { run($0.baseAddress) } ?? run(nil)
          }
        }
      }
      count = found <= x.count ? found : 0
    }
    (mass, sum, keptMass) = (above[0], above[1], above[2])
    isComplete = found <= x.count
    if w != nil { keptWeights = Array(weights[..<kept.count]) }
  }
}
