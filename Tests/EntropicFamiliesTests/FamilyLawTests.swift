import EntropicFamilies
import EntropicNumerics
import Foundation
import Testing

/// The laws every family on numbers obeys, family by family.
@Suite("laws of families on numbers") struct FamilyLawTests {
  @Test("mass one; mean, variance and entropy are integrals", arguments: LawExamples.names)
  func integrals(name: String) throws {
    let law = try LawExamples.law(name)
    let mass = Expectation.value(under: law) { _ in 1 }
    #expect(abs(mass.value - 1) < 1e-12, "\(mass)")
    let entropy = Expectation.entropy(of: law)
    #expect(abs(entropy.value - law.entropy.value) < 1e-11 + entropy.error)
    // The circle has a mean direction instead, and Cauchy's law neither mean nor variance.
    if name == "von mises" { return }
    if name == "cauchy" {
      #expect(law.mean.isNaN && law.variance.isNaN)
      return
    }
    let m = law.mean
    let mean = Expectation.value(under: law) { $0 }
    #expect(abs(mean.value - m) < 1e-10 * max(1, abs(m)), "\(mean)")
    let variance = Expectation.value(under: law) { ($0 - m) * ($0 - m) }
    #expect(abs(variance.value - law.variance) < 1e-8 * law.variance, "\(variance)")
    #expect(law.standardDeviation == law.variance.squareRoot())
  }

