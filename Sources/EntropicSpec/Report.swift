import EntropicModel
import EntropicSolvers

/// The end of a run as a document, complete enough to be checked by somebody else.
///
/// Everything but `run` is a function of the objective file, its data and the options: it does not depend
/// on the machine's load, the working directory or the clock. Values, intervals and multipliers are in the
/// user's sense and units, and `lower <= optimum <= upper` whatever the sense; what is absent is null.
package struct Report: Sendable {
  /// The masses of one unknown.
  package struct Law: Sendable {
    package var name: String
    package var kind: BlockKind
    package var shape: [Int]
    package var mass: Double
    package var labels: [[String]]
    /// Values of the outcomes: one row an outcome.
    package var outcomes: Tensor?
    /// Flat, by rows.
    package var masses: [Double]
    /// Logarithms of the masses, where they are known beyond the masses.
    package var logarithms: [Double]?
  }

  /// The objective at the point, and what is proved about its optimum.
  package struct Objective: Sendable {
    package var sense: Sense
    package var value: Double?
    package var lower: Double?
    package var upper: Double?
    package var dataUncertainty: Double?

    /// upper - lower where both are known.
    package var gap: Double? {
      guard let lower, let upper else { return nil }
      return upper - lower
    }

    /// gap / max(|lower|, |upper|), nil at 0.
    package var relativeGap: Double? {
      guard let gap, let lower, let upper, max(abs(lower), abs(upper)) > 0 else { return nil }
      return gap / max(abs(lower), abs(upper))
    }
  }

  /// What stands behind the interval or the verdict.
  package enum Proof: Sendable {
    case none
    /// Multipliers and slopes of a bound on the optimum.
    case bound(Certificate, Evidence)
    /// Multipliers of constraints that cannot hold together, and how far they are from it.
    case contradiction(Evidence, bound: Double, constraints: [String])
    /// The objective or a constraint is infinite on the whole feasible set.
    case domain(String)
    /// The objective is infinitely good at the point.
    case infiniteValue
    /// What proves a result on a continuous law, in words.
    case words(level: String, String, multipliers: [Double])
  }

  /// What varies from run to run.
  package struct Run: Sendable {
    package var seconds = 0.0
    package var peakMemory: Int?
    package var threads: Int?
    package var trace: [Progress]?
    package init() {}
  }

  package var status: String
  package var reason: String?
  package var exitCode: Int
  package var title: String?
  package var objective: Objective?
  package var laws: [Law] = []
  /// Of a file with the key `flow`.
  package var flow: Flow?
  /// Laws on the line.
  package var continuous: [ContinuousLaw] = []
  package var constraints: [ConstraintReport] = []
  package var proof = Proof.none
  /// Why the constraints cannot hold together, of infeasible problems.
  package var conflict: Conflict?
  /// What the parameters of the file move, where that was asked for.
  package var sensitivity: [ParameterSensitivity]?
  /// The first-order residual of a stationary point.
  package var residual: Double?
  package var flags: [AnswerFlag] = []
  /// Where every feasible law lives, of answers whose multipliers are unbounded.
  package var boundary: Boundary?
  package var record: RunRecord?
  package var tolerance: Tolerance?
  package var seed: UInt64?
  package var diagnostics: [Diagnostic] = []
  /// Errors that were found but are not listed.
  package var omitted = 0
  package var provenance: Provenance?
  package var run = Run()

  /// A report that holds no answer.
  package init(status: String, exitCode: Int, reason: String? = nil, diagnostics: [Diagnostic] = []) {
    self.status = status
    self.reason = reason
    self.exitCode = exitCode
    self.diagnostics = diagnostics
  }

  /// The report of errors that kept a run from starting.
  package init(_ error: SpecError) {
    self.init(status: "error", exitCode: Int(error.exitCode), diagnostics: error.diagnostics)
    omitted = error.omitted
  }

  /// The report of a run.
  package init(_ outcome: Outcome, of problem: Problem) {
    self.init(status: outcome.status, exitCode: outcome.exitCode)
    record = outcome.run
    objective = Objective(sense: problem.sense)
    switch outcome {
    case .optimal(let answer), .local(let answer), .estimated(let answer): adopt(answer, of: problem)
    case .limit(let limit, let answer, _):
      reason = limit.rawValue
      if let answer { adopt(answer, of: problem) }
    case .stalled(let stall, let answer, _):
      reason = stall.rawValue
      if let answer { adopt(answer, of: problem) }
    case .infeasible(.multipliers(let evidence, let bound), _):
      reason = "multipliers"
      proof = .contradiction(
        evidence, bound: bound, constraints: problem.contradiction(of: evidence))
    case .infeasible(.domain(let text), _):
      reason = "domain"
      proof = .domain(text)
    case .unbounded(let found, _):
      reason = "infinite-value"
      proof = .infiniteValue
      laws = Report.laws(found.point, of: problem)
    }
  }

  private mutating func adopt(_ answer: Answer, of problem: Problem) {
    let (value, lower, upper) = problem.interval(of: answer.certificate)
    let slope = abs(problem.transform.derivative(answer.certificate.value))
    objective = Objective(
      sense: problem.sense, value: Report.finite(value), lower: Report.finite(lower),
      upper: Report.finite(upper),
      dataUncertainty: Report.finite(slope * answer.certificate.dataUncertainty))
    laws = Report.laws(answer.point, of: problem)
    let logarithms = problem.logarithms(of: answer)
    for (k, block) in problem.program.layout.blocks.enumerated() {
      laws[k].logarithms = Array(logarithms[block.range])
    }
    constraints = problem.reportedConstraints(answer)
    proof = .bound(answer.certificate, answer.evidence)
    flags = answer.flags
    boundary = answer.face.map { Boundary($0, at: answer, of: problem) }
    residual = answer.residual
  }

  private static func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }

  /// The masses of a flat point, unknown by unknown.
  package static func laws(_ point: [Double], of problem: Problem) -> [Law] {
    zip(problem.unknowns, problem.program.layout.blocks).map { unknown, block in
      Law(
        name: unknown.name, kind: block.kind, shape: block.shape, mass: block.mass, labels: block.labels,
        outcomes: unknown.outcomes, masses: Array(point[block.range]))
    }
  }
}
