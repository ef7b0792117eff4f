import EntropicSpecialFunctions

/// Special functions at arguments that a family has checked, without errors to handle.
///
/// Overflow is the infinite value it rounds to. NaN would mean that an evaluation did not converge, which the
/// ranges of the parameters exclude.
enum Settled {
  static func logGamma(_ x: Double) -> Double { settle(try Special.logGamma(x)) }
  static func digamma(_ x: Double) -> Double { settle(try Special.digamma(x)) }
  static func trigamma(_ x: Double) -> Double { settle(try Special.trigamma(x)) }
  static func logMinusDigamma(_ x: Double) -> Double { settle(try Special.logMinusDigamma(x)) }
  static func trigammaExcess(_ x: Double) -> Double { settle(try Special.trigammaExcess(x)) }
  static func stirlingRemainder(_ x: Double) -> Double { settle(try Special.stirlingRemainder(x)) }
  static func inverseDigamma(_ y: Double) -> Double { settle(try Special.inverseDigamma(y)) }
  static func excessOverLog(_ u: Double) -> Double { settle(try Special.excessOverLog(u)) }
  static func logBeta(_ a: Double, _ b: Double) -> Double { settle(try Special.logBeta(a, b)) }
  static func deviance(_ x: Double, _ m: Double) -> Double { settle(try Special.deviance(x, m)) }
}

/// The value, or what it rounds to.
func settle(_ body: @autoclosure () throws(SpecialFunctionError) -> Double) -> Double {
  do {
    return try body()
  } catch .overflow {
    return .infinity
  } catch {
    return .nan
  }
}

/// As `settle`, for a log density: an end point with a pole counts as +infinity.
func settleLog(_ body: @autoclosure () throws(SpecialFunctionError) -> Density) -> Double {
  do {
    return try body().log
  } catch .domain {
    return .infinity
  } catch {
    return .nan
  }
}
