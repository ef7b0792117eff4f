import EntropicModel
import EntropicNumerics

/// Mirror-prox for objectives with kinks: both players of the saddle point move, and look ahead before they
/// do.
///
///     min_p max_y  h(p) + f(p) + sum_a w_a y_a . (K_a p + k_a),   V = (slopes in p, - slopes in y)
///     w  = argmin <V(z), q> + h(q) + L D(q, z)
///     z+ = argmin <V(w), q> + h(q) + L D(q, z)
///     accepted when  <V(w) - V(z), w - z+> <= L ( D(w, z) + D(z+, w) ),  else L doubles;  L / 1.5 first
///
/// The optimistic variant uses V at the w of the step before in the place of V(z): one field a step. Room
/// that steps have left in their test is a credit that later steps may use; without credit it looks ahead as
/// the plain variant.
///
/// Offered is the better of the last z and the average of the w with weights 1 / L; y goes into the evidence
/// as slopes of the kinks. When the better one has shrunk the gap to 2/5, the run starts again from there
/// with an empty average.
///
/// - Guarantee: after steps of total weight S since a restart, the gap of the average is at most D(u, z_0) /
///   S for the best replies u: O(L / t) for Lipschitz V. `bound` is that gap as observed, for a game max_j
///   (A'x)_j - min_i (Ay)_i.
/// - Complexity: two products with every K and its transpose a step, one when optimistic.
/// - Sources: A. Nemirovski, SIAM J. Optim. 15 (2004), doi:10.1137/S1052623403425629; A. Rakhlin, K.
///   Sridharan, 2013, arXiv:1311.1869; restarts: D. Applegate, O. Hinder, H. Lu, M. Lubin, Math. Program. 201
///   (2023), doi:10.1007/s10107-022-01901-9.
public struct MirrorProx: Method {
  /// One field a step, predicted by the one before.
  public var isOptimistic: Bool
  /// More linear rows than this are declined.
  public var largestRowCount: Int

  public init(optimistic: Bool = false, largestRowCount: Int = 200) {
    isOptimistic = optimistic
    self.largestRowCount = largestRowCount
  }

  public struct State: Sendable {
    let saddle: SaddleLift
    var z: SaddleLift.Point
    /// L
    var length = 0.0
    /// V at the last w, and the room left by the steps so far
    var ahead: (laws: [Double], balls: [[Double]])?
    var credit = 0.0
    /// sums of w / L and of 1 / L since the restart
    var sum: SaddleLift.Point
    var weight = 0.0
    /// the best pair of points so far, and the gap at the restart
    var best: SaddleLift.Point
    var gap = Double.infinity
    var restartGap = Double.infinity
    var iterations = 0
    var evaluations = 0
    var quiet = 0
    var fault: Step?
  }

