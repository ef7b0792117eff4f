import EntropicModel
import EntropicNumerics

/// The fully corrective search: the program is solved on a few outcomes, prices say which others to add.
///
///     master     min F(p),  p_i = 0 off S        Newton's method on S; the interior point where rows or entropies are
///     prices     r = grad F(p) + A' lambda + C' mu,   outcome i enters when r_i < least price inside its simplex
///
/// Local minima of the prices in the order of the outcomes enter together: on a grid they are the places of new
/// atoms. Outcomes whose mass is 0 leave. The prices with the multipliers of the master are the evidence, so that the
/// pricing pass is the certificate.
struct SupportSearch: Sendable {
  private let program: Program
  private let usesNewton: Bool
  private let vertices: LayoutOracle
  private var isHeld: [Bool]
  /// Outcomes that never leave: their slope is infinite at 0, or their least mass is positive.
  private let isPinned: [Bool]
  private var point: [Double]
  private var evidence: Evidence
  private(set) var best: Candidate
  private(set) var gap = Double.infinity
  private(set) var evaluations = 1
  private var idle = 0
  /// More outcomes are not held: the search gives up instead.
  var mostHeld = Int.max

  init(
    _ program: Program, near p: [Double], isWarm: Bool, _ polytope: MomentPolytope?, stop: StopCheck?
  ) {
    self.program = program
    usesNewton = SupportMaster.suits(program)
    vertices = LayoutOracle(program.layout)
    point = p
    evidence = .none(for: program)
    best = Candidate(point: p, evidence: evidence)
    isHeld = [Bool](repeating: false, count: program.count)
    isPinned = SupportSearch.pinned(program)
    let g = program.objective.gradient(p)
    for slice in program.layout.simplices {
      for i in SupportSearch.valleys(g, slice, program.layout).prefix(24) { isHeld[i] = true }
    }
    if isWarm, p.reduce(0, { $0 + ($1 > 0 ? 1 : 0) }) <= 1000 {
      for i in p.indices where p[i] > 0 { isHeld[i] = true }
    }
    if var oracle = polytope, g.allSatisfy(\.isFinite) {
      for costs in [g, g.map { -$0 }] {
        for i in oracle.minimum(costs, stop: stop)?.vertex.indices ?? [] { isHeld[i] = true }
      }
    }
    for i in isHeld.indices where isPinned[i] && program.layout.upper[i] > 0 { isHeld[i] = true }
    // Outcomes enter in the order of their gradient until the objective is finite on those that are held.
    while true {
      if let start = spread(), program.objective.value(start) < .infinity {
        if !isWarm || p.indices.contains(where: { p[$0] > 0 && !isHeld[$0] }) { point = start }
        break
      }
      guard widen(by: g) else { break }
    }
  }

  private static func pinned(_ program: Program) -> [Bool] {
    let f = program.objective
    var pinned = program.layout.lower.map { $0 > 0 }
    for i in f.entropic.indices where f.entropic[i] > 0 { pinned[i] = true }
    for i in f.barrier.indices where f.barrier[i] > 0 { pinned[i] = true }
    for term in f.powers where term.exponent < 1 {
      for i in term.weights.indices where term.weights[i] > 0 { pinned[i] = true }
    }
    for term in f.conditionals { for i in term.map.column { pinned[i] = true } }
    return pinned
  }

  /// Local minima of the prices of a simplex, the least first; of a plateau its first outcome.
  private static func valleys(_ r: [Double], _ slice: SimplexSlice, _ layout: Layout) -> [Int] {
    let free = slice.range.filter { layout.upper[$0] > 0 }
    var found: [Int] = []
    for (k, i) in free.enumerated() {
      let isBelowLeft = k == 0 || r[i] < r[free[k - 1]]
      let isBelowRight = k == free.count - 1 || r[i] <= r[free[k + 1]]
      if isBelowLeft, isBelowRight { found.append(i) }
    }
    return found.sorted { r[$0] < r[$1] || r[$0] == r[$1] && $0 < $1 }
  }

  /// The held outcomes in equal parts, moved inside their bounds; nil where they cannot carry the mass.
  private func spread() -> [Double]? {
    var layout = program.layout
    for slice in layout.simplices {
      var room = 0.0
      for i in slice.range {
        if !isHeld[i] { layout.upper[i] = 0 }
        room += min(layout.upper[i], slice.mass)
      }
      if room < slice.mass * (1 - 0x1p-50) { return nil }
    }
    return layout.centre()
  }

  mutating func step(_ context: StepContext) -> Step {
    if mostHeld < isHeld.count, isHeld.reduce(0, { $0 + ($1 ? 1 : 0) }) > mostHeld {
      return .stalled(.progress)
    }
    let solved = usesNewton ? newton(context) : nil
    if context.shouldStop() { return .progress }
    guard let (p, multipliers) = solved ?? interior(context) else {
      if context.shouldStop() { return .progress }
      // The held outcomes leave no point, or none that the master can find: more of them.
      return widen(by: program.objective.gradient(point)) ? .progress : .stalled(.progress)
    }
    let wasHeld = isHeld
    point = p
    evidence = multipliers
    let r = prices()
    guard !r.contains(where: \.isNaN) else { return .stalled(.notFinite) }
    let value: Double
    let now: Double
    if program.isUnconstrained, !isPinned.contains(true) {
      // Linear in the distance where F is smooth at 0: as good as the certificate, and free.
      value = program.objective.value(p)
      now = linearGap(r)
    } else {
      let certificate = Certificate(program, point: p, evidence: evidence)
      value = certificate.value
      now = certificate.isFeasible ? certificate.gap : .infinity
    }
    let before = gap
    if now < gap {
      gap = max(now, 0)
      best = Candidate(point: p, evidence: evidence)
    }
    let size = max(abs(value), 1e-3 * context.scale)
    idle = gap < 0.5 * before ? 0 : idle + 1
    let entered = price(r, limit: 0x1p-50 * size)
    if idle < 3 {
      for i in isHeld.indices where isHeld[i] && p[i] == 0 && wasHeld[i] && !isPinned[i] {
        if !entered.contains(i) { isHeld[i] = false }
      }
    }
    if gap <= 0x1p-50 * size { return end(size) }
    if entered.isEmpty {
      // Nothing to add: the master has more digits to give, or there are none.
      return idle >= 2 || gap <= 1e-14 * size ? end(size) : .progress
    }
    if idle >= 6 { return widen(by: r) ? .progress : end(size) }
    return .progress
  }

