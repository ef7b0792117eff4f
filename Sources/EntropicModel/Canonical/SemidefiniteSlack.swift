import EntropicNumerics

/// How far a quadratic form may be from positive semidefinite, as far as a Cholesky factorisation can tell.
///
/// A factorisation of Q + shift I that ends has L L' = Q + shift I + E with |E_ij| <= g sqrt(Q_ii Q_jj), g = (n + 8) u (the
/// classical n + 1, and room for reciprocals of pivots in blocked code). Let d be the difference of two points of S
/// simplices with masses m_s, so that |d|^2 <= D = sum_s 2 m_s^2 and |d|_1^2 <= (sum_s 2 m_s)^2 <= 2 S D:
///
///     d' Q d >= -shift |d|^2 - |d' E d| >= -(shift + g min(trace, 2 S max_i Q_ii)) D
///
/// The certificate multiplies the slack with D.
///
/// - Source: N. Higham, Accuracy and Stability of Numerical Algorithms (2002), theorems 10.3 and 10.7,
///   doi:10.1137/1.9780898718027.
enum SemidefiniteSlack {
  /// The slack, 0 for a form with a margin; nil for one that is not positive semidefinite beyond rounding.
  ///
  /// - Complexity: one to four factorisations.
  static func of(_ q: Matrix, diagonal: [Double], simplices: Int) -> Double? {
    let n = Double(q.rows)
    let unit = 0x1p-53
    let g = (n + 8) * unit
    let largest = diagonal.reduce(0, max)
    let trace = Kernel.sum(diagonal)
    let rounding = g * min(trace, 2 * Double(max(simplices, 1)) * largest)
    // With a margin the factor itself proves that nothing is missing.
    let margin = 1.01 * g * trace
    if diagonal.allSatisfy({ $0 > margin }), Cholesky(q, shift: -margin) != nil { return 0 }
    // The least that the rounding of a singular form usually needs, then what it may need, then what takes a form that
    // was itself rounded, such as a product of two matrices.
    let size = q.elements.reduce(0) { max($0, abs($1)) }
    for shift in [8 * n.squareRoot() * unit * largest, g * largest, 64 * n * unit * size] {
      guard diagonal.allSatisfy({ $0 >= -shift }) else { continue }
      if Cholesky(q, shift: shift) != nil { return 1.01 * (shift + rounding) }
    }
    return nil
  }
}
