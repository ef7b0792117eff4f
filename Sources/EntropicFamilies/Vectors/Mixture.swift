import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A mixture `sum_k w_k p_k` of scalar laws on the same kind of support.
public struct ScalarMixture: ScalarLaw {
  public let components: [any ScalarLaw]
  public let weights: [Double]

  public init(_ components: [any ScalarLaw], weights: [Double]) throws(FamilyError) {
    let check = Check("mixture")
    try check.length(weights.count, components.count, "weights")
    self.weights = try check.weights(weights, "weights")
    self.components = components
    let kinds = components.map { $0.support.kind == .interval }
    for k in kinds where k != kinds[0] {
      throw .parameter(
        family: "mixture", parameter: "components", value: .nan,
        domain: "laws that are all densities or all masses")
    }
  }

  private var active: [(weight: Double, law: any ScalarLaw)] {
    zip(weights, components).filter { $0.0 > 0 }.map { (weight: $0.0, law: $0.1) }
  }

  public var support: Support {
    let all = active.map { $0.law.support }
    let lower = all.reduce(Double.infinity) { min($0, $1.lower) }
    let upper = all.reduce(-Double.infinity) { max($0, $1.upper) }
    return Support(lower, upper, all[0].kind)
  }

  /// Kinks of the components, the ends of their supports and their medians (where quadrature should look).
  public var kinks: [Double] {
    active.flatMap { part in
      let law = part.law
      let ends = [law.support.lower, law.support.upper].filter { $0.isFinite }
      return law.kinks + ends + [0.001, 0.02, 0.2, 0.5, 0.8, 0.98, 0.999].map { law.quantile($0) }
    }
  }

  public var mean: Double { active.reduce(0) { $0 + $1.weight * $1.law.mean } }
  public var variance: Double {
    let m = mean
    return active.reduce(0) { $0 + $1.weight * ($1.law.variance + ($1.law.mean - m) * ($1.law.mean - m)) }
  }

  public func logDensity(_ x: Double) -> Double {
    let logs = active.map { log($0.weight) + $0.law.logDensity(x) }
    let top = logs.max() ?? -.infinity
    if !top.isFinite { return top }
    return top + log(logs.reduce(0) { $0 + exp($1 - top) })
  }

  public func cumulative(_ x: Double) -> Double { active.reduce(0) { $0 + $1.weight * $1.law.cumulative(x) } }
  public func survival(_ x: Double) -> Double { active.reduce(0) { $0 + $1.weight * $1.law.survival(x) } }

  public func logCumulative(_ x: Double) -> Double {
    logTail(cumulative(x), survival(x)) { $0.logCumulative(x) }
  }
  public func logSurvival(_ x: Double) -> Double { logTail(survival(x), cumulative(x)) { $0.logSurvival(x) } }

  private func logTail(
    _ tail: Double, _ complement: Double, of part: (any ScalarLaw) -> Double
  ) -> Double {
    if tail > 0.5 { return log1p(-complement) }
    let logs = active.map { log($0.weight) + part($0.law) }
    let top = logs.max() ?? -.infinity
    return top.isFinite ? top + log(logs.reduce(0) { $0 + exp($1 - top) }) : top
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    let k = CategoricalLaw.draw(weights, Variate.uniform(&generator))
    return components[k].sample(using: &generator)
  }

  public var entropy: Estimate { Expectation.entropy(of: self) }

  public func divergence(to other: ScalarMixture) -> Estimate { Expectation.divergence(of: self, to: other) }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    var sum = 0.0
    for part in active {
      guard let value = part.law.closedExpectation(statistic) else { return nil }
      sum += part.weight * value
    }
    return sum
  }
}

/// A mixture of laws of one kind, on vectors or matrices.
public struct Mixture<Component: Distribution>: Distribution {
  public let components: [Component]
  public let weights: [Double]

  public init(_ components: [Component], weights: [Double]) throws(FamilyError) {
    let check = Check("mixture")
    try check.length(weights.count, components.count, "weights")
    self.weights = try check.weights(weights, "weights")
    self.components = components
  }

  public func logDensity(_ x: Component.Value) -> Double {
    let logs = zip(weights, components).map { $0 > 0 ? log($0) + $1.logDensity(x) : -.infinity }
    let top = logs.max() ?? -.infinity
    return top.isFinite ? top + log(logs.reduce(0) { $0 + exp($1 - top) }) : top
  }

  public func sample(using generator: inout SeededGenerator) -> Component.Value {
    components[CategoricalLaw.draw(weights, Variate.uniform(&generator))].sample(using: &generator)
  }

  /// By sampling: one standard error.
  public var entropy: Estimate {
    MonteCarlo.expectation(under: self, count: 20_000, seed: 1) { -logDensity($0) }
  }

  /// By sampling: one standard error. Terms `r - 1 - log r`, whose mean is the divergence, are >= 0.
  public func divergence(to other: Mixture) -> Estimate {
    MonteCarlo.expectation(under: self, count: 20_000, seed: 1) {
      Special.excessOfExp(other.logDensity($0) - logDensity($0))
    }
  }

  /// A proved upper bound of the divergence: `KL(w || v) + sum w_k KL(p_k || q_k)`, components matched in
  /// order.
  public func divergenceBound(to other: Mixture) -> Double {
    guard components.count == other.components.count else { return .infinity }
    var sum = 0.0
    for k in components.indices where weights[k] > 0 {
      sum += Settled.deviance(weights[k], other.weights[k])
      sum += weights[k] * components[k].divergence(to: other.components[k]).value
    }
    return sum + zip(weights, other.weights).reduce(0) { $1.0 == 0 ? $0 + $1.1 : $0 }
  }
}
