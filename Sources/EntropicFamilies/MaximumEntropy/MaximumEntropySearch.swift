import EntropicNumerics

/// One solution of a maximum-entropy problem, in its stages.
struct MaximumEntropySearch {
  let problem: MaximumEntropy
  let stop: @Sendable () -> Bool
  /// Where the interval is cut, so that nodes gather around these points.
  private var splits: Set<Double> = [0]
  private var count = 0

  init(problem: MaximumEntropy, stop: @escaping @Sendable () -> Bool) {
    self.problem = problem
    self.stop = stop
  }

  /// Rows that bound from below are turned round: all are E f == b or E f <= b.
  private var signs: [Double] { problem.moments.map { $0.relation == .atLeast ? -1 : 1 } }

  private var proof: MomentProof { MomentProof(problem: problem, signs: signs) }

  /// The functions at the nodes of a rule, without the nodes where one of them is not finite.
  private func dual(_ rule: IntegrationRule) -> (dual: GibbsDual, rule: IntegrationRule) {
    var rows = problem.moments.map { $0.function.values(rule.nodes) }
    var cost = problem.cost?.values(rule.nodes) ?? [Double](repeating: 0, count: rule.nodes.count)
    var rule = rule
    let good = rule.nodes.indices.filter { j in
      cost[j].isFinite && rows.allSatisfy { $0[j].isFinite && abs($0[j]) < 1e150 }
    }
    if good.count < rule.nodes.count {
      rule = rule.restricted(to: good)
      cost = good.map { cost[$0] }
      rows = rows.map { row in good.map { row[$0] } }
    }
    var elements: [Double] = []
    for (row, sign) in zip(rows, signs) { elements += sign == 1 ? row : row.map { -$0 } }
    let dual = GibbsDual(
      temperature: problem.temperature, logWeights: rule.logWeights, cost: cost,
      moments: Matrix(rows: rows.count, columns: rule.nodes.count, elements: elements),
      bounds: zip(problem.moments, signs).map { $0.bound * $1 },
      isBound: problem.moments.map { $0.relation != .equal })
    return (dual, rule)
  }

  private func part(_ whole: (dual: GibbsDual, rule: IntegrationRule), _ places: [Int]) -> (
    dual: GibbsDual, rule: IntegrationRule
  ) {
    let dual = whole.dual
    var elements: [Double] = []
    for k in dual.bounds.indices {
      let row = dual.moments.row(k)
      elements += places.map { row[row.startIndex + $0] }
    }
    return (
      GibbsDual(
        temperature: dual.temperature, logWeights: places.map { dual.logWeights[$0] },
        cost: places.map { dual.cost[$0] },
        moments: Matrix(rows: dual.bounds.count, columns: places.count, elements: elements),
        bounds: dual.bounds, isBound: dual.isBound), whole.rule.restricted(to: places)
    )
  }

  mutating func outcome() -> MaximumEntropy.Outcome {
    let sample = rule(step: 1).nodes.filter { abs($0) < 1e6 && abs($0) > 1e-6 }
    for function in problem.moments.map(\.function) + (problem.cost.map { [$0] } ?? []) {
      if function.values(sample).contains(where: \.isNaN) { return .undefined(function.text) }
    }
    // A combination of rows that is positive on the nodes but not between them shows where nodes are missing.
    for _ in 0..<12 {
      let whole = dual(rule(step: 0.25))
      if whole.rule.nodes.isEmpty {
        return .stalled("the functions have no finite values on the interval", nil)
      }
      switch contradiction(whole, trying: []) {
      case .proof(let proof): return proof
      case .missing(let place):
        splits.insert(place)
        continue
      case .none: break
      }
      switch started(whole) {
      case .found(let multipliers): return refined(multipliers, whole)
      case .missing(let place): splits.insert(place)
      case .ended(let outcome): return outcome
      }
    }
    return .stalled("the moments are too close to the boundary of what laws can have", nil)
  }

  private func rule(step: Double) -> IntegrationRule {
    IntegrationRule(from: problem.from, to: problem.to, splits: Array(splits), step: step)
  }

