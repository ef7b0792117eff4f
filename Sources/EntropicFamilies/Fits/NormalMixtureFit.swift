import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension ScalarMixture {
  /// A mixture of normal laws by maximum likelihood, components in the order of their means.
  ///
  /// The likelihood has no upper bound: a component may shrink onto one value. Sensible mixtures are stationary
  /// points; this is the best of those that expectation-maximisation finds from several starts, none of which
  /// may have a variance below 1e-6 of that of the sample. So the status is `stationary`, or `unbounded` where
  /// every start runs into a value.
  ///
  /// - Parameters:
  ///   - components: at least 1.
  ///   - starts: the first cuts the sample at quantiles, the others take centres at random.
  /// - Complexity: starts * n * components for each of some hundred iterations.
  ///
  /// Source: A. Dempster, N. Laird, D. Rubin, J. R. Stat. Soc. B 39 (1977),
  /// doi:10.1111/j.2517-6161.1977.tb01600.x; acceleration by R. Varadhan, C. Roland, Scand. J. Stat. 35 (2008),
  /// doi:10.1111/j.1467-9469.2007.00585.x.
  public static func fitNormals(
    _ values: [Double], components: Int, weights: [Double]? = nil, starts: Int = 10, seed: UInt64 = 1
  ) throws(FamilyError) -> Fit<ScalarMixture> {
    let check = Check("normal mixture")
    try check.require(components >= 1, Double(components), "components", "at least 1")
    let sample = try WeightedSample(values, weights, family: "normal mixture")
    if sample.isConstant { return .unbounded("the variances go to 0 around the only observed value") }
    var generator = SeededGenerator(seed: seed, stream: 7)
    let search = NormalMixtureSearch(sample: sample)
    var best: NormalMixtureSearch.Parts?
    for k in 0..<max(1, starts) {
      let start = k == 0 ? search.blocks(components) : search.random(components, &generator)
      guard let start, let found = search.run(from: start) else { continue }
      if found.logLikelihood > best?.logLikelihood ?? -.infinity { best = found }
    }
    guard let best else { return .unbounded("a component shrinks onto one value from every start") }
    let order = best.means.indices.sorted { best.means[$0] < best.means[$1] }
    var laws: [Normal] = []
    for k in order { laws.append(try Normal(mean: best.means[k], variance: best.variances[k])) }
    let law = try ScalarMixture(laws, weights: order.map { best.weights[$0] })
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law), standardErrors: [], proof: .none,
      status: best.isSettled
        ? .stationary
        : .unattained(reason: "expectation-maximisation did not settle in \(NormalMixtureSearch.limit) steps")
    )
  }
}

/// Expectation-maximisation for mixtures of normal laws on the line, in the standardised variable.
private struct NormalMixtureSearch {
  static let limit = 5000
  private static let leastVariance = 1e-6

  struct Parts {
    var weights: [Double]
    var means: [Double]
    var variances: [Double]
    var logLikelihood = -Double.infinity
    var isSettled = false

    /// Logarithms of weights and variances, which a step of any length leaves in their domains.
    var coordinates: [Double] { weights.map { log($0) } + means + variances.map { log($0) } }

    init(weights: [Double], means: [Double], variances: [Double]) {
      (self.weights, self.means, self.variances) = (weights, means, variances)
    }

    init(coordinates c: [Double]) {
      let k = c.count / 3
      let top = c[..<k].max() ?? 0
      let raw = c[..<k].map { exp($0 - top) }
      let total = raw.reduce(0, +)
      self.init(
        weights: raw.map { $0 / total }, means: Array(c[k..<2 * k]), variances: c[(2 * k)...].map { exp($0) })
    }

    var isSound: Bool {
      weights.allSatisfy { $0 > 1e-12 } && means.allSatisfy(\.isFinite)
        && variances.allSatisfy { $0 >= NormalMixtureSearch.leastVariance && $0.isFinite }
    }
  }

  private let z: [Double]
  private let masses: [Double]
  private let centre: Double
  private let scale: Double

  init(sample: WeightedSample) {
    let m = sample.mean
    let s = sample.mean { ($0 - m) * ($0 - m) }.squareRoot()
    let active = zip(sample.values, sample.weights).filter { $0.1 > 0 }.sorted { $0.0 < $1.0 }
    z = active.map { ($0.0 - m) / s }
    masses = active.map { $0.1 / sample.total }
    (centre, scale) = (m, s)
  }

