import EntropicModel

/// One subproblem of an outer method: a method run from a warm point until its own bound meets a goal.
///
/// The goal may depend on the point, which is how relative inexactness is said: the subproblem of a proximal step
/// need not be solved better than a share of the length of the step.
struct InnerSolve {
  enum End: Sendable {
    case solved
    /// The method stopped short of the goal; the point is its best.
    case unfinished(StallReason)
    case infeasible(Evidence)
    /// The surroundings asked for an end.
    case stopped
  }

  let candidate: Candidate
  let end: End
  let evaluations: Int
  let steps: Int

  /// - Parameters:
  ///   - limit: most steps.
  ///   - goal: the bound on F(p) - F* of the subproblem that is good enough at a point.
  init(
    _ method: any Method, _ program: Program, warm: Candidate?, _ context: StepContext, limit: Int,
    goal: ([Double]) -> Double
  ) {
    self.init(running: method, program, warm, context, limit, goal)
  }

  private init<M: Method>(
    running method: M, _ program: Program, _ warm: Candidate?, _ context: StepContext, _ limit: Int,
    _ goal: ([Double]) -> Double
  ) {
    var state = method.start(program, warm: warm)
    var end = End.unfinished(.progress)
    var steps = 0
    // A bound that did not shrink needs no look at the point.
    var last = Double.infinity
    loop: while steps < limit {
      if context.shouldStop() {
        end = .stopped
        break
      }
      steps += 1
      switch method.step(&state, context) {
      case .progress: break
      case .converged:
        end = .solved
        break loop
      case .stalled(let reason):
        end = .unfinished(reason)
        break loop
      case .infeasible(let evidence):
        end = .infeasible(evidence)
        break loop
      }
      let bound = method.bound(state)
      if bound < last {
        last = bound
        if bound <= goal(method.finish(state).point) {
          end = .solved
          break
        }
      }
    }
    candidate = method.finish(state)
    self.end = end
    self.steps = steps
    evaluations = method.evaluations(state)
  }

  /// The first method that accepts a kind of subproblem: Newton's where second derivatives are known.
  static func method(for program: Program, among methods: [any Method]) -> (any Method)? {
    methods.first { $0.accepts(program).isAccepted }
  }
}
