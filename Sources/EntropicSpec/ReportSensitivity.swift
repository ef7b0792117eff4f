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
  /// The slopes to both sides, where the masses have no derivative.
  package let sides: OneSidedSlopes?
  /// Why something is missing.
  package let note: String?

  package init(
    name: String, setting: Double, of problem: Problem,
    _ found: (value: Double, point: [Double]?, obstacle: String?)?, sides: OneSidedSlopes? = nil
  ) {
    self.sides = sides
    self.name = name
    self.setting = setting
    // At a kink a multiplier is one slope of many.
    value = sides?.isKink == true ? nil : found.flatMap { $0.value.isFinite ? $0.value : nil }
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
      "one_sided": sides.map { sides in
        .object([
          "left": ParameterSensitivity.interval(sides.left),
          "right": ParameterSensitivity.interval(sides.right), "step": .number(sides.step),
        ])
      },
      "note": .optional(note),
    ])
  }

  private static func interval(_ range: ClosedRange<Double>?) -> DocumentValue {
    range.map { .numbers([$0.lowerBound, $0.upperBound]) } ?? .null
  }

  /// The middle of an interval in the digits that it settles.
  private static func text(_ range: ClosedRange<Double>?) -> String {
    guard let range else { return "none" }
    let middle = range.lowerBound / 2 + range.upperBound / 2
    return NumberText.certified(middle, lower: range.lowerBound, upper: range.upperBound)
      ?? "about \(NumberText.short(middle, digits: 3))"
  }

  var line: String {
    var text = "  \(Diagnostic.escaped(name))  "
    text +=
      value.map { "d optimum = \(NumberText.short($0, digits: 6)) d\(Diagnostic.escaped(name))" }
      ?? "no derivative"
    if let sides, sides.isKink {
      text +=
        ", slope \(ParameterSensitivity.text(sides.left)) to the left and "
        + "\(ParameterSensitivity.text(sides.right)) to the right"
    }
    if let note { text += "   (\(Diagnostic.escaped(note)))" }
    return text
  }
}
