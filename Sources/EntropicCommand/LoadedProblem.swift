import Entropic
import EntropicSpec

/// An objective file with its data, read and elaborated.
struct LoadedProblem {
  let file: ObjectiveFile
  private let overrides: [String: Syntax]
  private let folder: String
  private let roots: [String]
  let elaborated: ElaboratedFile
  let provenance: Provenance
  let warnings: [Diagnostic]
  /// Paths of everything that was read.
  let inputs: [String]

  /// Reads a file with the command line's parameters; `parameters` are values that give way to those.
  ///
  /// `hasRead` is told of the file before its data are read and its problem is made.
  init(
    _ options: FileOptions, _ session: Session, parameters: [(name: String, value: Double)] = [],
    hasRead: (ObjectiveFile) -> Void = { _ in }
  ) throws(SpecError) {
    var overrides: [String: Syntax] = [:]
    var collector = DiagnosticCollector()
    for text in options.set {
      do throws(SpecError) {
        let (name, value) = try LoadedProblem.assignment(text)
        if overrides.updateValue(value, forKey: name) != nil {
          collector.add(Diagnostic(.wrongUsage, file: "--set \(name)", "the parameter is given twice"))
        }
      } catch {
        collector.add(error)
      }
    }
    try collector.check()
    let source = try session.source(options.file)
    let file = try ObjectiveFile.read(source)
    hasRead(file)
    let declared = Set(file.parameters.map(\.name.text))
    for (name, value) in parameters where overrides[name] == nil && declared.contains(name) && value.isFinite
    {
      overrides[name] = try ObjectiveFile.parse(argument: "\(value)", named: "the report's \(name)")
    }
    self.file = file
    let folder = options.file == "-" ? "." : DataLoader(objectivePath: options.file).folder
    self.overrides = overrides
    self.folder = folder
    roots = options.dataRoot
    var limits = SpecLimits()
    limits.memoryBytes = options.memory ?? file.solve.memory
    elaborated = try Elaboration(
      file, overrides: overrides, folder: folder, roots: options.dataRoot, limits: limits
    ).run()
    warnings = elaborated.warnings
    if options.strict, !warnings.isEmpty { throw LoadedProblem.strictError(warnings) }
    let name =
      options.file == "-" ? "-" : options.file.split(separator: "/").last.map(String.init) ?? options.file
    provenance = Provenance(
      file: .init(name: name, digest: elaborated.digest),
      data: elaborated.dataDigests.map { .init(name: $0.path, digest: $0.digest) },
      parameters: elaborated.parameters.map { .init(name: $0.name, value: $0.value) },
      canonical: elaborated.problem?.digest)
    inputs =
      (options.file == "-" ? [] : [options.file])
      + elaborated.dataDigests.map { $0.path.hasPrefix("/") ? $0.path : "\(folder)/\($0.path)" }
  }

  /// What every parameter moves at an optimal answer, in the order of the file.
  func sensitivities(of answer: Answer) -> [ParameterSensitivity] {
    guard let problem = answer.problem else { return [] }
    let system = Sensitivity(problem.program, at: answer.point, answer.evidence)
    return elaborated.parameters.map { parameter in
      let step = 1e-3 * (parameter.value == 0 ? 1 : abs(parameter.value))
      func shifted(_ offset: Double) throws -> Problem {
        try self.problem(setting: parameter.name, to: parameter.value + offset)
      }
      let found = answer.derivative(of: system, step: step, shifted)
      // Where the masses have no derivative the optimum may have a kink: its slopes on both sides are had by solving.
      let sides =
        found?.point == nil
        ? OneSidedSlopes(of: answer, step: step / 10, shouldStop: { Interruption.isRequested }, shifted)
        : nil
      return ParameterSensitivity(
        name: parameter.name, setting: parameter.value, of: problem, found, sides: sides)
    }
  }

  /// The problem of the same file at another value of one parameter.
  private func problem(setting name: String, to value: Double) throws(SpecError) -> Problem {
    var all = overrides
    all[name] = try ObjectiveFile.parse(argument: "\(value)", named: name)
    let other = try Elaboration(file, overrides: all, folder: folder, roots: roots).run()
    guard let problem = other.problem else { return try requireProblem() }
    return problem
  }

  /// The problem; a file that only evaluates has none.
  func requireProblem() throws(SpecError) -> Problem {
    if let problem = elaborated.problem { return problem }
    throw SpecError(
      file.source.diagnostic(
        .missingSection, at: nil, "the file has no objective (expected 'minimize' or 'maximize')",
        hint: "'entropic evaluate' gives the values under 'evaluate'"))
  }

  /// The warnings as text for standard error.
  var warningText: String { warnings.map { $0.text + "\n" }.joined() }

  /// With `--strict` a warning ends the run.
  static func strictError(_ warnings: [Diagnostic]) -> SpecError {
    SpecError(
      diagnostics: warnings.map { warning in
        var error = warning
        error.severity = .error
        return error
      })
  }

  /// `name=value`, the value a constant expression.
  private static func assignment(_ text: String) throws(SpecError) -> (name: String, value: Syntax) {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw SpecError(
        Diagnostic(
          .wrongUsage, file: "--set", "expected name=value, found \(Diagnostic.quoted(text))",
          hint: "for example --set mean=3.5"))
    }
    let name = text[..<sign].trimmingSpaces
    let value = try ObjectiveFile.parse(
      argument: String(text[text.index(after: sign)...]), named: "--set \(name)")
    return (name, value)
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
