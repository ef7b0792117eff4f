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
    if let problem = loaded.elaborated.flow {
      return conclude(
        loaded, nil, Plan(label: "flow", method: problem.method, why: problem.why), session)
    }
    if let problem = loaded.elaborated.lawProblem {
      let name = loaded.elaborated.soughtLaws.first?.law.name ?? ""
      return conclude(
        loaded, nil, Plan(label: "unknown", method: name, why: Report.why(problem)), session)
    }
    guard let problem = loaded.elaborated.problem else {
      return conclude(loaded, nil, nil, session)
    }
    // The method of the file is checked, too.
    let options = try SolvingOptions.options(of: loaded)
    let choice = Solver.plan(for: problem.program)
    return conclude(loaded, ProgramSummary(problem), plan(choice, options, problem), session)
  }

  /// What would run and why, what takes over, and what else accepts the problem.
  private func plan(_ choice: Catalogue.Choice, _ options: Entropic.SolveOptions, _ problem: Problem) -> Plan
  {
    if problem.unbounded != nil {
      return Plan(method: "none", why: "the objective is infinite at a feasible point")
    }
    guard let wanted = options.method else {
      return Plan(
        method: choice.methods.first ?? "none", why: choice.why,
        next: choice.methods.dropFirst().filter { $0 != choice.methods[0] }, others: choice.others)
    }
    var why = "asked for by the file"
    if let method = Catalogue.named(wanted),
      case .declines(let reason) = Solver.acceptance(of: method, for: problem.program)
    {
      why += ", but it does not accept the problem: \(reason)"
    }
    return Plan(
      method: wanted, why: why,
      others: (choice.methods + choice.others).filter { $0 != wanted && $0 != "presolve" })
  }

  private struct Plan {
    /// What `method` is: the one that would run, or the unknown that is sought.
    var label = "method"
    let method: String
    let why: String
    /// In the order in which they take over.
    var next: [String] = []
    var others: [String] = []
  }

  private func conclude(
    _ loaded: LoadedProblem, _ summary: ProgramSummary?, _ plan: Plan?, _ session: Session
  ) -> Conclusion {
    let document = DocumentValue.object([
      "status": .text("valid"),
      "exit_code": .integer(0),
      "title": loaded.file.title.map { .text($0) },
      "problem": summary?.document,
      "method": plan.map { .text($0.method) },
      "why": plan.map { .text($0.why) },
      "next_methods": plan.map { .list($0.next.map { .text($0) }) },
      "other_methods": plan.map { .list($0.others.map { .text($0) }) },
      "diagnostics": .list(loaded.warnings.map(\.document)),
      "provenance": loaded.provenance.document,
      "run": session.run().document,
    ])
    var lines = ["valid: \(Diagnostic.escaped(loaded.file.title ?? loaded.file.source.name))"]
    if let summary {
      lines += summary.lines
    } else if plan == nil {
      lines.append("nothing to solve, only values to evaluate")
    }
    var choice: [(String, String)] = []
    if let plan {
      choice = [(plan.label, plan.method), ("why", plan.why)]
      if !plan.next.isEmpty { choice.append(("then", plan.next.joined(separator: ", "))) }
      if !plan.others.isEmpty { choice.append(("others", plan.others.joined(separator: ", "))) }
    }
    lines += choice.map { name, text in
      name + String(repeating: " ", count: max(1, 12 - name.count)) + Diagnostic.escaped(text)
    }
    return Conclusion(
      document: document, text: lines.joined(separator: "\n") + "\n", exitCode: 0,
      messages: loaded.warningText)
  }
}
