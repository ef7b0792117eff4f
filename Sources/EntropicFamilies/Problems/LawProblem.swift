/// A problem whose unknown is one law on the line: a member of a family, or any law on an interval.
///
///     minimize or maximize   F(p)     subject to     E_p f_k (==, <=, >=) b_k
public struct LawProblem: Sendable {
  public enum Unknown: Sendable {
    /// A member; parameters may be given.
    case family(ScalarFamily, given: [Double?])
    /// Any law with a density on the interval.
    case free(from: Double, to: Double)
    /// A normal law of several variables.
    case normal(dimension: Int, NormalStructure)
  }

  public struct Constraint: Sendable {
    public let name: String
    public let functional: LawFunctional
    public let relation: MaximumEntropy.Relation
    public let bound: Double

    public init(
      _ name: String, _ functional: LawFunctional, _ relation: MaximumEntropy.Relation, _ bound: Double
    ) {
      self.name = name
      self.functional = functional
      self.relation = relation
      self.bound = bound
    }
  }

  public let unknown: Unknown
  public let isMaximised: Bool
  public let objective: LawFunctional
  public let constraints: [Constraint]

  public init(
    _ unknown: Unknown, isMaximised: Bool, _ objective: LawFunctional,
    subjectTo constraints: [Constraint] = []
  ) {
    self.unknown = unknown
    self.isMaximised = isMaximised
    self.objective = objective
    self.constraints = constraints
  }

  /// The end of a run; values in the user's sense, lower <= optimum <= upper.
  public struct Outcome: Sendable {
    public enum Status: String, Sendable {
      case optimal, local, estimated, infeasible, unbounded, stalled, limit, unsuitable
    }
    public var status: Status
    /// Why it ended so, in words; for proofs what they say.
    public var explanation = ""
    public var value: Double?
    public var lower: Double?
    public var upper: Double?
    public var dataUncertainty: Double?
    /// The member that was found, with the name of its family.
    public var member: (family: ScalarFamily, parameters: [Double])?
    public var standardErrors: [Double]?
    /// The normal law of several variables that was found.
    public var vector: MultivariateNormal?
    /// Of estimates by sampling.
    public var standardError: Double?
    /// The free law that was found; `member` names it where it has a name.
    public var gibbs: GibbsLaw?
    /// Means and multipliers of the constraints, in their order.
    public var means: [Double] = []
    public var multipliers: [Double] = []
    public var method = ""
    public var iterations = 0
    public var residual: Double?
  }

  public func solved(stop: @escaping @Sendable () -> Bool = { false }) -> Outcome {
    switch unknown {
    case .family(let family, let given): return solved(family, given, stop)
    case .free(let from, let to): return solved(from, to, stop)
    case .normal(_, let structure): return solved(structure, stop)
    }
  }

  private var sign: Double { isMaximised ? -1 : 1 }

  private func interval(_ value: Double?, _ lower: Double?, _ upper: Double?, into outcome: inout Outcome) {
    outcome.value = value.map { sign * $0 }
    outcome.lower = isMaximised ? upper.map { -$0 } : lower
    outcome.upper = isMaximised ? lower.map { -$0 } : upper
  }

  // MARK: families

  private func solved(
    _ family: ScalarFamily, _ given: [Double?], _ stop: @escaping @Sendable () -> Bool
  ) -> Outcome {
    guard constraints.isEmpty else {
      return Outcome(
        status: .unsuitable,
        explanation: "constraints on a member of a family are not available in this version")
    }
    let found = FamilyProblem(family, given: given, sign * objective).solved(stop: stop)
    var outcome: Outcome
    var answer: FamilyProblem.Answer?
    switch found {
    case .optimal(let best): (outcome, answer) = (Outcome(status: .optimal, explanation: best.proof), best)
    case .local(let best): (outcome, answer) = (Outcome(status: .local, explanation: best.proof), best)
    case .unbounded(let why): outcome = Outcome(status: .unbounded, explanation: why)
    case .infeasible(let why): outcome = Outcome(status: .infeasible, explanation: why)
    case .unsuitable(let why): outcome = Outcome(status: .unsuitable, explanation: why)
    case .stalled(let why, let best): (outcome, answer) = (Outcome(status: .stalled, explanation: why), best)
    case .interrupted: outcome = Outcome(status: .limit, explanation: "interrupted")
    }
    if let answer {
      interval(answer.value, answer.lower, answer.upper, into: &outcome)
      outcome.member = (family, answer.parameters)
      outcome.standardErrors = answer.standardErrors
      outcome.method = answer.method
      outcome.iterations = answer.iterations
      outcome.residual = answer.residual
    }
    return outcome
  }

