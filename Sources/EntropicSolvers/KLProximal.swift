import EntropicModel
import EntropicNumerics

/// The proximal point method in the Kullback-Leibler geometry.
///
///     p_(t+1) ~ argmin F(q) + KL(q, p_t) / eta_t  over the whole feasible set,    eta_(t+1) = 4 eta_t
///
/// Every subproblem is strongly convex relative to the entropy, so that a Newton method solves it in a few steps; as
/// eta grows the regularisation leaves no trace. Three kinds of subproblems:
///
/// - linear plus entropy, with rows: Newton's method on the dual, in as many unknowns as rows. Its multipliers are kept in
///   the units of F from step to step, so that reduced costs on the support stay near 0 and the softmax never saturates.
///   Bounds on masses become rows. This solves linear programmes exactly: in the end `LinearPolish` identifies the face.
/// - separable without rows: one scalar root a simplex.
/// - anything else that the interior point or mirror descent takes, with its kinks and convex constraints: that
///   method from the last point, until the gap of the subproblem is at most a tenth of KL(q, p_t) / eta_t.
///
/// - Guarantee: F(p_T) - F* <= KL(p*, p_0) / sum eta_t for exact steps; F does not increase. eta stops growing where
///   eta times the range of the gradient is 1e8, beyond which steps are rounding.
/// - Complexity: 6 to 15 steps; a step costs 3 to 15 Newton steps of its kind.
/// - Sources: G. Chen, M. Teboulle, SIAM J. Optim. 3 (1993), doi:10.1137/0803026; J. Eckstein, Math. Oper. Res. 18
///   (1993), doi:10.1287/moor.18.1.202; for the inexact steps M. Solodov, B. Svaiter, Math. Oper. Res. 25 (2000),
///   doi:10.1287/moor.25.2.214.12222.
public struct KLProximal: Method {
  /// eta_(t+1) / eta_t
  public var growth: Double
  /// The gap of a subproblem as a share of KL(q, p_t) / eta_t.
  public var inexactness: Double
  /// More linear rows than this are declined.
  public var largestRowCount: Int

  public init(growth: Double = 4, inexactness: Double = 0.1, largestRowCount: Int = 2000) {
    precondition(growth >= 1 && growth < .infinity, "the growth of eta is \(growth), not at least 1")
    self.growth = growth
    self.inexactness = inexactness
    self.largestRowCount = largestRowCount
  }

  /// How subproblems are solved.
  enum Route: Sendable {
    case projection(ProximalStep)
    case inner(any Method)
    case none
  }

  public struct State: Sendable {
    let program: Program
    let route: Route
    /// The program's own rows.
    let moments: MomentRows
    /// Spread of the gradient at the start, in units of F.
    var range = 0.0
    // every step
    var here: ProximalStep.Trial
    var evidence: Evidence
    var eta = 0.0
    var iterations = 0
    var evaluations = 0
    /// Steps since the interval shrank.
    var idle = 0
    // when the interval shrinks
    var best: BestCandidate
    var fault: Step?
  }

  public var name: String { "kl-proximal" }
  public var isSecondOrder: Bool { true }

  public func accepts(_ program: Program) -> Acceptance {
    guard program.isConvex else { return .declines("the problem is not known to be convex") }
    if let reason = program.objective.swampedEntropy { return .declines(reason) }
    switch route(program) {
    case .projection:
      return .accepts("every step is an exact projection: softmax, scalar root or dual Newton")
    case .inner(let method): return .accepts("steps by \(method.name)")
    case .none: return .declines("no method for the steps accepts them")
    }
  }

  private func route(_ program: Program) -> Route {
    let f = program.objective
    if f.hasNoComposites, program.convex.isEmpty {
      if program.equalities.isEmpty, program.inequalities.isEmpty {
        return .projection(ProximalStep(program, .entropy))
      }
      let isGibbs = f.barrier.isEmpty && f.powers.isEmpty
      if isGibbs, f.entropic.isEmpty || DualNewton.temperatures(program) != nil {
        let work = program.withBoundsAsRows()
        if work.equalities.count + work.inequalities.count <= largestRowCount {
          return .projection(ProximalStep(work, .entropy))
        }
      }
    }
    let sample = KLProximal.subproblem(program, from: program.layout.centre(), eta: 1)
    let methods: [any Method] = [InteriorPoint(), MirrorDescent()]
    return InnerSolve.method(for: sample, among: methods).map { .inner($0) } ?? .none
  }

