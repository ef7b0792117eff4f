/// Why a run ended before its answer was certified.
public enum LimitReason: String, Sendable, Hashable {
  case time, iterations, evaluations, memory, interrupted
}

/// Why a method could not go on.
public enum StallReason: String, Sendable, Hashable {
  /// Double precision is exhausted above the tolerance.
  case precision
  /// The method stopped improving.
  case progress
  /// A value that is not a number.
  case notFinite = "not-finite"
  /// No method accepts the problem.
  case unsuitable
}

/// Remarks on an answer that do not change its status.
public enum AnswerFlag: String, Sendable, Hashable, CaseIterable {
  /// Some multiplier is unbounded, or the infimum is not attained.
  case boundary
  case nonunique
  /// The best law on the cells of a grid: the error of the cells is not in the interval.
  case discretised
}

/// A point with everything that is known about it.
public struct Answer: Sendable {
  /// The masses, one flat buffer for all unknowns.
  public var point: [Double]
  public var evidence: Evidence
  public var certificate: Certificate
  public var flags: [AnswerFlag]
  /// The first-order residual of a stationary point, of `local` outcomes.
  public var residual: Double?
  /// The face that holds every feasible law, and the direction in which multipliers run off, of boundary answers where
  /// they were found.
  public var face: ExposedFace?
  /// What found it.
  public var run: RunRecord
  /// The problem as its user said it, when the program came from one.
  public var problem: Problem?

  public init(
    point: [Double], evidence: Evidence, certificate: Certificate, flags: [AnswerFlag] = [], run: RunRecord
  ) {
    self.point = point
    self.evidence = evidence
    self.certificate = certificate
    self.flags = flags
    self.run = run
  }
}

/// What a run did: the methods in order, the reason of the choice, and counts.
public struct RunRecord: Sendable, Equatable {
  public var methods: [String] = []
  /// Iterations of each method, in the same order.
  public var steps: [Int] = []
  public var why: String = ""
  public var iterations = 0
  public var evaluations = 0
  public var notes: [String] = []
  public init() {}
}

/// The end of a run. Only building a problem throws; running one always ends in one of these.
public enum Outcome: Sendable {
  case optimal(Answer)
  case infeasible(InfeasibilityProof, RunRecord)
  case unbounded(UnboundednessProof, RunRecord)
  case local(Answer)
  /// Error bars with a stated confidence, never a proof.
  case estimated(Answer)
  case limit(LimitReason, Answer?, RunRecord)
  case stalled(StallReason, Answer?, RunRecord)

  /// The status word of a report.
  public var status: String {
    switch self {
    case .optimal: "optimal"
    case .infeasible: "infeasible"
    case .unbounded: "unbounded"
    case .local: "local"
    case .estimated: "estimated"
    case .limit: "limit"
    case .stalled: "stalled"
    }
  }

  /// The process exit status that belongs to the outcome.
  public var exitCode: Int {
    switch self {
    case .optimal: 0
    case .infeasible: 10
    case .unbounded: 11
    case .local: 12
    case .estimated: 13
    case .limit(.interrupted, _, _): 130
    case .limit(_, let answer, _): answer == nil ? 21 : 20
    case .stalled: 22
    }
  }

  /// The answer, when there is a point.
  public var answerIfAny: Answer? {
    switch self {
    case .optimal(let answer), .local(let answer), .estimated(let answer): answer
    case .limit(_, let answer, _), .stalled(_, let answer, _): answer
    case .infeasible, .unbounded: nil
    }
  }

  public var run: RunRecord {
    switch self {
    case .optimal(let answer), .local(let answer), .estimated(let answer): answer.run
    case .infeasible(_, let run), .unbounded(_, let run), .limit(_, _, let run), .stalled(_, _, let run): run
    }
  }
}

/// The outcome of a run without an optimal answer, as an error.
public struct UnsolvedError: Error, Sendable, CustomStringConvertible {
  public let outcome: Outcome
  public var description: String { "the run ended as '\(outcome.status)': \(outcome.run.why)" }
}

extension Outcome {
  /// The certified answer; throws the outcome when there is none.
  public var answer: Answer {
    get throws(UnsolvedError) {
      if case .optimal(let answer) = self { return answer }
      throw UnsolvedError(outcome: self)
    }
  }

  /// The same outcome with the user's problem attached to its answer.
  public func of(_ problem: Problem) -> Outcome {
    func attach(_ answer: Answer) -> Answer {
      var copy = answer
      copy.problem = problem
      return copy
    }
    switch self {
    case .optimal(let answer): return .optimal(attach(answer))
    case .local(let answer): return .local(attach(answer))
    case .estimated(let answer): return .estimated(attach(answer))
    case .limit(let reason, let answer, let run): return .limit(reason, answer.map(attach), run)
    case .stalled(let reason, let answer, let run): return .stalled(reason, answer.map(attach), run)
    case .infeasible, .unbounded: return self
    }
  }
}

extension Answer {
  /// The law that was found for an unknown of the problem.
  ///
  /// - Precondition: the unknown occurs in the problem that was solved.
  public subscript(_ unknown: Unknown) -> Categorical {
    guard let problem, let k = problem.unknowns.firstIndex(of: unknown) else {
      preconditionFailure("the unknown \(unknown.name) does not occur in this problem")
    }
    let block = problem.program.layout.blocks[k]
    return Categorical(
      Array(point[block.range]), shape: unknown.shape, labels: unknown.labels,
      outcomes: unknown.outcomes.flatMap { $0.shape.count == 1 ? $0.values : nil })
  }

  /// The optimum in the user's sense and units: value at the point, and the interval that holds the optimum.
  public var objective: (value: Double, lower: Double, upper: Double) {
    problem?.interval(of: certificate) ?? (certificate.value, certificate.lower, certificate.upper)
  }

  /// The constraints in the user's units, with multipliers.
  public var constraints: [ConstraintReport] { problem?.reportedConstraints(self) ?? [] }
}

/// A feasible point where the objective of the minimisation is -inf.
public struct UnboundednessProof: Sendable, Equatable {
  public let point: [Double]
  public init(point: [Double]) { self.point = point }
}
