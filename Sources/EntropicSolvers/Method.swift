import EntropicModel

/// A point with what a method offers in its support.
public struct Candidate: Sendable {
  public var point: [Double]
  public var evidence: Evidence
  public var flags: [AnswerFlag]

  public init(point: [Double], evidence: Evidence, flags: [AnswerFlag] = []) {
    self.point = point
    self.evidence = evidence
    self.flags = flags
  }
}

/// Whether a method can solve a program, with the reason in words.
public enum Acceptance: Sendable, Equatable {
  case accepts(String)
  case declines(String)

  public var isAccepted: Bool {
    if case .accepts = self { return true }
    return false
  }

  public var reason: String {
    switch self {
    case .accepts(let reason), .declines(let reason): reason
    }
  }
}

/// What a step of a method ended with.
public enum Step: Sendable {
  /// The method can go on.
  case progress
  /// No further step can improve the point.
  case converged
  /// The method cannot go on.
  case stalled(StallReason)
  /// The evidence claims that no point is feasible; the loop has it checked.
  case infeasible(Evidence)
}

/// An algorithm as a value: parameters only. What changes lives in its `State`.
///
/// A method never decides that it is done: it offers candidates, and the loop has them certified.
public protocol Method: Sendable {
  associatedtype State

  /// The name in objective files and reports, in kebab-case.
  var name: String { get }

  /// True when iterations are few and dear and converge fast near the end: the loop then goes on to the limit of
  /// precision instead of stopping at the tolerance.
  var isSecondOrder: Bool { get }

  func accepts(_ program: Program) -> Acceptance

  /// The state before the first step. `program` is presolved; `warm` is a point of another method.
  func start(_ program: Program, warm: Candidate?) -> State

  func step(_ state: inout State, _ context: StepContext) -> Step

  /// The method's own estimate of F(p) - F*, +inf when it has none. Decides when a certificate is worth its cost.
  func bound(_ state: State) -> Double

  /// The current best point with its evidence.
  func finish(_ state: State) -> Candidate

  /// Evaluations of F or its derivatives so far.
  func evaluations(_ state: State) -> Int
}

/// What a step may ask of its surroundings.
public struct StepContext: Sendable {
  /// True when the run should end soon: a limit or an interrupt. Poll it inside every loop beyond 50 ms.
  public let shouldStop: @Sendable () -> Bool
  /// The relative gap that the run is after.
  public let tolerance: Tolerance
  /// The absolute tolerance's unit.
  public let scale: Double

  public init(
    shouldStop: @escaping @Sendable () -> Bool = { false }, tolerance: Tolerance = Tolerance(),
    scale: Double = 1
  ) {
    self.shouldStop = shouldStop
    self.tolerance = tolerance
    self.scale = scale
  }
}
