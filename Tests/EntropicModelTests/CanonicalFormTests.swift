import EntropicModel
import EntropicNumerics
import Testing

/// One problem, many spellings, one program, byte for byte.
@Suite("canonical form")
struct CanonicalFormTests {
  let q = [0.1, 0.2, 0.3, 0.4]
  let c = [1.0, -2, 0.5, 3]

  private func bytes(_ objective: Expression, _ constraints: [Constraint] = []) throws -> [UInt8] {
    try Problem(.minimize, objective, subjectTo: constraints).program.canonicalBytes
  }

  private func same(_ spellings: [Expression]) throws {
    let first = try bytes(spellings[0])
    for (k, spelling) in spellings.enumerated() {
      #expect(try bytes(spelling) == first, "spelling \(k + 1): \(spelling)")
    }
  }

  @Test("twelve spellings of a relative entropy")
  func relativeEntropy() throws {
    let p = Unknown.simplex(4)
    let e = Expression(p)
    let r = Expression(q)
    let one = Expression([1.0, 1, 1, 1])
    try same([
      kl(p, q),
      sum(e * log(e / r)),
      sum(e * (log(e) - log(r))),
      sum(e * log(e)) - sum(e * log(r)),
      -entropy(p) - expect(p, log(r)),
      crossEntropy(p, q) - entropy(p),
      Expression.matrixProduct(e, log(e)) - Expression.matrixProduct(e, log(r)),
      Expression.matrixProduct(e, log(e / r)),
      sum(log(e / r) * e),
      -sum(e * log(r / e)),
      sum(one * e * log(e)) - expect(p, log(r)),
      0.5 * kl(p, q) + 0.5 * kl(p, q),
    ])
  }

  @Test("twelve spellings of an entropy")
  func entropySpellings() throws {
    let p = Unknown.simplex(4)
    let e = Expression(p)
    try same([
      -entropy(p), sum(e * log(e)), -1 * entropy(p), Expression.matrixProduct(e, log(e)),
      Expression.matrixProduct(log(e), e), sum(log(e) * e), -sum(-(e * log(e))),
      2 * sum(e * log(e)) + entropy(p),
      sum(e * log(e.power(2))) / 2, sum(sqrt(e) * sqrt(e) * log(e)),
      e[0] * log(e[0]) + sum(e.selected([1, 2, 3], shape: [3]) * log(e.selected([1, 2, 3], shape: [3]))),
      tsallis(p, order: 1) * -1,
    ])
  }

  @Test("twelve spellings of a linear function")
  func linear() throws {
    let p = Unknown.simplex(4)
    let e = Expression(p)
    let k = Expression(c)
    try same([
      expect(p, c), sum(k * e), sum(e * k), Expression.matrixProduct(k, e), Expression.matrixProduct(e, k),
      2 * expect(p, c) - expect(p, c), -expect(p, -k), 1.0 * e[0] - 2.0 * e[1] + 0.5 * e[2] + 3.0 * e[3],
      expect(p, c) + 0, sum(e.reshaped([2, 2]) * k.reshaped([2, 2])), 4 * mean(k * e), expect(p, c) / 1,
    ])
  }

  @Test("twelve spellings of a quadratic form")
  func quadraticForm() throws {
    let p = Unknown.simplex(3)
    let e = Expression(p)
    let m = Matrix(rows: 3, columns: 3, elements: [2, 1, 0, 1, 3, 1, 0, 1, 4])
    let k = Expression(m)
    let half = Matrix(rows: 3, columns: 3, elements: m.elements.map { $0 / 2 })
    let image = Expression.matrixProduct(k, e)
    try same([
      quadratic(p, m), Expression.matrixProduct(e, image), sum(e * image), sum(image * e),
      Expression.matrixProduct(image, e), Expression.matrixProduct(Expression.matrixProduct(e, k), e),
      2 * quadratic(p, half), quadratic(p, half) + quadratic(p, half), -(-quadratic(p, m)), expect(p, image),
      quadratic(p, m) + 0, sum(e * Expression.matrixProduct(e, k)),
    ])
  }

  @Test("a fixed marginal turns mutual information into a relative entropy")
  func mutualInformationWithMarginal() throws {
    let joint = Unknown.joint([2, 2])
    #expect(throws: ProblemError.self) { try Problem(.minimize, mutualInformation(joint)) }
    let fixed = try Problem(
      .minimize, mutualInformation(joint), subjectTo: [marginal(joint, 0) == [0.5, 0.5]])
    #expect(fixed.program.objective.conditionals.count == 1)
    let both = try Problem(
      .minimize, mutualInformation(joint),
      subjectTo: [marginal(joint, 0) == [0.5, 0.5], marginal(joint, 1) == [0.25, 0.75]])
    #expect(both.program.objective.conditionals.isEmpty)
    #expect(both.program.objective.entropic == [1, 1, 1, 1])
  }

  @Test("log(0) in data forces a mass to 0")
  func forcedZero() throws {
    let p = Unknown.simplex(3)
    let problem = try Problem(.minimize, kl(p, [0.5, 0.5, 0]))
    #expect(problem.program.layout.upper == [.infinity, .infinity, 0])
  }

