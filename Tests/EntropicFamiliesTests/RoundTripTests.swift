import EntropicFamilies
import EntropicNumerics
import EntropicSpecialFunctions
import Foundation
import Testing

/// Natural to mean and back over twelve decades, proximal steps and barycenters.
@Suite("parameter maps of exponential families") struct RoundTripTests {
  /// Laws with one parameter at `t`, the others fixed.
  private static func laws(_ t: Double) throws -> [any ExponentialFamily] {
    let s = Matrix(rows: 2, columns: 2, elements: [2 * t, 0.6 * t, 0.6 * t, 0.5 * t])
    let small = t / (1 + t)
    return [
      try Normal(mean: 1, variance: t), try Normal(mean: t, variance: 1), try LogNormal(mu: 1, sigma: t),
      try Exponential(rate: t), try Gamma(shape: t, rate: 2), try Gamma(shape: 3, rate: t),
      try InverseGamma(shape: t, scale: 2), try ChiSquared(degrees: t), try Laplace(location: 1, scale: t),
      try Weibull(shape: 1.5, scale: t), try Rayleigh(scale: t), try Pareto(shape: t, minimum: 1.25),
      try InverseGaussian(mean: 1, shape: t), try VonMises(location: 0.5, concentration: t),
      try VonMisesFisher(direction: [1, 2, 2], concentration: t),
      try Bernoulli(probability: small), try Bernoulli(probability: 1 - small, failure: small),
      try Binomial(trials: 40, probability: small),
      try Binomial(trials: 40, probability: 1 - small, failure: small), try Poisson(rate: t),
      try Geometric(success: small), try Geometric(success: 1 - small, failure: small),
      try NegativeBinomial(successes: 2.5, probability: small),
      try NegativeBinomial(successes: 2.5, probability: 1 - small, failure: small),
      try CategoricalLaw(probabilities: [small / 2, small / 2, 1 - small]),
      try Multinomial(trials: 9, probabilities: [small / 2, small / 2, 1 - small]),
      try MultivariateNormal(mean: [1, 2], covariance: .full(s)),
      try MultivariateNormal(mean: [1, 2], covariance: .diagonal([t, 2])),
      try MultivariateNormal(mean: [1, 2], covariance: .isotropic(t, dimension: 2)),
      try Wishart(degrees: 1.5 + t, scale: s),
    ]
  }

