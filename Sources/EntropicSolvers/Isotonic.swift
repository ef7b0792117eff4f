import EntropicModel
import EntropicNumerics

/// Laws with a shape under separable objectives: pools of equal masses, and Newton's method on a small dual.
///
///     min sum_i f_i(p_i)    over simplices,  p_i <= p_j on an order forest (monotone, unimodal at a known mode),  A p = b, C p <= d
///
///     D(lambda) = min over shaped masses of  sum f_i(p_i) + (A' lambda)_i p_i  - lambda . b,    one root nu a simplex inside
///     D'' = - sum_B a_B a_B' / f_B''(x_B),   a_B = sum of the columns of A in the block B
///
/// For given multipliers of the sums and of the other rows the shape is solved exactly by `PooledBlocks`, so that ten thousand
/// rows of neighbours cost one pass. Without other rows there is only the scalar root: the maximum-likelihood
/// estimate of a monotone law (U. Grenander, 1956), isotonic regression, monotone maximum entropy. The multipliers of the shape
/// come from the slopes inside the blocks, so that the answer is certified on the rows that the user wrote.
///
/// Linear costs have an even law as their solution (`LinearOrder`).
///
/// - Guarantee: exact up to rounding where the objective is strictly convex; elsewhere the loop's certificate tells.
/// - Complexity: O(n log n) a pass, about 10 passes a root, 5 to 15 roots with other rows.
/// - Sources: U. Grenander, Skand. Aktuarietidskr. 39 (1956), doi:10.1080/03461238.1956.10414944; R. Barlow et al.,
///   Statistical Inference under Order Restrictions, 1972.
public struct Isotonic: Method {
  /// Most rows beside the shape.
  public var largestRowCount: Int

  public init(largestRowCount: Int = 30) { self.largestRowCount = largestRowCount }

  public struct State: Sendable {
    let program: Program
    let dual: IsotonicDual?
    var linear: LinearOrder?
    var solved: Candidate?
    /// Multipliers of the other rows, scaled, and of the sums.
    var lambda: [Double]
    var here: IsotonicDual.Value?
    var iteration = 0
    var idle = 0
    var passes = 0
  }

  public var name: String { "isotonic" }
  public var isSecondOrder: Bool { true }

  public func accepts(_ program: Program) -> Acceptance {
    guard program.isConvex else { return .declines("the problem is not convex") }
    guard program.convex.isEmpty else { return .declines("there are convex constraints") }
    guard program.objective.hasNoComposites else {
      return .declines("the objective is not a sum of functions of single masses")
    }
    guard let forest = OrderForest(program) else { return .declines("no rows say that masses have an order") }
    let others = program.equalities.count + forest.others.count
    guard others <= largestRowCount else { return .declines("there are \(others) rows beside the order") }
    let layout = program.layout
    for slice in layout.simplices {
      guard slice.range.allSatisfy({ layout.lower[$0] <= 0 && layout.upper[$0] >= slice.mass }) else {
        return .declines("masses have bounds of their own")
      }
    }
    if program.objective.isLinear {
      guard others == 0, !forest.isReversed else {
        return .declines("a linear objective and more than an order")
      }
      return .accepts("linear costs over masses in an order have an even law as their solution")
    }
    return .accepts("masses in an order are pools of equal masses, solved exactly")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    guard let forest = OrderForest(program) else {
      return State(program: program, dual: nil, lambda: [])
    }
    if program.objective.isLinear {
      return State(
        program: program, dual: nil, linear: LinearOrder(program: program, forest: forest), lambda: [])
    }
    let dual = IsotonicDual(program, forest)
    return State(program: program, dual: dual, lambda: dual.multipliers(of: warm?.evidence))
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let linear = state.linear {
      state.solved = linear.solve(stop: context.shouldStop)
      state.passes += 1
      return state.solved == nil ? .progress : .converged
    }
    guard let dual = state.dual else { return .stalled(.unsuitable) }
    state.iteration += 1
    if state.here == nil {
      guard let first = dual.value(state.lambda, nu: nil, stop: context.shouldStop) else {
        return context.shouldStop() ? .progress : .stalled(.notFinite)
      }
      state.passes += first.passes
      state.here = first
      if dual.rows == 0 { return .converged }
      return .progress
    }
    guard let here = state.here else { return .progress }
    if dual.isSolved(here, state.lambda) { return .converged }
    guard let direction = dual.direction(here, state.lambda) else { return .stalled(.precision) }
    var length = 1.0
    for _ in 0..<40 {
      if context.shouldStop() { return .progress }
      let trial = dual.moved(state.lambda, direction, length)
      if let next = dual.value(trial, nu: here.nu, stop: context.shouldStop) {
        state.passes += next.passes
        let slope = zip(zip(trial, state.lambda), here.residual).reduce(0) { $0 + ($1.0.0 - $1.0.1) * $1.1 }
        let noise = 0x1p-48 * max(abs(here.dual), abs(next.dual))
        if next.dual >= here.dual + 1e-4 * slope - noise {
          let falls = dual.error(next, trial) < 0.5 * dual.error(here, state.lambda)
          state.idle = next.dual > here.dual + noise || falls ? 0 : state.idle + 1
          state.lambda = trial
          state.here = next
          return state.idle >= 4 ? .converged : .progress
        }
      }
      length /= 2
    }
    return .stalled(.precision)
  }

  public func bound(_ state: State) -> Double { state.here == nil ? .infinity : 0 }

  public func finish(_ state: State) -> Candidate {
    if let solved = state.solved { return solved }
    guard let dual = state.dual, let here = state.here else {
      return Candidate(point: state.program.layout.centre(), evidence: .none(for: state.program))
    }
    return Candidate(
      point: state.program.normalised(here.pools.value), evidence: dual.evidence(here, state.lambda))
  }

  public func evaluations(_ state: State) -> Int { state.passes }
}

extension Method where Self == Isotonic {
  /// Pools of equal masses for laws with a shape.
  public static var isotonic: Isotonic { Isotonic() }
}
