import EntropicNumerics

/// weight * outer(K p + k): a convex function of an affine image of the masses.
public struct Composite: Sendable, Equatable {
  public var weight: Double
  public let outer: Outer
  public let map: LinearMap
  public let offset: [Double]

  public init(weight: Double = 1, outer: Outer, map: LinearMap, offset: [Double]? = nil) {
    self.weight = weight
    self.outer = outer
    self.map = map
    self.offset = offset ?? [Double](repeating: 0, count: map.rows)
  }

  /// K p + k
  public func image(_ p: [Double]) -> [Double] {
    var u = map.apply(p)
    for j in u.indices { u[j] += offset[j] }
    return u
  }

  func value(_ p: [Double]) -> (value: Double, magnitude: Double) { outer.value(image(p)) }

  /// A bound on the rounding error of outer(K p + k): of the outer function itself, and of the image, which enters
  /// through the slope.
  func rounding(_ p: [Double]) -> Double {
    let u = image(p)
    let part = outer.value(u)
    guard part.value < .infinity else { return .infinity }
    var error = (Kernel.kappa(u.count) + 0x1p-50) * part.magnitude
    if case .quadratic(let q, _) = outer {
      var spread = 0.0
      for i in 0..<q.rows {
        for j in 0..<q.columns { spread += abs(q.elements[i * q.columns + j] * u[i] * u[j]) }
      }
      return error + (Kernel.kappa(q.columns) + Double(q.columns) * 0x1p-53) * spread
    }
    let slope = outer.slope(at: u)
    let size = map.applyAbsolute(p)
    let relative = map.rowError + 0x1p-52
    for j in u.indices where slope[j] != 0 {
      error += relative * abs(slope[j]) * (size[j] + abs(offset[j]))
    }
    return error
  }
}

/// sum_j sigma_j ( sum_i S_ji x_i log x_i - v_j log v_j ),  v = S x + k
///
/// with S, k >= 0: the negative of a conditional entropy, jointly convex because it is a sum of
/// x log(x / v) and -k log v. Mutual information with a fixed marginal, rate-distortion and the
/// Jensen-Shannon divergence are of this form. The Hessian is diagonal minus one rank a row of S.
public struct ConditionalEntropy: Sendable, Equatable {
  public var weight: [Double]
  public let map: SparseMatrix
  public let offset: [Double]

  public init(weight: [Double], map: SparseMatrix, offset: [Double]) {
    self.weight = weight
    self.map = map
    self.offset = offset
  }

  func sums(_ p: [Double]) -> [Double] {
    var v = offset
    for j in 0..<map.rows {
      var s = 0.0
      for k in map.rowStart[j]..<map.rowStart[j + 1] { s += map.value[k] * p[map.column[k]] }
      v[j] += s
    }
    return v
  }

  func value(_ p: [Double]) -> (value: Double, magnitude: Double) {
    let v = sums(p)
    var terms: [Double] = []
    terms.reserveCapacity(map.value.count + 2 * map.rows)
    var allowance = 0.0
    for j in 0..<map.rows {
      for k in map.rowStart[j]..<map.rowStart[j + 1] {
        let x = p[map.column[k]]
        terms.append(Scalar.relative(weight[j] * map.value[k], x, v[j]))
        allowance += abs(weight[j] * map.value[k] * x)
      }
      if offset[j] > 0 { terms.append(Scalar.negativeLog(weight[j] * offset[j], v[j])) }
    }
    guard terms.allSatisfy({ $0 < .infinity }) else { return (.infinity, .infinity) }
    return (Kernel.sum(terms), Kernel.absoluteSum(terms) + allowance)
  }

  /// Slopes 1 + log(x_i / v_j), one an entry of S.
  func slopes(_ p: [Double]) -> [Double] {
    let v = sums(p)
    var s = [Double](repeating: 0, count: map.value.count)
    for j in 0..<map.rows {
      let logSum = Kernel.log(max(v[j], Scalar.tiny))
      for k in map.rowStart[j]..<map.rowStart[j + 1] {
        s[k] = 1 + Kernel.log(max(p[map.column[k]], Scalar.tiny)) - logSum
      }
    }
    return s
  }
}

