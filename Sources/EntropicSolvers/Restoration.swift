import EntropicModel
import EntropicNumerics

/// The way back from a presolved program: points, multipliers and slopes in terms of the original one.
///
/// Rows that presolve used up get their multipliers in the reverse order of the decisions, from the reduced
/// costs of the outcomes that they removed: stationary where the row fixed a mass, large enough to keep an
/// outcome at its bound where the row forced it there. Where the slope of the objective is infinite at 0, the
/// multiplier is that of a small mass, and the mass is chosen by the certificate of the original program.
public struct Restoration: Sendable {
  let original: Program
  let selection: EntrySelection
  /// Sources of the rows of the reduced program.
  let equalities: [RowSource]
  let inequalities: [RowSource]
  let events: [ReductionEvent]
  /// What was done to the reduced program afterwards, in order.
  private(set) var stages: [Stage] = []

  /// A later step of presolve.
  enum Stage: Sendable {
    case merged(MergedOutcomes)
    case rows(Restoration)
  }

  init(
    original: Program, selection: EntrySelection, equalities: [RowSource], inequalities: [RowSource],
    events: [ReductionEvent]
  ) {
    self.original = original
    self.selection = selection
    self.equalities = equalities
    self.inequalities = inequalities
    self.events = events
  }

  /// The same way back, behind one more step.
  func followed(by stage: Stage) -> Restoration {
    var out = self
    out.stages.append(stage)
    return out
  }

  /// Nothing was changed.
  public static func identity(for program: Program) -> Restoration {
    Restoration(
      original: program, selection: EntrySelection(count: program.count),
      equalities: program.equalities.indices.map { .equality($0, scale: 1) },
      inequalities: program.inequalities.indices.map { .inequality($0, scale: 1) }, events: [])
  }

  /// A point of the original program as one of the reduced program, with the masses that are free there.
  public func reduce(point: [Double]) -> Candidate {
    var evidence = Evidence()
    evidence.equality = equalities.map { _ in 0 }
    evidence.inequality = inequalities.map { _ in 0 }
    evidence.convex = original.convex.map { _ in 0 }
    return stages.reduce(Candidate(point: selection.restrict(point), evidence: evidence)) {
      switch $1 {
      case .merged(let step): step.reduce($0)
      case .rows(let step): step.reduce(point: $0.point)
      }
    }
  }

  /// A candidate of the original program as a start of the reduced program.
  public func reduce(_ candidate: Candidate) -> Candidate {
    var out = Candidate(point: selection.restrict(candidate.point), evidence: Evidence())
    let old = candidate.evidence
    guard old.equality.count == original.equalities.count, old.inequality.count == original.inequalities.count
    else { return reduce(point: candidate.point) }
    func multiplier(_ source: RowSource) -> Double {
      switch source {
      case .equality(let j, let scale): old.equality[j] / scale
      case .inequality(let j, let scale): old.inequality[j] / scale
      case .pair(let a, let s, let b, let t): old.inequality[a] / s - old.inequality[b] / t
      }
    }
    out.evidence.equality = equalities.map(multiplier)
    out.evidence.inequality = inequalities.map { max(multiplier($0), 0) }
    out.evidence.convex =
      old.convex.count == original.convex.count ? old.convex : original.convex.map { _ in 0 }
    out.evidence.objectiveSlopes = old.objectiveSlopes
    out.evidence.constraintSlopes = old.constraintSlopes
    out.evidence.tangent = old.tangent.map { selection.restrict($0) }
    out.evidence.spectral = old.spectral
    out.evidence.constraintSpectral = old.constraintSpectral
    return stages.reduce(out) {
      switch $1 {
      case .merged(let step): step.reduce($0)
      case .rows(let step): step.reduce($0)
      }
    }
  }

