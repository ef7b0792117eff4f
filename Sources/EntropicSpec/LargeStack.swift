#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Runs code that recurses to a known depth, on a thread with a stack that is large enough for it.
///
/// The YAML library recurses up to a thousand levels, which takes more than a megabyte of stack: more than
/// the threads of some systems have, and possibly more than what is left of the caller's.
enum LargeStack {
  /// Unchecked, because the caller waits: the two threads never run at the same time.
  private final class Work: @unchecked Sendable {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }

  private final class Box<Value> { var value: Value? }

  /// The value of `body`, computed while the caller waits; nil if there is no memory for the thread.
  static func run<Value>(bytes: Int = 32 << 20, _ body: @escaping () -> Value) -> Value? {
    let box = Box<Value>()
    runThread(Work { box.value = body() }, bytes: bytes)
    return box.value
  }

  private static func runThread(_ work: Work, bytes: Int) {
    // The thread borrows the work, which must therefore outlive it.
    withExtendedLifetime(work) {
      runThread(argument: Unmanaged.passUnretained(work).toOpaque(), bytes: bytes)
    }
  }

  private static func runThread(argument: UnsafeMutableRawPointer, bytes: Int) {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return }
    let isSet = pthread_attr_setstacksize(&attributes, bytes) == 0
    #if canImport(Darwin)
      var thread: pthread_t?
      let code = isSet ? pthread_create(&thread, &attributes, { start($0) }, argument) : -1
      if code == 0, let thread { pthread_join(thread, nil) }
    #else
      var thread = pthread_t()
      let code = isSet ? pthread_create(&thread, &attributes, { start($0) }, argument) : -1
      if code == 0 { pthread_join(thread, nil) }
    #endif
    pthread_attr_destroy(&attributes)
  }
}

/// The first function on the new thread.
private func start(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument { LargeStack.begin(argument) }
  return nil
}

extension LargeStack {
  fileprivate static func begin(_ argument: UnsafeMutableRawPointer) {
    Unmanaged<Work>.fromOpaque(argument).takeUnretainedValue().body()
  }
}
