import EntropicNumerics

/// The entries of one row: a column and its coefficient each, in any order unless stated.
public typealias SparseRow = [(column: Int, value: Double)]

/// A matrix with few entries, by rows.
public struct SparseMatrix: Sendable, Hashable {
  public let rows: Int
  public let columns: Int
  /// Entries of row i stand at `rowStart[i]..<rowStart[i + 1]`; columns ascend inside a row.
  public let rowStart: [Int]
  public let column: [Int]
  public let value: [Double]

  public init(rows: Int, columns: Int, rowStart: [Int], column: [Int], value: [Double]) {
    self.rows = rows
    self.columns = columns
    self.rowStart = rowStart
    self.column = column
    self.value = value
  }

  /// From one list of (column, value) a row; columns need not be sorted, repeated ones are added.
  public init(columns: Int, rows list: [SparseRow]) {
    var rowStart = [0]
    var column: [Int] = []
    var value: [Double] = []
    for row in list {
      for entry in row.sorted(by: { $0.column < $1.column }) {
        if column.count > rowStart[rowStart.count - 1], column[column.count - 1] == entry.column {
          value[value.count - 1] += entry.value
        } else {
          column.append(entry.column)
          value.append(entry.value)
        }
      }
      rowStart.append(column.count)
    }
    self.init(
      rows: list.count, columns: columns, rowStart: rowStart, column: column, value: value)
  }
}

/// A linear map from the flat buffer of masses to `rows` numbers.
///
/// Dense maps act on a contiguous range of the buffer, starting at `firstColumn`.
public enum LinearMap: Sendable, Equatable {
  case dense(Matrix, firstColumn: Int, columns: Int)
  case sparse(SparseMatrix)

  public var rows: Int {
    switch self {
    case .dense(let matrix, _, _): matrix.rows
    case .sparse(let matrix): matrix.rows
    }
  }

  /// Length of the buffer that the map reads.
  public var columns: Int {
    switch self {
    case .dense(_, _, let columns): columns
    case .sparse(let matrix): matrix.columns
    }
  }

  /// Entries that are stored.
  public var storedCount: Int {
    switch self {
    case .dense(let matrix, _, _): matrix.elements.count
    case .sparse(let matrix): matrix.value.count
    }
  }

  /// K x, in fixed order (each row one blocked dot product).
  public func apply(_ x: [Double]) -> [Double] {
    switch self {
    case .dense(let matrix, let first, _): return matrix.times(LinearMap.range(x, first, matrix.columns))
    case .sparse(let matrix):
      var y = [Double](repeating: 0, count: matrix.rows)
      for i in 0..<matrix.rows {
        var sum = 0.0
        for k in matrix.rowStart[i]..<matrix.rowStart[i + 1] {
          sum += matrix.value[k] * x[matrix.column[k]]
        }
        y[i] = sum
      }
      return y
    }
  }

  /// out += K' y, in fixed order: blocks of 64 rows are summed apart, so that the rounding error of an entry
  /// stays below (64 + rows / 64) 2^-53 of the sum of absolute terms.
  public func addTransposed(_ y: [Double], scale: Double = 1, to out: inout [Double]) {
    switch self {
    case .dense(let matrix, let first, _):
      let n = matrix.columns
      var total = [Double](repeating: 0, count: n)
      var block = [Double](repeating: 0, count: n)
      matrix.elements.withUnsafeBufferPointer { a in
        for start in stride(from: 0, to: matrix.rows, by: 64) {
          for j in 0..<n { block[j] = 0 }
          var touched = false
          for i in start..<min(start + 64, matrix.rows) where y[i] != 0 {
            touched = true
            let w = y[i] * scale
            block.withUnsafeMutableBufferPointer { b in
              let row = a.baseAddress! + i * n
              for j in 0..<n { b[j] += w * row[j] }
            }
          }
          if touched { for j in 0..<n { total[j] += block[j] } }
        }
      }
      for j in 0..<n { out[first + j] += total[j] }
    case .sparse(let matrix):
      for i in 0..<matrix.rows where y[i] != 0 {
        for k in matrix.rowStart[i]..<matrix.rowStart[i + 1] {
          out[matrix.column[k]] += scale * y[i] * matrix.value[k]
        }
      }
    }
  }

