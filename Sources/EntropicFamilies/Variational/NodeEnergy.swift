import EntropicNumerics

/// Expectations of a potential as means over fixed nodes, `E U ~ sum_k w_k U(m + L z_k)`.
///
/// With fixed nodes this is an ordinary smooth function of (m, L), convex if U is, and all derivatives are
/// those of the sum: `E[L' grad U z']` needs no second derivatives of U (Stein's identity).
///
/// - Source: R. Giordano, M. Ingram, T. Broderick, JMLR 25 (2024), arXiv:2304.05527.
struct NodeEnergy: NormalEnergy {
  let potential: Potential
  let nodes: NormalNodes

  var dimension: Int { potential.dimension }

  /// `m + L z_k`, a row each.
  static func placed(_ z: Matrix, at point: NormalPoint) -> Matrix {
    var x = z.times(point.root.transposed())
    let d = point.dimension
    for k in 0..<x.rows { for i in 0..<d { x.elements[k * d + i] += point.mean[i] } }
    return x
  }

  /// Values and gradients; nil unless all are finite and in shape.
  static func finite(_ potential: Potential, at x: Matrix) -> (values: [Double], gradients: Matrix)? {
    let at = potential.evaluate(x)
    guard at.values.count == x.rows, at.gradients.rows == x.rows, at.gradients.columns == x.columns,
      at.values.allSatisfy(\.isFinite), at.gradients.elements.allSatisfy(\.isFinite)
    else { return nil }
    return at
  }

  func evaluation(at point: NormalPoint) -> EnergyEvaluation? {
    let x = Self.placed(nodes.points, at: point)
    guard let at = Self.finite(potential, at: x) else { return nil }
    let white = at.gradients.times(point.root)
    let slope = white.transposedTimes(nodes.weights)
    let tilt = weighted(white).transposed().times(nodes.points)
    let value = Kernel.compensatedDot(nodes.weights, at.values)
    guard value.isFinite, slope.allSatisfy(\.isFinite), tilt.elements.allSatisfy(\.isFinite) else {
      return nil
    }
    return EnergyEvaluation(
      value: value, size: Kernel.absoluteDot(nodes.weights, at.values), slope: slope, tilt: tilt
    ) { step in
      product(step, point, x)
    }
  }

  private func weighted(_ rows: Matrix) -> Matrix {
    var out = rows
    for k in 0..<rows.rows {
      for i in 0..<rows.columns { out.elements[k * rows.columns + i] *= nodes.weights[k] }
    }
    return out
  }

  /// Node k moves by `y_k = L (u + T z_k)`, its gradient by `Hess U y_k`.
  private func product(_ step: NormalStep, _ point: NormalPoint, _ x: Matrix) -> NormalStep {
    let d = point.dimension
    var moves = nodes.points.times(step.stretch.transposed())
    for k in 0..<moves.rows { for i in 0..<d { moves.elements[k * d + i] += step.shift[i] } }
    let y = moves.times(point.root.transposed())
    let white = changes(along: y, at: x).times(point.root)
    return NormalStep(
      shift: white.transposedTimes(nodes.weights), stretch: weighted(white).transposed().times(nodes.points))
  }

  private func changes(along y: Matrix, at x: Matrix) -> Matrix {
    let d = dimension
    if let hessian = potential.hessian {
      var out = Matrix(rows: x.rows, columns: d)
      for k in 0..<x.rows {
        let h = hessian(Array(x.row(k)))
        guard h.rows == d, h.columns == d else { continue }
        let change = h.times(Array(y.row(k)))
        for i in 0..<d { out.elements[k * d + i] = change[i] }
      }
      return out
    }
    let scale = x.elements.reduce(1) { max($0, abs($1)) }
    let size = y.elements.reduce(0) { max($0, abs($1)) }
    guard size > 0 else { return Matrix(rows: x.rows, columns: d) }
    let h = 6e-6 * scale / size
    var (above, below) = (x, x)
    Kernel.axpy(h, y.elements, into: &above.elements)
    Kernel.axpy(-h, y.elements, into: &below.elements)
    var out = potential.evaluate(above).gradients
    let other = potential.evaluate(below).gradients
    guard out.elements.count == x.elements.count, other.elements.count == x.elements.count else {
      return Matrix(rows: x.rows, columns: d)
    }
    for i in out.elements.indices { out.elements[i] = (out.elements[i] - other.elements[i]) / (2 * h) }
    return out
  }
}
