import EntropicFamilies
import EntropicModel
import EntropicNumerics

// Words that are called with a law of a family, or with a sought law.
extension BuiltinCall {
  /// The law that an argument is, if it is one.
  private func lawReference(_ parameter: String) -> LawReference? {
    if case .law(let law)? = argument(parameter)?.value { return law }
    return nil
  }

  private func givenLaw(_ parameter: String) throws(SpecError) -> any ScalarLaw {
    switch lawReference(parameter) {
    case .given(let law)?: return law
    default:
      throw failure(
        .unsupportedForm, at: parameter,
        "\(Diagnostic.quoted(text(of: parameter))) is no given law (expected one such as normal(0, 1))")
    }
  }

  private func functional(_ term: LawFunctional.Term, _ unknown: SoughtLaw) -> ElaborationValue {
    .functional(LawFormula(functional: LawFunctional(term), unknown: unknown))
  }

  private func number(_ value: Estimate) throws(SpecError) -> ElaborationValue {
    if value.value.isNaN {
      throw evaluator.failure(
        .nonFiniteValue, at: node,
        "\(Diagnostic.quoted(evaluator.syntax.shortText(of: node))) is not a number")
    }
    if value.error > 1e-7 * max(1, Swift.abs(value.value)) {
      evaluator.scope.warn(
        evaluator.syntax.diagnostic(
          .nonFiniteValue, severity: .warning, at: node,
          "\(builtin.name) is known within \(numberText(value.error)) only"))
    }
    return .number(value.value)
  }

  /// The meaning of a word on laws.
  func lawMeaning() throws(SpecError) -> ElaborationValue {
    switch builtin.name {
    case "entropy": return try unary("p", .entropy)
    case "variance":
      if has("x") { return try varianceOfFunction() }
      return try unary("p", .variance)
    case "expect": return try expectation()
    case "kl": return try divergence()
    case "cross_entropy": return try crossEntropy()
    case "log_likelihood": return try logLikelihood()
    case "cdf":
      guard has("x") else {
        throw failure(.wrongArgumentCount, at: "p", "a law of a family has its cdf at a point: cdf(q, x)")
      }
      let law = try givenLaw("p")
      let x = try constant("x")
      return .constant(ConstantArray(shape: x.shape, values: x.values.map { law.cumulative($0) }))
    default:
      throw evaluator.failure(
        .unsupportedForm, at: node,
        "\(builtin.name) is not defined for continuous laws and members of families",
        hint: "entropy, expect, variance, kl, cross_entropy, log_likelihood and cdf are")
    }
  }

  private func unary(_ parameter: String, _ term: LawFunctional.Term) throws(SpecError) -> ElaborationValue {
    switch lawReference(parameter) {
    case .given(let law)?: return try number(LawFunctional(term).value(at: law))
    case .sought(let unknown)?: return functional(term, unknown)
    case nil: throw failure(.invalidArgument, at: parameter, "expected a law")
    }
  }

  private func pointFunction(_ parameter: String) throws(SpecError) -> PointFunction {
    let argument = try required(parameter)
    guard case .function(let function) = argument.value else {
      throw failure(
        .invalidArgument, at: parameter,
        "\(Diagnostic.quoted(text(of: parameter))) is no function of the outcome",
        hint:
          "outcomes of \(text(of: "p")) are numbers on an interval: write \(builtin.name)(\(text(of: "p")), "
          + "x -> x^2)")
    }
    return try evaluator.pointFunction(function, at: argument.node)
  }

  private func expectation() throws(SpecError) -> ElaborationValue {
    if has("given") {
      throw failure(.unsupportedForm, at: "given", "conditions on continuous laws are not available")
    }
    if case .sought(let unknown)? = lawReference("p"), case .normal(let dimension, _) = unknown.kind {
      return functional(.potential(try potential("f", dimension)), unknown)
    }
    return try unary("p", .expectation(try pointFunction("f")))
  }

  private func varianceOfFunction() throws(SpecError) -> ElaborationValue {
    let law = try givenLaw("p")
    let f = try pointFunction("x")
    let mean = f.expectation(under: law).value
    let values = f.values
    let square = PointFunction("(f - mean)^2") { points in values(points).map { ($0 - mean) * ($0 - mean) } }
    return try number(square.expectation(under: law))
  }

  private func divergence() throws(SpecError) -> ElaborationValue {
    switch (lawReference("p"), lawReference("q")) {
    case (.given(let p)?, .given(let q)?):
      return try number(KullbackLeibler.divergence(from: p, to: q))
    case (.sought(let unknown)?, .given(let q)?): return functional(.divergenceTo(q), unknown)
    case (.given(let p)?, .sought(let unknown)?): return functional(.divergenceFrom(p), unknown)
    case (.sought?, .sought?):
      throw failure(.unsupportedForm, at: "q", "the divergence of two sought laws is not available")
    default:
      throw failure(.invalidArgument, at: "q", "a law of a family and a list of masses have no divergence")
    }
  }