  public var name: String { isOptimistic ? "mirror-prox(optimistic)" : "mirror-prox" }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    let objective = program.objective
    guard program.isConvex else { return .declines("a saddle point needs a convex objective") }
    if let reason = objective.swampedEntropy { return .declines(reason) }
    guard program.convex.isEmpty else { return .declines("there are convex constraints") }
    guard objective.maxima.isEmpty else { return .declines("there is a maximum of functionals") }
    guard objective.information.allSatisfy({ $0.kind != .negativeSmallestEigenvalue }) else {
      return .declines("there is a smallest eigenvalue")
    }
    guard objective.composites.contains(where: { !$0.outer.isSmooth }) else {
      return .declines("the objective has no kinks: there is no second player")
    }
    let rows = program.equalities.count + program.inequalities.count
    guard rows <= largestRowCount else { return .declines("there are \(rows) linear rows") }
    return .accepts("kinks that are maxima over laws or balls")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let saddle = SaddleLift(program)
    let first = saddle.start(warm)
    let layout = saddle.joint.program.layout
    let z =
      first.point
      ?? SaddleLift.Point(
        laws: .init(p: layout.centre(), logp: Kernel.log(layout.centre()), multipliers: []), balls: [])
    var state = State(saddle: saddle, z: z, sum: z, best: z)
    if case .progress = first.end {} else { state.fault = first.end }
    empty(&state)
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    let saddle = state.saddle
    state.iterations += 1
    var isExact = !isOptimistic || state.ahead == nil
    var field = state.ahead ?? ([], [])
    if isExact {
      field = saddle.field(state.z)
      state.evaluations += 1
      guard Self.isFinite(field) else { return .stalled(.notFinite) }
    }
    if state.length == 0 { state.length = firstLength(saddle, field) } else { state.length /= 1.5 }
    for round in 0..<80 {
      if context.shouldStop() { return .progress }
      if round == 8, !isExact {
        // A prediction that is worth nothing: look at the point itself.
        field = saddle.field(state.z)
        state.evaluations += 1
        guard Self.isFinite(field) else { return .stalled(.notFinite) }
        isExact = true
      }
      if let w = saddle.step(from: state.z, field, length: state.length, stop: context.shouldStop) {
        let there = saddle.field(w)
        state.evaluations += 1
        if Self.isFinite(there),
          let next = saddle.step(from: state.z, there, length: state.length, stop: context.shouldStop)
        {
          let moved = saddle.divergence(from: state.z, to: w) + saddle.divergence(from: w, to: next)
          let room = moved - saddle.product(there, field, w, next) / state.length
          if room >= 0 || (isOptimistic && state.credit + room >= 0) {
            state.credit += room
            state.ahead = there
            add(w, multipliers: next.laws.multipliers, to: &state)
            let isStill = saddle.divergence(from: state.z, to: next) == 0
            state.z = next
            return observed(&state, isStill: isStill)
          }
        }
      }
      state.length *= 2
      if !state.length.isFinite { break }
    }
    return concluded(&state)
  }

  public func bound(_ state: State) -> Double { state.gap }
  public func finish(_ state: State) -> Candidate { state.saddle.candidate(state.best) }
  public func evaluations(_ state: State) -> Int { state.evaluations }

  // MARK: - Parts of a step

  private static func isFinite(_ v: (laws: [Double], balls: [[Double]])) -> Bool {
    v.laws.allSatisfy(\.isFinite) && v.balls.allSatisfy { $0.allSatisfy(\.isFinite) }
  }

  /// The range of the field: a first step of unit range.
  private func firstLength(_ saddle: SaddleLift, _ v: (laws: [Double], balls: [[Double]])) -> Double {
    var range = 0.0
    for slice in saddle.joint.program.layout.simplices {
      let part = v.laws[slice.range]
      range = max(range, (part.max() ?? 0) - (part.min() ?? 0))
    }
    for part in v.balls { range = max(range, Kernel.dot(part, part).squareRoot()) }
    return range > 0 && range.isFinite ? range : 1
  }

  private func empty(_ state: inout State) {
    state.weight = 0
    state.sum.laws.p = state.z.laws.p.map { _ in 0 }
    state.sum.laws.multipliers = state.z.laws.multipliers.map { _ in 0 }
    state.sum.balls = state.z.balls.map { $0.map { _ in 0 } }
    state.credit = 0
  }

  private func add(_ w: SaddleLift.Point, multipliers: [Double], to state: inout State) {
    let share = 1 / state.length
    state.weight += share
    Kernel.axpy(share, w.laws.p, into: &state.sum.laws.p)
    if multipliers.count == state.sum.laws.multipliers.count {
      Kernel.axpy(share, multipliers, into: &state.sum.laws.multipliers)
    }
    for k in w.balls.indices { Kernel.axpy(share, w.balls[k], into: &state.sum.balls[k]) }
    state.sum.laws.hasFace = state.sum.laws.hasFace || w.laws.hasFace
  }

  private func average(_ state: State) -> SaddleLift.Point {
    var mean = state.sum
    let share = 1 / state.weight
    mean.laws.p = state.saddle.joint.program.normalised(mean.laws.p.map { share * $0 })
    mean.laws.logp = Kernel.log(mean.laws.p)
    for i in mean.laws.p.indices where mean.laws.p[i] < 1e-290 { mean.laws.logp[i] = state.z.laws.logp[i] }
    mean.laws.multipliers = mean.laws.multipliers.map { share * $0 }
    mean.balls = mean.balls.map { $0.map { share * $0 } }
    return mean
  }

  // MARK: - The end of a step

  /// Compares the average and the last point, and starts again from the better one when it is much better.
  private func compare(_ state: inout State) {
    var near: (point: SaddleLift.Point, gap: Double) = (state.z, state.saddle.gap(state.z))
    if state.weight > 0 {
      let mean = average(state)
      let gap = state.saddle.gap(mean)
      if gap < near.gap { near = (mean, gap) }
    }
    state.evaluations += 2
    if near.gap < state.gap {
      state.gap = near.gap
      state.best = near.point
    }
    if near.gap <= 0.4 * state.restartGap {
      if state.restartGap < .infinity {
        state.z = near.point
        state.ahead = nil
        empty(&state)
      }
      state.restartGap = near.gap
    }
  }

  private func observed(_ state: inout State, isStill: Bool) -> Step {
    if isStill { return concluded(&state) }
    guard state.iterations % 10 == 0 || state.iterations <= 3 else { return .progress }
    compare(&state)
    let size = state.saddle.program.objective.evaluate(state.saddle.candidate(state.best).point).magnitude
    state.quiet = state.gap <= 0x1p-50 * size ? state.quiet + 1 : 0
    return state.quiet >= 3 ? .converged : .progress
  }

  /// No step is long enough to be seen.
  private func concluded(_ state: inout State) -> Step {
    compare(&state)
    let size = state.saddle.program.objective.evaluate(state.saddle.candidate(state.best).point).magnitude
    return state.gap <= 1e-9 * size ? .converged : .stalled(.precision)
  }
}

extension Method where Self == MirrorProx {
  /// Mirror-prox for objectives with kinks.
  public static func mirrorProx(optimistic: Bool = false) -> MirrorProx { MirrorProx(optimistic: optimistic) }
}
