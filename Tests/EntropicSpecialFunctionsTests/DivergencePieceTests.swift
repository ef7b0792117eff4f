import EntropicSpecialFunctions
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A small generator for tests of variates.
private struct Congruence: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite("Pieces of divergences")
struct DivergencePieceTests {
  private func agree(_ a: Double, _ b: Double, _ tolerance: Double = 2e-13) -> Bool {
    a == b || abs(a - b) <= tolerance * max(abs(a), abs(b))
  }

  @Test("functions of one number agree with 60 digits")
  func one() throws {
    for (x, y) in ReferencePieces.excessOverLog {
      #expect(agree(try Special.excessOverLog(x), y), "excessOverLog \(x)")
    }
    for (x, y) in ReferencePieces.excessOfExp {
      #expect(agree(Special.excessOfExp(x), y), "excessOfExp \(x)")
    }
    for (x, y) in ReferencePieces.logMinusDigamma {
      #expect(agree(try Special.logMinusDigamma(x), y), "logMinusDigamma \(x)")
      let shape = try Special.gammaShape(logGap: y)
      #expect(agree(shape, x, 4e-13), "gammaShape \(y): \(shape)")
    }
    for (x, y) in ReferencePieces.trigammaExcess {
      #expect(agree(try Special.trigammaExcess(x), y), "trigammaExcess \(x)")
    }
    for (x, y) in ReferencePieces.stirlingRemainder {
      #expect(agree(try Special.stirlingRemainder(x), y, 1e-12), "stirlingRemainder \(x)")
    }
    for (x, y) in ReferencePieces.scaledExponentialIntegral {
      #expect(agree(try Special.scaledExponentialIntegral(x), y), "scaledExponentialIntegral \(x)")
    }
    for x in [1e-6, 1e-3, 0.5, 1.5, 4, 1e3, 1e6] {
      let y = try Special.digamma(x)
      #expect(agree(try Special.inverseDigamma(y), x, 1e-13), "inverseDigamma \(y)")
    }
  }

  @Test("ratios of Bessel functions, complements and slopes")
  func bessel() throws {
    for row in ReferencePieces.besselRatio {
      let r = try Special.besselRatio(order: row.order, row.x)
      #expect(agree(r.value, row.value), "\(row) \(r)")
      // A ratio near 1 from the fraction has the digits of 1.
      #expect(abs(r.complement - row.complement) <= 1e-13 * row.complement + 2e-16, "\(row) \(r)")
      let slack = row.x > 20 ? 2e-16 * row.x / row.slope : 0
      #expect(agree(r.slope, row.slope, 1e-12 + slack), "\(row) \(r)")
    }
    for row in ReferencePieces.logScaledBesselI {
      let value = try Special.logScaledBesselI(order: row.order, row.x)
      // The logarithm of a number next to 1 has the digits of that number.
      #expect(abs(value - row.value) <= 1e-13 * abs(row.value) + 2e-16, "\(row) \(value)")
    }
    #expect(throws: SpecialFunctionError.self) { try Special.besselRatio(order: -1, 1) }
    #expect(throws: SpecialFunctionError.self) { try Special.logScaledBesselI(order: 0.3, 1) }
  }

  @Test("deviances are exact differences, and infinite without a base")
  func deviances() throws {
    #expect(try Special.deviance(0, 3) == 3)
    #expect(try Special.deviance(2, 0) == .infinity)
    #expect(try Special.deviance(0, 0) == 0)
    let near = try Special.deviance(1, 1 + 1e-9, difference: 1e-9)
    #expect(agree(near, 5e-19 * (1 - 2e-9 / 3)))
    #expect(throws: SpecialFunctionError.self) { try Special.deviance(-1, 1) }
    #expect(throws: SpecialFunctionError.self) { try Special.excessOverLog(-2) }
    #expect(throws: SpecialFunctionError.self) { try Special.logMinusDigamma(0) }
    #expect(throws: SpecialFunctionError.self) { try Special.gammaShape(logGap: -1) }
  }

  @Test("upper quantiles invert survival functions")
  func tails() throws {
    for q in [1e-200, 1e-20, 0.01, 0.6, 0.999] {
      let x = try Special.gammaUpperQuantile(q, shape: 2.5, rate: 0.75)
      let survival = try Special.gammaSurvival(x, shape: 2.5, rate: 0.75)
      #expect(agree(survival, q, 1e-12 + 1e-15 * x))
      let y = try Special.betaUpperQuantile(q, 2, 0.5)
      let slack = y < 1 ? try Special.betaDensity(y, 2, 0.5).value * 2e-16 : 1
      let beyond = try Special.betaSurvival(y, 2, 0.5)
      #expect(abs(beyond - q) <= 1e-12 * q + slack)
    }
    let tails = try Special.betaTails(1 - 1e-30, complement: 1e-30, 2, 3)
    // I_y(3, 2) = 4 y^3 - 3 y^4
    #expect(agree(tails.upper, 4e-90, 1e-13))
  }

  @Test("variates: means within five standard errors, reproducible")
  func variates() {
    var generator = Congruence(state: 5)
    let n = 20_000
    func mean(_ draw: (inout Congruence) -> Double) -> Double {
      (0..<n).reduce(0) { sum, _ in sum + draw(&generator) } / Double(n)
    }
    let root = Double(n).squareRoot()
    let normal = mean { Variate.normal(&$0) }
    #expect(abs(normal) < 5 / root)
    let gamma = mean { Variate.gamma(shape: 0.3, &$0) }
    let logGamma = mean { exp(Variate.logGamma(shape: 0.3, &$0)) }
    let poisson = mean { Variate.poisson(rate: 40, &$0) }
    let binomial = mean { Variate.binomial(trials: 50, probability: 0.2, &$0) }
    #expect(abs(gamma - 0.3) < 5 * 0.3.squareRoot() / root)
    #expect(abs(logGamma - 0.3) < 5 * 0.3.squareRoot() / root)
    #expect(abs(poisson - 40) < 5 * 40.0.squareRoot() / root)
    #expect(abs(binomial - 10) < 5 * 8.0.squareRoot() / root)
    var (a, b) = (Congruence(state: 9), Congruence(state: 9))
    for _ in 0..<50 { #expect(Variate.gamma(shape: 2, &a) == Variate.gamma(shape: 2, &b)) }
    #expect(a.next() == b.next())
    #expect(Variate.poisson(rate: 0, &a) == 0)
    #expect(Variate.binomial(trials: 9, probability: 1, &a) == 9)
  }

  @Test("Sobol points fill the cube evenly")
  func sobol() throws {
    let points = try SobolPoints.points(1023, dimension: 3)
    for j in 0..<3 {
      let mean = (0..<1023).reduce(0) { $0 + points[3 * $1 + j] } / 1023
      #expect(abs(mean - 0.5) < 1e-3)
    }
    #expect(throws: SpecialFunctionError.self) { try SobolPoints.points(8, dimension: 0) }
    #expect(throws: SpecialFunctionError.self) { try SobolPoints.points(0, dimension: 2) }
  }
}
