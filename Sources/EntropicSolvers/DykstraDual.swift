import EntropicModel
import EntropicNumerics

/// The dual variables of Dykstra's algorithm with the law that belongs to them:
/// log p = -(c + A' lambda + C' mu) / tau - log z, normalised on every simplex.
struct DykstraDual: Sendable {
  enum Progress: Sendable {
    case moved, broken
    /// Evidence that a set contains no law.
    case empty(Evidence)
  }

  let program: Program
  let rows: [ConstraintRow]
  /// tau
  let omega: [Double]
  private let home: [Int]
  /// lambda and mu
  private(set) var multipliers: [Double]
  /// Multipliers of the convex constraints.
  private(set) var levels: [Double]
  /// log z of the bounds, then of the convex constraints.
  private var corrections: [[Double]]
  /// Unnormalised.
  private var logarithms: [Double] = []

  init(_ program: Program, warm: Evidence?) {
    self.program = program
    rows = program.equalities + program.inequalities
    let tau = DualNewton.temperatures(program) ?? program.layout.simplices.map { _ in 1 }
    omega = tau
    var home = [Int](repeating: 0, count: program.count)
    for (s, slice) in program.layout.simplices.enumerated() { for i in slice.range { home[i] = s } }
    self.home = home
    multipliers = [Double](repeating: 0, count: rows.count)
    levels = [Double](repeating: 0, count: program.convex.count)
    corrections = [[Double]](
      repeating: [Double](repeating: 0, count: program.count), count: program.convex.count + 1)
    if let warm, warm.equality.count == program.equalities.count,
      warm.inequality.count == program.inequalities.count
    {
      let list = warm.equality + warm.inequality
      if list.allSatisfy(\.isFinite) {
        for j in list.indices { multipliers[j] = j < program.equalities.count ? list[j] : max(list[j], 0) }
      }
    }
    refresh()
  }

  /// The law of the dual variables.
  var law: [Double] { KLProjection.normalised(logarithms, program.layout).law }

  var evidence: Evidence {
    var evidence = Evidence.none(for: program)
    let k = program.equalities.count
    for j in multipliers.indices {
      if j < k { evidence.equality[j] = multipliers[j] } else { evidence.inequality[j - k] = multipliers[j] }
    }
    evidence.convex = levels
    return evidence
  }

  /// The logarithms afresh from the dual variables: rounding does not add up.
  mutating func refresh() {
    var cost = program.objective.linear
    for (row, y) in zip(rows, multipliers) where y != 0 {
      for (i, a) in zip(row.columns, row.values) { cost[i] += y * a }
    }
    logarithms = cost.indices.map { i in
      program.layout.upper[i] > 0 ? -cost[i] / omega[home[i]] : -.infinity
    }
    for z in corrections {
      for i in z.indices where z[i] != 0 { logarithms[i] -= z[i] }
    }
    logarithms = KLProjection.normalised(logarithms, program.layout).logarithms
  }

  mutating func project(on set: DykstraSet) -> Progress {
    switch set {
    case .marginals(let simplex, let list): return scale(simplex, list)
    case .row(let j): return tilt(j)
    case .bounds: return correct(.caps, 0, level: nil)
    case .level(let k): return correct(.level(program.convex[k]), k + 1, level: k)
    }
  }

  /// The multipliers, divided by the largest, where they prove that the rows contradict one another.
  func contradiction() -> Evidence? {
    let largest = multipliers.reduce(0) { max($0, abs($1)) }
    let scale = program.objective.scale(in: program.layout)
    guard largest > 8 * scale, largest < .infinity else { return nil }
    var ray = evidence
    ray.equality = ray.equality.map { $0 / largest }
    ray.inequality = ray.inequality.map { $0 / largest }
    ray.convex = ray.convex.map { $0 / largest }
    return program.infeasibilityProof(ray, at: law) == nil ? nil : ray
  }

  // MARK: - Projections

  /// Every marginal to its mass, the rest of the simplex to what is left.
  private mutating func scale(_ simplex: Int, _ list: [Int]) -> Progress {
    let slice = program.layout.simplices[simplex]
    let part = Array(logarithms[slice.range])
    let soft = Kernel.softmax(part)
    guard soft.logSumExp.isFinite else { return .broken }
    var isTaken = [Bool](repeating: false, count: slice.count)
    var goal = 0.0
    var groups: [(row: Int, target: Double, present: Double)] = []
    for j in list {
      let row = rows[j]
      let target = row.bound / row.values[0]
      guard target >= 0 else { return .empty(single(j, sign: row.values[0] > 0 ? 1 : -1)) }
      for i in row.columns { isTaken[i - slice.first] = true }
      let present = Kernel.logSumExp(row.columns.map { logarithms[$0] })
      groups.append((j, target, present))
      goal += target
    }
    let rest = (0..<slice.count).filter { !isTaken[$0] && part[$0] > -.infinity }
    var shift = 0.0
    if !rest.isEmpty {
      let missing = slice.mass - goal
      guard missing > -1e-12 * slice.mass else {
        var ray = Evidence.none(for: program)
        for j in list { ray.equality[j] = -1 / rows[j].values[0] }
        return .empty(ray)
      }
      shift =
        Kernel.log(max(missing, 1e-300 * slice.mass)) - Kernel.logSumExp(rest.map { part[$0] })
    }
    for (j, target, present) in groups {
      guard present > -.infinity else {
        if target == 0 { continue }
        return .empty(single(j, sign: rows[j].values[0] > 0 ? -1 : 1))
      }
      let factor = Kernel.log(max(target, 1e-300 * slice.mass)) - present
      for i in rows[j].columns { logarithms[i] += factor - shift }
      multipliers[j] -= omega[simplex] * (factor - shift) / rows[j].values[0]
    }
    return .moved
  }

