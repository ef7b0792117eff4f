import EntropicNumerics

/// A bound of the excess of F over its least value among the normal laws of a structure.
///
/// Let `Hess U >= Q` everywhere, Q positive definite, and q* another law of the structure: the image of q
/// under an affine map `x -> m + v + (I + W)(x - m)`. Along `x + t (v + W (x - m))` the entropy is concave,
/// and E U has at least the curvature `v' Q v + tr S W' Q W`. So F(q*) is at least the minimum of a quadratic
/// in v and W:
///
///     F(q) - F(q*) <= (g' R g + tr (M - I) R (M - I)) / 2,    R = (L' Q L)^(-1)
///
/// with `g = L' E grad U` and `M = L' E[Hess U] L`. For diagonal and isotropic laws W stays in the structure.
///
/// - Source: M. Diao and others, ICML 2023, arXiv:2304.05398, with a matrix Q in place of a number.
enum DisplacementBound {
  /// - Parameters:
  ///   - curvature: `L' Q L`.
  ///   - error: how far (g, M) may be from the exact ones, in norm.
  /// - Returns: nil where `L' Q L` is not safely positive definite.
  static func excess(_ state: NormalDescent.State, curvature q: Matrix, error: Double) -> Double? {
    let d = q.rows
    guard let factor = Cholesky(q) else { return nil }
    let inverse = factor.solveLower(columnsOf: .identity(d))
    // The smallest pivots may be rounding: then nothing is proved.
    let worst = inverse.elements.reduce(0) { max($0, abs($1)) }
    let top = (0..<d).map { q[$0, $0] }.max() ?? 0
    guard worst.isFinite, worst * worst * top < 1e12 else { return nil }
    let first = factor.solveLower(state.energy.slope)
    var excess = symmetric(state.energy.tilt)
    for i in 0..<d { excess[i, i] -= 1 }
    var square = Kernel.dot(first, first)
    switch state.point.structure {
    case .full:
      let second = factor.solveLower(columnsOf: excess)
      square += Kernel.dot(second.elements, second.elements)
    case .diagonal:
      for i in 0..<d { square += excess[i, i] * excess[i, i] / q[i, i] }
    case .isotropic:
      let trace = (0..<d).reduce(0) { $0 + excess[$1, $1] }
      square += trace * trace / (0..<d).reduce(0) { $0 + q[$1, $1] }
    }
    let size = square.squareRoot() + error * Kernel.dot(inverse.elements, inverse.elements).squareRoot()
    return size * size / 2 * (1 + 1e-9)
  }
}
