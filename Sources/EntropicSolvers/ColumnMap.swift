import EntropicModel
import EntropicNumerics

/// A linear map stored by columns: for methods that change few masses at a time.
///
/// The image of a direction costs its few columns; a product with the transpose is one dot product a column.
enum ColumnMap: Sendable {
  /// The transposed matrix and the first column that it covers.
  case dense(Matrix, first: Int)
  case sparse(start: [Int], row: [Int], value: [Double], rows: Int)

  init(_ map: LinearMap) {
    switch map {
    case .dense(let matrix, let first, _): self = .dense(matrix.transposed(), first: first)
    case .sparse(let matrix):
      var start = [Int](repeating: 0, count: matrix.columns + 1)
      for j in matrix.column { start[j + 1] += 1 }
      for j in 0..<matrix.columns { start[j + 1] += start[j] }
      var next = start
      var row = [Int](repeating: 0, count: matrix.value.count)
      var value = [Double](repeating: 0, count: matrix.value.count)
      for i in 0..<matrix.rows {
        for k in matrix.rowStart[i]..<matrix.rowStart[i + 1] {
          let at = next[matrix.column[k]]
          row[at] = i
          value[at] = matrix.value[k]
          next[matrix.column[k]] += 1
        }
      }
      self = .sparse(start: start, row: row, value: value, rows: matrix.rows)
    }
  }

  var rows: Int {
    switch self {
    case .dense(let matrix, _): matrix.columns
    case .sparse(_, _, _, let rows): rows
    }
  }

  /// K d
  func apply(_ direction: Vertex) -> [Double] {
    var out = [Double](repeating: 0, count: rows)
    switch self {
    case .dense(let matrix, let first):
      let n = matrix.columns
      matrix.elements.withUnsafeBufferPointer { a in
        out.withUnsafeMutableBufferPointer { out in
          for (i, change) in zip(direction.indices, direction.masses)
          where i >= first && i < first + matrix.rows {
            let base = (i - first) * n
            for j in 0..<n { out[j] += change * a[base + j] }
          }
        }
      }
    case .sparse(let start, let row, let value, _):
      for (i, change) in zip(direction.indices, direction.masses) {
        for k in start[i]..<start[i + 1] { out[row[k]] += change * value[k] }
      }
    }
    return out
  }

  /// out += scale K' y
  func addTransposed(_ y: [Double], scale: Double, to out: inout [Double]) {
    switch self {
    case .dense(let matrix, let first):
      let n = matrix.columns
      matrix.elements.withUnsafeBufferPointer { a in
        y.withUnsafeBufferPointer { y in
          for i in 0..<matrix.rows {
            out[first + i] += scale * Kernel.dot(UnsafeBufferPointer(rebasing: a[i * n..<(i + 1) * n]), y)
          }
        }
      }
    case .sparse(let start, let row, let value, _):
      for i in 0..<start.count - 1 {
        var sum = 0.0
        for k in start[i]..<start[i + 1] { sum += value[k] * y[row[k]] }
        out[i] += scale * sum
      }
    }
  }
}
