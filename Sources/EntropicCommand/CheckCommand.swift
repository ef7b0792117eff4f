import ArgumentParser
import Entropic
import EntropicSpec

/// `entropic check FILE`
struct CheckCommand: Verb {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "check", abstract: "Read and check an objective file, and say how it would be solved.")
  }

  @OptionGroup var fileOptions: FileOptions
  @OptionGroup(title: "Output") var outputOptions: OutputOptions

  var format: Format { outputOptions.format }
  var outputPath: String? { outputOptions.path }

  func perform(_ session: Session) throws(SpecError) -> Conclusion {
    if let path = outputPath { try Output.check(path: path, inputs: [fileOptions.file]) }
    let loaded = try LoadedProblem(fileOptions, session)
    if let path = outputPath { try Output.check(path: path, inputs: loaded.inputs) }
    if let problem = loaded.elaborated.lawProblem {
      let name = loaded.elaborated.soughtLaws.first?.law.name ?? ""
      return conclude(
        loaded, nil, [("unknown", name), ("why", Report.why(problem))], session)
    }
    guard let problem = loaded.elaborated.problem else {
      return conclude(loaded, nil, [], session)
    }
    // The method of the file is checked, too.
    let options = try SolvingOptions.options(of: loaded)
    let choice = Solver.plan(for: problem.program)
    let summary = ProgramSummary(problem)
    let method = options.method ?? choice.methods.first
    let why = options.method == nil ? choice.why : "asked for by the file"
    let reason = problem.unbounded == nil ? why : "the objective is infinite at a feasible point"
    return conclude(loaded, summary, [("method", method ?? "none"), ("why", reason)], session)
  }

  private func conclude(
    _ loaded: LoadedProblem, _ summary: ProgramSummary?, _ choice: [(String, String)], _ session: Session
  ) -> Conclusion {
    let document = DocumentValue.object([
      "status": .text("valid"),
      "exit_code": .integer(0),
      "title": loaded.file.title.map { .text($0) },
      "problem": summary?.document,
      "method": choice.first.map { .text($0.1) },
      "why": choice.last.map { .text($0.1) },
      "diagnostics": .list(loaded.warnings.map(\.document)),
      "provenance": loaded.provenance.document,
      "run": session.run().document,
    ])
    var lines = ["valid: \(Diagnostic.escaped(loaded.file.title ?? loaded.file.source.name))"]
    if let summary {
      lines += summary.lines
    } else {
      if choice.isEmpty { lines.append("nothing to solve, only values to evaluate") }
    }
    lines += choice.map { name, text in
      name + String(repeating: " ", count: max(1, 12 - name.count)) + Diagnostic.escaped(text)
    }
    return Conclusion(
      document: document, text: lines.joined(separator: "\n") + "\n", exitCode: 0,
      messages: loaded.warningText)
  }
}
