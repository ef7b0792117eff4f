import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Observations with weights, checked once.
struct WeightedSample {
  let values: [Double]
  let weights: [Double]
  let total: Double

  init(_ values: [Double], _ weights: [Double]?, family: String) throws(FamilyError) {
    let check = Check(family)
    if values.isEmpty { try check.length(0, 1, "observations") }
    if let weights { try check.length(weights.count, values.count, "weights") }
    for (i, x) in values.enumerated() where !x.isFinite {
      throw .observation(family: family, index: i, value: x, domain: "a finite number")
    }
    self.values = values
    self.weights = weights ?? [Double](repeating: 1, count: values.count)
    for w in self.weights { try check.require(w >= 0 && w.isFinite, w, "weights", "nonnegative numbers") }
    total = self.weights.reduce(0, +)
    try check.require(total > 0 && total.isFinite, total, "sum of weights", "a positive number")
  }

  /// Throws unless every observation of positive weight satisfies the claim.
  func require(
    _ family: String, _ domain: String, _ claim: (Double) -> Bool
  ) throws(FamilyError) {
    for (i, x) in values.enumerated() where weights[i] > 0 && !claim(x) {
      throw .observation(family: family, index: i, value: x, domain: domain)
    }
  }

  /// The weighted mean of a function.
  func mean(_ f: (Double) -> Double) -> Double {
    var sum = CompensatedTotal()
    for (x, w) in zip(values, weights) where w > 0 { sum.add(w * f(x)) }
    return sum.value / total
  }

  var mean: Double {
    // Around one of the values: nothing is lost for values with a large common part.
    let origin = values[0]
    return origin + mean { $0 - origin }
  }

  func logLikelihood(_ law: some ScalarLaw) -> Double { total * mean { law.logDensity($0) } }

  var isConstant: Bool {
    let active = zip(values, weights).filter { $0.1 > 0 }.map { $0.0 }
    return active.allSatisfy { $0 == active[0] }
  }

  /// The least and the largest value of positive weight.
  var range: (lower: Double, upper: Double) {
    zip(values, weights).reduce((Double.infinity, -Double.infinity)) {
      $1.1 > 0 ? (min($0.0, $1.0), max($0.1, $1.0)) : $0
    }
  }
}
