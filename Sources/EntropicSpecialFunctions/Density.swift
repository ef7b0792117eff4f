#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A density or a mass, kept as `factor * exp(exponent)` so that neither form loses the other.
///
/// The factor carries what is of moderate size, the exponent what may underflow: `value` is right to the
/// last subnormal and `log` is right far below it. A relative error of `value` is at most about
/// `abs(exponent)` units in the last place, hence below 2e-13 for every value that does not underflow.
public struct Density: Sendable, Equatable {
  /// Name of the density, for errors.
  let function: String
  /// A finite number >= 0.
  let factor: Double
  /// A number, or -infinity where the density is smaller than any exp of a double.
  let exponent: Double

  init(_ function: String, factor: Double, exponent: Double = 0) {
    self.function = function
    self.factor = factor
    self.exponent = exponent
  }

  /// Outside of the support.
  static func zero(_ function: String) -> Density { Density(function, factor: 0) }

  /// The density at the point, 0 outside of the support and below the smallest subnormal number.
  ///
  /// - Throws: `.overflow` where it exceeds the largest double.
  public var value: Double {
    get throws(SpecialFunctionError) {
      try Arguments(function).checked(factor.scaled(byExp: exponent))
    }
  }

  /// The natural logarithm of the density, -infinity outside of the support.
  public var log: Double {
    // Qualified by the local function: a member named `log` hides the library's.
    factor == 0 ? -.infinity : naturalLog(factor) + exponent
  }

  /// The density times `x` > 0. An extreme `x` joins the exponent, so that no product of factors overflows.
  func multiplied(by x: Double) -> Density {
    let isModerate = x >= 1e-90 && x <= 1e90
    return Density(
      function, factor: isModerate ? factor * x : factor,
      exponent: isModerate ? exponent : exponent + naturalLog(x))
  }

  /// The density divided by a length or scale `x` > 0.
  func divided(by x: Double) -> Density {
    let isModerate = x >= 1e-90 && x <= 1e90
    return Density(
      function, factor: isModerate ? factor / x : factor,
      exponent: isModerate ? exponent : exponent - naturalLog(x))
  }
}

private func naturalLog(_ x: Double) -> Double { log(x) }

extension Double {
  /// `self * exp(exponent)`, in two halves so that nothing overflows or underflows unless the result does.
  func scaled(byExp exponent: Double) -> Double {
    if self == 0 { return 0 }
    if abs(exponent) < 600 { return self * exp(exponent) }
    let half = exp(exponent / 2)
    return self * half * half
  }
}
