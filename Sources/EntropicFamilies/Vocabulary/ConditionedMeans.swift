import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Conditioned mean coordinates, family by family; the table is at `ExponentialFamily.conditionedMeans`.

extension Normal {
  /// `(mean, variance)`
  public var conditionedMeans: [Double] { [mean, variance] }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> Normal {
    try Check("normal").length(mu.count, 2, "conditioned means")
    return try Normal(mean: mu[0], variance: mu[1])
  }
}

extension LogNormal {
  /// Mean and variance of the logarithm.
  public var conditionedMeans: [Double] { [mu, sigma * sigma] }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> LogNormal {
    try Check("lognormal").length(mu.count, 2, "conditioned means")
    return try LogNormal(mu: mu[0], sigma: mu[1].squareRoot())
  }
}

extension Gamma {
  /// `(E x, log E x - E log x)`
  public var conditionedMeans: [Double] { [mean, Settled.logMinusDigamma(shape)] }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> Gamma {
    try Check("gamma").length(mu.count, 2, "conditioned means")
    return try Gamma.matching(mean: mu[0], logGap: mu[1])
  }
}

extension InverseGamma {
  /// `(E 1 / x, log E 1 / x + E log x)`
  public var conditionedMeans: [Double] { reciprocal.conditionedMeans }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> InverseGamma {
    let y = try reciprocal.with(conditionedMeans: mu)
    return try InverseGamma(shape: y.shape, scale: y.rate)
  }
}

extension InverseGaussian {
  /// `(E x, E 1 / x - 1 / E x)`
  public var conditionedMeans: [Double] { [mean, 1 / shape] }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> InverseGaussian {
    try Check("inverse gaussian").length(mu.count, 2, "conditioned means")
    return try InverseGaussian(mean: mu[0], shape: 1 / mu[1])
  }
}

extension VonMises {
  /// `(direction, R, 1 - R)`
  public var conditionedMeans: [Double] { [location, ratio.value, ratio.complement] }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> VonMises {
    try Check("von mises").length(mu.count, 3, "conditioned means")
    return try VonMises.matching(direction: mu[0], length: mu[1], complement: mu[2])
  }
}

extension VonMisesFisher {
  /// The direction, R and 1 - R.
  public var conditionedMeans: [Double] { direction + [resultant.value, resultant.complement] }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> VonMisesFisher {
    let d = dimension
    try Check("von mises-fisher").length(mu.count, d + 2, "conditioned means")
    let found = ResultantLength(order: Double(d) / 2 - 1, family: "von mises-fisher")
    return try VonMisesFisher(
      direction: Array(mu.prefix(d)), concentration: try found.concentration(mu[d], mu[d + 1]))
  }
}

extension CategoricalLaw {
  /// Every probability.
  public var conditionedMeans: [Double] { probabilities }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> CategoricalLaw {
    try Check("categorical").length(mu.count, probabilities.count, "conditioned means")
    return try CategoricalLaw(probabilities: mu)
  }
}

extension Multinomial {
  /// The expected count of every index.
  public var conditionedMeans: [Double] { mean }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> Multinomial {
    try Check("multinomial").length(mu.count, probabilities.count, "conditioned means")
    return try Multinomial(trials: trials, probabilities: mu.map { $0 / trials })
  }
}

extension MultivariateNormal {
  /// The mean and the covariance: its upper triangle by rows, its diagonal, or its one variance.
  public var conditionedMeans: [Double] {
    switch covariance {
    case .full(let s):
      return mean + (0..<dimension).flatMap { i in (i..<dimension).map { s[i, $0] } }
    case .diagonal(let v): return mean + v
    case .isotropic(let v, _): return mean + [v]
    }
  }

  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> MultivariateNormal {
    let d = dimension
    try Check("multivariate normal").length(mu.count, conditionedMeans.count, "conditioned means")
    let (m, rest) = (Array(mu.prefix(d)), Array(mu.dropFirst(d)))
    switch covariance {
    case .diagonal: return try MultivariateNormal(mean: m, covariance: .diagonal(rest))
    case .isotropic: return try MultivariateNormal(mean: m, covariance: .isotropic(rest[0], dimension: d))
    case .full:
      return try MultivariateNormal(mean: m, covariance: .full(Matrix.symmetric(upper: rest, order: d)))
    }
  }
}

extension Wishart {
  /// `log det E x - E log det x`, and the upper triangle of E x by rows.
  public var conditionedMeans: [Double] {
    [logDeterminantGap(degrees)] + meanParameters.dropFirst()
  }

  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> Wishart {
    let d = dimension
    try Check("wishart").length(mu.count, d * (d + 1) / 2 + 1, "conditioned means")
    return try matching(logGap: mu[0], mean: Matrix.symmetric(upper: Array(mu.dropFirst()), order: d))
  }
}

extension Matrix {
  /// The symmetric matrix whose upper triangle is given by rows.
  static func symmetric(upper: [Double], order d: Int) -> Matrix {
    var s = Matrix(rows: d, columns: d)
    var k = 0
    for i in 0..<d {
      for j in i..<d {
        s[i, j] = upper[k]
        s[j, i] = upper[k]
        k += 1
      }
    }
    return s
  }
}
