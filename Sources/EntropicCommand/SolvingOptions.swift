import Entropic
import EntropicSpec

/// Method names of the language that come with later versions.
private let plannedMethods = [
  "sinkhorn", "network-simplex", "natural-gradient",
]

extension SolvingOptions {
  /// What the section `solve` of a file asks for.
  static func options(of loaded: LoadedProblem) throws(SpecError) -> Entropic.SolveOptions {
    let file = loaded.file.solve
    var options = Entropic.SolveOptions()
    if let relative = file.tolerance?.relative { options.tolerance.relative = relative }
    options.tolerance.absolute = file.tolerance?.absolute
    options.time = file.time
    options.iterations = file.iterations
    options.evaluations = file.evaluations
    if let seed = file.seed { options.seed = seed }
    options.threads = file.threads
    if let located = file.method {
      options.method = try name(of: located.text) { code, message, hint in
        loaded.file.source.diagnostic(code, at: located.location, message, hint: hint)
      }
    }
    return options
  }

  /// The seconds that a run may take: those of the command line, else those of the file, when it is read.
  func seconds(_ file: ObjectiveFile?) -> Double? { SolvingOptions.number(time) ?? file?.solve.time }

  /// The options of a run: those of the file, overridden by the command line.
  func options(for loaded: LoadedProblem) throws(SpecError) -> Entropic.SolveOptions {
    var options = try SolvingOptions.options(of: loaded)
    if let value = SolvingOptions.number(tolerance) { options.tolerance = Tolerance(relative: value) }
    if let value = SolvingOptions.number(time) { options.time = value }
    if let iterations { options.iterations = iterations }
    if let evaluations { options.evaluations = evaluations }
    if let seed { options.seed = seed }
    if let threads { options.threads = threads }
    if let method {
      options.method = try SolvingOptions.name(of: method) { code, message, hint in
        Diagnostic(code == .unknownMethod ? .wrongUsage : code, file: "--method", message, hint: hint)
      }
    }
    return options
  }

  /// The error of a method that cannot treat the problem, at the place where it was asked for: in the file, or
  /// on the command line.
  static func unsuitable(_ method: String?, _ record: RunRecord, _ file: ObjectiveFile?) -> SpecError {
    let message = record.notes.last ?? record.why
    guard method != nil else { return SpecError(Diagnostic(.unsupportedForm, file: "entropic", message)) }
    let hint = "'auto' chooses a method that accepts the problem"
    if let file, let located = file.solve.method {
      return SpecError(file.source.diagnostic(.unsupportedForm, at: located.location, message, hint: hint))
    }
    return SpecError(Diagnostic(.unsupportedForm, file: "--method", message, hint: hint))
  }

  private static func number(_ text: String?) -> Double? {
    guard let text, case .value(let value) = DecimalNumber.parse(text) else { return nil }
    return value
  }

  /// The catalogue's name for `mirror-descent(entropy)`, `auto` and the like; nil for the automatic choice.
  private static func name(
    of text: String, _ diagnostic: (DiagnosticCode, String, String?) -> Diagnostic
  ) throws(SpecError) -> String? {
    if text == "auto" { return nil }
    if Catalogue.named(text) != nil { return text }
    let parts = EntropicSpec.SolveOptions.parts(ofMethod: text)
    let name = parts?.name ?? text
    guard parts != nil, let entry = Catalogue.entry(name) else {
      if plannedMethods.contains(name) {
        throw SpecError(
          diagnostic(
            .unavailableWord, "the method \(Diagnostic.quoted(name)) is not available in this version",
            "'entropic atoms methods' lists those that are"))
      }
      let known = Catalogue.methods.map(\.name) + ["auto"]
      throw SpecError(
        diagnostic(
          .unknownMethod, "unknown method \(Diagnostic.quoted(text))",
          Suggestion.hint(for: name, among: known) ?? "'entropic atoms methods' lists the methods"))
    }
    let words = entry.arguments.joined(separator: ", ")
    throw SpecError(
      diagnostic(
        .unknownMethod, "\(Diagnostic.quoted(text)) is not a form of the method \(Diagnostic.quoted(name))",
        entry.arguments.isEmpty ? "'\(name)' takes no argument" : "the argument is one of \(words)"))
  }
}
