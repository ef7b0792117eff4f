import EntropicFamilies
import EntropicNumerics
import EntropicSpecialFunctions
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("Exponential families")
struct ExponentialFamilyTests {
  /// Fisher information = Hessian of A, mean = gradient, the canonical density is the density, and both
  /// parameter maps come back.
  private func check<F: ExponentialFamily>(
    _ law: F, at x: F.Value?, tolerance: Double = 1e-11
  ) throws {
    let theta = law.naturalParameters
    let mu = law.meanParameters
    let fisher = law.fisherInformation
    if let x {
      let (a, b) = (law.logDensity(x), law.canonicalLogDensity(x))
      let size = max(1, abs(a), abs(law.logPartition))
      #expect(abs(a - b) <= 1e-9 * size, "\(law): \(a), \(b)")
    }
    let back = try law.with(natural: theta)
    for (a, b) in zip(theta, back.naturalParameters) {
      #expect(abs(a - b) <= 1e-12 * max(abs(a), 1e-290), "\(law) natural \(a), \(b)")
    }
    let same = try law.with(mean: mu)
    for (a, b) in zip(mu, same.meanParameters) {
      let size = mu.reduce(1e-290) { max($0, abs($1)) }
      #expect(abs(a - b) <= tolerance * size, "\(law) mean \(a), \(b)")
    }
    for i in theta.indices {
      // Steps in units of the standard deviation of the statistic.
      let h = 2e-3 / fisher[i, i].squareRoot()
      var (up, down, up2, down2) = (theta, theta, theta, theta)
      up[i] += h
      down[i] -= h
      up2[i] += h / 2
      down2[i] -= h / 2
      guard let a = try? law.with(natural: up), let b = try? law.with(natural: down),
        let a2 = try? law.with(natural: up2), let b2 = try? law.with(natural: down2)
      else { continue }
      let size = max(1, abs(law.logPartition))
      let slope = (a.logPartition - b.logPartition) / (2 * h)
      let slack = 1e-4 * (abs(mu[i]) + fisher[i, i].squareRoot()) + 1e-12 * size / h
      #expect(abs(slope - mu[i]) <= slack, "\(law) gradient \(i): \(slope), \(mu[i])")
      for j in theta.indices {
        // Richardson's extrapolation of central differences.
        let coarse = (a.meanParameters[j] - b.meanParameters[j]) / (2 * h)
        let fine = (a2.meanParameters[j] - b2.meanParameters[j]) / h
        let column = (4 * fine - coarse) / 3
        let scale = (fisher[i, i] * fisher[j, j]).squareRoot()
        let noise = 1e-13 * abs(mu[j]) / h
        #expect(
          abs(column - fisher[i, j]) <= 1e-6 * scale + noise,
          "\(law) Fisher \(i), \(j): \(column), \(fisher[i, j])")
      }
    }
  }

  @Test("both parameter maps, gradient and Hessian of the log partition")
  func families() throws {
    try check(Normal(mean: 0.5, variance: 2.25), at: 1.5)
    try check(LogNormal(mu: 0.25, sigma: 0.5), at: 1.5)
    try check(Exponential(rate: 0.75), at: 2)
    try check(Gamma(shape: 2.5, rate: 0.75), at: 2)
    try check(InverseGamma(shape: 2.5, scale: 0.75), at: 2)
    try check(ChiSquared(degrees: 7), at: 2)
    try check(Beta(a: 2, b: 3.5), at: 0.3)
    try check(Dirichlet(concentration: [0.5, 2, 3.5]), at: [0.2, 0.3, 0.5])
    try check(Laplace(location: 1, scale: 0.5), at: 0.2)
    try check(Weibull(shape: 1.7, scale: 2), at: 1.2)
    try check(Rayleigh(scale: 3), at: 1.2)
    try check(Pareto(shape: 2.5, minimum: 1.25), at: 2)
    try check(InverseGaussian(mean: 1.5, shape: 2), at: 1.2)
    try check(VonMises(location: 0.5, concentration: 1.5), at: 1.2)
    try check(VonMisesFisher(direction: [1, 2, 2], concentration: 3), at: [0, 0.6, 0.8])
    try check(VonMisesFisher(direction: [1, 2, 2, -1, 3], concentration: 120), at: [0, 0.6, 0.8, 0, 0])
    try check(Bernoulli(probability: 0.3), at: 1)
    try check(Binomial(trials: 40, probability: 0.3), at: 11)
    try check(CategoricalLaw(probabilities: [0.2, 0.3, 0.5]), at: 1)
    try check(Multinomial(trials: 9, probabilities: [0.2, 0.3, 0.5]), at: [2, 3, 4])
    try check(Poisson(rate: 2.5), at: 4)
    try check(Geometric(success: 0.4), at: 4)
    try check(NegativeBinomial(successes: 2.5, probability: 0.4), at: 4)
    let s = Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])
    try check(MultivariateNormal(mean: [3, -1], covariance: .full(s)), at: [2, 0])
    try check(MultivariateNormal(mean: [3, -1], covariance: .diagonal([2, 0.5])), at: [2, 0])
    try check(MultivariateNormal(mean: [3, -1], covariance: .isotropic(0.7, dimension: 2)), at: [2, 0])
    try check(Wishart(degrees: 5.5, scale: s), at: Matrix(rows: 2, columns: 2, elements: [9, 1, 1, 2]))
  }

  @Test("round trips over twelve decades", arguments: [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6])
  func decades(power: Int) throws {
    let t = pow(10, Double(power)) * 1.37
    func trip<F: ExponentialFamily>(_ law: F, _ tolerance: Double) throws {
      let back = try law.with(mean: law.meanParameters).naturalParameters
      for (a, b) in zip(law.naturalParameters, back) {
        #expect(abs(a - b) <= tolerance * max(abs(a), 1e-300), "\(law): \(a), \(b)")
      }
    }
    try trip(Exponential(rate: t), 1e-15)
    try trip(Poisson(rate: t), 1e-13)
    try trip(ChiSquared(degrees: t), 1e-13)
    try trip(Rayleigh(scale: t), 1e-14)
    try trip(Laplace(location: 0, scale: t), 1e-14)
    // Mean parameters of concentrated laws differ by less than their rounding: E log x and E x lose
    // log10(shape).
    try trip(Gamma(shape: t, rate: 2), 1e-12 + 4e-15 * t * max(1, log(t)))
    try trip(InverseGaussian(mean: 1, shape: t), 1e-12 + 1e-15 * t)
    try trip(VonMises(location: 0, concentration: t), 1e-13 + 2e-16 * t)
    try trip(Dirichlet(concentration: [t, 2 * t, 3 * t]), 1e-12 + 1e-13 * t)
    let gap = pow(t, -1)
    let direct = try Gamma.matching(mean: 3, logGap: gap)
    let digits = try LogGap.of(direct.shape)
    #expect(agree(digits, gap, 1e-14))
  }

  @Test("the Bregman form equals the divergence")
  func bregman() throws {
    let (p, q) = (try Gamma(shape: 2.5, rate: 1.25), try Gamma(shape: 4, rate: 0.5))
    #expect(agree(p.bregmanDivergence(to: q), p.divergence(to: q).value, 1e-13))
    let (a, b) = (try Dirichlet(concentration: [0.5, 2, 3]), try Dirichlet(concentration: [5, 0.2, 1]))
    #expect(agree(a.bregmanDivergence(to: b), a.divergence(to: b).value, 1e-13))
    let s = Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])
    let (v, w) = (try Wishart(degrees: 5.5, scale: s), try Wishart(degrees: 3, scale: .identity(2)))
    #expect(agree(v.bregmanDivergence(to: w), v.divergence(to: w).value, 1e-12))
    let f = try VonMisesFisher(direction: [1, 2, 2], concentration: 3)
    let g = try VonMisesFisher(direction: [1, 0, 0], concentration: 30)
    #expect(agree(f.bregmanDivergence(to: g), f.divergence(to: g).value, 1e-12))
  }

  @Test("laws on vectors: seeded samples have their moments, entropies are means of log densities")
  func vectorSamples() throws {
    func check<F: ExponentialFamily>(_ law: F, entropy: Bool = true) {
      let n = 20_000
      let x = law.samples(n, seed: 3)
      let mu = law.meanParameters
      let fisher = law.fisherInformation
      var sums = [Double](repeating: 0, count: mu.count)
      for v in x { for (j, t) in law.sufficientStatistics(v).enumerated() { sums[j] += t / Double(n) } }
      for j in mu.indices {
        let slack = 5 * (fisher[j, j] / Double(n)).squareRoot() + 1e-13
        #expect(abs(sums[j] - mu[j]) < slack, "\(law) \(j)")
      }
      if entropy {
        let found = MonteCarlo.expectation(under: law, count: n, seed: 5) { -law.logDensity($0) }
        #expect(
          abs(found.value - law.entropy.value) < 5 * found.error + 1e-12, "\(law) \(found) \(law.entropy)")
      }
    }
    check(try Dirichlet(concentration: [0.5, 2, 3.5]))
    check(try Multinomial(trials: 9, probabilities: [0.2, 0.3, 0.5]))
    let s = Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])
    check(try MultivariateNormal(mean: [3, -1], covariance: .full(s)))
    check(try Wishart(degrees: 5.5, scale: s))
    check(try VonMisesFisher(direction: [1, 2, 2], concentration: 3))
    check(try VonMisesFisher(direction: [1, 2, 2, 0, -1], concentration: 40))
  }
}

enum LogGap {
  static func of(_ shape: Double) throws -> Double { try Special.logMinusDigamma(shape) }
}
