internal import CGSL

/// The one gate to libgsl.
///
/// libgsl's default error handler ends the process, even on underflow; it is switched off once, before the
/// first call. Callers check that arguments are finite and in range *before* they come here, because some
/// routines do not return for NaN or for huge arguments, and several report success for NaN. Status and
/// value are both checked after. Underflow is a value: it returns the zero or the subnormal number that
/// libgsl found.
enum GSL {
  /// Touched by every call; the initialiser of a static runs once, whatever the number of threads.
  static let handlerIsOff: Bool = {
    _ = gsl_set_error_handler_off()
    return true
  }()

  typealias Unary = (Double, UnsafeMutablePointer<gsl_sf_result>?) -> Int32

  /// The value of a checked routine `f` at `x`, in the name of `function`.
  static func value(
    of f: Unary, at x: Double, _ function: String, argument: String = "x"
  ) throws(SpecialFunctionError) -> Double {
    var result = gsl_sf_result(val: .nan, err: .nan)
    precondition(handlerIsOff)
    let status = f(x, &result)
    switch Int(status) {
    case GSL_SUCCESS, GSL_EUNDRFLW:
      guard result.val.isFinite else {
        if result.val.isNaN { throw .failed(function: function, message: "not a number") }
        throw .overflow(function: function)
      }
      return result.val
    case GSL_EDOM: throw .domain(function: function, argument: argument, value: x)
    case GSL_EOVRFLW: throw .overflow(function: function)
    default:
      let reason = gsl_strerror(status).map { String(cString: $0) } ?? "status \(status)"
      throw .failed(function: function, message: reason)
    }
  }
}