  /// The candidate in terms of the original program.
  public func restore(_ candidate: Candidate) -> Candidate {
    let candidate = stages.reversed().reduce(candidate) {
      switch $1 {
      case .merged(let step): step.restore($0)
      case .rows(let step): step.restore($0)
      }
    }
    let point = selection.expand(candidate.point)
    var evidence = Evidence.none(for: original)
    let old = candidate.evidence
    for (source, multiplier) in zip(equalities, old.equality) { add(source, multiplier, to: &evidence) }
    for (source, multiplier) in zip(inequalities, old.inequality) { add(source, multiplier, to: &evidence) }
    if old.convex.count == original.convex.count { evidence.convex = old.convex }
    evidence.objectiveSlopes = old.objectiveSlopes
    evidence.constraintSlopes = old.constraintSlopes
    evidence.spectral = old.spectral
    evidence.constraintSpectral = old.constraintSpectral
    evidence.tangent = old.tangent.map { selection.expand($0) }
    if events.isEmpty { return Candidate(point: point, evidence: evidence, flags: candidate.flags) }
    return invented(Candidate(point: point, evidence: evidence, flags: candidate.flags))
  }

  // MARK: - Multipliers of the rows that are gone

  private func invented(_ candidate: Candidate) -> Candidate {
    var left = [Bool](repeating: false, count: original.count)
    for event in events {
      switch event {
      case .fixed(_, let i, _): left[i] = true
      case .forced(_, _, let excluded, _): for (i, _) in excluded { left[i] = true }
      }
    }
    let removed = left.indices.filter { left[$0] && candidate.point[$0] == 0 }
    let f = original.objective
    let isSimple =
      f.isLinear
      && zip(candidate.evidence.convex, original.convex).allSatisfy {
        $0 == 0 || $1.functional.isLinear
      }
    // Small masses that stand for the zeros, relative to their simplex.
    let masses =
      isSimple || removed.isEmpty ? [0] : [1e-14, 1e-16, 1e-18, 1e-21, 1e-28, 1e-50, 1e-100, 1e-200]
    var best = candidate
    var narrowest = Double.infinity
    let needsTangent = !f.barrier.isEmpty || !f.powers.isEmpty || !f.hasNoComposites
    let judged = secured(original.normalised(candidate.point), for: original)
    var home = [Double](repeating: 1, count: original.count)
    for slice in original.layout.simplices { for i in slice.range { home[i] = slice.mass } }
    for mass in masses {
      var near = candidate.point
      for i in removed where original.layout.upper[i] > 0 { near[i] = mass * home[i] }
      var cost = f.gradient(near)
      for (multiplier, constraint) in zip(candidate.evidence.convex, original.convex) where multiplier > 0 {
        Kernel.axpy(multiplier, constraint.functional.gradient(near), into: &cost)
      }
      var trials = [candidate]
      if needsTangent, candidate.evidence.tangent == nil {
        trials.append(candidate)
        trials[1].evidence.tangent = near
      }
      for var trial in trials {
        assign(&trial.evidence, cost: cost, point: candidate.point, leftByRow: left, atOptimum: true)
        if masses.count == 1, trials.count == 1 {
          best = trial
          break
        }
        let gap = Certificate(original, point: judged, evidence: trial.evidence).gap
        if gap < narrowest {
          narrowest = gap
          best = trial
        }
      }
    }
    let entropic = f.entropic
    if removed.contains(where: { original.layout.upper[$0] > 0 && !entropic.isEmpty && entropic[$0] > 0 }),
      !best.flags.contains(.boundary)
    {
      best.flags.append(.boundary)
    }
    return best
  }

  /// Evidence with F = 0 from multipliers of rows that contradict what is left.
  func proof(
    _ multipliers: [(RowSource, Double)], simplex: (index: Int, multiplier: Double)? = nil, leftByRow: [Bool]
  ) -> Evidence {
    var evidence = Evidence.none(for: original)
    for (source, multiplier) in multipliers { add(source, multiplier, to: &evidence) }
    let zero = [Double](repeating: 0, count: original.count)
    assign(
      &evidence, cost: zero, point: selection.values, leftByRow: leftByRow, atOptimum: false, simplex: simplex
    )
    return evidence
  }

