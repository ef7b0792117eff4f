import ArgumentParser
import Entropic
import EntropicFamilies
import EntropicSpec
import Synchronization

/// `entropic solve FILE`
struct SolveCommand: Verb {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "solve", abstract: "Solve the problem of an objective file.")
  }

  @OptionGroup var fileOptions: FileOptions
  @OptionGroup(title: "Solving") var solving: SolvingOptions
  @OptionGroup(title: "Output") var outputOptions: OutputOptions

  @Flag(name: .long, help: "Add the trace of the run to the report.")
  var trace = false

  @Option(name: .long, help: ArgumentHelp("Start from the point of a report.", valueName: "report"))
  var start: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Statuses, separated by commas, that end with exit status 0, too.", valueName: "statuses"))
  var accept: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Write a picture of a flow, states and energies over time, as SVG.", valueName: "file"))
  var plot: String?
  @Option(name: .long, help: ArgumentHelp(visibility: .hidden)) var dump: String?
  @Flag(name: .long, help: "Also give the derivatives of the optimum by the file's parameters.")
  var sensitivity = false

  var format: Format { outputOptions.format }
  var outputPath: String? { outputOptions.path }

  /// The statuses of a run that `--accept` may name.
  static let statuses = ["infeasible", "unbounded", "local", "estimated", "limit", "stalled"]

  var accepted: [String] { accept?.split(separator: ",").map(String.init) ?? [] }

  func validate() throws {
    for status in accepted where !SolveCommand.statuses.contains(status) {
      let hint = Suggestion.hint(for: status, among: SolveCommand.statuses).map { " (\($0))" } ?? ""
      throw ValidationError("'--accept' does not know the status \(Diagnostic.quoted(status))\(hint)")
    }
    if fileOptions.file == "-", start == "-" {
      throw ValidationError("standard input can be the objective file or the report of '--start', not both")
    }
  }

  func perform(_ session: Session) throws(SpecError) -> Conclusion {
    if dump != nil { throw Later.error("the option '--dump'") }
    if let path = outputPath {
      try Output.check(path: path, inputs: [fileOptions.file] + (start.map { [$0] } ?? []))
    }

    limitReading(session, nil)
    let loaded = try LoadedProblem(fileOptions, session) { limitReading(session, $0) }
    if let path = outputPath { try Output.check(path: path, inputs: loaded.inputs) }
    if let problem = loaded.elaborated.flow { return try follow(problem, loaded, session) }
    if plot != nil { throw Later.error("'--plot' of a file without the key 'flow'") }
    if let problem = loaded.elaborated.lawProblem { return try solve(problem, loaded, session) }
    let problem = try loaded.requireProblem()
    var options = try solving.options(for: loaded)
    if let start { options.warm = try ReportClaim(reading: session.source(start)).start(of: problem) }
    let recorder = TraceRecorder(keeps: trace || loaded.file.solve.trace == true)
    if let limit = options.time { options.time = max(limit - session.seconds, 0) }
    options.shouldStop = { Interruption.isRequested }
    options.observer = { recorder.observe($0) }
    let outcome = Launch.solving { [options] in Solver.run(problem, options) }
    recorder.clear()
    if case .stalled(.unsuitable, _, let record) = outcome {
      throw SolvingOptions.unsuitable(options.method, record, solving.method == nil ? loaded.file : nil)
    }

    var report = Report(outcome, of: problem)
    if !loaded.elaborated.grids.isEmpty, report.objective?.value != nil { report.flags.append(.discretised) }
    report.title = loaded.file.title
    if case .infeasible(let proof, _) = outcome {
      let left = options
      report.conflict = Launch.solving { Conflict(problem, proof, left) }
    }
    if sensitivity, case .optimal(let answer) = outcome {
      report.sensitivity = Launch.solving { loaded.sensitivities(of: answer) }
    }
    report.tolerance = options.tolerance
    report.seed = options.seed
    let remarks = loaded.elaborated.remarks(on: report)
    report.diagnostics = loaded.warnings + remarks
    report.provenance = loaded.provenance
    report.run = session.run(threads: options.threads)
    report.run.trace = recorder.trace
    if report.reason == "interrupted" { report.exitCode = Int(Interruption.exitCode) }
    if accepted.contains(report.status) { report.exitCode = 0 }
    return conclusion(report, loaded)
  }

  /// Solves a problem over a law of a family or a free law.
  private func solve(
    _ problem: LawProblem, _ loaded: LoadedProblem, _ session: Session
  ) throws(SpecError) -> Conclusion {
    let options = try solving.options(for: loaded)
    if let name = options.method, !["auto", "dual-newton"].contains(name) {
      throw SpecError(
        Diagnostic(
          .unsupportedForm, file: "--method", "\(name) works on lists of masses",
          hint: "laws of families and free laws have one method each: leave it out"))
    }
    if let option = sensitivity ? "--sensitivity" : start != nil ? "--start" : nil {
      throw SpecError(
        Diagnostic(.unavailableWord, file: option, "not available for laws of families in this version"))
    }
    let deadline = options.time.map { ContinuousClock.now + .seconds(max($0 - session.seconds, 0)) }
    let outcome = Launch.solving {
      problem.solved {
        Interruption.isRequested || deadline.map { ContinuousClock.now > $0 } ?? false
      }
    }
    if outcome.status == .unsuitable {
      let place = loaded.file.objective?.expression
      throw SpecError(
        place?.diagnostic(.unsupportedForm, at: place?.root ?? 0, outcome.explanation)
          ?? Diagnostic(.unsupportedForm, file: loaded.file.source.name, outcome.explanation))
    }
    var report = Report(outcome, of: problem, named: loaded.elaborated.soughtLaws.first?.law.name ?? "")
    if outcome.status == .limit, !Interruption.isRequested {
      report.reason = "time"
      report.exitCode = 21
    }
    report.title = loaded.file.title
    report.tolerance = options.tolerance
    report.seed = options.seed
    report.diagnostics = loaded.warnings
    report.provenance = loaded.provenance
    report.run = session.run(threads: options.threads)
    if report.reason == "interrupted" { report.exitCode = Int(Interruption.exitCode) }
    if accepted.contains(report.status) { report.exitCode = 0 }
    return conclusion(report, loaded)
  }

  /// Lets the time run while the file, as far as it is known, is read.
  private func limitReading(_ session: Session, _ file: ObjectiveFile?) {
    guard let limit = solving.seconds(file) else { return }
    Launch.limitReading(
      toSeconds: limit - session.seconds, exitCode: accepted.contains("limit") ? 0 : 21, format: format,
      output: outputPath)
  }

  func conclusion(_ report: Report, _ loaded: LoadedProblem) -> Conclusion {
    Conclusion(
      document: report.document,
      text: format == .text
        ? ReportText.text(
          of: report, width: Terminal.width, isColoured: Terminal.isColoured && outputPath == nil) : "",
      exitCode: Int32(clamping: report.exitCode),
      messages: report.diagnostics.map { $0.text + "\n" }.joined())
  }
}

