import EntropicModel
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The limits of one run and what has been spent of them.
final class Budget: Sendable {
  private let options: SolveOptions
  private let started: Double
  private let deadline: Double
  private let reason = Mutex<LimitReason?>(nil)

  init(_ options: SolveOptions) {
    self.options = options
    started = Budget.now()
    deadline = options.time.map { Budget.now() + $0 } ?? .infinity
  }

  /// Seconds since the start, monotonic.
  var seconds: Double { Budget.now() - started }

  /// The limit that was met, if any.
  var ended: LimitReason? { reason.withLock { $0 } }

  /// Polled by methods: true when the run should end soon.
  func shouldStop() -> Bool {
    if ended != nil { return true }
    if options.shouldStop() || Task.isCancelled { return end(.interrupted) }
    if Budget.now() > deadline { return end(.time) }
    return false
  }

  /// Checked by the loop between steps.
  func allows(iterations: Int, evaluations: Int) -> Bool {
    if shouldStop() { return false }
    if let limit = options.iterations, iterations >= limit { return !end(.iterations) }
    if let limit = options.evaluations, evaluations >= limit { return !end(.evaluations) }
    return true
  }

  private func end(_ limit: LimitReason) -> Bool {
    reason.withLock { if $0 == nil { $0 = limit } }
    return true
  }

  static func now() -> Double {
    var t = timespec()
    clock_gettime(CLOCK_MONOTONIC, &t)
    return Double(t.tv_sec) + Double(t.tv_nsec) * 1e-9
  }
}