  /// F(q) + KL(q, p) / eta. Masses that underflowed count as the least normal number.
  static func subproblem(_ program: Program, from p: [Double], eta: Double) -> Program {
    var sub = program
    let n = program.count
    if sub.objective.entropic.isEmpty { sub.objective.entropic = [Double](repeating: 0, count: n) }
    for i in 0..<n where program.layout.upper[i] > 0 {
      sub.objective.entropic[i] += 1 / eta
      sub.objective.linear[i] -= Kernel.log(max(p[i], .leastNormalMagnitude)) / eta
    }
    sub.start = nil
    return sub
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let route = route(program)
    let centre = program.layout.centre()
    var here = ProximalStep.Trial(p: centre, logp: Kernel.log(centre), multipliers: [])
    var fault: Step?
    var evidence = Evidence.none(for: program)
    switch route {
    case .projection(let proximal):
      switch proximal.start(warm) {
      case .point(let trial): here = trial
      case .infeasible(let ray): fault = .infeasible(KLProximal.evidence(ray, for: program))
      case .failed: fault = .stalled(.notFinite)
      }
    case .inner:
      if let warm, warm.point.count == program.count, warm.point.allSatisfy({ $0.isFinite && $0 >= 0 }) {
        here.p = program.normalised(zip(warm.point, centre).map { (1 - 1e-9) * $0 + 1e-9 * $1 })
        evidence = warm.evidence
      }
    case .none: fault = .stalled(.unsuitable)
    }
    let first = Candidate(point: repaired(program.normalised(here.p), for: program), evidence: evidence)
    var state = State(
      program: program, route: route, moments: MomentRows(program), here: here, evidence: evidence,
      best: BestCandidate(program, first))
    let gradient = program.objective.gradient(here.p)
    state.evaluations = 1
    if fault == nil, gradient.contains(where: \.isNaN) || program.objective.value(here.p).isNaN {
      fault = .stalled(.notFinite)
    }
    for slice in program.layout.simplices {
      let part = slice.range.filter { program.layout.upper[$0] > 0 }.map { gradient[$0] }
      if let high = part.max(), let low = part.min(), high - low < .infinity {
        state.range = max(state.range, high - low)
      }
    }
    if !(state.range > 0) { state.range = max(program.objective.scale(in: program.layout), 1e-300) }
    state.eta = 4 / state.range
    state.fault = fault
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    state.iterations += 1
    let before = state.best.gap
    switch state.route {
    case .projection(let proximal):
      if let end = project(&state, proximal, context) { return end }
    case .inner(let method):
      if let end = solve(&state, method, context) { return end }
    case .none: return .stalled(.unsuitable)
    }
    if context.shouldStop() { return .progress }
    state.idle = state.best.gap < 0.9 * before ? 0 : state.idle + 1
    if state.best.gap <= 0x1p-48 * state.best.size { return .converged }
    let isLast = state.eta * state.range > 1e8
    let isGood = state.best.gap <= 1e-9 * state.best.size
    // At the last eta a few more steps end the finite part of piecewise linear problems.
    if state.idle >= 8 && (isLast || isGood) { return isGood ? .converged : .stalled(.precision) }
    if !isLast { state.eta *= growth }
    return state.iterations > 500 ? .stalled(.progress) : .progress
  }

  public func bound(_ state: State) -> Double { state.best.gap }

  public func finish(_ state: State) -> Candidate { state.best.candidate }

  public func evaluations(_ state: State) -> Int { state.evaluations }

  // MARK: - Steps

