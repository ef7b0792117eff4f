/// A law that approximates a target `exp(-U) / Z`, with what is known of its quality.
///
///     F(q) = E_q U - H(q) = KL(q || target) - log Z
///
/// The evidence lower bound (ELBO) is -F(q) <= log Z.
public struct VariationalAnswer<Law: Sendable>: Sendable {
  public let law: Law
  /// F at the law.
  public let value: Double
  /// How far `value` may be from F at the law: rounding and quadrature, or one standard error of sampling.
  public let error: Double
  /// `optimal`: no law of the family has a smaller F. Other statuses: nil.
  public let lower: Double?
  /// `optimal`: F at the law is not larger. `estimated`: the end of a 95 per cent interval.
  public let upper: Double?
  /// Nonzero where expectations were sampled.
  public let standardError: Double
  /// The norm of the gradient in the units of the law; half of its square is about the excess of F.
  public let gradientNorm: Double
  /// The statistical error of `gradientNorm`; 0 where expectations are exact.
  public let gradientError: Double
  /// How the expectations were taken.
  public let expectations: String
  public let method: String
  public let iterations: Int
  /// What the status rests on.
  public let proof: String

  /// `-F`, a lower bound of log Z up to `standardError`.
  public var elbo: Double { -value }
}

/// The end of a variational search.
public enum VariationalOutcome<Law: Sendable>: Sendable {
  /// Certain up to the interval, whose width is within the tolerance.
  case optimal(VariationalAnswer<Law>)
  /// Stationary, with expectations to the digits.
  case local(VariationalAnswer<Law>)
  /// Stationary up to sampling errors, which are given.
  case estimated(VariationalAnswer<Law>)
  /// F falls without limit: the target has no finite mass, as far as laws of the family see.
  case unbounded(String)
  /// No further progress, and the reason.
  case stalled(String, VariationalAnswer<Law>?)
  case interrupted

  public var answer: VariationalAnswer<Law>? {
    switch self {
    case .optimal(let a), .local(let a), .estimated(let a): return a
    case .stalled(_, let a): return a
    case .unbounded, .interrupted: return nil
    }
  }

  public var status: String {
    switch self {
    case .optimal: return "optimal"
    case .local: return "local"
    case .estimated: return "estimated"
    case .unbounded: return "unbounded"
    case .stalled: return "stalled"
    case .interrupted: return "interrupted"
    }
  }
}
