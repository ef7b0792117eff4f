/// The member of a family that minimises a functional.
///
///     let gamma = ScalarFamily.named("gamma")!
///     let fit = FamilyProblem(gamma, -1 * LawFunctional(.logLikelihood(values: y, weights: ones)))
///     fit.solved()                                  // maximum likelihood
///
/// Likelihoods and divergences from given laws are convex in the natural parameters of an exponential family,
/// and their minimiser is where the means of the sufficient statistics agree: solved by the inverse mean map, and
/// `optimal`. Functionals of a normal law that are convex in mean and standard deviation are minimised by
/// Newton's method, and `optimal` when a ball around the answer is verified to hold the minimiser. Everything
/// else ends `local`.
///
/// - Source: S. Amari, H. Nagaoka, Methods of Information Geometry (2000), section 3.5; M. Opper, C. Archambeau,
///   Neural Comput. 21 (2009), doi:10.1162/neco.2008.08-07-592.
public struct FamilyProblem: Sendable {
  public let family: ScalarFamily
  /// One entry a parameter: its value where it is given.
  public let given: [Double?]
  public let objective: LawFunctional

  public init(_ family: ScalarFamily, given: [Double?]? = nil, _ objective: LawFunctional) {
    self.family = family
    self.given = given ?? family.parameters.map { _ in nil }
    self.objective = objective
  }

  public struct Answer: Sendable {
    public let law: any ScalarLaw
    /// In the order of the family's parameters.
    public let parameters: [Double]
    public let value: Double
    public let lower: Double?
    public let upper: Double?
    /// Of the parameters, from the Fisher information, for likelihoods; 0 where a parameter is given.
    public let standardErrors: [Double]?
    /// What proves the interval, in words.
    public let proof: String
    public let residual: Double?
    public let method: String
    public let iterations: Int
  }

  public enum Outcome: Sendable {
    case optimal(Answer)
    case local(Answer)
    case unbounded(String)
    case infeasible(String)
    /// The family cannot be searched in this way; what to change.
    case unsuitable(String)
    case stalled(String, Answer?)
    case interrupted
  }

  public func solved(stop: @escaping @Sendable () -> Bool = { false }) -> Outcome {
    if !given.contains(where: { $0 == nil }) { return valueOfGivenLaw() }
    if zip(family.parameters, given).contains(where: { $0.name == "trials" && $1 == nil }) {
      return .unsuitable("the number of trials is not sought: give it, as in \(family.name)(trials=10)")
    }
    if let fitted = LikelihoodFit(self)?.outcome() { return fitted }
    if let matched = MomentMatching(self)?.outcome() { return matched }
    if let normal = NormalSearch(self, stop: stop)?.outcome() { return normal }
    return ParameterSearch(self, stop: stop).outcome()
  }

  /// Nothing is sought: the one law is the optimum, within the error of its value.
  private func valueOfGivenLaw() -> Outcome {
    let law: any ScalarLaw
    do throws(FamilyError) { law = try family.law(given.map { $0 ?? .nan }) } catch {
      return .unsuitable(error.message)
    }
    let value = objective.value(at: law)
    if value.value == .infinity, value.basis == .closedForm {
      return .infeasible("the objective is infinite at the one law that is given")
    }
    if value.value == -.infinity, value.basis == .closedForm {
      return .unbounded("the objective is infinite at the one law that is given")
    }
    guard value.value.isFinite else {
      return .stalled("the objective has no value at the one law that is given", nil)
    }
    let error = value.error + 1e-15 * abs(value.value)
    let answer = Answer(
      law: law, parameters: given.map { $0 ?? .nan }, value: value.value, lower: value.value - error,
      upper: value.value + error, standardErrors: nil,
      proof: "every parameter is given: there is one law to choose", residual: nil, method: "evaluation",
      iterations: 0)
    return error <= max(1e-9 * abs(value.value), 1e-12)
      ? .optimal(answer) : .stalled("precision", answer)
  }

  /// A member of the family at which derivatives exist; given parameters are kept.
  func member() throws(FamilyError) -> any ScalarLaw {
    try family.law(
      zip(family.parameters, given).map { parameter, value in
        if let value { return value }
        switch parameter.domain {
        case .real: return 0
        case .positive, .fixed: return 1
        case .unit: return 0.5
        }
      })
  }
}
