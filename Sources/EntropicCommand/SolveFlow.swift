import Entropic
import EntropicPlots
import EntropicSpec

extension SolveCommand {
  /// Follows the flow of a file.
  func follow(
    _ problem: FlowProblem, _ loaded: LoadedProblem, _ session: Session
  ) throws(SpecError) -> Conclusion {
    if let option = sensitivity ? "--sensitivity" : start != nil ? "--start" : nil {
      throw SpecError(
        Diagnostic(
          .unavailableWord, file: option, "not available for flows in this version",
          hint: option == "--start" ? "a start stands under 'unknowns' in the file" : nil))
    }
    if let plot { try Output.check(path: plot, inputs: loaded.inputs + (outputPath.map { [$0] } ?? [])) }
    let problem = try problem.with(method: solving.method, seed: solving.seed)
    let limit = solving.seconds(loaded.file)
    let deadline = limit.map { ContinuousClock.now + .seconds(max($0 - session.seconds, 0)) }
    let run = Launch.solving {
      problem.run { Interruption.isRequested || deadline.map { ContinuousClock.now > $0 } ?? false }
    }
    var report = Report(run, of: problem)
    if report.status == "limit", !Interruption.isRequested { (report.reason, report.exitCode) = ("time", 21) }
    if report.reason == "interrupted" { report.exitCode = Int(Interruption.exitCode) }
    report.title = loaded.file.title
    if case .cloud(let flow) = problem.course { report.seed = flow.seed }
    report.diagnostics = loaded.warnings
    report.provenance = loaded.provenance
    report.run = session.run(threads: solving.threads ?? loaded.file.solve.threads)
    if accepted.contains(report.status) { report.exitCode = 0 }
    if let plot, let flow = report.flow {
      try Output.write(FlowPicture(flow, title: report.title).text, to: plot)
    }
    return conclusion(report, loaded)
  }
}

extension VerifyCommand {
  /// Checks a report about the flow of a file.
  func verify(
    _ claim: ReportClaim, _ problem: FlowProblem, _ loaded: LoadedProblem, _ session: Session
  ) throws(SpecError) -> Conclusion {
    // Method and seed belong to the claim.
    var problem = problem
    if case .cloud = problem.course {
      let (method, seed) = (try claim.text("method"), try claim.seed())
      problem = try problem.with(method: solving.method ?? method, seed: solving.seed ?? seed)
    }
    let provenance = loaded.provenance
    let result = Launch.solving {
      Result { () throws(SpecError) in
        try FlowVerification(of: claim, for: problem, provenance: provenance) { Interruption.isRequested }
      }
    }
    let verification = try result.get()
    return Conclusion(
      document: verification.document(provenance: provenance, run: session.run()),
      text: verification.text, exitCode: verification.isAccepted ? 0 : 30, messages: loaded.warningText)
  }
}

extension Output {
  /// Writes a text to a file, whole or not at all.
  static func write(_ text: String, to path: String) throws(SpecError) {
    do throws(Failure) {
      try write(Array(text.utf8), toFile: path)
    } catch {
      throw SpecError(error.diagnostic(path: path))
    }
  }
}
