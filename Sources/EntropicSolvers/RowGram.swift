import EntropicModel
import EntropicNumerics

/// R diag(w) R' for rows that come in pieces, dense and sparse, over many columns.
///
/// Panels of columns go through the matrix kernel when the rows are full; otherwise each column adds the
/// products of its few entries. Memory: order^2 and one panel, or the stored entries once more.
enum RowGram {
  struct Rows {
    let map: LinearMap
    let scale: Double
    let first: Int
    /// Rows that count as zero.
    var skipped: [Bool] = []

    func isSkipped(_ row: Int) -> Bool { skipped.isEmpty ? false : skipped[row] }
  }

  /// The lower triangle is filled; rows from the last piece to `order` are zero.
  static func matrix(_ rows: [Rows], order: Int, weights w: [Double], stop: StopCheck?) -> Matrix? {
    let stored = rows.reduce(0) { $0 + $1.map.storedCount }
    let total = rows.reduce(0) { $0 + $1.map.rows }
    if Double(stored) * 4 > Double(total) * Double(w.count) { return panels(rows, order, w, stop) }
    return columns(rows, order, w, stop)
  }

  private static func panels(_ rows: [Rows], _ order: Int, _ w: [Double], _ stop: StopCheck?) -> Matrix? {
    var out = Matrix(rows: order, columns: order, repeating: 0)
    let width = max(256, min(w.count, 4_000_000 / max(order, 1)))
    var start = 0
    while start < w.count {
      let end = min(w.count, start + width)
      let span = end - start
      var panel = Matrix(rows: order, columns: span, repeating: 0)
      for piece in rows {
        for r in 0..<piece.map.rows where !piece.isSkipped(r) {
          let base = (piece.first + r) * span
          switch piece.map {
          case .dense(let m, let first, _):
            let low = max(start, first)
            let high = min(end, first + m.columns)
            if low >= high { continue }
            for j in low..<high {
              panel.elements[base + j - start] += piece.scale * m.elements[r * m.columns + j - first]
            }
          case .sparse(let m):
            for k in m.rowStart[r]..<m.rowStart[r + 1] where m.column[k] >= start && m.column[k] < end {
              panel.elements[base + m.column[k] - start] += piece.scale * m.value[k]
            }
          }
        }
      }
      guard let part = panel.rowGram(weights: Array(w[start..<end]), stop: stop) else { return nil }
      for k in out.elements.indices { out.elements[k] += part.elements[k] }
      start = end
    }
    return out
  }

  private static func columns(_ rows: [Rows], _ order: Int, _ w: [Double], _ stop: StopCheck?) -> Matrix? {
    var start = [Int](repeating: 0, count: w.count + 1)
    for piece in rows {
      for r in 0..<piece.map.rows where !piece.isSkipped(r) {
        piece.map.forEachEntry(ofRow: r) { column, value in if value != 0 { start[column + 1] += 1 } }
      }
    }
    for j in 0..<w.count { start[j + 1] += start[j] }
    var fill = start
    var index = [Int](repeating: 0, count: start[w.count])
    var entry = [Double](repeating: 0, count: start[w.count])
    for piece in rows {
      for r in 0..<piece.map.rows where !piece.isSkipped(r) {
        piece.map.forEachEntry(ofRow: r) { column, value in
          if value != 0 {
            index[fill[column]] = piece.first + r
            entry[fill[column]] = piece.scale * value
            fill[column] += 1
          }
        }
      }
    }
    var out = Matrix(rows: order, columns: order, repeating: 0)
    for j in 0..<w.count {
      if j & 1023 == 0, let stop, stop() { return nil }
      for a in start[j]..<start[j + 1] {
        let left = w[j] * entry[a]
        let base = index[a] * order
        for b in start[j]..<start[j + 1] where index[b] <= index[a] {
          out.elements[base + index[b]] += left * entry[b]
        }
      }
    }
    return out
  }
}
