import EntropicFamilies
import EntropicNumerics
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("Fits and projections")
struct FitTests {
  @Test("moment projections of the table")
  func projections() throws {
    let binomial = try ReferenceCase("mpr-binomial")
    let law = try EmpiricalLaw(values: [0, 1, 2, 3, 4], weights: [0.3, 0.1, 0.1, 0.2, 0.3])
    let b = try Binomial(trials: 4, probability: 0.5).projecting(law)
    #expect(binomial.accepts(b.divergence.value) && binomial.accepts(b.law.probability, "theta"), "\(b)")

    let product = try ReferenceCase("mpr-product")
    let joint = [0.2, 0.1, 0.05, 0.05, 0.25, 0.35]
    let (rows, columns) = ([0.35, 0.65], [0.25, 0.35, 0.4])
    let independent = rows.flatMap { r in columns.map { r * $0 } }
    let d = try CategoricalLaw(probabilities: joint).divergence(
      to: CategoricalLaw(probabilities: independent))
    #expect(product.accepts(d.value))

    let mixture = try ReferenceCase("par-normal-from-mixture")
    let m = try ScalarMixture(
      [Normal(mean: -1, variance: 0.25), Normal(mean: 2, variance: 1)], weights: [0.3, 0.7])
    let n = try Normal.standard.projecting(m)
    #expect(mixture.accepts(n.divergence.value), "\(n)")
    #expect(mixture.accepts(n.law.mean, "mean") && mixture.accepts(n.law.variance, "variance"))

    let laplace = try ReferenceCase("par-normal-from-laplace")
    let l = try Normal.standard.projecting(Laplace(location: 1, scale: 0.5))
    #expect(laplace.accepts(l.divergence.value) && laplace.accepts(l.law.variance, "variance"))

    let lognormal = try ReferenceCase("par-gamma-from-lognormal")
    let g = try Gamma(shape: 1, rate: 1).projecting(LogNormal(mu: 0.25, sigma: 0.5))
    #expect(lognormal.accepts(g.divergence.value), "\(g)")
    #expect(lognormal.accepts(g.law.shape, "shape") && lognormal.accepts(g.law.rate, "rate"))

    let uniform = try ReferenceCase("par-beta-from-uniform")
    let u = try Beta(a: 1, b: 1).projecting(Uniform(lower: 0.2, upper: 0.9))
    #expect(uniform.accepts(u.divergence.value), "\(u)")
    #expect(uniform.accepts(u.law.a, "a") && uniform.accepts(u.law.b, "b"), "\(u)")

    let geometric = try ReferenceCase("par-poisson-from-geometric")
    let p = try Poisson(rate: 1).projecting(Geometric(success: 0.4))
    #expect(geometric.accepts(p.divergence.value) && geometric.accepts(p.law.rate, "rate"), "\(p)")

    let circle = try ReferenceCase("par-vonmises-from-wrapped-normal")
    let v = try VonMises(location: 0, concentration: 1).projecting(WrappedNormal(variance: 1))
    #expect(circle.accepts(v.divergence.value), "\(v)")
    #expect(circle.accepts(v.law.concentration, "kappa"))
  }

