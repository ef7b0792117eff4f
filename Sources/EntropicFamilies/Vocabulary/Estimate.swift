/// A number with the size of its error and the way it was found.
///
/// For `.quadrature` and `.series` the error is the estimate of the rule (difference of two rules, bound of
/// the tail) plus rounding; for `.sampling` it is one standard error. None of them is a proof.
public struct Estimate: Sendable, Equatable {
  public enum Basis: Sendable, Equatable { case closedForm, quadrature, series, sampling }

  public var value: Double
  /// Absolute, >= 0.
  public var error: Double
  public var basis: Basis

  public init(_ value: Double, error: Double, basis: Basis) {
    self.value = value
    self.error = error
    self.basis = basis
  }

  /// A value of a formula; `size` is the magnitude of its largest term, if that exceeds the value.
  public init(closed value: Double, size: Double = 0) {
    self.init(value, error: value.isFinite ? 2e-15 * max(abs(value), abs(size)) : 0, basis: .closedForm)
  }

  public static let infinite = Estimate(.infinity, error: 0, basis: .closedForm)
  public static let zero = Estimate(0, error: 0, basis: .closedForm)

  /// `a + c b`; the errors add up, the less certain basis stays.
  func adding(_ other: Estimate, times factor: Double = 1) -> Estimate {
    if factor == 0 { return self }
    return Estimate(
      value + factor * other.value, error: error + abs(factor) * other.error,
      basis: other.basis == .closedForm ? basis : other.basis)
  }
}
