import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The law of a family that is nearest to several laws at once, in relative entropy.
///
///     logarithmic pool   min over q of  sum w_k KL(q, p_k)    natural parameters are averaged
///     linear pool        min over q of  sum w_k KL(p_k, q)    mean parameters are averaged
///
/// Both are closed: the first because every KL(q, p_k) differs from KL(q, pool) by a constant, the second is
/// the moment projection of the mixture. Source: F. Nielsen, R. Nock, IEEE Trans. Inf. Theory 55 (2009),
/// doi:10.1109/TIT.2009.2018176.
public enum KLBarycenter {
  public struct Answer<Law: Sendable>: Sendable {
    public let law: Law
    /// The minimum, `sum w_k KL`.
    public let value: Estimate
  }

  /// The law of the family that minimises `sum w_k KL(q, p_k)`.
  public static func logarithmicPool<F: ExponentialFamily>(
    _ laws: [F], weights: [Double]
  ) throws(FamilyError) -> Answer<F> {
    let w = try checked(laws, weights)
    var theta = laws[0].naturalParameters.map { _ in 0.0 }
    for (law, weight) in zip(laws, w) where weight > 0 {
      Kernel.axpy(weight, law.naturalParameters, into: &theta)
    }
    let pool = try laws[0].with(natural: theta)
    return Answer(law: pool, value: sum(zip(laws, w).map { ($1, pool.divergence(to: $0)) }))
  }

  /// The law of the family that minimises `sum w_k KL(p_k, q)`.
  public static func linearPool<F: ExponentialFamily>(
    _ laws: [F], weights: [Double]
  ) throws(FamilyError) -> Answer<F> {
    let w = try checked(laws, weights)
    var mu = laws[0].meanParameters.map { _ in 0.0 }
    for (law, weight) in zip(laws, w) where weight > 0 {
      Kernel.axpy(weight, law.meanParameters, into: &mu)
    }
    return linear(try laws[0].with(mean: mu), laws, w)
  }

  /// As for every family, with the variance of the pool as `sum w_k (v_k + (m_k - m)^2)`, which does not
  /// cancel.
  public static func linearPool(_ laws: [Normal], weights: [Double]) throws(FamilyError) -> Answer<Normal> {
    let w = try checked(laws, weights)
    let mean = zip(laws, w).reduce(0) { $0 + $1.1 * $1.0.mean }
    let variance = zip(laws, w).reduce(0) {
      $0 + $1.1 * ($1.0.variance + ($1.0.mean - mean) * ($1.0.mean - mean))
    }
    return linear(try Normal(mean: mean, variance: variance), laws, w)
  }

  /// As for every family, with the covariance of the pool from centred means.
  public static func linearPool(
    _ laws: [MultivariateNormal], weights: [Double]
  ) throws(FamilyError) -> Answer<MultivariateNormal> {
    let w = try checked(laws, weights)
    let d = laws[0].dimension
    let mixture = try Mixture(laws, weights: w)
    let s = mixture.covarianceMatrix
    let covariance: Covariance
    switch laws[0].covariance {
    case .full: covariance = .full(s)
    case .diagonal: covariance = .diagonal((0..<d).map { s[$0, $0] })
    case .isotropic:
      covariance = .isotropic((0..<d).reduce(0) { $0 + s[$1, $1] } / Double(d), dimension: d)
    }
    return linear(try MultivariateNormal(mean: mixture.mean, covariance: covariance), laws, w)
  }

  private static func linear<F: ExponentialFamily>(_ pool: F, _ laws: [F], _ w: [Double]) -> Answer<F> {
    Answer(law: pool, value: sum(zip(laws, w).map { ($1, $0.divergence(to: pool)) }))
  }

  private static func sum(_ terms: [(Double, Estimate)]) -> Estimate {
    terms.reduce(.zero) { $1.0 > 0 ? $0.adding($1.1, times: $1.0) : $0 }
  }

  /// Laws of one family with the same fixed parameters (trials, centres, shapes): the first law, given the
  /// natural parameters of another, must be that other law.
  private static func checked<F: ExponentialFamily>(
    _ laws: [F], _ weights: [Double]
  ) throws(FamilyError) -> [Double] {
    let check = Check("kl barycenter")
    try check.length(weights.count, laws.count, "weights")
    let w = try check.weights(weights, "weights")
    for (k, law) in laws.enumerated() {
      let theta = law.naturalParameters
      try check.length(theta.count, laws[0].naturalParameters.count, "natural parameters")
      let gap = try laws[0].with(natural: theta).divergence(to: law)
      if !(gap.value <= 1e-12) {
        throw .parameter(
          family: "kl barycenter", parameter: "law \(k + 1)", value: gap.value,
          domain: "a law of one family with the first, with the same fixed parameters")
      }
    }
    return w
  }
}
