import EntropicModel
import EntropicNumerics

/// The dual of a shaped problem by the multipliers of the rows beside the shape.
///
/// Rows are those of `MomentRows`: centred and scaled, so that B p = 0 is wanted. The multipliers of the sums are
/// eliminated: every value holds the roots nu, one a simplex, at which the pooled masses add up.
struct IsotonicDual: Sendable {
  let program: Program
  let pooling: PooledBlocks
  let moments: MomentRows
  /// One dense row of B each, for the curvature.
  private let columns: [[Double]]

  /// The inner solution for given multipliers.
  struct Value: Sendable {
    var pools: PooledBlocks.Pools
    var cost: [Double]
    var nu: [Double]
    var dual: Double
    /// B p
    var residual: [Double]
    var passes: Int
  }

  init(_ program: Program, _ forest: OrderForest) {
    self.program = program
    pooling = PooledBlocks(program, forest)
    let moments = MomentRows(
      Program(
        layout: program.layout, objective: Functional(count: program.count), equalities: program.equalities,
        inequalities: forest.others.map { program.inequalities[$0] }))
    self.moments = moments
    columns = (0..<moments.rows).map { j in
      var unit = [Double](repeating: 0, count: moments.rows)
      unit[j] = 1
      return moments.tilt(unit)
    }
  }

  var rows: Int { moments.rows }
  private func isInequality(_ j: Int) -> Bool { j >= moments.equalities }

  // MARK: - Values

  /// The pooled masses with their sums right.
  func value(_ lambda: [Double], nu guess: [Double]?, stop: () -> Bool) -> Value? {
    var base = program.objective.linear
    if rows > 0 { for (i, t) in moments.tilt(lambda).enumerated() { base[i] += t } }
    let slices = program.layout.simplices
    var nu = guess ?? slices.map { slice in -slice.range.reduce(Double.infinity) { min($0, base[$1]) } }
    var search = slices.map { RootSearch(mass: $0.mass) }
    var passes = 0
    var pools: PooledBlocks.Pools?
    var cost = base
    for _ in 0..<300 {
      if stop() { return nil }
      for (s, slice) in slices.enumerated() { for i in slice.range { cost[i] = base[i] + nu[s] } }
      let now = pooling.pooled(cost)
      passes += 1
      pools = now
      var isDone = true
      for (s, slice) in slices.enumerated() {
        let total = now.value.withUnsafeBufferPointer {
          Kernel.sum(UnsafeBufferPointer(rebasing: $0[slice.range]))
        }
        guard total.isFinite else { return nil }
        if let next = search[s].next(nu[s], total: total, slope: spread(now, slice)) {
          nu[s] = next
          isDone = false
        }
      }
      if isDone { break }
    }
    guard let pools else { return nil }
    let residual = moments.rows > 0 ? moments.product(pools.value) : []
    let dual = program.objective.value(pools.value) + Kernel.dot(residual, lambda)
    guard dual.isFinite else { return nil }
    return Value(pools: pools, cost: cost, nu: nu, dual: dual, residual: residual, passes: passes)
  }

  /// -d(sum p) / d nu = sum_B |B|^2 / f_B''
  private func spread(_ pools: PooledBlocks.Pools, _ slice: SimplexSlice) -> Double {
    var total = 0.0
    let size = sums(pools) { _ in 1 }
    for i in slice.range where pools.curvature[i] > 0 { total += size[i] * size[i] / pools.curvature[i] }
    return total
  }

  /// Sums over blocks, each under the index of its highest mass.
  private func sums(_ pools: PooledBlocks.Pools, _ entry: (Int) -> Double) -> [Double] {
    var out = pools.value.indices.map(entry)
    for i in pooling.forest.order where pools.isMerged[i] { out[pooling.forest.parent[i]] += out[i] }
    return out
  }

  // MARK: - Newton's method

  /// Largest of |B p| over equations and of |min(lambda, -B p)| over inequalities.
  func error(_ here: Value, _ lambda: [Double]) -> Double {
    here.residual.enumerated().reduce(0) { worst, item in
      let (j, r) = item
      return max(worst, isInequality(j) ? abs(min(lambda[j], -r)) : abs(r))
    }
  }

  func isSolved(_ here: Value, _ lambda: [Double]) -> Bool {
    zip(here.residual, moments.absoluteMeans(here.pools.value)).enumerated().allSatisfy { j, item in
      let (r, size) = item
      return abs(isInequality(j) ? min(lambda[j], -r) : r) <= 0x1p-51 * max(size, 0x1p-60)
    }
  }

