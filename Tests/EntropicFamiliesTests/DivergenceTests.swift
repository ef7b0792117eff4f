import EntropicFamilies
import EntropicNumerics
import Testing

@Suite("Divergences")
struct DivergenceTests {
  @Test("pairs within and across families agree with 50 digits")
  func references() throws {
    for row in try ReferenceDivergences.all() {
      let found = KullbackLeibler.divergence(from: row.from, to: row.to)
      #expect(agree(found.value, row.value, 2e-11), "\(row.from) to \(row.to): \(found), \(row.value)")
      let slack = max(2e-13 * row.value, 4 * found.error)
      #expect(abs(found.value - row.value) <= slack, "\(row.from) \(row.to) \(found)")
    }
  }

  @Test("ordered pairs within 24 families agree with quadrature of 30 digits")
  func pairsWithinFamilies() throws {
    for row in try FamilyPairs.all() {
      let found = KullbackLeibler.divergence(from: row.from, to: row.to)
      let slack = max(2e-13 * row.value, 4 * found.error)
      #expect(
        found.value == row.value || abs(found.value - row.value) <= slack,
        "\(row.from) \(row.to) \(found), \(row.value)")
      #expect(row.value == .infinity || found.error <= 1e-11 * row.value, "\(row.from) \(row.to) \(found)")
    }
  }

  @Test("every pair: nonnegative, zero on itself, infinite where the supports demand it")
  func everyPair() throws {
    let laws = try ReferenceLaw.all().map { $0.law }.filter { abs($0.entropy.value) < 5 }
    for p in laws {
      #expect(KullbackLeibler.divergence(from: p, to: p).value == 0, "\(p)")
      for q in laws {
        let d = KullbackLeibler.divergence(from: p, to: q)
        #expect(d.value >= 0, "\(p) to \(q): \(d)")
        if !q.support.covers(p.support) { #expect(d.value == .infinity) }
        if d.value.isFinite && d.value > 1e-9 && q.expansion != nil {
          // The nonnegative integrand, whatever way the registry took.
          let direct = Expectation.divergence(of: p, to: q)
          if direct.error < 1e-10 * d.value {
            #expect(agree(direct.value, d.value, 1e-8), "\(p) to \(q): \(d), \(direct)")
          }
        }
      }
    }
  }

  @Test("heavy tails: infinite without a warning sign in the support")
  func heavyTails() throws {
    let cauchy = try Cauchy(location: 0, scale: 1)
    #expect(KullbackLeibler.divergence(from: cauchy, to: Normal.standard).value == .infinity)
    let laplace = try Laplace(location: 0, scale: 1)
    #expect(KullbackLeibler.divergence(from: cauchy, to: laplace).value == .infinity)
    let pareto = try Pareto(shape: 0.5, minimum: 1)
    #expect(KullbackLeibler.divergence(from: pareto, to: try Exponential(rate: 1)).value == .infinity)
    let heavy = try StudentT(degrees: 1.5)
    #expect(KullbackLeibler.divergence(from: heavy, to: Normal.standard).value == .infinity)
    #expect(KullbackLeibler.divergence(from: heavy, to: laplace).value.isFinite)
    let one = try Exponential(rate: 1)
    #expect(
      KullbackLeibler.divergence(from: one, to: try InverseGamma(shape: 2, scale: 1)).value == .infinity)
  }

  @Test("normal laws on vectors: near laws keep their digits, structures agree")
  func vectors() throws {
    let s = Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])
    let p = try MultivariateNormal(mean: [3, -1], covariance: .full(s))
    var t = s
    t[0, 0] += 2e-6
    t[1, 1] += 5e-7
    let q = try MultivariateNormal(mean: [3 + 1e-6, -1], covariance: .full(t))
    // By hand at 40 digits.
    #expect(agree(p.divergence(to: q).value, Self.nearNormals, 1e-9))
    #expect(p.divergence(to: p).value == 0)
    let a = try MultivariateNormal(mean: [1, 2], covariance: .diagonal([2, 3]))
    let b = try MultivariateNormal(mean: [0, 1], covariance: .isotropic(1.5, dimension: 2))
    let full = try MultivariateNormal(mean: [1, 2], covariance: .full(.diagonal([2, 3])))
    #expect(agree(a.divergence(to: b).value, full.divergence(to: b).value, 1e-14))
    let one = try Normal(mean: 1, variance: 2).divergence(to: Normal(mean: 0, variance: 1.5)).value
    let two = try Normal(mean: 2, variance: 3).divergence(to: Normal(mean: 1, variance: 1.5)).value
    let sum = one + two
    #expect(agree(a.divergence(to: b).value, sum, 1e-14))
    // Mean field of a correlated law: half of (sum log L_ii - log det L).
    let l = Matrix(rows: 3, columns: 3, elements: [2, 0.9, 0, 0.9, 1.5, -0.5, 0, -0.5, 1])
    let inverse = try #require(Cholesky(l)).solve(columnsOf: .identity(3))
    let target = try MultivariateNormal(mean: [1, -2, 0.5], covariance: .full(inverse))
    let field = try MultivariateNormal(mean: [1, -2, 0.5], covariance: .diagonal([0.5, 2.0 / 3, 1]))
    #expect(agree(field.divergence(to: target).value, 0.28694187986656379, 1e-12))
  }

  static let nearNormals = 2.0507751300610741e-12

  @Test("sampled and bounded divergences of mixtures")
  func mixtures() throws {
    func part(_ m: Double) throws -> MultivariateNormal {
      try MultivariateNormal(mean: [m, 0], covariance: .isotropic(1, dimension: 2))
    }
    let p = try Mixture([part(0), part(3)], weights: [0.4, 0.6])
    let q = try Mixture([part(0.5), part(2.5)], weights: [0.5, 0.5])
    let d = p.divergence(to: q)
    #expect(d.value > 0 && d.value - 5 * d.error <= p.divergenceBound(to: q))
    // On a line the quadrature knows the same divergence: the second coordinate is shared.
    let left = try ScalarMixture(
      [Normal(mean: 0, variance: 1), Normal(mean: 3, variance: 1)], weights: [0.4, 0.6])
    let right = try ScalarMixture(
      [Normal(mean: 0.5, variance: 1), Normal(mean: 2.5, variance: 1)], weights: [0.5, 0.5])
    let exact = KullbackLeibler.divergence(from: left, to: right)
    #expect(exact.error < 1e-12)
    #expect(abs(exact.value - d.value) < 5 * d.error)
  }

  @Test("Bures distance and barycenter")
  func bures() throws {
    let p = try MultivariateNormal(mean: [0, 0], covariance: .full(.diagonal([1, 4])))
    let q = try MultivariateNormal(mean: [0, 0], covariance: .full(.diagonal([9, 1])))
    let distance = try #require(BuresWasserstein.squaredDistance(p, q))
    #expect(agree(distance, 5, 1e-13))
    let center = try BuresWasserstein.barycenter([p, q], weights: [0.5, 0.5])
    #expect(abs(center.value - 1.25) < 1e-13)
    let c = center.law.covariance.matrix
    #expect(abs(c[0, 0] - 4) < 1e-11 && abs(c[1, 1] - 2.25) < 1e-11 && abs(c[0, 1]) < 1e-11)
    let laws = try zip([-1, 0.5, 3], [0.5, 2, 1]).map {
      try MultivariateNormal(mean: [$0], covariance: .full(.diagonal([$1 * $1])))
    }
    let line = try BuresWasserstein.barycenter(laws, weights: [0.25, 0.25, 0.5])
    #expect(abs(line.value - 3.21875) < 1e-13 && abs(line.law.mean[0] - 1.375) < 1e-14)
    #expect(abs(line.law.covariance.matrix[0, 0] - 1.265625) < 1e-12)
    // A pair that does not commute: the map carries the covariance.
    let s = try MultivariateNormal(
      mean: [0, 0], covariance: .full(Matrix(rows: 2, columns: 2, elements: [2, 0.6, 0.6, 0.5])))
    let map = try #require(BuresWasserstein.transportMap(from: s, to: p))
    let moved = map.times(s.covariance.matrix).times(map)
    #expect(abs(moved[0, 0] - 1) < 1e-12 && abs(moved[1, 1] - 4) < 1e-12 && abs(moved[0, 1]) < 1e-12)
  }
}