  // MARK: free laws

  private func solved(_ from: Double, _ to: Double, _ stop: @escaping @Sendable () -> Bool) -> Outcome {
    var tau = 0.0
    var parts: [(weight: Double, function: PointFunction)] = []
    for item in (sign * objective).terms {
      switch item.term {
      case .entropy: tau -= item.weight
      case .expectation(let f): parts.append((item.weight, f))
      case .divergenceTo(let q):
        guard q.support.kind == .interval else {
          return Outcome(status: .unsuitable, explanation: "the divergence to a discrete law is infinite")
        }
        tau += item.weight
        parts.append((item.weight, .negativeLogDensity(of: q)))
      default:
        return Outcome(
          status: .unsuitable,
          explanation:
            "the objective of a free law holds entropies, divergences from it and expectations only")
      }
    }
    guard tau > 0 else {
      return Outcome(
        status: .unsuitable,
        explanation: "a free law needs entropy in its objective (maximize entropy(p), or minimize kl(p, q))")
    }
    var moments: [MaximumEntropy.Moment] = []
    for constraint in constraints {
      var terms: [(weight: Double, function: PointFunction)] = []
      for item in constraint.functional.terms {
        guard case .expectation(let f) = item.term else {
          return Outcome(
            status: .unsuitable, explanation: "constraints on a free law are on its expectations only")
        }
        terms.append((item.weight, f))
      }
      moments.append(
        MaximumEntropy.Moment(
          constraint.name, PointFunction.combination(constraint.name, terms), constraint.relation,
          constraint.bound - constraint.functional.constant))
    }
    let cost = parts.isEmpty ? nil : PointFunction.combination("cost", parts)
    do throws(FamilyError) {
      let problem = try MaximumEntropy(from: from, to: to, temperature: tau, cost: cost, moments)
      return outcome(problem.solved(stop: stop))
    } catch {
      return Outcome(status: .unsuitable, explanation: error.message)
    }
  }

  private func outcome(_ found: MaximumEntropy.Outcome) -> Outcome {
    var outcome: Outcome
    var answer: MaximumEntropy.Answer?
    switch found {
    case .optimal(let best):
      outcome = Outcome(
        status: .optimal,
        explanation: "the dual value bounds the optimum; the integrals are refined until they agree")
      answer = best
    case .infeasible(let multipliers, let margin):
      outcome = Outcome(
        status: .infeasible,
        explanation: "a combination of the constraints is positive on the whole interval, by \(margin)")
      outcome.multipliers = multipliers
    case .unbounded(let why): outcome = Outcome(status: .unbounded, explanation: why)
    case .undefined(let text):
      outcome = Outcome(
        status: .unsuitable, explanation: "\(text) is not defined on a part of the interval of the law")
    case .stalled(let why, let best): (outcome, answer) = (Outcome(status: .stalled, explanation: why), best)
    case .interrupted: outcome = Outcome(status: .limit, explanation: "interrupted")
    }
    outcome.method = "dual-newton"
    if let answer {
      let constant = sign * objective.constant
      interval(
        answer.value + constant, answer.lower + constant, answer.upper + constant, into: &outcome)
      outcome.dataUncertainty = answer.dataUncertainty
      outcome.gibbs = answer.law
      outcome.means = zip(answer.means, constraints).map { $0 + $1.functional.constant }
      outcome.multipliers = answer.multipliers.map { sign * $0 }
      outcome.iterations = answer.iterations
      outcome.member = NamedLaw.name(of: answer.law)
    }
    return outcome
  }
}
