import EntropicSpec

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// One run of the program: its clock, and reading what the user named.
struct Session {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant

  init() { start = clock.now }

  /// Seconds since the start.
  var seconds: Double {
    let elapsed = clock.now - start
    return Double(elapsed.components.seconds) + 1e-18 * Double(elapsed.components.attoseconds)
  }

  /// What varies from run to run, so far.
  func run(threads: Int? = nil) -> Report.Run {
    var run = Report.Run()
    run.seconds = seconds
    run.threads = threads
    var usage = rusage()
    #if canImport(Darwin)
      if getrusage(RUSAGE_SELF, &usage) == 0 { run.peakMemory = usage.ru_maxrss }
    #elseif canImport(Glibc)
      if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
        run.peakMemory = usage.ru_maxrss * 1024
      }
    #else
      if getrusage(RUSAGE_SELF, &usage) == 0 { run.peakMemory = usage.ru_maxrss * 1024 }
    #endif
    return run
  }

  /// The contents of a file, or of standard input for `-`.
  func source(_ path: String, limits: SpecLimits = SpecLimits()) throws(SpecError) -> SourceFile {
    let isStandardInput = path == "-"
    let name = isStandardInput ? "standard input" : path
    let contents: [UInt8]
    do throws(FileAccess.Failure) {
      contents =
        isStandardInput
        ? try FileAccess.readStandardInput(limit: limits.fileBytes)
        : try FileAccess.read(path, limit: limits.fileBytes)
    } catch {
      throw SpecError(error.diagnostic(file: name))
    }
    return try SourceFile(name: name, contents: contents, limits: limits)
  }
}
