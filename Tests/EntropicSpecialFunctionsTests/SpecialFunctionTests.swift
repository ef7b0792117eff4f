import EntropicSpecialFunctions
import Testing

@Suite("The table")
struct SpecialFunctionTests {
  @Test("names are unique, in snake case, and found")
  func names() throws {
    let names = SpecialFunction.all.map { $0.name }
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" })
      #expect(try #require(SpecialFunction.named(name)).name == name)
    }
    #expect(SpecialFunction.named("normal") == nil)
  }

  @Test("every row has its words", arguments: SpecialFunction.all)
  func words(function: SpecialFunction) {
    #expect(!function.parameters.isEmpty && !function.domain.isEmpty && !function.summary.isEmpty)
    #expect(Set(function.parameters).count == function.parameters.count)
  }

  @Test("the third argument of normal_pdf is the standard deviation")
  func standardDeviation() throws {
    let normal = try #require(SpecialFunction.named("normal_pdf"))
    // 1 / (0.5 sqrt(2 pi)) at the mean.
    #expect(abs(try normal.evaluate([3, 3, 0.5]) - 0.7978845608028654) < 1e-15)
  }

  @Test("an error names function, argument and value")
  func errors() {
    #expect(throws: SpecialFunctionError.domain(function: "gamma_pdf", argument: "shape", value: -1)) {
      try Special.gammaDensity(1, shape: -1, rate: 1)
    }
    #expect(throws: SpecialFunctionError.domain(function: "poisson_pmf", argument: "k", value: 0.5)) {
      try Special.poissonMass(0.5, rate: 1)
    }
    #expect(throws: SpecialFunctionError.domain(function: "beta_pdf", argument: "x", value: 0)) {
      try Special.betaDensity(0, 0.5, 2)
    }
    #expect(throws: SpecialFunctionError.overflow(function: "gamma")) { try Special.gamma(172) }
    #expect(throws: SpecialFunctionError.overflow(function: "bessel_i0")) { try Special.besselI0(720) }
    #expect(throws: SpecialFunctionError.domain(function: "lambert_w", argument: "x", value: -0.37)) {
      try Special.lambertW(-0.37)
    }
    #expect(throws: SpecialFunctionError.domain(function: "zeta", argument: "s", value: 1)) {
      try Special.zeta(1)
    }
    let range = SpecialFunctionError.range(
      function: "gamma_inc_p", argument: "a", value: 1e10, supported: 0...1e9)
    #expect(throws: range) { try Special.lowerGamma(1e10, 1) }
  }

  @Test("outside of the support a density is 0 and its logarithm -infinity")
  func outside() throws {
    let densities = [
      try Special.gammaDensity(-1, shape: 2, rate: 1), try Special.betaDensity(1.5, 2, 3),
      try Special.lognormalDensity(0, mean: 0, deviation: 1), try Special.poissonMass(-1, rate: 2),
      try Special.binomialMass(11, trials: 10, probability: 0.5),
      try Special.geometricMass(0, probability: 0.5), try Special.uniformDensity(2, from: 0, to: 1),
    ]
    for density in densities {
      #expect(try density.value == 0)
      #expect(density.log == -.infinity)
    }
  }

  @Test("end points of supports")
  func endPoints() throws {
    #expect(try Special.gammaDensity(0, shape: 1, rate: 3).value == 3)
    #expect(try Special.betaDensity(1, 4, 1).value == 4)
    #expect(try Special.weibullDensity(0, shape: 1, scale: 4).value == 0.25)
    #expect(try Special.binomialMass(3, trials: 3, probability: 1).value == 1)
    #expect(try Special.binomialMass(0, trials: 0, probability: 0.3).value == 1)
    #expect(try Special.poissonMass(0, rate: 0).value == 1)
    #expect(try Special.geometricMass(1, probability: 1).value == 1)
    #expect(try Special.negativeBinomialMass(0, successes: 2, probability: 1).value == 1)
    #expect(try Special.betaCumulative(2, 3, 4) == 1)
    #expect(try Special.gammaQuantile(0, shape: 2, rate: 1) == 0)
    #expect(try Special.studentQuantile(0.5, degreesOfFreedom: 3) == 0)
  }

  @Test("next to a zero of a Bessel function the error is small against the amplitude")
  func besselZeros() throws {
    // mpmath: the first zeros of J0 and Y1, rounded to doubles, and a large argument.
    #expect(abs(try Special.besselJ0(2.404825557695773) + 6.1087652597367304e-17) < 1e-15)
    #expect(abs(try Special.besselY1(2.197141326031017) - 2.5133066789221221e-17) < 1e-15)
    #expect(abs(try Special.besselJ0(1e9) - 2.4687471886269195e-05) < 1e-13 * 2.6e-5)
  }
}
