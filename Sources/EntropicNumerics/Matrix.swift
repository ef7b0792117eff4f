internal import CEntropicKernels

/// A dense matrix of doubles, stored by rows.
///
/// `elements` has `rows * columns` entries, element (i, j) at `i * columns + j`; code that replaces the
/// array keeps that length. Products with vectors run in the fixed order of the kernels, without BLAS: each
/// has the error bound of a dot product, so that certificates may use them. Products of matrices use BLAS
/// in pieces.
public struct Matrix: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  public var elements: [Double]

  public init(rows: Int, columns: Int, elements: [Double]) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) rows and \(columns) columns")
    precondition(
      elements.count == rows * columns, "\(elements.count) elements for \(rows) rows and \(columns) columns")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  public init(rows: Int, columns: Int, repeating value: Double = 0) {
    self.init(rows: rows, columns: columns, elements: [Double](repeating: value, count: rows * columns))
  }

  /// From a list of rows; nil if they have different lengths.
  public init?(_ rows: [[Double]]) {
    let columns = rows.first?.count ?? 0
    guard rows.allSatisfy({ $0.count == columns }) else { return nil }
    self.init(rows: rows.count, columns: columns, elements: Array(rows.joined()))
  }

  public static func identity(_ n: Int) -> Matrix {
    var m = Matrix(rows: n, columns: n)
    for i in 0..<n { m.elements[i * n + i] = 1 }
    return m
  }

  public static func diagonal(_ values: [Double]) -> Matrix {
    var m = Matrix(rows: values.count, columns: values.count)
    for (i, value) in values.enumerated() { m.elements[i * values.count + i] = value }
    return m
  }

  @inlinable
  public subscript(i: Int, j: Int) -> Double {
    get {
      precondition(i >= 0 && i < rows && j >= 0 && j < columns, "matrix index out of range")
      return elements[i * columns + j]
    }
    set {
      precondition(i >= 0 && i < rows && j >= 0 && j < columns, "matrix index out of range")
      elements[i * columns + j] = newValue
    }
  }

  public func row(_ i: Int) -> ArraySlice<Double> {
    precondition(i >= 0 && i < rows, "row \(i) of \(rows)")
    return elements[i * columns..<(i + 1) * columns]
  }

  public func column(_ j: Int) -> [Double] {
    precondition(j >= 0 && j < columns, "column \(j) of \(columns)")
    return (0..<rows).map { elements[$0 * columns + j] }
  }

  public func transposed() -> Matrix {
    let target = Kernel.made(elements.count) { target in
      // Squares of 32 keep both sides in the first cache.
      elements.withUnsafeBufferPointer { source in
        for i0 in stride(from: 0, to: rows, by: 32) {
          for j0 in stride(from: 0, to: columns, by: 32) {
            for i in i0..<min(i0 + 32, rows) {
              for j in j0..<min(j0 + 32, columns) { target[j * rows + i] = source[i * columns + j] }
            }
          }
        }
      }
    }
    return Matrix(rows: columns, columns: rows, elements: target)
  }
}

extension Matrix {
  /// M x. The error of element i is at most `kappa(columns)` sum_j |M_ij x_j|.
  public func times(_ x: [Double]) -> [Double] { rowProducts(x, absolute: false) }

  /// M' y. The error of element j is at most `kappa(rows)` sum_i |M_ij y_i|.
  public func transposedTimes(_ y: [Double]) -> [Double] { columnProducts(y, absolute: false) }

  /// M x for certificates: another name of `times`, for places whose proof rests on the fixed order and the
  /// bound.
  public func exactTimes(_ x: [Double]) -> [Double] { times(x) }

  /// M' y for certificates, as `exactTimes`.
  public func exactTransposedTimes(_ y: [Double]) -> [Double] { transposedTimes(y) }

  /// |M| |x|, the scale of the error of `times`.
  public func absoluteTimes(_ x: [Double]) -> [Double] { rowProducts(x, absolute: true) }

  /// |M|' |y|, the scale of the error of `transposedTimes`.
  public func absoluteTransposedTimes(_ y: [Double]) -> [Double] { columnProducts(y, absolute: true) }

  private func rowProducts(_ x: [Double], absolute: Bool) -> [Double] {
    precondition(x.count == columns, "\(rows) x \(columns) matrix times \(x.count) elements")
    precondition(elements.count == rows * columns, "matrix elements replaced by an array of another length")
    return Kernel.made(rows) { out in
      elements.withUnsafeBufferPointer { m in
        x.withUnsafeBufferPointer { x in
          guard let m = m.baseAddress, let target = out.baseAddress else {
            return out.initialize(repeating: 0)
          }
          Parallel.ranges(rows, of: max(1, Parallel.least / max(1, columns))) {
            ek_row_dots(
              m + $0.lowerBound * columns, $0.count, columns, columns, x.baseAddress,
              target + $0.lowerBound, absolute ? 1 : 0)
          }
        }
      }
    }
  }

  private func columnProducts(_ y: [Double], absolute: Bool) -> [Double] {
    precondition(y.count == rows, "transposed \(rows) x \(columns) matrix times \(y.count) elements")
    precondition(elements.count == rows * columns, "matrix elements replaced by an array of another length")
    return Kernel.made(columns) { out in
      elements.withUnsafeBufferPointer { m in
        y.withUnsafeBufferPointer { y in
          guard let m = m.baseAddress, let target = out.baseAddress else {
            return out.initialize(repeating: 0)
          }
          // Strips of 32 columns, 256 bytes of each row, or more where the columns are short.
          Parallel.ranges(columns, of: max(1, Parallel.least / max(1, 32 * rows)) * 32) {
            ek_column_dots(
              m + $0.lowerBound, rows, $0.count, columns, y.baseAddress, target + $0.lowerBound,
              absolute ? 1 : 0)
          }
        }
      }
    }
  }
}
