extension Matrix {
  /// M N by BLAS.
  public func times(_ other: Matrix) -> Matrix { product(other, stop: nil) ?? Matrix(rows: 0, columns: 0) }

  /// M N by BLAS in pieces; nil when stopped.
  public func times(_ other: Matrix, stop: StopCheck?) -> Matrix? { product(other, stop: stop) }

  /// M' diag(w) M, symmetric, one row and column for each column of M; without weights M' M. Weights may
  /// have any sign.
  ///
  /// Rows are scaled by sqrt|w| and collected in panels of one sign, which costs half of a general product;
  /// rows of weight 0 are skipped.
  /// - Complexity: rows * columns^2 operations.
  public func gram(weights: [Double]? = nil) -> Matrix {
    gramProduct(weights, stop: nil) ?? Matrix(rows: 0, columns: 0)
  }

  /// As `gram(weights:)`; nil when stopped.
  public func gram(weights: [Double]?, stop: StopCheck?) -> Matrix? { gramProduct(weights, stop: stop) }

  /// M diag(w) M', symmetric, one row and column for each row of M; without weights M M'. Weights may have
  /// any sign.
  public func rowGram(weights: [Double]? = nil) -> Matrix {
    rowGramProduct(weights, stop: nil) ?? Matrix(rows: 0, columns: 0)
  }

  /// As `rowGram(weights:)`; nil when stopped.
  public func rowGram(weights: [Double]?, stop: StopCheck?) -> Matrix? { rowGramProduct(weights, stop: stop) }

  private func product(_ other: Matrix, stop: StopCheck?) -> Matrix? {
    precondition(
      columns == other.rows, "\(rows) x \(columns) matrix times \(other.rows) x \(other.columns) matrix")
    var result = Matrix(rows: rows, columns: other.columns)
    // By columns the arrays hold the transposes, and (M N)' = N' M'.
    let done = elements.withUnsafeBufferPointer { a in
      other.elements.withUnsafeBufferPointer { b in
        result.elements.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return true }
          return BLASPanels.multiply(
            "N", "N", other.columns, rows, columns, 1, b, max(1, other.columns), a, max(1, columns), c,
            max(1, other.columns), stop)
        }
      }
    }
    return done ? result : nil
  }

  private func gramProduct(_ weights: [Double]?, stop: StopCheck?) -> Matrix? {
    precondition(weights.map { $0.count == rows } ?? true, "gram: wrong number of weights")
    return elements.withUnsafeBufferPointer { m in
      GramSums.total(of: rows, order: columns, stop: stop) { range, sums in
        for i in range {
          let w = weights?[i] ?? 1
          if w == 0 { continue }
          let factor = w.magnitude.squareRoot()
          let fits = sums.add(negative: w < 0) { panel in
            for j in 0..<columns { panel[j] = factor * m[i * columns + j] }
          }
          if !fits { return false }
        }
        return true
      }
    }
  }

  private func rowGramProduct(_ weights: [Double]?, stop: StopCheck?) -> Matrix? {
    precondition(weights.map { $0.count == columns } ?? true, "rowGram: wrong number of weights")
    return elements.withUnsafeBufferPointer { m in
      GramSums.total(of: columns, order: rows, stop: stop) { range, sums in
        // Columns are transposed 8 at a time, so that every cache line that is read is used.
        var block = [Double](repeating: 0, count: 8 * rows)
        for j0 in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
          let width = min(8, range.upperBound - j0)
          block.withUnsafeMutableBufferPointer { block in
            for i in 0..<rows {
              for l in 0..<width { block[l * rows + i] = m[i * columns + j0 + l] }
            }
          }
          for l in 0..<width {
            let w = weights?[j0 + l] ?? 1
            if w == 0 { continue }
            let factor = w.magnitude.squareRoot()
            let fits = block.withUnsafeBufferPointer { block in
              sums.add(negative: w < 0) { panel in
                for i in 0..<rows { panel[i] = factor * block[l * rows + i] }
              }
            }
            if !fits { return false }
          }
        }
        return true
      }
    }
  }
}

