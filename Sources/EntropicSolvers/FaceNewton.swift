import EntropicModel
import EntropicNumerics

/// Newton's method on the face where the solution lies: a finisher for the points of other methods.
///
///     [ H_SS  J_S' ] [ dp ]     [ r_S ]
///     [ J_S   0    ] [ db ] = - [ rho ],     r = grad f + J' b,  S = {i : p_i > (r_i - mean r)_+ / range r}
///
/// S holds the masses that the identification test takes for positive; J stacks the sums of the simplices,
/// the equalities, the active inequalities and the gradients of the active convex constraints. A step ends
/// at the first bound it meets, and that mass leaves S; when the face is solved, the mass with the most
/// negative reduced gradient of each simplex enters, inequalities with a negative multiplier leave and
/// violated ones enter.
///
/// - Accepts smooth convex programs with second derivatives. The face may have up to `order` masses.
/// - Guarantee: but for rounding, the offered point never certifies worse than the one it started from.
/// - Degenerate faces: a singular system is solved with a small ridge and refined, so that the step is
///   nearly the shortest one.
/// - Complexity: |S|^3 / 3 a step, typically 2 to 6 steps.
/// - Source: D. P. Bertsekas, SIAM J. Control Optim. 20 (1982), doi:10.1137/0320018 (two-metric projection).
public struct FaceNewton: Method {
  public var iterationLimit: Int
  public var order: Int

  public init(iterationLimit: Int = 200, order: Int = 3000) {
    self.iterationLimit = iterationLimit
    self.order = order
  }

  public var name: String { "face-newton" }
  public var isSecondOrder: Bool { true }

  public struct State {
    let form: SaddleForm
    // every step
    var p: [Double]
    var beta: [Double]
    /// Masses of the face.
    var free: [Bool]
    /// Rows that hold with equality.
    var active: [Bool]
    var error = Double.infinity
    var iteration = 0
    var evaluations = 0
    var idle = 0
    /// No step helps on this face any more.
    var isStuck = false
    // when the interval shrinks
    var best: Candidate
    var certificate: Certificate
    /// The residual of the face at the best point.
    var offered = Double.infinity
  }

  public func accepts(_ program: Program) -> Acceptance {
    guard program.isConvex else { return .declines("the problem is not known to be convex") }
    let parts = [program.objective] + program.convex.map(\.functional)
    guard parts.allSatisfy(\.hasHessian) else {
      return .declines("a function of the user has no second derivatives")
    }
    guard parts.allSatisfy(\.isSmooth) else { return .declines("a part is not smooth") }
    return .accepts("Newton steps on the face of a point")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let p = program.normalised(warm?.point ?? InteriorStart.masses(program, warm: nil))
    let evidence = warm?.evidence ?? .none(for: program)
    let inside = InteriorStart.masses(program, warm: Candidate(point: p, evidence: evidence))
    let form = SaddleForm(program, at: inside)
    var state = State(
      form: form, p: p, beta: [Double](repeating: 0, count: form.multipliers),
      free: [Bool](repeating: true, count: program.count),
      active: [Bool](repeating: false, count: form.multipliers),
      best: Candidate(point: p, evidence: evidence),
      certificate: Certificate(program, point: p, evidence: evidence))
    state.evaluations = 3
    let simplices = program.layout.simplices.count
    for (k, i) in form.equalityIndex.enumerated() where evidence.equality.count > i {
      state.beta[simplices + k] = evidence.equality[i] / form.rowScale[simplices + k] * form.objectiveScale
    }
    for (k, i) in form.inequalities.enumerated() where evidence.inequality.count > k {
      state.beta[i] = evidence.inequality[k] / form.rowScale[form.equalities.count + k] * form.objectiveScale
    }
    for (c, i) in form.convex.enumerated() where evidence.convex.count > c {
      state.beta[i] = evidence.convex[c] / form.constraintScale[c] * form.objectiveScale
    }
    identify(&state)
    if form.smooth.value(state.p) == .infinity {
      // Masses that may not be 0 were taken for zeros.
      state.p = p
      for i in p.indices { state.free[i] = p[i] > program.layout.lower[i] }
    }
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    guard state.iteration < iterationLimit else { return .stalled(.progress) }
    state.iteration += 1
    let members = state.free.indices.filter { state.free[$0] }
    guard members.count <= order else { return .stalled(.unsuitable) }
    guard let face = FaceSystem(state.form, state, members) else { return .stalled(.notFinite) }
    if face.error < 1e-14 || state.isStuck {
      state.isStuck = false
      guard revise(&state) else { return .converged }
      return .progress
    }
    state.evaluations += state.form.hasFunctionsOfUser ? members.count : 0
    guard let (dp, db) = face.direction(stop: context.shouldStop) else {
      return context.shouldStop() ? .progress : .stalled(.precision)
    }
    let (limit, blocking) = ratio(state, members, dp)
    let a = search(&state, face, members, dp, db, from: min(1, limit))
    if a == 0, limit > 0, !face.keepsSums(dp) {
      // More rows than masses that could satisfy them: the direction leaves the simplices. More masses may help.
      return widen(&state) ? .progress : .stalled(.precision)
    }
    var leaves = false
    if a > 0 || limit == 0, a == min(1, limit), let blocking, let k = members.firstIndex(of: blocking) {
      let layout = state.form.program.layout
      leaves = true
      state.free[blocking] = false
      state.p[blocking] = dp[k] < 0 ? layout.lower[blocking] : layout.upper[blocking]
    } else {
      state.isStuck = a == 0 || state.error > 0.5 * face.error && face.error < 1e-9
    }
    if a == 0, limit == 0, blocking != nil { for (row, change) in db { state.beta[row] += change } }
    let improved = offer(&state)
    state.idle = improved || leaves || state.error < 0.5 * face.error ? 0 : state.idle + 1
    return state.idle >= 20 ? .converged : .progress
  }

