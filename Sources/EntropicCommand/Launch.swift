import ArgumentParser
import EntropicSpec
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// From arguments to one exit status: the command runs on a thread of its own, and the first thread watches
/// signals and the time.
///
/// Every run writes one answer and ends in one place, `finish`. A signal that comes while input is read and
/// its problem made, where there is no point yet, ends the run from the watcher, and so does the end of the
/// time: nothing that a file makes the program do can hold it up. Later both are polled by the solver, which
/// ends with its best point.
enum Launch {
  /// Set by whoever writes the answer: it is written once.
  private static let isFinishing = Atomic<Bool>(false)
  /// True once the solver has begun: it notices a signal by itself, and what follows it is short.
  private static let isSolving = Atomic<Bool>(false)
  private static let arguments = Mutex<[String]>([])

  /// Stack of the worker: formulas may nest 1024 levels deep.
  private static let stackBytes = 256 << 20

  static func run(_ list: [String]) -> Never {
    Interruption.arm()
    arguments.withLock { $0 = list }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, stackBytes)
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let status = pthread_create(
      &thread, &attributes,
      { _ in
        Launch.work()
        return nil
      }, nil)
    if status != 0 { work() }
    while true { watch(list) }
  }

  /// The end of a run whose time is over before it begins to solve.
  private struct Alarm: Sendable {
    var due: ContinuousClock.Instant
    var exitCode: Int32
    var format: Format
    var output: String?
  }
  private static let alarm = Mutex<Alarm?>(nil)

  /// What small files need to be read: under a limit that is shorter their run still gets to a point.
  private static let grace = 0.08

  /// Ends the run with the status `limit` unless it begins to solve within so many seconds from now.
  static func limitReading(
    toSeconds seconds: Double, exitCode: Int32, format: Format, output: String?
  ) {
    // A century is no limit, and fits a clock.
    let wait = Duration.seconds(min(max(seconds, 0), 3e9) + grace)
    alarm.withLock {
      $0 = Alarm(
        due: ContinuousClock().now.advanced(by: wait), exitCode: exitCode, format: format, output: output)
    }
    Interruption.wake()
  }

  /// Waits for the next thing to happen, and ends the run if it must.
  private static func watch(_ list: [String]) {
    let alarm = isSolving.load(ordering: .relaxed) ? nil : alarm.withLock { $0 }
    let rest = alarm.map { $0.due - ContinuousClock().now }
    Interruption.wait(atMost: rest.map { $0 / .seconds(1) } ?? .infinity)
    if isSolving.load(ordering: .relaxed) { return }
    if Interruption.isRequested {
      finish(.interrupted(exitCode: Interruption.exitCode), format: format(in: list), output: nil)
    } else if let alarm, alarm.due <= ContinuousClock().now {
      finish(.outOfTime(exitCode: alarm.exitCode), format: alarm.format, output: alarm.output)
    }
  }

  /// Runs `body` as work that polls the flag of interruption itself.
  static func solving<T>(_ body: () -> T) -> T {
    isSolving.store(true, ordering: .relaxed)
    return body()
  }

  private static func work() {
    let list = arguments.withLock { $0 }
    let format = format(in: list)
    if let word = unknownCommand(in: list) {
      finish(Conclusion(unknown(word)), format: format, output: nil)
    }
    do {
      let command = try EntropicCommand.parseAsRoot(list.first == "help" ? withoutFormat(list) : list)
      if let verb = command as? any Verb {
        perform(verb, format)
      } else {
        var command = command
        try command.run()
        finish(Conclusion(information: EntropicCommand.helpMessage()), format: format, output: nil)
      }
    } catch {
      finish(conclusion(of: error, list), format: format, output: nil)
    }
  }

  private static func perform(_ verb: any Verb, _ format: Format) {
    let session = Session()
    do throws(SpecError) {
      finish(try verb.perform(session), format: verb.format, output: verb.outputPath)
    } catch {
      finish(Conclusion(error), format: format, output: nil)
    }
  }

  /// The names of all commands, `help` among them.
  private static var commands: [String] {
    EntropicCommand.configuration.subcommands.map { $0._commandName } + ["help"]
  }

  /// The first word, or the one behind `help`, where it is no command.
  private static func unknownCommand(in list: [String]) -> String? {
    let words = list.first == "help" ? withoutFormat(list).dropFirst() : list[...]
    guard let word = words.first, !word.hasPrefix("-"), !commands.contains(word) else { return nil }
    return word
  }

  private static func unknown(_ command: String) -> SpecError {
    SpecError(
      Diagnostic(
        .wrongUsage, file: "entropic", "unknown command \(Diagnostic.quoted(command))",
        hint: Suggestion.hint(for: command, among: commands) ?? "'entropic help' lists the commands"))
  }

  /// The argument parser's own ends: help, version, wrong usage.
  private static func conclusion(of error: any Error, _ list: [String]) -> Conclusion {
    let isClean = EntropicCommand.exitCode(for: error) == .success
    if isClean { return Conclusion(information: EntropicCommand.fullMessage(for: error)) }
    let words = list.first { !$0.hasPrefix("-") }.flatMap { $0 != "help" && commands.contains($0) ? $0 : nil }
    return Conclusion(
      SpecError(
        Diagnostic(
          .wrongUsage, file: "entropic", sentence(EntropicCommand.message(for: error)),
          hint: "see 'entropic help\(words.map { " " + $0 } ?? "")'")))
  }

  /// The parser's message in the form of ours: one line that begins with a small letter.
  private static func sentence(_ message: String) -> String {
    let line = message.split(separator: "\n").map(String.init).joined(separator: "; ")
    return line.prefix(1).lowercased() + line.dropFirst()
  }

  /// The format asked for, also where the arguments as a whole are wrong.
  private static func format(in list: [String]) -> Format {
    var found = Format.text
    for (k, word) in list.enumerated() {
      if word == "--" { break }
      if word.hasPrefix("--format=") {
        found = Format(rawValue: String(word.dropFirst("--format=".count))) ?? found
      } else if word == "--format", k + 1 < list.count {
        found = Format(rawValue: list[k + 1]) ?? found
      }
    }
    return found
  }

  /// `help` is the parser's own command, and knows no formats.
  private static func withoutFormat(_ list: [String]) -> [String] {
    var result: [String] = []
    var isValue = false
    for word in list {
      if !isValue, word != "--format", !word.hasPrefix("--format=") { result.append(word) }
      isValue = !isValue && word == "--format"
    }
    return result
  }

  /// Writes the answer and ends the process.
  private static func finish(_ conclusion: Conclusion, format: Format, output path: String?) {
    if isFinishing.exchange(true, ordering: .acquiringAndReleasing) {
      // The other thread is about to end the process.
      while true { sleep(1000) }
    }
    if !conclusion.messages.isEmpty { Terminal.report(conclusion.messages) }
    let bytes = conclusion.bytes(format)
    do throws(Output.Failure) {
      if let path {
        try Output.write(bytes, toFile: path)
      } else if !bytes.isEmpty {
        try Output.write(bytes, to: 1)
      }
    } catch {
      let failure = Conclusion(SpecError(error.diagnostic(path: path ?? "standard output")))
      Terminal.report(failure.messages)
      if path != nil, format != .text { _ = try? Output.write(failure.bytes(format), to: 1) }
      exit(failure.exitCode)
    }
    exit(conclusion.exitCode)
  }
}