/// The running sum of +- v v' over vectors v of one length, collected in panels of 256 vectors of one sign.
struct GramSums {
  private static let depth = 256
  private let order: Int
  private let stop: StopCheck?
  private var result: Matrix
  private var positive = Panel()
  private var negative = Panel()

  private struct Panel {
    var vectors: [Double] = []
    var count = 0
  }

  private init(order: Int, stop: StopCheck?) {
    self.order = order
    self.stop = stop
    result = Matrix(rows: order, columns: order)
  }

  /// The sum over `count` vectors of one length, `order`: `add` takes the vectors of a range into the sums it
  /// gets. The full symmetric matrix; nil when stopped.
  ///
  /// Many vectors of a small order are cut into at most 16 parts, summed side by side and added in their
  /// order; a large order has its work inside the panels, which are spread over the threads themselves.
  static func total(
    of count: Int, order: Int, stop: StopCheck?, add: (Range<Int>, inout GramSums) -> Bool
  ) -> Matrix? {
    let size = order > BLASPanels.strip ? max(1, count) : max(16 * depth, (count + 15) / 16)
    let parts = max(1, (count + size - 1) / size)
    if parts == 1 {
      var sums = GramSums(order: order, stop: stop)
      return add(0..<count, &sums) ? sums.finish() : nil
    }
    var totals = [Matrix?](repeating: nil, count: parts)
    let done = totals.withUnsafeMutableBufferPointer { totals in
      let totals = totals
      return Parallel.pieces(parts, stop: stop) { part in
        var sums = GramSums(order: order, stop: nil)
        if add(part * size..<min((part + 1) * size, count), &sums) { totals[part] = sums.finish() }
      }
    }
    guard done, var result = totals[0] else { return nil }
    for part in totals.dropFirst() {
      guard let part else { return nil }
      Kernel.axpy(1, part.elements, into: &result.elements)
    }
    return result
  }

  /// Takes the vector that `fill` writes; false when stopped.
  mutating func add(negative sign: Bool, _ fill: (UnsafeMutablePointer<Double>) -> Void) -> Bool {
    sign
      ? Self.add(&negative, -1, order, &result, stop, fill)
      : Self.add(&positive, 1, order, &result, stop, fill)
  }

  /// The full symmetric matrix; nil when stopped.
  private mutating func finish() -> Matrix? {
    guard Self.flush(&positive, 1, order, &result, stop), Self.flush(&negative, -1, order, &result, stop)
    else {
      return nil
    }
    result.elements.withUnsafeMutableBufferPointer {
      if let c = $0.baseAddress { BLASPanels.mirror(order, c) }
    }
    return result
  }

  private static func add(
    _ panel: inout Panel, _ sign: Double, _ order: Int, _ result: inout Matrix, _ stop: StopCheck?,
    _ fill: (UnsafeMutablePointer<Double>) -> Void
  ) -> Bool {
    if panel.vectors.isEmpty { panel.vectors = [Double](repeating: 0, count: depth * order) }
    let at = panel.count * order
    panel.vectors.withUnsafeMutableBufferPointer { if let base = $0.baseAddress { fill(base + at) } }
    panel.count += 1
    return panel.count < depth || flush(&panel, sign, order, &result, stop)
  }

  private static func flush(
    _ panel: inout Panel, _ sign: Double, _ order: Int, _ result: inout Matrix, _ stop: StopCheck?
  ) -> Bool {
    let count = panel.count
    panel.count = 0
    return panel.vectors.withUnsafeBufferPointer { p in
      result.elements.withUnsafeMutableBufferPointer { c in
        guard let p = p.baseAddress, let c = c.baseAddress else { return true }
        return BLASPanels.rankUpdate(order, count, sign, p, c, stop)
      }
    }
  }
}
