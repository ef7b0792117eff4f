import ArgumentParser
import Entropic
import EntropicSpec

/// `entropic atoms [NAME]`
struct AtomsCommand: Verb {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "atoms", abstract: "The words of objective files; 'atoms methods' lists the methods.")
  }

  @Argument(help: "A word of the language, a method, or 'methods'.") var name: String?
  @OptionGroup(title: "Output") var outputOptions: OutputOptions

  var format: Format { outputOptions.format }
  var outputPath: String? { outputOptions.path }

  func perform(_ session: Session) throws(SpecError) -> Conclusion {
    if let path = outputPath { try Output.check(path: path, inputs: []) }
    switch name {
    case nil: return conclude(words: Builtin.all, methods: [], isWhole: true)
    case "methods": return conclude(words: [], methods: Catalogue.methods.map(\.name), isWhole: true)
    case let name?:
      let words = Builtin.all.filter { $0.name == name }
      let methods = Catalogue.entry(name).map { [$0.method.name] } ?? []
      guard !words.isEmpty || !methods.isEmpty else {
        let known = Builtin.all.map(\.name) + Catalogue.methods.map(\.name) + ["methods"]
        throw SpecError(
          Diagnostic(
            .wrongUsage, file: "entropic", "unknown word \(Diagnostic.quoted(name))",
            hint: Suggestion.hint(for: name, among: known) ?? "'entropic atoms' lists all words"))
      }
      return conclude(words: words, methods: methods, isWhole: false)
    }
  }

  private func conclude(words: [Builtin], methods: [String], isWhole: Bool) -> Conclusion {
    let document = DocumentValue.object([
      "status": .text("information"),
      "exit_code": .integer(0),
      "words": words.isEmpty ? nil : .list(words.map(AtomsCommand.document)),
      "methods": methods.isEmpty
        ? nil
        : .list(methods.map { .object(["name": .text($0), "summary": .text(Catalogue.summary(of: $0))]) }),
      "diagnostics": .list([]),
    ])
    return Conclusion(
      document: document, text: isWhole ? list(words, methods) : details(words, methods), exitCode: 0)
  }

  private static func document(_ word: Builtin) -> DocumentValue {
    .object([
      "name": .text(word.name),
      "signature": .text(word.signature),
      "group": .text(word.group.rawValue),
      "summary": .text(word.summary),
      "curvature": .optional(word.curvature),
      "domain": .optional(word.domain),
      "available": .bool(word.availability == .available),
    ])
  }

  /// One line a word, by chapter.
  private func list(_ words: [Builtin], _ methods: [String]) -> String {
    var lines: [String] = []
    for group in Builtin.Group.allCases {
      let members = words.filter { $0.group == group }
      if members.isEmpty { continue }
      if !lines.isEmpty { lines.append("") }
      lines.append(group.rawValue)
      let width = min(38, members.map(\.signature.count).max() ?? 0)
      for word in members {
        let space = String(repeating: " ", count: max(0, width - word.signature.count))
        let mark = word.availability == .planned ? " (not available yet)" : ""
        lines.append("  \(word.signature)\(space)  \(word.summary)\(mark)")
      }
    }
    let width = methods.map(\.count).max() ?? 0
    for method in methods {
      let space = String(repeating: " ", count: width - method.count)
      lines.append("\(method)\(space)  \(Catalogue.summary(of: method))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func details(_ words: [Builtin], _ methods: [String]) -> String {
    var lines: [String] = []
    for word in words {
      lines.append(word.signature)
      lines.append("  \(word.summary)")
      if let curvature = word.curvature { lines.append("  curvature: \(curvature)") }
      if let domain = word.domain { lines.append("  domain: \(domain)") }
      lines.append("  chapter: \(word.group.rawValue)")
      if word.availability == .planned { lines.append("  not available in this version") }
    }
    for method in methods { lines += [method, "  \(Catalogue.summary(of: method))"] }
    return lines.joined(separator: "\n") + "\n"
  }
}
