internal import CBLAS

/// The eigenvalues and eigenvectors of a symmetric matrix, by divide and conquer.
///
/// Small matrices go to LAPACK in one piece. Larger ones are made tridiagonal in panels, and every part of
/// the way asks `stop`. Good for orders up to a few thousand. `|A v - lambda v|` and the deviation of the
/// vectors from orthogonality are a small multiple of n times the rounding unit, the former times `|A|`.
/// - Complexity: about 4 n^3 operations up to 9 n^3.
public struct SymmetricEigen: Sendable {
  /// Ascending.
  public let values: [Double]
  /// One column for each eigenvalue, of length 1.
  public let vectors: Matrix

  /// Decomposes `a`; only the lower triangle is read.
  ///
  /// - Returns: nil if an element is not finite, if the iteration fails, or when stopped.
  public init?(_ a: Matrix, stop: StopCheck? = nil) {
    precondition(a.rows == a.columns, "eigenvalues of a \(a.rows) x \(a.columns) matrix")
    // LAPACK may never return from NaN.
    guard a.elements.allSatisfy(\.isFinite) else { return nil }
    let result = a.rows <= Self.whole ? Self.atOnce(a) : Self.inPanels(a, stop)
    guard let (values, vectors) = result, values.allSatisfy(\.isFinite) else { return nil }
    self.values = values
    // By columns is transposed by rows.
    self.vectors = Matrix(rows: a.rows, columns: a.rows, elements: vectors).transposed()
  }

  /// Orders up to this take LAPACK a few milliseconds.
  private static let whole = 128

  private static func atOnce(_ a: Matrix) -> (values: [Double], vectors: [Double])? {
    let n = a.rows
    if n == 0 { return ([], []) }
    BLASPanels.prepare()
    var values = [Double](repeating: 0, count: n)
    var vectors = a.elements
    var work = [Double](repeating: 0, count: 1 + 6 * n + 2 * n * n)
    var integers = [entropic_int](repeating: 0, count: 3 + 5 * n)
    let info = entropic_syevd(
      BLASPanels.dimension(n), &vectors, &values, &work, BLASPanels.dimension(work.count), &integers,
      BLASPanels.dimension(integers.count))
    return info == 0 ? (values, vectors) : nil
  }

  private static func inPanels(_ a: Matrix, _ stop: StopCheck?) -> (values: [Double], vectors: [Double])? {
    let n = a.rows
    var largest = 0.0
    for i in 0..<n {
      for j in 0...i { largest = max(largest, a.elements[i * n + j].magnitude) }
    }
    guard largest > 0 else { return ([Double](repeating: 0, count: n), Matrix.identity(n).elements) }
    // Scaled by a power of two, so that no square overflows; subnormal matrices come up in two steps.
    let exponent = -largest.exponent
    let (first, second) = (exponent / 2, exponent - exponent / 2)
    func scaled(_ x: Double, _ sign: Int) -> Double {
      x * Double(sign: .plus, exponent: sign * first, significand: 1)
        * Double(sign: .plus, exponent: sign * second, significand: 1)
    }
    var lower = a.transposed().elements
    for k in lower.indices { lower[k] = scaled(lower[k], 1) }
    guard var reduced = Tridiagonalisation(order: n, elements: lower, stop: stop) else { return nil }
    lower = []
    var values = reduced.diagonal
    var beside = reduced.beside
    var vectors = [Double](repeating: 0, count: n * n)
    let done = values.withUnsafeMutableBufferPointer { d in
      beside.withUnsafeMutableBufferPointer { e in
        vectors.withUnsafeMutableBufferPointer { q in
          guard let d = d.baseAddress, let e = e.baseAddress, let q = q.baseAddress else { return true }
          return TridiagonalEigen.solve(n, d, e, q, stop) && reduced.applyQ(to: q, stop)
        }
      }
    }
    return done ? (values.map { scaled($0, -1) }, vectors) : nil
  }

  /// The shortest x that minimises |A x - b|, eigenvalues of at most `tolerance` times the largest
  /// magnitude being taken as 0.
  public func minimumNormSolve(_ b: [Double], tolerance: Double) -> [Double] {
    let scale = values.reduce(0) { max($0, $1.magnitude) }
    var coefficients = vectors.transposedTimes(b)
    for (i, value) in values.enumerated() {
      coefficients[i] = value.magnitude > tolerance * scale ? coefficients[i] / value : 0
    }
    return vectors.times(coefficients)
  }
}

/// The shortest x that minimises |A x - b| for a symmetric matrix of any rank.
///
/// Eigenvalues of at most `tolerance` times the largest magnitude are taken as 0.
/// - Returns: NaN in every element if the matrix has no eigenvalues in double precision (an element is not
///   finite).
public func minimumNormSolve(_ a: Matrix, _ b: [Double], tolerance: Double) -> [Double] {
  precondition(a.rows == b.count, "solution of order \(a.rows) for \(b.count) elements")
  return SymmetricEigen(a)?.minimumNormSolve(b, tolerance: tolerance)
    ?? [Double](repeating: .nan, count: b.count)
}
