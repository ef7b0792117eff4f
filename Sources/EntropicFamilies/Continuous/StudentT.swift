import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Student's t law with `degrees` of freedom, moved to a location and stretched by a scale.
public struct StudentT: ScalarLaw, Equatable {
  public let degrees: Double
  public let location: Double
  public let scale: Double

  /// Degrees of freedom in [1e-6, 1e9].
  public init(degrees: Double, location: Double = 0, scale: Double = 1) throws(FamilyError) {
    let check = Check("student t")
    try check.require(degrees >= 1e-6 && degrees <= 1e9, degrees, "degrees", "a number in [1e-6, 1e9]")
    try check.finite(location, "location")
    try check.scale(scale, "scale")
    self.init(unchecked: degrees, location, scale)
  }

  init(unchecked degrees: Double, _ location: Double, _ scale: Double) {
    self.degrees = degrees
    self.location = location
    self.scale = scale
  }

  public var support: Support { .line }
  public var mean: Double { degrees > 1 ? location : .nan }
  public var variance: Double {
    degrees > 2 ? scale * scale * (degrees / (degrees - 2)) : degrees > 1 ? .infinity : .nan
  }

  public func logDensity(_ x: Double) -> Double {
    let z = (x - location) / scale
    if z.isInfinite { return -.infinity }
    return settleLog(try Special.studentDensity(z, degreesOfFreedom: degrees)) - log(scale)
  }

  public func cumulative(_ x: Double) -> Double { lowerTail((x - location) / scale) }
  public func survival(_ x: Double) -> Double { lowerTail(-(x - location) / scale) }

  private func lowerTail(_ z: Double) -> Double {
    if z.isInfinite { return z > 0 ? 1 : 0 }
    return settle(try Special.studentCumulative(z, degreesOfFreedom: degrees))
  }

  public func logCumulative(_ x: Double) -> Double { logLowerTail((x - location) / scale) }
  public func logSurvival(_ x: Double) -> Double { logLowerTail(-(x - location) / scale) }

  private func logLowerTail(_ z: Double) -> Double {
    if z.isInfinite { return z > 0 ? 0 : -.infinity }
    return settle(try Special.studentLogCumulative(z, degreesOfFreedom: degrees))
  }

  public func quantile(_ p: Double) -> Double { location + scale * standardQuantile(p) }
  public func upperQuantile(_ q: Double) -> Double { location - scale * standardQuantile(q) }

  private func standardQuantile(_ p: Double) -> Double {
    if p == 0 || p == 1 { return p == 0 ? -.infinity : .infinity }
    if p < 0.5 {
      let side = settle(try Special.studentQuantile(p, degreesOfFreedom: degrees))
      return side == .infinity ? -side : side
    }
    return settle(try Special.studentQuantile(p, degreesOfFreedom: degrees))
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    let z = Variate.normal(&generator)
    // z / sqrt(2 G / degrees), the root in logarithms: G underflows for few degrees of freedom.
    let logG = Variate.logGamma(shape: degrees / 2, &generator)
    return location + scale * z * exp(0.5 * (log(degrees / 2) - logG))
  }

  public var entropy: Estimate {
    let h = degrees / 2
    // psi(h + 1/2) - psi(h), with the logarithms apart.
    let gap: Double
    if h > 1 {
      gap =
        log1p(0.5 / h) - Settled.logMinusDigamma(h + 0.5) + Settled.logMinusDigamma(h)
    } else {
      gap = Settled.digamma(h + 0.5) - Settled.digamma(h)
    }
    let beta = Settled.logBeta(h, 0.5) + 0.5 * log(degrees)
    return Estimate(closed: (h + 0.5) * gap + beta + log(scale), size: max(abs(beta), (h + 0.5) * gap))
  }

  public func divergence(to other: StudentT) -> Estimate {
    if self == other { return .zero }
    if degrees == 1 && other.degrees == 1 {
      let d = location - other.location
      let e = scale - other.scale
      return Estimate(closed: log1p((e / scale * (e / other.scale) + d / scale * (d / other.scale)) / 4))
    }
    return Expectation.divergence(of: self, to: other)
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    switch statistic {
    case .power(0): return 1
    case .power(1): return mean
    case .power(2), .squaredDeviation: return degrees > 2 ? momentExpectation(statistic) : .infinity
    case .absoluteDeviation: return degrees > 1 ? nil : .infinity
    case .exponential(let t): return t == 0 ? 1 : .infinity
    default: return nil
    }
  }
}