  /// Moves along the direction as far as the residuals of the face, or the objective with the violated rows
  /// as a penalty, fall. Returns the length, 0 when nothing falls.
  private func search(
    _ state: inout State, _ face: FaceSystem, _ members: [Int], _ dp: [Double],
    _ db: [(row: Int, change: Double)],
    from longest: Double
  ) -> Double {
    var penalty = 1.0
    for (row, change) in db { penalty = max(penalty, 2 * abs(state.beta[row] + change)) }
    let value = face.merit(penalty)
    let slope = face.slope(dp, penalty)
    var a = longest
    for _ in 0..<30 where a > 1e-12 {
      var trial = state
      for (k, i) in members.enumerated() {
        trial.p[i] = max(state.form.program.layout.lower[i], state.p[i] + a * dp[k])
      }
      for (row, change) in db { trial.beta[row] += a * change }
      state.evaluations += 1
      if let next = FaceSystem(state.form, trial, members) {
        let falls = next.error <= (1 - 1e-4 * a) * face.error
        guard next.sumError <= max(face.sumError, 1e-9) else {
          a *= 0.5
          continue
        }
        if falls || next.merit(penalty) < value + 1e-4 * a * slope {
          state.p = trial.p
          state.beta = trial.beta
          if !falls { for (row, change) in db { state.beta[row] += (1 - a) * change } }
          state.error = next.error
          return a
        }
      }
      a *= 0.5
    }
    return 0
  }

  public func bound(_ state: State) -> Double { state.certificate.gap }

  public func finish(_ state: State) -> Candidate { state.best }

  public func evaluations(_ state: State) -> Int { state.evaluations }

  // MARK: the face

  /// The identification test, with multipliers of the sums that make the mean reduced gradient 0.
  private func identify(_ state: inout State) {
    let form = state.form
    let layout = form.program.layout
    for k in layout.simplices.indices { state.beta[k] = 0 }
    var r = FaceSystem.gradient(form, state.p, state.beta)
    var widest = 0.0
    for (k, slice) in layout.simplices.enumerated() {
      let part = Array(r[slice.range])
      let mean = Kernel.dot(part, Array(state.p[slice.range])) / slice.mass
      state.beta[k] = -mean * slice.mass
      let range = Kernel.maximum(part) - Kernel.minimum(part)
      widest = max(widest, range)
      for i in slice.range {
        r[i] -= mean
        let weight = range > 0 ? slice.mass / range : 0
        let low = state.p[i] - layout.lower[i]
        let high = layout.upper[i] - state.p[i]
        state.free[i] = low > max(r[i], 0) * weight && high > max(-r[i], 0) * weight
        // An infinite slope at 0 keeps a mass positive.
        if state.p[i] > 0, isSingular(form, i) { state.free[i] = true }
        if !state.free[i] { state.p[i] = low < high ? layout.lower[i] : layout.upper[i] }
      }
      // The largest mass is always there.
      if let largest = slice.range.max(by: { state.p[$0] < state.p[$1] }),
        !slice.range.contains(where: { state.free[$0] })
      {
        state.free[largest] = true
      }
    }
    let rows = FaceSystem.rows(form, state.p)
    for i in form.equalities { state.active[i] = true }
    for i in form.inequalities.lowerBound..<form.convex.upperBound {
      state.active[i] = state.beta[i] > 0 && -rows[i] <= state.beta[i] / max(widest, 1)
      if !state.active[i] { state.beta[i] = 0 }
    }
  }

  /// How far the step may go, and the mass that ends it.
  private func ratio(_ state: State, _ members: [Int], _ dp: [Double]) -> (Double, Int?) {
    let layout = state.form.program.layout
    var limit = Double.infinity
    var blocking: Int?
    for (k, i) in members.enumerated() {
      let room = dp[k] < 0 ? state.p[i] - layout.lower[i] : layout.upper[i] - state.p[i]
      guard dp[k] != 0, room < .infinity else { continue }
      let length = max(room, 0) / abs(dp[k])
      if length < limit {
        limit = length
        blocking = i
      }
    }
    return limit <= 1 ? (limit, blocking) : (.infinity, nil)
  }

