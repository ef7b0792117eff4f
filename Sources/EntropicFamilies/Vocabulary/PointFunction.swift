/// A function of a real number, given by its values at many points at once.
///
/// NaN and infinite values are allowed where the law that is sought has no mass: logarithms at 0, powers that
/// overflow far out.
public struct PointFunction: Sendable {
  /// How it is written, for messages.
  public let text: String
  public let values: @Sendable ([Double]) -> [Double]

  public init(_ text: String, values: @escaping @Sendable ([Double]) -> [Double]) {
    self.text = text
    self.values = values
  }

  /// The same function point by point.
  public init(_ text: String, pointwise function: @escaping @Sendable (Double) -> Double) {
    self.init(text) { points in points.map(function) }
  }
}
