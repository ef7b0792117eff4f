import EntropicModel
import EntropicNumerics

/// Accelerated mirror descent with gain adaptation and restarts: for flat smooth problems.
///
///     F = f + h,  h separable and kept exact
///     y  = (1 - theta) x + theta z
///     z+ = argmin  <grad f(y), q> + h(q) + theta M D(q, z)   over the simplices, bounds and rows
///     x+ = (1 - theta) x + theta z+
///     accepted when  f(x+) <= f(y) + <grad f(y), x+ - y> + theta^2 M D(z+, z)
///     else M doubles;  M / 1.5 before every step;  theta from  (1 - theta) / (M theta^2) = 1 / (M' theta'^2)
///
/// M is the gain times the relative smoothness, and theta = 1 is a step of mirror descent. Where differences
/// of f drown in rounding, <grad f(x+) - grad f(y), x+ - y> takes their place. The momentum is dropped (theta
/// = 1, z = x) when F would rise, and when the linearised F does: <grad f(y), x+ - x> + h(x+) - h(x) > 0.
/// (The same sign with z in the place of x says nothing: z+ minimises, so that it is never positive.)
///
/// - Guarantee: F does not increase. `bound` is the linearised gap of `ProximalStep` at x.
/// - Rate: O(M / t^2) for geometries with a triangle scaling of exponent 2, the Euclidean one among them; no
///   such bound holds for the entropy, where the gain M / L is what is observed. Linear with the restarts
///   where F grows relative to D.
/// - Complexity: two evaluations of f and one of its gradient a step.
/// - Sources: F. Hanzely, P. Richtarik, L. Xiao, Comput. Optim. Appl. 79 (2021),
///   doi:10.1007/s10589-021-00273-8; B. O'Donoghue, E. Candes, Found. Comput. Math. 15 (2015),
///   doi:10.1007/s10208-013-9150-3.
public struct AcceleratedMirrorDescent: Method {
  public var geometry: Geometry
  /// More linear rows than this are declined.
  public var largestRowCount: Int

  public init(_ geometry: Geometry = .entropy, largestRowCount: Int = 200) {
    self.geometry = geometry
    self.largestRowCount = largestRowCount
  }

  public struct State: Sendable {
    let proximal: ProximalStep
    /// x and F(x)
    var x: ProximalStep.Trial
    var value = 0.0
    /// z
    var z: ProximalStep.Trial
    var theta = 1.0
    /// M
    var length = 0.0
    /// theta and M of the last accepted step; nil after a restart
    var last: (theta: Double, length: Double)?
    /// grad f(x), where somebody has needed it
    var gradient: [Double]?
    /// when it is worth a pass
    var gap = Double.infinity
    var iterations = 0
    var evaluations = 0
    var restarts = 0
    var quiet = 0
    var fault: Step?
  }

  public var name: String {
    geometry.isEntropy ? "accelerated-mirror-descent" : "accelerated-mirror-descent(\(geometry.name))"
  }
  public var isSecondOrder: Bool { false }

  public func accepts(_ program: Program) -> Acceptance {
    guard program.isConvex else { return .declines("momentum needs a convex objective") }
    return MirrorDescent(geometry, largestRowCount: largestRowCount).accepts(program)
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let plain = MirrorDescent(geometry, largestRowCount: largestRowCount).start(program, warm: warm)
    var state = State(proximal: plain.proximal, x: plain.here, z: plain.here)
    state.value = plain.value + plain.proximal.exact.value(plain.here.p)
    state.gradient = plain.gradient
    state.evaluations = plain.evaluations
    state.fault = plain.fault
    return state
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if let fault = state.fault { return fault }
    let proximal = state.proximal
    if state.length == 0 {
      state.length = proximal.firstLength(
        at: state.x, gradient: slope(&state), stop: context.shouldStop)
      state.evaluations += 1
    } else {
      // Without f the step is that of the proximal point method, which likes them long.
      state.length /= proximal.hasRest ? 1.5 : 4
    }
    state.iterations += 1
    for _ in 0..<80 {
      if context.shouldStop() { return .progress }
      switch attempt(&state, context) {
      case .accepted: return observed(&state)
      case .notFinite: return .stalled(.notFinite)
      case .still: return concluded(&state)
      case .restart:
        state.z = state.x
        state.last = nil
        state.restarts += 1
      case .tooLong: state.length *= 2
      }
      if !state.length.isFinite { break }
    }
    return concluded(&state)
  }

  public func bound(_ state: State) -> Double { state.gap }

  public func finish(_ state: State) -> Candidate { state.proximal.candidate(state.x) }

  public func evaluations(_ state: State) -> Int { state.evaluations }

  // MARK: - One trial

