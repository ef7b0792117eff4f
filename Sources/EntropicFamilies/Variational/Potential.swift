import EntropicNumerics

/// The negative logarithm U of an unnormalised density on vectors.
///
/// Functions may return NaN or infinite values: a search stays where they are finite, or says that it cannot.
public struct Potential: Sendable {
  public let dimension: Int
  /// U and grad U at the rows of a matrix, a row each.
  public let evaluate: @Sendable (Matrix) -> (values: [Double], gradients: Matrix)
  /// Hess U at a point; without it second derivatives come from differences of the gradient.
  public let hessian: (@Sendable ([Double]) -> Matrix)?
  /// A number alpha > 0 with `Hess U >= alpha I` everywhere, as a claim that proofs take over.
  public let strongConvexity: Double?

  /// Many points at once.
  public init(
    dimension: Int, strongConvexity: Double? = nil, hessian: (@Sendable ([Double]) -> Matrix)? = nil,
    batch: @escaping @Sendable (Matrix) -> (values: [Double], gradients: Matrix)
  ) {
    precondition(dimension >= 1, "a potential of dimension \(dimension)")
    self.dimension = dimension
    self.strongConvexity = strongConvexity
    self.hessian = hessian
    evaluate = batch
  }

  /// Point by point.
  public init(
    dimension: Int, strongConvexity: Double? = nil, value: @escaping @Sendable ([Double]) -> Double,
    gradient: @escaping @Sendable ([Double]) -> [Double], hessian: (@Sendable ([Double]) -> Matrix)? = nil
  ) {
    self.init(dimension: dimension, strongConvexity: strongConvexity, hessian: hessian) { points in
      var values = [Double](repeating: 0, count: points.rows)
      var gradients = Matrix(rows: points.rows, columns: dimension, repeating: .nan)
      for k in 0..<points.rows {
        let x = Array(points.row(k))
        values[k] = value(x)
        let slope = gradient(x)
        guard slope.count == dimension else { continue }
        for i in 0..<dimension { gradients.elements[k * dimension + i] = slope[i] }
      }
      return (values, gradients)
    }
  }

  /// From values alone: the gradient is a central difference, with about ten correct digits, at 2 d values a
  /// point.
  public init(
    dimension: Int, strongConvexity: Double? = nil, value: @escaping @Sendable ([Double]) -> Double
  ) {
    self.init(
      dimension: dimension, strongConvexity: strongConvexity, value: value,
      gradient: { x in
        var x = x
        return x.indices.map { i in
          let centre = x[i]
          let h = 6e-6 * max(1, abs(centre))
          x[i] = centre + h
          let (above, right) = (value(x), x[i])
          x[i] = centre - h
          let (below, left) = (value(x), x[i])
          x[i] = centre
          return (above - below) / (right - left)
        }
      })
  }
}