  private enum Start {
    case found([Double])
    case missing(Double)
    case ended(MaximumEntropy.Outcome)
  }

  private enum Contradiction {
    case none
    case proof(MaximumEntropy.Outcome)
    /// The nodes alone contradict the moments; this point does not.
    case missing(Double)
  }

  /// Multipliers for the coarse rule, through boxes that grow until the law has no mass at their sides.
  private mutating func started(
    _ whole: (dual: GibbsDual, rule: IntegrationRule)
  ) -> Start {
    let (a, b) = (problem.from, problem.to)
    let zero = [Double](repeating: 0, count: problem.moments.count)
    if a.isFinite, b.isFinite {
      let (state, end) = whole.dual.minimised(from: zero, steps: 200, count: &count, stop: stop)
      switch end {
      case .solved: return .found(state.multipliers)
      case .stopped: return .ended(.interrupted)
      case .diverged:
        return self.end(of: contradiction(whole, trying: [state.multipliers]))
      }
    }
    let anchor = a.isFinite ? a : (b.isFinite ? b : 0)
    let distances = whole.rule.nodes.map { abs($0 - anchor) }
    var warm = zero
    var tried: [[Double]] = []
    var isFirst = true
    for exponent in -12...307 {
      if stop() { return .ended(.interrupted) }
      let radius = Kernel.exp(Double(exponent) * 2.302585092994046)
      let places = distances.indices.filter { distances[$0] <= radius }
      if places.isEmpty { continue }
      let box = part(whole, places)
      guard isWithinRange(box.dual) else { continue }
      var (state, end) = box.dual.minimised(from: warm, steps: 100, count: &count, stop: stop)
      // Multipliers of a smaller box may drive everything into the far side of this one.
      if end == .diverged, warm != zero {
        (state, end) = box.dual.minimised(from: zero, steps: 100, count: &count, stop: stop)
      }
      if end == .stopped { return .ended(.interrupted) }
      guard end == .solved else {
        tried.append(state.multipliers)
        if tried.count % 12 == 0 {
          switch contradiction(whole, trying: tried) {
          case .none: break
          case let found: return self.end(of: found)
          }
        }
        if tried.count > 40 { break }
        continue
      }
      warm = state.multipliers
      let outer = places.indices.reduce(0) { sum, i in
        distances[places[i]] > radius / 10 ? sum + state.masses[i] : sum
      }
      if outer < 1e-25 {
        let full = whole.dual.minimised(from: warm, steps: 50, count: &count, stop: stop)
        if full.end == .solved { return .found(full.state.multipliers) }
      }
      // There are laws with these moments, and multipliers that bound their values are not.
      if isFirst, proof.hasNoFiniteNormaliser {
        return .ended(.unbounded("no multipliers make the integral of the law finite"))
      }
      isFirst = false
    }
    return end(of: contradiction(whole, trying: tried))
  }

  private func end(of contradiction: Contradiction) -> Start {
    switch contradiction {
    case .proof(let proof): .ended(proof)
    case .missing(let place): .missing(place)
    case .none: .ended(.stalled("no law of Gibbs form with these moments was found", nil))
    }
  }

  /// Whether every row alone can hold on the nodes.
  private func isWithinRange(_ dual: GibbsDual) -> Bool {
    dual.bounds.indices.allSatisfy { k in
      let row = dual.moments.row(k)
      guard let least = row.min(), let most = row.max() else { return false }
      return least <= dual.bounds[k] && (dual.isBound[k] || most >= dual.bounds[k])
    }
  }

