// Problems whose unknown is a normal law of several variables.
extension LawProblem {
  /// Minimises -tau H + w E U as tau (E (w / tau) U - H).
  func solved(_ structure: NormalStructure, _ stop: @escaping @Sendable () -> Bool) -> Outcome {
    let functional = isMaximised ? -1 * objective : objective
    var tau = 0.0
    var potentials: [(weight: Double, potential: LawFunctional.VectorPotential)] = []
    for item in functional.terms {
      switch item.term {
      case .entropy: tau -= item.weight
      case .potential(let potential): potentials.append((item.weight, potential))
      default:
        return Outcome(
          status: .unsuitable,
          explanation:
            "the objective of a normal law of several variables holds an expectation and an entropy only")
      }
    }
    guard constraints.isEmpty, tau > 0, potentials.count == 1 else {
      return Outcome(
        status: .unsuitable,
        explanation:
          "a normal law of several variables minimises one expect(p, x -> U) minus its entropy, without "
          + "constraints")
    }
    let factor = potentials[0].weight / tau
    let found: VariationalOutcome<MultivariateNormal>
    var isCertain = false
    switch potentials[0].potential {
    case .predictors(let potential):
      guard let scaled = try? potential.scaled(by: factor) else {
        return Outcome(
          status: .unsuitable, explanation: "the expectation has a negative weight, and is not convex")
      }
      found = scaled.normalApproximation(structure, stop: stop)
      isCertain = true
    case .general(let potential):
      var search = VariationalNormal(structure)
      search.stop = stop
      found = search.approximate(potential.scaled(by: factor))
    }
    return outcome(found, isCertain, tau, functional.constant)
  }

  private func outcome(
    _ found: VariationalOutcome<MultivariateNormal>, _ isCertain: Bool, _ tau: Double, _ constant: Double
  ) -> Outcome {
    var outcome: Outcome
    switch found {
    case .optimal(let answer): outcome = Outcome(status: .optimal, explanation: answer.proof)
    case .local(let answer): outcome = Outcome(status: .local, explanation: answer.proof)
    case .estimated(let answer): outcome = Outcome(status: .estimated, explanation: answer.proof)
    case .unbounded(let why):
      // Nodes see a function at points only: where it is known as a formula of predictors, its fall is certain.
      return isCertain
        ? Outcome(status: .unbounded, explanation: why)
        : Outcome(
          status: .stalled,
          explanation:
            "the objective falls along normal laws of any size; whether it has a limit, or whether the "
            + "expectation exists, is not known")
    case .stalled(let why, _): outcome = Outcome(status: .stalled, explanation: why)
    case .interrupted: return Outcome(status: .limit, explanation: "interrupted")
    }
    guard let answer = found.answer else { return outcome }
    let sign = isMaximised ? -1.0 : 1
    func turned(_ x: Double) -> Double { sign * (tau * x + constant) }
    outcome.value = turned(answer.value)
    outcome.lower = (isMaximised ? answer.upper : answer.lower).map(turned)
    outcome.upper = (isMaximised ? answer.lower : answer.upper).map(turned)
    outcome.standardError = answer.standardError > 0 ? tau * answer.standardError : nil
    outcome.vector = answer.law
    outcome.method = answer.method
    outcome.iterations = answer.iterations
    outcome.residual = outcome.status == .optimal ? nil : answer.gradientNorm
    return outcome
  }
}

extension GeneralisedLinearPotential {
  /// The potential times a factor >= 0.
  func scaled(by factor: Double) throws(FamilyError) -> GeneralisedLinearPotential {
    if factor == 1 { return self }
    var q = quadratic
    for i in q.elements.indices { q.elements[i] *= factor }
    return try GeneralisedLinearPotential(
      design: design, curve: curve, offsets: offsets, weights: weights.map { factor * $0 }, quadratic: q,
      linear: linear.map { factor * $0 }, constant: factor * constant)
  }
}

extension Potential {
  /// The potential times a factor.
  func scaled(by factor: Double) -> Potential {
    if factor == 1 { return self }
    let evaluate = evaluate
    return Potential(dimension: dimension) { points in
      var (values, gradients) = evaluate(points)
      for i in values.indices { values[i] *= factor }
      for i in gradients.elements.indices { gradients.elements[i] *= factor }
      return (values, gradients)
    }
  }
}
