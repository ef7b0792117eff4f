import EntropicNumerics

/// The Fisher-Rao (mirror, replicator) flow of any differentiable function of masses, to fourth order.
///
///     dp_i/dt = -p_i (g_i - E_p[g]),   g = grad F(p)
///
/// It is the limit of mirror descent with short steps. In u = log p up to a constant it reads du/dt = -g, and
/// one step is a step of Runge and Kutta in u: exact for linear F, of fourth order otherwise; masses stay
/// positive, a mass of 0 stays 0. A step after which F has risen by more than rounding is taken again in two
/// halves, so that in every record the values do not rise.
///
/// - Source: S. Amari, H. Nagaoka, Methods of Information Geometry (2000); A. Nemirovski, D. Yudin, Problem
///   Complexity and Method Efficiency in Optimization (1983), for mirror descent.
public struct MirrorFlow: Sendable {
  public typealias Gradient = @Sendable ([Double]) -> (value: Double, gradient: [Double])

  public let start: [Double]
  public let time: Double
  public let steps: Int
  public let saves: Int
  private let gradient: Gradient

  public struct State: Sendable {
    public let time: Double
    public let masses: [Double]
    public let value: Double
  }

  public struct Record: Sendable {
    public fileprivate(set) var states: [State] = []
    public fileprivate(set) var steps = 0
    public fileprivate(set) var halvings = 0
    /// False when the flow was stopped, or a gradient was not finite, before the end.
    public fileprivate(set) var isComplete = true
    public fileprivate(set) var failure: FlowError?
  }

  /// Masses are divided by their sum; `gradient` gives F and its derivatives by the masses.
  ///
  /// - Throws: for masses that are no distribution, a step that is not positive, and more than 1e9 steps.
  public init(
    from masses: [Double], time: Double, step: Double, saves: Int = 1, _ gradient: @escaping Gradient
  ) throws(FlowError) {
    for (i, m) in masses.enumerated() where !(m >= 0 && m.isFinite) {
      throw .masses(reason: "mass \(i + 1) is \(m)")
    }
    let total = Kernel.compensatedSum(masses)
    guard total > 0, total.isFinite else { throw .masses(reason: "the masses sum to \(total)") }
    guard step > 0, step.isFinite else {
      throw .parameter(name: "the step", value: step, expected: "a positive number")
    }
    guard time >= 0, time / step <= 1e9 else {
      throw .parameter(name: "the time", value: time, expected: "a number from 0 to 1e9 steps")
    }
    guard saves >= 1 else {
      throw .parameter(name: "the number of saved states", value: Double(saves), expected: "at least 1")
    }
    start = masses.map { $0 / total }
    self.time = time
    steps = Int((time / step * (1 - 1e-12)).rounded(.up))
    self.saves = saves
    self.gradient = gradient
  }

  /// The same flow with another step.
  public func refined(step: Double) throws(FlowError) -> MirrorFlow {
    try MirrorFlow(from: start, time: time, step: step, saves: saves, gradient)
  }

  /// Halvings of one step before it is given up.
  private static let depth = 30

  public func run(stop: () -> Bool = { false }) -> Record {
    var record = Record()
    let first = gradient(start)
    record.states = [State(time: 0, masses: start, value: first.value)]
    var logs = Kernel.log(start)
    var masses = start
    var value = first.value
    let length = steps > 0 ? time / Double(steps) : 0
    var saved = 0
    for k in 0..<steps {
      if stop() {
        record.isComplete = false
        break
      }
      guard advance(&logs, &masses, &value, by: length, depth: 0, &record) else {
        record.isComplete = false
        record.failure = .noStep(time: Double(k) * length)
        break
      }
      record.steps += 1
      let due = Int(Double(k + 1) / Double(steps) * Double(min(saves, steps)) + 1e-9)
      if due > saved {
        saved = due
        if k + 1 < steps {
          record.states.append(State(time: Double(k + 1) * length, masses: masses, value: value))
        }
      }
    }
    if record.steps > 0 {
      let end = record.isComplete ? time : Double(record.steps) * length
      record.states.append(State(time: end, masses: masses, value: value))
    }
    return record
  }

  private func advance(
    _ logs: inout [Double], _ masses: inout [Double], _ value: inout Double, by length: Double, depth: Int,
    _ record: inout Record
  ) -> Bool {
    if let (next, p) = step(logs, masses, length) {
      let after = gradient(p).value
      let slack = 4 * Kernel.kappa(p.count) * (abs(after) + abs(value))
      if after <= value + slack {
        (logs, masses, value) = (next, p, after)
        return true
      }
    }
    guard depth < MirrorFlow.depth else { return false }
    record.halvings += 1
    for _ in 0..<2 {
      guard advance(&logs, &masses, &value, by: length / 2, depth: depth + 1, &record) else { return false }
    }
    return true
  }

  /// Four slopes; nil where one is not finite at an outcome that has mass.
  private func step(_ logs: [Double], _ masses: [Double], _ h: Double) -> ([Double], [Double])? {
    func slope(_ p: [Double]) -> [Double]? {
      var g = gradient(p).gradient
      for i in 0..<g.count {
        if logs[i] == -.infinity { g[i] = 0 }
        guard g[i].isFinite else { return nil }
      }
      return g
    }
    func moved(_ g: [Double], _ s: Double) -> [Double] {
      Kernel.softmax(zip(logs, g).map { $0 - s * $1 }).probabilities
    }
    guard let a = slope(masses), let b = slope(moved(a, h / 2)), let c = slope(moved(b, h / 2)),
      let d = slope(moved(c, h))
    else { return nil }
    var next = logs
    for i in 0..<next.count {
      let middle: Double = 2 * (b[i] + c[i])
      next[i] -= h / 6 * (a[i] + middle + d[i])
    }
    let (p, logarithms, _) = Kernel.softmaxWithLogarithms(next)
    return (logarithms, p)
  }
}