  private enum Attempt { case accepted, tooLong, restart, still, notFinite }

  private func attempt(_ state: inout State, _ context: StepContext) -> Attempt {
    let proximal = state.proximal
    var theta = 1.0
    if let last = state.last, proximal.hasRest {
      let c = last.theta * last.theta * last.length / state.length
      theta = 2 * c / (c + (c * c + 4 * c).squareRoot())
    }
    let isPlain = state.last == nil
    let y = isPlain ? state.x : proximal.mixture(state.x, state.z, weight: theta)
    let gradient = isPlain ? slope(&state) : proximal.rest.gradient(y.p)
    if !isPlain { state.evaluations += 1 }
    guard gradient.allSatisfy(\.isFinite) else { return isPlain ? .notFinite : .restart }
    guard
      case .point(let z) = proximal.step(
        from: state.z, gradient: gradient, length: theta * state.length, stop: context.shouldStop)
    else { return .tooLong }
    let x = proximal.mixture(state.x, z, weight: theta)
    let divergence = proximal.divergence(from: state.z, to: z)
    if divergence == 0 {
      state.x.multipliers = z.multipliers
      return isPlain ? .still : .restart
    }
    let smooth = proximal.rest.value(x.p)
    state.evaluations += 1
    if smooth.isNaN { return .notFinite }
    guard smooth < .infinity else { return .tooLong }

    let here = proximal.rest.value(y.p)
    let move = zip(x.p, y.p).map { $0 - $1 }
    let allowed = theta * theta * state.length * divergence
    let isNoisy = abs(smooth - here) < 1e3 * 0x1p-53 * max(abs(smooth), abs(here))
    var next: [Double]?
    if isNoisy {
      let ahead = proximal.rest.gradient(x.p)
      next = ahead
      guard ahead.allSatisfy(\.isFinite) else { return .notFinite }
      let bend = Kernel.compensatedDot(zip(ahead, gradient).map { $0 - $1 }, move)
      if bend > allowed { return .tooLong }
    } else if smooth > here + Kernel.compensatedDot(gradient, move) + allowed {
      return .tooLong
    }
    let value = smooth + proximal.exact.value(x.p)
    if !isPlain, isRising(state, x, value, gradient, next) { return .restart }
    state.last = (theta, state.length)
    state.theta = theta
    let hadFace = state.x.hasFace
    state.x = x
    state.x.hasFace = hadFace || z.hasFace
    state.z = z
    state.value = value
    state.gradient = next
    return .accepted
  }

  /// Whether the momentum carries the point uphill.
  private func isRising(
    _ state: State, _ x: ProximalStep.Trial, _ value: Double, _ gradient: [Double], _ ahead: [Double]?
  ) -> Bool {
    let move = zip(x.p, state.x.p).map { $0 - $1 }
    let noise = 1e3 * 0x1p-53 * max(abs(value), abs(state.value))
    if abs(value - state.value) > noise, value > state.value { return true }
    // <grad h, x+ - x> at the middle: differences of h would be rounding.
    let middle = zip(x.p, state.x.p).map { $0 / 2 + $1 / 2 }
    let separable = state.proximal.exact.gradient(middle)
    return Kernel.compensatedDot(zip(ahead ?? gradient, separable).map { $0 + $1 }, move) > 0
  }

  /// grad f(x)
  private func slope(_ state: inout State) -> [Double] {
    if let known = state.gradient { return known }
    let gradient = state.proximal.rest.gradient(state.x.p)
    state.evaluations += 1
    state.gradient = gradient
    return gradient
  }

  // MARK: - The end of a step

  private func observed(_ state: inout State) -> Step {
    guard state.iterations % 10 == 0 || state.iterations <= 3 else { return .progress }
    state.gap = state.proximal.gap(at: state.x, gradient: slope(&state))
    let size = state.proximal.program.objective.evaluate(state.x.p).magnitude
    state.quiet = state.gap <= 0x1p-50 * size ? state.quiet + 1 : 0
    return state.quiet >= 3 ? .converged : .progress
  }

  /// No step is long enough to be seen: the limit of precision, or a row that cannot be kept.
  private func concluded(_ state: inout State) -> Step {
    state.gap = state.proximal.gap(at: state.x, gradient: slope(&state))
    let size = state.proximal.program.objective.evaluate(state.x.p).magnitude
    return state.gap <= 1e-9 * size ? .converged : .stalled(.precision)
  }
}

extension Method where Self == AcceleratedMirrorDescent {
  /// Accelerated mirror descent in a geometry.
  public static func acceleratedMirrorDescent(_ geometry: Geometry = .entropy) -> AcceleratedMirrorDescent {
    AcceleratedMirrorDescent(geometry)
  }
}
