import EntropicModel
import EntropicNumerics

/// Stochastic mirror descent: for functions that are known by samples, or are sums over very many rows.
///
///     p_t = argmin  <ghat_1 + ... + ghat_{t-1}, q> + (t - 1) h(q) + KL(q, u) / eta_t,   E ghat_t = grad f(p_t)
///
/// with the rate of AdaHedge (see `AdaptiveLeader`): no step size, horizon or variance is asked for. ghat_t
/// is the mean of a batch of draws. The answer is the average of the later points, and its interval comes
/// from an independent batch (see `StatisticalInterval`): it holds the optimum with the stated confidence and
/// is never a proof, so that the best possible status is `estimated`.
///
/// On a program, rows of its sums are drawn with probabilities proportional to their weights (see
/// `FiniteSum`); everything else is exact, linear constraints too: every point is projected on them. The seed decides
/// every draw.
///
/// With `reducesVariance` a draw is a difference to an anchor whose whole gradient is known,
///
///     ghat = grad f(p, xi) - grad f(a, xi) + grad f(a),    a <- p after every N draws,   N rows of data
///
/// which is unbiased and whose variance vanishes with |p - a|: for sums over rows the error then falls faster than
/// 1 / sqrt t. A step costs twice as much.
/// - Guarantee: E F(average) - F* = O(sqrt(log n / t)) for bounded gradients and convex F.
/// - Complexity: `batch` draws and two proximal steps a step; O(n) a draw for the error bars.
/// - Sources: A. Nemirovski, A. Juditsky, G. Lan, A. Shapiro, SIAM J. Optim. 19 (2009),
///   doi:10.1137/070704277; de Rooij et al., see `AdaptiveLeader`; R. Johnson, T. Zhang, 2013 (variance reduction,
///   Advances in Neural Information Processing Systems 26).
public struct StochasticMirrorDescent: Method {
  /// Steps of a whole run.
  public var steps: Int
  /// Draws a step.
  public var batch: Int
  /// Draws behind the interval.
  public var validation: Int
  /// Probability with which the interval holds the optimum.
  public var confidence: Double
  public var seed: UInt64
  /// Differences to an anchor in the place of plain draws, on programs.
  public var reducesVariance: Bool
  /// More linear rows than this are declined.
  public var largestRowCount = 200

  /// - Precondition: steps and batch >= 1, validation >= 32, 0 < confidence < 1.
  public init(
    steps: Int = 4000, batch: Int = 16, validation: Int = 20_000, confidence: Double = 0.95, seed: UInt64 = 1,
    reducesVariance: Bool = false
  ) {
    precondition(steps >= 1 && batch >= 1 && validation >= 32, "the numbers of steps and draws are positive")
    precondition(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1")
    self.steps = steps
    self.batch = batch
    self.validation = validation
    self.confidence = confidence
    self.seed = seed
    self.reducesVariance = reducesVariance
  }

  public struct State: Sendable {
    /// The exact part of the problem, and the sampled one.
    let program: Program
    let oracle: SampledGradient?
    /// What is sampled, where it is a sum that can be evaluated, and the number of its rows.
    var whole: (functional: Functional, rows: Int)?
    /// The anchor with its whole gradient, and the draws since it was set.
    var anchor: (p: [Double], gradient: [Double])?
    var drawn = 0
    var leader: AdaptiveLeader
    var generator: SeededGenerator
    var late: RunningMean
    var early: RunningMean
    var iterations = 0
    var evaluations = 0
    var fault: Step?
  }

  public var name: String {
    reducesVariance ? "stochastic-mirror-descent(reduced)" : "stochastic-mirror-descent"
  }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    guard program.isConvex else { return .declines("averages need a convex objective") }
    guard program.convex.isEmpty else { return .declines("there are convex constraints") }
    let rows = program.equalities.count + program.inequalities.count
    guard rows <= largestRowCount else { return .declines("there are \(rows) linear rows") }
    guard program.objective.maxima.isEmpty else { return .declines("there is a maximum of functionals") }
    guard FiniteSum(program) != nil else { return .declines("the objective is no sum over rows") }
    return .accepts("a sum over rows that can be sampled")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    guard let sum = FiniteSum(program) else { return start(program, nil, warm: warm) }
    var state = start(sum.rest, sum.oracle, warm: warm)
    if reducesVariance { state.whole = (sum.sampled, sum.rows) }
    return state
  }