  @Test("both parameter maps: E T is the gradient and Cov T the Hessian of A", arguments: LawExamples.names)
  func moments(name: String) throws {
    guard let law = try LawExamples.exponentialFamily(name) else { return }
    func check<F: ExponentialFamily>(_ law: F) throws {
      guard let scalar = law as? any (ScalarLaw & ExponentialFamily) else {
        Issue.record("not a law on numbers")
        return
      }
      try compare(scalar)
    }
    func compare<F: ScalarLaw & ExponentialFamily>(_ law: F) throws {
      let mu = law.meanParameters
      let fisher = law.fisherInformation
      for i in mu.indices {
        let mean = Expectation.value(under: law) { law.sufficientStatistics($0)[i] }
        #expect(abs(mean.value - mu[i]) < 1e-10 * max(1, abs(mu[i])), "E T_\(i): \(mean), \(mu[i])")
        for j in 0...i {
          let product = Expectation.value(under: law) {
            let t = law.sufficientStatistics($0)
            return (t[i] - mu[i]) * (t[j] - mu[j])
          }
          let scale = (fisher[i, i] * fisher[j, j]).squareRoot()
          #expect(
            abs(product.value - fisher[i, j]) < 1e-8 * scale, "Cov T \(i), \(j): \(product), \(fisher[i, j])")
        }
      }
      // A is the logarithm of the integral that normalises, and the density is what it says.
      for p in [0.05, 0.4, 0.9] {
        let x = law.quantile(p)
        #expect(abs(law.logDensity(x) - law.canonicalLogDensity(x)) < 1e-11 * max(1, abs(law.logPartition)))
      }
      // The gradient and the Hessian of A by differences of A itself along every axis.
      let theta = law.naturalParameters
      for i in theta.indices {
        let h = 1e-3 / fisher[i, i].squareRoot()
        func a(_ k: Double) throws -> Double {
          var moved = theta
          moved[i] += k * h
          return try law.with(natural: moved).logPartition
        }
        let (p, m, pp, mm) = (try a(1), try a(-1), try a(2), try a(-2))
        let slope = (8 * (p - m) - (pp - mm)) / (12 * h)
        let scale = abs(mu[i]) + fisher[i, i].squareRoot()
        let noise = 1e-15 * max(1, abs(law.logPartition)) / h
        #expect(abs(slope - mu[i]) < 1e-7 * scale + noise, "dA: \(slope), \(mu[i])")
        let curvature = (16 * (p + m) - (pp + mm) - 30 * law.logPartition) / (12 * h * h)
        #expect(abs(curvature - fisher[i, i]) < 1e-5 * fisher[i, i] + 8 * noise / h, "d2A: \(curvature)")
      }
    }
    try check(law)
  }

  @Test("quantiles invert both tails", arguments: LawExamples.names)
  func quantiles(name: String) throws {
    let law = try LawExamples.law(name)
    for p in [1e-200, 1e-30, 1e-9, 0.001, 0.3, 0.5, 0.9] {
      let (x, y) = (law.quantile(p), law.upperQuantile(p))
      if law.support.kind == .interval {
        // What half a unit in the last place of x is worth.
        let slack = 4e-12 * p + 4 * law.density(x) * x.ulp
        #expect(abs(law.cumulative(x) - p) <= slack, "quantile \(p) = \(x)")
        let upper = 4e-12 * p + 4 * law.density(y) * y.ulp
        // An upper end other than infinity has no doubles nearer than half a unit in its last place.
        if y == law.support.upper { continue }
        #expect(abs(law.survival(y) - p) <= upper, "upper quantile \(p) = \(y)")
      } else {
        let step = law is EmpiricalLaw ? 0.25 : 1
        #expect(law.cumulative(x) >= p && law.survival(y) <= p)
        #expect(x == law.support.lower || law.cumulative(x - step) < p)
        #expect(y == law.support.lower || law.survival(y - step) > p)
      }
    }
    for bad in [-0.1, 1.1, .nan] { #expect(law.quantile(bad).isNaN && law.upperQuantile(bad).isNaN) }
  }

  @Test("logarithms of tails agree with the tails, and end at the ends", arguments: LawExamples.names)
  func tailsAgree(name: String) throws {
    let law = try LawExamples.law(name)
    for p in [1e-250, 1e-9, 0.01, 0.3, 0.5, 0.8] {
      for x in [law.quantile(p), law.upperQuantile(p)] {
        let (a, b) = (law.cumulative(x), law.survival(x))
        if a > 0 { #expect(abs(law.logCumulative(x) - log(a)) < 1e-12 * max(1, -log(a))) }
        if b > 0 { #expect(abs(law.logSurvival(x) - log(b)) < 1e-12 * max(1, -log(b))) }
      }
    }
    #expect(law.logCumulative(-.infinity) == -.infinity && law.logSurvival(-.infinity) == 0)
    #expect(law.logCumulative(.infinity) == 0 && law.logSurvival(.infinity) == -.infinity)
    // Forty standard deviations, or forty times the quartiles where there is none: finite inside.
    let spread = law.variance.isFinite ? law.standardDeviation : law.upperQuantile(0.25) - law.quantile(0.25)
    let far = law.median + 40 * spread
    if far < law.support.upper {
      #expect(law.logSurvival(far).isFinite && law.logSurvival(far) < -3)
      #expect(law.logSurvival(far) <= law.logSurvival(law.median + 39 * spread))
    }
    let low = law.median - 40 * spread
    if low > law.support.lower {
      #expect(law.logCumulative(low).isFinite && law.logCumulative(low) < -3)
      #expect(law.logCumulative(low) <= law.logCumulative(law.median - 39 * spread))
    }
  }

  /// Tails of concentrated laws at about 40 standard deviations, whose values underflow, from the formulas of
  /// the distribution functions with 60 digits.
  @Test func tailsThatUnderflow() throws {
    let rows: [(any ScalarLaw, x: Double, isUpper: Bool, value: Double)] = [
      (Normal.standard, 40, true, -804.60844201375378817),
      (try Gamma(shape: 2.5, rate: 0.75), 2000, true, -1489.3138524566149952),
      (try Gamma(shape: 1e6, rate: 2), 480_000, false, -826.60293741351499398),
      (try InverseGamma(shape: 1e6, scale: 2), 1 / 480_000.0, true, -826.60293741351499398),
      (try ChiSquared(degrees: 2e6), 1_920_000, false, -826.60293741351499398),
      (try Poisson(rate: 1e6), 1_040_000, true, -794.16975681600650525),
      (try InverseGaussian(mean: 1, shape: 1e6), 0.96, false, -837.94194673267835535),
      (try InverseGaussian(mean: 1, shape: 1e6), 1.04, true, -773.83944141416766337),
      (try Binomial(trials: 1e6, probability: 0.3), 281_000, false, -874.94015100290496892),
      (try Beta(a: 1e4, b: 3e4), 0.35, true, -933.05517904538722228),
      (try StudentT(degrees: 1e5), 45, true, -1007.1008380733635846),
      (try VonMises(location: 0, concentration: 1e4), 0.4, true, -793.97168649585561464),
      (try NegativeBinomial(successes: 2.5, probability: 1e-4), 8_000_000, true, -790.29599330348113944),
    ]
    for row in rows {
      let found = row.isUpper ? row.0.logSurvival(row.x) : row.0.logCumulative(row.x)
      // A relative error of 1e-16 of x counts 40 times its relative distance from the mean.
      #expect(abs(found - row.value) <= 2e-12 * abs(row.value), "\(row.0) \(found) \(row.value)")
      #expect((row.isUpper ? row.0.logCumulative(row.x) : row.0.logSurvival(row.x)) == 0)
    }
    #expect(try abs(Poisson(rate: 1e9).cumulative(1e9) - 0.5000084104) < 1e-9)
  }
}
