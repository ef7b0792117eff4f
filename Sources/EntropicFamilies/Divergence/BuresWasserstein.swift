import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Wasserstein-2 distance of normal laws, and their barycenter.
///
///     W(p, q)^2 = |m - n|^2 + tr(S + T - 2 (S^(1/2) T S^(1/2))^(1/2))
///
/// Sources: R. Bhatia, T. Jain, Y. Lim, Expo. Math. 37 (2019), doi:10.1016/j.exmath.2018.01.002; P.
/// Alvarez-Esteban and others, J. Math. Anal. Appl. 441 (2016), doi:10.1016/j.jmaa.2016.04.045.
public enum BuresWasserstein {
  /// The squared distance.
  ///
  /// For near laws through `S - T`: with `R = (S^(1/2) T S^(1/2))^(1/2)` the trace is that of
  /// `(S^(1/2) - R S^(-1/2))' (...)`, a sum of squares.
  public static func squaredDistance(_ p: MultivariateNormal, _ q: MultivariateNormal) -> Double? {
    guard p.dimension == q.dimension else { return nil }
    let shift = zip(p.mean, q.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    switch (p.covariance, q.covariance) {
    case (.full, _), (_, .full): break
    default:
      return zip(p.covariance.variances, q.covariance.variances).reduce(shift) {
        // (sqrt v - sqrt w)^2 from the difference of the variances.
        let d = ($1.0 - $1.1) / ($1.0.squareRoot() + $1.1.squareRoot())
        return $0 + d * d
      }
    }
    guard let map = transportMap(from: p, to: q) else { return nil }
    // E |x - T x|^2 = tr((I - T) S (I - T)).
    let d = p.dimension
    var gap = Matrix.identity(d)
    for i in gap.elements.indices { gap.elements[i] -= map.elements[i] }
    var sum = shift
    let moved = gap.times(p.covariance.matrix).times(gap)
    for i in 0..<d { sum += max(0, moved[i, i]) }
    return sum
  }

  /// The linear part of the optimal map, `S^(-1/2) (S^(1/2) T S^(1/2))^(1/2) S^(-1/2)`; nil if an
  /// eigendecomposition fails.
  public static func transportMap(from p: MultivariateNormal, to q: MultivariateNormal) -> Matrix? {
    guard let (half, inverse) = roots(p.covariance.matrix) else { return nil }
    let inner = symmetric(half.times(q.covariance.matrix).times(half))
    guard let (root, _) = roots(inner) else { return nil }
    return symmetric(inverse.times(root).times(inverse))
  }

  /// The square root of a positive definite matrix and its inverse.
  static func roots(_ a: Matrix) -> (root: Matrix, inverse: Matrix)? {
    guard let eigen = SymmetricEigen(symmetric(a)) else { return nil }
    guard eigen.values.allSatisfy({ $0 > 0 }) else { return nil }
    func assemble(_ f: (Double) -> Double) -> Matrix {
      let v = eigen.vectors
      var scaled = v
      for j in 0..<v.columns { for i in 0..<v.rows { scaled[i, j] = v[i, j] * f(eigen.values[j]) } }
      return symmetric(scaled.times(v.transposed()))
    }
    return (assemble { $0.squareRoot() }, assemble { 1 / $0.squareRoot() })
  }

  /// A barycenter, the objective there and the size of its gradient.
  public struct Barycenter: Sendable {
    public let law: MultivariateNormal
    /// `sum w_k W(p_k, law)^2`
    public let value: Double
    /// `|sum w_k T_k - I|` in the Frobenius norm; 0 exactly at the barycenter, which is unique.
    public let stationarity: Double
  }

  /// The law that minimises `sum w_k W(p_k, law)^2`, by the fixed point `S <- S^(-1/2) (sum w_k (S^(1/2) S_k
  /// S^(1/2))^(1/2))^2 S^(-1/2)`.
  public static func barycenter(
    _ laws: [MultivariateNormal], weights: [Double], iterations: Int = 500
  ) throws(FamilyError) -> Barycenter {
    let check = Check("barycenter")
    try check.length(weights.count, laws.count, "weights")
    let w = try check.weights(weights, "weights")
    let d = laws[0].dimension
    for law in laws { try check.length(law.dimension, d, "mean") }
    var mean = [Double](repeating: 0, count: d)
    for (law, weight) in zip(laws, w) { for i in 0..<d { mean[i] += weight * law.mean[i] } }
    var s = Matrix(rows: d, columns: d)
    for (law, weight) in zip(laws, w) {
      let c = law.covariance.matrix
      for i in s.elements.indices { s.elements[i] += weight * c.elements[i] }
    }
    var stationarity = Double.infinity
    var stalls = 0
    for _ in 0..<max(1, iterations) {
      let center = try MultivariateNormal(mean: mean, covariance: .full(s))
      var map = Matrix(rows: d, columns: d)
      for (law, weight) in zip(laws, w) where weight > 0 {
        guard let t = transportMap(from: center, to: law) else { break }
        for i in map.elements.indices { map.elements[i] += weight * t.elements[i] }
      }
      var gap = 0.0
      for i in 0..<d {
        for j in 0..<d { gap += (map[i, j] - (i == j ? 1 : 0)) * (map[i, j] - (i == j ? 1 : 0)) }
      }
      stalls = gap.squareRoot() < stationarity ? 0 : stalls + 1
      stationarity = min(stationarity, gap.squareRoot())
      if stationarity < 1e-15 || stalls > 3 { break }
      s = symmetric(map.times(s).times(map))
    }
    let law = try MultivariateNormal(mean: mean, covariance: .full(s))
    var value = 0.0
    for (p, weight) in zip(laws, w) { value += weight * (squaredDistance(law, p) ?? .nan) }
    return Barycenter(law: law, value: value, stationarity: stationarity)
  }
}