/// Keeps the trace where it is wanted, and shows progress on a terminal.
final class TraceRecorder: Sendable {
  private struct State {
    var steps: [Progress] = []
    var shown = 0.0
    var isShown = false
  }
  private let keeps: Bool
  private let shows: Bool
  private let state = Mutex(State())

  init(keeps: Bool) {
    self.keeps = keeps
    shows = Terminal.isError
  }

  var trace: [Progress]? { keeps ? state.withLock { $0.steps } : nil }

  func observe(_ progress: Progress) {
    guard keeps || shows else { return }
    state.withLock { state in
      if keeps { state.steps.append(progress) }
      // The first half second is quiet; then ten lines a second.
      guard shows, progress.seconds > 0.5, progress.seconds - state.shown > 0.1 else { return }
      state.shown = progress.seconds
      state.isShown = true
      let gap = progress.gap.isFinite ? ", gap \(NumberText.short(progress.gap, digits: 2))" : ""
      let time = NumberText.fixed(progress.seconds, places: 1)
      Terminal.report("\r\u{1B}[K\(progress.method), iteration \(progress.iteration)\(gap), \(time) s")
    }
  }

  /// Takes the line of progress away.
  func clear() {
    if state.withLock({ $0.isShown }) { Terminal.report("\r\u{1B}[K") }
  }
}
