import EntropicModel
import EntropicNumerics

/// min sum_i f_i(x_i) + c_i x_i over an order forest, every f_i separable: pools of equal masses.
///
///     f_B(x) = tau_B x log x - beta_B log x + sum_a w_aB sign_a x^a,    sums over the members of a block B
///     x_B    = argmin f_B(x) + c_B x  on [0, cap]
///
/// From the leaves to the roots: a mass starts as a block of its own; while the largest of the blocks below is above it,
/// the two become one. The minimiser of a block follows from the sums of its members' coefficients, so that a merge is
/// one scalar root, in closed form where one part stands alone.
///
/// - Guarantee: exact up to rounding, blocks are equal to the last bit.
/// - Complexity: O(n log n): at most n merges, blocks below in mergeable heaps.
/// - Sources: M. Ayer et al., Ann. Math. Statist. 26 (1955), doi:10.1214/aoms/1177728423; P. Pardalos, G. Xue,
///   Algorithmica 23 (1999), doi:10.1007/PL00009258 (trees).
struct PooledBlocks: Sendable {
  let forest: OrderForest
  let entropic: [Double]
  let barrier: [Double]
  let powers: [Functional.PowerTerm]
  /// The largest value of every mass.
  let cap: [Double]

  /// What a pass found.
  struct Pools: Sendable {
    var value: [Double]
    /// True where a mass is pooled with the one above it.
    var isMerged: [Bool]
    /// f_B'' of the block of a mass that is the highest of its block; 0 where the block sits at an end of its range.
    var curvature: [Double]
  }

  init(_ program: Program, _ forest: OrderForest) {
    self.forest = forest
    let f = program.objective
    let n = program.count
    let zeros = [Double](repeating: 0, count: n)
    entropic = f.entropic.isEmpty ? zeros : f.entropic
    barrier = f.barrier.isEmpty ? zeros : f.barrier
    powers = f.powers.filter { $0.weights.contains { $0 > 0 } }
    var cap = zeros
    for slice in program.layout.simplices { for i in slice.range { cap[i] = slice.mass } }
    self.cap = cap
  }

  /// The minimiser for the costs c.
  func pooled(_ cost: [Double]) -> Pools {
    let n = cost.count
    var work = Work(
      tau: entropic, beta: barrier, cost: cost, weights: powers.map(\.weights),
      exponents: powers.map(\.exponent),
      cap: cap, sign: forest.isReversed ? -1 : 1)
    for i in forest.order {
      work.settle(i)
      while work.heap[i] >= 0, work.sign * work.value[work.heap[i]] > work.sign * work.value[i] {
        let below = work.heap[i]
        work.heap[i] = work.meld(work.left[below], work.right[below])
        work.merge(below, into: i)
      }
      let above = forest.parent[i]
      if above >= 0 {
        work.left[i] = -1
        work.right[i] = -1
        work.rank[i] = 1
        // The block of i waits below its parent.
        work.pending[i] = work.heap[i]
        work.heap[above] = work.meld(work.heap[above], i)
      }
    }
    var curvature = [Double](repeating: 0, count: n)
    for i in forest.order.reversed() {
      if work.isMerged[i] {
        work.value[i] = work.value[forest.parent[i]]
      } else {
        curvature[i] = work.curvature(i)
      }
    }
    return Pools(value: work.value, isMerged: work.isMerged, curvature: curvature)
  }

  /// f_i'(x_i) + c_i
  func slope(_ i: Int, _ x: Double, _ cost: Double) -> Double {
    var s = cost
    if entropic[i] != 0 { s += entropic[i] * (1 + Kernel.log(max(x, 0x1p-1022))) }
    if barrier[i] != 0 { s -= barrier[i] / max(x, 0x1p-1022) }
    for term in powers where term.weights[i] != 0 {
      s += PooledBlocks.powerSlope(term.exponent, term.weights[i], x)
    }
    return s
  }

  /// The slope of w sign_a x^a, with the sign that makes it convex.
  fileprivate static func powerSlope(_ a: Double, _ w: Double, _ x: Double) -> Double {
    if a == 2 { return 2 * w * x }
    if x <= 0, a > 1 { return 0 }
    let slope = w * abs(a * (a - 1)) / (a - 1) * Kernel.exp((a - 1) * Kernel.log(max(x, 0x1p-1022)))
    return max(-Double.greatestFiniteMagnitude, min(Double.greatestFiniteMagnitude, slope))
  }

  /// Multipliers of the edges: what a merged mass passes on to the one above it.
  ///
  ///     mu_i = sum of mu below - f_i'(x) - c_i  (with the opposite sign in the mirror image),  at least 0
  func multipliers(_ pools: Pools, _ cost: [Double]) -> [Double] {
    let sign = forest.isReversed ? -1.0 : 1
    var below = [Double](repeating: 0, count: cost.count)
    var out = below
    for i in forest.order where pools.isMerged[i] {
      let rest = below[i] - sign * slope(i, pools.value[i], cost[i])
      out[i] = max(rest, 0)
      below[forest.parent[i]] += out[i]
    }
    return out
  }

