/// A function of a number whose expectation families know: the words in which log densities are written.
public enum Statistic: Sendable, Hashable {
  /// `x^r`; for a real r on positive numbers.
  case power(Double)
  /// `(x - c)^2`
  case squaredDeviation(Double)
  /// `|x - c|`
  case absoluteDeviation(Double)
  /// `log x`
  case log
  /// `(log x - c)^2`
  case logSquaredDeviation(Double)
  /// `log(1 - x)`
  case logComplement
  /// `exp(t x)`
  case exponential(Double)
  /// `cos(x - c)`
  case cosine(Double)
  /// `log Gamma(x + r)`; r = 1 gives log x!.
  case logGamma(Double)
  /// `log Gamma(n - x + 1)`
  case logGammaReflected(Double)
}

/// `log q(x) = constant + sum_j coefficient_j statistic_j(x)` on the support.
///
/// With it the cross-entropy to q of any law p is a sum of expectations under p.
public struct LogDensityExpansion: Sendable {
  public let constant: Double
  public let terms: [(coefficient: Double, statistic: Statistic)]

  public init(_ constant: Double, _ terms: [(Double, Statistic)]) {
    self.constant = constant
    self.terms = terms.map { (coefficient: $0.0, statistic: $0.1) }.filter { $0.coefficient != 0 }
  }
}
