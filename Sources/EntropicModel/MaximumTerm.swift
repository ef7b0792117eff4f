import EntropicNumerics

/// weight * max_j g_j(p), the maximum of convex functionals.
///
/// Its minorants are those of sum_j omega_j g_j for any omega in the simplex; the best omega are the multipliers of
/// the epigraph constraints g_j <= t.
public struct MaximumTerm: Sendable {
  public var weight: Double
  public let parts: [Functional]

  public init(weight: Double = 1, parts: [Functional]) {
    self.weight = weight
    self.parts = parts
  }

  func evaluate(_ p: [Double]) -> Functional.Evaluation {
    var best = Functional.Evaluation(value: -.infinity, magnitude: 0, error: 0)
    for part in parts {
      let e = part.evaluate(p)
      best.value = max(best.value, e.value)
      best.magnitude = max(best.magnitude, e.magnitude)
      best.error = max(best.error, e.error)
    }
    return best
  }

  /// The first part that attains the maximum.
  func active(_ p: [Double]) -> Functional? {
    var best = -Double.infinity
    var found: Functional?
    for part in parts {
      let value = part.value(p)
      if value > best {
        best = value
        found = part
      }
    }
    return found
  }

  /// Offered weights, made admissible: clipped and normalised; nil where nothing is left.
  func admissible(_ omega: [Double]?) -> [Double]? {
    guard let omega, omega.count == parts.count, omega.allSatisfy(\.isFinite) else { return nil }
    let clipped = omega.map { max($0, 0) }
    let total = Kernel.sum(clipped)
    return total > 0 ? clipped.map { $0 / total } : nil
  }
}
