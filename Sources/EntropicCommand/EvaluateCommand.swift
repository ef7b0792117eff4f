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
  var outputPath: String? { outputOptions.path }

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
    let warnings = values.compactMap { infinity(of: $0.name, $0.value, loaded) }
    if fileOptions.strict, !warnings.isEmpty { throw LoadedProblem.strictError(warnings) }
    return conclude(values, warnings, loaded, session)
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

  /// The warning that a value is infinite, which documents show as null.
  private func infinity(of name: String, _ value: Tensor, _ loaded: LoadedProblem) -> Diagnostic? {
    guard let i = value.values.firstIndex(where: { !$0.isFinite }) else { return nil }
    let place = value.isScalar ? "" : ", first at entry \(i + 1)"
    let word = value.values[i].isNaN ? "not a number" : value.values[i] > 0 ? "infinite" : "minus infinity"
    return loaded.file.source.diagnostic(
      .nonFiniteValue, severity: .warning,
      at: loaded.file.evaluations.first { $0.name.text == name }?.name.location,
      "the value of \(Diagnostic.quoted(name)) is \(word)\(place)")
  }

  private func conclude(
    _ values: [(name: String, value: Tensor)], _ warnings: [Diagnostic], _ loaded: LoadedProblem,
    _ session: Session
  ) -> Conclusion {
    let document = DocumentValue.object([
      "status": .text("evaluated"),
      "exit_code": .integer(0),
      "title": loaded.file.title.map { .text($0) },
      "values": .object(
        values.map { .init(key: $0.name, value: .array($0.value.values, shape: $0.value.shape)) }),
      "diagnostics": .list((loaded.warnings + warnings).map(\.document)),
      "provenance": loaded.provenance.document,
      "run": session.run().document,
    ])
    let width = values.map(\.name.count).max() ?? 0
    let lines = values.flatMap { name, value -> [String] in
      let label = Diagnostic.escaped(name) + String(repeating: " ", count: width - name.count + 2)
      let margin = String(repeating: " ", count: width + 2)
      return EvaluateCommand.rows(of: value).enumerated().map { ($0 == 0 ? label : margin) + $1 + "\n" }
    }
    return Conclusion(
      document: document, text: lines.joined(), exitCode: 0,
      messages: loaded.warningText + warnings.map { $0.text + "\n" }.joined())
  }

  /// A value in lines: a number or a list on one, a matrix row by row, a table matrix by matrix.
  private static func rows(of value: Tensor) -> [String] {
    func line(_ numbers: ArraySlice<Double>) -> String {
      let shown = numbers.prefix(12).map { NumberText.short($0, digits: 15) }.joined(separator: ", ")
      return "[\(shown)\(numbers.count > 12 ? ", ... (\(numbers.count) in all)" : "")]"
    }
    guard let width = value.shape.last, value.shape.count > 1, width > 0 else {
      return [
        value.isScalar ? NumberText.short(value.values.first ?? .nan, digits: 15) : line(value.values[...])
      ]
    }
    let shape = value.shape.map(String.init).joined(separator: " x ")
    var lines = ["\(shape), by rows"]
    for start in stride(from: 0, to: value.count, by: width) {
      if lines.count > 20 {
        lines.append("... (\(value.count / width) rows in all)")
        break
      }
      lines.append(line(value.values[start..<start + width]))
    }
    return lines
  }
}
