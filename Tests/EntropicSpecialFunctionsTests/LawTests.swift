import EntropicSpecialFunctions
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Identities that hold whatever the method of computation.
@Suite("Laws")
struct LawTests {
  static let shapes: [Double] = [1e-3, 0.02, 0.3, 0.999, 1, 1.7, 12.5, 400, 3e4, 2e6]
  static let probabilities: [Double] = [1e-200, 1e-20, 1e-3, 0.2, 0.5, 0.7, 0.999, 0.9999999999]

  static func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
    abs(a - b) <= tolerance * max(abs(a), abs(b))
  }

  @Test("P + Q = 1, and P(a + 1, x) = P(a, x) - x^a exp(-x) / Gamma(a + 1)", arguments: shapes)
  func incompleteGamma(a: Double) throws {
    for ratio in [0.1, 0.7, 0.99, 1, 1.01, 1.4] {
      let x = a * ratio
      let (p, q) = (try Special.lowerGamma(a, x), try Special.upperGamma(a, x))
      #expect(abs(p + q - 1) < 1e-14)
      let term = try Special.gammaDensity(x, shape: a + 1, rate: 1).value
      #expect(abs(try Special.lowerGamma(a + 1, x) + term - p) < 1e-12 * p + 1e-300)
    }
  }

  @Test("I_x(a, b) + I_{1-x}(b, a) = 1", arguments: shapes)
  func incompleteBeta(a: Double) throws {
    for b in Self.shapes {
      for x in [0.125, 0.5, 0.75] {
        let (p, q) = (try Special.incompleteBeta(x, a, b), try Special.incompleteBeta(1 - x, b, a))
        #expect(abs(p + q - 1) < 1e-13)
      }
    }
  }

  @Test("quantiles invert distribution functions", arguments: shapes)
  func quantiles(a: Double) throws {
    for p in Self.probabilities {
      let x = try Special.gammaQuantile(p, shape: a, rate: 0.25)
      if x > 1e-300 {
        #expect(Self.agree(try Special.gammaCumulative(x, shape: a, rate: 0.25), p, 1e-11))
      }
      for b in [0.4, 3, 50] {
        let y = try Special.betaQuantile(p, a, b)
        // The distribution function moves by density * ulp between neighbours; away from 1 that is small.
        if y > 1e-300 && y < 0.99 { #expect(Self.agree(try Special.betaCumulative(y, a, b), p, 1e-10)) }
      }
      // The quantile is of order p^(-1 / a), which overflows for the smallest pairs.
      if a >= 0.3 && p > 1e-200 {
        let t = try Special.studentQuantile(p, degreesOfFreedom: a)
        #expect(Self.agree(try Special.studentCumulative(t, degreesOfFreedom: a), p, 1e-11))
      }
      let z = try Special.normalQuantile(p, mean: 2, deviation: 3)
      #expect(Self.agree(try Special.normalCumulative(z, mean: 2, deviation: 3), p, 1e-12))
    }
  }

  @Test("masses sum to one")
  func masses() throws {
    var (poisson, binomial, negative, geometric) = (0.0, 0.0, 0.0, 0.0)
    for k in 0...2000 {
      let k = Double(k)
      poisson += try Special.poissonMass(k, rate: 700).value
      binomial += try Special.binomialMass(k, trials: 1500, probability: 0.3).value
      negative += try Special.negativeBinomialMass(k, successes: 3.5, probability: 0.05).value
      geometric += try Special.geometricMass(k, probability: 0.05).value
    }
    for sum in [poisson, binomial, negative, geometric] { #expect(abs(sum - 1) < 1e-12) }
  }

  @Test("the logarithm of a density is the density's logarithm")
  func logarithms() throws {
    for function in SpecialFunction.all where function.name.contains("_log_p") {
      let plain = function.name.replacing("_log_p", with: "_p")
      let density = try #require(SpecialFunction.named(plain))
      let arguments: [Double]
      switch plain {
      case "binomial_pmf", "negative_binomial_pmf": arguments = [1, 4, 0.5]
      case "beta_pdf": arguments = [0.25, 1.5, 2]
      default: arguments = function.parameters.count == 3 ? [1, 0.5, 2] : [1, 0.75]
      }
      #expect(abs(try function.evaluate(arguments) - log(try density.evaluate(arguments))) < 1e-14)
    }
  }
}
