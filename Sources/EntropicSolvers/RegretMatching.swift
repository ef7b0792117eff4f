import EntropicModel
import EntropicNumerics

/// Predictive regret matching+ for bilinear games: no step size, no projection, no exponential.
///
///     min_p max_y  c . p + sum_a w_a y_a . (K_a p + k_a),    p on its simplices, every y_a on one of its own
///     loss of p:   l = c + sum_a w_a K_a' y_a,    regret r_i = l . p - l_i,   R <- max(R + r, 0)
///     next p  proportional to  max(R + r, 0)      R with the last regret once more as a prediction of the next
///     likewise for every y_a with its gains, after p has moved; averages with weights t^2
///
/// Offered are the averages: p as the point and y as slopes of the maxima, so that the certificate is the duality gap
/// max_j (A'p)_j - min_i (A y)_i of the game.
///
/// - Guarantee: the gap of the averages is O(1 / sqrt t) at worst; in practice near 1 / t and better, and the fastest of the
///   first-order methods on most matrix games.
/// - Complexity: one product with every K and its transpose a step.
/// - Sources: O. Tammelin, 2014, arXiv:1407.5042; G. Farina, C. Kroer, T. Sandholm, AAAI 2021, arXiv:2007.14358.
public struct RegretMatching: Method {
  public init() {}

  /// One player on a simplex: regrets, the last one, the strategy and its average.
  struct Player: Sendable {
    let mass: Double
    var regret: [Double]
    var last: [Double]
    var strategy: [Double]
    var sum: [Double]

    init(count: Int, mass: Double) {
      self.mass = mass
      regret = [Double](repeating: 0, count: count)
      last = regret
      strategy = [Double](repeating: mass / Double(count), count: count)
      sum = regret
    }

    /// Takes the losses of the strategy that was played, and plays again.
    mutating func observe(_ loss: [Double], weight: Double) {
      let mean = Kernel.dot(loss, strategy) / mass
      Kernel.axpy(weight, strategy, into: &sum)
      for i in loss.indices {
        last[i] = mean - loss[i]
        regret[i] = max(regret[i] + last[i], 0)
      }
      var total = 0.0
      for i in loss.indices {
        strategy[i] = max(regret[i] + last[i], 0)
        total += strategy[i]
      }
      guard total > 0, total.isFinite else {
        // Nothing is regretted: stay even on what is best.
        let least = Kernel.minimum(loss)
        let ties = loss.reduce(0.0) { $0 + ($1 == least ? 1 : 0) }
        for i in loss.indices { strategy[i] = loss[i] == least ? mass / ties : 0 }
        return
      }
      for i in loss.indices { strategy[i] *= mass / total }
    }

    func average(_ weight: Double) -> [Double] { weight > 0 ? sum.map { $0 / weight } : strategy }
  }

  public struct State: Sendable {
    let program: Program
    // every step
    var laws: [Player]
    var replies: [Player]
    var iterations = 0
    var weight = 0.0
    var fault: Step?
    // when it is worth a pass
    var best: Candidate
    var gap = Double.infinity
  }

  public var name: String { "regret-matching" }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    guard program.isConvex, program.isUnconstrained else { return .declines("there are constraints") }
    guard !program.layout.isBounded, program.layout.upper.allSatisfy({ $0 > 0 }) else {
      return .declines("masses have bounds")
    }
    var rest = program.objective
    rest.composites = []
    guard rest.isLinear else { return .declines("the objective is no bilinear game") }
    let isGame =
      !program.objective.composites.isEmpty
      && program.objective.composites.allSatisfy {
        if case .maximum(caps: nil) = $0.outer { return $0.map.rows > 0 }
        return false
      }
    guard isGame else { return .declines("the objective is no maximum of linear functions") }
    return .accepts("a bilinear game: regrets of both players")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let point = warm?.point ?? program.start ?? program.layout.centre()
    var state = State(
      program: program,
      laws: program.layout.simplices.map { Player(count: $0.count, mass: $0.mass) },
      replies: program.objective.composites.map { Player(count: $0.map.rows, mass: 1) },
      best: Candidate(point: point, evidence: .none(for: program)))
    if !program.objective.value(point).isFinite { state.fault = .stalled(.notFinite) }
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    state.iterations += 1
    let t = Double(state.iterations)
    let terms = state.program.objective.composites
    var loss = state.program.objective.linear
    for (term, reply) in zip(terms, state.replies) {
      term.map.addTransposed(reply.strategy, scale: term.weight, to: &loss)
    }
    guard loss.allSatisfy(\.isFinite) else { return .stalled(.notFinite) }
    for (k, slice) in state.program.layout.simplices.enumerated() {
      state.laws[k].observe(Array(loss[slice.range]), weight: t * t)
    }
    // The replies see the law that has just moved.
    let p = state.laws.flatMap(\.strategy)
    for (a, term) in terms.enumerated() {
      state.replies[a].observe(term.image(p).map { -term.weight * $0 }, weight: t * t)
    }
    state.weight += t * t
    guard state.iterations % 20 == 0 || state.iterations < 4 else { return .progress }
    return observed(&state)
  }

  /// The duality gap of the averages.
  private func observed(_ state: inout State) -> Step {
    let program = state.program
    let point = program.normalised(state.laws.flatMap { $0.average(state.weight) })
    let slopes = state.replies.map { $0.average(state.weight) }
    var evidence = Evidence.none(for: program)
    evidence.objectiveSlopes = slopes
    var loss = program.objective.linear
    var lower = program.objective.constant
    for (term, y) in zip(program.objective.composites, slopes) {
      term.map.addTransposed(y, scale: term.weight, to: &loss)
      lower += term.weight * Kernel.compensatedDot(y, term.offset)
    }
    for slice in program.layout.simplices { lower += slice.mass * Kernel.minimum(Array(loss[slice.range])) }
    let gap = max(program.objective.value(point) - lower, 0)
    guard gap < state.gap else { return .progress }
    state.gap = gap
    state.best = Candidate(point: point, evidence: evidence)
    return gap <= 0x1p-50 * program.objective.evaluate(point).magnitude ? .converged : .progress
  }

  public func bound(_ state: State) -> Double { state.gap }

  public func finish(_ state: State) -> Candidate { state.best }

  public func evaluations(_ state: State) -> Int { state.iterations }
}

extension Method where Self == RegretMatching {
  /// Predictive regret matching+ for bilinear games.
  public static var regretMatching: RegretMatching { RegretMatching() }
}
