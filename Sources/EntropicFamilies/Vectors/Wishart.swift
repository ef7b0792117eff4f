import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Wishart law of `sum_{i <= n} y_i y_i'` for normal vectors with covariance V; n > d - 1 may be real.
///
///     log p(X) = (n - d - 1) / 2 log det X - tr(V^(-1) X) / 2 - n / 2 log det(2 V) - log Gamma_d(n / 2)
///     T = (log det X, X_ij for i <= j),   theta = (n / 2, -P_ii / 2, -P_ij),  P = V^(-1)
public struct Wishart: Distribution, ExponentialFamily {
  public let degrees: Double
  public let scale: Matrix
  let root: CovarianceRoot

  public init(degrees: Double, scale: Matrix) throws(FamilyError) {
    let check = Check("wishart")
    try check.length(scale.columns, scale.rows, "scale")
    try check.require(
      degrees > Double(scale.rows) - 1 && degrees <= 1e9, degrees, "degrees",
      "a number above \(scale.rows - 1), at most 1e9")
    guard let root = CovarianceRoot(.full(symmetric(scale))) else {
      throw .parameter(
        family: "wishart", parameter: "scale", value: scale.elements.first ?? .nan,
        domain: "a positive definite matrix")
    }
    self.degrees = degrees
    self.scale = symmetric(scale)
    self.root = root
  }

  public var dimension: Int { scale.rows }
  public var mean: Matrix { scaled(scale, degrees) }
  /// The variance of every entry, `n (V_ij^2 + V_ii V_jj)`.
  public var variance: Matrix {
    var v = scale
    for i in 0..<dimension {
      for j in 0..<dimension {
        v[i, j] = degrees * (scale[i, j] * scale[i, j] + scale[i, i] * scale[j, j])
      }
    }
    return v
  }

  private func scaled(_ a: Matrix, _ c: Double) -> Matrix {
    Matrix(rows: a.rows, columns: a.columns, elements: a.elements.map { c * $0 })
  }

  /// `(n + 1 - j) / 2` for j = 1 ... d.
  private static func halves(_ degrees: Double, _ d: Int) -> [Double] {
    (0..<d).map { (degrees - Double($0)) / 2 }
  }

  private var logMultivariateGamma: Double {
    let d = Double(dimension)
    return Wishart.halves(degrees, dimension).reduce(d * (d - 1) / 4 * log(.pi)) {
      $0 + Settled.logGamma($1)
    }
  }

  private var meanLogDeterminant: Double {
    Wishart.halves(degrees, dimension).reduce(root.logDeterminant + Double(dimension) * log(2)) {
      $0 + Settled.digamma($1)
    }
  }

  public func logDensity(_ x: Matrix) -> Double {
    guard x.rows == dimension, x.columns == dimension, let factor = Cholesky(x) else { return -.infinity }
    let d = Double(dimension)
    let trace = zip(root.precision().elements, x.elements).reduce(0) { $0 + $1.0 * $1.1 }
    return (degrees - d - 1) / 2 * factor.logDeterminant - trace / 2 - logPartition
  }

  /// Bartlett's decomposition.
  public func sample(using generator: inout SeededGenerator) -> Matrix {
    let d = dimension
    var rows = Matrix(rows: d, columns: d)
    for i in 0..<d {
      rows[i, i] = (2 * Variate.gamma(shape: (degrees - Double(i)) / 2, &generator)).squareRoot()
      for j in 0..<i { rows[i, j] = Variate.normal(&generator) }
    }
    // L A, column by column; then (L A)(L A)'.
    let columns = (0..<d).map { root.coloured(rows.column($0)) }
    var x = Matrix(rows: d, columns: d)
    for i in 0..<d { for j in 0..<d { x[i, j] = columns.reduce(0) { $0 + $1[i] * $1[j] } } }
    return symmetric(x)
  }

  public var entropy: Estimate {
    let d = Double(dimension)
    let logs = (degrees - d - 1) / 2 * meanLogDeterminant
    return Estimate(closed: logPartition + degrees * d / 2 - logs, size: max(abs(logs), degrees * d / 2))
  }