  /// H d = B p on the free multipliers, H = sum_B a_B a_B' / f_B'' with the sums eliminated.
  func direction(_ here: Value, _ lambda: [Double]) -> [Double]? {
    let free = (0..<rows).filter {
      moments.scale[$0] > 0 && (!isInequality($0) || lambda[$0] > 0 || here.residual[$0] > 0)
    }
    guard !free.isEmpty else { return [Double](repeating: 0, count: rows) }
    let k = free.count
    let parts = free.map { j in sums(here.pools) { columns[j][$0] } }
    let size = sums(here.pools) { _ in 1 }
    var h = Matrix(rows: k, columns: k, repeating: 0)
    for slice in program.layout.simplices {
      var cross = [Double](repeating: 0, count: k)
      var whole = 0.0
      for i in slice.range where here.pools.curvature[i] > 0 {
        let w = 1 / here.pools.curvature[i]
        whole += w * size[i] * size[i]
        for a in 0..<k { cross[a] += w * size[i] * parts[a][i] }
      }
      guard whole > 0 else { continue }
      // Centred first: sums of squares would lose what is left.
      for i in slice.range where here.pools.curvature[i] > 0 {
        let w = 1 / here.pools.curvature[i]
        for a in 0..<k {
          let left = w * (parts[a][i] - size[i] * cross[a] / whole)
          for b in 0...a { h.elements[a * k + b] += left * (parts[b][i] - size[i] * cross[b] / whole) }
        }
      }
    }
    var trace = 0.0
    for a in 0..<k {
      trace += h[a, a]
      for b in 0..<a { h.elements[b * k + a] = h.elements[a * k + b] }
    }
    let right = free.map { here.residual[$0] }
    guard trace > 0, let d = SymmetricEigen(h)?.minimumNormSolve(right, tolerance: 1e-14),
      d.allSatisfy(\.isFinite)
    else { return nil }
    var out = [Double](repeating: 0, count: rows)
    for (a, j) in free.enumerated() { out[j] = d[a] }
    return out
  }

  func moved(_ lambda: [Double], _ direction: [Double], _ length: Double) -> [Double] {
    lambda.indices.map { j in
      let next = lambda[j] + length * direction[j]
      return isInequality(j) ? max(next, 0) : next
    }
  }

  // MARK: - Evidence

  func multipliers(of evidence: Evidence?) -> [Double] {
    guard let evidence, evidence.equality.count == program.equalities.count,
      evidence.inequality.count == program.inequalities.count
    else { return [Double](repeating: 0, count: rows) }
    let list = evidence.equality + pooling.forest.others.map { evidence.inequality[$0] }
    return zip(list, moments.scale).map { $0 * $1 }
  }

  func evidence(_ here: Value, _ lambda: [Double]) -> Evidence {
    var evidence = Evidence.none(for: program)
    let k = program.equalities.count
    for j in 0..<rows where moments.scale[j] > 0 {
      let value = lambda[j] / moments.scale[j]
      if j < k {
        evidence.equality[j] = value
      } else {
        evidence.inequality[pooling.forest.others[j - k]] = value
      }
    }
    let mu = pooling.multipliers(here.pools, here.cost)
    for i in mu.indices where pooling.forest.row[i] >= 0 {
      evidence.inequality[pooling.forest.row[i]] = mu[i] / pooling.forest.factor[i]
    }
    return evidence
  }
}

/// The root of a falling sum: Newton's method on its reciprocal inside a bracket that widens by itself.
private struct RootSearch {
  let mass: Double
  private var low = -Double.infinity
  private var high = Double.infinity
  private var reach = 0.0

  init(mass: Double) { self.mass = mass }

  /// The next nu, nil when this one is as good as it gets.
  mutating func next(_ nu: Double, total: Double, slope: Double) -> Double? {
    if abs(total - mass) <= 0x1p-51 * mass { return nil }
    if total > mass { low = max(low, nu) } else { high = min(high, nu) }
    if low.isFinite, high.isFinite, high - low <= 0x1p-52 * max(abs(low), abs(high)) { return nil }
    // 1 / sum is nearly linear under barriers, the logarithm under entropies; near the root all are the same.
    var step = slope > 0 ? total * (total / mass - 1) / slope : .nan
    if total < 0.5 * mass || total > 2 * mass, slope > 0, total > 0 {
      step = total * Kernel.log(total / mass) / slope
    }
    var next = nu + step
    if !(next > low && next < high) || !next.isFinite {
      if low.isFinite, high.isFinite {
        next = low / 2 + high / 2
      } else {
        reach = max(4 * reach, max(abs(nu), 1e-3))
        next = total > mass ? nu + reach : nu - reach
      }
    }
    return next == nu ? nil : next
  }
}
