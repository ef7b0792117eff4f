import EntropicFamilies
import EntropicNumerics
import Foundation
import Testing

/// One law of every family on numbers, by name.
enum LawExamples {
  static let names = continuous + counting + ["empirical"]

  static let continuous = [
    "exponential", "gamma", "inverse gamma", "chi-squared", "beta", "normal", "lognormal", "laplace",
    "logistic", "student t", "cauchy", "weibull", "pareto", "rayleigh", "von mises", "inverse gaussian",
    "uniform", "truncated normal", "mixture",
  ]
  static let counting = ["bernoulli", "binomial", "categorical", "poisson", "geometric", "negative binomial"]

  static func law(_ name: String) throws -> any ScalarLaw {
    if let law = try exponentialFamily(name) as? any ScalarLaw { return law }
    switch name {
    case "logistic": return try Logistic(location: -1, scale: 2)
    case "student t": return try StudentT(degrees: 5.5, location: 1, scale: 2)
    case "cauchy": return try Cauchy(location: -1, scale: 0.5)
    case "uniform": return try Uniform(lower: 0.25, upper: 0.75)
    case "truncated normal": return try TruncatedNormal(mean: 0, variance: 1, lower: -0.5, upper: 2)
    case "mixture":
      return try ScalarMixture(
        [Normal(mean: -1, variance: 0.25), Normal(mean: 2, variance: 1)], weights: [0.25, 0.75])
    case "empirical": return try EmpiricalLaw(values: [3, 1, 1.5, 2, -4], weights: [1, 1, 2, 0.5, 3])
    default: throw Unknown(name: name)
    }
  }

  struct Unknown: Error { let name: String }

  /// The exponential families among them; nil for the others.
  static func exponentialFamily(_ name: String) throws -> (any ExponentialFamily)? {
    switch name {
    case "exponential": return try Exponential(rate: 0.75)
    case "gamma": return try Gamma(shape: 2.5, rate: 0.75)
    case "inverse gamma": return try InverseGamma(shape: 4.5, scale: 2)
    case "chi-squared": return try ChiSquared(degrees: 7)
    case "beta": return try Beta(a: 2, b: 3.5)
    case "normal": return try Normal(mean: 0.5, variance: 2.25)
    case "lognormal": return try LogNormal(mu: 0.25, sigma: 0.5)
    case "laplace": return try Laplace(location: 1, scale: 0.5)
    case "weibull": return try Weibull(shape: 1.7, scale: 2)
    case "pareto": return try Pareto(shape: 3.5, minimum: 1.25)
    case "rayleigh": return try Rayleigh(scale: 3)
    case "von mises": return try VonMises(location: 0.5, concentration: 1.5)
    case "inverse gaussian": return try InverseGaussian(mean: 1.5, shape: 2)
    case "bernoulli": return try Bernoulli(probability: 0.3)
    case "binomial": return try Binomial(trials: 40, probability: 0.3)
    case "categorical": return try CategoricalLaw(probabilities: [0.2, 0.3, 0.5])
    case "poisson": return try Poisson(rate: 2.5)
    case "geometric": return try Geometric(success: 0.4)
    case "negative binomial": return try NegativeBinomial(successes: 2.5, probability: 0.4)
    default: return nil
    }
  }
}
