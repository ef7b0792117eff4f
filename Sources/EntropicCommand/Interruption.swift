import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// SIGINT and SIGTERM as a flag that the solver polls.
///
/// The handler counts, wakes the watcher through a pipe, and at the second signal ends the process; it does
/// no other work, because almost nothing is allowed there.
enum Interruption {
  private static let count = Atomic<Int>(0)
  private static let signal = Atomic<Int32>(0)
  private static let wakeUp = Atomic<Int32>(-1)

  /// True after the first signal.
  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// 130 after an interrupt from the keyboard, 143 after a request to terminate.
  static var exitCode: Int32 { 128 + signal.load(ordering: .relaxed) }

  /// Takes the three standard descriptors where the parent has closed them, so that no pipe or file of ours
  /// gets their numbers: reading from standard input and writing to the others then fails, as it should.
  private static func reserveStandardDescriptors() {
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is the one that is missing; the mode is the one that does not serve.
      if open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) < 0 { _ = open("/", O_RDONLY) }
    }
  }

  /// Arms the signals; SIGPIPE is ignored, so that a closed pipe is a failed write.
  static func arm() {
    reserveStandardDescriptors()
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) == 0 {
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      wakeUp.store(ends[1], ordering: .relaxed)
      reader.store(ends[0], ordering: .relaxed)
    }
    _ = isRequested
    systemSignal(SIGPIPE, SIG_IGN)
    systemSignal(SIGINT, handler)
    systemSignal(SIGTERM, handler)
    // A parent may have started us from a thread that blocks signals.
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGINT)
    sigaddset(&set, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  private static let reader = Atomic<Int32>(-1)

  private static let handler: @convention(c) (Int32) -> Void = { number in
    let saved = errno
    if count.add(1, ordering: .relaxed).oldValue > 0 { _exit(128 + number) }
    signal.store(number, ordering: .relaxed)
    var byte: UInt8 = 1
    _ = write(wakeUp.load(ordering: .relaxed), &byte, 1)
    errno = saved
  }

  /// Waits until the next signal or `wake()`, at most so many seconds.
  static func wait(atMost seconds: Double) {
    let milliseconds = Int32(max(0, min(seconds * 1000, 1e9)).rounded(.up))
    var request = pollfd(fd: reader.load(ordering: .relaxed), events: Int16(POLLIN), revents: 0)
    // A negative descriptor, where there is no pipe, is only waited for.
    if poll(&request, 1, milliseconds) > 0 {
      var byte: UInt8 = 0
      _ = read(request.fd, &byte, 1)
    }
  }

  /// Ends a `wait` on another thread.
  static func wake() {
    var byte: UInt8 = 0
    _ = write(wakeUp.load(ordering: .relaxed), &byte, 1)
  }
}

private func systemSignal(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
  signal(number, handler)
}

private func systemSignal(_ number: Int32, _ handler: sighandler_t?) {
  signal(number, handler)
}
