import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Work spread over processors without any influence on the result.
///
/// Work is cut into pieces that write to places of their own, and the cut never depends on the number of
/// threads: whoever is free takes the next piece, and sums over pieces are added in the order of the pieces.
/// So the bytes of a result are the same for every number of threads.
///
/// The number of threads belongs to the task that asks (`Parallel.$threads.withValue(4) { ... }`) and is 1
/// unless somebody says otherwise. A piece runs with one thread: regions do not nest.
public enum Parallel {
  /// Threads that a large kernel may use.
  @TaskLocal public static var threads = 1

  /// The processors of this machine that are switched on.
  public static var processors: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Elementary operations below which a second thread costs more than it brings: about 20 microseconds.
  static let least = 1 << 15

  /// Runs `body` for 0 ..< count, each index once, on up to `threads` threads.
  ///
  /// `body` must write only to places of its index. `stop` is asked by the calling thread alone, before each
  /// of its pieces.
  /// - Returns: false when stopped; then some pieces have not run.
  @discardableResult
  package static func pieces(_ count: Int, stop: StopCheck? = nil, _ body: (Int) -> Void) -> Bool {
    let workers = min(threads, count)
    if workers <= 1 {
      for piece in 0..<count {
        if let stop, stop() { return false }
        body(piece)
      }
      return true
    }
    let next = Atomic<Int>(0)
    let stopped = Atomic<Bool>(false)
    let caller = pthread_self()
    withoutActuallyEscaping(body) { body in
      // Unchecked: pieces write to places of their own, `stop` is called by one thread, and the region ends
      // before this function returns.
      nonisolated(unsafe) let (body, stop) = (body, stop)
      DispatchQueue.concurrentPerform(iterations: workers) { _ in
        let isCaller = pthread_equal(pthread_self(), caller) != 0
        while !stopped.load(ordering: .relaxed) {
          if isCaller, let stop, stop() {
            stopped.store(true, ordering: .relaxed)
            return
          }
          let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if piece >= count { return }
          body(piece)
        }
      }
    }
    return !stopped.load(ordering: .relaxed)
  }

  /// Ranges of at most `size` that cover 0 ..< count, one after another or side by side: for work on
  /// independent elements, whose bytes no cut can change.
  static func ranges(_ count: Int, of size: Int, _ body: (Range<Int>) -> Void) {
    if threads <= 1 || count <= size {
      if count > 0 { body(0..<count) }
      return
    }
    pieces((count + size - 1) / size) { body($0 * size..<min(($0 + 1) * size, count)) }
  }
}
