import EntropicFamilies
import EntropicNumerics
import Foundation
import Testing

/// Normal approximations against closed forms and the numbers of Tests/Checker/make_variational.py.
@Suite("variational inference by normal laws") struct VariationalTests {
  typealias Answer = VariationalAnswer<MultivariateNormal>

  private struct Missing: Error {}

  private func optimum(_ outcome: VariationalOutcome<MultivariateNormal>) throws -> Answer {
    guard case .optimal(let answer) = outcome else {
      Issue.record("\(outcome)")
      throw Missing()
    }
    return answer
  }

  /// x' P x / 2 and so on, normalised: F is the divergence to the normal law.
  private func normal(mean: [Double], precision: Matrix) throws -> GeneralisedLinearPotential {
    let factor = try #require(Cholesky(precision))
    let pull = precision.times(mean)
    let constant =
      (Kernel.dot(mean, pull) + Double(mean.count) * log(2 * Double.pi) - factor.logDeterminant) / 2
    return try GeneralisedLinearPotential(
      design: Matrix(rows: 0, columns: mean.count), curve: .square, quadratic: precision,
      linear: pull.map { -$0 }, constant: constant)
  }

  @Test func meanFieldOfANormalLaw() throws {
    let row = try ReferenceCase("par-meanfield-gauss")
    let precision = try #require(Matrix([[2, 0.9, 0], [0.9, 1.5, -0.5], [0, -0.5, 1]]))
    let answer = try optimum(
      try normal(mean: [1, -2, 0.5], precision: precision).normalApproximation(.diagonal))
    #expect(row.accepts(answer.value))
    for i in 0..<3 {
      #expect(row.accepts(answer.law.mean[i], "m\(i + 1)"))
      #expect(row.accepts(answer.law.covariance.variances[i], "v\(i + 1)"))
    }
    #expect(answer.lower! <= row.value && row.value <= answer.upper!)
  }

