import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The von Mises-Fisher law `exp(k u . x) / c` on the unit sphere of dimension d - 1 in d coordinates.
///
///     T = x,   theta = k u,   A = log((2 pi)^(d/2) I_{d/2-1}(k) / k^(d/2-1)),   mu = R(k) u
///
/// Densities are with respect to area; k = 0 is uniform.
public struct VonMisesFisher: Distribution, ExponentialFamily, Equatable {
  /// A unit vector.
  public let direction: [Double]
  public let concentration: Double

  /// The direction is divided by its length; 2 to 1e5 coordinates, concentration in [0, 1e9].
  public init(direction: [Double], concentration: Double) throws(FamilyError) {
    let check = Check("von mises-fisher")
    if direction.count < 2 { try check.length(direction.count, 2, "direction") }
    let length = Kernel.dot(direction, direction).squareRoot()
    try check.require(length > 0 && length.isFinite, length, "length of direction", "a positive number")
    try check.require(
      concentration >= 0 && concentration <= 1e9, concentration, "concentration", "a number in [0, 1e9]")
    self.direction = direction.map { $0 / length }
    self.concentration = concentration
  }

  public var dimension: Int { direction.count }
  private var order: Double { Double(dimension) / 2 - 1 }

  private func ratio(_ k: Double) -> (value: Double, complement: Double, slope: Double) {
    (try? Special.besselRatio(order: order, k)) ?? (.nan, .nan, .nan)
  }

  /// The mean resultant length R, `1 - R` and its derivative.
  var resultant: (value: Double, complement: Double, slope: Double) { ratio(concentration) }

  public var mean: [Double] { direction.map { $0 * ratio(concentration).value } }

  /// `A(k) - k`
  private var scaledLogPartition: Double {
    let h = Double(dimension) / 2
    if concentration < 1e-12 { return log(2) + h * log(.pi) - Settled.logGamma(h) - concentration }
    let bessel = settle(try Special.logScaledBesselI(order: order, concentration))
    return h * log(2 * .pi) + bessel - order * log(concentration)
  }

  public func logDensity(_ x: [Double]) -> Double {
    guard x.count == dimension, abs(Kernel.dot(x, x) - 1) <= 1e-9 else { return -.infinity }
    // k (u . x - 1) = -k |u - x|^2 / 2
    let gap = zip(x, direction).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return -concentration * gap / 2 - scaledLogPartition
  }

  public func sample(using generator: inout SeededGenerator) -> [Double] {
    // A. Wood, Comm. Statist. Simulation 23 (1994), doi:10.1080/03610919408813161.
    let d = Double(dimension - 1)
    let k = concentration
    let b = d / (2 * k + (4 * k * k + d * d).squareRoot())
    let x0 = (1 - b) / (1 + b)
    let c = k * x0 + d * log(4 * b / ((1 + b) * (1 + b)))
    var gap = 0.0
    while true {
      // Beta(d/2, d/2) as a ratio of gamma variates; w = (1 - (1 + b) z) / (1 - (1 - b) z).
      let g1 = Variate.gamma(shape: d / 2, &generator)
      let g2 = Variate.gamma(shape: d / 2, &generator)
      let z = g1 / (g1 + g2)
      gap = 2 * b * z / (1 - (1 - b) * z)
      let w = 1 - gap
      if k * w + d * log(1 - x0 * w) - c >= log(Variate.uniform(&generator)) { break }
    }
    var tangent = (0..<dimension).map { _ in Variate.normal(&generator) }
    let along = Kernel.dot(tangent, direction)
    for i in tangent.indices { tangent[i] -= along * direction[i] }
    let length = Kernel.dot(tangent, tangent).squareRoot()
    let sine = (gap * (2 - gap)).squareRoot()
    return zip(direction, tangent).map { (1 - gap) * $0 + sine * $1 / length }
  }

  public var entropy: Estimate {
    let a = scaledLogPartition
    return Estimate(closed: a + concentration * ratio(concentration).complement, size: abs(a))
  }

  /// The Bregman divergence of A between the concentrations, plus `R(k) l |u - v|^2 / 2`.
  public func divergence(to other: VonMisesFisher) -> Estimate {
    guard other.dimension == dimension else { return .infinite }
    let gap = zip(direction, other.direction).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let spread = GammaBregman.integrate(
      from: concentration, change: other.concentration - concentration, softening: order + 1
    ) { ratio($0).slope }
    return Estimate(closed: spread + ratio(concentration).value * other.concentration * gap / 2)
  }

  public func sufficientStatistics(_ x: [Double]) -> [Double] { x }
  public func logCarrier(_ x: [Double]) -> Double { 0 }
  public var naturalParameters: [Double] { direction.map { concentration * $0 } }
  public var meanParameters: [Double] { mean }
  public var logPartition: Double { scaledLogPartition + concentration }
  public var fisherInformation: Matrix {
    let r = ratio(concentration)
    let across = concentration == 0 ? 1 / Double(dimension) : r.value / concentration
    var f = Matrix(rows: dimension, columns: dimension)
    for i in 0..<dimension {
      for j in 0..<dimension {
        f[i, j] = (r.slope - across) * direction[i] * direction[j] + (i == j ? across : 0)
      }
    }
    return f
  }

  public func with(natural: [Double]) throws(FamilyError) -> VonMisesFisher {
    try Check("von mises-fisher").length(natural.count, dimension, "natural parameters")
    let k = Kernel.dot(natural, natural).squareRoot()
    return try VonMisesFisher(direction: k > 0 ? natural : direction, concentration: k)
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> VonMisesFisher {
    try Check("von mises-fisher").length(mu.count, dimension, "mean parameters")
    let r = Kernel.dot(mu, mu).squareRoot()
    let k = try ResultantLength(order: order, family: "von mises-fisher").concentration(r, 1 - r)
    return try VonMisesFisher(direction: r > 0 ? mu : direction, concentration: k)
  }
}
