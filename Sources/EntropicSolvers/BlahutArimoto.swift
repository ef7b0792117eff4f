import EntropicModel
import EntropicNumerics

/// Blahut and Arimoto's algorithms: capacity of channels and rate-distortion, as steps in relative entropy.
///
///     F(p) = h(p) + sum_y w_y u_y log u_y + sum_j sigma_j ( sum_i S_ji p_i log p_i - v_j log v_j ),
///     u = K p + k,  v = S p + l,   K, k, S, l >= 0
///
///     p+ = argmin  <g, q> + h(q) + sum_ij sigma_j S_ji q_i log q_i + L KL(q, p)   over simplices, bounds, rows
///
/// with g the gradient of the u log u (convex; relative smoothness L = max_i sum_y w_y K_yi, by the data processing
/// inequality of KL) and of the -v log v (concave; its tangent is above it). Both make a majoriser of F, so that F falls.
///
/// - Capacity: p+_x ~ p_x exp KL(W_x, p W), Arimoto's step; input costs and caps are rows and bounds of the same step.
/// - Rate-distortion: q(y|x) ~ r_y e^(-s d(x, y)) with r the output law of the last q, Blahut's step; a bound on the
///   distortion is a row, whose multiplier s the dual Newton method finds at every step.
///
/// - Guarantee: F does not increase, accelerated or not. The certificate is p . D <= C <= max_x D_x for capacity, and
///   Berger's bound for rate-distortion, from a law with all outputs positive.
/// - Rate: O(L KL(p*, p_0) / t), linear where the optimum is regular.
/// - Complexity: two products with the channel a step, without rows.
/// - Sources: S. Arimoto, IEEE Trans. Inf. Theory 18 (1972), doi:10.1109/TIT.1972.1054753; R. Blahut, the same volume,
///   doi:10.1109/TIT.1972.1054855; as a proximal method: G. Matz, P. Duhamel, IEEE ITW (2004),
///   doi:10.1109/ITW.2004.1405276.
public struct BlahutArimoto: Method {
  public var acceleration: Acceleration
  /// More linear rows than this are declined.
  public var largestRowCount: Int

  public init(_ acceleration: Acceleration = .squarem, largestRowCount: Int = 200) {
    self.acceleration = acceleration
    self.largestRowCount = largestRowCount
  }

  public struct State: Sendable {
    let program: Program
    /// The step's own program: h and the x log x of the conditional entropies.
    let proximal: ProximalStep
    /// The u log u.
    let outputs: Functional
    /// L
    let length: Double
    // every step
    var here: ProximalStep.Trial
    var value: Double
    var accelerator: FixedPointAcceleration
    var iterations = 0
    var idle = 0
    // every tenth step
    var best: BestCandidate
    var fault: Step?

    /// The current law, which need not be the best certified one.
    public var point: [Double] { here.p }
  }