  @Test func aNormalLawIsFoundExactlyInOneStep() throws {
    let row = try ReferenceCase("par-vi-gauss-exact")
    let target = try MultivariateNormal(
      mean: [3, -1], covariance: .full(try #require(Matrix([[2, 0.6], [0.6, 0.5]]))))
    let answer = try optimum(try GeneralisedLinearPotential.normal(target).normalApproximation())
    #expect(row.accepts(answer.value))
    #expect(answer.law.divergence(to: target).value < 1e-14)
    #expect(answer.iterations <= 1)
  }

  /// The isotropic law nearest to N(0, P^-1) has variance d / tr P.
  @Test func isotropicLaw() throws {
    let precision = Matrix.diagonal([1, 2, 6])
    let answer = try optimum(
      try normal(mean: [0, 0, 0], precision: precision).normalApproximation(.isotropic))
    #expect(abs(answer.law.covariance.variances[0] - 1.0 / 3) < 1e-14)
    #expect(abs(answer.value - 0.5 * (3 * log(3.0) - log(12.0))) < 1e-13)
  }

  /// The posterior of least squares is normal, and F is minus the log evidence N(y; 0, v I + X S X').
  @Test func conjugateRegressionTakesOneStep() throws {
    let x = try #require(Matrix([[1, 0.5], [1, -1], [1, 2], [1, 0.25]]))
    let y = [0.5, -1, 3, 1]
    let prior = try MultivariateNormal(mean: [0, 0], covariance: .diagonal([2, 3]))
    let answer = try optimum(
      try GeneralisedLinearPotential.linearRegression(design: x, responses: y, variance: 0.5, prior: prior)
        .normalApproximation())
    var evidence = x.times(Matrix.diagonal([2, 3])).times(x.transposed())
    for i in 0..<4 { evidence[i, i] += 0.5 }
    let law = try MultivariateNormal(mean: [0, 0, 0, 0], covariance: .full(evidence))
    #expect(abs(answer.elbo - law.logDensity(y)) < 1e-12)
    #expect(answer.iterations <= 1)
    #expect(answer.method == "natural-gradient")
  }

  // MARK: Regressions

  static let first: [Double] = [
    -16, -13, -11, -10, -8, -7, -5, -4, -2, -1, 0, 2, 3, 5, 6, 8, 9, 11, 14, 16,
  ]
  static let second: [Double] = [
    3, -9, 12, 1, -6, 8, -14, 5, 10, -3, -11, 7, 2, -8, 13, -1, -5, 9, 4, -12,
  ]
  static let labels: [Double] = [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1]
  static let counts: [Double] = [0, 1, 0, 0, 2, 1, 3, 0, 1, 2, 4, 1, 2, 5, 1, 4, 6, 3, 5, 11]

  struct Regression: Sendable, CustomTestStringConvertible {
    let isPoisson: Bool
    let structure: NormalStructure
    let value: Double
    let mean: [Double]
    /// The lower triangle, or the diagonal.
    let covariance: [Double]

    var testDescription: String { "\(isPoisson ? "poisson" : "logistic") \(mean.count) \(structure)" }

    func potential() throws -> GeneralisedLinearPotential {
      let d = mean.count
      let rows = (0..<20).map {
        Array([1, VariationalTests.first[$0] / 8, VariationalTests.second[$0] / 8].prefix(d))
      }
      let x = try #require(Matrix(rows))
      let prior = try MultivariateNormal(
        mean: [Double](repeating: 0, count: d), covariance: .isotropic(4, dimension: d))
      return isPoisson
        ? try .poissonRegression(design: x, counts: VariationalTests.counts, prior: prior)
        : try .logisticRegression(design: x, successes: VariationalTests.labels, prior: prior)
    }
  }

  static let regressions = [
    Regression(
      isPoisson: true, structure: .full, value: 37.53060665646618888566,
      mean: [0.60803335900100545252, 0.75236410645927777582],
      covariance: [0.032981696006529211117, -0.016536170286176635322, 0.01983339243106737187]),
    Regression(
      isPoisson: false, structure: .full, value: 13.69524422940222249281,
      mean: [0.031008149513035393929, 1.2521235153878987779],
      covariance: [0.270631228059447133, 0.008769622564550879145, 0.29654607839956600524]),
    Regression(
      isPoisson: true, structure: .diagonal, value: 37.80181852689918330972,
      mean: [0.61837481919299575357, 0.73985167143159736483],
      covariance: [0.019195550454745278176, 0.011575756529912884948]),
    Regression(
      isPoisson: false, structure: .diagonal, value: 13.69570861249225075142,
      mean: [0.02823063280763345364, 1.2519849612599751229],
      covariance: [0.27037623104600753298, 0.29628594950232069563]),
    Regression(
      isPoisson: true, structure: .full, value: 34.11027970751629640816,
      mean: [0.52197936415094417251, 0.66202898004090381652, -0.48940910647317508079],
      covariance: [
        0.034589857064020491307, -0.012937212374406038072, 0.017766365019705039992,
        0.0084031195495060102052, 0.0034175390766046454922, 0.020486871751339568519,
      ]),
    Regression(
      isPoisson: false, structure: .full, value: 13.71132452409787926165,
      mean: [-0.02524952695344810173, 1.4741877978709320967, 0.94387502711215506331],
      covariance: [
        0.31501099706744864697, -0.0030274615050968514293, 0.35214675457452811579,
        -0.023547382000529195879, 0.10291136545222662577, 0.35634025504333033788,
      ]),
    Regression(
      isPoisson: true, structure: .diagonal, value: 34.50516070676139528672,
      mean: [0.53624573320403567755, 0.65036781337058087647, -0.48093068580364654251],
      covariance: [0.019187987926576062032, 0.010614299474575660331, 0.01514198190972516399]),
  ]

  @Test(arguments: regressions) func regression(_ row: Regression) throws {
    let answer = try optimum(try row.potential().normalApproximation(row.structure))
    #expect(answer.lower! <= row.value && row.value <= answer.upper!)
    #expect(answer.upper! - answer.lower! <= 1e-9 * row.value)
    #expect(abs(answer.value - row.value) <= 1e-13 * row.value)
    for (found, expected) in zip(answer.law.mean, row.mean) { #expect(abs(found - expected) < 1e-11) }
    let s = answer.law.covariance.matrix
    let entries =
      row.structure == .full
      ? (0..<s.rows).flatMap { i in (0...i).map { s[i, $0] } } : answer.law.covariance.variances
    #expect(entries.count == row.covariance.count)
    for (found, expected) in zip(entries, row.covariance) { #expect(abs(found - expected) < 1e-11) }
  }

  /// A search that is cut off says so, or its interval still holds the best value.
  @Test(arguments: 1...8) func cutOff(iterations: Int) throws {
    for row in Self.regressions {
      let outcome = try row.potential().normalApproximation(row.structure, iterations: iterations)
      switch outcome {
      case .optimal(let answer): #expect(answer.lower! <= row.value && row.value <= answer.upper!)
      case .stalled(_, let answer?):
        #expect(answer.lower == nil)
        #expect(answer.value >= row.value - 1e-12 * row.value)
      default: Issue.record("\(outcome)")
      }
    }
  }

  /// The ELBO is below the log evidence, which a brute-force grid gives.
  @Test func evidence() throws {
    let u = try Self.regressions[1].potential()
    var sum = 0.0
    let h = 0.05
    for i in -80...80 {
      for j in -60...140 { sum += h * h * exp(-u.value([Double(i) * h, Double(j) * h])) }
    }
    let answer = try optimum(u.normalApproximation())
    #expect(answer.elbo < log(sum))
    #expect(answer.elbo > log(sum) - 0.05)
  }

  /// A thousand rows and twenty columns.
  @Test func aLargerRegressionIsFast() throws {
    var generator = SeededGenerator(seed: 1)
    var x = Matrix(rows: 1000, columns: 20)
    for i in x.elements.indices { x.elements[i] = generator.uniform() * 2 - 1 }
    let t = x.times((0..<20).map { Double($0) / 10 - 1 })
    let y = t.map { generator.uniform() < 1 / (1 + exp(-$0)) ? 1.0 : 0.0 }
    let prior = try MultivariateNormal(
      mean: [Double](repeating: 0, count: 20), covariance: .isotropic(100, dimension: 20))
    let u = try GeneralisedLinearPotential.logisticRegression(design: x, successes: y, prior: prior)
    var best = Double.infinity
    for _ in 0..<3 {
      let start = ContinuousClock.now
      let answer = try optimum(u.normalApproximation())
      let time = start.duration(to: .now)
      best = min(best, Double(time.components.attoseconds) * 1e-18 + Double(time.components.seconds))
      #expect(answer.upper! - answer.lower! <= 1e-9 * answer.value)
    }
    #expect(best < 0.5)
  }

  /// Predictors with wide laws: few data, a wide prior.
  @Test func separableDataWithAWidePrior() throws {
    let x = try #require(Matrix([[1, -2], [1, -1], [1, 1], [1, 2]]))
    let prior = try MultivariateNormal(mean: [0, 0], covariance: .isotropic(1e4, dimension: 2))
    let u = try GeneralisedLinearPotential.logisticRegression(
      design: x, successes: [0, 0, 1, 1], prior: prior)
    let answer = try optimum(u.normalApproximation())
    #expect(answer.elbo < 0)
    #expect(answer.law.mean[1] > 10)
  }

  /// Without a prior the posterior of separable data has no mass.
  @Test func separableDataWithoutAPrior() throws {
    let x = try #require(Matrix([[-2], [-1], [1], [2]]))
    let u = try GeneralisedLinearPotential(design: x, curve: .softplus, linear: [-3])
    switch u.normalApproximation() {
    case .unbounded, .stalled: break
    case let other: Issue.record("\(other)")
    }
  }

  @Test func refusals() throws {
    let x = try #require(Matrix([[1, 2], [3, 4]]))
    let prior = try MultivariateNormal(mean: [0, 0], covariance: .isotropic(1, dimension: 2))
    #expect(throws: FamilyError.self) {
      try GeneralisedLinearPotential.logisticRegression(design: x, successes: [0, 2], prior: prior)
    }
    #expect(throws: FamilyError.self) {
      try GeneralisedLinearPotential.poissonRegression(design: x, counts: [1], prior: prior)
    }
    #expect(throws: FamilyError.self) {
      try GeneralisedLinearPotential(design: x, curve: .square, weights: [1, -1])
    }
    #expect(throws: FamilyError.self) {
      try GeneralisedLinearPotential(
        design: x, curve: .square, quadratic: Matrix(rows: 2, columns: 2, elements: [1, 0, 1, 1]))
    }
  }
}
