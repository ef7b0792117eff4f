import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A variable y on the line in which the mass of a density spreads over a few units.
///
///     support          x(y)                                dx / dy
///     the line         median + s sinh(y)                  s cosh(y)
///     lower end a      a + exp(y)                          exp(y)
///     upper end b      b - exp(-y)                         exp(-y)
///     both ends        a + (b - a) / (1 + exp(-y))         (b - a) times both shares
struct Stretch {
  private enum Kind { case line, above, below, between }

  private let kind: Kind
  private let lower: Double
  private let upper: Double
  private let center: Double
  private let scale: Double

  init(_ law: some ScalarLaw) {
    let s = law.support
    lower = s.lower
    upper = s.upper
    kind = lower.isFinite ? (upper.isFinite ? .between : .above) : upper.isFinite ? .below : .line
    if kind == .line {
      center = law.quantile(0.5)
      let spread = (law.quantile(0.75) - law.quantile(0.25)) / 2
      scale = spread > 0 && spread.isFinite ? spread : 1
    } else {
      center = 0
      scale = 1
    }
  }

  private func point(_ y: Double) -> (x: Double, logSlope: Double) {
    switch kind {
    case .line: return (center + scale * sinh(y), log(scale) + abs(y) + log((1 + exp(-2 * abs(y))) / 2))
    case .above: return (lower + exp(y), y)
    case .below: return (upper - exp(-y), -y)
    case .between:
      let width = upper - lower
      let small = exp(-abs(y)) / (1 + exp(-abs(y)))
      let x = y < 0 ? lower + width * small : upper - width * small
      return (x, log(width) - abs(y) - 2 * log1p(exp(-abs(y))))
    }
  }

  private func inverse(_ x: Double) -> Double {
    switch kind {
    case .line: return asinh((x - center) / scale)
    case .above: return log(x - lower)
    case .below: return -log(upper - x)
    case .between: return log(x - lower) - log(upper - x)
    }
  }

  /// The quantiles at which the range of y is cut; beyond the outermost the law has less than 1e-280.
  private func cuts(_ law: some ScalarLaw) -> [Double] {
    let tails = [1e-280, 1e-120, 1e-60, 1e-30, 1e-16, 1e-8, 1e-4, 1e-2, 0.1, 0.3]
    var cuts = tails.map { inverse(law.quantile($0)) } + tails.map { inverse(law.upperQuantile($0)) }
    cuts.append(inverse(law.quantile(0.5)))
    // Quantiles near an end other than 0 round to it: go on to a few units in its last place.
    if lower.isFinite && lower != 0 { cuts.append(inverse(lower + 4 * lower.ulp)) }
    if upper.isFinite && upper != 0 { cuts.append(inverse(upper - 4 * upper.ulp)) }
    return cuts.filter { $0.isFinite && abs($0) < 700 }
  }

  /// The ends of the range of x that `integrate` covers.
  func window(_ law: some ScalarLaw) -> (lower: Double, upper: Double)? {
    let all = cuts(law)
    guard let a = all.min(), let b = all.max(), a < b else { return nil }
    return (point(a).x, point(b).x)
  }

  func integrate(
    _ law: some ScalarLaw, kinks: [Double], _ term: (Double, Double) -> Double
  ) -> Estimate {
    var cuts = cuts(law)
    guard let a = cuts.min(), let b = cuts.max(), a < b else {
      return Estimate(.nan, error: .infinity, basis: .quadrature)
    }
    cuts += kinks.map { inverse($0) }.filter { $0.isFinite }
    let rule = GaussKronrod()
    var found = rule.integrate(from: a, to: b, cuts: cuts) { y in
      let (x, slope) = point(y)
      guard x > lower && x < upper else { return 0 }
      let logDensity = law.logDensity(x)
      let value = term(x, logDensity)
      return value == 0 ? 0 : value * exp(slope)
    }
    if found.value.isNaN || found.value.isInfinite { found.error = .infinity }
    return found
  }
}
