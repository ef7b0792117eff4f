import EntropicNumerics

/// A finite distribution as a value: masses by outcome, with labels and outcome values where the unknown had them.
///
/// A joint law or a channel is read by its shape; `matrix` gives the masses by rows.
public struct Categorical: Sendable, Equatable {
  public let probabilities: [Double]
  public let shape: Shape
  /// Names of outcomes, one list an axis.
  public let labels: [[String]]
  /// Values of the outcomes, when there is one number each.
  public let outcomes: [Double]?

  public init(
    _ probabilities: [Double], shape: Shape? = nil, labels: [[String]] = [], outcomes: [Double]? = nil
  ) {
    self.probabilities = probabilities
    self.shape = shape ?? [probabilities.count]
    self.labels = labels
    self.outcomes = outcomes
  }

  public var count: Int { probabilities.count }

  public subscript(_ index: Int) -> Double { probabilities[index] }

  /// The mass under a label of the first axis, nil when there is no such label.
  public subscript(_ label: String) -> Double? {
    labels.first?.firstIndex(of: label).map { probabilities[$0] }
  }

  /// The masses by rows; a simple law is one row.
  public var matrix: Matrix {
    shape.count == 2
      ? Matrix(rows: shape[0], columns: shape[1], elements: probabilities)
      : Matrix(rows: 1, columns: count, elements: probabilities)
  }

  /// Indices of the outcomes with positive mass.
  public var support: [Int] { probabilities.indices.filter { probabilities[$0] > 0 } }

  /// log p_i, -inf at zeros.
  public func logProbability(_ index: Int) -> Double { Kernel.log(probabilities[index]) }

  /// -sum p log p, in nats.
  public var entropy: Double {
    -Kernel.compensatedSum(probabilities.map { $0 > 0 ? $0 * Kernel.log($0) : 0 })
  }

  /// sum p log(p / q), without cancellation near q; +inf where q lacks support.
  public func divergence(to other: Categorical) -> Double { klDivergence(probabilities, other.probabilities) }

  /// The mean of a function of the outcomes, one value an outcome.
  public func mean(of f: [Double]) -> Double { Kernel.compensatedDot(probabilities, f) }

  /// The mean of the outcome values; nil without values.
  public var mean: Double? { outcomes.map { mean(of: $0) } }

  /// The variance of the outcome values, from centred squares.
  public var variance: Double? {
    guard let outcomes, let mean else { return nil }
    return self.mean(of: outcomes.map { ($0 - mean) * ($0 - mean) })
  }

  /// Draws outcomes by inversion; the same seed gives the same draws.
  public func sample(_ count: Int, seed: UInt64) -> [Int] {
    var state = seed
    var cumulative: [Double] = []
    var total = 0.0
    for p in probabilities {
      total += p
      cumulative.append(total)
    }
    return (0..<count).map { _ in
      // SplitMix64 (G. Steele, D. Lea, C. Flood, 2014).
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      z ^= z >> 31
      let u = Double(z >> 11) * 0x1p-53 * total
      var low = 0
      var high = probabilities.count - 1
      while low < high {
        let middle = (low + high) / 2
        if cumulative[middle] > u { high = middle } else { low = middle + 1 }
      }
      return low
    }
  }
}