  public var name: String {
    acceleration == .squarem ? "blahut-arimoto" : "blahut-arimoto(\(acceleration.rawValue))"
  }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    let f = program.objective
    guard program.isConvex else { return .declines("the problem is not known to be convex") }
    guard program.convex.isEmpty else { return .declines("there are convex constraints") }
    guard f.information.isEmpty, f.maxima.isEmpty, f.smooth.isEmpty,
      !f.composites.isEmpty || !f.conditionals.isEmpty
    else { return .declines("the objective is not an information of a channel") }
    for term in f.composites {
      guard case .entropy = term.outer, term.isNonNegative else {
        return .declines("the objective is not an entropy of outputs with non-negative coefficients")
      }
    }
    let work = BlahutArimoto.surrogate(program)
    let rows = program.equalities.count + program.inequalities.count
    guard rows <= largestRowCount else { return .declines("there are \(rows) linear rows") }
    if rows > 0 {
      let g = work.objective
      guard g.barrier.isEmpty, g.powers.isEmpty, g.entropic.isEmpty || DualNewton.temperatures(work) != nil
      else {
        return .declines("the step with rows is not a tilt")
      }
    }
    return .accepts("an information of a channel: multiplicative steps")
  }

  /// h and the x log x of the conditional entropies.
  private static func surrogate(_ program: Program) -> Program {
    var work = program
    work.objective = program.objective.separablePart
    guard !program.objective.conditionals.isEmpty else { return work }
    var entropic = work.objective.entropic
    if entropic.isEmpty { entropic = [Double](repeating: 0, count: program.count) }
    for term in program.objective.conditionals {
      for j in 0..<term.map.rows {
        for k in term.map.rowStart[j]..<term.map.rowStart[j + 1] {
          entropic[term.map.column[k]] += term.weight[j] * term.map.value[k]
        }
      }
    }
    work.objective.entropic = entropic
    return work
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let proximal = ProximalStep(BlahutArimoto.surrogate(program), .entropy)
    var fault: Step?
    var here = ProximalStep.Trial(p: program.layout.centre(), logp: [], multipliers: [])
    switch proximal.start(warm) {
    case .point(let trial): here = trial
    case .infeasible(let ray): fault = .infeasible(proximal.evidence(ray))
    case .failed: fault = .stalled(.notFinite)
    }
    if here.logp.isEmpty { here.logp = Kernel.log(here.p) }
    var outputs = Functional(count: program.count)
    outputs.composites = program.objective.composites
    var reach = [Double](repeating: 0, count: program.count)
    for term in outputs.composites {
      if case .entropy(let w) = term.outer { term.map.addTransposed(w, scale: term.weight, to: &reach) }
    }
    let value = program.objective.value(here.p)
    if !value.isFinite { fault = fault ?? .stalled(.notFinite) }
    return State(
      program: program, proximal: proximal, outputs: outputs, length: reach.max() ?? 0, here: here,
      value: value, accelerator: FixedPointAcceleration(acceleration, program.layout),
      best: BestCandidate(program, Candidate(point: here.p, evidence: .none(for: program))), fault: fault)
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    state.iterations += 1
    let fixed = state
    guard
      let next = state.accelerator.step(
        from: state.here,
        map: { BlahutArimoto.image($0, fixed, stop: context.shouldStop) },
        objective: { fixed.program.objective.value($0.p) })
    else {
      if context.shouldStop() { return .progress }
      offer(&state)
      return .stalled(.precision)
    }
    if next.value.isNaN { return .stalled(.notFinite) }
    let isStill = next.point.p == state.here.p
    // Beyond rounding F does not rise; steps that would are no steps.
    if next.value <= state.value + 0x1p-46 * max(1, abs(state.value)) {
      state.here = next.point
      state.value = min(next.value, state.value)
    }
    if state.iterations % 10 == 0 || state.iterations <= 2 || isStill {
      let before = state.best.gap
      offer(&state)
      state.idle = state.best.gap < 0.999 * before ? 0 : state.idle + 1
      if state.best.gap <= 0x1p-48 * state.best.size { return .converged }
      if isStill || state.idle >= 50 {
        return state.best.gap <= 1e-9 * state.best.size ? .converged : .stalled(.precision)
      }
    }
    return .progress
  }

  public func bound(_ state: State) -> Double { state.best.gap }

  public func finish(_ state: State) -> Candidate {
    var copy = state
    offer(&copy)
    return copy.best.candidate
  }

  public func evaluations(_ state: State) -> Int { state.accelerator.evaluations }

  // MARK: - The map and its certificate

  private static func image(
    _ here: ProximalStep.Trial, _ state: State, floor: Double = 0, stop: StopCheck?
  ) -> ProximalStep.Trial? {
    var g = [Double](repeating: 0, count: state.program.count)
    if !state.outputs.composites.isEmpty { g = state.outputs.gradient(here.p) }
    for term in state.program.objective.conditionals {
      var v = term.offset
      for j in 0..<term.map.rows {
        for k in term.map.rowStart[j]..<term.map.rowStart[j + 1] {
          v[j] += term.map.value[k] * here.p[term.map.column[k]]
        }
      }
      let low = max(floor * (v.max() ?? 0), .leastNormalMagnitude)
      for j in 0..<term.map.rows {
        let slope = -term.weight[j] * (1 + Kernel.log(max(v[j], low)))
        for k in term.map.rowStart[j]..<term.map.rowStart[j + 1] {
          g[term.map.column[k]] += slope * term.map.value[k]
        }
      }
    }
    guard g.allSatisfy(\.isFinite),
      case .point(let next) = state.proximal.step(from: here, gradient: g, length: state.length, stop: stop)
    else { return nil }
    return next
  }

  private func offer(_ state: inout State) {
    var evidence = state.proximal.evidence(state.here.multipliers)
    if !state.program.objective.conditionals.isEmpty,
      let tangent = BlahutArimoto.image(state.here, state, floor: 1e-30, stop: nil)
    {
      evidence = state.proximal.evidence(tangent.multipliers)
      evidence.tangent = tangent.p
    }
    let flags: [AnswerFlag] = state.here.hasFace ? [.boundary] : []
    state.best.offer(
      Candidate(point: state.here.p, evidence: evidence, flags: flags), rows: state.proximal.moments)
  }
}

extension Method where Self == BlahutArimoto {
  /// Blahut and Arimoto's algorithms.
  public static func blahutArimoto(_ acceleration: Acceleration = .squarem) -> BlahutArimoto {
    BlahutArimoto(acceleration)
  }
}
