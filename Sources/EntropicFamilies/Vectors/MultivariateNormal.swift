import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The normal law on vectors, with a full, diagonal or isotropic covariance.
///
///     log p(x) = -(x - m)' S^(-1) (x - m) / 2 - log det(2 pi S) / 2
///
/// Sufficient statistics by structure: x and `x_i x_j`, i <= j (full), x and `x_i^2` (diagonal), x and
/// `|x|^2` (isotropic).
public struct MultivariateNormal: Distribution, ExponentialFamily {
  public let mean: [Double]
  public let covariance: Covariance
  let root: CovarianceRoot

  public init(mean: [Double], covariance: Covariance) throws(FamilyError) {
    let check = Check("multivariate normal")
    try check.length(covariance.dimension, mean.count, "covariance")
    if mean.isEmpty { try check.length(0, 1, "mean") }
    for m in mean { try check.finite(m, "mean") }
    if case .full(let s) = covariance {
      try check.length(s.columns, s.rows, "covariance")
      for i in 0..<s.rows {
        for j in 0..<i {
          let gap = abs(s[i, j] - s[j, i])
          let size = (abs(s[i, i]) * abs(s[j, j])).squareRoot()
          try check.require(gap <= 1e-12 * size, gap, "covariance", "a symmetric matrix")
        }
      }
    }
    guard let root = CovarianceRoot(covariance) else {
      throw .parameter(
        family: "multivariate normal", parameter: "covariance",
        value: covariance.variances.min() ?? .nan, domain: "a positive definite matrix")
    }
    self.mean = mean
    self.covariance = covariance
    self.root = root
  }

  public var dimension: Int { mean.count }

  public func logDensity(_ x: [Double]) -> Double {
    guard x.count == dimension else { return -.infinity }
    let z = root.whitened(zip(x, mean).map { $0 - $1 })
    return -0.5 * (Double(dimension) * log(2 * .pi) + root.logDeterminant + Kernel.dot(z, z))
  }

  /// `m + L z`, the reparametrised sampler.
  public func transform(_ z: [Double]) -> [Double] { zip(mean, root.coloured(z)).map { $0 + $1 } }

  public func sample(using generator: inout SeededGenerator) -> [Double] {
    transform((0..<dimension).map { _ in Variate.normal(&generator) })
  }

  public var entropy: Estimate {
    let d = Double(dimension)
    return Estimate(closed: 0.5 * (d * (log(2 * .pi) + 1) + root.logDeterminant), size: d)
  }

  /// With e_i the eigenvalues of `L_q^(-1) (S_p - S_q) L_q^(-T)`: half of `sum (e - log(1 + e)) + |z|^2`.
  public func divergence(to other: MultivariateNormal) -> Estimate {
    guard other.dimension == dimension else { return .infinite }
    let z = other.root.whitened(zip(mean, other.mean).map { $0 - $1 })
    var spread = 0.0
    switch (covariance, other.covariance) {
    case (.full, _), (_, .full):
      let (s, t) = (covariance.matrix, other.covariance.matrix)
      var d = s
      for i in d.elements.indices { d.elements[i] -= t.elements[i] }
      guard let eigen = SymmetricEigen(other.root.whitened(symmetric(d))) else {
        return Estimate(.nan, error: .infinity, basis: .closedForm)
      }
      for e in eigen.values { spread += Settled.excessOverLog(max(e, -1)) }
    default:
      for (v, w) in zip(covariance.variances, other.covariance.variances) {
        spread += Settled.excessOverLog((v - w) / w)
      }
    }
    return Estimate(closed: 0.5 * (spread + Kernel.dot(z, z)))
  }

  public func logCarrier(_ x: [Double]) -> Double { 0 }

  public var logPartition: Double {
    let z = root.whitened(mean)
    return 0.5 * (Kernel.dot(z, z) + root.logDeterminant + Double(dimension) * log(2 * .pi))
  }
}
