import EntropicNumerics

extension PredictorCurve {
  /// Expectations of phi and its first four derivatives, a row each.
  struct Moments {
    var value: [Double]
    var first: [Double]
    var second: [Double]
    var third: [Double]
    var fourth: [Double]

    init(rows n: Int) {
      value = [Double](repeating: 0, count: n)
      (first, second, third, fourth) = (value, value, value, value)
    }

    mutating func scale(by weights: [Double]) {
      if weights.allSatisfy({ $0 == 1 }) { return }
      for i in weights.indices {
        let w = weights[i]
        value[i] *= w
        first[i] *= w
        second[i] *= w
        third[i] *= w
        fourth[i] *= w
      }
    }
  }

  /// Derivatives beyond the second come from Stein's identity: `E phi''' = E[phi'' z] / s`.
  ///
  /// Rows are sorted into classes of one rule each, and taken in blocks that stay in the first cache.
  ///
  /// - Parameter isFine: with the rules that check the others.
  func moments(means: [Double], deviations: [Double], isFine: Bool) -> Moments {
    let n = means.count
    var out = Moments(rows: n)
    if let closed {
      for i in 0..<n {
        let e = closed(means[i], deviations[i] * deviations[i])
        (out.value[i], out.first[i], out.second[i], out.third[i], out.fourth[i]) = e
      }
      return out
    }
    let kinds = deviations.map { PredictorRule.kind(deviation: $0, strip: strip) }
    var classes = [[Int]](repeating: [], count: 1 + (kinds.max() ?? 0))
    for i in 0..<n { classes[kinds[i]].append(i) }
    var block = PredictorBlock(capacity: min(n, 512))
    for (kind, rows) in classes.enumerated() where !rows.isEmpty {
      let widest = rows.reduce(0) { max($0, deviations[$1]) }
      guard let rule = PredictorRule(kind: kind, widest: widest, curve: self, isFine: isFine) else {
        continue
      }
      for begin in stride(from: 0, to: rows.count, by: 512) {
        let part = rows[begin..<min(begin + 512, rows.count)]
        block.load(part, means, deviations)
        for (z, weight) in zip(rule.nodes, rule.weights) { block.add(z, weight, self) }
        block.store(part, into: &out)
      }
    }
    return out
  }

  /// phi, phi' and phi'' at the points of a block.
  func fill(_ t: UnsafeBufferPointer<Double>, _ out: Kernels) {
    if let kernel { return kernel(t, out) }
    let at = values(Array(t))
    for i in t.indices {
      (out.value[i], out.first[i], out.second[i]) = (at.value[i], at.first[i], at.second[i])
    }
  }
}

/// Some rows of the same rule, node by node.
private struct PredictorBlock {
  private let capacity: Int
  private var count = 0
  /// Means, deviations and points; phi, phi', phi'' at the points; five sums.
  private var work: [Double]

  init(capacity: Int) {
    self.capacity = capacity
    work = [Double](repeating: 0, count: 11 * capacity)
  }

  mutating func load(_ rows: ArraySlice<Int>, _ means: [Double], _ deviations: [Double]) {
    count = rows.count
    for (k, i) in rows.enumerated() {
      work[k] = means[i]
      work[capacity + k] = deviations[i]
    }
    for k in 6 * capacity..<11 * capacity { work[k] = 0 }
  }

  mutating func add(_ z: Double, _ weight: Double, _ curve: PredictorCurve) {
    let (c, n) = (capacity, count)
    work.withUnsafeMutableBufferPointer { work in
      guard let base = work.baseAddress else { return }
      func column(_ k: Int) -> UnsafeMutableBufferPointer<Double> {
        UnsafeMutableBufferPointer(start: base + k * c, count: n)
      }
      let (m, s, t) = (column(0), column(1), column(2))
      let (value, first, second) = (column(3), column(4), column(5))
      for i in 0..<n { t[i] = m[i] + s[i] * z }
      curve.fill(UnsafeBufferPointer(t), .init(value: value, first: first, second: second))
      Kernel.axpy(weight, UnsafeBufferPointer(value), into: column(6))
      Kernel.axpy(weight, UnsafeBufferPointer(first), into: column(7))
      Kernel.axpy(weight, UnsafeBufferPointer(second), into: column(8))
      Kernel.axpy(weight * z, UnsafeBufferPointer(second), into: column(9))
      Kernel.axpy(weight * (z * z - 1), UnsafeBufferPointer(second), into: column(10))
    }
  }

  func store(_ rows: ArraySlice<Int>, into out: inout PredictorCurve.Moments) {
    for (k, i) in rows.enumerated() {
      let s = work[capacity + k]
      out.value[i] = work[6 * capacity + k]
      out.first[i] = work[7 * capacity + k]
      out.second[i] = work[8 * capacity + k]
      // At deviation 0 nothing depends on them.
      out.third[i] = s > 0 ? work[9 * capacity + k] / s : 0
      out.fourth[i] = s > 0 ? work[10 * capacity + k] / (s * s) : 0
    }
  }
}
