import EntropicModel

/// A method's run as a sequence: the caller owns the loop.
///
///     for iterate in MirrorDescent(.entropy).iterates(of: program) {
///       if iterate.certificate.relativeGap < 1e-6 { break }
///     }
///
/// The sequence ends when the method has converged or cannot go on, when the task is cancelled, or when the caller
/// stops. Nothing is presolved and nothing is repaired behind the caller's back; a certificate is made when it is asked
/// for, from the point and its evidence alone.
public struct Iterates<M: Method>: Sequence, IteratorProtocol {
  public let method: M
  public let program: Program
  private var state: M.State
  private var number = 0
  private var isOver = false
  private let context: StepContext

  init(_ method: M, _ program: Program, warm: Candidate?, _ shouldStop: @escaping @Sendable () -> Bool) {
    self.method = method
    self.program = program
    state = method.start(program, warm: warm)
    context = StepContext(
      shouldStop: { Task.isCancelled || shouldStop() }, scale: program.objective.scale(in: program.layout))
  }

  public mutating func next() -> Iterate<M>? {
    if isOver || context.shouldStop() { return nil }
    let step = method.step(&state, context)
    number += 1
    if case .progress = step {} else { isOver = true }
    return Iterate(method: method, program: program, state: state, number: number, step: step)
  }
}

/// One state of a run.
public struct Iterate<M: Method> {
  public let method: M
  let program: Program
  /// What the method carries from step to step.
  public let state: M.State
  /// Steps so far.
  public let number: Int
  /// How the step ended; anything but `progress` is the last of its run.
  public let step: Step

  /// The point with its evidence.
  public var candidate: Candidate { method.finish(state) }
  public var point: [Double] { candidate.point }
  /// The method's own estimate of F(p) - F*.
  public var bound: Double { method.bound(state) }
  /// Evaluations of F or its derivatives so far.
  public var evaluations: Int { method.evaluations(state) }

  /// What is proved about the point: costs about an evaluation.
  public var certificate: Certificate {
    let candidate = candidate
    return Certificate(program, point: program.normalised(candidate.point), evidence: candidate.evidence)
  }
}

extension Method {
  /// The run of the method on a program, from a point of the caller's when there is one.
  public func iterates(
    of program: Program, from warm: Candidate? = nil,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) -> Iterates<Self> {
    Iterates(self, program, warm: warm, shouldStop)
  }
}
