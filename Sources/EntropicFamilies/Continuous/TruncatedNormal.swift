import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A normal law kept to the interval [lower, upper], which may be half-infinite.
///
/// `parent` is the untruncated law. All normalisations work with the tail that holds the interval, so that
/// intervals far out in a tail keep their digits: `log P(lower < X < upper)` may be as small as -1e6.
public struct TruncatedNormal: ScalarLaw, Equatable {
  public let parent: Normal
  public let lower: Double
  public let upper: Double
  /// `log P(lower < parent < upper)`
  public let logMass: Double
  /// Standardised ends, mirrored so that the interval lies mostly above the mean.
  private let near: Double
  private let far: Double
  private let isMirrored: Bool

  public init(mean: Double, variance: Double, lower: Double, upper: Double) throws(FamilyError) {
    let parent = try Normal(mean: mean, variance: variance)
    let check = Check("truncated normal")
    try check.require(!lower.isNaN && lower < .infinity, lower, "lower", "a number or -infinity")
    try check.require(!upper.isNaN && upper > lower, upper, "upper", "a number above \(lower)")
    let s = variance.squareRoot()
    let (a, b) = ((lower - mean) / s, (upper - mean) / s)
    let mirrored = a + b < 0
    let (near, far) = mirrored ? (-b, -a) : (a, b)
    try check.require(near <= 1e6, near, "distance of the interval", "at most 1e6 standard deviations")
    self.parent = parent
    self.lower = lower
    self.upper = upper
    self.near = near
    self.far = far
    isMirrored = mirrored
    logMass = TruncatedNormal.logMass(near, far)
    try check.require(logMass > -.infinity, far - near, "width", "a width that holds mass")
  }

  /// `log P(a < Z < b)` for a + b >= 0.
  private static func logMass(_ a: Double, _ b: Double) -> Double {
    // Narrow intervals: the density in the middle times the width, with Gauss nodes for the rest.
    if b - a < 0.5 / max(1, abs(a)) {
      let peak = min(abs(a), abs(b))
      var sum = 0.0
      for (t, w) in zip(GaussRule.nodes, GaussRule.weights) {
        let z = a + (b - a) * t
        sum += w * exp(-(z - peak) * (z + peak) / 2)
      }
      return log(sum) + log(b - a) - 0.5 * log(2 * .pi) - peak * peak / 2
    }
    if a <= 0 { return log(0.5 * (erf(b * 0.5.squareRoot()) - erf(a * 0.5.squareRoot()))) }
    let first = NormalTail.log(a)
    return first + log1p(-exp(NormalTail.log(b) - first))
  }

  /// `log` of the mass of the law between two standardised and mirrored points, relative to the whole.
  private func logShare(_ a: Double, _ b: Double) -> Double {
    if b <= a { return -.infinity }
    let log = a + b >= 0 ? TruncatedNormal.logMass(a, b) : TruncatedNormal.logMass(-b, -a)
    return min(0, log - logMass)
  }

  public var support: Support { Support(lower, upper) }
  private var deviation: Double { parent.variance.squareRoot() }

  public var mean: Double { moments.mean }
  public var variance: Double { moments.variance }

  /// Mean and variance by quadrature around the near end: the textbook differences of hazards lose z^4.
  private var moments: (mean: Double, variance: Double) {
    let scale = near > 1 ? 1 / near : 1
    let start = max(near, -40)
    let end = min(far, max(start, 0) + 45 * scale)
    let peak = max(0, near)
    var (mass, first, second) = (0.0, 0.0, 0.0)
    let panels = 60
    let origin = near > -40 ? near : 0
    for k in 0..<panels {
      let left = start + (end - start) * Double(k) / Double(panels)
      let width = (end - start) / Double(panels)
      for (t, w) in zip(GaussRule.nodes, GaussRule.weights) {
        let offset = (left - origin) + width * t
        let z = origin + offset
        let p = w * width * exp(-(z - peak) * (z + peak) / 2)
        mass += p
        first += p * offset
        second += p * offset * offset
      }
    }
    let m = first / mass
    let v = max(0, second / mass - m * m)
    let standard = origin + m
    return (parent.mean + deviation * (isMirrored ? -standard : standard), parent.variance * v)
  }

  public func logDensity(_ x: Double) -> Double {
    support.contains(x) ? parent.logDensity(x) - logMass : x.isNaN ? .nan : -.infinity
  }

  private func standard(_ x: Double) -> Double {
    let z = (x - parent.mean) / deviation
    return isMirrored ? -z : z
  }

  public func cumulative(_ x: Double) -> Double { exp(logBelow(x)) }
  public func survival(_ x: Double) -> Double { exp(logAbove(x)) }

  public func logCumulative(_ x: Double) -> Double {
    let (below, above) = (logBelow(x), logAbove(x))
    return below < -0.7 ? below : log1p(-exp(above))
  }
  public func logSurvival(_ x: Double) -> Double {
    let (below, above) = (logBelow(x), logAbove(x))
    return above < -0.7 ? above : log1p(-exp(below))
  }

  private func logBelow(_ x: Double) -> Double {
    if x <= lower || x >= upper { return x <= lower ? -.infinity : 0 }
    return isMirrored ? logShare(standard(x), far) : logShare(near, standard(x))
  }
  private func logAbove(_ x: Double) -> Double {
    if x <= lower || x >= upper { return x <= lower ? 0 : -.infinity }
    return isMirrored ? logShare(near, standard(x)) : logShare(standard(x), far)
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    let u = Variate.uniform(&generator)
    return u < 0.5 ? quantile(u) : upperQuantile(1 - u)
  }

  public var entropy: Estimate {
    let m = moments
    let second = m.variance + (m.mean - parent.mean) * (m.mean - parent.mean)
    let value = 0.5 * log(2 * .pi) + 0.5 * log(parent.variance) + logMass + 0.5 * second / parent.variance
    return Estimate(value, error: 1e-13 * max(1, abs(logMass)), basis: .quadrature)
  }

  public func divergence(to other: TruncatedNormal) -> Estimate {
    if lower < other.lower || upper > other.upper { return .infinite }
    return self == other ? .zero : Expectation.divergence(of: self, to: other)
  }

  public var expansion: LogDensityExpansion? {
    LogDensityExpansion(
      -0.5 * log(2 * .pi) - 0.5 * log(parent.variance) - logMass,
      [(-0.5 / parent.variance, .squaredDeviation(parent.mean))])
  }
}
