import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Maximum likelihood for gamma laws and their relatives.
extension Gamma {
  /// The rate in closed form; the shape from `log a - psi(a) = log mean - mean log`, a decreasing function
  /// of a, whose sign on both sides of the root is the proof.
  ///
  /// Sources: S. Choi, R. Wette, Technometrics 11 (1969), doi:10.1080/00401706.1969.10490731; T. Minka,
  /// Estimating a gamma distribution (2002).
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Gamma> {
    let sample = try WeightedSample(values, weights, family: "gamma")
    try sample.require("gamma", "a positive number") { $0 > 0 }
    if sample.isConstant { return .unbounded("the shape goes to infinity at the only observed value") }
    let m = sample.mean
    // log m - mean log x = mean of (u - log(1 + u)), u = x / m - 1, which has mean 0: terms of one sign.
    let gap = sample.mean { Settled.excessOverLog(($0 - m) / m) }
    let law = try Gamma.matching(mean: m, logGap: gap)
    let a = law.shape
    let (low, high) = (a * (1 - 1e-12), a * (1 + 1e-12))
    let proved = Settled.logMinusDigamma(low) >= gap && Settled.logMinusDigamma(high) <= gap
    // Inverse of the information n [[psi', -1 / b], [-1 / b, a / b^2]]; psi' a - 1 without cancellation.
    let excess = Settled.trigammaExcess(a) * a
    let n = sample.total
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [
        (a / excess / n).squareRoot(), law.rate * (Settled.trigamma(a) / excess / n).squareRoot(),
      ],
      proof: proved ? .bracket(lower: low, upper: high) : .none, status: .maximum)
  }
}

extension InverseGamma {
  /// The gamma fit of the reciprocals.
  public static func fit(
    _ values: [Double], weights: [Double]? = nil
  ) throws(FamilyError) -> Fit<InverseGamma> {
    let sample = try WeightedSample(values, weights, family: "inverse gamma")
    try sample.require("inverse gamma", "a positive number") { $0 > 0 }
    let inner = try Gamma.fit(values.map { $0 > 0 ? 1 / $0 : 1 }, weights: weights)
    guard let y = inner.law else {
      return .unbounded("the shape goes to infinity at the only observed value")
    }
    let law = try InverseGamma(shape: y.shape, scale: y.rate)
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law), standardErrors: inner.standardErrors,
      proof: inner.proof, status: .maximum)
  }
}

extension ChiSquared {
  /// `psi(degrees / 2) = mean of log(x / 2)`, an increasing function.
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<ChiSquared>
  {
    let sample = try WeightedSample(values, weights, family: "chi-squared")
    try sample.require("chi-squared", "a positive number") { $0 > 0 }
    let goal = sample.mean { log($0 / 2) }
    let h = Settled.inverseDigamma(goal)
    let law = try ChiSquared(degrees: 2 * h)
    let (low, high) = (h * (1 - 1e-12), h * (1 + 1e-12))
    let proved = Settled.digamma(low) <= goal && Settled.digamma(high) >= goal
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [2 / (Settled.trigamma(h) * sample.total).squareRoot()],
      proof: proved ? .bracket(lower: 2 * low, upper: 2 * high) : .none, status: .maximum)
  }
}

extension Weibull {
  /// The scale in closed form; the shape from its profile score, which decreases:
  ///
  ///     1 / k + mean log x - (sum x^k log x) / (sum x^k) = 0
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Weibull> {
    let sample = try WeightedSample(values, weights, family: "weibull")
    try sample.require("weibull", "a positive number") { $0 > 0 }
    if sample.isConstant { return .unbounded("the shape goes to infinity at the only observed value") }
    let top = log(sample.range.upper)
    let middle = sample.mean { log($0) - top }
    let found = MonotoneRoot.solve(from: 0, to: 1e9, start: 1) { k in
      let mass = sample.mean { exp(k * (log($0) - top)) }
      let first = sample.mean { exp(k * (log($0) - top)) * (log($0) - top) }
      return first / mass - middle - 1 / k
    }
    let k = found.root
    let scale = exp(top + log(sample.mean { exp(k * (log($0) - top)) }) / k)
    let law = try Weibull(shape: k, scale: scale)
    // Inverse of the expected information of (k, s).
    let root = sample.total.squareRoot()
    let g = 1 - Constants.eulerGamma
    let factor = 6 / (Double.pi * .pi)
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [k * factor.squareRoot() / root, scale / k * (1 + factor * g * g).squareRoot() / root],
      proof: .bracket(lower: found.lower, upper: found.upper), status: .maximum)
  }
}

extension Beta {
  /// Minka's Newton method on the mean logarithms of x and 1 - x.
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Beta> {
    let sample = try WeightedSample(values, weights, family: "beta")
    try sample.require("beta", "a number between 0 and 1") { $0 > 0 && $0 < 1 }
    if sample.isConstant { return .unbounded("the law concentrates at the only observed value") }
    let logs = [sample.mean { log($0) }, sample.mean { log1p(-$0) }]
    let found = try DirichletMoments(meanLogs: logs, family: "beta").solve()
    let law = try Beta(a: found.concentration[0], b: found.concentration[1])
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: standardErrors(law.fisherInformation, sample.total), proof: found.proof,
      status: .maximum)
  }
}

/// Square roots of the diagonal of the inverse information; empty when it is singular.
func standardErrors(_ information: Matrix, _ total: Double) -> [Double] {
  guard let factor = Cholesky(information) else { return [] }
  let inverse = factor.solve(columnsOf: .identity(information.rows))
  return (0..<information.rows).map { (inverse[$0, $0] / total).squareRoot() }
}
