import EntropicModel
import EntropicNumerics

/// Mirror descent with backtracking: for anything with a value and a gradient.
///
///     F = f + h,  h separable and kept exact
///     p+ = argmin  <grad f(p), q> + h(q) + L D(q, p)   over the simplices, the bounds and the linear rows
///     accepted when  f(p+) <= f(p) + <grad f(p), p+ - p> + L D(p+, p)
///     else L doubles;  L / 1.5 before every step
///
/// L follows the curvature of f relative to the geometry; no parameter is asked for. Where differences of f
/// drown in rounding, <grad f(p+) - grad f(p), p+ - p> <= L D(p+, p) is tested instead. In the entropic
/// geometry iterates live in the log domain. Linear rows are kept by an exact projection, Newton's method on
/// the dual of the step.
///
/// - Guarantee: F does not increase. `bound` is the linearised gap h(p) - h(q) + <r, p - q> minimised over q,
///   with r the gradient of f plus the rows' multipliers: an upper bound on F - F* for convex F, a
///   stationarity residual otherwise.
/// - Rate: O(L / t), linear where F is relatively strongly convex.
/// - Sources: H. Bauschke, J. Bolte, M. Teboulle, Math. Oper. Res. 42 (2017), doi:10.1287/moor.2016.0817; H.
///   Lu, R. Freund, Y. Nesterov, SIAM J. Optim. 28 (2018), doi:10.1137/16M1099546.
public struct MirrorDescent: Method {
  public var geometry: Geometry
  /// More linear rows than this are declined.
  public var largestRowCount: Int

  public init(_ geometry: Geometry = .entropy, largestRowCount: Int = 200) {
    self.geometry = geometry
    self.largestRowCount = largestRowCount
  }

  public struct State: Sendable {
    let proximal: ProximalStep
    var here: ProximalStep.Trial
    /// f and its gradient at the point
    var value = 0.0
    var gradient: [Double] = []
    /// L
    var length = 0.0
    /// when it is worth a pass
    var gap = Double.infinity
    var iterations = 0
    var evaluations = 0
    var quiet = 0
    var fault: Step?
  }

  public var name: String { geometry.isEntropy ? "mirror-descent" : "mirror-descent(\(geometry.name))" }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    if let reason = program.objective.swampedEntropy { return .declines(reason) }
    guard program.objective.isSmooth else { return .declines("the objective has kinks") }
    guard program.convex.isEmpty else { return .declines("there are convex constraints") }
    let rows = program.equalities.count + program.inequalities.count
    guard rows <= largestRowCount else { return .declines("there are \(rows) linear rows") }
    return .accepts("a smooth objective, of which a value and a gradient are enough")
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let proximal = ProximalStep(program, geometry)
    var fault: Step?
    var here: ProximalStep.Trial
    switch proximal.start(warm) {
    case .point(let trial): here = trial
    case .infeasible(let ray):
      here = ProximalStep.Trial(p: program.layout.centre(), logp: [], multipliers: [])
      fault = .infeasible(proximal.evidence(ray))
    case .failed:
      here = ProximalStep.Trial(p: program.layout.centre(), logp: [], multipliers: [])
      fault = .stalled(.notFinite)
    }
    if here.logp.isEmpty { here.logp = Kernel.log(here.p) }
    var state = State(proximal: proximal, here: here)
    state.value = proximal.rest.value(here.p)
    state.gradient = proximal.rest.gradient(here.p)
    state.evaluations = 1
    if !state.value.isFinite || !state.gradient.allSatisfy(\.isFinite) {
      fault = fault ?? .stalled(.notFinite)
    }
    state.fault = fault
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    let proximal = state.proximal
    if state.length == 0 {
      state.length = proximal.firstLength(
        at: state.here, gradient: state.gradient, stop: context.shouldStop)
    } else {
      // Without f the step is that of the proximal point method, which likes them long.
      state.length /= proximal.hasRest ? 1.5 : 4
    }
    state.iterations += 1
    var isMoved = false
    for _ in 0..<80 {
      if context.shouldStop() { return .progress }
      guard
        case .point(let trial) = proximal.step(
          from: state.here, gradient: state.gradient, length: state.length, stop: context.shouldStop)
      else {
        state.length *= 2
        continue
      }
      let value = proximal.rest.value(trial.p)
      state.evaluations += 1
      if value.isNaN { return .stalled(.notFinite) }
      let change = zip(trial.p, state.here.p).map { $0 - $1 }
      let divergence = proximal.divergence(from: state.here, to: trial)
      if divergence == 0 {
        state.here.multipliers = trial.multipliers
        break
      }
      var gradient: [Double]?
      var isAccepted = false
      if value < .infinity {
        let linear = Kernel.compensatedDot(state.gradient, change)
        if abs(value - state.value) < 1e3 * 0x1p-53 * max(abs(value), abs(state.value)) {
          let next = proximal.rest.gradient(trial.p)
          gradient = next
          let bend = Kernel.compensatedDot(zip(next, state.gradient).map { $0 - $1 }, change)
          isAccepted = bend <= state.length * divergence
        } else {
          isAccepted = value <= state.value + linear + state.length * divergence
        }
      }
      if isAccepted {
        let next = gradient ?? proximal.rest.gradient(trial.p)
        guard next.allSatisfy(\.isFinite) else { return .stalled(.notFinite) }
        let hadFace = state.here.hasFace
        state.here = trial
        state.here.hasFace = hadFace || trial.hasFace
        state.value = value
        state.gradient = next
        isMoved = true
        break
      }
      state.length *= 2
      if !state.length.isFinite { break }
    }
    if !isMoved {
      // No step is long enough to be seen: the limit of precision, or a row that cannot be kept.
      state.gap = proximal.gap(at: state.here, gradient: state.gradient)
      let size = proximal.program.objective.evaluate(state.here.p).magnitude
      return state.gap <= 1e-9 * size ? .converged : .stalled(.precision)
    }
    if state.iterations % 10 == 0 || state.iterations <= 3 {
      state.gap = proximal.gap(at: state.here, gradient: state.gradient)
      let size = proximal.program.objective.evaluate(state.here.p).magnitude
      if state.gap <= 0x1p-50 * size { state.quiet += 1 } else { state.quiet = 0 }
      if state.quiet >= 3 { return .converged }
    }
    return .progress
  }

  public func bound(_ state: State) -> Double { state.gap }

  public func finish(_ state: State) -> Candidate { state.proximal.candidate(state.here) }

  public func evaluations(_ state: State) -> Int { state.evaluations }
}

extension Method where Self == MirrorDescent {
  /// Mirror descent in a geometry.
  public static func mirrorDescent(_ geometry: Geometry = .entropy) -> MirrorDescent {
    MirrorDescent(geometry)
  }
}