  private func crossEntropy() throws(SpecError) -> ElaborationValue {
    switch (lawReference("p"), lawReference("q")) {
    case (.given(let p)?, .given(let q)?):
      return try number(KullbackLeibler.crossEntropy(from: p, to: q))
    case (.sought(let unknown)?, .given(let q)?):
      return functional(.expectation(.negativeLogDensity(of: q)), unknown)
    case (.given(let p)?, .sought(let unknown)?):
      // -E_p log q = H(p) + KL(p || q).
      var value = LawFunctional(.divergenceFrom(p))
      value.constant = p.entropy.value
      return .functional(LawFormula(functional: value, unknown: unknown))
    default:
      throw failure(.unsupportedForm, at: "q", "expected a given law and a law of a family")
    }
  }

  private func logLikelihood() throws(SpecError) -> ElaborationValue {
    guard has("weights") else {
      throw failure(
        .wrongArgumentCount, at: "u", "the likelihood of a law of a family needs data",
        hint: "log_likelihood(p, y), or log_likelihood(p, y, weights)")
    }
    if has("log") { throw failure(.invalidArgument, at: "log", "log= belongs to lists of masses") }
    let values = try constant("weights")
    if let i = values.values.firstIndex(where: { !$0.isFinite }) {
      throw failure(
        .nonFiniteValue, at: "weights", "observation \(placeText(i, in: values.shape)) is not finite")
    }
    var weights = [Double](repeating: 1, count: values.values.count)
    if has("counts") {
      let given = try constant("counts")
      try checkShape(.constant(given), "counts", equals: values.shape)
      if let i = given.values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
        throw failure(
          .negativeMass, at: "counts",
          "weight \(i + 1) is \(numberText(given.values[i])) (expected at least 0)")
      }
      weights = given.values
    }
    return try unary("u", .logLikelihood(values: values.values, weights: weights))
  }
}

extension Builtin {
  /// Laws of families as constants, such as normal(mean=0, variance=1), and mixtures of them.
  static let givenLaws: [Builtin] =
    ScalarFamily.all.map { family in
      Builtin(
        family.name, ScalarFamily.parameterList(family), .unknowns,
        "the \(family.name.split(separator: "_").joined(separator: " ")) family: without arguments an unknown, "
          + "with all of them a law"
      ) { (call) throws(SpecError) in .law(.given(try call.member(of: family))) }
    } + [
      Builtin("mixture", "weights, law...", .unknowns, "a mixture of given laws") {
        (call) throws(SpecError) in
        let weights = try call.constant("weights")
        var laws: [any ScalarLaw] = []
        for argument in call.all("law") {
          guard case .law(.given(let law)) = argument.value else {
            throw call.evaluator.failure(
              .invalidArgument, at: argument.node,
              "mixture: expected a given law, found \(argument.value.kind)")
          }
          laws.append(law)
        }
        do throws(FamilyError) {
          return .law(.given(try ScalarMixture(laws, weights: weights.values)))
        } catch {
          throw call.failure(.valueOutOfRange, at: "weights", error.message)
        }
      }
    ]
}

extension ScalarFamily {
  /// How the parameters are written: all optional, by place or by name.
  fileprivate static func parameterList(_ family: ScalarFamily) -> String {
    family.parameters.map { "[\($0.name)]" }.joined(separator: ", ")
  }
}

extension BuiltinCall {
  /// The parameters that are given, in the order of the family.
  func parameters(of family: ScalarFamily) throws(SpecError) -> [Double?] {
    var values: [Double?] = []
    for parameter in family.parameters {
      values.append(has(parameter.name) ? try number(parameter.name) : nil)
    }
    return values
  }

  fileprivate func member(of family: ScalarFamily) throws(SpecError) -> any ScalarLaw {
    let given = try parameters(of: family)
    var values: [Double] = []
    for (value, parameter) in zip(given, family.parameters) {
      guard let number = value ?? parameter.standard else {
        throw evaluator.failure(
          .wrongArgumentCount, at: node, "\(family.name): the parameter \(parameter.name) is missing",
          hint: "it is called as \(builtin.signature)")
      }
      values.append(number)
    }
    do throws(FamilyError) { return try family.law(values) } catch {
      throw evaluator.failure(.valueOutOfRange, at: node, error.message)
    }
  }
}
