import EntropicModel
import EntropicNumerics

/// The EM algorithm for mixture weights: every step minimises a majoriser in relative entropy.
///
///     F(p) = -sum_j w_j log(L p + k)_j + h(p),       D = L'(w / (L p + k))
///     p+ = argmin  h(q) - sum_i p_i D_i log q_i      over the simplices and bounds
///
/// Without h this is p+_i = p_i D_i: Jensen's inequality makes F(q) <= F(p) - sum p_i D_i log(q_i / p_i) + h(q) - h(p),
/// so that F falls at every step. With h, linear or any other separable convex penalty, or with bounds, p+ is one scalar
/// root. Several terms, offsets k >= 0 (known components) and products of simplices are of the same form.
///
/// - Guarantee: F does not increase, accelerated or not. The slopes t w / u with the best t certify
///   F - F* <= W log max_i D_i where there is no h: log max D for weights of sum W = 1.
/// - Rate: linear, at worst O(1 / t); `squarem` and `anderson` are safeguarded by the value of F.
/// - Complexity: two products with L a map. Zeros of the start stay zeros.
/// - Sources: A. Dempster, N. Laird, D. Rubin, J. R. Stat. Soc. B 39 (1977), doi:10.1111/j.2517-6161.1977.tb01600.x;
///   as a proximal method: P. Tseng, Math. Oper. Res. 29 (2004), doi:10.1287/moor.1030.0073.
public struct ExpectationMaximisation: Method {
  public var acceleration: Acceleration

  public init(_ acceleration: Acceleration = .squarem) { self.acceleration = acceleration }

  public struct State: Sendable {
    let program: Program
    let smooth: Functional
    /// h
    let penalty: Functional
    /// True when h and bounds are absent: the step is a product.
    let isPlain: Bool
    // every step
    var here: ProximalStep.Trial
    var value: Double
    var accelerator: FixedPointAcceleration
    var iterations = 0
    /// Checks since the interval shrank.
    var idle = 0
    // every tenth step
    var best: BestCandidate
    var fault: Step?

    /// The current law, which need not be the best certified one.
    public var point: [Double] { here.p }
  }