  /// The state for F = objective of the program + E of the oracle.
  func start(_ program: Program, _ oracle: SampledGradient?, warm: Candidate?) -> State {
    let proximal = ProximalStep(program, .entropy)
    var here = ProximalStep.Trial(p: program.layout.centre(), logp: [], multipliers: [])
    here.logp = Kernel.log(here.p)
    var fault: Step? = oracle == nil ? .stalled(.unsuitable) : nil
    if case .point(let trial) = proximal.start(warm) { here = trial } else { fault = .stalled(.notFinite) }
    let mean = RunningMean(
      count: program.count, rows: program.equalities.count + program.inequalities.count)
    var state = State(
      program: program, oracle: oracle, leader: AdaptiveLeader(proximal, at: here),
      generator: SeededGenerator(seed: seed), late: mean, early: mean)
    state.fault = fault
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    guard let oracle = state.oracle else { return .stalled(.unsuitable) }
    if state.iterations >= steps { return .converged }
    let p = state.leader.here
    var gradient = state.leader.proximal.rest.gradient(p.p)
    if let whole = state.whole {
      if state.anchor == nil || state.drawn >= whole.rows {
        state.anchor = (p.p, whole.functional.gradient(p.p))
        state.evaluations += whole.rows
        state.drawn = 0
      }
      if let anchor = state.anchor { Kernel.axpy(1, anchor.gradient, into: &gradient) }
    }
    for k in 0..<batch {
      if k % 64 == 63, context.shouldStop() { return .progress }
      // The same draw at the anchor: all randomness comes from the generator.
      var twin = state.generator
      var sample = oracle.draw(p.p, &state.generator)
      if let anchor = state.anchor {
        let there = oracle.draw(anchor.p, &twin)
        guard there.gradient.count == sample.gradient.count else { return .stalled(.notFinite) }
        Kernel.axpy(-1, there.gradient, into: &sample.gradient)
      }
      guard sample.gradient.count == gradient.count, sample.gradient.allSatisfy(\.isFinite) else {
        return .stalled(.notFinite)
      }
      Kernel.axpy(1 / Double(batch), sample.gradient, into: &gradient)
    }
    state.evaluations += state.anchor == nil ? batch : 2 * batch
    state.drawn += batch
    guard gradient.allSatisfy(\.isFinite) else { return .stalled(.notFinite) }
    state.iterations += 1
    if state.iterations & (state.iterations - 1) == 0 {
      state.early = state.late
      state.late = RunningMean(count: p.p.count, rows: p.multipliers.count)
    }
    state.late.add(p, [])
    switch state.leader.absorb(gradient, stop: context.shouldStop) {
    case .moved: break
    case .notFinite: return .stalled(.notFinite)
    case .failed: return context.shouldStop() ? .progress : .stalled(.precision)
    // Nothing has told the outcomes apart so far: another draw may.
    case .settled where state.leader.range > 0: break
    case .settled: return .converged
    }
    return state.iterations >= steps ? .converged : .progress
  }

  /// Nothing is known without the independent batch.
  public func bound(_ state: State) -> Double { .infinity }

  public func finish(_ state: State) -> Candidate {
    Candidate(
      point: average(state), evidence: state.leader.proximal.evidence(mean(state).point.multipliers))
  }

  public func evaluations(_ state: State) -> Int { state.evaluations }

  /// The average of the later half of the points, at least.
  private func average(_ state: State) -> [Double] {
    let mean = mean(state)
    let p = state.program.normalised(mean.count > 0 ? mean.point.p : state.leader.here.p)
    return repaired(p, for: state.program)
  }

  private func mean(_ state: State) -> RunningMean {
    var mean = state.late
    mean.add(state.early)
    return mean
  }

  /// The interval of the average, from a batch that no step has seen.
  func interval(_ state: State, stop: StopCheck) -> StatisticalInterval? {
    guard let oracle = state.oracle else { return nil }
    var fresh = SeededGenerator(seed: seed, stream: 1)
    return StatisticalInterval(
      state.program, oracle, at: average(state), draws: validation, confidence: confidence, &fresh,
      multipliers: mean(state).point.multipliers, stop: stop)
  }
}

extension Method where Self == StochasticMirrorDescent {
  /// Stochastic mirror descent with a seed.
  public static func stochasticMirrorDescent(seed: UInt64 = 1) -> StochasticMirrorDescent {
    StochasticMirrorDescent(seed: seed)
  }
}
