internal import CBLAS

/// The Cholesky factor of a symmetric positive definite matrix: A + shift I = L L', L lower triangular.
///
/// Blocked, left-looking, with BLAS in pieces that ask `stop`. Good for orders up to a few thousand.
/// - Complexity: n^3/3 operations to factor, 2 n^2 for a solution.
public struct Cholesky: Sendable {
  /// L, with zeros above the diagonal.
  public let factor: Matrix

  public var order: Int { factor.rows }

  /// Factors `a + shift I`; only the lower triangle of `a` is read.
  ///
  /// - Returns: nil when a pivot is not positive or not finite (the caller may come again with a shift),
  ///   and nil when stopped.
  public init?(_ a: Matrix, shift: Double = 0, stop: StopCheck? = nil) {
    if FactorisationFault.isInjected { return nil }
    precondition(a.rows == a.columns, "Cholesky factor of a \(a.rows) x \(a.columns) matrix")
    let n = a.rows
    var factor = a
    let done = factor.elements.withUnsafeMutableBufferPointer { buffer in
      guard let u = buffer.baseAddress else { return true }
      if shift != 0 {
        for i in 0..<n { u[i * n + i] += shift }
      }
      guard Self.factor(n, u, stop) else { return false }
      for i in 0..<n {
        for j in (i + 1)..<max(n, i + 1) { u[i * n + j] = 0 }
        guard u[i * n + i] > 0, u[i * n + i].isFinite else { return false }
      }
      return true
    }
    guard done else { return nil }
    self.factor = factor
  }

  private static let width = 128

  /// By columns the lower triangle is an upper one, U = L' with A = U'U, made by blocks of rows.
  private static func factor(_ n: Int, _ u: UnsafeMutablePointer<Double>, _ stop: StopCheck?) -> Bool {
    BLASPanels.prepare()
    for j in stride(from: 0, to: n, by: width) {
      let w = min(width, n - j)
      let left = UnsafePointer(u + j * n)
      guard BLASPanels.multiply("T", "N", w, n - j, j, -1, left, n, left, n, u + (j + j * n), n, stop) else {
        return false
      }
      let ld = BLASPanels.dimension(n)
      guard entropic_potrf(BLASPanels.code("U"), BLASPanels.dimension(w), u + (j + j * n), ld) == 0 else {
        return false
      }
      let rest = n - j - w
      if rest == 0 { break }
      if let stop, stop() { return false }
      entropic_trsm(
        BLASPanels.code("L"), BLASPanels.code("U"), BLASPanels.code("T"), BLASPanels.dimension(w),
        BLASPanels.dimension(rest), u + (j + j * n), ld, u + (j + (j + w) * n), ld)
    }
    return true
  }

  /// log det (A + shift I) = 2 sum log L_ii.
  public var logDeterminant: Double {
    2 * Kernel.sum(Kernel.log((0..<order).map { factor.elements[$0 * order + $0] }))
  }

  /// x with (A + shift I) x = b.
  public func solve(_ b: [Double]) -> [Double] {
    var x = b
    triangular(&x, transposed: false)
    triangular(&x, transposed: true)
    return x
  }

  /// y with L y = b.
  public func solveLower(_ b: [Double]) -> [Double] {
    var x = b
    triangular(&x, transposed: false)
    return x
  }

  /// x with L' x = b.
  public func solveUpper(_ b: [Double]) -> [Double] {
    var x = b
    triangular(&x, transposed: true)
    return x
  }

  /// X with (A + shift I) X = B, column by column of B.
  public func solve(columnsOf b: Matrix) -> Matrix { solved(b, back: true, stop: nil) ?? b }

  /// As `solve(columnsOf:)`; nil when stopped.
  public func solve(columnsOf b: Matrix, stop: StopCheck?) -> Matrix? { solved(b, back: true, stop: stop) }

  /// Y with L Y = B, column by column of B.
  public func solveLower(columnsOf b: Matrix) -> Matrix { solved(b, back: false, stop: nil) ?? b }

  /// As `solveLower(columnsOf:)`; nil when stopped.
  public func solveLower(columnsOf b: Matrix, stop: StopCheck?) -> Matrix? {
    solved(b, back: false, stop: stop)
  }

  private func triangular(_ x: inout [Double], transposed: Bool) {
    precondition(x.count == order, "solution of order \(order) for \(x.count) elements")
    let n = order
    if n == 0 { return }
    BLASPanels.prepare()
    factor.elements.withUnsafeBufferPointer { u in
      x.withUnsafeMutableBufferPointer { x in
        entropic_trsv(
          BLASPanels.code("U"), BLASPanels.code(transposed ? "N" : "T"), BLASPanels.dimension(n),
          u.baseAddress,
          BLASPanels.dimension(n), x.baseAddress)
      }
    }
  }

  private func solved(_ b: Matrix, back: Bool, stop: StopCheck?) -> Matrix? {
    precondition(b.rows == order, "solution of order \(order) for a matrix of \(b.rows) rows")
    var x = b
    let n = order
    let m = b.columns
    if n == 0 || m == 0 { return x }
    BLASPanels.prepare()
    let done = factor.elements.withUnsafeBufferPointer { u in
      x.elements.withUnsafeMutableBufferPointer { x in
        guard let u = u.baseAddress, let x = x.baseAddress else { return true }
        return Self.forward(n, m, u, x, stop) && (!back || Self.backward(n, m, u, x, stop))
      }
    }
    return done ? x : nil
  }

  // By columns the array of B holds B', one column for each row, and L Y = B reads Y' U = B'.

  private static func forward(
    _ n: Int, _ m: Int, _ u: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>, _ stop: StopCheck?
  ) -> Bool {
    for j in stride(from: 0, to: n, by: width) {
      let w = min(width, n - j)
      guard BLASPanels.multiply("N", "N", m, w, j, -1, x, m, u + j * n, n, x + j * m, m, stop),
        block("N", w, m, u + (j + j * n), n, x + j * m, stop)
      else { return false }
    }
    return true
  }

  private static func backward(
    _ n: Int, _ m: Int, _ u: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>, _ stop: StopCheck?
  ) -> Bool {
    for j in stride(from: (n - 1) / width * width, through: 0, by: -width) {
      let w = min(width, n - j)
      let after = j + w
      let right = u + (j + after * n)
      guard
        BLASPanels.multiply("N", "T", m, w, n - after, -1, x + after * m, m, right, n, x + j * m, m, stop),
        block("T", w, m, u + (j + j * n), n, x + j * m, stop)
      else { return false }
    }
    return true
  }

  /// One triangular block, for at most 4096 columns of B at a time.
  private static func block(
    _ trans: Character, _ w: Int, _ m: Int, _ u: UnsafePointer<Double>, _ n: Int,
    _ x: UnsafeMutablePointer<Double>,
    _ stop: StopCheck?
  ) -> Bool {
    for i in stride(from: 0, to: m, by: 4096) {
      if let stop, stop() { return false }
      entropic_trsm(
        BLASPanels.code("R"), BLASPanels.code("U"), BLASPanels.code(trans),
        BLASPanels.dimension(min(4096, m - i)),
        BLASPanels.dimension(w), u, BLASPanels.dimension(n), x + i, BLASPanels.dimension(m))
    }
    return true
  }
}
