import EntropicModel
import EntropicNumerics

/// Where a working row comes from, so that its multiplier finds the way back.
enum RowSource: Sendable, Equatable {
  case equality(Int, scale: Double)
  case inequality(Int, scale: Double)
  /// An equation made of a . p <= b (first) and its negative (second).
  case pair(first: Int, Double, second: Int, Double)

  func scaled(by factor: Double) -> RowSource {
    switch self {
    case .equality(let j, let s): .equality(j, scale: s * factor)
    case .inequality(let j, let s): .inequality(j, scale: s * factor)
    case .pair(let a, let x, let b, let y): .pair(first: a, x * factor, second: b, y * factor)
    }
  }
}

/// What presolve decided, in order.
enum ReductionEvent: Sendable {
  /// The row had one outcome left, with this coefficient, and fixed its mass.
  case fixed(RowSource, entry: Int, coefficient: Double)
  /// The row can hold only at an end of its range: `excluded` sit at a bound because of it. `sign` is that of
  /// the multiplier that keeps them there; `levels` is the coefficient of the outcomes that stay, by simplex.
  case forced(
    RowSource, sign: Double, excluded: [(entry: Int, value: Double)], levels: [(simplex: Int, level: Double)])
}

/// The state of a presolve: which masses are fixed, which rows are alive.
struct Reduction {
  struct Row {
    let name: String
    let columns: [Int]
    let values: [Double]
    let bound: Double
    var isEquality: Bool
    var source: RowSource
    var isAlive = true
  }

  let program: Program
  let steps: Presolve.Steps
  let home: [Int]
  var rows: [Row]
  var isFixed: [Bool]
  var value: [Double]
  var events: [ReductionEvent] = []
  /// Outcomes that left because of a row: a simplex no longer explains them.
  var leftByRow: [Bool]
  var freeCount: [Int]
  /// Mass that the free outcomes of a simplex share.
  var rest: [Double]
  var hasChangedRows = false
  private let hasBounds: [Bool]
  /// Outcomes where a mass of 0 makes the objective infinite: no row may force them to it.
  private let mustBePositive: [Bool]

  init(_ program: Program, steps: Presolve.Steps) {
    self.program = program
    self.steps = steps
    let layout = program.layout
    let n = program.count
    var home = [Int](repeating: 0, count: n)
    for (s, slice) in layout.simplices.enumerated() {
      for i in slice.range { home[i] = s }
    }
    self.home = home
    rows = program.equalities.enumerated().map {
      Row(
        name: $1.name, columns: $1.columns, values: $1.values, bound: $1.bound, isEquality: true,
        source: .equality($0, scale: 1))
    }
    rows += program.inequalities.enumerated().map {
      Row(
        name: $1.name, columns: $1.columns, values: $1.values, bound: $1.bound, isEquality: false,
        source: .inequality($0, scale: 1))
    }
    isFixed = [Bool](repeating: false, count: n)
    leftByRow = isFixed
    value = [Double](repeating: 0, count: n)
    freeCount = layout.simplices.map(\.count)
    rest = layout.simplices.map(\.mass)
    hasBounds = layout.simplices.map { slice in
      slice.range.contains { layout.lower[$0] > 0 || (layout.upper[$0] > 0 && layout.upper[$0] < .infinity) }
    }
    var positive = [Bool](repeating: false, count: n)
    let f = program.objective
    if !f.barrier.isEmpty { for i in 0..<n where f.barrier[i] > 0 { positive[i] = true } }
    for term in f.powers where term.exponent < 0 {
      for i in 0..<n where term.weights[i] > 0 { positive[i] = true }
    }
    mustBePositive = positive
  }

  static func isExtreme(_ size: Double) -> Bool { size > 0x1p10 || size < 0x1p-10 }

  var hasExtremeRows: Bool {
    rows.contains { row in row.isAlive && Reduction.isExtreme(row.values.reduce(0) { max($0, abs($1)) }) }
  }