  private func end(_ size: Double) -> Step { gap <= 1e-9 * size ? .converged : .stalled(.precision) }

  /// The gradient with the multipliers of the rows.
  private mutating func prices() -> [Double] {
    var r = program.objective.gradient(point)
    evaluations += 1
    for (row, multiplier) in zip(program.equalities, evidence.equality) where multiplier != 0 {
      for (i, a) in zip(row.columns, row.values) { r[i] += multiplier * a }
    }
    for (row, multiplier) in zip(program.inequalities, evidence.inequality) where multiplier != 0 {
      for (i, a) in zip(row.columns, row.values) { r[i] += multiplier * a }
    }
    return r
  }

  /// sum over the simplices of <r, p - least vertex>, from differences of prices.
  private func linearGap(_ r: [Double]) -> Double {
    guard let least = vertices.vertex(r)?.vertex else { return .infinity }
    var moved = point
    for (i, mass) in zip(least.indices, least.masses) { moved[i] -= mass }
    var gap = 0.0
    for slice in program.layout.simplices {
      let base = slice.range.min { r[$0] < r[$1] }.map { r[$0] } ?? 0
      for i in slice.range where moved[i] != 0 { gap += moved[i] * (r[i] - base) }
    }
    return gap
  }

  /// Lets outcomes of negative price in; returns them.
  private mutating func price(_ r: [Double], limit: Double) -> Set<Int> {
    var entered: Set<Int> = []
    for slice in program.layout.simplices {
      // The price inside: that of the heaviest mass between its bounds.
      var heaviest: Int?
      for i in slice.range where point[i] > 0 && point[i] < program.layout.upper[i] {
        if point[i] > (heaviest.map { point[$0] } ?? 0) { heaviest = i }
      }
      let inside = heaviest.map { r[$0] } ?? .infinity
      let valleys = SupportSearch.valleys(r, slice, program.layout)
        .filter { !isHeld[$0] && (r[$0] - inside) * slice.mass < -limit }
      let held = slice.range.reduce(0) { $0 + (isHeld[$1] ? 1 : 0) }
      for i in valleys.prefix(max(10, held)) {
        isHeld[i] = true
        entered.insert(i)
      }
    }
    return entered
  }

  /// As many outcomes again, the cheapest first; false when all are held.
  private mutating func widen(by g: [Double]) -> Bool {
    idle = 0
    let others = isHeld.indices.filter { !isHeld[$0] && program.layout.upper[$0] > 0 }
    guard !others.isEmpty else { return false }
    let held = isHeld.count - others.count
    for i in others.sorted(by: { g[$0] < g[$1] || g[$0] == g[$1] && $0 < $1 }).prefix(max(held, 8)) {
      isHeld[i] = true
    }
    return true
  }

  // MARK: The master problem

  /// The optimum on the held outcomes by Newton's method, from the present point.
  private mutating func newton(_ context: StepContext) -> (point: [Double], evidence: Evidence)? {
    guard var master = SupportMaster(program, held: isHeld, at: point) else { return nil }
    let goal = gap < .infinity && idle == 0 ? 1e-4 * gap : 0
    guard master.solve(goal: goal, stop: context.shouldStop) else { return nil }
    evaluations += master.steps
    var p = [Double](repeating: 0, count: program.count)
    let found = master.point
    var k = 0
    for i in p.indices where isHeld[i] {
      p[i] = found[k]
      k += 1
    }
    return (program.normalised(p), .none(for: program))
  }

  /// The optimum on the held outcomes with its multipliers by the interior point, in terms of the program; nil when
  /// there is none.
  private mutating func interior(_ context: StepContext) -> (point: [Double], evidence: Evidence)? {
    var small = program
    for i in isHeld.indices where !isHeld[i] { small.layout.upper[i] = 0 }
    small.start = nil
    switch Presolve.run(small) {
    case .infeasible: return nil
    case .solved(let candidate): return (program.normalised(candidate.point), candidate.evidence)
    case .reduced(let reduced, let restoration):
      guard reduced.objective.value(InteriorStart.masses(reduced, warm: nil)) < .infinity else { return nil }
      let method = InteriorPoint()
      var state = method.start(reduced, warm: nil)
      var last = Step.progress
      while case .progress = last {
        if context.shouldStop() { return nil }
        last = method.step(&state, context)
      }
      evaluations += method.evaluations(state)
      switch last {
      case .infeasible: return nil
      case .stalled where state.certificate?.isFeasible != true: return nil
      default: break
      }
      var candidate = method.finish(state)
      candidate.point = repaired(candidate.point, for: reduced)
      let restored = restoration.restore(candidate)
      return (program.normalised(restored.point), restored.evidence)
    }
  }
}
