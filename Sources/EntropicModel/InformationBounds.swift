import EntropicNumerics

// Values and affine minorants of functions of M(p) = M0 + sum s_i p_i x_i x_i' whose bounds do not rest on a
// factorisation: the inverse factor W (lower triangular, from Cholesky) is taken as it is in floating point, and
// everything is proved about W itself.
//
//     W M W' = I + E        E is computed in fixed order with its error bound
//     -log det M = 2 sum log W_aa - log det(I + E)
//     -log det M(q) >= -sum |W x_i|^2 s_i q_i + 2 sum log W_aa + d        (Z = W'W is positive semidefinite)
//     tr M(q)^-1 >= 2 tr Y - sum |Y x_i|^2 s_i q_i                        for every matrix Y
//     -lambda_min M(q) >= -sum |V x_i|^2 s_i q_i                          for every V with |V|_F = 1
extension InformationTerm {
  /// The value at p and a bound on its rounding error.
  func evaluate(_ p: [Double]) -> (value: Double, error: Double) {
    let m = matrix(p)
    let d = m.rows
    let eps = 0x1p-53
    if kind == .negativeSmallestEigenvalue {
      guard let eigen = SymmetricEigen(m) else { return (.infinity, .infinity) }
      let size = max(abs(eigen.values[0]), abs(eigen.values[d - 1]))
      return (-eigen.values[0], (32 * Double(d) + Double(regressors.rows)) * eps * size)
    }
    guard let w = inverseFactor(m) else { return (.infinity, .infinity) }
    let (norm, trace) = residual(of: w, p)
    guard norm < 0.5 else { return (.infinity, .infinity) }
    let spread = norm * norm / (1 - norm)
    if kind == .negativeLogDeterminant {
      let logs = (0..<d).map { 2 * Kernel.log(w[$0, $0]) }
      let value = Kernel.sum(logs) - trace
      return (value, spread + 4 * eps * (Kernel.absoluteSum(logs) + Double(d)) + residualError(w, p))
    }
    let value = Kernel.sum(w.elements.map { $0 * $0 })
    return (value, value * (norm / (1 - norm) + Kernel.kappa(d * d) + residualError(w, p)))
  }

  /// Adds `weight` times the affine minorant at p to the reduced costs, and returns its constant.
  func addMinorant(
    at p: [Double], weight: Double, spectral: [Double]?, costs r: inout [Double], slack: inout [Double]
  ) -> (constant: Double, error: Double)? {
    let m = matrix(p)
    let d = m.rows
    let eps = 0x1p-53
    var factor: Matrix
    var constant = 0.0
    var error = 0.0
    switch kind {
    case .negativeLogDeterminant:
      guard let w = inverseFactor(m) else { return nil }
      factor = w
      let logs = (0..<d).map { 2 * Kernel.log(w[$0, $0]) }
      constant = Kernel.sum(logs) + Double(d)
      error = 8 * eps * (Kernel.absoluteSum(logs) + Double(d))
    case .traceInverse:
      guard let w = inverseFactor(m) else { return nil }
      factor = w.transposed().times(w)
      let diagonal = (0..<d).map { 2 * factor[$0, $0] }
      constant = Kernel.sum(diagonal)
      error = 8 * eps * Kernel.absoluteSum(diagonal)
    case .negativeSmallestEigenvalue:
      if let spectral, spectral.count.isMultiple(of: d), !spectral.isEmpty {
        factor = Matrix(rows: spectral.count / d, columns: d, elements: spectral)
      } else {
        guard let eigen = SymmetricEigen(m) else { return nil }
        factor = Matrix(rows: 1, columns: d, elements: (0..<d).map { eigen.vectors[$0, 0] })
      }
      let size = Outer.norm.value(factor.elements).value
      guard size > 0, size < .infinity else { return nil }
      for k in factor.elements.indices { factor.elements[k] /= size }
    }
    let rows = factor.rows
    for i in 0..<regressors.rows where scale[i] != 0 {
      var square = 0.0
      var spread = 0.0
      for a in 0..<rows {
        var y = 0.0
        var size = 0.0
        for b in 0..<d {
          let term = factor.elements[a * d + b] * regressors.elements[i * d + b]
          y += term
          size += abs(term)
        }
        square += y * y
        spread += 2 * abs(y) * size + size * size * eps * Double(d)
      }
      let c = weight * scale[i]
      r[first + i] -= c * square
      slack[first + i] += c * eps * (Double(d + 4) * spread + Double(rows + 16) * square)
    }
    if let base {
      var trace = 0.0
      var size = 0.0
      for a in 0..<rows {
        for b in 0..<d {
          for c in 0..<d {
            let term = factor.elements[a * d + b] * base[b, c] * factor.elements[a * d + c]
            trace += term
            size += abs(term)
          }
        }
      }
      constant -= trace
      error += Kernel.kappa(rows * d * d) * size + Double(rows * d * d) * eps * size
    }
    return (weight * constant, weight * error)
  }

