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
  private let frame: Frame

  /// The map W with W z = W^-1 s = lambda, and lambda itself.
  private enum Frame {
    /// W = root (2 v v' - J)
    case ball(root: Double, v: [Double], lambda: [Double])
    /// Z -> R' Z R, with R' Z R = R^-1 S R^-T = diag(lambda).
    case spectral(r: Matrix, inverse: Matrix, lambda: [Double])
  }

  init?(_ kind: SaddleForm.Cone.Kind, slack s: [Double], dual z: [Double], stop: StopCheck?) {
    switch kind {
    case .ball:
      guard let scaled = ConeScaling.ball(s, z) else { return nil }
      self = scaled
    case .spectral(let d):
      guard let scaled = ConeScaling.spectral(s, z, d, stop) else { return nil }
      self = scaled
    }
  }

  private init(_ matrix: Matrix, _ inverse: [Double], _ frame: Frame) {
    self.operator = matrix
    self.inverse = inverse
    self.frame = frame
  }

  /// The second-order term of a step, in the units of s: W (lambda \ (W^-1 ds o W dz)), o the product of
  /// the algebra.
  func bend(slack ds: [Double], dual dz: [Double]) -> [Double] {
    switch frame {
    case .ball(let root, let v, let lambda):
      let a = ConeScaling.reflected(ds, v, inverse: true).map { $0 / root }
      let b = ConeScaling.reflected(dz, v, inverse: false).map { $0 * root }
      var u = [Double](repeating: 0, count: a.count)
      u[0] = Kernel.dot(a, b)
      for j in 1..<a.count { u[j] = a[0] * b[j] + b[0] * a[j] }
      var y = u
      let determinant = ConeScaling.determinant(lambda)
      y[0] = (lambda[0] * u[0] - Kernel.dot(Array(lambda[1...]), Array(u[1...]))) / determinant
      for j in 1..<a.count { y[j] = (u[j] - y[0] * lambda[j]) / lambda[0] }
      return ConeScaling.reflected(y, v, inverse: false).map { $0 * root }
    case .spectral(let r, let inverse, let lambda):
      let d = lambda.count
      let a = inverse.times(PackedSymmetric.unpack(ds[...], order: d)).times(inverse.transposed())
      let b = r.transposed().times(PackedSymmetric.unpack(dz[...], order: d)).times(r)
      let product = a.times(b)
      var y = product
      for i in 0..<d {
        for j in 0..<d { y.elements[i * d + j] = (product[i, j] + product[j, i]) / (lambda[i] + lambda[j]) }
      }
      return PackedSymmetric.pack(r.times(y).times(r.transposed()))
    }
  }

  /// (2 v v' - J) x, or its inverse (2 J v v' J - J) x; v has determinant 1.
  private static func reflected(_ x: [Double], _ v: [Double], inverse: Bool) -> [Double] {
    var w = v
    if inverse { for j in 1..<w.count { w[j] = -w[j] } }
    let inner = 2 * Kernel.dot(w, x)
    return x.indices.map { inner * w[$0] - ($0 == 0 ? x[0] : -x[$0]) }
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
    let length = (2 * (w[0] + 1)).squareRoot()
    let v = w.enumerated().map { ($0.element + ($0.offset == 0 ? 1 : 0)) / length }
    let root = eta.squareRoot()
    return ConeScaling(
      matrix, z.enumerated().map { ($0.offset == 0 ? 1 : -1) * $0.element / dz },
      .ball(root: root, v: v, lambda: reflected(z, v, inverse: false).map { $0 * root }))
  }

  private static func spectral(
    _ s: [Double], _ z: [Double], _ d: Int, _ stop: StopCheck?
  ) -> ConeScaling? {
    let dual = PackedSymmetric.unpack(z[...], order: d)
    guard let left = Cholesky(PackedSymmetric.unpack(s[...], order: d), stop: stop),
      let right = Cholesky(dual, stop: stop)
    else {
      return nil
    }
    // S = L L', L' Z L = V Lambda V': the scaling point is L V Lambda^-1/2 V' L'.
    let l = left.factor
    guard let eigen = SymmetricEigen(symmetric(l.transposed().times(dual).times(l)), stop: stop),
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
    // R = L V Lambda^-1/4, R^-1 = Lambda^1/4 V' L^-1.
    var back = eigen.vectors.transposed().times(left.solveLower(columnsOf: .identity(d)))
    for i in 0..<d {
      for j in 0..<d { back.elements[i * d + j] *= eigen.values[i].squareRoot().squareRoot() }
    }
    return ConeScaling(
      matrix, PackedSymmetric.pack(inverse),
      .spectral(r: half, inverse: back, lambda: eigen.values.map { $0.squareRoot() }))
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
