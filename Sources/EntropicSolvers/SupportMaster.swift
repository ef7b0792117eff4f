import EntropicModel
import EntropicNumerics

/// Newton's method on the outcomes that are held: min F(p), p = 0 elsewhere, over the simplices and their bounds.
///
///     d = argmin <g, d> + d' H d / 2   over the same set,   p+ = p + t d,   t <= 1 by the exact search of the images
///
/// The second-order model is minimised with all bounds, so that many masses may reach 0 in one step. Only columns of
/// held outcomes are touched: a step costs the weighted Gram product of k columns and a k x k factorisation.
struct SupportMaster {
  private var image: ObjectiveImage
  private let group: [Int]
  private let groups: Int
  private let lower: [Double]
  private let upper: [Double]
  private let masses: [Double]
  private(set) var steps = 0

  /// True when F has second derivatives that stay finite on the boundary, and only simplices with bounds constrain.
  static func suits(_ program: Program) -> Bool {
    let f = program.objective
    return program.isUnconstrained && f.smooth.isEmpty && f.entropic.isEmpty && f.barrier.isEmpty
      && f.conditionals.isEmpty && f.powers.allSatisfy { $0.exponent >= 2 }
      && f.composites.allSatisfy { term in
        switch term.outer {
        case .log, .logSumExp, .exponential, .quadratic, .positiveSquare, .entropy: true
        case .power(let a, _): a >= 2
        default: false
        }
      }
  }

  /// nil where F is not finite at the point.
  init?(_ program: Program, held: [Bool], at p: [Double]) {
    let selection = EntrySelection(isFixed: held.map { !$0 }, values: [Double](repeating: 0, count: p.count))
    let f = program.objective.restricted(to: selection)
    guard let image = ObjectiveImage(f, at: selection.restrict(p)) else { return nil }
    self.image = image
    var home = [Int](repeating: 0, count: program.count)
    for (s, slice) in program.layout.simplices.enumerated() { for i in slice.range { home[i] = s } }
    group = selection.kept.map { home[$0] }
    groups = program.layout.simplices.count
    lower = selection.restrict(program.layout.lower)
    masses = program.layout.simplices.map(\.mass)
    let all = program.layout.simplices
    upper = selection.kept.map { min(program.layout.upper[$0], all[home[$0]].mass) }
  }

  /// The masses of the held outcomes.
  var point: [Double] { image.p }

  /// Steps until the promised descent is at most `goal`; false when stopped or without a direction.
  mutating func solve(goal: Double, stop: @escaping StopCheck) -> Bool {
    var last = Double.infinity
    for _ in 0..<60 {
      if stop() { return false }
      let p = image.p
      let g = image.gradient
      guard g.allSatisfy(\.isFinite) else { return false }
      var parts = HessianParts(count: p.count)
      image.objective.addHessian(at: p, weight: 1, to: &parts)
      let h = parts.assembled()
      guard h.elements.allSatisfy(\.isFinite),
        let d = SimplexQuadratic.minimise(
          h, g, group: group, groups: groups, floor: zip(lower, p).map { min($0 - $1, 0) },
          ceiling: zip(upper, p).map { max($0 - $1, 0) }, ridge: ridge(g), stop: stop)
      else { return false }
      steps += 1
      let promise = -Kernel.compensatedDot(g, d)
      if !(promise > 0) { return true }
      let direction = Vertex(dense: d)
      guard let line = image.line(direction) else { return false }
      // Close to the end the whole step is right, and the search sees rounding only.
      let isClose = promise <= 1e-9 * max(abs(image.value), 1e-300) && promise < 0.5 * last
      let t = isClose && line.derivatives(1) != nil ? 1 : LineSearch.step(limit: 1) { line.derivatives($0) }
      if t == 0 { return true }
      var next = p
      for i in next.indices {
        let q = p[i] + t * d[i]
        next[i] = t == 1 && d[i] == lower[i] - p[i] ? lower[i] : min(max(q, lower[i]), upper[i])
      }
      let before = image
      guard image.place(at: balanced(next)) else {
        image = before
        return true
      }
      if promise <= goal || promise >= 0.9 * last && isClose { return true }
      last = promise
    }
    return true
  }

  /// A curvature that makes steps along flat directions as long as 1e6 masses. It goes to 0 with the spread of the slopes
  /// of what carries mass, so that Newton's method stays fast.
  private func ridge(_ g: [Double]) -> Double {
    var means = [Double](repeating: 0, count: groups)
    for i in g.indices { means[group[i]] += image.p[i] * g[i] / masses[group[i]] }
    var spread = 0.0
    for i in g.indices {
      let s = group[i]
      spread = max(spread, image.p[i] * abs(g[i] - means[s]) / (masses[s] * masses[s]))
    }
    return 1e-6 * spread
  }

  /// Sums are brought back to the masses of the simplices by the free outcomes.
  private func balanced(_ p: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: groups)
    for i in p.indices { sums[group[i]] += p[i] }
    var q = p
    for i in q.indices where p[i] > lower[i] && p[i] < upper[i] {
      let sum = sums[group[i]]
      if sum > 0, sum != masses[group[i]] { q[i] = min(p[i] * (masses[group[i]] / sum), upper[i]) }
    }
    return q
  }
}