  @Test("natural to mean to natural", arguments: Array(-6...6))
  func trips(power: Int) throws {
    let t = 1.37 * pow(10, Double(power))
    func check<F: ExponentialFamily>(_ law: F) throws {
      let theta = law.naturalParameters
      let size = theta.reduce(0) { max($0, abs($1)) }
      let direct = try law.with(natural: theta)
      let conditioned = try direct.with(conditionedMeans: direct.conditionedMeans)
      for (a, b) in zip(direct.conditionedMeans, conditioned.conditionedMeans) {
        #expect(abs(a - b) <= 1e-12 * max(abs(a), 1e-290), "\(law) conditioned: \(a), \(b)")
      }
      for (a, b) in zip(theta, conditioned.naturalParameters) {
        #expect(abs(a - b) <= 1e-12 * size, "\(law) conditioned natural: \(a), \(b)")
      }
      // Plain mean parameters: eight units times the condition of the inverse mean map in each coordinate.
      let mu = law.meanParameters
      guard let factor = Cholesky(law.fisherInformation) else { return }
      let inverse = factor.solve(columnsOf: .identity(mu.count))
      guard let back = try? law.with(mean: mu).naturalParameters else {
        // Only where rounding may have moved the moments out of the family.
        let loss = (0..<mu.count).map { i in abs(mu[i]) / law.fisherInformation[i, i].squareRoot() }
        #expect((loss.max() ?? 0) > 1e6, "\(law)")
        return
      }
      for i in theta.indices {
        let condition = mu.indices.reduce(0) { $0 + abs(inverse[i, $1] * mu[$1]) }
        let spread = 8 * Double.ulpOfOne * (condition + 8 * size)
        #expect(
          abs(theta[i] - back[i]) <= max(spread, 1e-12 * abs(theta[i])), "\(law): \(theta[i]), \(back[i])")
      }
    }
    for law in try Self.laws(t) { try check(law) }
  }

  /// The mean parameters are differences of two digammas: the condition counts the rounding of either.
  @Test("Dirichlet and beta laws", arguments: Array(-6...6))
  func simplexes(power: Int) throws {
    let t = 1.37 * pow(10, Double(power))
    func check<F: ExponentialFamily>(_ law: F) throws {
      let (theta, mu) = (law.naturalParameters, law.meanParameters)
      let inverse = try #require(Cholesky(law.fisherInformation)).solve(columnsOf: .identity(mu.count))
      let back = try law.with(mean: mu).naturalParameters
      let whole = abs(try Special.digamma(theta.reduce(0, +)))
      let sizes = try theta.map { abs(try Special.digamma($0)) + whole }
      for i in theta.indices {
        let condition = mu.indices.reduce(0) { $0 + abs(inverse[i, $1]) * max(abs(mu[$1]), sizes[$1]) }
        let slack = max(8 * Double.ulpOfOne * condition, 1e-12 * theta[i])
        #expect(abs(theta[i] - back[i]) <= slack, "\(law) \(theta[i]), \(back[i])")
      }
    }
    try check(Dirichlet(concentration: [t, 2 * t, 3 * t]))
    try check(Beta(a: t, b: 3 * t))
    try check(Beta(a: 2, b: t))
  }

  // MARK: Proximal steps

  /// Prior plus statistics is the posterior: one KL-proximal step with step 1, whatever the start.
  @Test func conjugateProblemsTakeOneStep() throws {
    let counts = [3.0, 0, 2, 5]
    let gamma = try Gamma(shape: 1e-3, rate: 70).proximalStep(towards: [2.5 + 10, -(1.5 + 4)])
    #expect(gamma == (try Gamma(shape: 12.5, rate: 5.5)))
    // The evidence of the counts is the same at every point of the posterior.
    let prior = try Gamma(shape: 2.5, rate: 1.5)
    for rate in [0.4, 2.0, 9] {
      let likelihood = try counts.reduce(0) { try $0 + Poisson(rate: rate).logDensity($1) }
      let evidence = prior.logDensity(rate) + likelihood - gamma.logDensity(rate)
      #expect(abs(evidence + 9.1184221338164241) < 1e-12, "\(evidence)")
    }
    let beta = try Beta(a: 1, b: 1).proximalStep(towards: [2 + 7, 3 + 5])
    #expect(beta == (try Beta(a: 9, b: 8)))
    let simplex = try Dirichlet(concentration: [1, 1, 1]).proximalStep(towards: [1.5, 4, 2.5])
    #expect(simplex == (try Dirichlet(concentration: [1.5, 4, 2.5])))
    // A mean with known variance: precisions add, means are weighted by them.
    let start = try Normal(mean: -40, variance: 1e-4)
    let normal = try start.proximalStep(towards: [1 / 4.0 + 7 / 0.5, -0.5 * (1 / 4.0 + 3 / 0.5)])
    #expect(abs(normal.variance - 0.16) < 1e-16 && abs(normal.mean - 2.28) < 1e-15)
    let precision = Matrix(rows: 2, columns: 2, elements: [2, 0.5, 0.5, 1])
    let target = try Wishart(degrees: 9, scale: precision).naturalParameters
    let wishart = try Wishart(degrees: 3, scale: .identity(2)).proximalStep(towards: target)
    #expect(abs(wishart.degrees - 9) < 1e-14 && abs(wishart.scale[0, 1] - 0.5) < 1e-15)
  }

  /// Shorter steps minimise what the documentation says: perturbed laws are worse.
  @Test func shorterStepsAreProximal() throws {
    let (p, t) = (try Gamma(shape: 2, rate: 3), try Gamma(shape: 5, rate: 1))
    let q = try p.proximalStep(towards: t.naturalParameters, step: 0.25)
    func objective(_ law: Gamma) -> Double {
      law.divergence(to: t).value + 3 * law.divergence(to: p).value
    }
    let best = objective(q)
    for (a, b) in [(1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3)] {
      #expect(objective(try Gamma(shape: q.shape + a, rate: q.rate + b)) > best)
    }
    #expect(throws: FamilyError.self) { try p.proximalStep(towards: [1, -1], step: 0) }
    #expect(throws: FamilyError.self) { try p.proximalStep(towards: [1]) }
  }

  // MARK: Barycenters

  @Test func barycenters() throws {
    let laws = [try Gamma(shape: 2, rate: 3), try Gamma(shape: 7, rate: 1), try Gamma(shape: 0.5, rate: 0.5)]
    let w = [0.5, 0.2, 0.3]
    let reverse = try KLBarycenter.logarithmicPool(laws, weights: w)
    #expect(abs(reverse.law.shape - 2.55) < 1e-14 && abs(reverse.law.rate - 1.85) < 1e-14)
    let forward = try KLBarycenter.linearPool(laws, weights: w)
    // Moment matching: E x and E log x of the mixture.
    let mean = zip(laws, w).reduce(0) { $0 + $1.1 * $1.0.mean }
    #expect(abs(forward.law.mean - mean) < 1e-14)
    func away(_ q: Gamma) -> Double { zip(laws, w).reduce(0) { $0 + $1.1 * $1.0.divergence(to: q).value } }
    func towards(_ q: Gamma) -> Double { zip(laws, w).reduce(0) { $0 + $1.1 * q.divergence(to: $1.0).value } }
    #expect(agree(forward.value.value, away(forward.law), 1e-14))
    #expect(agree(reverse.value.value, towards(reverse.law), 1e-14))
    for (a, b) in [(1.01, 1.0), (0.99, 1.0), (1.0, 1.01), (1.0, 0.99)] {
      let f = try Gamma(shape: a * forward.law.shape, rate: b * forward.law.rate)
      let r = try Gamma(shape: a * reverse.law.shape, rate: b * reverse.law.rate)
      #expect(away(f) > forward.value.value && towards(r) > reverse.value.value)
    }
    // Far from 0 the variance of the pool keeps its digits: 1 + 1/4.
    let pair = [try Normal(mean: 1e8, variance: 1), try Normal(mean: 1e8 + 1, variance: 1)]
    let pool = try KLBarycenter.linearPool(pair, weights: [0.5, 0.5])
    #expect(pool.law.variance == 1.25 && pool.law.mean == 1e8 + 0.5)
    #expect(agree(pool.value.value, 0.5 * log(1.25), 1e-14))
    let plane = try [0.0, 2].map {
      try MultivariateNormal(mean: [$0, 1], covariance: .full(.diagonal([1, 3])))
    }
    let both = try KLBarycenter.linearPool(plane, weights: [0.5, 0.5]).law.covariance.matrix
    #expect(both[0, 0] == 2 && both[1, 1] == 3 && both[0, 1] == 0)
    #expect(throws: FamilyError.self) {
      try KLBarycenter.logarithmicPool(
        [Binomial(trials: 3, probability: 0.5), Binomial(trials: 4, probability: 0.5)], weights: [0.5, 0.5])
    }
    #expect(throws: FamilyError.self) { try KLBarycenter.linearPool([Gamma](), weights: []) }
  }
}
