import ArgumentParser
import Entropic
import EntropicSpec

/// `entropic evaluate FILE`
struct EvaluateCommand: Verb {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "evaluate", abstract: "Values of the expressions under 'evaluate'.",
      discussion: "Expressions with unknowns need masses for them: --at REPORT, or a bare {\"p\": [...]}.")
  }

  @OptionGroup var fileOptions: FileOptions
  @Option(
    name: .long,
    help: ArgumentHelp("A report, or a bare answer, with the masses of the unknowns.", valueName: "report"))
  var at: String?
  @OptionGroup(title: "Output") var outputOptions: OutputOptions

  var format: Format { outputOptions.format }
  var outputPath: String? { outputOptions.output }

  func perform(_ session: Session) throws(SpecError) -> Conclusion {
    if let path = outputPath {
      try Output.check(path: path, inputs: [fileOptions.file] + (at.map { [$0] } ?? []))
    }
    let loaded = try LoadedProblem(fileOptions, session)
    if let path = outputPath { try Output.check(path: path, inputs: loaded.inputs) }
    let masses = try masses(loaded, session)
    var values: [(name: String, value: Tensor)] = []
    var collector = DiagnosticCollector()
    for (name, expression) in expressions(loaded, hasMasses: !masses.isEmpty) {
      let evaluation = Evaluation(expression)
      if let missing = evaluation.unknowns.first(where: { masses[$0] == nil }) {
        collector.add(
          loaded.file.source.diagnostic(
            .notConstant, at: loaded.file.evaluations.first { $0.name.text == name }?.name.location,
            "\(Diagnostic.quoted(name)) holds \(Diagnostic.quoted(missing.name)), which has no masses",
            hint: "give them with --at REPORT, or as data"))
        continue
      }
      let result = evaluation.value(evaluation.unknowns.map { masses[$0] ?? [] })
      values.append((name, Tensor(shape: expression.shape, values: result)))
    }
    try collector.check()
    return conclude(values, loaded, session)
  }

  /// What is evaluated: the section `evaluate`, and with masses the objective as well.
  private func expressions(_ loaded: LoadedProblem, hasMasses: Bool) -> [(
    name: String, expression: Expression
  )] {
    var list = loaded.elaborated.evaluations.map { (name: $0.name, expression: $0.expression) }
    if hasMasses, let problem = loaded.elaborated.problem {
      list.append((name: problem.sense.rawValue, expression: problem.objective))
    }
    return list
  }

  private func masses(_ loaded: LoadedProblem, _ session: Session) throws(SpecError) -> [Unknown: [Double]] {
    guard let at else {
      if loaded.elaborated.evaluations.isEmpty {
        throw SpecError(
          loaded.file.source.diagnostic(
            .missingSection, at: nil, "the file has no section 'evaluate'",
            hint: "--at REPORT evaluates the objective at a point"))
      }
      return [:]
    }
    let claim = try ReportClaim(reading: session.source(at))
    let problem = try loaded.requireProblem()
    guard let point = try claim.masses(of: problem) else {
      throw SpecError(Diagnostic(.malformedReport, file: at, "the report holds no masses"))
    }
    var result: [Unknown: [Double]] = [:]
    for (unknown, block) in zip(problem.unknowns, problem.program.layout.blocks) {
      result[unknown] = Array(point[block.range])
    }
    return result
  }

  private func conclude(
    _ values: [(name: String, value: Tensor)], _ loaded: LoadedProblem, _ session: Session
  ) -> Conclusion {
    let document = DocumentValue.object([
      "status": .text("evaluated"),
      "exit_code": .integer(0),
      "title": loaded.file.title.map { .text($0) },
      "values": .object(
        values.map { .init(key: $0.name, value: .array($0.value.values, shape: $0.value.shape)) }),
      "diagnostics": .list(loaded.warnings.map(\.document)),
      "provenance": loaded.provenance.document,
      "run": session.run().document,
    ])
    let width = values.map(\.name.count).max() ?? 0
    let lines = values.map { name, value -> String in
      let numbers = value.values.prefix(12).map { NumberText.short($0, digits: 15) }.joined(separator: ", ")
      let rest = value.count > 12 ? ", ... (\(value.count) in all)" : ""
      let space = String(repeating: " ", count: width - name.count)
      return "\(name)\(space)  \(value.isScalar ? numbers : "[\(numbers)\(rest)]")\n"
    }
    return Conclusion(
      document: document, text: lines.joined(), exitCode: 0, messages: loaded.warningText)
  }
}
