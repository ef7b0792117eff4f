import ArgumentParser
import EntropicSpec

/// `entropic example [NAME]`
struct ExampleCommand: Verb {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "example", abstract: "Write a worked objective file; without a name, list them.",
      discussion: "entropic example die | entropic solve -")
  }

  @Argument(help: "The name of an example.") var name: String?
  @OptionGroup(title: "Output") var outputOptions: OutputOptions

  var format: Format { outputOptions.format }
  var outputPath: String? { outputOptions.path }

  func perform(_ session: Session) throws(SpecError) -> Conclusion {
    if let path = outputPath { try Output.check(path: path, inputs: []) }
    guard let name else { return list }
    guard let example = Example.named(name) else {
      throw SpecError(
        Diagnostic(
          .wrongUsage, file: "entropic", "unknown example \(Diagnostic.quoted(name))",
          hint: Suggestion.hint(for: name, among: Example.all.map(\.name)) ?? "'entropic example' lists them")
      )
    }
    let document = DocumentValue.object([
      "status": .text("information"), "exit_code": .integer(0), "name": .text(example.name),
      "text": .text(example.text), "diagnostics": .list([]),
    ])
    return Conclusion(document: document, text: example.text, exitCode: 0)
  }

  private var list: Conclusion {
    let width = Example.all.map(\.name.count).max() ?? 0
    let lines = Example.all.map { example in
      "\(example.name)\(String(repeating: " ", count: width - example.name.count))  \(example.summary)\n"
    }
    let document = DocumentValue.object([
      "status": .text("information"),
      "exit_code": .integer(0),
      "examples": .list(Example.all.map { .object(["name": .text($0.name), "summary": .text($0.summary)]) }),
      "diagnostics": .list([]),
    ])
    return Conclusion(document: document, text: lines.joined(), exitCode: 0)
  }
}
