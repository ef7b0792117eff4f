import EntropicFamilies
import EntropicNumerics
import Foundation
import Testing

/// Families on vectors and matrices, against sums over nodes of the reference measure.
@Suite("laws of families on vectors") struct VectorLawTests {
  /// Mass, E T, Cov T, entropy and divergence as sums over `(point, weight)`.
  private func check<F: ExponentialFamily>(
    _ p: F, _ q: F, _ nodes: [(F.Value, Double)], _ slack: Double = 1e-9
  ) {
    let mu = p.meanParameters
    let fisher = p.fisherInformation
    var (mass, entropy, divergence) = (0.0, 0.0, 0.0)
    var mean = mu.map { _ in 0.0 }
    var products = Matrix(rows: mu.count, columns: mu.count)
    for (x, w) in nodes {
      let log = p.logDensity(x)
      let m = w * exp(log)
      if m == 0 { continue }
      mass += m
      entropy -= m * log
      divergence += m * (log - q.logDensity(x))
      let t = p.sufficientStatistics(x)
      for i in mu.indices {
        mean[i] += m * t[i]
        for j in mu.indices { products[i, j] += m * (t[i] - mu[i]) * (t[j] - mu[j]) }
      }
    }
    #expect(abs(mass - 1) < slack, "\(p) mass \(mass)")
    #expect(abs(entropy - p.entropy.value) < slack * max(1, abs(entropy)), "\(entropy) \(p.entropy)")
    #expect(agree(divergence, p.divergence(to: q).value, 10 * slack), "\(divergence) \(p.divergence(to: q))")
    #expect(agree(p.crossEntropy(to: q).value, entropy + divergence, 10 * slack))
    #expect(p.divergence(to: p).value == 0 && p.divergence(to: q).value > 0)
    for i in mu.indices {
      #expect(abs(mean[i] - mu[i]) < 10 * slack * max(1, abs(mu[i])), "E T_\(i) \(mean[i]) \(mu[i])")
      for j in mu.indices {
        let scale = (fisher[i, i] * fisher[j, j]).squareRoot()
        #expect(abs(products[i, j] - fisher[i, j]) < 100 * slack * scale, "\(products[i, j]) \(fisher[i, j])")
      }
    }
  }

  @Test func multinomial() throws {
    var nodes: [([Double], Double)] = []
    for a in 0...9 { for b in 0...(9 - a) { nodes.append(([Double(a), Double(b), Double(9 - a - b)], 1)) } }
    let p = try Multinomial(trials: 9, probabilities: [0.2, 0.3, 0.5])
    check(p, try Multinomial(trials: 9, probabilities: [0.4, 0.35, 0.25]), nodes)
    #expect(p.divergence(to: try Multinomial(trials: 8, probabilities: [0.2, 0.3, 0.5])).value == .infinity)
    #expect(p.divergence(to: try Multinomial(trials: 9, probabilities: [0, 0.5, 0.5])).value == .infinity)
  }

  @Test func dirichlet() throws {
    // Log ratios to the last coordinate; the volume element is the product of the coordinates.
    var nodes: [([Double], Double)] = []
    let h = 0.125
    for i in -400...240 {
      for j in -240...240 {
        let (a, b) = (exp(Double(i) * h), exp(Double(j) * h))
        let s = 1 + a + b
        nodes.append(([a / s, b / s, 1 / s], h * h * (a / s) * (b / s) / s))
      }
    }
    check(
      try Dirichlet(concentration: [0.8, 2, 3.5]), try Dirichlet(concentration: [2, 1, 0.5]), nodes)
  }

  @Test func normal() throws {
    var nodes: [([Double], Double)] = []
    for i in -60...60 {
      for j in -60...60 {
        nodes.append(([3 + 0.25 * Double(i), -1 + 0.125 * Double(j)], 0.25 * 0.125))
      }
    }
    let s = Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])
    let t = Matrix(rows: 2, columns: 2, elements: [3, -0.5, -0.5, 1])
    check(
      try MultivariateNormal(mean: [3, -1], covariance: .full(s)),
      try MultivariateNormal(mean: [2, 0], covariance: .full(t)), nodes)
    check(
      try MultivariateNormal(mean: [3, -1], covariance: .diagonal([2, 0.5])),
      try MultivariateNormal(mean: [2, 0], covariance: .diagonal([3, 1])), nodes)
    check(
      try MultivariateNormal(mean: [3, -1], covariance: .isotropic(0.6, dimension: 2)),
      try MultivariateNormal(mean: [2, 0], covariance: .isotropic(1.5, dimension: 2)), nodes)
  }

  @Test func sphere() throws {
    // The height by panels of Simpson's rule, the angle by the trapezoidal rule.
    var nodes: [([Double], Double)] = []
    let (n, m) = (2000, 32)
    for i in 0...n {
      let z = -1 + 2 * Double(i) / Double(n)
      let w = (i == 0 || i == n ? 1.0 : i % 2 == 1 ? 4 : 2) * 2 / Double(n) / 3
      let r = max(0, 1 - z * z).squareRoot()
      for k in 0..<m {
        let a = 2 * Double.pi * Double(k) / Double(m)
        nodes.append(([r * cos(a), r * sin(a), z], w * 2 * .pi / Double(m)))
      }
    }
    // Polynomials of the root r are exact in the angle: directions along the axis and nearly so.
    check(
      try VonMisesFisher(direction: [0, 0, 1], concentration: 3),
      try VonMisesFisher(direction: [0, 0, -1], concentration: 0.5), nodes, 1e-8)
  }

  @Test func wishart() throws {
    // Log variances and the inverse hyperbolic tangent of the correlation.
    var nodes: [(Matrix, Double)] = []
    let h = 0.25
    for i in -56...20 {
      for j in -60...16 {
        for k in -28...28 {
          let (a, b, r) = (exp(Double(i) * h), exp(Double(j) * h), tanh(Double(k) * h))
          let c = (a * b).squareRoot() * r
          let x = Matrix(rows: 2, columns: 2, elements: [a, c, c, b])
          nodes.append((x, h * h * h * a * b * (a * b).squareRoot() * (1 - r * r)))
        }
      }
    }
    let s = Matrix(rows: 2, columns: 2, elements: [1, 0.3, 0.3, 0.5])
    let p = try Wishart(degrees: 5.5, scale: s)
    check(p, try Wishart(degrees: 7, scale: .identity(2)), nodes, 1e-7)
    #expect(agree(p.variance[0, 1], 5.5 * (0.09 + 0.5), 1e-15))
  }

  @Test("mean and covariance of mixtures and products") func composed() throws {
    let parts = try [0.0, 3].map {
      try MultivariateNormal(mean: [$0, 1], covariance: .isotropic(2, dimension: 2))
    }
    let mixture = try Mixture(parts, weights: [0.25, 0.75])
    #expect(mixture.mean == [2.25, 1])
    let c = mixture.covarianceMatrix
    #expect(agree(c[0, 0], 2 + 9 * 0.1875, 1e-15) && c[1, 1] == 2 && c[0, 1] == 0)
    let product = ProductLaw([try Exponential(rate: 2), try Poisson(rate: 3)])
    #expect(product.mean == [0.5, 3] && product.variances == [0.25, 3])
    let f = try VonMisesFisher(direction: [0, 1], concentration: 2)
    let circle = try VonMises(location: .pi / 2, concentration: 2)
    #expect(agree(f.mean[1], circle.meanParameters[1], 1e-14))
    #expect(agree(f.covarianceMatrix[0, 0], circle.fisherInformation[0, 0], 1e-13))
  }
}