  /// A proof that no law on the interval has the moments: a combination of rows that is positive everywhere.
  private func contradiction(
    _ whole: (dual: GibbsDual, rule: IntegrationRule), trying candidates: [[Double]]
  ) -> Contradiction {
    let dual = whole.dual
    let count = dual.bounds.count
    var directions = candidates
    for k in 0..<count {
      var unit = [Double](repeating: 0, count: count)
      unit[k] = 1
      directions.append(unit)
      if !dual.isBound[k] { directions.append(unit.map { -$0 }) }
    }
    for direction in directions {
      let size = direction.map(abs).max() ?? 0
      guard size > 0, size.isFinite else { continue }
      let y = direction.enumerated().map { k, v in (dual.isBound[k] ? max(v, 0) : v) / size }
      let sums = dual.moments.transposedTimes(y)
      let level = Kernel.compensatedDot(y, dual.bounds)
      guard let least = sums.min(), least > level else { continue }
      let (place, value) = lowest(y, sums, whole.rule)
      for y in [y, y.map { abs($0) < 1e-9 ? 0 : $0 }] {
        if let margin = proof.margin(y, guess: value - level) {
          return .proof(.infeasible(multipliers: zip(y, signs).map { $0 * $1 }, margin: margin))
        }
      }
      if !whole.rule.nodes.contains(place) { return .missing(place) }
    }
    return .none
  }

  /// The least value of a combination of rows, searched between the nodes around its lowest ones.
  private func lowest(_ y: [Double], _ sums: [Double], _ rule: IntegrationRule) -> (Double, Double) {
    let order = rule.nodes.indices.sorted { rule.nodes[$0] < rule.nodes[$1] }
    var minima: [Int] = []
    for i in order.indices {
      let here = sums[order[i]]
      if i > 0, sums[order[i - 1]] < here { continue }
      if i + 1 < order.count, sums[order[i + 1]] < here { continue }
      minima.append(i)
    }
    minima.sort { sums[order[$0]] < sums[order[$1]] }
    var best = (rule.nodes[order[minima.first ?? 0]], sums[order[minima.first ?? 0]])
    func value(_ x: Double) -> Double {
      var sum = 0.0
      for (k, moment) in problem.moments.enumerated() where y[k] != 0 {
        sum += y[k] * signs[k] * (moment.function.values([x]).first ?? .nan)
      }
      return sum.isNaN ? .infinity : sum
    }
    for i in minima.prefix(8) {
      var left = rule.nodes[order[max(i - 1, 0)]]
      var right = rule.nodes[order[min(i + 1, order.count - 1)]]
      // Golden section.
      for _ in 0..<90 where left < right {
        let (u, v) = (left + 0.381966 * (right - left), right - 0.381966 * (right - left))
        let (fu, fv) = (value(u), value(v))
        if fu < best.1 { best = (u, fu) }
        if fv < best.1 { best = (v, fv) }
        if fu < fv { right = v } else { left = u }
      }
    }
    return best
  }

  /// The law with a rule that is cut where it needs to be, and fine enough.
  private mutating func refined(
    _ coarse: [Double], _ whole: (dual: GibbsDual, rule: IntegrationRule)
  ) -> MaximumEntropy.Outcome {
    var multipliers = coarse
    findKinks(whole.rule, whole.dual.state(at: coarse))
    let fixed = splits
    splits.formUnion(modes(whole.dual.state(at: coarse), whole.rule))
    var best: MaximumEntropy.Answer?
    var step = 0.25
    for _ in 0..<7 {
      if stop() { return .interrupted }
      var fine = dual(rule(step: step))
      fine = part(fine, carrying(fine.dual.state(at: multipliers)))
      let (state, end) = fine.dual.minimised(from: multipliers, steps: 60, count: &count, stop: stop)
      if end == .stopped { return .interrupted }
      guard state.multipliers.allSatisfy(\.isFinite), end == .solved else { break }
      multipliers = state.multipliers
      splits = fixed.union(modes(state, fine.rule))
      var half = dual(rule(step: step / 2))
      half = part(half, carrying(half.dual.state(at: multipliers)))
      let check = half.dual.state(at: multipliers)
      let answer = answer(state, check, fine)
      best = answer
      let target = 1e-13 * max(1, abs(answer.value))
      if answer.upper - answer.lower - 2 * answer.dataUncertainty <= 4 * target { break }
      step /= 2
    }
    guard let best else { return .stalled("the rule of integration did not settle", nil) }
    let tolerance = max(1e-9 * max(abs(best.lower), abs(best.upper)), 1e-12 * problem.temperature)
    if best.residual > 0x1p-46 { return .stalled("the moments are not met to the last digits", best) }
    if best.upper - best.lower > tolerance { return .stalled("precision", best) }
    return .optimal(best)
  }

