import EntropicModel
import EntropicNumerics

/// Follow the regularised leader with a rate that tunes itself (AdaHedge).
///
///     p_t       = argmin  <g_1 + ... + g_{t-1}, q> + (t - 1) h(q) + KL(q, u) / eta_t
///     delta_t   = <g_t, p_t - q> + h(p_t) - h(q) - (t - 1) D_h(q, p_t) - KL(q, p_t) / eta_t
///                 with q the leader that has seen g_t, at the same rate: what p_t loses against it
///     eta_{t+1} = range / (delta_1 + ... + delta_t),    range >= KL(q, u)
///
/// Source: S. de Rooij, T. van Erven, P. Grunwald, W. Koolen, J. Mach. Learn. Res. 15 (2014),
/// arXiv:1301.0534.
struct AdaptiveLeader: Sendable {
  let proximal: ProximalStep
  /// u
  private let origin: ProximalStep.Trial
  /// The largest relative entropy to u; 0 when there is one point only.
  let range: Double
  /// p_t
  private(set) var here: ProximalStep.Trial
  private var sum: [Double]
  private(set) var count = 0
  /// delta_1 + ... + delta_{t-1}
  private(set) var mixability = 0.0

  init(_ proximal: ProximalStep, at here: ProximalStep.Trial) {
    self.proximal = proximal
    origin = here
    self.here = here
    sum = [Double](repeating: 0, count: here.p.count)
    // KL(q, u) <= mass log(mass / min u)
    var range = 0.0
    for slice in proximal.program.layout.simplices {
      let least = slice.range.reduce(Double.infinity) { here.p[$1] > 0 ? min($0, here.p[$1]) : $0 }
      if least < slice.mass { range += slice.mass * Kernel.log(slice.mass / least) }
    }
    self.range = range
  }

  /// How absorbing a gradient ended.
  enum End { case moved, settled, failed, notFinite }

  /// Takes g_t, a gradient of the part that is not kept exact, and moves to p_{t+1}.
  mutating func absorb(_ gradient: [Double], stop: @escaping StopCheck) -> End {
    Kernel.axpy(1, gradient, into: &sum)
    count += 1
    if count == 1 {
      mixability = proximal.gap(at: here, gradient: gradient)
    } else if mixability > 0 {
      guard let reply = leader(stop) else { return .failed }
      mixability += loss(gradient, reply)
    }
    guard mixability.isFinite else { return .notFinite }
    guard mixability > 0, range > 0 else { return .settled }
    guard let next = leader(stop) else { return .failed }
    here = next
    return .moved
  }

  /// argmin <sum g, q> + t h(q) + KL(q, u) / eta, divided by t.
  private func leader(_ stop: @escaping StopCheck) -> ProximalStep.Trial? {
    let t = Double(count)
    var start = origin
    start.multipliers = here.multipliers
    let result = proximal.step(
      from: start, gradient: sum.map { $0 / t }, length: mixability / (range * t), stop: stop)
    guard case .point(let trial) = result else { return nil }
    return trial
  }

  /// delta_t, never negative.
  private func loss(_ gradient: [Double], _ reply: ProximalStep.Trial) -> Double {
    let move = zip(here.p, reply.p).map { $0 - $1 }
    let fall = proximal.exact.value(here.p) - proximal.exact.value(reply.p)
    let tangent = Kernel.compensatedDot(proximal.exact.gradient(here.p), move)
    let bend = max(fall < .infinity ? tangent - fall : 0, 0)
    // D_h(q, p) = h(q) - h(p) - <h'(p), q - p> = tangent - fall
    let moved = proximal.divergence(from: here, to: reply) * mixability / range
    let loss = Kernel.compensatedDot(gradient, move) + fall - Double(count - 1) * bend - moved
    return loss.isNaN ? .infinity : max(loss, 0)
  }
}
