import ArgumentParser
import Entropic
import EntropicFamilies
import EntropicSpec

/// `entropic verify FILE REPORT`
struct VerifyCommand: Verb {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "verify",
      abstract: "Check a report, or a bare answer {\"p\": [...]}, against an objective file.",
      discussion: """
        Everything is recomputed from the file and the point. Exit status 0: what the report claims holds; \
        30: it claims more, and the output says what. With --strict a bare answer must be optimal, too.
        """)
  }

  @OptionGroup var fileOptions: FileOptions
  @Argument(help: "The report, in JSON or YAML; '-' reads standard input.") var report: String
  @OptionGroup(title: "Solving") var solving: SolvingOptions
  @OptionGroup(title: "Output") var outputOptions: OutputOptions

  var format: Format { outputOptions.format }
  var outputPath: String? { outputOptions.path }

  func validate() throws {
    if fileOptions.file == "-", report == "-" {
      throw ValidationError("standard input can be the objective file or the report, not both")
    }
  }

  func perform(_ session: Session) throws(SpecError) -> Conclusion {
    if let path = outputPath { try Output.check(path: path, inputs: [fileOptions.file, report]) }
    limitReading(session, nil)
    let source = try session.source(report)
    let claim = try ReportClaim(reading: source)
    // The parameters that a report states are part of its claim: which problem it is about.
    let loaded = try LoadedProblem(fileOptions, session, parameters: claim.parameters) {
      limitReading(session, $0)
    }
    if let path = outputPath { try Output.check(path: path, inputs: loaded.inputs) }
    if let problem = loaded.elaborated.flow { return try verify(claim, problem, loaded, session) }
    if let problem = loaded.elaborated.lawProblem {
      return try verify(claim, problem, loaded, session)
    }
    let problem = try loaded.requireProblem()
    var options = try solving.options(for: loaded)
    options.shouldStop = { Interruption.isRequested }
    let provenance = loaded.provenance
    let result = Launch.solving { [options, fileOptions] in
      Result { () throws(SpecError) in
        try Verification(
          of: claim, for: problem, provenance: provenance, options: options, isStrict: fileOptions.strict)
      }
    }
    let verification = try result.get()
    let messages = verification.diagnostics(file: source).map { $0.text + "\n" }.joined()
    return Conclusion(
      document: verification.document(
        report: source, warnings: loaded.warnings, provenance: provenance, run: session.run()),
      text: verification.text, exitCode: verification.isAccepted ? 0 : 30,
      messages: loaded.warningText + messages)
  }

  private func verify(
    _ claim: ReportClaim, _ problem: LawProblem, _ loaded: LoadedProblem, _ session: Session
  ) throws(SpecError) -> Conclusion {
    let name = loaded.elaborated.soughtLaws.first?.law.name ?? ""
    let provenance = loaded.provenance
    let result = Launch.solving {
      Result { () throws(SpecError) in
        try LawVerification(of: claim, for: problem, named: name, provenance: provenance) {
          Interruption.isRequested
        }
      }
    }
    let verification = try result.get()
    return Conclusion(
      document: verification.document(provenance: provenance, run: session.run()),
      text: verification.text, exitCode: verification.isAccepted ? 0 : 30, messages: loaded.warningText)
  }

  /// Lets the time run while the file and the report are read.
  private func limitReading(_ session: Session, _ file: ObjectiveFile?) {
    guard let limit = solving.seconds(file) else { return }
    Launch.limitReading(
      toSeconds: limit - session.seconds, exitCode: 21, format: format, output: outputPath)
  }
}
