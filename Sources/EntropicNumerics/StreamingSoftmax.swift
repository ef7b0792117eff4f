/// The softmax of scores that arrive in blocks, with averages under it, in constant memory.
///
///     value = log sum_i e^(s_i),     mean = sum_i e^(s_i) v_i / sum_i e^(s_i)
///
/// A running maximum m, the sum of e^(s_i - m) and the sums of e^(s_i - m) v_i are kept; a block with a larger score
/// rescales them. This is the optimum of max E_p[s] + entropy(p) over laws p on all keys so far: `value` is the maximum
/// in nats, `mean` the average of the values v under the best law (attention).
///
/// - Accuracy: sums over blocks are compensated; the value is within (48 + log2 of the block) 2^-53 of itself, as for one
///   call over all scores. Scores of -inf count for nothing; +inf or NaN make the results NaN.
/// - Cost: one pass, O(width) memory.
/// - Source: M. Milakov, N. Gimelshein, Online normalizer calculation for softmax, 2018, arXiv:1805.02867.
public struct StreamingSoftmax: Sendable {
  /// Numbers a key carries beside its score.
  public let width: Int
  /// Keys so far.
  public private(set) var count = 0
  private var top = -Double.infinity
  private var total = Compensated()
  private var sums: [Compensated]

  /// - Precondition: width >= 0.
  public init(width: Int = 0) {
    precondition(width >= 0)
    self.width = width
    sums = [Compensated](repeating: Compensated(), count: width)
  }

  /// A sum with its lost low part.
  private struct Compensated {
    var sum = 0.0
    var low = 0.0

    mutating func add(_ x: Double) {
      let next = sum + x
      low += abs(sum) >= abs(x) ? (sum - next) + x : (x - next) + sum
      sum = next
    }

    mutating func scale(_ c: Double) {
      sum *= c
      low *= c
    }

    var value: Double { sum + low }
  }

  /// Adds a block of scores; `values` holds `width` numbers a score, row by row.
  ///
  /// - Precondition: values.count == scores.count * width.
  public mutating func add(_ scores: [Double], values: [Double] = []) {
    precondition(values.count == scores.count * width, "width numbers a score are expected")
    guard !scores.isEmpty else { return }
    count += scores.count
    var high = -Double.infinity
    for s in scores { high = s.isNaN ? s : max(high, s) }
    if high.isNaN || high == .infinity {
      top = .nan
      return
    }
    if high == -.infinity { return }
    if high > top { rescale(to: high) }
    let weights = Kernel.exp(scores.map { $0 - top })
    total.add(Kernel.sum(weights))
    for j in 0..<width {
      let column = weights.indices.map { weights[$0] == 0 ? 0 : values[$0 * width + j] }
      sums[j].add(Kernel.compensatedDot(weights, column))
    }
  }

  private mutating func rescale(to high: Double) {
    if top > -.infinity {
      let factor = Kernel.exp(top - high)
      total.scale(factor)
      for j in sums.indices { sums[j].scale(factor) }
    }
    top = high
  }

  /// Adds all that another stream has seen: blocks may be summed up in parallel, and merged in a fixed order.
  public mutating func merge(_ other: StreamingSoftmax) {
    precondition(other.width == width, "streams of one width are expected")
    count += other.count
    if top.isNaN || other.top.isNaN {
      top = .nan
      return
    }
    if other.top == -.infinity { return }
    if other.top > top { rescale(to: other.top) }
    let factor = Kernel.exp(other.top - top)
    total.add(factor * other.total.value)
    for j in sums.indices { sums[j].add(factor * other.sums[j].value) }
  }

  /// log sum e^s; -inf before the first finite score.
  public var value: Double { top.isFinite ? top + Kernel.log(total.value) : top }

  /// The averages of the values under the softmax; NaN before the first finite score.
  public var mean: [Double] {
    sums.map { top.isFinite ? $0.value / total.value : .nan }
  }
}
