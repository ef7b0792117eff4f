import EntropicModel
import EntropicNumerics

/// Second derivatives of functions of the user on a face, from differences of their gradients.
///
///     H e_i  ~  (grad f(p + h_i e_i) - grad f(p)) / h_i,    h_i = max(1e-6 p_i, 1e-10),    then (H + H') / 2
///
/// The steps go upwards, so that masses stay positive. Relative errors are about 1e-6, which costs Newton's method its
/// quadratic rate and nothing else: residuals are exact, and so is what they converge to.
/// - Complexity: one gradient a member, O(|S|^2) memory.
enum DifferenceHessian {
  /// Adds `weight` times the Hessian of the user's functions in `f` to the rows and columns of `members`; false where a
  /// gradient is not finite or somebody asks for an end.
  static func add(
    _ f: Functional, at p: [Double], weight: Double, members: [Int], to h: inout Matrix, stop: () -> Bool
  ) -> Bool {
    guard !f.smooth.isEmpty, weight != 0 else { return true }
    let s = members.count
    func slope(_ q: [Double]) -> [Double] {
      var sum = [Double](repeating: 0, count: s)
      for function in f.smooth {
        let gradient = function.evaluateWithGradient(q).gradient
        for (k, i) in members.enumerated() { sum[k] += gradient[i] }
      }
      return sum
    }
    let here = slope(p)
    guard here.allSatisfy(\.isFinite) else { return false }
    var block = [Double](repeating: 0, count: s * s)
    var q = p
    for (k, i) in members.enumerated() {
      if stop() { return false }
      q[i] = p[i] + max(1e-6 * p[i], 1e-10)
      let step = q[i] - p[i]
      let there = slope(q)
      q[i] = p[i]
      guard there.allSatisfy(\.isFinite) else { return false }
      for j in 0..<s { block[k * s + j] = (there[j] - here[j]) / step }
    }
    for k in 0..<s {
      for j in 0..<s { h.elements[k * s + j] += weight * (block[k * s + j] + block[j * s + k]) / 2 }
    }
    return true
  }
}