  /// W = L^-1 for M = L L', or nil when M is not numerically positive definite.
  private func inverseFactor(_ m: Matrix) -> Matrix? {
    guard let cholesky = Cholesky(m) else { return nil }
    let w = cholesky.solveLower(columnsOf: .identity(m.rows))
    return w.elements.allSatisfy(\.isFinite) && (0..<m.rows).allSatisfy { w[$0, $0] > 0 } ? w : nil
  }

  /// The Frobenius norm (an upper bound of it) and the trace of E = W M W' - I.
  private func residual(of w: Matrix, _ p: [Double]) -> (norm: Double, trace: Double) {
    let d = w.rows
    var e = Matrix(rows: d, columns: d, repeating: 0)
    let y = images(w)
    for i in 0..<regressors.rows {
      let c = scale[i] * p[first + i]
      if c == 0 { continue }
      for a in 0..<d {
        let left = c * y.elements[i * d + a]
        for b in 0...a { e.elements[a * d + b] += left * y.elements[i * d + b] }
      }
    }
    if let base {
      let whole = w.times(base).times(w.transposed())
      for a in 0..<d { for b in 0...a { e.elements[a * d + b] += whole[a, b] } }
    }
    var square = 0.0
    var trace = 0.0
    for a in 0..<d {
      e.elements[a * d + a] -= 1
      trace += e.elements[a * d + a]
      for b in 0...a { square += (a == b ? 1 : 2) * e.elements[a * d + b] * e.elements[a * d + b] }
    }
    return (square.squareRoot() * (1 + 0x1p-40) + residualError(w, p), trace)
  }

  private func images(_ w: Matrix) -> Matrix {
    let d = w.rows
    let n = regressors.rows
    var y = Matrix(rows: n, columns: d, repeating: 0)
    for i in 0..<n {
      for a in 0..<d {
        var s = 0.0
        for b in 0...a { s += w.elements[a * d + b] * regressors.elements[i * d + b] }
        y.elements[i * d + a] = s
      }
    }
    return y
  }

  /// A bound on the rounding error in the entries of E, summed over the diagonal: every |W||x| product is bounded
  /// by its absolute sum.
  private func residualError(_ w: Matrix, _ p: [Double]) -> Double {
    let d = w.rows
    let absolute = images(
      Matrix(rows: d, columns: d, elements: w.elements.map(abs)), of: regressors.elements.map(abs))
    var total = 0.0
    for i in 0..<regressors.rows {
      var s = 0.0
      for a in 0..<d { s += absolute[i * d + a] * absolute[i * d + a] }
      total += scale[i] * p[first + i] * s
    }
    return Double(2 * d + 40 + regressors.rows / 64) * 0x1p-53 * total
  }

  private func images(_ w: Matrix, of x: [Double]) -> [Double] {
    let d = w.rows
    var y = [Double](repeating: 0, count: x.count)
    for i in 0..<x.count / max(d, 1) {
      for a in 0..<d {
        var s = 0.0
        for b in 0...a { s += w.elements[a * d + b] * x[i * d + b] }
        y[i * d + a] = s
      }
    }
    return y
  }
}