  @Test("a law without the moments has no projection")
  func noProjection() throws {
    #expect(throws: FamilyError.self) { try Normal.standard.projecting(Cauchy(location: 0, scale: 1)) }
    #expect(throws: FamilyError.self) {
      try Exponential(rate: 1).projecting(Pareto(shape: 0.5, minimum: 1))
    }
  }

  @Test("maximum likelihood of the table")
  func table() throws {
    let gamma = try ReferenceCase("par-gamma-mle")
    let g = try Gamma.fit([1.2, 0.4, 3.1, 2.2, 0.9, 1.7])
    #expect(gamma.accepts(g.logLikelihood) && g.status == .maximum)
    let law = try #require(g.law)
    #expect(gamma.accepts(law.shape, "shape") && gamma.accepts(law.rate, "rate"))
    if case .bracket(let lower, let upper) = g.proof {
      #expect(lower < law.shape && law.shape < upper)
    } else {
      Issue.record("no bracket")
    }

    let dirichlet = try ReferenceCase("par-dirichlet-mle")
    let d = try Dirichlet.fit(meanLogs: [-1.5, -1.25, -1])
    #expect(dirichlet.accepts(d.logLikelihood))
    let found = try #require(d.law)
    for (i, a) in found.concentration.enumerated() {
      #expect(dirichlet.accepts(a, "a\(i + 1)"))
    }
    if case .newtonBall(let decrement) = d.proof {
      #expect(decrement < 1e-12)
    } else {
      Issue.record("no ball")
    }

    let pareto = try ReferenceCase("par-pareto-mle")
    let p = try Pareto.fit([1.5, 2, 4, 1.25], minimum: 1.25)
    let alpha = try #require(p.law).shape
    #expect(pareto.accepts(p.logLikelihood) && pareto.accepts(alpha, "alpha"))

    let one = try Normal.fit([3])
    #expect(one.law == nil && one.logLikelihood == .infinity)
    if case .unbounded = one.status {} else { Issue.record("bounded") }
  }

  @Test("divergences of the table")
  func divergences() throws {
    let normal = try Normal(mean: 0.5, variance: 2.25).divergence(to: Normal(mean: -1, variance: 4))
    let table = try ["kl-normal", "kl-gamma", "kl-beta", "kl-poisson"].map { try ReferenceCase($0) }
    #expect(table[0].accepts(normal.value))
    let gamma = try Gamma(shape: 2.5, rate: 1.25).divergence(to: Gamma(shape: 4, rate: 0.5))
    #expect(table[1].accepts(gamma.value))
    let beta = try Beta(a: 2, b: 3.5).divergence(to: Beta(a: 1.5, b: 1))
    #expect(table[2].accepts(beta.value))
    let poisson = try Poisson(rate: 1e-8).divergence(to: Poisson(rate: 50))
    #expect(table[3].accepts(poisson.value))
  }

  /// No law of a star of neighbours is more likely; a fit on a million-fold weight has the same parameters.
  private func isMaximal<L: ScalarLaw>(
    _ fit: Fit<L>, _ values: [Double], _ neighbours: [L], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let total = fit.law.map { law in values.reduce(0) { $0 + law.logDensity($1) } } ?? .nan
    #expect(agree(total, fit.logLikelihood, 1e-12), "\(total) \(fit)", sourceLocation: sourceLocation)
    for law in neighbours {
      let other = values.reduce(0) { $0 + law.logDensity($1) }
      #expect(
        other <= fit.logLikelihood + 1e-12 * abs(total), "\(law) beats \(fit)", sourceLocation: sourceLocation
      )
    }
  }

  @Test("no neighbour is more likely")
  func neighbours() throws {
    let x = [1.2, 0.4, 3.1, 2.2, 0.9, 1.7]
    let steps = [-0.02, -1e-4, 1e-4, 0.02]
    func star<L>(_ make: (Double, Double) throws -> L) throws -> [L] {
      try steps.flatMap { s in try [make(1 + s, 1), make(1, 1 + s), make(1 + s, 1 - s), make(1 + s, 1 + s)] }
    }
    let normal = try Normal.fit(x)
    let n = try #require(normal.law)
    isMaximal(normal, x, try star { try Normal(mean: n.mean * $0, variance: n.variance * $1) })
    let lognormal = try LogNormal.fit(x)
    let ln = try #require(lognormal.law)
    isMaximal(lognormal, x, try star { try LogNormal(mu: ln.mu * $0, sigma: ln.sigma * $1) })
    let gamma = try Gamma.fit(x)
    let g = try #require(gamma.law)
    isMaximal(gamma, x, try star { try Gamma(shape: g.shape * $0, rate: g.rate * $1) })
    let inverse = try InverseGamma.fit(x)
    let ig = try #require(inverse.law)
    isMaximal(inverse, x, try star { try InverseGamma(shape: ig.shape * $0, scale: ig.scale * $1) })
    let weibull = try Weibull.fit(x)
    let w = try #require(weibull.law)
    isMaximal(weibull, x, try star { try Weibull(shape: w.shape * $0, scale: w.scale * $1) })
    let gaussian = try InverseGaussian.fit(x)
    let i = try #require(gaussian.law)
    isMaximal(gaussian, x, try star { try InverseGaussian(mean: i.mean * $0, shape: i.shape * $1) })
    let laplace = try Laplace.fit(x)
    let l = try #require(laplace.law)
    isMaximal(laplace, x, try star { try Laplace(location: l.location * $0, scale: l.scale * $1) })
    let logistic = try Logistic.fit(x)
    let lo = try #require(logistic.law)
    #expect(logistic.status == .maximum)
    isMaximal(logistic, x, try star { try Logistic(location: lo.location * $0, scale: lo.scale * $1) })
    let cauchy = try Cauchy.fit(x)
    let c = try #require(cauchy.law)
    isMaximal(cauchy, x, try star { try Cauchy(location: c.location * $0, scale: c.scale * $1) })
    let student = try StudentT.fit(x, degrees: 3)
    let t = try #require(student.law)
    isMaximal(
      student, x, try star { try StudentT(degrees: 3, location: t.location * $0, scale: t.scale * $1) })
    let y = [0.1, 0.3, 0.35, 0.7, 0.55]
    let beta = try Beta.fit(y)
    let b = try #require(beta.law)
    isMaximal(beta, y, try star { try Beta(a: b.a * $0, b: b.b * $1) })
    let angles = [0.1, 0.9, -0.4, 1.8, 0.3, -2.9]
    let mises = try VonMises.fit(angles)
    let v = try #require(mises.law)
    isMaximal(
      mises, angles, try star { try VonMises(location: v.location * $0, concentration: v.concentration * $1) }
    )
    let chi = try ChiSquared.fit(x)
    let ch = try #require(chi.law)
    isMaximal(chi, x, try steps.map { try ChiSquared(degrees: ch.degrees * (1 + $0)) })
    let rayleigh = try Rayleigh.fit(x)
    let ra = try #require(rayleigh.law)
    isMaximal(rayleigh, x, try steps.map { try Rayleigh(scale: ra.scale * (1 + $0)) })
    let exponential = try Exponential.fit(x)
    let e = try #require(exponential.law)
    isMaximal(exponential, x, try steps.map { try Exponential(rate: e.rate * (1 + $0)) })
    let counts = [0.0, 1, 4, 9, 2, 2, 0, 17]
    let negative = try NegativeBinomial.fit(counts)
    let nb = try #require(negative.law)
    isMaximal(
      negative, counts,
      try star { try NegativeBinomial(successes: nb.successes * $0, probability: nb.probability * $1) })
    let poisson = try Poisson.fit(counts)
    let po = try #require(poisson.law)
    isMaximal(poisson, counts, try steps.map { try Poisson(rate: po.rate * (1 + $0)) })
    let geometric = try Geometric.fit(counts)
    let ge = try #require(geometric.law)
    isMaximal(geometric, counts, try steps.map { try Geometric(success: ge.success * (1 + $0)) })
  }

  @Test("weights count observations")
  func weights() throws {
    let repeated = try Gamma.fit([1.2, 1.2, 0.4, 3.1, 3.1, 3.1])
    let weighted = try Gamma.fit([1.2, 0.4, 3.1, 9], weights: [2, 1, 3, 0])
    let (one, two) = (try #require(repeated.law), try #require(weighted.law))
    #expect(agree(one.shape, two.shape, 1e-14))
    #expect(agree(repeated.logLikelihood, weighted.logLikelihood, 1e-13))
    #expect(throws: FamilyError.self) { try Gamma.fit([1, 2], weights: [1, -1]) }
    #expect(throws: FamilyError.self) { try Gamma.fit([1, 2], weights: [1]) }
    #expect(throws: FamilyError.self) { try Gamma.fit([1, -2]) }
    #expect(throws: FamilyError.self) { try Gamma.fit([]) }
    #expect(throws: FamilyError.self) { try Beta.fit([0.5, 1.5]) }
    #expect(throws: FamilyError.self) { try Poisson.fit([0.5]) }
  }

  @Test("unbounded and unattained likelihoods say so")
  func degenerate() throws {
    func isUnbounded<L>(_ fit: Fit<L>) -> Bool {
      if case .unbounded = fit.status { return fit.law == nil && fit.logLikelihood == .infinity }
      return false
    }
    let x = [2.0, 2, 2]
    #expect(isUnbounded(try Normal.fit(x)))
    #expect(isUnbounded(try LogNormal.fit(x)))
    #expect(isUnbounded(try Gamma.fit(x)))
    #expect(isUnbounded(try InverseGamma.fit(x)))
    #expect(isUnbounded(try Weibull.fit(x)))
    #expect(isUnbounded(try Laplace.fit(x)))
    #expect(isUnbounded(try Logistic.fit(x)))
    #expect(isUnbounded(try Cauchy.fit(x)))
    #expect(isUnbounded(try InverseGaussian.fit(x)))
    #expect(isUnbounded(try Pareto.fit(x)))
    #expect(isUnbounded(try Exponential.fit([0, 0])))
    #expect(isUnbounded(try Uniform.fit(x)))
    #expect(isUnbounded(try MultivariateNormal.fit([[1, 2], [2, 4], [3, 6]])))
    let even = try NegativeBinomial.fit([2, 2, 3, 3])
    if case .unattained = even.status { #expect(even.law == nil) } else { Issue.record("attained") }
    #expect(try Bernoulli.fit([1, 1]).status == .boundary)
    #expect(try Poisson.fit([0, 0]).status == .boundary)
  }

  @Test("fits of large seeded samples lie within five standard errors of the truth")
  func consistency() throws {
    func near(_ found: Double, _ truth: Double, _ error: Double?) -> Bool {
      guard let error, error > 0 else { return false }
      return abs(found - truth) < 5 * error
    }
    let gamma = try Gamma.fit(Gamma(shape: 2.5, rate: 0.75).samples(20_000, seed: 11))
    #expect(near(gamma.law?.shape ?? .nan, 2.5, gamma.standardErrors.first))
    #expect(near(gamma.law?.rate ?? .nan, 0.75, gamma.standardErrors.last))
    let weibull = try Weibull.fit(Weibull(shape: 1.7, scale: 2).samples(20_000, seed: 12))
    #expect(near(weibull.law?.shape ?? .nan, 1.7, weibull.standardErrors.first))
    #expect(near(weibull.law?.scale ?? .nan, 2, weibull.standardErrors.last))
    let logistic = try Logistic.fit(Logistic(location: -1, scale: 2).samples(20_000, seed: 13))
    #expect(near(logistic.law?.location ?? .nan, -1, logistic.standardErrors.first))
    #expect(near(logistic.law?.scale ?? .nan, 2, logistic.standardErrors.last))
    let cauchy = try Cauchy.fit(Cauchy(location: -1, scale: 2).samples(5_000, seed: 14))
    #expect(near(cauchy.law?.location ?? .nan, -1, cauchy.standardErrors.first))
    #expect(near(cauchy.law?.scale ?? .nan, 2, cauchy.standardErrors.last))
    let mises = try VonMises.fit(VonMises(location: 0.5, concentration: 1.5).samples(20_000, seed: 15))
    #expect(near(mises.law?.location ?? .nan, 0.5, mises.standardErrors.first))
    #expect(near(mises.law?.concentration ?? .nan, 1.5, mises.standardErrors.last))
    let truth = [0.5, 2, 3.5]
    let dirichlet = try Dirichlet.fit(Dirichlet(concentration: truth).samples(20_000, seed: 16))
    for i in 0..<3 {
      #expect(near(dirichlet.law?.concentration[i] ?? .nan, truth[i], dirichlet.standardErrors[i]))
    }
    let fisher = try VonMisesFisher(direction: [0, 0.6, 0.8], concentration: 12)
    let sphere = try #require(VonMisesFisher.fit(fisher.samples(20_000, seed: 17)).law)
    #expect(abs(sphere.concentration - 12) < 0.5 && abs(sphere.direction[2] - 0.8) < 0.02)
    let student = try StudentT(degrees: 4, location: 1, scale: 2)
    let t = try #require(StudentT.fit(student.samples(2_000, seed: 18)).law)
    #expect(abs(t.degrees - 4) < 1.5 && abs(t.location - 1) < 0.3 && abs(t.scale - 2) < 0.3)
    let normal = try MultivariateNormal(
      mean: [1, 2], covariance: .full(Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])))
    let fitted = try MultivariateNormal.fit(normal.samples(20_000, seed: 19))
    #expect(near(fitted.law?.mean[0] ?? .nan, 1, fitted.standardErrors[0]))
    #expect(near(fitted.law?.mean[1] ?? .nan, 2, fitted.standardErrors[1]))
  }

  @Test("counts of several indices, and matrices")
  func multinomialAndWishart() throws {
    let counts = try Multinomial.fit([[1, 2, 3], [3, 0, 3]], weights: [1, 3])
    let shares = try #require(counts.law).probabilities
    let wanted = [10.0 / 24, 2.0 / 24, 12.0 / 24]
    for (a, b) in zip(shares, wanted) { #expect(agree(a, b, 1e-15)) }
    #expect(throws: FamilyError.self) { try Multinomial.fit([[1, 2], [2, 2]]) }
    let scale = Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])
    let truth = try Wishart(degrees: 5.5, scale: scale)
    let sample = truth.samples(5_000, seed: 20)
    let fit = try Wishart.fit(sample)
    let law = try #require(fit.law)
    #expect(abs(law.degrees - 5.5) < 0.4 && abs(law.scale[0, 1] - 0.6) < 0.06)
    for step in [-0.05, -1e-3, 1e-3, 0.05] {
      let other = try Wishart(degrees: law.degrees + step, scale: law.scale)
      #expect(sample.reduce(0) { $0 + other.logDensity($1) } < fit.logLikelihood)
    }
    #expect(throws: FamilyError.self) { try Wishart.fit([Matrix(rows: 2, columns: 2)]) }
  }
}