  /// A step in closed form or by the dual Newton method; shorter ones when it fails.
  private func project(_ state: inout State, _ proximal: ProximalStep, _ context: StepContext) -> Step? {
    let zero = [Double](repeating: 0, count: state.program.count)
    for _ in 0..<12 {
      if context.shouldStop() { return .progress }
      let result = proximal.step(
        from: state.here, gradient: zero, length: 1 / state.eta, stop: context.shouldStop)
      state.evaluations += 1
      switch result {
      case .infeasible(let ray): return .infeasible(KLProximal.evidence(ray, for: state.program))
      case .failed:
        state.eta /= growth
        continue
      case .point(let trial):
        let hadFace = state.here.hasFace
        state.here = trial
        state.here.hasFace = hadFace || trial.hasFace
        offer(&state)
        return nil
      }
    }
    return context.shouldStop() ? .progress : .stalled(.precision)
  }

  private func offer(_ state: inout State) {
    let flags: [AnswerFlag] = state.here.hasFace ? [.boundary] : []
    let evidence = KLProximal.evidence(state.here.multipliers, for: state.program)
    state.best.offer(
      Candidate(point: state.here.p, evidence: evidence, flags: flags), rows: state.moments)
    guard state.program.objective.isLinear, state.iterations >= 2 else { return }
    let polish = LinearPolish(state.program, state.moments)
    polish.polish(
      state.here.p, multipliers: Array(state.here.multipliers.prefix(state.moments.rows)), flags: flags,
      into: &state.best)
  }

  /// A step by another method, to the accuracy that the length of the step asks for.
  private func solve(_ state: inout State, _ method: any Method, _ context: StepContext) -> Step? {
    let sub = KLProximal.subproblem(state.program, from: state.here.p, eta: state.eta)
    let base = state.here.p
    let rate = inexactness / state.eta
    let floor = 0x1p-50 * state.best.size
    let run = InnerSolve(
      method, sub, warm: Candidate(point: base, evidence: state.evidence), context,
      limit: method.isSecondOrder ? 200 : 2000,
      goal: { q in max(rate * max(klDivergence(q, base), 0), floor) })
    state.evaluations += run.evaluations
    switch run.end {
    case .infeasible(let evidence): return .infeasible(evidence)
    case .unfinished(.notFinite): return .stalled(.notFinite)
    default: break
    }
    guard run.candidate.point.allSatisfy(\.isFinite) else { return .stalled(.notFinite) }
    state.best.offer(run.candidate, rows: state.moments)
    state.here.p = run.candidate.point
    state.evidence = run.candidate.evidence
    return nil
  }

  /// Multipliers of the program's own rows; those of bounds, which follow, are not needed.
  private static func evidence(_ multipliers: [Double], for program: Program) -> Evidence {
    var evidence = Evidence.none(for: program)
    let k = evidence.equality.count
    guard multipliers.count >= k + evidence.inequality.count else { return evidence }
    for j in evidence.equality.indices { evidence.equality[j] = multipliers[j] }
    for j in evidence.inequality.indices { evidence.inequality[j] = max(multipliers[k + j], 0) }
    return evidence
  }
}

extension Method where Self == KLProximal {
  /// The proximal point method in the Kullback-Leibler geometry.
  public static var klProximal: KLProximal { KLProximal() }
}

extension Program {
  /// The same program with the bounds on single masses as inequality rows behind the others; forced zeros stay bounds.
  func withBoundsAsRows() -> Program {
    var copy = self
    for slice in layout.simplices {
      for i in slice.range {
        if layout.lower[i] > 0 {
          copy.inequalities.append(
            ConstraintRow(name: "lower bound", columns: [i], values: [-1], bound: -layout.lower[i]))
          copy.layout.lower[i] = 0
        }
        if layout.upper[i] < .infinity, layout.upper[i] > 0 {
          if layout.upper[i] < slice.mass {
            copy.inequalities.append(
              ConstraintRow(name: "upper bound", columns: [i], values: [1], bound: layout.upper[i]))
          }
          copy.layout.upper[i] = .infinity
        }
      }
    }
    return copy
  }
}
