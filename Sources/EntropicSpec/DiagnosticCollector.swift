/// Gathers messages: the first 20 errors whole, of the others the number.
///
/// Reading goes on after an error where that gives further useful messages; `check()` ends it.
package struct DiagnosticCollector: Sendable {
  /// How many errors are kept.
  package static let limit = 20

  /// Errors and warnings in the order in which they were found.
  package private(set) var diagnostics: [Diagnostic] = []
  /// All errors found, kept or not.
  package private(set) var errorCount = 0
  private var warningCount = 0

  package init() {}

  package var hasErrors: Bool { errorCount > 0 }

  /// Whether further errors would only be counted, so that a long loop may stop.
  package var isFull: Bool { errorCount >= Self.limit }

  package var warnings: [Diagnostic] { diagnostics.filter { $0.severity != .error } }

  package mutating func add(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error {
      errorCount += 1
      if errorCount > Self.limit { return }
    } else {
      warningCount += 1
      if warningCount > Self.limit { return }
    }
    diagnostics.append(diagnostic)
  }

  package mutating func add(_ error: SpecError) {
    for diagnostic in error.diagnostics { add(diagnostic) }
    errorCount += error.omitted
  }

  /// Throws what was found if there is an error among it.
  package func check() throws(SpecError) {
    if hasErrors {
      throw SpecError(diagnostics: diagnostics, omitted: max(0, errorCount - Self.limit))
    }
  }
}
