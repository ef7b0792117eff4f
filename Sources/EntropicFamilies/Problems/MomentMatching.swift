import EntropicNumerics

/// Likelihoods and divergences from given laws over an exponential family:
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
  private let isLikelihood: Bool

  /// Nil when the problem has another form.
  init?(_ problem: FamilyProblem) {
    guard let member = try? problem.member(), let start = member as? any ScalarLaw & ExponentialFamily
    else { return nil }
    // Every parameter that is sought must be a coordinate of the exponential family.
    let sought = zip(problem.family.parameters, problem.given).filter { $1 == nil && $0.domain != .fixed }
    guard start.naturalParameters.count == sought.count else { return nil }
    var sources: [Source] = []
    var isLikelihood = true
    for item in problem.objective.terms {
      switch item.term {
      case .logLikelihood(let values, let weights):
        guard item.weight < 0, weights.allSatisfy({ $0 >= 0 }) else { return nil }
        sources.append(Source(weight: -item.weight, law: nil, values: values, weights: weights))
      case .divergenceFrom(let law):
        guard item.weight > 0 else { return nil }
        isLikelihood = false
        sources.append(Source(weight: item.weight, law: law, values: [], weights: []))
      default: return nil
      }
    }
    guard !sources.isEmpty else { return nil }
    self.problem = problem
    self.start = start
    self.sources = sources
    self.isLikelihood = isLikelihood
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
          let mean = expectation(law) { member.sufficientStatistics($0)[k] }
          guard mean.value.isFinite else {
            return .infeasible("the mean of a sufficient statistic is infinite under the given law")
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
    guard total > 0 else { return nil }
    let target = sums.map { $0 / total }
    let fitted: Law
    do throws(FamilyError) { fitted = try member.with(mean: target) } catch {
      if member.support.kind == .interval {
        return .unbounded("the likelihood has no limit where the law shrinks to the observations")
      }
      return .stalled("the optimum lies on the boundary of the family (\(error.message))", nil)
    }
    guard let parameters = problem.family.values(of: fitted),
      zip(parameters, problem.given).allSatisfy({ $1 == nil || $0 == $1 })
    else { return nil }
    let value = problem.objective.value(at: fitted)
    guard value.value.isFinite else {
      return value.value == .infinity
        ? .infeasible("the divergence is infinite for every member of the family")
        : .unbounded("the objective has no lower limit on the family")
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
        standardErrors: isLikelihood ? errors(fitted, information, total) : nil,
        proof: "convex in the natural parameters; the means of the sufficient statistics agree",
        residual: nil, method: "moment-matching", iterations: 1))
  }

  private func expectation(_ law: some ScalarLaw, _ f: (Double) -> Double) -> Estimate {
    Expectation.value(under: law, of: f)
  }

  /// Standard errors of the parameters by the delta method: eta has covariance I^(-1) / n.
  private func errors<Law: ScalarLaw & ExponentialFamily>(
    _ law: Law, _ information: Matrix, _ count: Double
  ) -> [Double]? {
    guard let factor = Cholesky(information) else { return nil }
    let eta = law.naturalParameters
    var slopes: [[Double]] = []
    for k in eta.indices {
      let step = 1e-5 / information[k, k].squareRoot()
      var (up, down) = (eta, eta)
      up[k] += step
      down[k] -= step
      guard let above = (try? law.with(natural: up)).flatMap({ problem.family.values(of: $0) }),
        let below = (try? law.with(natural: down)).flatMap({ problem.family.values(of: $0) })
      else { return nil }
      slopes.append(zip(above, below).map { ($0 - $1) / (2 * step) })
    }
    return problem.family.parameters.indices.map { i in
      let row = slopes.map { $0[i] }
      return (Kernel.dot(row, factor.solve(row)) / count).squareRoot()
    }
  }
}
