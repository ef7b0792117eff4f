import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Natural and mean parameters of the normal law on vectors, by the structure of its covariance.
extension MultivariateNormal {
  private var pairs: [(Int, Int)] {
    switch covariance {
    case .full: return (0..<dimension).flatMap { i in (i..<dimension).map { (i, $0) } }
    case .diagonal: return (0..<dimension).map { ($0, $0) }
    case .isotropic: return []
    }
  }

  public func sufficientStatistics(_ x: [Double]) -> [Double] {
    if case .isotropic = covariance { return x + [Kernel.dot(x, x)] }
    return x + pairs.map { x[$0] * x[$1] }
  }

  public var naturalParameters: [Double] {
    let p = root.precision()
    let first = p.times(mean)
    if case .isotropic(let v, _) = covariance { return first + [-0.5 / v] }
    return first + pairs.map { $0 == $1 ? -0.5 * p[$0, $0] : -p[$0, $1] }
  }

  public var meanParameters: [Double] {
    if case .isotropic(let v, let d) = covariance { return mean + [Kernel.dot(mean, mean) + Double(d) * v] }
    let s = covariance.matrix
    return mean + pairs.map { s[$0, $1] + mean[$0] * mean[$1] }
  }

  public var fisherInformation: Matrix {
    let s = covariance.matrix
    let m = mean
    let d = dimension
    var isIsotropic = false
    if case .isotropic = covariance { isIsotropic = true }
    let list = isIsotropic ? (0..<d).map { ($0, $0) } : pairs
    func cubic(_ i: Int, _ j: Int, _ k: Int) -> Double { m[j] * s[i, k] + m[k] * s[i, j] }
    func quartic(_ i: Int, _ j: Int, _ k: Int, _ l: Int) -> Double {
      s[i, k] * s[j, l] + s[i, l] * s[j, k] + m[i] * (m[k] * s[j, l] + m[l] * s[j, k])
        + m[j] * (m[k] * s[i, l] + m[l] * s[i, k])
    }
    let n = d + (isIsotropic ? 1 : list.count)
    var f = Matrix(rows: n, columns: n)
    for i in 0..<d { for j in 0..<d { f[i, j] = s[i, j] } }
    for (a, (j, k)) in list.enumerated() {
      let row = isIsotropic ? d : d + a
      for i in 0..<d {
        f[i, row] += cubic(i, j, k)
        f[row, i] += cubic(i, j, k)
      }
      for (b, (p, q)) in list.enumerated() { f[row, isIsotropic ? d : d + b] += quartic(j, k, p, q) }
    }
    return f
  }

  public func with(natural: [Double]) throws(FamilyError) -> MultivariateNormal {
    let d = dimension
    let check = Check("multivariate normal")
    if case .isotropic = covariance {
      try check.length(natural.count, d + 1, "natural parameters")
      let v = -0.5 / natural[d]
      return try MultivariateNormal(
        mean: natural.prefix(d).map { $0 * v }, covariance: .isotropic(v, dimension: d))
    }
    let list = pairs
    try check.length(natural.count, d + list.count, "natural parameters")
    if case .diagonal = covariance {
      let v = natural.suffix(d).map { -0.5 / $0 }
      return try MultivariateNormal(mean: zip(natural, v).map { $0 * $1 }, covariance: .diagonal(v))
    }
    var p = Matrix(rows: d, columns: d)
    for (a, (i, j)) in list.enumerated() {
      p[i, j] = i == j ? -2 * natural[d + a] : -natural[d + a]
      p[j, i] = p[i, j]
    }
    guard let factor = Cholesky(p) else {
      throw .parameter(
        family: "multivariate normal", parameter: "natural parameters", value: natural[d],
        domain: "a positive definite precision")
    }
    let s = symmetric(factor.solve(columnsOf: .identity(d)))
    return try MultivariateNormal(mean: factor.solve(Array(natural.prefix(d))), covariance: .full(s))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> MultivariateNormal {
    let d = dimension
    let check = Check("multivariate normal")
    let m = Array(mu.prefix(d))
    if case .isotropic = covariance {
      try check.length(mu.count, d + 1, "mean parameters")
      let v = (mu[d] - Kernel.dot(m, m)) / Double(d)
      return try MultivariateNormal(mean: m, covariance: .isotropic(v, dimension: d))
    }
    let list = pairs
    try check.length(mu.count, d + list.count, "mean parameters")
    let moments = list.enumerated().map { a, pair in mu[d + a].addingProduct(-m[pair.0], m[pair.1]) }
    if case .diagonal = covariance { return try MultivariateNormal(mean: m, covariance: .diagonal(moments)) }
    var s = Matrix(rows: d, columns: d)
    for (a, (i, j)) in list.enumerated() {
      s[i, j] = moments[a]
      s[j, i] = moments[a]
    }
    return try MultivariateNormal(mean: m, covariance: .full(s))
  }
}
