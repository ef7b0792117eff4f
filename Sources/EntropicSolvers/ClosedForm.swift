import EntropicModel
import EntropicNumerics

/// Problems whose solution is a formula or one scalar root a simplex.
///
/// - Separable objective, no constraints but bounds: a vertex for linear costs, softmax for entropy,
///   sparsemax for squares, entmax for powers, and one root for any sum of linear, entropic, barrier and
///   power parts.
/// - Linear objective, one separable convex constraint g(p) <= c (a ball of relative entropy or chi-squared
///   around a reference): p(t) = argmin g + t cost, and t is the root of g(p(t)) = c, which grows with t.
///   When the cheapest face meets the constraint, the answer lies there; when min g = c, it is the centre.
///
/// - Guarantee: the sum is right to the last bit and the multiplier is that of the root.
/// - Complexity: O(n) for vertices and softmax, 5 to 15 passes a root, about 60 roots for a ball.
/// - Source: A. Ben-Tal et al., Manage. Sci. 59 (2013), doi:10.1287/mnsc.1120.1641, for the balls.
public struct ClosedForm: Method {
  public init() {}

  public struct State: Sendable {
    let program: Program
    var candidate: Candidate
    var evaluations = 0
    var isDone = false
    var end: Step = .converged
  }

  public var name: String { "closed-form" }
  public var isSecondOrder: Bool { true }

  public func accepts(_ program: Program) -> Acceptance {
    guard program.isConvex else { return .declines("the problem is not convex") }
    guard program.equalities.isEmpty, program.inequalities.isEmpty else {
      return .declines("there are linear rows")
    }
    guard program.objective.hasNoComposites else {
      return .declines("the objective is not a sum of functions of single masses")
    }
    if program.convex.isEmpty { return .accepts(ClosedForm.formula(program)) }
    guard program.convex.count == 1, program.objective.isLinear,
      program.convex[0].functional.hasNoComposites, !program.convex[0].functional.isLinear
    else { return .declines("the constraints are more than one separable ball under a linear objective") }
    return .accepts(
      "a linear objective in one separable ball is a tilt of the centre, found by one scalar root")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    State(
      program: program,
      candidate: warm ?? Candidate(point: program.layout.centre(), evidence: .none(for: program)))
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if state.isDone { return state.end }
    let end = state.program.convex.isEmpty ? separable(&state) : ball(&state, context)
    if case .progress = end { return end }
    state.isDone = true
    state.end = end
    if !state.candidate.point.allSatisfy(\.isFinite) {
      state.candidate.point = state.program.layout.centre()
      return .stalled(.notFinite)
    }
    return end
  }

  public func bound(_ state: State) -> Double { state.isDone ? 0 : .infinity }

  public func finish(_ state: State) -> Candidate { state.candidate }

  public func evaluations(_ state: State) -> Int { state.evaluations }

  // MARK: - Separable objectives

  /// The closed form of a separable objective, in words.
  private static func formula(_ program: Program) -> String {
    let f = program.objective
    let isOpen =
      program.layout.lower.allSatisfy { $0 == 0 } && program.layout.upper.allSatisfy { $0 == .infinity }
    let bounds = isOpen ? "" : " between bounds"
    let hasEntropy = f.entropic.contains { $0 > 0 }
    let hasBarrier = f.barrier.contains { $0 > 0 }
    switch (hasEntropy, hasBarrier, f.powers.count) {
    case (false, false, 0):
      return isOpen
        ? "a linear objective is least at a vertex: all mass on the cheapest outcome"
        : "a linear objective is least at a vertex: outcomes are filled in the order of their costs"
    case (true, false, 0): return "the optimum of an entropy with linear costs is a softmax\(bounds)"
    case (false, true, 0):
      return "logarithms of single masses with linear costs are one scalar root a simplex\(bounds)"
    case (false, false, 1) where f.powers[0].exponent == 2:
      return "squares with linear costs are a projection on the simplex (sparsemax)\(bounds)"
    case (false, false, 1):
      return "powers with linear costs are one scalar root a simplex (entmax)\(bounds)"
    default: return "a sum over single masses is one scalar root a simplex\(bounds)"
    }
  }

  private func separable(_ state: inout State) -> Step {
    state.evaluations += 1
    guard let (point, isUnique) = ClosedForm.minimum(of: state.program.objective, state.program.layout) else {
      return .infeasible(.none(for: state.program))
    }
    state.candidate = Candidate(
      point: point, evidence: .none(for: state.program), flags: isUnique ? [] : [.nonunique])
    return .converged
  }

  /// argmin f + tilt . p over the simplices and bounds; nil where the bounds exclude every point.
  private static func minimum(
    of f: Functional, _ layout: Layout, tilt: (cost: [Double], factor: Double)? = nil
  ) -> (point: [Double], isUnique: Bool)? {
    var point = [Double](repeating: 0, count: layout.count)
    var isUnique = true
    for slice in layout.simplices {
      guard let part = SeparableMinimum(f, layout, slice, tilt: tilt).solve() else { return nil }
      point.replaceSubrange(slice.range, with: part.point)
      isUnique = isUnique && part.isUnique
    }
    return (point, isUnique)
  }

  // MARK: - Balls

