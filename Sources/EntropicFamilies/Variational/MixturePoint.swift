import EntropicNumerics

/// A mixture of normal laws on its way, and F at fixed nodes for each component.
struct MixturePoint: Sendable {
  var logWeights: [Double]
  var parts: [NormalPoint]

  var weights: [Double] { Kernel.softmax(logWeights).probabilities }

  /// F and the natural gradient's ingredients, for each component: `E h`, `L' E grad h`, `L' E[Hess h] L`
  /// with `h = U + log q`.
  struct Evaluation {
    var value: Double
    var heights: [Double]
    var slopes: [[Double]]
    var tilts: [Matrix]

    /// The norm of the gradient in the units of the components.
    func residual(_ weights: [Double], _ structure: NormalStructure) -> Double {
      gradient(weights, structure).reduce(0) { $0 + $1.dot($1) }.squareRoot()
    }

    /// By component, scaled by the square root of its weight; the weights' own part stands in a last step.
    func gradient(_ weights: [Double], _ structure: NormalStructure) -> [NormalStep] {
      var out: [NormalStep] = []
      for (k, w) in weights.enumerated() {
        var step = NormalStep(shift: slopes[k], stretch: tilts[k]).projected(structure)
        Kernel.scale(w.squareRoot(), &step.shift)
        Kernel.scale(w.squareRoot(), &step.stretch.elements)
        out.append(step)
      }
      let pull = zip(weights, heights).map { $0.squareRoot() * ($1 - value) }
      out.append(NormalStep(shift: pull, stretch: Matrix(rows: 0, columns: 0)))
      return out
    }
  }

  /// Nil where the potential is not finite at a node.
  func evaluation(_ potential: Potential, _ nodes: [NormalNodes]) -> Evaluation? {
    let w = weights
    let d = potential.dimension
    var out = Evaluation(value: 0, heights: [], slopes: [], tilts: [])
    let factors = parts.map { Matrix.invertedLower($0.root) }
    for (k, part) in parts.enumerated() {
      let z = nodes[k].points
      let x = NodeEnergy.placed(z, at: part)
      guard var at = NodeEnergy.finite(potential, at: x) else { return nil }
      addLogDensity(x, factors, &at)
      let white = at.gradients.times(part.root)
      var tilt = white.transposed().times(z)
      Kernel.scale(1 / Double(z.rows), &tilt.elements)
      let height = Kernel.compensatedSum(at.values) / Double(z.rows)
      out.heights.append(height)
      out.slopes.append(white.transposedTimes(nodes[k].weights))
      out.tilts.append(symmetric(tilt))
      out.value += w[k] * height
    }
    guard out.value.isFinite, d > 0 else { return nil }
    return out
  }

  /// Adds log q and its gradient, `-sum_j r_j P_j (x - m_j)` with responsibilities r.
  private func addLogDensity(
    _ x: Matrix, _ factors: [Matrix], _ at: inout (values: [Double], gradients: Matrix)
  ) {
    let (n, d, count) = (x.rows, x.columns, parts.count)
    let logs = zip(logWeights, Kernel.log(weights)).map { $1.isFinite ? $1 : $0 }
    var densities = Matrix(rows: n, columns: count)
    var pulls: [Matrix] = []
    for (j, part) in parts.enumerated() {
      var y = x
      for i in 0..<n { for a in 0..<d { y.elements[i * d + a] -= part.mean[a] } }
      let white = y.times(factors[j].transposed())
      let constant = logs[j] - part.logDeterminant - Double(d) * 0.9189385332046727
      for i in 0..<n {
        var square = 0.0
        for a in 0..<d { square += white.elements[i * d + a] * white.elements[i * d + a] }
        densities.elements[i * count + j] = constant - square / 2
      }
      pulls.append(white.times(factors[j]))
    }
    for i in 0..<n {
      let (r, total) = Kernel.softmax(Array(densities.row(i)))
      at.values[i] += total
      for j in 0..<count where r[j] > 0 {
        for a in 0..<d { at.gradients.elements[i * d + a] -= r[j] * pulls[j].elements[i * d + a] }
      }
    }
  }

  /// One natural gradient step: `P_k+ = P_k + rho E_k Hess h`, `m_k+ = m_k - rho P_k+^(-1) E_k grad h`, and
  /// `log w_k+ = log w_k - rho E_k h`, up to normalisation.
  ///
  /// - Source: W. Lin, M. Khan, M. Schmidt, ICML 2019, arXiv:1906.02914.
  func moved(_ at: Evaluation, by rho: Double) -> MixturePoint? {
    var next = self
    let top = at.heights.min() ?? 0
    for k in parts.indices {
      next.logWeights[k] -= rho * (at.heights[k] - top)
      let d = parts[k].dimension
      let step = NormalStep(shift: at.slopes[k], stretch: at.tilts[k])
      let tilt = parts[k].structure == .full ? at.tilts[k] : step.projected(parts[k].structure).stretch
      var precision = Matrix.identity(d)
      Kernel.axpy(rho, tilt.elements, into: &precision.elements)
      var factor = Cholesky(precision)
      if factor == nil {
        Kernel.axpy(rho * rho / 2, tilt.gram().elements, into: &precision.elements)
        factor = Cholesky(precision)
      }
      guard let factor,
        let root = Cholesky(symmetric(factor.solve(columnsOf: .identity(d)))),
        let part = parts[k].moved(shift: factor.solve(at.slopes[k]).map { -rho * $0 }, factor: root.factor)
      else { return nil }
      next.parts[k] = part
    }
    let lowest = next.logWeights.max() ?? 0
    // A weight below e^-60 is lost for the digits; it stays there, so that it may come back.
    next.logWeights = next.logWeights.map { max(-60, $0 - lowest) }
    return next
  }

  func law() -> Mixture<MultivariateNormal>? {
    let components = parts.compactMap { try? $0.law() }
    guard components.count == parts.count else { return nil }
    return try? Mixture(components, weights: weights)
  }
}

extension Matrix {
  /// The inverse of a lower triangular matrix with a positive diagonal.
  static func invertedLower(_ l: Matrix) -> Matrix {
    let d = l.rows
    var out = Matrix(rows: d, columns: d)
    for j in 0..<d {
      for i in j..<d {
        var sum = i == j ? 1.0 : 0
        for k in j..<max(i, j) { sum -= l[i, k] * out[k, j] }
        out[i, j] = sum / l[i, i]
      }
    }
    return out
  }
}
