import EntropicNumerics

/// Minimising movements on the line, exact in the distance: each step minimises F(q) + W2^2(q, p) / (2 step).
///
///     minimise  sum_i w_i (x_i - y_i)^2 / (2 step) + sum_i w_i V(x_i)
///                 + sum_k U(1 / (n gap_k)) gap_k + 1/2 sum_ij w_i w_j W(x_i - x_j)
///
/// over the knots x of the quantiles, with U(p) = T p log p + c p^m / (m - 1), V and W functions with
/// derivatives. A gap that closes costs infinitely much (T > 0 or m > 1), so knots stay in order. Newton's
/// method with a tridiagonal matrix and step halving minimises; the value at the start of the step is F(p),
/// so the energy cannot rise, whatever V and W are, and the mass is kept by construction. For convex V, W
/// the minimiser is the only one.
///
/// - Error: first order in the step, second order in 1 / n.
/// - Complexity: O(n) a Newton iteration, O(n^2) with an interaction.
/// - Source: R. Jordan, D. Kinderlehrer, F. Otto, SIAM J. Math. Anal. 29 (1998),
///   doi:10.1137/S0036141096303359; A. Blanchet, V. Calvez, J. Carrillo, SIAM J. Numer. Anal. 46 (2008),
///   doi:10.1137/070683337, for quantiles.
public struct QuantileFlow: Sendable {
  /// A function of one number with its derivative.
  public typealias Smooth = @Sendable (Double) -> (value: Double, slope: Double)

  public let potential: Smooth?
  public let temperature: Double
  public let power: FreeEnergy.PowerTerm?
  /// W of differences; its even part counts.
  public let interaction: Smooth?

  /// - Throws: unless T >= 0, and T > 0 or a power with exponent above 1 keeps the knots apart.
  public init(
    potential: Smooth? = nil, temperature: Double = 1, power: FreeEnergy.PowerTerm? = nil,
    interaction: Smooth? = nil
  ) throws(FlowError) {
    guard temperature >= 0, temperature.isFinite else {
      throw .parameter(name: "the temperature", value: temperature, expected: "a number >= 0")
    }
    if let power, power.exponent < 1 {
      throw .parameter(name: "the exponent", value: power.exponent, expected: "a number above 1")
    }
    if temperature == 0 && power == nil {
      throw .unsupported("quantile steps need an internal energy: a temperature or a power of the density")
    }
    self.potential = potential
    self.temperature = temperature
    self.power = power
    self.interaction = interaction
  }

  /// F of a law; +inf or NaN where V or W are.
  public func energy(of law: QuantileLaw) -> Double { energy(law.knots) }

  /// The minimising movement from `law`; nil when the energy is not finite at the start.
  ///
  /// - Returns: the next law, its energy, and the decrease that Newton's method still predicted at the end.
  public func step(
    from law: QuantileLaw, step: Double
  ) -> (law: QuantileLaw, energy: Double, decrement: Double)? {
    let y = law.knots
    guard step > 0, step.isFinite else { return nil }
    var value = energy(y)
    guard value.isFinite else { return nil }
    var x = y
    var decrement = Double.infinity
    for _ in 0..<200 {
      let (gradient, diagonal, off) = derivatives(x, y, step)
      let direction = QuantileFlow.solve(diagonal, off, gradient.map { -$0 })
      decrement = -Kernel.dot(gradient, direction)
      guard decrement.isFinite else { return nil }
      let floor = 4 * Kernel.kappa(x.count) * max(abs(value), 1e-300)
      if decrement <= floor { break }
      // No more than nine tenths of the way to the first closing gap.
      var length = 1.0
      for i in 1..<x.count {
        let closing = direction[i - 1] - direction[i]
        if closing > 0 { length = min(length, 0.9 * (x[i] - x[i - 1]) / closing) }
      }
      var accepted = false
      for _ in 0..<50 {
        let trial = zip(x, direction).map { $0 + length * $1 }
        let next = total(trial, y, step)
        if next <= value - 1e-4 * length * decrement {
          (x, value, accepted) = (trial, next, true)
          break
        }
        length /= 2
      }
      if !accepted { break }
    }
    let result = energy(x)
    // What is not better than staying is not a step.
    guard total(x, y, step) <= energy(y) else { return (law, energy(y), decrement) }
    return (QuantileLaw(unchecked: x), result, decrement)
  }

  // MARK: value and derivatives

