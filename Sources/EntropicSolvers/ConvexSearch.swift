import EntropicModel
import EntropicNumerics

/// The state of a conditional gradient run: atoms with weights, images, the best lower bound.
struct ConvexSearch: Sendable {
  let program: Program
  private var oracle: any LinearOracle
  /// True on free simplices: every simplex is a group of its own.
  private let isGrouped: Bool
  private(set) var active: ActiveSet
  private(set) var image: ObjectiveImage
  private(set) var value: Double
  /// The best lower bound so far, with the point and the multipliers that prove it.
  private(set) var lower = -Double.infinity
  private(set) var tangent: [Double]
  private(set) var multipliers: (equality: [Double], inequality: [Double])
  private(set) var evaluations = 1
  private var steps = 0
  private var quiet = 0

  /// nil where the objective is not finite at the start.
  init?(
    _ program: Program, _ oracle: any LinearOracle, isGrouped: Bool, largestSpread: Int, start p: [Double]
  ) {
    guard let image = ObjectiveImage(program.objective, at: p) else { return nil }
    self.program = program
    self.oracle = oracle
    self.isGrouped = isGrouped
    self.image = image
    // Entropies and barriers keep every mass positive: there outcomes are the better atoms.
    let f = program.objective
    let isDense = !f.entropic.isEmpty || !f.barrier.isEmpty || !f.conditionals.isEmpty
    active =
      isGrouped
      ? ActiveSet(program.layout, masses: p, most: isDense ? Int.max : largestSpread) : ActiveSet(point: p)
    value = image.value
    tangent = p
    multipliers = (
      program.equalities.map { _ in 0 }, program.inequalities.map { _ in 0 }
    )
  }

  var point: [Double] { image.p }

  /// F(p) less the best lower bound.
  var gap: Double { max(value - lower, 0) }

  var evidence: Evidence {
    var evidence = Evidence.none(for: program)
    evidence.equality = multipliers.equality
    evidence.inequality = multipliers.inequality
    evidence.tangent = tangent
    return evidence
  }

  /// A direction that is tried, with the descent that it promises: -phi'(0).
  private struct Proposal {
    let group: Int
    let change: ActiveSet.Change
    let descent: Double
  }

  mutating func step(_ variant: FrankWolfe.Variant, _ context: StepContext) -> Step {
    let g = image.gradient
    evaluations += 1
    guard g.allSatisfy(\.isFinite) else { return .stalled(.notFinite) }
    guard let least = oracle.minimum(g, stop: context.shouldStop), least.vertex.fits(g.count) else {
      return context.shouldStop() ? .progress : .stalled(.progress)
    }
    let targets =
      isGrouped
      ? least.vertex.indices.map { Vertex(indices: [$0], masses: [1]) } : [least.vertex]
    guard targets.count == active.groups.count else { return .stalled(.progress) }
    // From differences of costs, so that large equal costs do not hide the gap.
    var gap = 0.0
    for (group, target) in zip(active.groups, targets) { gap += ConvexSearch.fall(group, target, g) }
    if value - gap > lower {
      lower = value - gap
      tangent = image.p
      if !least.equality.isEmpty || !least.inequality.isEmpty {
        multipliers = (least.equality, least.inequality)
      }
    }
    let size = max(abs(value), 1e-3 * context.scale)
    quiet = gap <= 0x1p-50 * size ? quiet + 1 : 0
    if quiet >= 2 { return .converged }
    if variant == .classic { return take(classic(targets), targets) }
    for proposal in proposals(variant, targets, g) {
      if context.shouldStop() { return .progress }
      guard let moved = take(proposal) else { return .stalled(.notFinite) }
      if moved { return .progress }
    }
    return gap <= 1e-9 * size ? .converged : .stalled(.precision)
  }

  /// <g, (group's point) - (group's total) target>
  private static func fall(_ group: ActiveSet.Group, _ target: Vertex, _ g: [Double]) -> Double {
    let base = target.dot(g)
    return Kernel.sum(zip(group.atoms, group.weights).map { $1 * ($0.dot(g) - base) })
  }

