import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Maximum likelihood for counts.
extension Bernoulli {
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Bernoulli> {
    let inner = try Binomial.fit(values, weights: weights, trials: 1, family: "bernoulli")
    let law = try Bernoulli(probability: inner.law?.probability ?? .nan)
    return Fit(
      law: law, logLikelihood: inner.logLikelihood, standardErrors: inner.standardErrors,
      proof: .closedForm, status: inner.status)
  }
}

extension Binomial {
  /// The success probability for known trials.
  public static func fit(
    _ values: [Double], weights: [Double]? = nil, trials: Double
  ) throws(FamilyError) -> Fit<Binomial> {
    try fit(values, weights: weights, trials: trials, family: "binomial")
  }

  static func fit(
    _ values: [Double], weights: [Double]?, trials: Double, family: String
  ) throws(FamilyError) -> Fit<Binomial> {
    let sample = try WeightedSample(values, weights, family: family)
    try Check(family).count(trials, "trials", from: 1)
    try sample.require(family, "a whole number from 0 to \(trials)") {
      $0.rounded() == $0 && $0 >= 0 && $0 <= trials
    }
    let p = min(1, max(0, sample.mean / trials))
    let law = try Binomial(trials: trials, probability: p)
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [(p * (1 - p) / trials / sample.total).squareRoot()],
      proof: .closedForm, status: p == 0 || p == 1 ? .boundary : .maximum)
  }
}

extension Poisson {
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Poisson> {
    let sample = try WeightedSample(values, weights, family: "poisson")
    try sample.require("poisson", "a whole number >= 0") { $0.rounded() == $0 && $0 >= 0 }
    let law = try Poisson(rate: max(0, sample.mean))
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [(law.rate / sample.total).squareRoot()],
      proof: .closedForm, status: law.rate == 0 ? .boundary : .maximum)
  }
}

extension Geometric {
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Geometric> {
    let sample = try WeightedSample(values, weights, family: "geometric")
    try sample.require("geometric", "a whole number >= 0") { $0.rounded() == $0 && $0 >= 0 }
    let law = try Geometric(success: 1 / (1 + max(0, sample.mean)))
    let p = law.success
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [p * ((1 - p) / sample.total).squareRoot()],
      proof: .closedForm, status: p == 1 ? .boundary : .maximum)
  }
}

extension NegativeBinomial {
  /// The probability in closed form; the number of successes as the root of its profile score
  ///
  ///     mean of psi(x + r) - psi(r)  +  log(r / (r + m))  =  0,
  ///
  /// which exists exactly when the variance exceeds the mean, and is the only one then. Source: B. Levin, J.
  /// Reeds, Ann. Statist. 5 (1977), doi:10.1214/aos/1176343742.
  public static func fit(
    _ values: [Double], weights: [Double]? = nil
  ) throws(FamilyError) -> Fit<NegativeBinomial> {
    let sample = try WeightedSample(values, weights, family: "negative binomial")
    try sample.require("negative binomial", "a whole number >= 0") { $0.rounded() == $0 && $0 >= 0 }
    let m = sample.mean
    let v = sample.mean { ($0 - m) * ($0 - m) }
    if v <= m {
      let limit = try Poisson.fit(values, weights: weights)
      return Fit(
        law: nil, logLikelihood: limit.logLikelihood, proof: .none,
        status: .unattained(reason: "the variance is not above the mean: the limit is a Poisson law"))
    }
    let found = MonotoneRoot.solve(from: 0, to: 1e9, start: m * m / (v - m)) { r in
      // psi(x + r) - psi(r) as a sum of reciprocals where x is small.
      let rise = sample.mean { x in
        if x <= 200 { return stride(from: 0, to: x, by: 1).reduce(0) { $0 + 1 / (r + $1) } }
        return log1p(x / r) + Settled.logMinusDigamma(r) - Settled.logMinusDigamma(x + r)
      }
      return log1p(m / r) - rise
    }
    let r = found.root
    let law = try NegativeBinomial(successes: r, probability: r / (r + m))
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      proof: .bracket(lower: found.lower, upper: found.upper), status: .maximum)
  }
}

extension CategoricalLaw {
  /// Frequencies of the indices 0 ..< outcomes.
  public static func fit(
    _ values: [Double], weights: [Double]? = nil, outcomes: Int
  ) throws(FamilyError) -> Fit<CategoricalLaw> {
    let sample = try WeightedSample(values, weights, family: "categorical")
    let top = Double(outcomes) - 1
    try sample.require("categorical", "a whole number from 0 to \(outcomes - 1)") {
      $0.rounded() == $0 && $0 >= 0 && $0 <= top
    }
    var counts = [Double](repeating: 0, count: max(1, outcomes))
    for (x, w) in zip(sample.values, sample.weights) where w > 0 {
      if let i = Int(exactly: x) { counts[i] += w / sample.total }
    }
    let law = try CategoricalLaw(probabilities: counts)
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: law.probabilities.map { ($0 * (1 - $0) / sample.total).squareRoot() },
      proof: .closedForm, status: law.probabilities.contains(0) ? .boundary : .maximum)
  }
}