  private func assign(
    _ evidence: inout Evidence, cost gradient: [Double], point: [Double], leftByRow: [Bool], atOptimum: Bool,
    simplex: (index: Int, multiplier: Double)? = nil
  ) {
    var cost = gradient
    for (row, multiplier) in zip(original.equalities, evidence.equality) where multiplier != 0 {
      add(row, multiplier, to: &cost)
    }
    for (row, multiplier) in zip(original.inequalities, evidence.inequality) where multiplier != 0 {
      add(row, multiplier, to: &cost)
    }
    let simplices = original.layout.simplices
    var home = [Int](repeating: 0, count: original.count)
    for (s, slice) in simplices.enumerated() { for i in slice.range { home[i] = s } }
    var level = simplices.map { self.level($0, cost, point, leftByRow, atOptimum) }
    if let simplex { level[simplex.index] += simplex.multiplier }
    for event in events.reversed() {
      switch event {
      case .fixed(let source, let i, let a):
        let wanted = -(cost[i] + level[home[i]]) / a
        let given = add(source, wanted, to: &evidence)
        add(source, given, rows: &cost)
      case .forced(let source, let sign, let excluded, let levels):
        var here = [Int: Double]()
        for (s, value) in levels { here[s] = value }
        var t = 0.0
        for (i, a) in excluded {
          let s = home[i]
          let distance = a - (here[s] ?? 0)
          // cost + level + sign t distance has the sign that keeps the outcome at its bound.
          let reduced = cost[i] + level[s]
          let needed = distance * sign > 0 ? -reduced : reduced
          if needed > 0, distance != 0 { t = max(t, needed / abs(distance)) }
        }
        guard t > 0, t.isFinite else { continue }
        // A little more, so that rounding allowances in proportion to the multiplier are paid for too.
        let given = add(source, sign * t * (1 + 0x1p-40), to: &evidence)
        add(source, given, rows: &cost)
        for (s, value) in levels { level[s] -= given * value }
      }
    }
  }

  /// The multiplier of a simplex sum, from the outcomes that no row has removed.
  private func level(
    _ slice: SimplexSlice, _ cost: [Double], _ point: [Double], _ leftByRow: [Bool], _ atOptimum: Bool
  ) -> Double {
    let layout = original.layout
    let list = slice.range.filter { !leftByRow[$0] && layout.upper[$0] > 0 }
    guard let first = list.first else { return 0 }
    let isBounded = list.contains { layout.lower[$0] > 0 || layout.upper[$0] < .infinity }
    if !isBounded {
      var at = first
      if atOptimum {
        for i in list where point[i] > point[at] { at = i }
      } else {
        for i in list where cost[i] < cost[at] { at = i }
      }
      return -cost[at]
    }
    let held = slice.range.reduce(0) { $0 + (leftByRow[$1] ? point[$1] : 0) }
    return SimplexMinimum(
      entropic: [], quadratic: [], costs: list.map { cost[$0] }, lower: list.map { layout.lower[$0] },
      upper: list.map { layout.upper[$0] }, mass: slice.mass - held
    ).multiplier
  }

  private func add(_ row: ConstraintRow, _ multiplier: Double, to cost: inout [Double]) {
    for (i, a) in zip(row.columns, row.values) { cost[i] += multiplier * a }
  }

  /// Adds a multiplier of a working row to the evidence; returns what could be added (signs of inequalities).
  @discardableResult
  private func add(_ source: RowSource, _ multiplier: Double, to evidence: inout Evidence) -> Double {
    guard multiplier.isFinite else { return 0 }
    switch source {
    case .equality(let j, let scale):
      evidence.equality[j] += multiplier * scale
      return multiplier
    case .inequality(let j, let scale):
      let old = evidence.inequality[j]
      evidence.inequality[j] = max(0, old + multiplier * scale)
      return (evidence.inequality[j] - old) / scale
    case .pair(let a, let s, let b, let t):
      if multiplier >= 0 {
        evidence.inequality[a] += multiplier * s
      } else {
        evidence.inequality[b] -= multiplier * t
      }
      return multiplier
    }
  }

  private func add(_ source: RowSource, _ multiplier: Double, rows cost: inout [Double]) {
    guard multiplier != 0 else { return }
    switch source {
    case .equality(let j, let scale): add(original.equalities[j], multiplier * scale, to: &cost)
    case .inequality(let j, let scale): add(original.inequalities[j], multiplier * scale, to: &cost)
    case .pair(let a, let s, let b, let t):
      if multiplier >= 0 {
        add(original.inequalities[a], multiplier * s, to: &cost)
      } else {
        add(original.inequalities[b], -multiplier * t, to: &cost)
      }
    }
  }
}
