import EntropicNumerics

/// A law `h(x) exp(<theta, T(x)> - A(theta))` of a family with minimal natural parameters theta.
///
/// Mean parameters are `mu = E T = grad A`, the Fisher information of theta is `Hess A`. What is fixed in a
/// family (trials, a shape, a centre, the dimension) is taken from the law itself: `with(mean:)` is "the law
/// of my family with these mean parameters". Sources: O. Barndorff-Nielsen, Information and exponential
/// families (1978); F. Nielsen, V. Garcia, arXiv:0911.4863.
public protocol ExponentialFamily: Distribution {
  func sufficientStatistics(_ x: Value) -> [Double]
  func logCarrier(_ x: Value) -> Double
  var naturalParameters: [Double] { get }
  var meanParameters: [Double] { get }
  /// `A(theta)`
  var logPartition: Double { get }
  /// `Hess A(theta)`, positive definite.
  var fisherInformation: Matrix { get }
  /// The law of this family with the given natural parameters.
  func with(natural: [Double]) throws(FamilyError) -> Self
  /// The inverse mean map: the law of this family whose sufficient statistics have these means.
  func with(mean: [Double]) throws(FamilyError) -> Self
}

extension ExponentialFamily {
  /// `log h + <theta, T> - A`: the density by its definition, for checks; families have better forms.
  public func canonicalLogDensity(_ x: Value) -> Double {
    let t = sufficientStatistics(x)
    return logCarrier(x) + zip(naturalParameters, t).reduce(0) { $0 + $1.0 * $1.1 } - logPartition
  }

  /// `A(theta_q) - A(theta_p) - <mu_p, theta_q - theta_p>`: right, but it cancels for near laws.
  public func bregmanDivergence(to other: Self) -> Double {
    let (mine, theirs) = (naturalParameters, other.naturalParameters)
    let mu = meanParameters
    var sum = other.logPartition - logPartition
    for i in mine.indices { sum -= mu[i] * (theirs[i] - mine[i]) }
    return sum
  }
}
