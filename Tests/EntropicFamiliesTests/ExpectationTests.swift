import EntropicFamilies
import EntropicNumerics
import Foundation
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("Expectations")
struct ExpectationTests {
  @Test("quadrature: the error covers the difference from closed forms")
  func quadrature() {
    let rule = GaussKronrod()
    let smooth = rule.integrate(from: 0, to: 1) { exp($0) }
    #expect(abs(smooth.value - expm1(1)) <= smooth.error && smooth.error < 1e-14)
    let root = rule.integrate(from: 0, to: 1) { $0.squareRoot() }
    #expect(abs(root.value - 2.0 / 3) <= max(root.error, 1e-15) && root.error < 1e-9)
    let kink = rule.integrate(from: -1, to: 2, cuts: [0.3]) { abs($0 - 0.3) }
    #expect(abs(kink.value - 2.29) < 1e-15)
  }

  @Test("Gauss-Hermite: moments and a logistic mean")
  func hermite() throws {
    let law = try Normal(mean: 0.5, variance: 2.25)
    let fourth = GaussHermite.expectation(under: law) { pow($0, 4) }
    let moment = try #require(law.closedExpectation(.power(4)))
    #expect(agree(fourth.value, moment, 1e-13))
    // Symmetry: the mean of the logistic function around 0 is one half.
    let half = GaussHermite.expectation(under: .standard) { 1 / (1 + exp(-3 * $0)) }
    #expect(abs(half.value - 0.5) <= max(half.error, 1e-14))
    let s = Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])
    let plane = try MultivariateNormal(mean: [3, -1], covariance: .full(s))
    let product = try GaussHermite.expectation(under: plane) { $0[0] * $0[1] }
    #expect(abs(product.value + 2.4) < 1e-12)
  }

  @Test("sampling rules: five standard errors, and quasi-random points are better")
  func sampling() throws {
    let s = Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])
    let law = try MultivariateNormal(mean: [0.1, -0.2], covariance: .full(s))
    // E exp(a . x) = exp(a . m + a' S a / 2).
    let f: ([Double]) -> Double = { exp(0.3 * $0[0] - 0.2 * $0[1]) }
    let exact = exp(0.03 + 0.04 + (0.09 * 2 - 2 * 0.06 * 0.6 + 0.04 * 0.5) / 2)
    let plain = MonteCarlo.expectation(under: law, count: 16_384, seed: 1, of: f)
    let quasi = try QuasiMonteCarlo.expectation(under: law, count: 1_024, seed: 1, of: f)
    #expect(abs(plain.value - exact) < 5 * plain.error)
    #expect(abs(quasi.value - exact) < 5 * quasi.error)
    #expect(quasi.error < plain.error / 4)
    #expect(plain == MonteCarlo.expectation(under: law, count: 16_384, seed: 1, of: f))
    let cube = try QuasiMonteCarlo.cube(dimension: 10, count: 512, seed: 3) { $0.reduce(1) { $0 * 2 * $1 } }
    #expect(abs(cube.value - 1) < 5 * cube.error && cube.error < 0.1)
    #expect(throws: (any Error).self) {
      try QuasiMonteCarlo.cube(dimension: 41, count: 8, seed: 1) { _ in 1 }
    }
  }

  /// Intervals of 95 per cent of the three sampling rules hold the truth as often as they say.
  @Test("error bars cover the reference in 181 to 198 of 200 seeds")
  func coverage() throws {
    let s = Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])
    let law = try MultivariateNormal(mean: [0.1, -0.2], covariance: .full(s))
    let f: ([Double]) -> Double = { exp(0.3 * $0[0] - 0.2 * $0[1]) }
    let exact = exp(0.03 + 0.04 + (0.09 * 2 - 2 * 0.06 * 0.6 + 0.04 * 0.5) / 2)
    let gamma = try Gamma(shape: 2.5, rate: 0.75)
    var held = [0, 0, 0, 0]
    for seed in 1...200 {
      let seed = UInt64(seed)
      let found = [
        MonteCarlo.expectation(under: law, count: 2000, seed: seed, of: f),
        MonteCarlo.reparametrised(under: law, pairs: 1000, seed: seed, of: f),
        try QuasiMonteCarlo.expectation(under: law, count: 256, seed: seed, of: f),
      ]
      for (k, e) in found.enumerated() where abs(e.value - exact) <= e.halfWidth() { held[k] += 1 }
      let log = MonteCarlo.expectation(under: gamma, count: 2000, seed: seed) { Foundation.log($0) }
      if abs(log.value - gamma.meanParameters[0]) <= log.halfWidth() { held[3] += 1 }
    }
    for h in held { #expect((181...198).contains(h), "\(held)") }
    // Intervals of the other kinds do not depend on the confidence.
    #expect(Estimate(1, error: 0.5, basis: .quadrature).halfWidth(confidence: 0.5) == 0.5)
    // Student's quantile with 15 degrees of freedom.
    let t = Estimate(0, error: 1, basis: .sampling, freedom: 15).halfWidth()
    #expect(abs(t - 2.1314495455597742) < 1e-12)
  }

  @Test("mixtures, products and empirical laws")
  func composed() throws {
    let parts: [any ScalarLaw] = [try Normal(mean: -1, variance: 0.25), try Normal(mean: 2, variance: 1)]
    let m = try ScalarMixture(parts, weights: [0.3, 0.7])
    #expect(agree(m.mean, 1.1, 1e-15) && agree(m.variance, 2.665, 1e-14))
    #expect(abs(m.cumulative(m.quantile(0.37)) - 0.37) < 1e-14)
    let mass = Expectation.value(under: m) { _ in 1 }
    #expect(abs(mass.value - 1) < 1e-13)
    let x = m.samples(20_000, seed: 4)
    let average = x.reduce(0, +) / 20_000
    #expect(abs(average - 1.1) < 5 * (2.665 / 20_000).squareRoot())
    let counts = try ScalarMixture([Poisson(rate: 1), Poisson(rate: 30)], weights: [0.5, 0.5])
    let whole = Expectation.value(under: counts) { _ in 1 }
    #expect(abs(whole.value - 1) < 1e-14)

    let product = ProductLaw([try Normal(mean: 0, variance: 1), try Exponential(rate: 2)])
    let sum = Normal.standard.logDensity(0.5) + log(2) - 2
    #expect(agree(product.logDensity([0.5, 1]), sum, 1e-15))
    let other = ProductLaw([try Normal(mean: 1, variance: 1), try Exponential(rate: 1)])
    let both = log(2.0)
    #expect(agree(product.divergence(to: other).value, both, 1e-14))
    #expect(product.samples(3, seed: 1) == product.samples(3, seed: 1))

    let law = try EmpiricalLaw(values: [3, 1, 1, 2], weights: [1, 1, 2, 0])
    #expect(law.points == [1, 2, 3] && law.masses == [0.75, 0, 0.25])
    #expect(law.mean == 1.5 && law.variance == 0.75 && law.quantile(0.75) == 1 && law.quantile(0.76) == 3)
    #expect(law.upperQuantile(0.25) == 1 && law.upperQuantile(0.2) == 3)
    let entropy = -0.75 * log(0.75) - 0.25 * log(0.25)
    #expect(agree(law.entropy.value, entropy, 1e-15))
    let toCounts = KullbackLeibler.divergence(from: law, to: try Poisson(rate: 2)).value
    let byHand = 0.75 * log(0.375) + 0.25 * log(0.1875) + 2
    #expect(agree(toCounts, byHand, 1e-13))
  }
}
