import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Expectations under scalar laws, each with an error.
///
/// Finite sums for finitely many points; series from the mode with a bound of the tails for integers;
/// adaptive quadrature for densities, in a variable that maps the support to the line (x itself stretched by
/// sinh around the median, the logarithm on half-lines, the logit on intervals), cut at quantiles and at
/// kinks.
public enum Expectation {
  /// `E f(X)`. `kinks` are points where f is not smooth.
  public static func value(
    under law: some ScalarLaw, kinks: [Double] = [], of f: (Double) -> Double
  ) -> Estimate {
    sum(under: law, kinks: kinks) { x, logDensity in
      let p = exp(logDensity)
      return p == 0 ? 0 : p * f(x)
    }
  }

  /// `E S(X)` of a statistic, by its closed form where there is one.
  public static func value(of statistic: Statistic, under law: some ScalarLaw) -> Estimate {
    if let closed = law.closedExpectation(statistic) { return Estimate(closed: closed) }
    return value(under: law, kinks: statistic.kinks) { statistic($0) }
  }

  /// `-E log p` by summation or quadrature.
  public static func entropy(of law: some ScalarLaw) -> Estimate {
    sum(under: law, kinks: []) { _, logDensity in
      logDensity == -.infinity ? 0 : -exp(logDensity) * logDensity
    }
  }

  /// `E log(p / q)` as the integral of `p (r - 1 - log r)`, r = q / p, plus the mass of q outside of the
  /// support of p: all terms are >= 0, so that near laws keep their digits.
  public static func divergence(of p: some ScalarLaw, to q: some ScalarLaw) -> Estimate {
    if !q.support.covers(p.support) { return .infinite }
    // Where q has its mass: a law narrower than p would slip between the nodes.
    let spread = [1e-6, 0.01, 0.5, 0.99].map { q.quantile($0) } + [1e-6].map { q.upperQuantile($0) }
    let kinks = q.kinks + (q.support.kind == .interval ? spread : [])
    let inside = sum(under: p, kinks: kinks) { x, logP in
      if logP == -.infinity { return 0 }
      let gap = q.logDensity(x) - logP
      if gap == -.infinity { return exp(logP) == 0 ? 0 : .infinity }
      // Far in the tails of p the share of q may overflow before it is multiplied by p.
      if gap > 30 { return exp(logP + gap) - exp(logP) * (1 + gap) }
      return exp(logP) * Special.excessOfExp(gap)
    }
    if inside.value == .infinity { return .infinite }
    // The mass of q where nothing was summed: outside of the support of p, and for densities also beyond the
    // outermost quantiles of p.
    let s = p.support
    var (first, last) = (s.lower, s.upper)
    if s.kind == .interval, let window = Stretch(p).window(p) { (first, last) = (window.lower, window.upper) }
    var outside = last < q.support.upper ? q.survival(last) : 0
    if first > q.support.lower { outside += q.cumulative(s.kind == .interval ? first : first - 1) }
    return inside.adding(Estimate(closed: outside))
  }

  /// The sum or the integral of a term that is given x and the log density there.
  static func sum(
    under law: some ScalarLaw, kinks: [Double], _ term: (Double, Double) -> Double
  ) -> Estimate {
    if let points = law as? any FiniteScalarLaw {
      var total = 0.0
      var size = 0.0
      for (x, p) in zip(points.points, points.masses) where p > 0 {
        let t = term(x, log(p))
        total += t
        size += abs(t)
      }
      return Estimate(total, error: 4e-16 * size, basis: .closedForm)
    }
    if law.support.kind == .integers { return LatticeSum.sum(law, term) }
    return Stretch(law).integrate(law, kinks: law.kinks + kinks, term)
  }
}

/// A law on finitely many listed points.
protocol FiniteScalarLaw: ScalarLaw {
  var points: [Double] { get }
  var masses: [Double] { get }
}

/// Sums over integers, outwards from the mean, until the terms decrease and are negligible.
enum LatticeSum {
  /// Terms on either side of the mean; laws wider than that get an error of the size of what is left.
  static let largestCount = 3_000_000

  static func sum<L: ScalarLaw>(_ law: L, _ term: (Double, Double) -> Double) -> Estimate {
    let support = law.support
    let start = min(max(law.mean.rounded(.down), support.lower), support.upper)
    guard start.isFinite else { return Estimate(.nan, error: .infinity, basis: .series) }
    var total = CompensatedTotal()
    var size = 0.0
    var lost = 0.0
    for direction in [1.0, -1.0] {
      var x = direction > 0 ? start : start - 1
      var previous = Double.infinity
      var count = 0
      var quiet = 0
      while x >= support.lower && x <= support.upper {
        let t = term(x, law.logDensity(x))
        if t == .infinity { return .infinite }
        total.add(t)
        size += abs(t)
        // Log-concave masses: beyond the mode terms fall at least geometrically with their last ratio.
        // A single small term may be a zero of the summand, as where two masses cross: three in a row are not.
        let ratio = t == 0 ? 0 : abs(t) / previous
        quiet = abs(t) <= 1e-18 * size ? quiet + 1 : 0
        if quiet >= 3 && ratio < 1 && count > 8 {
          let tail = abs(t) * ratio / (1 - ratio)
          if tail <= 1e-16 * size || t == 0 {
            lost += tail
            break
          }
        }
        if count > largestCount {
          let mass = exp(law.logDensity(x))
          let rest = direction > 0 ? law.survival(x) : law.cumulative(x)
          lost += mass > 0 ? 4 * rest * abs(t) / mass : 0
          break
        }
        previous = abs(t)
        count += 1
        x += direction
      }
    }
    return Estimate(total.value, error: lost + 4e-16 * size, basis: .series)
  }
}

/// Neumaier's sum.
struct CompensatedTotal {
  private var sum = 0.0
  private var rest = 0.0

  var value: Double { sum + rest }

  mutating func add(_ x: Double) {
    let next = sum + x
    rest += abs(sum) >= abs(x) ? (sum - next) + x : (x - next) + sum
    sum = next
  }
}
