import EntropicNumerics

/// A functional of one law on the line: a constant and weighted terms, in nats where the terms are.
public struct LawFunctional: Sendable {
  public enum Term: Sendable {
    /// -E log p.
    case entropy
    /// E f.
    case expectation(PointFunction)
    /// Var x.
    case variance
    /// KL(p || q), q given.
    case divergenceTo(any ScalarLaw)
    /// KL(q || p), q given.
    case divergenceFrom(any ScalarLaw)
    /// E U for a law of several variables.
    case potential(VectorPotential)
    /// sum_i w_i log p(y_i).
    case logLikelihood(values: [Double], weights: [Double])
  }

  /// A potential on several variables: functions of linear predictors, whose expectations need no sampling, or any.
  public enum VectorPotential: Sendable {
    case predictors(GeneralisedLinearPotential)
    case general(Potential)
  }

  public struct Weighted: Sendable {
    public var weight: Double
    public var term: Term
  }

  public var constant: Double
  public var terms: [Weighted]

  public init(constant: Double = 0, _ terms: [Weighted] = []) {
    self.constant = constant
    self.terms = terms
  }

  public init(_ term: Term) { self.init([Weighted(weight: 1, term: term)]) }

  /// The sum of the sizes of constant and weights.
  public var size: Double { terms.reduce(abs(constant)) { $0 + abs($1.weight) } }

  public static func + (a: LawFunctional, b: LawFunctional) -> LawFunctional {
    LawFunctional(constant: a.constant + b.constant, a.terms + b.terms)
  }

  public static func * (factor: Double, a: LawFunctional) -> LawFunctional {
    LawFunctional(
      constant: factor * a.constant,
      factor == 0 ? [] : a.terms.map { Weighted(weight: factor * $0.weight, term: $0.term) })
  }

  /// The value at a law, with the error of what has no closed form.
  public func value(at law: some ScalarLaw) -> Estimate {
    var total = Estimate(constant, error: 0, basis: .closedForm)
    for item in terms {
      total = total.adding(LawFunctional.value(of: item.term, at: law), times: item.weight)
    }
    return total
  }

  private static func value(of term: Term, at law: some ScalarLaw) -> Estimate {
    switch term {
    case .entropy: return law.entropy
    case .expectation(let f): return f.expectation(under: law)
    case .variance: return Estimate(closed: law.variance)
    case .potential: return Estimate(.nan, error: .infinity, basis: .closedForm)
    case .divergenceTo(let q): return KullbackLeibler.divergence(from: law, to: q)
    case .divergenceFrom(let q): return KullbackLeibler.divergence(from: q, to: law)
    case .logLikelihood(let values, let weights):
      var logs: [Double] = []
      for (y, w) in zip(values, weights) where w != 0 { logs.append(w * law.logDensity(y)) }
      let sum = Kernel.compensatedSum(logs)
      return Estimate(
        sum, error: sum.isFinite ? 4e-15 * Kernel.absoluteSum(logs) : 0, basis: .closedForm)
    }
  }
}

extension PointFunction {
  /// E f under a law, with an error.
  public func expectation(under law: some ScalarLaw) -> Estimate {
    Expectation.value(under: law) { x in values([x]).first ?? .nan }
  }
}
