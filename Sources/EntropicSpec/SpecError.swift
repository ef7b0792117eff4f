/// Why an objective file or its data cannot be used: the messages, and the exit status that they mean.
package struct SpecError: Error, Hashable, Sendable {
  /// The exit statuses of a refused input (sysexits).
  package enum Exit: Int32, Hashable, Sendable {
    case usage = 64
    case badInput = 65
    case noInput = 66
    case unsupported = 69
    case internalError = 70
    case cannotCreate = 73
    case inputOutput = 74
    case notPermitted = 77
  }

  /// At least one error, with the warnings found on the way.
  package var diagnostics: [Diagnostic]
  /// Errors that were found but are not among `diagnostics`.
  package var omitted: Int

  package init(diagnostics: [Diagnostic], omitted: Int = 0) {
    self.diagnostics = diagnostics
    self.omitted = omitted
  }

  package init(_ diagnostic: Diagnostic) {
    self.init(diagnostics: [diagnostic])
  }

  /// The status of the first error: causes come before consequences.
  package var exit: Exit {
    diagnostics.first { $0.severity == .error }?.code.exit ?? .badInput
  }

  package var exitCode: Int32 { exit.rawValue }

  /// All messages as text, one after the other, with the number of omitted ones at the end.
  package var text: String {
    var lines = diagnostics.map(\.text)
    if omitted > 0 { lines.append("\(omitted) more error\(omitted == 1 ? "" : "s")") }
    return lines.joined(separator: "\n")
  }
}