  /// As for gamma laws: `n_q / 2 sum (e - log(1 + e))` over the relative eigenvalues of the means, plus the
  /// Bregman divergence of `log Gamma_d(a) - d (a log a - a)` from n_p / 2 to n_q / 2.
  public func divergence(to other: Wishart) -> Estimate {
    guard other.dimension == dimension else { return .infinite }
    let d = Double(dimension)
    var gap = scale
    let ratio = degrees / other.degrees
    for i in gap.elements.indices { gap.elements[i] = ratio * gap.elements[i] - other.scale.elements[i] }
    guard let eigen = SymmetricEigen(other.root.whitened(symmetric(gap))) else {
      return Estimate(.nan, error: .infinity, basis: .closedForm)
    }
    let means = eigen.values.reduce(0) { $0 + Settled.excessOverLog(max($1, -1)) }
    let floor = (d - 1) / 2
    // Distances from the pole at floor; psi' (a - j / 2) - 1 / a, the first part without cancellation.
    let shapes = GammaBregman.integrate(
      from: degrees / 2, change: (other.degrees - degrees) / 2, softening: -floor
    ) { a in
      (0..<dimension).reduce(0.0) { sum, j in
        let t = a - Double(j) / 2
        return sum + Settled.trigammaExcess(t) + Double(j) / 2 / (t * a)
      }
    }
    return Estimate(closed: other.degrees / 2 * means + shapes)
  }

  private var pairs: [(Int, Int)] { (0..<dimension).flatMap { i in (i..<dimension).map { (i, $0) } } }

  public func sufficientStatistics(_ x: Matrix) -> [Double] {
    [Cholesky(x)?.logDeterminant ?? .nan] + pairs.map { x[$0, $1] }
  }
  public func logCarrier(_ x: Matrix) -> Double {
    -Double(dimension + 1) / 2 * (Cholesky(x)?.logDeterminant ?? .nan)
  }
  public var naturalParameters: [Double] {
    let p = root.precision()
    return [degrees / 2] + pairs.map { $0 == $1 ? -p[$0, $0] / 2 : -p[$0, $1] }
  }
  public var meanParameters: [Double] {
    [meanLogDeterminant] + pairs.map { degrees * scale[$0, $1] }
  }
  public var logPartition: Double {
    degrees / 2 * (root.logDeterminant + Double(dimension) * log(2)) + logMultivariateGamma
  }
  public var fisherInformation: Matrix {
    let list = pairs
    var f = Matrix(rows: list.count + 1, columns: list.count + 1)
    f[0, 0] = Wishart.halves(degrees, dimension).reduce(0) { $0 + Settled.trigamma($1) }
    for (a, (i, j)) in list.enumerated() {
      f[0, a + 1] = 2 * scale[i, j]
      f[a + 1, 0] = f[0, a + 1]
      for (b, (k, l)) in list.enumerated() {
        f[a + 1, b + 1] = degrees * (scale[i, k] * scale[j, l] + scale[i, l] * scale[j, k])
      }
    }
    return f
  }

  public func with(natural: [Double]) throws(FamilyError) -> Wishart {
    let list = pairs
    try Check("wishart").length(natural.count, list.count + 1, "natural parameters")
    var p = Matrix(rows: dimension, columns: dimension)
    for (a, (i, j)) in list.enumerated() {
      p[i, j] = i == j ? -2 * natural[a + 1] : -natural[a + 1]
      p[j, i] = p[i, j]
    }
    guard let factor = Cholesky(p) else {
      throw .parameter(
        family: "wishart", parameter: "natural parameters", value: natural[1],
        domain: "a positive definite precision")
    }
    return try Wishart(
      degrees: 2 * natural[0], scale: symmetric(factor.solve(columnsOf: .identity(dimension))))
  }

  /// `log det M - E log det X = d log(n / 2) - sum psi((n + 1 - j) / 2)` decreases in n.
  public func with(mean mu: [Double]) throws(FamilyError) -> Wishart {
    let list = pairs
    try Check("wishart").length(mu.count, list.count + 1, "mean parameters")
    var m = Matrix(rows: dimension, columns: dimension)
    for (a, (i, j)) in list.enumerated() {
      m[i, j] = mu[a + 1]
      m[j, i] = mu[a + 1]
    }
    guard let factor = Cholesky(m), factor.logDeterminant > mu[0] else {
      throw .unreachableMoments(family: "wishart", reason: "needs log det E X > E log det X")
    }
    return try matching(logGap: factor.logDeterminant - mu[0], mean: m)
  }

  /// `log det E x - E log det x` for n degrees of freedom; it decreases in n.
  func logDeterminantGap(_ n: Double) -> Double {
    Wishart.halves(n, dimension).enumerated().reduce(0) {
      $0 + Settled.logMinusDigamma($1.element) - log1p(-Double($1.offset) / n)
    }
  }

  /// The law with a mean and a gap of the logarithms of its determinant.
  func matching(logGap gap: Double, mean m: Matrix) throws(FamilyError) -> Wishart {
    guard gap > 0, gap.isFinite else {
      throw .unreachableMoments(family: "wishart", reason: "needs log det E X > E log det X")
    }
    let d = dimension
    let found = MonotoneRoot.solve(from: Double(d - 1), to: 1e9, start: Double(d) + Double(d) / gap) { n in
      gap - logDeterminantGap(n)
    }
    return try Wishart(degrees: found.root, scale: scaled(m, 1 / found.root))
  }
}