  /// The steps of a variant, the preferred one first.
  private func proposals(_ variant: FrankWolfe.Variant, _ targets: [Vertex], _ g: [Double]) -> [Proposal] {
    var forward: Proposal?
    var away: Proposal?
    var pair: Proposal?
    var local: Proposal?
    func better(_ a: Proposal?, _ b: Proposal) -> Proposal { (a?.descent ?? -1) >= b.descent ? a ?? b : b }
    for (s, group) in active.groups.enumerated() where !group.atoms.isEmpty {
      let scores = group.atoms.map { $0.dot(g) }
      var (worst, best) = (0, 0)
      for k in scores.indices {
        if scores[k] > scores[worst] { worst = k }
        if scores[k] < scores[best] { best = k }
      }
      let target = targets[s].dot(g)
      let fall = ConvexSearch.fall(group, targets[s], g)
      forward = better(forward, Proposal(group: s, change: .towards(targets[s]), descent: fall))
      if group.atoms.count > 1 {
        let rise = Kernel.sum(zip(scores, group.weights).map { $1 * (scores[worst] - $0) })
        away = better(away, Proposal(group: s, change: .away(worst), descent: rise))
        local = better(
          local,
          Proposal(
            group: s, change: .move(from: worst, to: group.atoms[best]),
            descent: group.total * (scores[worst] - scores[best])))
      }
      pair = better(
        pair,
        Proposal(
          group: s, change: .move(from: worst, to: targets[s]),
          descent: group.total * (scores[worst] - target)))
    }
    let preferred: Proposal?
    switch variant {
    case .away: preferred = (away?.descent ?? 0) > (forward?.descent ?? 0) ? away : forward
    case .pairwise: preferred = pair
    default: preferred = (local?.descent ?? 0) >= (forward?.descent ?? 0) ? local : forward
    }
    // Where rounding leaves no step in the preferred direction, another one may still see one.
    return ([preferred] + [pair, forward, away, local]).compactMap { $0 }.filter { $0.descent > 0 }
  }

  /// Moves along a proposal; false when the exact step is 0, nil where the objective leaves its domain.
  private mutating func take(_ proposal: Proposal) -> Bool? {
    let (direction, limit) = active.direction(proposal.group, proposal.change)
    guard let line = image.line(direction) else { return nil }
    let t = search(line, limit)
    guard t > 0 else { return false }
    let before = active
    active.apply(proposal.group, proposal.change, t, isFull: t >= limit)
    return settle(line, t, before)
  }

  /// The step of all groups at once towards their targets.
  private func classic(_ targets: [Vertex]) -> Vertex {
    var d = active.point.map { -$0 }
    for (group, target) in zip(active.groups, targets) {
      for (i, mass) in zip(target.indices, target.masses) { d[i] += group.total * mass }
    }
    return Vertex(dense: d)
  }

  private mutating func take(_ direction: Vertex, _ targets: [Vertex]) -> Step {
    guard let line = image.line(direction) else { return .stalled(.notFinite) }
    let t = search(line, 1)
    guard t > 0 else { return gap <= 1e-9 * abs(value) ? .converged : .stalled(.precision) }
    let before = active
    for (s, target) in targets.enumerated() { active.apply(s, .towards(target), t, isFull: t >= 1) }
    switch settle(line, t, before) {
    case nil: return .stalled(.notFinite)
    case true?: return .progress
    // Taken back: the same step would come again.
    case false?: return gap <= 1e-9 * abs(value) ? .converged : .stalled(.precision)
    }
  }

  private mutating func search(_ line: ObjectiveLine, _ limit: Double) -> Double {
    var trials = 0
    let hasOracle = !line.smooth.isEmpty
    let t = LineSearch.step(limit: limit, trials: hasOracle ? 30 : 60) {
      trials += 1
      return line.derivatives($0)
    }
    if hasOracle { evaluations += trials }
    return t
  }

  /// Brings images and value to the new weights. A step that does not fall within rounding is taken back.
  private mutating func settle(_ line: ObjectiveLine, _ t: Double, _ before: ActiveSet) -> Bool? {
    steps += 1
    if steps.isMultiple(of: 50) { active.normalise() }
    let old = image
    guard image.move(line, t, to: active.point) else {
      image = old
      active = before
      return nil
    }
    let next = image.value
    if next.isNaN || next > value + 1e-12 * max(abs(value), abs(next)) {
      image = old
      active = before
      return next.isFinite ? false : nil
    }
    value = next
    return true
  }
}
