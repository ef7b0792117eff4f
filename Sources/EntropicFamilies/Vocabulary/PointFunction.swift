/// A function of a real number, given by its values at many points at once.
///
/// NaN and infinite values are allowed where the law that is sought has no mass: logarithms at 0, powers that
/// overflow far out.
public struct PointFunction: Sendable {
  /// How it is written, for messages.
  public let text: String
  public let values: @Sendable ([Double]) -> [Double]
  /// The function as it is written, where that is known: proofs on whole intervals need it.
  public let formula: OutcomeFormula?

  public init(
    _ text: String, formula: OutcomeFormula? = nil, values: @escaping @Sendable ([Double]) -> [Double]
  ) {
    self.text = text
    self.values = values
    self.formula = formula
  }

  /// A function given by its formula.
  public init(_ text: String, _ formula: OutcomeFormula) {
    self.init(text, formula: formula) { points in points.map { formula.value(at: $0) } }
  }

  /// The same function point by point.
  public init(_ text: String, pointwise function: @escaping @Sendable (Double) -> Double) {
    self.init(text) { points in points.map(function) }
  }
}
