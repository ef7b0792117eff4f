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

  /// The mean parameters in coordinates from which the law is found again to the last digits, where the plain
  /// ones would cancel:
  ///
  ///     normal laws                  the mean and the variance for E x and E x^2
  ///     gamma, inverse gamma         the mean (of 1 / x) and log mean minus mean log
  ///     inverse Gaussian             E x and E 1 / x - 1 / E x
  ///     von Mises(-Fisher)           the direction, R and 1 - R
  ///     Bernoulli, binomial, ...     the means of successes and of failures
  ///     Wishart                      log det E x - E log det x and E x
  ///     others                       the mean parameters
  var conditionedMeans: [Double] { get }
  /// The law of this family with the given conditioned means.
  func with(conditionedMeans: [Double]) throws(FamilyError) -> Self
}

extension ExponentialFamily {
  public var conditionedMeans: [Double] { meanParameters }
  public func with(conditionedMeans mu: [Double]) throws(FamilyError) -> Self { try with(mean: mu) }

  /// The KL-proximal step from this law towards the member with natural parameters `target`:
  ///
  ///     argmin over q of   KL(q, target) + (1 / step - 1) KL(q, this law),   0 < step <= 1
  ///
  /// which is `(1 - step) theta + step target`, the mirror (natural gradient) step of length `step` for KL(q,
  /// target). With step 1 it is the target itself: where `target` is prior plus expected statistics, that is
  /// the conjugate update, and one step solves the problem. Source: M. Khan, H. Rue, JMLR 24 (2023),
  /// arXiv:2107.04562.
  public func proximalStep(towards target: [Double], step: Double = 1) throws(FamilyError) -> Self {
    let theta = naturalParameters
    let check = Check("kl-proximal step")
    try check.length(target.count, theta.count, "target")
    try check.require(step > 0 && step <= 1, step, "step", "a number in (0, 1]")
    if step == 1 { return try with(natural: target) }
    return try with(natural: zip(theta, target).map { (1 - step) * $0 + step * $1 })
  }

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