  /// |K| |x|, the scale of the rounding error of `apply`.
  public func applyAbsolute(_ x: [Double]) -> [Double] {
    switch self {
    case .dense(let matrix, let first, _):
      return matrix.absoluteTimes(LinearMap.range(x, first, matrix.columns))
    case .sparse(let matrix):
      return (0..<matrix.rows).map { i in
        var sum = 0.0
        for k in matrix.rowStart[i]..<matrix.rowStart[i + 1] {
          sum += abs(matrix.value[k] * x[matrix.column[k]])
        }
        return sum
      }
    }
  }

  /// out += scale |K|' |y|, the scale of the rounding error of `addTransposed`.
  public func addAbsoluteTransposed(_ y: [Double], scale: Double = 1, to out: inout [Double]) {
    switch self {
    case .dense(let matrix, let first, _):
      let sums = matrix.absoluteTransposedTimes(y)
      for j in sums.indices { out[first + j] += scale * sums[j] }
    case .sparse(let matrix):
      for i in 0..<matrix.rows where y[i] != 0 {
        for k in matrix.rowStart[i]..<matrix.rowStart[i + 1] {
          out[matrix.column[k]] += scale * abs(y[i] * matrix.value[k])
        }
      }
    }
  }

  private static func range(_ x: [Double], _ first: Int, _ count: Int) -> [Double] {
    first == 0 && x.count == count ? x : Array(x[first..<first + count])
  }

  /// Relative rounding error of an entry of `K' y` against the sum of the absolute values of its terms.
  public var transposedError: Double {
    switch self {
    case .dense(let matrix, _, _): Double(72 + matrix.rows / 64) * 0x1p-53
    case .sparse(let matrix): Double(8 + min(matrix.rows, maximumColumnCount(matrix))) * 0x1p-53
    }
  }

  /// Relative rounding error of an entry of `K x` against the sum of the absolute values of its terms.
  public var rowError: Double {
    switch self {
    case .dense(let matrix, _, _): Kernel.kappa(matrix.columns)
    case .sparse(let matrix):
      Double(4 + (0..<matrix.rows).reduce(0) { max($0, matrix.rowStart[$1 + 1] - matrix.rowStart[$1]) })
        * 0x1p-53
    }
  }

  private func maximumColumnCount(_ matrix: SparseMatrix) -> Int {
    var count = [Int](repeating: 0, count: matrix.columns)
    for j in matrix.column { count[j] += 1 }
    return count.max() ?? 0
  }

  /// Calls `body(column, value)` for the stored entries of a row, columns ascending.
  public func forEachEntry(ofRow i: Int, _ body: (Int, Double) -> Void) {
    switch self {
    case .dense(let matrix, let first, _):
      for j in 0..<matrix.columns { body(first + j, matrix.elements[i * matrix.columns + j]) }
    case .sparse(let matrix):
      for k in matrix.rowStart[i]..<matrix.rowStart[i + 1] { body(matrix.column[k], matrix.value[k]) }
    }
  }

  /// A map from one list of entries a row; dense when more than a third of its column range is filled.
  public static func from(
    rows list: [SparseRow], columns: Int
  ) -> LinearMap {
    var low = Int.max
    var high = -1
    var stored = 0
    for row in list {
      for entry in row {
        low = min(low, entry.column)
        high = max(high, entry.column)
        stored += 1
      }
    }
    guard high >= low else {
      return .sparse(SparseMatrix(columns: columns, rows: list))
    }
    let width = high - low + 1
    let (cells, overflow) = width.multipliedReportingOverflow(by: list.count)
    guard !overflow, stored * 3 > cells else {
      return .sparse(SparseMatrix(columns: columns, rows: list))
    }
    var matrix = Matrix(rows: list.count, columns: width, repeating: 0)
    for (i, row) in list.enumerated() {
      for entry in row { matrix.elements[i * width + entry.column - low] += entry.value }
    }
    return .dense(matrix, firstColumn: low, columns: columns)
  }
}