  private func total(_ x: [Double], _ y: [Double], _ step: Double) -> Double {
    let value = energy(x)
    guard value.isFinite else { return .infinity }
    var distance = 0.0
    for i in 0..<x.count { distance += weight(i, x.count) * (x[i] - y[i]) * (x[i] - y[i]) }
    return value + distance / (2 * step)
  }

  private func weight(_ i: Int, _ count: Int) -> Double {
    (i == 0 || i == count - 1 ? 0.5 : 1) / Double(count - 1)
  }

  private func energy(_ x: [Double]) -> Double {
    let n = Double(x.count - 1)
    var terms: [Double] = []
    terms.reserveCapacity(2 * x.count)
    for i in 1..<x.count {
      let gap = x[i] - x[i - 1]
      guard gap > 0 else { return .infinity }
      let level = -Kernel.log(n * gap)
      var term = temperature * level
      if let power { term += power.weight / (power.exponent - 1) * Kernel.exp((power.exponent - 1) * level) }
      terms.append(term / n)
    }
    if let potential {
      for i in 0..<x.count { terms.append(weight(i, x.count) * potential(x[i]).value) }
    }
    if let interaction {
      for i in 0..<x.count {
        var sum = 0.0
        for j in 0..<x.count { sum += weight(j, x.count) * interaction(x[i] - x[j]).value }
        terms.append(0.5 * weight(i, x.count) * sum)
      }
    }
    return Kernel.sum(terms)
  }

  /// Gradient, and a positive definite tridiagonal matrix near the second derivatives: negative curvature
  /// of V is left out, an interaction enters by its curvature on the diagonal.
  private func derivatives(
    _ x: [Double], _ y: [Double], _ step: Double
  ) -> (gradient: [Double], diagonal: [Double], off: [Double]) {
    let count = x.count
    let n = Double(count - 1)
    var gradient = [Double](repeating: 0, count: count)
    var diagonal = gradient
    var off = [Double](repeating: 0, count: count - 1)
    for i in 0..<count {
      let w = weight(i, count)
      gradient[i] = w * (x[i] - y[i]) / step
      diagonal[i] = w / step
      let h = 1e-5 * max(abs(x[i]), 1e-3)
      if let potential {
        gradient[i] += w * potential(x[i]).slope
        let curvature = (potential(x[i] + h).slope - potential(x[i] - h).slope) / (2 * h)
        if curvature > 0 && curvature.isFinite { diagonal[i] += w * curvature }
      }
      if let interaction {
        var (slope, curvature) = (0.0, 0.0)
        for j in 0..<count where j != i {
          let z = x[i] - x[j]
          let v = weight(j, count)
          slope += 0.5 * v * (interaction(z).slope - interaction(-z).slope)
          curvature += v * (interaction(z + h).slope - interaction(z - h).slope) / (2 * h)
        }
        gradient[i] += w * slope
        if curvature > 0 && curvature.isFinite { diagonal[i] += w * curvature }
      }
    }
    for k in 0..<(count - 1) {
      let gap = x[k + 1] - x[k]
      // d/dgap and d2/dgap2 of (T level + c p^(m-1) / (m - 1)) / n with p = 1 / (n gap).
      var slope = -temperature / gap
      var curvature = temperature / (gap * gap)
      if let power {
        let p = Kernel.exp(-(power.exponent - 1) * Kernel.log(n * gap)) * power.weight
        slope -= p / gap
        curvature += power.exponent * p / (gap * gap)
      }
      (slope, curvature) = (slope / n, curvature / n)
      gradient[k] -= slope
      gradient[k + 1] += slope
      diagonal[k] += curvature
      diagonal[k + 1] += curvature
      off[k] -= curvature
    }
    return (gradient, diagonal, off)
  }

  /// The solution of a positive definite tridiagonal system.
  private static func solve(_ diagonal: [Double], _ off: [Double], _ right: [Double]) -> [Double] {
    var pivot = diagonal
    var x = right
    for i in 1..<x.count {
      let factor = off[i - 1] / pivot[i - 1]
      pivot[i] -= factor * off[i - 1]
      x[i] -= factor * x[i - 1]
    }
    x[x.count - 1] /= pivot[x.count - 1]
    for i in stride(from: x.count - 2, through: 0, by: -1) { x[i] = (x[i] - off[i] * x[i + 1]) / pivot[i] }
    return x
  }
}
