import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The von Mises law `exp(k cos(x - m)) / (2 pi I_0(k))` on the circle, x in [-pi, pi].
///
/// `mean` is the mean direction m and `variance` the circular variance `1 - I_1(k) / I_0(k)`.
///
///     T = (cos x, sin x),   theta = k (cos m, sin m),   A = log(2 pi I_0(k))
public struct VonMises: ScalarLaw, ExponentialFamily, Equatable {
  /// The mean direction, brought into [-pi, pi].
  public let location: Double
  public let concentration: Double

  public init(location: Double, concentration: Double) throws(FamilyError) {
    let check = Check("von mises")
    try check.finite(location, "location")
    try check.require(
      concentration >= 0 && concentration <= 1e9, concentration, "concentration", "a number in [0, 1e9]")
    self.location = remainder(location, 2 * .pi)
    self.concentration = concentration
  }

  public var support: Support { Support(-.pi, .pi) }
  public var mean: Double { location }
  public var variance: Double { ratio.complement }

  /// The mean resultant length, its complement and its derivative.
  var ratio: (value: Double, complement: Double, slope: Double) { VonMises.ratio(concentration) }

  static func ratio(_ k: Double) -> (value: Double, complement: Double, slope: Double) {
    (try? Special.besselRatio(order: 0, k)) ?? (.nan, .nan, .nan)
  }

  /// `log I_0(k) - k`
  private var logScaledBessel: Double { log(settle(try Special.scaledBesselI0(concentration))) }

  public func logDensity(_ x: Double) -> Double {
    guard support.contains(x) else { return x.isNaN ? .nan : -.infinity }
    let s = sin((x - location) / 2)
    return -log(2 * .pi) - logScaledBessel - 2 * concentration * s * s
  }

  /// The integral of the density between two points of the circle cut at -pi.
  private func mass(from a: Double, to b: Double) -> Double {
    if b <= a { return 0 }
    let width = 1 / (1 + concentration).squareRoot()
    var cuts: [Double] = []
    for k in [-8.0, -4, -2, -1, 0, 1, 2, 4, 8] {
      for turn in [-2 * Double.pi, 0, 2 * Double.pi] { cuts.append(location + turn + k * width) }
    }
    let rule = GaussKronrod()
    let found = rule.integrate(from: a, to: b, cuts: cuts) { exp(logDensity($0)) }
    return min(1, found.value)
  }

  public func cumulative(_ x: Double) -> Double {
    x >= .pi ? 1 : mass(from: -.pi, to: x)
  }
  public func survival(_ x: Double) -> Double {
    x <= -.pi ? 1 : mass(from: x, to: .pi)
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    // D. Best, N. Fisher, J. Roy. Statist. Soc. C 28 (1979), doi:10.2307/2346732, with r - 1 for r: large
    // concentrations keep their digits.
    if concentration < 1e-8 { return .pi * (2 * Variate.uniform(&generator) - 1) }
    let k = concentration
    let tau = 1 + (1 + 4 * k * k).squareRoot()
    let rho = (tau - (2 * tau).squareRoot()) / (2 * k)
    let excess = (1 - rho) * (1 - rho) / (2 * rho)
    while true {
      // 1 - cos and 1 + cos of the proposal, from the half angle.
      let half = Variate.uniform(&generator) * .pi / 2
      let (c, s) = (cos(half) * cos(half), sin(half) * sin(half))
      // 1 - f with f = (1 + r z) / (r + z), z = cos(2 half): (r - 1)(1 - z) / (r + z).
      let gap = excess * 2 * s / (excess + 2 * c)
      let weight = k * (excess + gap)
      let u = Variate.uniform(&generator)
      if weight * (2 - weight) - u > 0 || log(weight / u) + 1 - weight >= 0 {
        let angle = 2 * asin(min(1, (gap / 2).squareRoot()))
        let signed = generator.next() >> 63 == 0 ? angle : -angle
        return remainder(location + signed, 2 * .pi)
      }
    }
  }

  public var entropy: Estimate {
    let value = log(2 * .pi) + logScaledBessel + concentration * ratio.complement
    return Estimate(closed: value, size: max(2, abs(logScaledBessel)))
  }

  /// The Bregman divergence of log I_0 between the concentrations, plus `A(k) l (1 - cos(m - n))`.
  public func divergence(to other: VonMises) -> Estimate {
    let s = sin((location - other.location) / 2)
    let spread = GammaBregman.integrate(
      from: concentration, change: other.concentration - concentration, softening: 1
    ) { VonMises.ratio($0).slope }
    return Estimate(closed: spread + 2 * ratio.value * other.concentration * s * s)
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(0): return 1
    case .cosine(let c): return ratio.value * cos(location - c)
    default: return nil
    }
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(
      -log(2 * .pi) - logScaledBessel - concentration, [(concentration, .cosine(location))])
  }

  public func sufficientStatistics(_ x: Double) -> [Double] { [cos(x), sin(x)] }
  public func logCarrier(_ x: Double) -> Double { 0 }
  public var naturalParameters: [Double] { [concentration * cos(location), concentration * sin(location)] }
  public var meanParameters: [Double] { [ratio.value * cos(location), ratio.value * sin(location)] }
  public var logPartition: Double { log(2 * .pi) + logScaledBessel + concentration }

  /// Along the mean direction A'(k), across it A(k) / k.
  public var fisherInformation: Matrix {
    let (c, s) = (cos(location), sin(location))
    let along = ratio.slope
    let across = concentration == 0 ? 0.5 : ratio.value / concentration
    let mixed = (along - across) * c * s
    return Matrix(
      rows: 2, columns: 2,
      elements: [along * c * c + across * s * s, mixed, mixed, along * s * s + across * c * c])
  }

  public func with(natural: [Double]) throws(FamilyError) -> VonMises {
    try Check("von mises").length(natural.count, 2, "natural parameters")
    return try VonMises(
      location: atan2(natural[1], natural[0]), concentration: hypot(natural[0], natural[1]))
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> VonMises {
    try Check("von mises").length(mu.count, 2, "mean parameters")
    let r = hypot(mu[0], mu[1])
    return try VonMises.matching(direction: atan2(mu[1], mu[0]), length: r, complement: 1 - r)
  }

  /// The law with a mean direction and a mean resultant length R; `complement` is 1 - R, to its own digits.
  public static func matching(
    direction: Double, length: Double, complement: Double
  ) throws(FamilyError) -> VonMises {
    let k = try ResultantLength(order: 0, family: "von mises").concentration(length, complement)
    return try VonMises(location: direction, concentration: k)
  }
}
