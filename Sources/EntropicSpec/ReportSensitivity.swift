import EntropicModel
import EntropicSolvers

/// What one parameter of the file moves at the optimum.
package struct ParameterSensitivity: Sendable {
  package let name: String
  package let setting: Double
  /// d optimum / d parameter in the user's sense; nil where the problem changes structure at this value.
  package let value: Double?
  /// d masses / d parameter, unknown by unknown; nil where the optimum is degenerate.
  package let laws: [Report.Law]?
  /// Why something is missing.
  package let note: String?

  package init(
    name: String, setting: Double, of problem: Problem,
    _ found: (value: Double, point: [Double]?, obstacle: String?)?
  ) {
    self.name = name
    self.setting = setting
    value = found.flatMap { $0.value.isFinite ? $0.value : nil }
    laws = found?.point.map { Report.laws($0, of: problem) }
    if found == nil {
      note = "the problem changes its structure with this parameter"
    } else if found?.point == nil {
      note = found?.obstacle ?? "the constraints cannot follow this parameter"
    } else {
      note = nil
    }
  }

  var document: DocumentValue {
    .object([
      "at": .number(setting),
      "objective": .optional(value),
      "unknowns": laws.map { laws in
        .object(laws.map { .init(key: $0.name, value: .array($0.masses, shape: $0.shape)) })
      } ?? .null,
      "note": .optional(note),
    ])
  }

  var line: String {
    var text = "  \(Diagnostic.escaped(name))  "
    text +=
      value.map { "d optimum = \(NumberText.short($0, digits: 6)) d\(Diagnostic.escaped(name))" }
      ?? "no derivative"
    if let note { text += "   (\(Diagnostic.escaped(note)))" }
    return text
  }
}
