import EntropicFamilies
import EntropicNumerics
import Foundation
import Testing

/// 1e5 variates at each of 20 seeds. All tests of the suite together are wrong about a right sampler with
/// probability below 1e-3 (Bonferroni: 2400 tests at 4e-7), and the seeds are fixed.
@Suite("sampling") struct SamplingTests {
  static let count = 100_000
  /// `sqrt(log(2 / level) / (2 n))`, the Dvoretzky-Kiefer-Wolfowitz bound with Massart's constant.
  static let kolmogorov = (log(2 / 4e-7) / (2 * Double(count))).squareRoot()
  /// The normal quantile of the level.
  static let deviations = 5.07

  @Test("distribution functions and moments", arguments: LawExamples.names)
  func scalar(name: String) throws { try check(try LawExamples.law(name), name) }

  private func check(_ law: some ScalarLaw, _ name: String) throws {
    // The empirical distribution function is compared at the quantiles of 256 levels.
    var points: [Double] = []
    for k in 1...256 {
      let q = law.quantile((Double(k) - 0.5) / 256)
      if q != points.last { points.append(q) }
    }
    let expected = points.map { law.cumulative($0) }
    let hasFourthMoment = !["cauchy", "pareto", "student t", "inverse gamma", "von mises"].contains(name)
    for seed in 1...20 {
      var generator = SeededGenerator(seed: UInt64(seed))
      var counts = [Int](repeating: 0, count: points.count + 1)
      var (sum, square, fourth) = (0.0, 0.0, 0.0)
      let m = law.mean.isFinite ? law.mean : 0
      for _ in 0..<Self.count {
        let x = law.sample(using: &generator)
        var (low, high) = (0, points.count)
        while low < high {
          let middle = (low + high) / 2
          if x <= points[middle] { high = middle } else { low = middle + 1 }
        }
        counts[low] += 1
        let d = x - m
        sum += d
        square += d * d
        fourth += d * d * d * d
      }
      var (below, gap) = (0, 0.0)
      for (k, f) in expected.enumerated() {
        below += counts[k]
        gap = max(gap, abs(Double(below) / Double(Self.count) - f))
      }
      #expect(gap < Self.kolmogorov, "seed \(seed): \(gap)")
      let n = Double(Self.count)
      if law.variance.isFinite && name != "von mises" {
        #expect(abs(sum / n) < Self.deviations * (law.variance / n).squareRoot(), "seed \(seed): mean")
      }
      if hasFourthMoment {
        let spread = max(0, fourth / n - square / n * (square / n)).squareRoot()
        let slack = Self.deviations * spread / n.squareRoot() + 1e-12 * law.variance
        #expect(abs(square / n - law.variance) < slack, "seed \(seed): variance")
      }
    }
  }

  /// One coordinate of a law on vectors has a law on numbers.
  private func check<L: Distribution>(
    _ law: L, _ marginal: some ScalarLaw, count n: Int = 20_000, of coordinate: (L.Value) -> Double
  ) {
    let bound = (log(2 / 4e-7) / (2 * Double(n))).squareRoot()
    for seed in 1...20 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let x = (0..<n).map { _ in coordinate(law.sample(using: &generator)) }.sorted()
      var gap = 0.0
      for i in stride(from: 0, to: n, by: 16) {
        // All values equal to this one lie at or below it.
        var last = i
        while last + 1 < n && x[last + 1] == x[i] { last += 1 }
        gap = max(gap, abs(Double(last + 1) / Double(n) - marginal.cumulative(x[i])))
      }
      #expect(gap < bound, "\(law) seed \(seed): \(gap)")
    }
  }

  @Test func vectors() throws {
    let s = Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])
    let normal = try MultivariateNormal(mean: [3, -1], covariance: .full(s))
    check(normal, try Normal(mean: 4, variance: 1.3)) { $0[0] - $0[1] }
    let simplex = try Dirichlet(concentration: [0.5, 2, 3.5])
    check(simplex, try Beta(a: 0.5, b: 5.5)) { $0[0] }
    check(simplex, try Beta(a: 2.5, b: 3.5)) { $0[0] + $0[1] }
    let counts = try Multinomial(trials: 9, probabilities: [0.2, 0.3, 0.5])
    check(counts, try Binomial(trials: 9, probability: 0.3)) { $0[1] }
    check(counts, try Binomial(trials: 9, probability: 0.5)) { $0[0] + $0[1] }
    let matrix = try Wishart(degrees: 5.5, scale: s)
    check(matrix, try Gamma(shape: 2.75, rate: 1)) { $0[1, 1] }
    // u' X u / u' V u is chi-squared for every u.
    check(matrix, try ChiSquared(degrees: 5.5)) { ($0[0, 0] - 2 * $0[0, 1] + $0[1, 1]) / 1.3 }
  }

  /// On the sphere in three dimensions `exp(k (w - 1))` is nearly uniform on (exp(-2 k), 1).
  @Test func sphere() throws {
    let k = 3.0
    let law = try VonMisesFisher(direction: [1, 2, 2], concentration: k)
    check(law, try Uniform(lower: exp(-2 * k), upper: 1)) {
      exp(k * (($0[0] + 2 * $0[1] + 2 * $0[2]) / 3 - 1))
    }
    let product = ProductLaw([try Exponential(rate: 2), try Normal(mean: 1, variance: 4)])
    check(product, try Normal(mean: 1, variance: 4)) { $0[1] }
    let parts = try [-1.0, 2].map {
      try MultivariateNormal(mean: [$0], covariance: .isotropic(1, dimension: 1))
    }
    let mixture = try Mixture(parts, weights: [0.25, 0.75])
    let line = try ScalarMixture(
      [Normal(mean: -1, variance: 1), Normal(mean: 2, variance: 1)], weights: [0.25, 0.75])
    check(mixture, line) { $0[0] }
  }
}