  /// The sample in blocks of equal mass, a component each.
  func blocks(_ k: Int) -> Parts? {
    var sums = [(Double, Double, Double)](repeating: (0, 0, 0), count: k)
    var below = 0.0
    for (x, w) in zip(z, masses) {
      let j = min(k - 1, Int(max(0, min(1, below + w / 2)) * Double(k)))
      sums[j] = (sums[j].0 + w, sums[j].1 + w * x, sums[j].2 + w * x * x)
      below += w
    }
    let means = sums.map { $0.0 > 0 ? $0.1 / $0.0 : 0 }
    return Parts(
      weights: [Double](repeating: 1 / Double(k), count: k), means: means,
      variances: zip(sums, means).map { $0.0 > 0 ? max(0.01, $0.2 / $0.0 - $1 * $1) : 1 })
  }

  /// Nil where no centres were found that differ: equal components stay equal for ever.
  func random(_ k: Int, _ generator: inout SeededGenerator) -> Parts? {
    var means: [Double] = []
    for _ in 0..<20 * k where means.count < k {
      let candidate = z[CategoricalLaw.draw(masses, generator.uniform())]
      if !means.contains(candidate) { means.append(candidate) }
    }
    if means.count < k { return nil }
    return Parts(
      weights: [Double](repeating: 1 / Double(k), count: k), means: means,
      variances: [Double](repeating: 1 / Double(k), count: k))
  }

  /// A stationary point in the units of the sample; nil where a component vanishes or shrinks onto a value.
  func run(from start: Parts) -> Parts? {
    var here = start
    var isSettled = false
    var count = 0
    while count < Self.limit {
      guard let one = step(here), let two = step(one) else { return nil }
      count += 2
      let (a, b, c) = (here.coordinates, one.coordinates, two.coordinates)
      let r = zip(b, a).map { $0 - $1 }
      let v = c.indices.map { c[$0] - b[$0] - r[$0] }
      let (length, bend) = (Kernel.dot(r, r).squareRoot(), Kernel.dot(v, v).squareRoot())
      here = two
      if length <= 1e-12 {
        isSettled = true
        break
      }
      // Two steps, prolonged; taken where the likelihood is above that of the first.
      let factor = min(64, max(1, length / max(bend, 1e-300)))
      let leap = Parts(coordinates: a.indices.map { a[$0] + 2 * factor * r[$0] + factor * factor * v[$0] })
      if factor > 1, leap.isSound, let landed = step(leap), landed.logLikelihood >= two.logLikelihood {
        here = landed
        count += 1
      }
    }
    guard here.isSound else { return nil }
    here.isSettled = isSettled
    here.means = here.means.map { centre + scale * $0 }
    here.variances = here.variances.map { scale * scale * $0 }
    return here
  }

  /// One step of the algorithm; its likelihood is that of the parts it started from.
  private func step(_ parts: Parts) -> Parts? {
    let k = parts.means.count
    let constants = (0..<k).map { log(parts.weights[$0]) - 0.5 * log(2 * .pi * parts.variances[$0]) }
    var mass = [Double](repeating: 0, count: k)
    var (first, second) = (mass, mass)
    var logs = mass
    var total = 0.0
    for (x, w) in zip(z, masses) {
      var top = -Double.infinity
      for j in 0..<k {
        let d = x - parts.means[j]
        logs[j] = constants[j] - 0.5 * d * d / parts.variances[j]
        top = max(top, logs[j])
      }
      var sum = 0.0
      for j in 0..<k {
        logs[j] = exp(logs[j] - top)
        sum += logs[j]
      }
      total += w * (top + log(sum))
      for j in 0..<k {
        let share = w * logs[j] / sum
        let d = x - parts.means[j]
        mass[j] += share
        first[j] += share * d
        second[j] += share * d * d
      }
    }
    guard total.isFinite, mass.allSatisfy({ $0 > 0 }) else { return nil }
    let shifts = (0..<k).map { first[$0] / mass[$0] }
    var next = Parts(
      weights: mass, means: (0..<k).map { parts.means[$0] + shifts[$0] },
      variances: (0..<k).map { second[$0] / mass[$0] - shifts[$0] * shifts[$0] })
    next.logLikelihood = total
    return next.isSound ? next : nil
  }
}