  /// Runs all steps to a fixed point. Returns evidence when the rows contradict one another.
  mutating func reduce() -> Evidence? {
    if steps.contains(.fixedEntries) {
      for i in isFixed.indices where program.layout.lower[i] == program.layout.upper[i] {
        fix(i, program.layout.lower[i])
      }
    }
    for _ in 0..<30 {
      let before = (
        events.count, isFixed.reduce(0) { $0 + ($1 ? 1 : 0) }, rows.reduce(0) { $0 + ($1.isAlive ? 1 : 0) }
      )
      if let evidence = settleSimplices() { return evidence }
      for j in rows.indices where rows[j].isAlive {
        if let evidence = settle(j) { return evidence }
      }
      let after = (
        events.count, isFixed.reduce(0) { $0 + ($1 ? 1 : 0) }, rows.reduce(0) { $0 + ($1.isAlive ? 1 : 0) }
      )
      if before == after {
        guard steps.contains(.parallelRows) else { break }
        let count = after.2
        if let evidence = mergeParallelRows() { return evidence }
        if rows.reduce(0, { $0 + ($1.isAlive ? 1 : 0) }) == count { break }
      }
    }
    return nil
  }

  // MARK: - Fixing

  mutating func fix(_ i: Int, _ mass: Double, byRow: Bool = false) {
    guard !isFixed[i] else { return }
    isFixed[i] = true
    leftByRow[i] = byRow
    value[i] = mass
    let s = home[i]
    freeCount[s] -= 1
    if mass != 0 {
      let slice = program.layout.simplices[s]
      rest[s] = Kernel.compensatedSum([slice.mass] + slice.range.map { isFixed[$0] ? -value[$0] : 0 })
    }
  }

  func free(in slice: SimplexSlice) -> [Int] { slice.range.filter { !isFixed[$0] } }

  /// Simplices that are decided by their sum and their bounds.
  private mutating func settleSimplices() -> Evidence? {
    guard steps.contains(.fixedEntries) else { return nil }
    let layout = program.layout
    for (s, slice) in layout.simplices.enumerated() {
      // Nothing is fixed and nothing is bounded: nothing to see.
      if freeCount[s] == slice.count, slice.count > 1, !hasBounds[s] { continue }
      let list = free(in: slice)
      let noise = 0x1p-50 * slice.mass
      let band = dataUncertainty * slice.mass
      if list.isEmpty {
        if abs(rest[s]) > band, let evidence = contradiction(simplex: s, rest[s] < 0 ? 1 : -1) {
          return evidence
        }
        continue
      }
      let low = Kernel.sum(list.map { layout.lower[$0] })
      let high = Kernel.sum(list.map { min(layout.upper[$0], slice.mass) })
      if rest[s] < low - band, let evidence = contradiction(simplex: s, 1) { return evidence }
      if rest[s] > high + band, let evidence = contradiction(simplex: s, -1) { return evidence }
      if list.count == 1 {
        fix(list[0], max(rest[s], 0))
      } else if rest[s] <= low + noise {
        for i in list { fix(i, layout.lower[i]) }
      } else if rest[s] >= high - noise {
        for i in list { fix(i, layout.upper[i]) }
      }
    }
    return nil
  }

  // MARK: - Rows

  /// The free entries of a row, and its bound less what the fixed ones contribute.
  func freePart(of row: Row) -> (columns: [Int], values: [Double], bound: Double, noise: Double) {
    if !row.columns.contains(where: { isFixed[$0] }) {
      return (row.columns, row.values, row.bound, abs(row.bound))
    }
    var columns: [Int] = []
    var values: [Double] = []
    var terms = [row.bound]
    for (i, a) in zip(row.columns, row.values) {
      if isFixed[i] {
        if value[i] != 0 { terms.append(-a * value[i]) }
      } else {
        columns.append(i)
        values.append(a)
      }
    }
    return (columns, values, Kernel.compensatedSum(terms), Kernel.absoluteSum(terms))
  }

