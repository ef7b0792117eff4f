import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Dirichlet law on the simplex with concentrations a_1 ... a_k; densities in the first k - 1 entries.
///
///     p(x) = Gamma(sum a) / prod Gamma(a_i)  prod x_i^(a_i - 1)
///     T = (log x_i),   theta = a,   h = prod 1 / x_i,   A = sum log Gamma(a_i) - log Gamma(sum a)
public struct Dirichlet: Distribution, ExponentialFamily, Equatable {
  public let concentration: [Double]

  public init(concentration: [Double]) throws(FamilyError) {
    let check = Check("dirichlet")
    if concentration.count < 2 { try check.length(concentration.count, 2, "concentration") }
    for a in concentration { try check.shape(a, "concentration") }
    self.concentration = concentration
  }

  init(unchecked concentration: [Double]) { self.concentration = concentration }

  public var dimension: Int { concentration.count }
  public var total: Double { concentration.reduce(0, +) }
  public var mean: [Double] { concentration.map { $0 / total } }

  public var covariance: Matrix {
    let m = mean
    var c = Matrix(rows: dimension, columns: dimension)
    for i in 0..<dimension {
      for j in 0..<dimension { c[i, j] = (i == j ? m[i] * (1 - m[i]) : -m[i] * m[j]) / (total + 1) }
    }
    return c
  }

  public func logDensity(_ x: [Double]) -> Double {
    guard x.count == dimension, abs(x.reduce(0, +) - 1) <= 1e-9 else { return -.infinity }
    var sum = -logPartition
    for (a, v) in zip(concentration, x) {
      if v < 0 { return -.infinity }
      if a != 1 { sum += (a - 1) * log(v) }
    }
    return sum
  }

  public func sample(using generator: inout SeededGenerator) -> [Double] {
    let logs = concentration.map { Variate.logGamma(shape: $0, &generator) }
    let top = logs.max() ?? 0
    let weights = logs.map { exp($0 - top) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// Stirling's logarithms cancel beforehand, so that large concentrations keep their digits.
  public var entropy: Estimate {
    let (n, k) = (total, Double(dimension))
    var value = 0.5 * (k - 1) * log(2 * .pi) + (0.5 - k) * log(n)
    value -= Settled.stirlingRemainder(n) + (n - k) * Settled.logMinusDigamma(n)
    var size = abs(value)
    for a in concentration {
      let term = 0.5 * log(a) + Settled.stirlingRemainder(a)
      value += term + (a - 1) * Settled.logMinusDigamma(a)
      size = max(size, abs(term))
    }
    return Estimate(closed: value, size: size)
  }

  /// The integral of `(1 - s) d' Hess A d` over the segment between the concentrations, with the part 1 / t
  /// of every trigamma as an exact sum of squares: `sum a_i (d_i / a_i - D / n)^2`.
  public func divergence(to other: Dirichlet) -> Estimate {
    guard other.dimension == dimension else { return .infinite }
    let d = zip(concentration, other.concentration).map { $1 - $0 }
    let change = d.reduce(0, +)
    var (near, far) = (Double.infinity, Double.infinity)
    for (i, step) in d.enumerated() where step != 0 {
      near = min(near, concentration[i] / abs(step))
      far = min(far, other.concentration[i] / abs(step))
    }
    if near == .infinity { return .zero }
    var sum = 0.0
    for panel in GradedPanels(nearStart: near, nearEnd: far).panels {
      let width = panel.upperBound - panel.lowerBound
      for (node, weight) in zip(GaussRule.nodes, GaussRule.weights) {
        let s = panel.lowerBound + width * node
        let a = zip(concentration, d).map { $0 + s * $1 }
        let n = a.reduce(0, +)
        var form = -Settled.trigammaExcess(n) * change * change
        for (t, step) in zip(a, d) {
          let gap = step / t - change / n
          form += t * gap * gap + Settled.trigammaExcess(t) * step * step
        }
        sum += width * weight * (1 - s) * form
      }
    }
    return Estimate(closed: sum)
  }

  public func sufficientStatistics(_ x: [Double]) -> [Double] { x.map { log($0) } }
  public func logCarrier(_ x: [Double]) -> Double { -x.reduce(0) { $0 + log($1) } }
  public var naturalParameters: [Double] { concentration }
  public var meanParameters: [Double] {
    let n = Settled.digamma(total)
    return concentration.map { Settled.digamma($0) - n }
  }
  public var logPartition: Double {
    if dimension == 2 { return Settled.logBeta(concentration[0], concentration[1]) }
    return concentration.reduce(-Settled.logGamma(total)) {
      $0 + Settled.logGamma($1)
    }
  }
  public var fisherInformation: Matrix {
    let n = Settled.trigamma(total)
    var f = Matrix(rows: dimension, columns: dimension, repeating: -n)
    for i in 0..<dimension { f[i, i] += Settled.trigamma(concentration[i]) }
    return f
  }

  public func with(natural: [Double]) throws(FamilyError) -> Dirichlet {
    try Check("dirichlet").length(natural.count, dimension, "natural parameters")
    return try Dirichlet(concentration: natural)
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Dirichlet {
    try Check("dirichlet").length(mu.count, dimension, "mean parameters")
    let found = try DirichletMoments(meanLogs: mu, family: "dirichlet").solve()
    return try Dirichlet(concentration: found.concentration)
  }
}
