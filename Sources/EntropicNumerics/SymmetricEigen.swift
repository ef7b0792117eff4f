internal import CBLAS

/// The eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's divide and conquer.
///
/// Meant for orders up to a few hundred: the computation is one piece that cannot be stopped.
/// - Complexity: about 4 n^3 operations up to 9 n^3.
public struct SymmetricEigen: Sendable {
  /// Ascending.
  public let values: [Double]
  /// One column for each eigenvalue, of length 1.
  public let vectors: Matrix

  /// Decomposes `a`; only the lower triangle is read.
  ///
  /// - Returns: nil if an element is not finite or the iteration fails.
  public init?(_ a: Matrix) {
    precondition(a.rows == a.columns, "eigenvalues of a \(a.rows) x \(a.columns) matrix")
    let n = a.rows
    // LAPACK may never return from NaN.
    guard a.elements.allSatisfy(\.isFinite) else { return nil }
    var values = [Double](repeating: 0, count: n)
    var vectors = a.elements
    if n > 0 {
      BLASPanels.prepare()
      var work = [Double](repeating: 0, count: 1 + 6 * n + 2 * n * n)
      var integers = [entropic_int](repeating: 0, count: 3 + 5 * n)
      let info = entropic_syevd(
        BLASPanels.dimension(n), &vectors, &values, &work, BLASPanels.dimension(work.count), &integers,
        BLASPanels.dimension(integers.count))
      guard info == 0, values.allSatisfy(\.isFinite) else { return nil }
    }
    self.values = values
    // By columns is transposed by rows.
    self.vectors = Matrix(rows: n, columns: n, elements: vectors).transposed()
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
