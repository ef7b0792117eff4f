#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The inverse of an increasing distribution function on positive numbers.
///
/// Newton's method on the logarithm of the smaller tail against the logarithm of x, safeguarded by
/// bisection over the *bit patterns* of the doubles: positive doubles are ordered as their patterns are, so
/// at most 64 halvings decide between neighbours from 5e-324 to the upper end, and the search ends whatever
/// the function does.
///
/// The result satisfies the equation as exactly as the distribution function is computed. Where even the
/// smallest positive double lies above the quantile the result is 0.
///
/// - Complexity: about 10 evaluations, at most 140.
struct QuantileSearch {
  let function: String
  /// The largest number considered; a quantile beyond is an overflow, or is this number itself when it is
  /// 1.
  let upperEnd: Double

  typealias Evaluation =
    (Double) throws(SpecialFunctionError) -> (tails: Special.Tails, density: Density)

  func solve(_ p: Double, from start: Double, _ evaluate: Evaluation) throws(SpecialFunctionError) -> Double {
    try solve(lower: p, upper: 1 - p, from: start, evaluate)
  }

  /// Solves for the smaller one of the two probabilities, which has the digits.
  func solve(
    lower: Double, upper: Double, from start: Double, _ evaluate: Evaluation
  ) throws(SpecialFunctionError) -> Double {
    // Invariant: the quantile is above `low` and at most `high`, as bit patterns.
    var low: UInt64 = 0
    var high = upperEnd.bitPattern
    var x = min(max(start, Double.leastNonzeroMagnitude), upperEnd)
    let solvesLower = lower <= upper
    let goal = solvesLower ? lower : upper
    var newtonSteps = 0
    while true {
      let (tails, density) = try evaluate(x)
      let found = solvesLower ? tails.lower : tails.upper
      if found == goal { return x }
      if solvesLower == (found < goal) { low = x.bitPattern } else { high = x.bitPattern }
      if high - low <= 1 { break }
      // d log(tail) / d log(x), with the sign of the tail.
      let slope = exp(density.log + log(x) - log(found)) * (solvesLower ? 1 : -1)
      let step = log(goal / found) / slope
      let candidate = x * exp(step)
      newtonSteps += 1
      let inside = candidate > Double(bitPattern: low) && candidate < Double(bitPattern: high)
      if inside && newtonSteps <= 40 && abs(step) < 100 {
        // Newton's next error is of the order of the square of this step.
        if abs(step) < 1e-12 { return candidate }
        x = candidate
      } else {
        x = Double(bitPattern: low + (high - low) / 2)
      }
    }
    let result = Double(bitPattern: high)
    if result == upperEnd && upperEnd != 1 { throw .overflow(function: function) }
    return result == .leastNonzeroMagnitude ? 0 : result
  }
}
