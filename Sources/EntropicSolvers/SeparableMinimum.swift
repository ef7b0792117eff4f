import EntropicModel
import EntropicNumerics

/// min sum_i f_i(q_i) over one simplex with bounds, f_i a sum of linear, entropic, barrier and power parts, and of a
/// mirror map.
///
///     f_i(q) = c_i q + tau_i q log q - beta_i log q + sum_a w_ai sign_a q^a + L h(q)
///     q_i(nu) = the root of f_i'(q) = -nu, clipped into [lower_i, upper_i],    sum_i q_i(nu) = mass
///
/// One scalar root nu. f_i' is increasing, so that the sum falls with nu; Newton's method on the reciprocal
/// of the sum inside a bracket. Outcomes without curvature take what is left at nu = -c_i.
///
/// Goals, in order: 1. the sum is right to the last bit, 2. costs of any size (the least one is removed
/// first), 3. closed forms for the inner root wherever one part stands alone.
/// - Complexity: O(n) a step, 5 to 15 steps.
struct SeparableMinimum: Sendable {
  var cost: [Double]
  var entropic: [Double]
  var barrier: [Double]
  var powers: [(exponent: Double, weights: [Double])]
  var lower: [Double]
  /// At most the mass.
  var upper: [Double]
  let mass: Double
  /// The least cost of an outcome that may have mass, removed from `cost`.
  let shift: Double
  /// A mirror map that has no form above, with its weight.
  private(set) var mirror: (map: any MirrorMap, weight: Double)?
  private var isCurved: Bool { !(entropic.isEmpty && barrier.isEmpty && powers.isEmpty && mirror == nil) }
  private var hasOnlyEntropy: Bool {
    barrier.isEmpty && powers.isEmpty && mirror == nil && !entropic.isEmpty
  }

  /// The part of `f` over one simplex, plus `tilt` times another linear cost.
  init(
    _ f: Functional, _ layout: Layout, _ slice: SimplexSlice, tilt: (cost: [Double], factor: Double)? = nil
  ) {
    var c = Array(f.linear[slice.range])
    if let tilt {
      for (k, i) in slice.range.enumerated() { c[k] += tilt.factor * tilt.cost[i] }
    }
    lower = Array(layout.lower[slice.range])
    upper = layout.upper[slice.range].map { min($0, slice.mass) }
    var least = Double.infinity
    for k in c.indices where upper[k] > 0 { least = min(least, c[k]) }
    if !least.isFinite { least = 0 }
    shift = least
    cost = c.map { $0 - least }
    entropic = f.entropic.isEmpty ? [] : Array(f.entropic[slice.range])
    barrier = f.barrier.isEmpty ? [] : Array(f.barrier[slice.range])
    powers = f.powers.map { ($0.exponent, Array($0.weights[slice.range])) }
    if !entropic.contains(where: { $0 > 0 }) { entropic = [] }
    if !barrier.contains(where: { $0 > 0 }) { barrier = [] }
    powers = powers.filter { $0.weights.contains { $0 > 0 } }
    mass = slice.mass
  }

  /// Adds weight * h(q), up to linear terms that are equal for all outcomes.
  mutating func add(_ map: any MirrorMap, weight: Double) {
    let n = cost.count
    func added(_ list: [Double], _ w: Double) -> [Double] {
      list.isEmpty ? [Double](repeating: w, count: n) : list.map { $0 + w }
    }
    func addPower(_ exponent: Double, _ w: Double) {
      if let k = powers.firstIndex(where: { $0.exponent == exponent }) {
        powers[k].weights = powers[k].weights.map { $0 + w }
      } else {
        powers.append((exponent, [Double](repeating: w, count: n)))
      }
    }
    switch map {
    case is NegativeEntropy: entropic = added(entropic, weight)
    case is SquaredNorm: addPower(2, weight / 2)
    case is BurgEntropy: barrier = added(barrier, weight)
    case let tsallis as TsallisEntropy:
      addPower(tsallis.order, weight / abs(tsallis.order * (tsallis.order - 1)))
    default: mirror = (map, weight)
    }
  }

  /// The minimiser; nil when the bounds exclude every point.
  func solve() -> (point: [Double], isUnique: Bool)? {
    let n = cost.count
    if n == 0 { return mass == 0 ? ([], true) : nil }
    let room = Kernel.sum(upper)
    let floor = Kernel.sum(lower)
    guard room >= mass * (1 - 0x1p-46), floor <= mass * (1 + 0x1p-46) else { return nil }
    if room <= mass { return (upper, true) }
    if floor >= mass { return (lower, true) }
    if !isCurved { return linear() }
    if hasOnlyEntropy, let q = gibbs() { return (q, true) }
    return (root(), true)
  }

