/// Why a special function has no value at the given arguments.
///
/// A code and its facts; the sentence for a reader is made where the source position is known.
/// `function` and `argument` are the names an objective file uses, such as `gamma_pdf` and `shape`.
public enum SpecialFunctionError: Error, Equatable, Sendable {
  /// `found` arguments were given to a function of `expected` arguments.
  case arity(function: String, expected: Int, found: Int)

  /// The argument is not finite, or the function is not defined (or has a pole) there.
  case domain(function: String, argument: String, value: Double)

  /// The function is defined there, but the argument lies outside the interval this library supports.
  case range(function: String, argument: String, value: Double, supported: ClosedRange<Double>)

  /// The value is larger in magnitude than the largest double.
  case overflow(function: String)

  /// The evaluation did not reach a value, with the evaluator's own reason.
  case failed(function: String, message: String)
}