  private func single(_ j: Int, sign: Double) -> Evidence {
    var ray = Evidence.none(for: program)
    if j < program.equalities.count {
      ray.equality[j] = sign
    } else {
      ray.inequality[j - program.equalities.count] = 1
    }
    return ray
  }

  /// The dual maximised along one row: a . p(y) = b, y >= 0 for inequalities.
  private mutating func tilt(_ j: Int) -> Progress {
    let row = rows[j]
    let isEquality = j < program.equalities.count
    let start = multipliers[j]
    var touched: [Int] = []
    for i in row.columns where touched.last != home[i] { touched.append(home[i]) }
    let slices = touched.map { program.layout.simplices[$0] }
    guard !touched.isEmpty else { return .moved }
    // Entries of the row beside the law of every simplex that it touches.
    var dense = slices.map { [Double](repeating: 0, count: $0.count) }
    var k = 0
    for (e, i) in row.columns.enumerated() {
      while !slices[k].range.contains(i) { k += 1 }
      dense[k][i - slices[k].first] = row.values[e]
    }
    // excess = a . p - b, and how fast it falls with the multiplier.
    func look(_ y: Double) -> (excess: Double, rate: Double, size: Double) {
      var terms = [-row.bound]
      var rate = 0.0
      var size = abs(row.bound)
      for (t, slice) in slices.enumerated() {
        let tau = omega[touched[t]]
        let z = slice.range.map { logarithms[$0] - (y - start) * dense[t][$0 - slice.first] / tau }
        let p = Kernel.softmax(z).probabilities
        let mean = Kernel.compensatedDot(dense[t], p)
        terms.append(slice.mass * mean)
        size += slice.mass * Kernel.absoluteDot(dense[t], p)
        rate += slice.mass / tau * zip(dense[t], p).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
      }
      return (Kernel.compensatedSum(terms), rate, size)
    }
    var y = start
    var now = look(y)
    if !isEquality, start > 0, now.excess < 0, look(0).excess <= 0 {
      return move(j, to: 0)
    }
    if !isEquality, start == 0, now.excess <= 0 { return .moved }
    var low = isEquality ? -Double.infinity : 0
    var high = Double.infinity
    var width = 0.0
    for _ in 0..<100 {
      guard now.excess.isFinite else { return .broken }
      if abs(now.excess) <= 0x1p-51 * now.size { break }
      if now.excess > 0 { low = y } else { high = y }
      var next = now.rate > 0 ? y + now.excess / now.rate : .nan
      if low > -.infinity, high < .infinity {
        if !(next > low && next < high) { next = low / 2 + high / 2 }
        if !(next > low && next < high) { break }
      } else {
        // Exponential tails: no more than twice the way so far.
        let unit =
          (omega[touched[0]] + abs(y - start)) / max(row.values.reduce(0) { max($0, abs($1)) }, 1e-300)
        width = max(2 * width, 4 * unit)
        if !next.isFinite || abs(next - y) > width { next = y + (now.excess > 0 ? width : -width) }
        guard abs(next) < 1e18 * unit, next.isFinite else { break }
      }
      y = next
      now = look(y)
    }
    if abs(now.excess) > 1e-6 * now.size, isEquality || now.excess > 0 {
      let ray = single(j, sign: now.excess > 0 ? 1 : -1)
      if program.infeasibilityProof(ray, at: law) != nil { return .empty(ray) }
    }
    return move(j, to: y)
  }

  private mutating func move(_ j: Int, to y: Double) -> Progress {
    let change = y - multipliers[j]
    for (i, a) in zip(rows[j].columns, rows[j].values) { logarithms[i] -= change * a / omega[home[i]] }
    multipliers[j] = y
    return .moved
  }

  /// q = P(p z), z <- p z / q.
  private mutating func correct(_ set: KLProjection, _ k: Int, level: Int?) -> Progress {
    let layout = program.layout
    var lifted = logarithms
    for i in lifted.indices { lifted[i] += corrections[k][i] }
    let result: KLProjection.Result
    do throws(KLProjection.Failure) {
      result = try set.project(lifted, in: layout, weights: omega)
    } catch {
      guard case .empty = error else { return .broken }
      var ray = Evidence.none(for: program)
      if let level {
        ray.convex[level] = 1
        ray.tangent = law
      }
      return .empty(ray)
    }
    let base = KLProjection.normalised(lifted, layout).logarithms
    for i in base.indices where base[i] > -.infinity {
      corrections[k][i] = base[i] - result.logarithms[i]
    }
    logarithms = result.logarithms
    if let level { levels[level] = result.multipliers[0] }
    return .moved
  }
}
