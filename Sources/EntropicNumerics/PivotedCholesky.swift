internal import CEntropicKernels

/// The Cholesky factor with the largest remaining diagonal element as pivot: P A P' = L L' up to `tolerance`.
///
/// For a positive semidefinite matrix this shows the rank and a set of independent rows. It ends when all
/// remaining diagonal elements are at most `tolerance` times the largest diagonal element of A; ties go to
/// the lowest index.
/// - Complexity: n rank^2 operations, in the fixed order of the kernels.
public struct PivotedCholesky: Sendable {
  /// The number of pivots that were accepted.
  public let rank: Int
  /// Row i of the permuted matrix is row `permutation[i]` of A.
  public let permutation: [Int]
  /// L: one row for each row of the permuted matrix, `rank` columns, lower trapezoidal.
  public let factor: Matrix
  /// The largest diagonal element that was left, 0 if none.
  public let residual: Double

  /// Factors `a`; only the lower triangle is read. A NaN on the diagonal ends the factorisation before it.
  public init(_ a: Matrix, tolerance: Double) {
    precondition(a.rows == a.columns, "pivoted Cholesky factor of a \(a.rows) x \(a.columns) matrix")
    let n = a.rows
    var order = Array(0..<n)
    var diagonal = (0..<n).map { a.elements[$0 * n + $0] }
    let scale = diagonal.reduce(0) { max($0, $1) }
    var l = [Double](repeating: 0, count: n * n)
    var products = [Double](repeating: 0, count: n)
    var k = 0
    while k < n {
      var pivot = k
      for i in k..<n where diagonal[i] > diagonal[pivot] { pivot = i }
      guard diagonal[pivot] > tolerance * scale, diagonal[pivot].isFinite else { break }
      if pivot != k {
        order.swapAt(pivot, k)
        diagonal.swapAt(pivot, k)
        for j in 0..<k { l.swapAt(pivot * n + j, k * n + j) }
      }
      let root = diagonal[k].squareRoot()
      l[k * n + k] = root
      let below = n - k - 1
      l.withUnsafeMutableBufferPointer { l in
        guard below > 0, let base = l.baseAddress else { return }
        products.withUnsafeMutableBufferPointer {
          ek_row_dots(base + (k + 1) * n, below, k, n, base + k * n, $0.baseAddress, 0)
        }
      }
      for i in (k + 1)..<max(n, k + 1) {
        let (r, c) = (max(order[i], order[k]), min(order[i], order[k]))
        let value = (a.elements[r * n + c] - products[i - k - 1]) / root
        l[i * n + k] = value
        diagonal[i] -= value * value
      }
      k += 1
    }
    rank = k
    permutation = order
    residual = diagonal[k...].reduce(0) { max($0, $1) }
    factor = Matrix(rows: n, columns: k, elements: (0..<n).flatMap { l[($0 * n)..<($0 * n + k)] })
  }
}