  /// Cuts the interval where a function has a corner.
  private mutating func findKinks(_ rule: IntegrationRule, _ state: GibbsDual.State) {
    let heavy = rule.nodes.indices.filter { state.masses[$0] > 1e-15 }.map { rule.nodes[$0] }
    guard let low = heavy.min(), let high = heavy.max(), low < high else { return }
    let even = (0...600).map { low + (high - low) * Double($0) / 600 }
    for function in problem.moments.map(\.function) + (problem.cost.map { [$0] } ?? []) {
      splits.formUnion(KinkSearch.kinks(of: function, at: even))
    }
  }

  /// The nodes that carry mass.
  private func carrying(_ state: GibbsDual.State) -> [Int] {
    let most = state.masses.max() ?? 0
    let places = state.masses.indices.filter { state.masses[$0] > 1e-32 * most }
    guard let first = places.first, let last = places.last else { return Array(state.masses.indices) }
    return Array(max(0, first - 8)...min(state.masses.count - 1, last + 8))
  }

  /// Local maxima of the density inside the interval.
  private func modes(_ state: GibbsDual.State, _ rule: IntegrationRule) -> [Double] {
    let order = rule.nodes.indices.sorted { rule.nodes[$0] < rule.nodes[$1] }
    let heights = order.map { j in
      state.masses[j] > 0 ? Kernel.log(state.masses[j]) - rule.logWeights[j] : -.infinity
    }
    var found: [(height: Double, place: Double)] = []
    for i in heights.indices.dropFirst().dropLast()
    where heights[i] >= heights[i - 1] && heights[i] > heights[i + 1] && state.masses[order[i]] > 1e-12 {
      found.append((heights[i], rule.nodes[order[i]]))
    }
    return found.sorted { $0.height > $1.height }.prefix(6).map(\.place)
  }

  private func answer(
    _ state: GibbsDual.State, _ check: GibbsDual.State, _ rule: (dual: GibbsDual, rule: IntegrationRule)
  ) -> MaximumEntropy.Answer {
    let tau = problem.temperature
    let y = state.multipliers
    let priced = Kernel.compensatedDot(y, check.means)
    // The better rule has the values; the difference of the two bounds the error of the coarser.
    let ruleError =
      abs(check.logNormaliser - state.logNormaliser) * tau
      + zip(y, zip(check.means, state.means)).reduce(0) { $0 + abs($1.0 * ($1.1.0 - $1.1.1)) }
      + 1e-15 * (tau * abs(check.logNormaliser) + abs(priced))
    let value = -tau * check.logNormaliser - priced
    let theta = 0x1p-46
    let uncertainty = y.indices.reduce(0.0) { sum, k in
      sum + theta * abs(y[k]) * (abs(rule.dual.bounds[k]) + state.scales[k])
    }
    let dual = -tau * check.logNormaliser - Kernel.compensatedDot(y, rule.dual.bounds)
    let law = GibbsLaw(
      from: problem.from, to: problem.to, temperature: tau, cost: problem.cost,
      functions: problem.moments.map(\.function), multipliers: zip(y, signs).map { $0 * $1 },
      logNormaliser: state.logNormaliser, nodes: rule.rule.nodes, masses: state.masses)
    return MaximumEntropy.Answer(
      law: law, value: value, lower: min(dual, value) - ruleError - uncertainty,
      upper: max(value, dual) + ruleError + uncertainty, dataUncertainty: uncertainty,
      multipliers: zip(y, signs).map { -$0 * $1 }, means: zip(state.means, signs).map { $0 * $1 },
      residual: rule.dual.residual(state), iterations: count)
  }
}