  /// Lets one mass of every simplex in, whatever the sign of its reduced gradient: one that may grow where masses are
  /// missing, one that may shrink where there are too many. False when nothing is left to let in.
  private func widen(_ state: inout State) -> Bool {
    let form = state.form
    let layout = form.program.layout
    let r = FaceSystem.gradient(form, state.p, state.beta)
    var changed = false
    for slice in layout.simplices {
      let missing = slice.mass - Kernel.compensatedSum(Array(state.p[slice.range]))
      let outside = slice.range.filter {
        guard !state.free[$0], layout.upper[$0] > layout.lower[$0] else { return false }
        return missing > -1e-9 * slice.mass ? state.p[$0] < layout.upper[$0] : state.p[$0] > layout.lower[$0]
      }
      guard let entering = outside.min(by: { r[$0] < r[$1] }) else { continue }
      state.free[entering] = true
      if state.p[entering] == 0, isSingular(form, entering) {
        state.p[entering] = 1e-8 * slice.mass / Double(slice.count)
      }
      changed = true
    }
    return changed
  }

  /// Lets masses and rows in or out of a solved face; false when it is optimal.
  private func revise(_ state: inout State) -> Bool {
    let form = state.form
    let layout = form.program.layout
    let r = FaceSystem.gradient(form, state.p, state.beta)
    var changed = false
    for slice in layout.simplices {
      var worst = -1e-12
      var entering: Int?
      for i in slice.range where !state.free[i] {
        let atLower = state.p[i] - layout.lower[i] <= layout.upper[i] - state.p[i]
        let reduced = atLower ? r[i] : -r[i]
        if reduced < worst {
          worst = reduced
          entering = i
        }
      }
      if let entering {
        state.free[entering] = true
        // A curvature that is infinite at 0 needs a positive mass to start from.
        if state.p[entering] == 0, isSingular(form, entering) {
          state.p[entering] = 1e-8 * slice.mass / Double(slice.count)
        }
        changed = true
      }
    }
    let rows = FaceSystem.rows(form, state.p)
    for i in form.inequalities.lowerBound..<form.convex.upperBound {
      if state.active[i], state.beta[i] < -1e-13 {
        state.active[i] = false
        state.beta[i] = 0
        changed = true
      } else if !state.active[i], rows[i] > 1e-14 {
        state.active[i] = true
        changed = true
      }
    }
    return changed
  }

  private func isSingular(_ form: SaddleForm, _ i: Int) -> Bool {
    ([form.smooth] + form.constraints).contains { f in
      (!f.entropic.isEmpty && f.entropic[i] > 0) || (!f.barrier.isEmpty && f.barrier[i] > 0)
        || !f.conditionals.isEmpty
        || f.powers.contains { $0.exponent < 2 && $0.weights[i] > 0 }
    }
  }

  /// Certifies the point, corrected to the last digits, and keeps it when it is better. True when it is.
  private func offer(_ state: inout State) -> Bool {
    let form = state.form
    var evidence = Evidence.none(for: form.program)
    let simplices = form.program.layout.simplices.count
    for (k, i) in form.equalityIndex.enumerated() {
      evidence.equality[i] = state.beta[simplices + k] * form.rowScale[simplices + k] / form.objectiveScale
    }
    for (k, i) in form.inequalities.enumerated() {
      evidence.inequality[k] = max(
        0, state.beta[i] * form.rowScale[form.equalities.count + k] / form.objectiveScale)
    }
    for (c, i) in form.convex.enumerated() {
      evidence.convex[c] = max(0, state.beta[i] * form.constraintScale[c] / form.objectiveScale)
    }
    let active = form.inequalities.filter { state.active[$0] }
    let point = form.corrected(state.p, active: active, keep: state.free)
    let certificate = Certificate(form.program, point: point, evidence: evidence)
    state.evaluations += 1
    // Where both gaps are rounding, the smaller residual of the face tells the better point: the gap is
    // second order in the distance to the solution.
    let size = max(
      abs(certificate.lower), abs(certificate.upper),
      1e-3 * form.program.objective.scale(in: form.program.layout))
    let isRounding =
      certificate.isFeasible && certificate.gap <= max(2 * state.certificate.gap, 0x1p-46 * size)
    let isSharper = isRounding && state.error < 0.5 * state.offered
    guard InteriorPoint.isBetter(certificate, than: state.certificate) || isSharper else { return false }
    state.offered = min(state.error, state.offered)
    let improved = certificate.gap < 0.9 * state.certificate.gap || !state.certificate.isFeasible || isSharper
    state.certificate = certificate
    state.best = Candidate(point: point, evidence: evidence, flags: state.best.flags)
    return improved
  }
}

extension Method where Self == FaceNewton {
  /// Newton steps on the face of a point.
  public static var faceNewton: FaceNewton { FaceNewton() }
}
