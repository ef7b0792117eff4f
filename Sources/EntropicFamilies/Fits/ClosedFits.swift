import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Maximum likelihood for location and scale families with closed forms. Standard errors are in the order of
// the parameters of the initialiser.
extension Normal {
  /// Mean and variance of the sample. One distinct observation: unbounded as the variance goes to 0.
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Normal> {
    let sample = try WeightedSample(values, weights, family: "normal")
    if sample.isConstant { return .unbounded("the variance goes to 0 around the only observed value") }
    let m = sample.mean
    let law = try Normal(mean: m, variance: sample.mean { ($0 - m) * ($0 - m) })
    let v = law.variance
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [(v / sample.total).squareRoot(), v * (2 / sample.total).squareRoot()],
      proof: .closedForm, status: .maximum)
  }
}

extension Fit {
  /// The likelihood grows without bound.
  static func unbounded(_ reason: String) -> Fit {
    Fit(law: nil, logLikelihood: .infinity, proof: .closedForm, status: .unbounded(reason: reason))
  }
}

extension LogNormal {
  /// The normal fit of the logarithms.
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<LogNormal> {
    let sample = try WeightedSample(values, weights, family: "lognormal")
    try sample.require("lognormal", "a positive number") { $0 > 0 }
    let inner = try Normal.fit(values.map { $0 > 0 ? log($0) : 0 }, weights: weights)
    guard let y = inner.law else { return .unbounded("sigma goes to 0 around the only observed value") }
    let law = try LogNormal(mu: y.mean, sigma: y.variance.squareRoot())
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [law.sigma / sample.total.squareRoot(), law.sigma / (2 * sample.total).squareRoot()],
      proof: .closedForm, status: .maximum)
  }
}

extension Laplace {
  /// A weighted median and the mean absolute deviation from it.
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Laplace> {
    let sample = try WeightedSample(values, weights, family: "laplace")
    if sample.isConstant { return .unbounded("the scale goes to 0 around the only observed value") }
    let law = try EmpiricalLaw(values: values, weights: weights)
    let (low, high) = (law.quantile(0.5), law.upperQuantile(0.5))
    let center = low + (high - low) / 2
    let best = try Laplace(location: center, scale: sample.mean { abs($0 - center) })
    let error = best.scale / sample.total.squareRoot()
    return Fit(
      law: best, logLikelihood: sample.logLikelihood(best), standardErrors: [error, error],
      proof: .closedForm, status: .maximum)
  }
}

extension Uniform {
  /// The range of the sample. One distinct observation: unbounded.
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Uniform> {
    let sample = try WeightedSample(values, weights, family: "uniform")
    if sample.isConstant { return .unbounded("the width goes to 0 around the only observed value") }
    let ends = sample.range
    let law = try Uniform(lower: ends.lower, upper: ends.upper)
    return Fit(law: law, logLikelihood: sample.logLikelihood(law), proof: .closedForm, status: .boundary)
  }
}

extension InverseGaussian {
  /// The mean, and `1 / shape = mean of (x - m)^2 / (m^2 x)`.
  public static func fit(
    _ values: [Double], weights: [Double]? = nil
  ) throws(FamilyError) -> Fit<InverseGaussian> {
    let sample = try WeightedSample(values, weights, family: "inverse gaussian")
    try sample.require("inverse gaussian", "a positive number") { $0 > 0 }
    if sample.isConstant { return .unbounded("the shape goes to infinity at the only observed value") }
    let m = sample.mean
    let law = try InverseGaussian(
      mean: m, shape: 1 / sample.mean { ($0 - m) / m * (($0 - m) / m) / $0 })
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [
        (law.variance / sample.total).squareRoot(), law.shape * (2 / sample.total).squareRoot(),
      ],
      proof: .closedForm, status: .maximum)
  }
}

extension Pareto {
  /// The least observation, or a known minimum; `1 / shape = mean of log(x / minimum)`.
  public static func fit(
    _ values: [Double], weights: [Double]? = nil, minimum: Double? = nil
  ) throws(FamilyError) -> Fit<Pareto> {
    let sample = try WeightedSample(values, weights, family: "pareto")
    let m = minimum ?? sample.range.lower
    try sample.require("pareto", "a number of at least the minimum") { $0 > 0 && $0 >= m }
    let ratio = sample.mean { $0 < 2 * m ? log1p(($0 - m) / m) : log($0 / m) }
    if ratio <= 0 { return .unbounded("the shape goes to infinity at the only observed value") }
    let law = try Pareto(shape: 1 / ratio, minimum: m)
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: minimum == nil ? [] : [law.shape / sample.total.squareRoot()],
      proof: .closedForm, status: minimum == nil ? .boundary : .maximum)
  }
}

extension Rayleigh {
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Rayleigh> {
    let sample = try WeightedSample(values, weights, family: "rayleigh")
    try sample.require("rayleigh", "a positive number") { $0 > 0 }
    let law = try Rayleigh(scale: (sample.mean { $0 * $0 } / 2).squareRoot())
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [law.scale / (2 * sample.total.squareRoot())], proof: .closedForm, status: .maximum)
  }
}

extension Exponential {
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Exponential>
  {
    let sample = try WeightedSample(values, weights, family: "exponential")
    try sample.require("exponential", "a number >= 0") { $0 >= 0 }
    let m = sample.mean
    if m <= 0 { return .unbounded("the rate goes to infinity: every observation is 0") }
    let law = try Exponential(rate: 1 / m)
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [law.rate / sample.total.squareRoot()], proof: .closedForm, status: .maximum)
  }
}