/// A convex function of M(p) = M0 + sum_i s_i p_i x_i x_i', the information matrix of a design, s_i >= 0.
public struct InformationTerm: Sendable, Equatable {
  public enum Kind: String, Sendable {
    /// -log det M
    case negativeLogDeterminant
    /// tr M^-1
    case traceInverse
    /// -lambda_min(M)
    case negativeSmallestEigenvalue
  }
  public var weight: Double
  public let kind: Kind
  /// One row of regressors an outcome.
  public let regressors: Matrix
  public let scale: [Double]
  /// The entry of the flat buffer that belongs to the first row.
  public let first: Int
  public let base: Matrix?

  public init(
    weight: Double = 1, kind: Kind, regressors: Matrix, scale: [Double]? = nil, first: Int,
    base: Matrix? = nil
  ) {
    self.weight = weight
    self.kind = kind
    self.regressors = regressors
    self.scale = scale ?? [Double](repeating: 1, count: regressors.rows)
    self.first = first
    self.base = base
  }

  /// M(p)
  public func matrix(_ p: [Double]) -> Matrix {
    var m = regressors.gram(weights: (0..<regressors.rows).map { scale[$0] * p[first + $0] })
    if let base { for k in m.elements.indices { m.elements[k] += base.elements[k] } }
    return m
  }

  /// Partial derivatives by the masses of the regressors' outcomes.
  func gradient(_ p: [Double]) -> [Double] {
    let m = matrix(p)
    let n = regressors.rows
    switch kind {
    case .negativeLogDeterminant:
      guard let factor = Cholesky(m) else { return [Double](repeating: -.infinity, count: n) }
      let y = factor.solveLower(columnsOf: regressors.transposed())
      return columnNorms(y).enumerated().map { -scale[$0.offset] * $0.element }
    case .traceInverse:
      guard let factor = Cholesky(m) else { return [Double](repeating: -.infinity, count: n) }
      let y = factor.solve(columnsOf: regressors.transposed())
      return columnNorms(y).enumerated().map { -scale[$0.offset] * $0.element }
    case .negativeSmallestEigenvalue:
      guard let eigen = SymmetricEigen(m) else { return [Double](repeating: 0, count: n) }
      let vector = (0..<m.rows).map { eigen.vectors[$0, 0] }
      let image = regressors.times(vector)
      return (0..<n).map { -scale[$0] * image[$0] * image[$0] }
    }
  }

  private func columnNorms(_ y: Matrix) -> [Double] {
    var sums = [Double](repeating: 0, count: y.columns)
    for i in 0..<y.rows {
      for j in 0..<y.columns {
        let value = y.elements[i * y.columns + j]
        sums[j] += value * value
      }
    }
    return sums
  }
}

/// A smooth function supplied by the user: value and gradient over the whole flat buffer.
///
/// The certificate believes the two closures, and that the function is convex when `isConvex` says so.
public struct SmoothFunction: Sendable {
  public let name: String
  public let isConvex: Bool
  /// Tells functions apart in the canonical form; the name, unless the function came from a formula.
  public let signature: String
  public let evaluate: @Sendable (_ p: [Double]) -> Double
  public let evaluateWithGradient: @Sendable (_ p: [Double]) -> (value: Double, gradient: [Double])

  public init(
    name: String, isConvex: Bool = true, signature: String? = nil,
    value: (@Sendable ([Double]) -> Double)? = nil,
    valueAndGradient: @escaping @Sendable ([Double]) -> (value: Double, gradient: [Double])
  ) {
    self.name = name
    self.isConvex = isConvex
    self.signature = signature ?? name
    self.evaluateWithGradient = valueAndGradient
    self.evaluate = value ?? { valueAndGradient($0).value }
  }
}
