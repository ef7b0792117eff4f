/// A law of maximal likelihood of any family.
struct ScalarFit {
  let law: (any ScalarLaw)?
  let standardErrors: [Double]
  let proof: FitProof
  let status: FitStatus

  init(_ fit: Fit<some ScalarLaw>) {
    law = fit.law
    standardErrors = fit.standardErrors
    proof = fit.proof
    status = fit.status
  }
}

extension ScalarFamily {
  /// Maximum likelihood by the fit of the family; nil where it has none for the parameters that are sought.
  func fit(
    _ values: [Double], weights: [Double], given: [Double?]
  ) throws(FamilyError) -> ScalarFit? {
    let isFree = given.allSatisfy { $0 == nil }
    switch (name, isFree) {
    case ("normal", true): return ScalarFit(try Normal.fit(values, weights: weights))
    case ("gamma", true): return ScalarFit(try Gamma.fit(values, weights: weights))
    case ("exponential", true): return ScalarFit(try Exponential.fit(values, weights: weights))
    case ("inverse_gamma", true): return ScalarFit(try InverseGamma.fit(values, weights: weights))
    case ("chi_squared_law", true): return ScalarFit(try ChiSquared.fit(values, weights: weights))
    case ("beta", true): return ScalarFit(try Beta.fit(values, weights: weights))
    case ("lognormal", true): return ScalarFit(try LogNormal.fit(values, weights: weights))
    case ("laplace", true): return ScalarFit(try Laplace.fit(values, weights: weights))
    case ("logistic", true): return ScalarFit(try Logistic.fit(values, weights: weights))
    case ("cauchy", true): return ScalarFit(try Cauchy.fit(values, weights: weights))
    case ("weibull", true): return ScalarFit(try Weibull.fit(values, weights: weights))
    case ("rayleigh", true): return ScalarFit(try Rayleigh.fit(values, weights: weights))
    case ("von_mises", true): return ScalarFit(try VonMises.fit(values, weights: weights))
    case ("inverse_gaussian", true): return ScalarFit(try InverseGaussian.fit(values, weights: weights))
    case ("uniform_law", true): return ScalarFit(try Uniform.fit(values, weights: weights))
    case ("bernoulli", true): return ScalarFit(try Bernoulli.fit(values, weights: weights))
    case ("poisson", true): return ScalarFit(try Poisson.fit(values, weights: weights))
    case ("geometric", true): return ScalarFit(try Geometric.fit(values, weights: weights))
    case ("negative_binomial", true): return ScalarFit(try NegativeBinomial.fit(values, weights: weights))
    case ("student", true): return ScalarFit(try StudentT.fit(values, weights: weights))
    case ("student", false):
      guard let degrees = given[0], given[1] == nil, given[2] == nil else { return nil }
      return ScalarFit(try StudentT.fit(values, weights: weights, degrees: degrees))
    case ("pareto", _):
      guard given[0] == nil else { return nil }
      return ScalarFit(try Pareto.fit(values, weights: weights, minimum: given[1]))
    case ("binomial", _):
      guard let trials = given[0], given[1] == nil else { return nil }
      return ScalarFit(try Binomial.fit(values, weights: weights, trials: trials))
    default: return nil
    }
  }
}
