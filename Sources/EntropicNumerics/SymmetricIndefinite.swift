internal import CBLAS

/// The factorisation P A P' = L D L' of a symmetric matrix that need not be definite, D with blocks of
/// order 1 and 2.
///
/// Bunch-Kaufman pivoting by LAPACK, one panel of columns at a time so that a long factorisation can be
/// stopped.
/// - Complexity: n^3/3 operations to factor, 2 n^2 for a solution.
/// - Source: J. R. Bunch, L. Kaufman, Math. Comp. 31 (1977), doi:10.1090/S0025-5718-1977-0428694-0.
public struct SymmetricIndefinite: Sendable {
  public let order: Int
  /// The number of negative eigenvalues of A, by Sylvester's law read off D.
  public let negativeEigenvalues: Int
  private let factor: [Double]
  private let pivots: [Int32]

  /// Factors `a`; only the lower triangle is read.
  ///
  /// - Returns: nil when D is exactly singular or not finite, and nil when stopped.
  public init?(_ a: Matrix, stop: StopCheck? = nil) {
    if FactorisationFault.isInjected { return nil }
    precondition(a.rows == a.columns, "symmetric factorisation of a \(a.rows) x \(a.columns) matrix")
    let n = a.rows
    // Column storage wants the lower triangle by columns.
    var factor = a.transposed().elements
    var pivots = [Int32](repeating: 0, count: n)
    let done = factor.withUnsafeMutableBufferPointer { f in
      pivots.withUnsafeMutableBufferPointer { p in Self.factor(n, f, p, stop) }
    }
    guard done, let negative = Self.negative(n, factor, pivots) else { return nil }
    order = n
    negativeEigenvalues = negative
    self.factor = factor
    self.pivots = pivots
  }

  private static let width = 32

  private static func factor(
    _ n: Int, _ f: UnsafeMutableBufferPointer<Double>, _ pivots: UnsafeMutableBufferPointer<Int32>,
    _ stop: StopCheck?
  ) -> Bool {
    guard n > 0, let a = f.baseAddress, let p = pivots.baseAddress else { return true }
    BLASPanels.prepare()
    let ld = BLASPanels.dimension(n)
    var work = [Double](repeating: 0, count: n * width)
    var k = 0
    while k < n {
      if let stop, stop() { return false }
      let at = a + (k + k * n)
      let left = BLASPanels.dimension(n - k)
      var done = left
      if n - k > 2 * width {
        guard entropic_lasyf(left, entropic_int(width), &done, at, ld, p + k, &work, ld) == 0, done > 0 else {
          return false
        }
      } else if entropic_sytf2(left, at, ld, p + k) != 0 {
        return false
      }
      // Pivots of a panel count from its first row, from 1; the sign marks a block of order 2.
      for j in k..<(k + Int(done)) { p[j] += p[j] > 0 ? Int32(k) : -Int32(k) }
      k += Int(done)
    }
    return true
  }

  /// Counts negative eigenvalues of D; nil if D is not finite or has a zero pivot.
  private static func negative(_ n: Int, _ f: [Double], _ pivots: [Int32]) -> Int? {
    var count = 0
    var k = 0
    while k < n {
      let d = f[k + k * n]
      if pivots[k] > 0 {
        guard d.isFinite, d != 0 else { return nil }
        if d < 0 { count += 1 }
        k += 1
      } else {
        guard k + 1 < n else { return nil }
        let b = f[k + 1 + k * n]
        guard d.isFinite, b.isFinite, f[k + 1 + (k + 1) * n].isFinite else { return nil }
        // The pivot rule takes a block of order 2 only when its determinant is negative.
        count += 1
        k += 2
      }
    }
    return count
  }

  /// x with A x = b.
  public func solve(_ b: [Double]) -> [Double] {
    precondition(b.count == order, "solution of order \(order) for \(b.count) elements")
    var x = b
    solve(&x, columns: 1)
    return x
  }

  /// X with A X = B, column by column of B.
  public func solve(columnsOf b: Matrix) -> Matrix {
    precondition(b.rows == order, "solution of order \(order) for a matrix of \(b.rows) rows")
    var x = b.transposed().elements
    solve(&x, columns: b.columns)
    return Matrix(rows: b.columns, columns: order, elements: x).transposed()
  }

  private func solve(_ x: inout [Double], columns: Int) {
    if order == 0 || columns == 0 { return }
    BLASPanels.prepare()
    let n = BLASPanels.dimension(order)
    _ = entropic_sytrs(n, BLASPanels.dimension(columns), factor, n, pivots, &x, n)
  }
}