  /// Blocks under way, each under the index of its highest mass.
  private struct Work {
    var tau: [Double]
    var beta: [Double]
    var cost: [Double]
    var weights: [[Double]]
    let exponents: [Double]
    let cap: [Double]
    let sign: Double
    var value: [Double]
    var isMerged: [Bool]
    // Leftist heaps of the blocks below a block, the first to merge on top.
    var heap: [Int]
    var pending: [Int]
    var left: [Int]
    var right: [Int]
    var rank: [Int]

    init(
      tau: [Double], beta: [Double], cost: [Double], weights: [[Double]], exponents: [Double], cap: [Double],
      sign: Double
    ) {
      self.tau = tau
      self.beta = beta
      self.cost = cost
      self.weights = weights
      self.exponents = exponents
      self.cap = cap
      self.sign = sign
      let none = [Int](repeating: -1, count: cost.count)
      value = [Double](repeating: 0, count: cost.count)
      isMerged = [Bool](repeating: false, count: cost.count)
      heap = none
      pending = none
      left = none
      right = none
      rank = [Int](repeating: 0, count: cost.count)
    }

    mutating func merge(_ b: Int, into a: Int) {
      tau[a] += tau[b]
      beta[a] += beta[b]
      cost[a] += cost[b]
      for k in weights.indices { weights[k][a] += weights[k][b] }
      isMerged[b] = true
      heap[a] = meld(heap[a], pending[b])
      settle(a)
    }

    mutating func meld(_ first: Int, _ second: Int) -> Int {
      if first < 0 { return second }
      if second < 0 { return first }
      var (a, b) = (first, second)
      if sign * value[b] > sign * value[a] { swap(&a, &b) }
      right[a] = meld(right[a], b)
      let (l, r) = (left[a] >= 0 ? rank[left[a]] : 0, rank[right[a]])
      if l < r { swap(&left[a], &right[a]) }
      rank[a] = min(l, r) + 1
      return a
    }

    /// The minimiser of a block.
    mutating func settle(_ i: Int) { value[i] = minimiser(i) }

    private func minimiser(_ i: Int) -> Double {
      let c = cost[i]
      let curved = weights.contains { $0[i] > 0 }
      if !curved {
        if beta[i] == 0 {
          if tau[i] == 0 { return c < 0 ? cap[i] : 0 }
          return min(Kernel.exp(-c / tau[i] - 1), cap[i])
        }
        if tau[i] == 0 { return c * cap[i] > beta[i] ? beta[i] / c : cap[i] }
      } else if tau[i] == 0, beta[i] == 0, exponents.count == 1, exponents[0] == 2 {
        return min(max(-c / (2 * weights[0][i]), 0), cap[i])
      }
      return root(i)
    }

    private func slope(_ i: Int, _ x: Double) -> Double {
      var s = cost[i]
      if tau[i] != 0 { s += tau[i] * (1 + Kernel.log(x)) }
      if beta[i] != 0 { s -= beta[i] / x }
      for k in weights.indices where weights[k][i] != 0 {
        s += PooledBlocks.powerSlope(exponents[k], weights[k][i], x)
      }
      return s
    }

    private func bend(_ i: Int, _ x: Double) -> Double {
      var s = 0.0
      if tau[i] != 0 { s += tau[i] / x }
      if beta[i] != 0 { s += beta[i] / x / x }
      for k in weights.indices where weights[k][i] != 0 {
        let a = exponents[k]
        s += weights[k][i] * abs(a * (a - 1)) * (a == 2 ? 1 : Kernel.exp((a - 2) * Kernel.log(x)))
      }
      return s
    }

    /// Newton's method on the logarithm of x inside a bracket.
    private func root(_ i: Int) -> Double {
      var high = cap[i]
      if slope(i, high) <= 0 { return high }
      var low = 0x1p-1000 * cap[i]
      if slope(i, low) >= 0 { return 0 }
      var x = min(max(value[i], 1e-3 * cap[i]), cap[i] / 2)
      for _ in 0..<200 {
        let s = slope(i, x)
        if s > 0 { high = x } else { low = x }
        if s == 0 || high - low <= 0x1p-52 * high { break }
        let ratio = s / (bend(i, x) * x)
        let next = x * Kernel.exp(-max(min(ratio, 30), -30))
        let inside = next > low && next < high
        // Far apart ends meet in the middle of their logarithms.
        let middle = low < 0.25 * high ? (low.squareRoot() * high.squareRoot()) : low / 2 + high / 2
        let moved = inside ? next : middle
        if moved == x { break }
        x = moved
      }
      return x
    }

    func curvature(_ i: Int) -> Double {
      value[i] > 0 && value[i] < cap[i] ? bend(i, value[i]) : 0
    }
  }
}