  public var name: String { acceleration == .squarem ? "em" : "em(\(acceleration.rawValue))" }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    let f = program.objective
    guard program.isConvex else { return .declines("the problem is not known to be convex") }
    guard program.isUnconstrained else {
      return .declines("there are constraints beyond simplices and bounds")
    }
    guard !f.composites.isEmpty, f.conditionals.isEmpty, f.information.isEmpty, f.maxima.isEmpty,
      f.smooth.isEmpty
    else { return .declines("the objective is not a log-mixture") }
    for term in f.composites {
      guard case .log = term.outer, term.isNonNegative else {
        return .declines(
          "the objective is not a sum of logarithms of mixtures with non-negative coefficients")
      }
    }
    return .accepts("a log-mixture: multiplicative steps")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let f = program.objective
    var p = warm?.point ?? program.start ?? program.layout.centre()
    let centre = program.layout.centre()
    if p.count != program.count || !p.allSatisfy({ $0.isFinite && $0 >= 0 }) { p = centre }
    // Masses of 0 could not come back.
    if p.contains(0) { p = zip(p, centre).map { (1 - 1e-6) * $0 + 1e-6 * $1 } }
    p = program.normalised(p)
    var penalty = f.separablePart
    penalty.constant = 0
    let isPlain =
      penalty.entropic.isEmpty && penalty.barrier.isEmpty && penalty.powers.isEmpty
      && penalty.linear.allSatisfy { $0 == 0 } && !program.layout.isBounded
    let here = ProximalStep.Trial(p: p, logp: Kernel.log(p), multipliers: [])
    var state = State(
      program: program, smooth: f.coupledPart, penalty: penalty, isPlain: isPlain, here: here,
      value: f.value(p), accelerator: FixedPointAcceleration(acceleration, program.layout),
      best: BestCandidate(program, Candidate(point: p, evidence: .none(for: program))))
    if state.value.isNaN { state.fault = .stalled(.notFinite) }
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    state.iterations += 1
    let fixed = state
    guard
      let next = state.accelerator.step(
        from: state.here,
        map: { ExpectationMaximisation.image($0, fixed) }, objective: { fixed.program.objective.value($0.p) })
    else {
      offer(&state)
      return .stalled(.notFinite)
    }
    let isStill = next.point.p == state.here.p
    if next.value <= state.value || state.iterations == 1 {
      state.here = next.point
      state.value = next.value
    } else if next.value.isNaN {
      return .stalled(.notFinite)
    } else if next.value <= state.value + 0x1p-46 * max(1, abs(state.value)) {
      // Rounding: the map goes on, F as computed may waver in its last digits.
      state.here = next.point
    }
    if state.iterations % 10 == 0 || isStill {
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

  /// D = L'(w / u), one an outcome.
  private static func densities(_ p: [Double], _ state: State) -> [Double] {
    state.smooth.gradient(p).map { max(-$0, 0) }
  }

  static func image(_ here: ProximalStep.Trial, _ state: State) -> ProximalStep.Trial? {
    let d = densities(here.p, state)
    guard d.allSatisfy(\.isFinite) else { return nil }
    var next = here
    if state.isPlain {
      let logD = Kernel.log(d)
      let z = zip(here.logp, logD).map { $0 + $1 }
      let (law, logarithms) = KLProjection.normalised(z, state.program.layout)
      next.p = law
      next.logp = logarithms
    } else {
      var model = state.penalty
      if model.barrier.isEmpty { model.barrier = [Double](repeating: 0, count: d.count) }
      for i in d.indices { model.barrier[i] += here.p[i] * d[i] }
      guard let q = Geometry.entropy.minimum(model, length: 0, in: state.program.layout) else { return nil }
      next.p = q
      next.logp = Kernel.log(q)
    }
    return next
  }

  private func offer(_ state: inout State) {
    state.best.offer(
      Candidate(point: state.here.p, evidence: ExpectationMaximisation.evidence(state.here.p, state)))
  }

  /// The slopes -t w / u with the t of the best bound: W / (m max D) without h, else by golden section of a concave function.
  private static func evidence(_ p: [Double], _ state: State) -> Evidence {
    var evidence = Evidence.none(for: state.program)
    let d = densities(p, state)
    let layout = state.program.layout
    var weight = 0.0
    var inside = 0.0
    var slopes: [[Double]] = []
    for term in state.smooth.composites {
      guard case .log(let w) = term.outer else { return evidence }
      weight += term.weight * Kernel.sum(w)
      let s = term.outer.slope(at: term.image(p))
      inside += term.weight * Kernel.dot(s, term.offset)
      slopes.append(s)
    }
    // LB(t) = W log t + t <s, k> + min_q h(q) - t D . q, up to a constant.
    func bound(_ t: Double) -> Double {
      var model = state.penalty
      for i in d.indices { model.linear[i] -= t * d[i] }
      guard let q = Geometry.entropy.minimum(model, length: 0, in: layout) else { return -.infinity }
      return weight * Kernel.log(t) + t * inside + model.evaluate(q).value
    }
    var best = 1.0
    if state.isPlain, inside == 0, layout.simplices.count == 1, let top = d.max(), top > 0 {
      best = weight / (layout.simplices[0].mass * top)
    } else {
      let golden = 0.6180339887498949
      var (low, high) = (-7.0, 3.0)
      var (a, b) = (high - golden * (high - low), low + golden * (high - low))
      var (left, right) = (bound(Kernel.exp(a)), bound(Kernel.exp(b)))
      for _ in 0..<36 {
        if left > right {
          high = b
          (b, right) = (a, left)
          a = high - golden * (high - low)
          left = bound(Kernel.exp(a))
        } else {
          low = a
          (a, left) = (b, right)
          b = low + golden * (high - low)
          right = bound(Kernel.exp(b))
        }
      }
      let t = Kernel.exp(low / 2 + high / 2)
      best = bound(t) > bound(1) ? t : 1
    }
    guard best > 0, best < .infinity else { return evidence }
    evidence.objectiveSlopes = slopes.map { $0.map { best * $0 } }
    return evidence
  }
}

extension Method where Self == ExpectationMaximisation {
  /// The EM algorithm for mixture weights.
  public static func em(_ acceleration: Acceleration = .squarem) -> ExpectationMaximisation {
    ExpectationMaximisation(acceleration)
  }
}

extension Composite {
  /// True when neither the map nor the offset has a negative entry.
  var isNonNegative: Bool {
    guard offset.allSatisfy({ $0 >= 0 }) else { return false }
    for j in 0..<map.rows {
      var isFine = true
      map.forEachEntry(ofRow: j) { _, value in if !(value >= 0) { isFine = false } }
      if !isFine { return false }
    }
    return true
  }
}