  /// -dq_i / dc_i at the minimiser: 1 / f_i''(q_i), 0 where an outcome sits at a bound.
  func slopes(at q: [Double]) -> [Double] {
    var out = [Double](repeating: 0, count: q.count)
    for i in q.indices where q[i] > lower[i] && q[i] < upper[i] {
      var bend = entropic.isEmpty ? 0 : entropic[i] / q[i]
      if !barrier.isEmpty { bend += barrier[i] / q[i] / q[i] }
      for (exponent, weights) in powers where weights[i] > 0 {
        let power = exponent == 2 ? 1 : Kernel.exp((exponent - 2) * Kernel.log(q[i]))
        bend += weights[i] * abs(exponent * (exponent - 1)) * power
      }
      if let (map, weight) = mirror { bend += weight * map.derivatives(q[i], cap: upper[i]).second }
      if bend > 0 { out[i] = 1 / bend }
    }
    return out
  }

  // MARK: - Closed forms

  private func linear() -> (point: [Double], isUnique: Bool) {
    let minimum = SimplexMinimum(
      entropic: [], quadratic: [], costs: cost, lower: lower, upper: upper, mass: mass)
    let q = minimum.point
    let marginal = -minimum.multiplier
    // Mass can be moved between two outcomes of the marginal cost when one can give and another can take.
    var giver = -1
    var taker = -1
    var pair = false
    for i in cost.indices where cost[i] == marginal && upper[i] > lower[i] {
      let gives = q[i] > lower[i]
      let takes = q[i] < upper[i]
      if gives && taker >= 0 || takes && giver >= 0 { pair = true }
      if gives { giver = i }
      if takes { taker = i }
    }
    return (q, !pair)
  }

  /// Softmax, when tau is constant and no bound but forced zeros is there.
  private func gibbs() -> [Double]? {
    var tau = 0.0
    for i in cost.indices {
      if lower[i] != 0 || (upper[i] != 0 && upper[i] < mass) { return nil }
      guard upper[i] > 0 else { continue }
      if tau == 0 { tau = entropic[i] }
      if entropic[i] != tau { return nil }
    }
    guard tau > 0 else { return nil }
    let q = Kernel.softmax(cost.indices.map { upper[$0] > 0 ? -cost[$0] / tau : -.infinity }).probabilities
    return mass == 1 ? q : q.map { $0 * mass }
  }

  // MARK: - One root

  private func root() -> [Double] {
    let n = cost.count
    let tau = entropic.isEmpty ? [Double](repeating: 0, count: n) : entropic
    let beta = barrier.isEmpty ? [Double](repeating: 0, count: n) : barrier
    let exponents = powers.map(\.exponent)
    let weights = powers.flatMap(\.weights)
    var q = [Double](repeating: 0, count: n)
    var nu = 0.0
    // One set of pointers for the whole search: a million outcomes are visited a dozen times.
    cost.withUnsafeBufferPointer { cost in
      tau.withUnsafeBufferPointer { tau in
        beta.withUnsafeBufferPointer { beta in
          exponents.withUnsafeBufferPointer { exponents in
            weights.withUnsafeBufferPointer { weights in
              lower.withUnsafeBufferPointer { lower in
                upper.withUnsafeBufferPointer { upper in
                  let terms = SeparableTerms(
                    cost: cost, tau: tau, beta: beta, exponents: exponents, weights: weights, lower: lower,
                    upper: upper, mirror: mirror)
                  nu = q.withUnsafeMutableBufferPointer { terms.root(mass: mass, into: $0) }
                }
              }
            }
          }
        }
      }
    }
    return filled(q, at: nu)
  }

  /// Gives the rest of the mass to outcomes without curvature whose cost is the multiplier, else to the
  /// largest.
  private func filled(_ q: [Double], at nu: Double) -> [Double] {
    var q = q
    var rest = mass - Kernel.compensatedSum(q)
    if abs(rest) > 0x1p-40 * mass {
      var order: [Int] = []
      for i in cost.indices where isLinear(i) && upper[i] > lower[i] { order.append(i) }
      order.sort {
        abs(cost[$0] + nu) < abs(cost[$1] + nu) || (abs(cost[$0] + nu) == abs(cost[$1] + nu) && $0 < $1)
      }
      for i in order where rest != 0 {
        let step = rest > 0 ? min(rest, upper[i] - q[i]) : max(rest, lower[i] - q[i])
        q[i] += step
        rest -= step
      }
    }
    rest = mass - Kernel.compensatedSum(q)
    if rest != 0 {
      var largest = -1
      for i in q.indices where q[i] + rest <= upper[i] && q[i] + rest >= lower[i] {
        if largest < 0 || q[i] > q[largest] { largest = i }
      }
      if largest >= 0 { q[largest] += rest }
    }
    return q
  }

  private func isLinear(_ i: Int) -> Bool {
    (entropic.isEmpty || entropic[i] == 0) && (barrier.isEmpty || barrier[i] == 0)
      && !powers.contains { $0.weights[i] > 0 } && mirror == nil
  }
}