  private mutating func settle(_ j: Int) -> Evidence? {
    let row = rows[j]
    let part = freePart(of: row)
    let range = RowActivity(
      columns: part.columns, values: part.values, home: home, layout: program.layout, isFixed: isFixed,
      freeCount: freeCount, rest: rest, hasBounds: hasBounds)
    let highNoise = part.noise + range.highSize
    let lowNoise = part.noise + range.lowSize
    let aboveHigh = part.bound - range.high
    let belowLow = range.low - part.bound
    // A bound outside the range: evidence, unless the data leave it open.
    if row.isEquality, aboveHigh > 0x1p-47 * highNoise, let evidence = contradiction(j, -1) {
      return evidence
    }
    if belowLow > 0x1p-47 * lowNoise, let evidence = contradiction(j, 1) { return evidence }
    let isParallel = range.high - range.low <= 0x1p-50 * (highNoise + lowNoise)
    let isImplied = !row.isEquality && aboveHigh >= 0
    if part.columns.isEmpty || (steps.contains(.redundantRows) && (isParallel || isImplied)) {
      drop(j)
      return nil
    }
    if steps.contains(.activityBounds) {
      if row.isEquality, aboveHigh >= -0x1p-50 * highNoise, force(j, range, sign: -1) { return nil }
      if belowLow >= -0x1p-50 * lowNoise, force(j, range, sign: 1) { return nil }
    }
    if steps.contains(.singletonRows), row.isEquality, part.columns.count == 1 {
      let i = part.columns[0]
      let a = part.values[0]
      let mass = part.bound / a
      guard mass.isFinite, a != 0 else { return nil }
      let upper = min(program.layout.upper[i], rest[home[i]])
      fix(i, min(max(mass, program.layout.lower[i]), upper), byRow: true)
      events.append(.fixed(row.source, entry: i, coefficient: a))
      drop(j)
    }
    return nil
  }

  mutating func drop(_ j: Int) {
    rows[j].isAlive = false
    hasChangedRows = true
  }

  /// Everything that does not attain the end of the range goes to its bound.
  private mutating func force(_ j: Int, _ range: RowActivity, sign: Double) -> Bool {
    var excluded: [(entry: Int, value: Double, mass: Double)] = []
    for (i, a, mass) in range.excluded(atHigh: sign < 0) {
      if mass == 0, mustBePositive[i] { return false }
      excluded.append((i, a, mass))
    }
    events.append(
      .forced(
        rows[j].source, sign: sign, excluded: excluded.map { ($0.entry, $0.value) },
        levels: range.levels(atHigh: sign < 0)))
    for (i, _, mass) in excluded { fix(i, mass, byRow: true) }
    drop(j)
    return true
  }

  // MARK: - Contradictions

  /// Evidence that row j with a multiplier of this sign cannot hold; nil if it is no proof.
  func contradiction(_ j: Int, _ sign: Double) -> Evidence? { contradiction([(rows[j].source, sign)]) }

  /// Evidence that the masses of a simplex cannot add up: its sum has this multiplier.
  private func contradiction(simplex s: Int, _ multiplier: Double) -> Evidence? {
    contradiction([], simplex: (s, multiplier))
  }

  func contradiction(
    _ multipliers: [(RowSource, Double)], simplex: (index: Int, multiplier: Double)? = nil
  ) -> Evidence? {
    let selection = EntrySelection(isFixed: isFixed, values: value)
    let restoration = Restoration(
      original: program, selection: selection, equalities: [], inequalities: [], events: events)
    let evidence = restoration.proof(multipliers, simplex: simplex, leftByRow: leftByRow)
    let at = program.layout.centre()
    return program.infeasibilityProof(evidence, at: at) == nil ? nil : evidence
  }
}
