import EntropicFamilies
import EntropicNumerics
import Foundation
import Testing

/// Products of conjugate factors, and mixtures of normal laws.
@Suite("mean field and mixtures") struct MeanFieldTests {
  /// Normal data with unknown mean and precision: `mu ~ N(m0, 1 / (l0 t))`, `t ~ Gamma(a0, b0)`.
  private func model(_ x: [Double], factor: Double = 1) throws -> MeanFieldModel {
    let n = Double(x.count)
    let (m0, l0, a0, b0) = (0.5, 0.25, 2.0, 1.5)
    let (sum, squares) = (x.reduce(0, +), x.reduce(0) { $0 + $1 * $1 })
    // E of sum (x - mu)^2 + l0 (mu - m0)^2 from E mu and E mu^2.
    @Sendable func spread(_ mu: [Double]) -> Double {
      squares - 2 * sum * mu[0] + n * mu[1] + l0 * (m0 * m0 - 2 * m0 * mu[0] + mu[1])
    }
    return try MeanFieldModel(factors: [
      .init(start: try Normal(mean: 0, variance: 1)) { means in
        let t = means[1][1]
        return [t * (sum + l0 * m0), -0.5 * t * (n + l0)]
      },
      .init(start: try Gamma(shape: 1, rate: 1)) { means in
        [a0 + (n + 1) / 2 * factor, -(b0 + spread(means[0]) / 2)]
      },
    ]) { means in
      let (logT, t) = (means[1][0], means[1][1])
      return -(n + 1) / 2 * logT + (n + 1) / 2 * log(2 * Double.pi) - 0.5 * log(l0) + t * spread(means[0]) / 2
        - (a0 - 1) * logT + b0 * t - a0 * log(b0) + lgamma(a0)
    }
  }

  /// At the fixed point `rate = b0 + C / 2 + rate / (2 shape)`, C the spread at the posterior mean.
  @Test func meanAndPrecision() throws {
    let x = [1.2, 0.4, 3.1, 2.2, 0.9, 1.7]
    guard case .local(let answer) = try model(x).approximation() else {
      Issue.record("not local")
      return
    }
    let mean = (9.5 + 0.125) / 6.25
    let c = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } + 0.25 * (mean - 0.5) * (mean - 0.5)
    let shape = 2 + 3.5
    let rate = (1.5 + c / 2) / (1 - 1 / (2 * shape))
    let (normal, gamma) = (answer.law.factors[0], answer.law.factors[1])
    #expect(abs(normal.mean - mean) < 1e-12)
    #expect(abs(normal.variance - rate / shape / 6.25) < 1e-12)
    #expect(abs(gamma.mean - shape / rate) < 1e-12)
    #expect(abs(gamma.variance - shape / rate / rate) < 1e-12)
    // The ELBO is below the log evidence of the normal-gamma model, which is closed.
    let b = 1.5 + c / 2
    let evidence =
      lgamma(5.0) - lgamma(2.0) + 2 * log(1.5) - 5 * log(b) + 0.5 * log(0.25 / 6.25) - 3 * log(2 * Double.pi)
    #expect(answer.elbo < evidence && answer.elbo > evidence - 0.1)
  }

  @Test func updatesOfAnotherModelAreNoticed() throws {
    let outcome = try model([1.2, 0.4, 3.1, 2.2, 0.9, 1.7], factor: 3).approximation()
    guard case .stalled(let reason, nil) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("disagree"))
  }

  @Test func parametersOutsideOfTheFamily() throws {
    let model = try MeanFieldModel(factors: [.init(start: try Normal(mean: 0, variance: 1)) { _ in [0, 1] }])
    {
      $0[0][1]
    }
    #expect(model.approximation().status == "stalled")
  }

  // MARK: Mixtures

  /// A mixture is found by a mixture: F goes to -log Z = 0.
  @Test func aMixtureIsFound() throws {
    let target = try ScalarMixture(
      [try Normal(mean: -2, variance: 0.25), try Normal(mean: 2, variance: 1)], weights: [0.3, 0.7])
    let u = Potential(dimension: 1) { -target.logDensity($0[0]) }
    guard case .estimated(let answer) = VariationalMixture(components: 2).approximate(u) else {
      Issue.record("not estimated")
      return
    }
    #expect(answer.value < 1e-3 && answer.value > -5 * answer.error)
    let order = answer.law.components.map { $0.mean[0] }
    let low = order[0] < order[1] ? 0 : 1
    #expect(abs(answer.law.weights[low] - 0.3) < 0.01)
    #expect(abs(order[low] + 2) < 0.02 && abs(order[1 - low] - 2) < 0.02)
    let again = VariationalMixture(components: 2).approximate(u).answer
    #expect(again?.value == answer.value && again?.law.weights == answer.law.weights)
  }

  /// One component is the normal law of the other search; more components come closer to log Z = log pi.
  @Test func moreComponentsAreBetter() throws {
    let u = VariationalPotentialTests.banana
    let normal = try #require(VariationalNormal().approximate(u).answer)
    let one = try #require(VariationalMixture(components: 1).approximate(u).answer)
    #expect(abs(one.value - normal.value) < 0.02)
    let three = try #require(VariationalMixture(components: 3).approximate(u).answer)
    #expect(three.value < one.value - 0.3)
    #expect(three.elbo < log(Double.pi) + 3 * three.standardError)
  }

  @Test func hostile() {
    let search = VariationalMixture(components: 2)
    #expect(search.approximate(Potential(dimension: 2) { _ in .nan }).status == "stalled")
    #expect(search.approximate(Potential(dimension: 2) { _ in 1 }).status == "unbounded")
  }
}
