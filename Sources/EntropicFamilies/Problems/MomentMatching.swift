import EntropicNumerics

/// Divergences from given laws, and likelihoods beside them, over an exponential family:
///
///     const - sum_s a_s E_s log p      minimal where E_p T = sum_s a_s E_s T / sum_s a_s
///
/// The objective is W (A(eta) - <eta, t>) + const in the natural parameters, W = sum a_s: the gap at a member
/// whose means miss t by r is W/2 r' I^(-1) r to second order, I the Fisher information.
struct MomentMatching {
  private struct Source {
    let weight: Double
    let law: (any ScalarLaw)?
    let values: [Double]
    let weights: [Double]
  }

  private let problem: FamilyProblem
  private let start: any ScalarLaw & ExponentialFamily
  private let sources: [Source]

  /// Nil when the problem has another form.
  init?(_ problem: FamilyProblem) {
    guard let member = try? problem.member(), let start = member as? any ScalarLaw & ExponentialFamily
    else { return nil }
    // Every parameter that is sought must be a coordinate of the exponential family.
    let sought = zip(problem.family.parameters, problem.given).filter { $1 == nil && $0.domain != .fixed }
    guard start.naturalParameters.count == sought.count else { return nil }
    var sources: [Source] = []
    for item in problem.objective.terms {
      switch item.term {
      case .logLikelihood(let values, let weights):
        guard item.weight < 0, weights.allSatisfy({ $0 >= 0 }) else { return nil }
        sources.append(Source(weight: -item.weight, law: nil, values: values, weights: weights))
      case .divergenceFrom(let law):
        guard item.weight > 0 else { return nil }
        sources.append(Source(weight: item.weight, law: law, values: [], weights: []))
      default: return nil
      }
    }
    guard !sources.isEmpty else { return nil }
    self.problem = problem
    self.start = start
    self.sources = sources
  }

  func outcome() -> FamilyProblem.Outcome? { solve(start) }

  private func solve<Law: ScalarLaw & ExponentialFamily>(_ member: Law) -> FamilyProblem.Outcome? {
    guard member.naturalParameters.count == member.meanParameters.count else { return nil }
    let count = member.naturalParameters.count
    var total = 0.0
    var sums = [Double](repeating: 0, count: count)
    for source in sources {
      if let law = source.law {
        if !member.support.covers(law.support) {
          return .infeasible("the divergence is infinite for every member: its support is too small")
        }
        for k in 0..<count {
          let mean = mean(k, of: member, under: law)
          if isProvedInfinite(mean, k, of: member, under: law) {
            return .infeasible("the mean of a sufficient statistic is infinite under the given law")
          }
          guard mean.value.isFinite else {
            return .stalled("the mean of a sufficient statistic under the given law is not finite", nil)
          }
          sums[k] += source.weight * mean.value
        }
        total += source.weight
      } else {
        let used = zip(source.values, source.weights).filter { $0.1 > 0 }
        if let outside = used.first(where: { !member.support.contains($0.0) }) {
          return .infeasible("the observation \(outside.0) lies outside of the support of the family")
        }
        for k in 0..<count {
          sums[k] +=
            source.weight
            * Kernel.compensatedDot(used.map(\.1), used.map { member.sufficientStatistics($0.0)[k] })
        }
        total += source.weight * Kernel.compensatedSum(used.map(\.1))
      }
    }
    guard total > 0, total.isFinite, sums.allSatisfy(\.isFinite) else { return nil }
    let target = sums.map { $0 / total }
    let fitted: Law
    do throws(FamilyError) {
      fitted = try nearest(to: target, from: member)
    } catch {
      return .stalled("no member of the family has the means that are needed (\(error.message))", nil)
    }
    guard let parameters = problem.family.values(of: fitted),
      zip(parameters, problem.given).allSatisfy({ $1 == nil || $0 == $1 })
    else { return nil }
    let value = problem.objective.value(at: fitted)
    guard value.value.isFinite else {
      return .stalled("the divergence is \(value.value) at the member with the same means", nil)
    }
    let information = fitted.fisherInformation
    let misses = zip(fitted.meanParameters, target).map { $0 - $1 }
    var gap = 4e-15 * (abs(value.value) + total)
    if let factor = Cholesky(information) {
      gap += total * Kernel.dot(misses, factor.solve(misses))
    }
    return .optimal(
      FamilyProblem.Answer(
        law: fitted, parameters: parameters, value: value.value, lower: value.value - gap - value.error,
        upper: value.value + value.error,
        standardErrors: nil,
        proof: "convex in the natural parameters; the means of the sufficient statistics agree",
        residual: nil, method: "moment-matching", iterations: 1))
  }

  /// E T_k, in closed form where the family names its statistics.
  private func mean<Law: ScalarLaw & ExponentialFamily>(
    _ k: Int, of member: Law, under law: any ScalarLaw
  ) -> Estimate {
    if let named = member as? any MomentFamily {
      return Expectation.value(of: named.statistics[k], under: law)
    }
    return Expectation.value(under: law) { member.sufficientStatistics($0)[k] }
  }

  /// Whether a mean is infinite by its closed form, for a statistic that is bounded below and that no member weighs in
  /// favour of large values: then the divergence is infinite for every member.
  private func isProvedInfinite(
    _ mean: Estimate, _ k: Int, of member: some ScalarLaw & ExponentialFamily, under law: any ScalarLaw
  ) -> Bool {
    guard mean.value == .infinity, mean.basis == .closedForm, law.entropy.value.isFinite,
      let named = member as? any MomentFamily
    else { return false }
    switch named.statistics[k] {
    case .power(let r): return member.support.lower >= 0 || r == 2
    case .logSquaredDeviation, .absoluteDeviation: return true
    default: return false
    }
  }

  /// The member with the given means; for one law its own projection, which knows more about its moments.
  private func nearest<Law: ScalarLaw & ExponentialFamily>(
    to target: [Double], from member: Law
  ) throws(FamilyError) -> Law {
    if sources.count == 1, let law = sources[0].law, let named = member as? any MomentFamily,
      let nearest = try projection(of: law, on: named) as? Law
    {
      return nearest
    }
    return try member.with(mean: target)
  }

  private func projection<Member: MomentFamily>(
    of law: some ScalarLaw, on member: Member
  ) throws(FamilyError) -> any ScalarLaw {
    try member.projecting(law).law
  }
}
