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

@Suite("Scalar laws")
struct ScalarLawTests {
  @Test("densities and both tails agree with 50 digits")
  func references() throws {
    for row in try ReferenceLaw.all() {
      let law = row.law
      for p in row.points {
        // A log density of concentrated laws carries the conditioning of x itself.
        let found = law.logDensity(p.x)
        let isClose = agree(found, p.logDensity, 2e-12) || abs(found - p.logDensity) < 1e-14
        #expect(isClose, "\(law) log density at \(p.x): \(found), \(p.logDensity)")
        #expect(
          agree(law.cumulative(p.x), p.cumulative, 4e-12),
          "\(law) cdf at \(p.x): \(law.cumulative(p.x)), \(p.cumulative)")
        #expect(
          agree(law.survival(p.x), p.survival, 4e-12),
          "\(law) survival at \(p.x): \(law.survival(p.x)), \(p.survival)")
      }
      #expect(agree(law.mean, row.mean, 1e-13), "\(law) mean \(law.mean)")
      #expect(agree(law.variance, row.variance, 2e-13), "\(law) variance \(law.variance)")
      let h = law.entropy
      let slack = 2e-14 * max(1, abs(row.entropy)) + h.error
      #expect(
        abs(h.value - row.entropy) <= slack,
        "\(law) entropy \(h.value), \(row.entropy)")
      #expect(h.error < 1e-10 * max(1, abs(h.value)), "\(law) \(h)")
    }
  }

  @Test("quantiles invert both tails")
  func quantiles() throws {
    for row in try ReferenceLaw.all() {
      let law = row.law
      let isContinuous = law.support.kind == .interval
      for p in [1e-30, 1e-9, 0.01, 0.3, 0.5, 0.9] {
        let (x, y) = (law.quantile(p), law.upperQuantile(p))
        if isContinuous {
          guard x.isFinite, x != 0 || law.support.lower < 0, x != law.support.lower else { continue }
          // What half a unit in the last place of x is worth.
          let slack = 4e-12 * p + 4 * exp(law.logDensity(x)) * x.ulp
          #expect(abs(law.cumulative(x) - p) <= slack, "\(law) quantile \(p) = \(x)")
          guard y.isFinite, y < law.support.upper else { continue }
          let upper = 4e-12 * p + 4 * exp(law.logDensity(y)) * y.ulp
          #expect(abs(law.survival(y) - p) <= upper, "\(law) upper quantile \(p) = \(y)")
        } else {
          let before = x == law.support.lower ? -1 : law.cumulative(x - 1)
          let above = y == law.support.lower ? 2 : law.survival(y - 1)
          #expect(law.cumulative(x) >= p && before < p, "\(law) \(p)")
          #expect(law.survival(y) <= p && above > p, "\(law) \(p)")
        }
      }
      #expect(law.quantile(-0.1).isNaN && law.quantile(1.5).isNaN && law.upperQuantile(2).isNaN)
    }
  }

  @Test("mass one; mean, variance and entropy are integrals of the density")
  func integrals() throws {
    for row in try ReferenceLaw.all() {
      let law = row.law
      // Concentrated laws lose the digits of x in every density; extreme shapes underflow.
      let h = law.entropy.value
      if abs(h) > 12 || law is VonMises { continue }
      let mass = Expectation.value(under: law) { _ in 1 }
      #expect(abs(mass.value - 1) < 1e-8, "\(law) mass \(mass)")
      if abs(mass.value - 1) > 1e-11 { continue }
      let found = Expectation.entropy(of: law)
      let slack = 2e-11 * max(1, abs(h)) + 2 * found.error
      #expect(abs(found.value - h) <= slack, "\(law) entropy \(found)")
      if law.variance.isFinite {
        let mean = Expectation.value(under: law) { $0 }
        let scale = max(abs(law.mean), law.standardDeviation)
        #expect(abs(mean.value - law.mean) < 1e-9 * scale, "\(law) \(mean)")
        let m = law.mean
        let variance = Expectation.value(under: law) { ($0 - m) * ($0 - m) }
        #expect(agree(variance.value, law.variance, 1e-7), "\(law) variance \(variance)")
      }
    }
  }

  @Test("closed expectations are integrals of their statistics")
  func statistics() throws {
    let statistics: [Statistic] = [
      .power(1), .power(2), .power(-1), .power(0.5), .squaredDeviation(0.7), .absoluteDeviation(0.4), .log,
      .logSquaredDeviation(0.3), .logComplement, .exponential(-0.25), .cosine(0.2), .logGamma(1),
    ]
    for row in try ReferenceLaw.all() {
      let law = row.law
      if abs(law.entropy.value) > 8 { continue }
      for s in statistics {
        if law.support.lower < 0 {
          switch s {
          case .power(let r) where r < 1 || r.rounded() != r: continue
          case .log, .logSquaredDeviation, .logComplement, .logGamma: continue
          default: break
          }
        }
        if s == .logComplement && law.support.upper > 1 { continue }
        guard let closed = law.closedExpectation(s), closed.isFinite else { continue }
        let found = Expectation.value(under: law, kinks: s == .absoluteDeviation(0.4) ? [0.4] : []) { s($0) }
        guard found.error < 1e-9 * max(1, abs(found.value)) else { continue }
        #expect(abs(found.value - closed) < 2e-8 * max(1, abs(closed)), "\(law) \(s): \(closed), \(found)")
      }
    }
  }

  @Test("samples are reproducible, and their moments lie within five standard errors")
  func sampling() throws {
    for row in try ReferenceLaw.all() {
      let law = row.law
      let n = 20_000
      let x = draw(law, n, 7)
      #expect(x == draw(law, n, 7))
      let others = draw(law, 40, 8)
      #expect(Array(x.prefix(40)) != others || law.variance < 1e-6)
      // The distribution function at three quantiles: counts are binomial.
      for p in [0.1, 0.5, 0.8] {
        let q = law.quantile(p)
        let expected = law.cumulative(q)
        // Laws finer than the doubles around them put their mass on a few of those.
        if law.support.kind == .interval && exp(law.logDensity(q)) * q.ulp > 1e-3 { continue }
        if law.support.kind == .interval && q == law.support.lower { continue }
        let share = Double(x.count { $0 <= q }) / Double(n)
        let error = (expected * (1 - expected) / Double(n)).squareRoot()
        #expect(abs(share - expected) <= 5 * error + 1e-12, "\(law) share below \(q): \(share), \(expected)")
      }
      if law.variance.isFinite && !(law is VonMises) && law.entropy.value > -12 {
        let mean = x.reduce(0, +) / Double(n)
        let error = (law.variance / Double(n)).squareRoot()
        #expect(abs(mean - law.mean) <= 5 * error, "\(law) mean \(mean)")
      }
    }
  }

  private func draw(_ law: some ScalarLaw, _ n: Int, _ seed: UInt64) -> [Double] {
    law.samples(n, seed: seed)
  }

  @Test("outside of the support and at its ends")
  func ends() throws {
    for row in try ReferenceLaw.all() {
      let law = row.law
      #expect(law.cumulative(-.infinity) == 0 && law.survival(-.infinity) == 1, "\(law)")
      #expect(law.cumulative(.infinity) == 1 && law.survival(.infinity) == 0, "\(law)")
      if law.support.lower.isFinite {
        #expect(law.logDensity(law.support.lower - 1) == -.infinity, "\(law)")
        #expect(law.cumulative(law.support.lower - 1) == 0, "\(law)")
      }
      if law.support.kind == .integers { #expect(law.logDensity(0.5) == -.infinity) }
    }
  }

  @Test("bad parameters are named")
  func errors() {
    func thrown(_ make: () throws -> Any) -> Bool {
      do {
        _ = try make()
        return false
      } catch let error as FamilyError {
        return error.message.contains("expected")
      } catch {
        return false
      }
    }
    #expect(thrown { try Normal(mean: 0, variance: 0) })
    #expect(thrown { try Normal(mean: .nan, variance: 1) })
    #expect(thrown { try Gamma(shape: -1, rate: 1) })
    #expect(thrown { try Beta(a: 1, b: .infinity) })
    #expect(thrown { try Binomial(trials: 2.5, probability: 0.5) })
    #expect(thrown { try Bernoulli(probability: 1.5) })
    #expect(thrown { try Geometric(success: 0) })
    #expect(thrown { try Uniform(lower: 1, upper: 1) })
    #expect(thrown { try CategoricalLaw(probabilities: [0.5, 0.6]) })
    #expect(thrown { try Dirichlet(concentration: [1]) })
    #expect(
      thrown {
        try MultivariateNormal(mean: [0, 0], covariance: .full(Matrix(rows: 2, columns: 2, repeating: 1)))
      })
    #expect(thrown { try Wishart(degrees: 1, scale: .identity(2)) })
    #expect(thrown { try TruncatedNormal(mean: 0, variance: 1, lower: 2, upper: 1) })
    #expect(thrown { try StudentT(degrees: 0) })
  }
}