  @Test("log det of a covariance is log det of a bordered information matrix")
  func covariance() throws {
    let p = Unknown.simplex(4)
    let x = Matrix(rows: 4, columns: 2, elements: [1, 0, 0, 1, 1, 1, 2, 3])
    func bordered(_ r: Double) -> Matrix {
      Matrix(rows: 4, columns: 3, elements: (0..<4).flatMap { [1, r * x[$0, 0], r * x[$0, 1]] })
    }
    let s = EntropicModel.covariance(p, x)
    #expect(try bytes(-logdet(s)) == bytes(-logdet(informationMatrix(p, bordered(1)))))
    #expect(try bytes(-logdet(4 * s)) == bytes(-logdet(informationMatrix(p, bordered(2)))))
    // The program has the value of the formula, also for other masses and with a matrix added.
    let point = [0.1, 0.2, 0.3, 0.4]
    let ridge = Expression(Matrix(rows: 2, columns: 2, elements: [0.5, 0.1, 0.1, 0.25]))
    let heavy = Unknown.simplex(4, total: 0.5)
    for (formula, masses) in [
      (-logdet(2 * s + ridge), point),
      (-logdet(EntropicModel.covariance(heavy, x) + ridge), point.map { 0.5 * $0 }),
    ] {
      let program = try Problem(.minimize, formula).program
      let value = Evaluation(formula).value([masses])[0]
      #expect(abs(program.objective.value(masses) - value) <= 1e-13 * abs(value))
    }
    // Only the determinant knows the complement, and only the mean of the same values completes it.
    #expect(throws: ProblemError.self) { try Problem(.minimize, traceInverse(s)) }
    let y = Matrix(rows: 4, columns: 2, elements: [1, 0, 0, 1, 1, 1, 2, 4])
    let other = informationMatrix(p, y) + s - informationMatrix(p, x)
    #expect(throws: ProblemError.self) { try Problem(.minimize, -logdet(other)) }
  }

  @Test("monotone functions at the root are peeled")
  func peeled() throws {
    let p = Unknown.simplex(4)
    let renyi2 = try Problem(.maximize, renyi(p, order: 2))
    #expect(renyi2.program.objective.powers.first?.exponent == 2)
    let (value, lower, upper) = renyi2.interval(
      of: Certificate(
        value: 0.25, lower: 0.25, upper: 0.25, dataUncertainty: 0, infeasibility: 0, level: .rigorous))
    #expect(abs(value - 1.3862943611198906) < 1e-14)
    #expect(lower <= value && value <= upper)
    let root = try Problem(.minimize, exp(kl(p, q)))
    #expect(root.program.objective.entropic == [1, 1, 1, 1])
  }

  @Test("a loop of 1e5 terms builds in linear time and frees without recursion")
  func longSum() throws {
    let p = Unknown.simplex(1000)
    func build(_ count: Int) throws -> Duration {
      let clock = ContinuousClock()
      return try clock.measure {
        var f = Expression(0)
        for i in 0..<count { f = f + Double(i % 7) * p[i % 1000] }
        _ = try Problem(.minimize, f)
      }
    }
    _ = try build(1_000)
    let short = try build(10_000)
    let long = try build(100_000)
    #expect(long < short * 40, "10 times the terms took \(long / short) times as long")
  }
}

@Suite("expressions")
struct ExpressionTests {
  /// Gradients against central differences of the value.
  @Test("gradients agree with difference quotients", arguments: 0..<9)
  func gradients(which: Int) {
    let p = Unknown.simplex(4)
    let e = Expression(p)
    let q = [0.4, 0.3, 0.2, 0.1]
    let x = Matrix(rows: 4, columns: 2, elements: [1, 0.5, 1, -1, 1, 2, 1, 0.1])
    let formulas: [Expression] = [
      kl(p, q) + expect(p, [1, 2, 3, 4]), renyiDivergence(p, q, order: 0.7), jensenShannon(p, q),
      logdet(informationMatrix(p, x)), traceInverse(informationMatrix(p, x)),
      hellinger(p, q) * chiSquared(p, q),
      logSumExp(3 * e) + norm2(e - Expression(q)), cvar(p, [3, 1, 2, 5], level: 0.75),
      sum(exp(e) * e / (1 + e)) + product(e) + max(e),
    ]
    let evaluation = Evaluation(formulas[which])
    let point = [0.15, 0.2, 0.31, 0.34]
    let (_, gradient) = evaluation.gradient([point])
    for i in 0..<4 {
      let h = 1e-6
      var up = point
      var down = point
      up[i] += h
      down[i] -= h
      let quotient = ((evaluation.value([up])[0]) - (evaluation.value([down])[0])) / (2 * h)
      #expect(
        abs(quotient - gradient[0][i]) <= 1e-7 * (1 + abs(quotient)),
        "entry \(i): \(quotient) \(gradient[0][i])")
    }
  }

  @Test("shapes are checked with a hint")
  func shapes() {
    let p = Unknown.simplex(3)
    let m = Matrix(rows: 3, columns: 3, repeating: 1)
    #expect((Expression(m) * Expression(p)).error?.hint == "diag(v) @ M scales the rows of M")
    #expect(expect(p, [1, 2]).error?.message == "expect: wrong number of entries (expected 3, found 2)")
    #expect(throws: ProblemError.self) { try Problem(.minimize, expect(p, [1, 2])) }
  }
}
