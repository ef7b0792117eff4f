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
  /// Degrees of freedom of a standard error; infinite for the other kinds.
  public var freedom: Double

  public init(_ value: Double, error: Double, basis: Basis, freedom: Double = .infinity) {
    self.value = value
    self.error = error
    self.basis = basis
    self.freedom = freedom
  }

  /// Half the width of the interval around the value: Student's quantile times the standard error for
  /// `.sampling`, else the error whatever the confidence.
  public func halfWidth(confidence: Double = 0.95) -> Double {
    guard basis == .sampling else { return error }
    guard confidence > 0 && confidence < 1 else { return confidence <= 0 ? 0 : .infinity }
    let degrees = min(max(freedom, 1), 1e9)
    return error * StudentT(unchecked: degrees, 0, 1).upperQuantile((1 - confidence) / 2)
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
      basis: other.basis == .closedForm ? basis : other.basis,
      freedom: min(freedom, other.freedom))
  }
}
