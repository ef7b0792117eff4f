import EntropicNumerics

/// The Nesterov-Todd scaling of one pair (slack s, dual z) of a second-order or semidefinite cone: the
/// positive definite `operator` maps z to s, so that
///
///     ds + operator dz = mu z^-1 - s
///
/// is the symmetrised complementarity equation of the interior point.
///
/// - Source: Yu. Nesterov, M. Todd, SIAM J. Optim. 8 (1998), doi:10.1137/S1052623495290209.
struct ConeScaling: Sendable {
  let `operator`: Matrix
  /// z^-1 in the algebra of the cone.
  let inverse: [Double]

  init?(_ kind: SaddleForm.Cone.Kind, slack s: [Double], dual z: [Double]) {
    switch kind {
    case .ball:
      guard let scaled = ConeScaling.ball(s, z) else { return nil }
      self = scaled
    case .spectral(let d):
      guard let scaled = ConeScaling.spectral(s, z, d) else { return nil }
      self = scaled
    }
  }

  private init(_ matrix: Matrix, _ inverse: [Double]) {
    self.operator = matrix
    self.inverse = inverse
  }

  /// The square of the distance to the boundary, s0^2 - |s1|^2.
  static func determinant(_ s: [Double]) -> Double {
    let length = Kernel.dot(Array(s[1...]), Array(s[1...])).squareRoot()
    return (s[0] - length) * (s[0] + length)
  }

  /// The smallest eigenvalue of the product of the scaled pair, mu on the central path.
  static func leastProduct(_ kind: SaddleForm.Cone.Kind, slack s: [Double], dual z: [Double]) -> Double {
    switch kind {
    case .ball:
      let (ds, dz) = (determinant(s), determinant(z))
      guard ds > 0, dz > 0, s[0] > 0, z[0] > 0 else { return 0 }
      let geometric = ds.squareRoot() * dz.squareRoot()
      let sum = Kernel.dot(s, z)
      // (lambda_0 - |lambda_1|)^2 = geometric^2 / (lambda_0 + |lambda_1|)^2
      let root = (max(0, sum + geometric) / 2).squareRoot() + (max(0, sum - geometric) / 2).squareRoot()
      return (geometric / root) * (geometric / root)
    case .spectral(let d):
      guard let factor = Cholesky(PackedSymmetric.unpack(s[...], order: d)) else { return 0 }
      let l = factor.factor
      let dual = PackedSymmetric.unpack(z[...], order: d)
      return SymmetricEigen(symmetric(l.transposed().times(dual).times(l)))?.values.first ?? 0
    }
  }

  private static func ball(_ s: [Double], _ z: [Double]) -> ConeScaling? {
    let (ds, dz) = (determinant(s), determinant(z))
    guard ds > 0, dz > 0, s[0] > 0, z[0] > 0 else { return nil }
    let (rs, rz) = (ds.squareRoot(), dz.squareRoot())
    let m = s.count
    let gamma = ((1 + Kernel.dot(s, z) / (rs * rz)) / 2).squareRoot()
    var w = [Double](repeating: 0, count: m)
    for j in 0..<m { w[j] = (s[j] / rs + (j == 0 ? 1 : -1) * z[j] / rz) / (2 * gamma) }
    // eta^2 (2 w w' - J)
    let eta = rs / rz
    var matrix = Matrix(rows: m, columns: m, repeating: 0)
    for i in 0..<m {
      for j in 0..<m { matrix.elements[i * m + j] = 2 * eta * w[i] * w[j] }
      matrix.elements[i * m + i] += i == 0 ? -eta : eta
    }
    return ConeScaling(matrix, z.enumerated().map { ($0.offset == 0 ? 1 : -1) * $0.element / dz })
  }

  private static func spectral(_ s: [Double], _ z: [Double], _ d: Int) -> ConeScaling? {
    let dual = PackedSymmetric.unpack(z[...], order: d)
    guard let left = Cholesky(PackedSymmetric.unpack(s[...], order: d)), let right = Cholesky(dual) else {
      return nil
    }
    // S = L L', L' Z L = V Lambda V': the scaling point is L V Lambda^-1/2 V' L'.
    let l = left.factor
    guard let eigen = SymmetricEigen(symmetric(l.transposed().times(dual).times(l))),
      eigen.values.allSatisfy({ $0 > 0 })
    else { return nil }
    var half = l.times(eigen.vectors)
    for i in 0..<d {
      for j in 0..<d { half.elements[i * d + j] /= eigen.values[j].squareRoot().squareRoot() }
    }
    let g = half.times(half.transposed())
    let pairs = PackedSymmetric.pairs(d)
    var matrix = Matrix(rows: pairs.count, columns: pairs.count, repeating: 0)
    for (r, (a, b)) in pairs.enumerated() {
      let factorR = a == b ? 1 : 2.0.squareRoot()
      for (c, (e, f)) in pairs.enumerated() {
        let factorC = e == f ? 1 : 2.0.squareRoot()
        matrix.elements[r * pairs.count + c] =
          factorR * factorC * (g[a, e] * g[b, f] + g[a, f] * g[b, e]) / 2
      }
    }
    let inverse = right.solve(columnsOf: .identity(d))
    return ConeScaling(matrix, PackedSymmetric.pack(inverse))
  }

  private static func symmetric(_ m: Matrix) -> Matrix {
    var out = m
    for i in 0..<m.rows {
      for j in 0..<m.columns { out.elements[i * m.columns + j] = (m[i, j] + m[j, i]) / 2 }
    }
    return out
  }

  /// The largest step from s along d that stays in the cone, +inf where there is no end.
  static func step(_ kind: SaddleForm.Cone.Kind, _ s: [Double], _ d: [Double]) -> Double {
    switch kind {
    case .ball:
      let tail = Array(s[1...])
      let move = Array(d[1...])
      let c = determinant(s)
      let b = s[0] * d[0] - Kernel.dot(tail, move)
      let a = d[0] * d[0] - Kernel.dot(move, move)
      // a t^2 + 2 b t + c = 0, first positive root; and s0 + t d0 > 0.
      var step = d[0] < 0 ? -s[0] / d[0] : .infinity
      let root = b * b - a * c
      if root >= 0 {
        let q = b >= 0 ? -(b + root.squareRoot()) : -(b - root.squareRoot())
        for t in [a != 0 ? q / a : .infinity, q != 0 ? c / q : .infinity] where t > 0 { step = min(step, t) }
      }
      return step
    case .spectral(let order):
      guard let factor = Cholesky(PackedSymmetric.unpack(s[...], order: order)) else { return 0 }
      let half = factor.solveLower(columnsOf: PackedSymmetric.unpack(d[...], order: order))
      let both = symmetric(factor.solveLower(columnsOf: half.transposed()))
      guard let eigen = SymmetricEigen(both), let least = eigen.values.first else { return 0 }
      return least < 0 ? -1 / least : .infinity
    }
  }
}