  private func ball(_ state: inout State, _ context: StepContext) -> Step {
    let program = state.program
    let constraint = program.convex[0]
    let cost = program.objective.linear
    func left(_ p: [Double]) -> Double { constraint.functional.value(p) }
    func candidate(_ p: [Double], _ multiplier: Double, _ flags: [AnswerFlag] = []) -> Candidate {
      var evidence = Evidence.none(for: program)
      evidence.convex = [multiplier]
      return Candidate(point: p, evidence: evidence, flags: flags)
    }
    state.evaluations += 2
    guard let centre = ClosedForm.minimum(of: constraint.functional, program.layout)?.point else {
      return .infeasible(.none(for: program))
    }
    let least = constraint.functional.evaluate(centre)
    let band = dataUncertainty * (abs(constraint.bound) + least.magnitude)
    if least.value > constraint.bound + band { return .infeasible(candidate(centre, 1).evidence) }

    // The cheapest face, and the best of the ball on it.
    guard let vertex = ClosedForm.minimum(of: program.objective, program.layout) else {
      return .infeasible(.none(for: program))
    }
    var face = program.layout
    if !vertex.isUnique, !face.isBounded || face.lower.allSatisfy({ $0 == 0 }) {
      for slice in face.simplices {
        var cheapest = Double.infinity
        for i in slice.range where face.upper[i] > 0 { cheapest = min(cheapest, cost[i]) }
        for i in slice.range where cost[i] > cheapest { face.upper[i] = 0 }
      }
    }
    let onFace = vertex.isUnique ? vertex.point : ClosedForm.minimum(of: constraint.functional, face)?.point
    if let onFace, left(onFace) <= constraint.bound {
      state.candidate = candidate(onFace, 0, vertex.isUnique ? [] : [.nonunique])
      return .converged
    }
    if least.value >= constraint.bound - band / 64 {
      state.candidate = centreCandidate(program, centre, candidate)
      return .converged
    }
    return tilt(&state, context, left: left, candidate: candidate)
  }

  /// The root of g(p(t)) = c in log t.
  private func tilt(
    _ state: inout State, _ context: StepContext, left: ([Double]) -> Double,
    candidate: ([Double], Double, [AnswerFlag]) -> Candidate
  ) -> Step {
    let program = state.program
    let constraint = program.convex[0]
    let cost = program.objective.linear
    var evaluations = 0
    func point(_ logTilt: Double) -> [Double]? {
      evaluations += 1
      return ClosedForm.minimum(
        of: constraint.functional, program.layout, tilt: (cost, Kernel.exp(logTilt)))?.point
    }
    var spread = 0.0
    for slice in program.layout.simplices {
      var low = Double.infinity
      var high = -Double.infinity
      for i in slice.range where program.layout.upper[i] > 0 {
        low = min(low, cost[i])
        high = max(high, cost[i])
      }
      if high > low { spread = max(spread, high - low) }
    }
    let scale = constraint.functional.scale(in: program.layout)
    var low = Kernel.log(max(scale, Double.leastNormalMagnitude) / spread) - 3
    guard low.isFinite else { return .stalled(.precision) }
    var high = low + 6
    func excess(_ u: Double) -> Double? {
      point(u).map { left($0) - constraint.bound }
    }
    guard var below = excess(low), var above = excess(high) else { return .stalled(.precision) }
    for _ in 0..<60 where below > 0 {
      (high, above) = (low, below)
      low -= 8
      below = excess(low) ?? .nan
    }
    for _ in 0..<60 where above <= 0 {
      (low, below) = (high, above)
      high += 4
      above = excess(high) ?? .nan
    }
    guard below <= 0, above > 0 else {
      state.evaluations += evaluations
      return .stalled(.precision)
    }
    // Illinois steps, with a bisection after every third.
    var side = 0
    for round in 0..<120 {
      if context.shouldStop() { break }
      if high - low <= 0x1p-52 * max(1, abs(low), abs(high)) || below == 0 { break }
      var u = low + (high - low) * (-below / (above - below))
      if round % 4 == 3 || !(u > low && u < high) { u = low / 2 + high / 2 }
      guard u > low, u < high, let now = excess(u), !now.isNaN else { break }
      if now > 0 {
        if side == 1 { below /= 2 }
        (high, above, side) = (u, now, 1)
      } else {
        if side == -1 { above /= 2 }
        (low, below, side) = (u, now, -1)
      }
    }
    state.evaluations += evaluations
    guard let p = point(low) else { return .stalled(.precision) }
    state.candidate = candidate(p, Kernel.exp(-low), [])
    return .converged
  }

  /// The ball is one point: the multiplier grows without bound, as far as the lower end rises.
  private func centreCandidate(
    _ program: Program, _ centre: [Double], _ candidate: ([Double], Double, [AnswerFlag]) -> Candidate
  ) -> Candidate {
    var best = candidate(centre, 1, [.boundary])
    var highest = -Double.infinity
    let unit = program.objective.scale(in: program.layout)
    for exponent in -4..<14 {
      let trial = candidate(centre, unit * Kernel.exp(Double(exponent) * 2.302585092994046), [.boundary])
      let lower = Certificate(program, point: program.normalised(centre), evidence: trial.evidence).lower
      if lower > highest {
        highest = lower
        best = trial
      }
    }
    return best
  }
}

extension Method where Self == ClosedForm {
  /// Formulas and scalar roots.
  public static var closedForm: ClosedForm { ClosedForm() }
}
