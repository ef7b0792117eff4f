import EntropicNumerics

/// Maximum likelihood over a family by the fit that the library has for it: closed forms, one-dimensional
/// brackets and verified Newton balls, whichever proves most.
///
/// `optimal` needs the proof of the fit; a stationary point without one is `local`.
struct LikelihoodFit {
  private let problem: FamilyProblem
  /// The sample of all likelihoods of the objective, and the common factor before them.
  private let values: [Double]
  private let weights: [Double]
  private let factor: Double

  /// Nil when the objective is no likelihood.
  init?(_ problem: FamilyProblem) {
    var values: [Double] = []
    var weights: [Double] = []
    var factor: Double?
    for item in problem.objective.terms {
      guard case .logLikelihood(let y, let w) = item.term, item.weight < 0, w.allSatisfy({ $0 >= 0 }) else {
        return nil
      }
      let common = factor ?? -item.weight
      factor = common
      values += y
      weights += -item.weight == common ? w : w.map { $0 * (-item.weight / common) }
    }
    guard let factor, weights.contains(where: { $0 > 0 }) else { return nil }
    self.problem = problem
    self.values = values
    self.weights = weights
    self.factor = factor
  }

  /// Nil when the family has no fit for the parameters that are sought.
  func outcome() -> FamilyProblem.Outcome? {
    if let outside = observationOutside {
      return .infeasible("the observation \(outside) lies outside of the support of the family")
    }
    let found: ScalarFit?
    do throws(FamilyError) {
      found = try problem.family.fit(values, weights: weights, given: problem.given)
    } catch {
      if case .observation = error { return .infeasible(error.message) }
      return .stalled(error.message, nil)
    }
    guard let found else { return nil }
    switch found.status {
    case .unbounded(let reason): return .unbounded("the likelihood has no limit: \(reason)")
    case .unattained(let reason): return .stalled("no member attains the supremum: \(reason)", nil)
    case .maximum, .boundary, .stationary: return outcome(found)
    }
  }

  /// The first observation that no member gives a density. Supports that depend on what is sought are left to the fit.
  private var observationOutside: Double? {
    guard !["uniform_law", "pareto"].contains(problem.family.name), let member = try? problem.member() else {
      return nil
    }
    return zip(values, weights).first { $1 > 0 && !member.support.contains($0) }?.0
  }

  private func outcome(_ found: ScalarFit) -> FamilyProblem.Outcome? {
    guard let law = found.law, let parameters = problem.family.values(of: law),
      zip(parameters, problem.given).allSatisfy({ $1 == nil || $0 == $1 })
    else { return nil }
    let value = problem.objective.value(at: law)
    if value.value == -.infinity { return .unbounded("the likelihood is infinite at a member of the family") }
    guard value.value.isFinite else { return .stalled("the likelihood is not finite at its maximiser", nil) }
    let errors = standardErrors(found)
    let total = factor * Kernel.compensatedSum(weights)
    var gap = 4e-15 * (abs(value.value) + total)
    var isProved = found.status != .stationary
    let proof: String
    switch found.proof {
    case .closedForm: proof = "the maximum of the likelihood in closed form"
    case .bracket(let lower, let upper):
      proof = "the score changes its sign between two values of the one parameter that is sought"
      // In standard errors, with the square of the distance halved.
      let error = errors?.first { $0 > 0 } ?? .infinity
      let distance = (upper - lower) / error
      gap += factor * (error.isFinite ? distance * distance : 0)
    case .newtonBall(let decrement):
      proof = "a ball around the answer holds the maximiser"
      gap += total * decrement * decrement / 2
    case .none:
      proof = "stationary: the score vanishes to the digits"
      isProved = false
    }
    let answer = FamilyProblem.Answer(
      law: law, parameters: parameters, value: value.value,
      lower: isProved ? value.value - gap - value.error : nil,
      upper: isProved ? value.value + value.error : nil,
      standardErrors: found.status == .boundary ? nil : errors, proof: proof, residual: nil,
      method: "maximum-likelihood", iterations: 1)
    return isProved ? .optimal(answer) : .local(answer)
  }

  /// One error a parameter of the family, 0 where it is given.
  private func standardErrors(_ found: ScalarFit) -> [Double]? {
    let errors = found.standardErrors
    if errors.count == problem.given.count { return errors }
    let sought = problem.given.indices.filter { problem.given[$0] == nil }
    guard errors.count == sought.count, !errors.isEmpty else { return nil }
    var all = [Double](repeating: 0, count: problem.given.count)
    for (place, error) in zip(sought, errors) { all[place] = error }
    return all
  }
}
