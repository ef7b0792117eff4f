import EntropicModel
import EntropicNumerics

/// A convex program with kinks as a saddle point over products of simplices (and balls).
///
///     F(p) = h(p) + f(p) + sum_a w_a outer_a(K_a p + k_a)
///          = min_p max_y  h(p) + f(p) + sum_a w_a y_a . (K_a p + k_a)
///
///     maximum(caps)   y in the simplex under its caps
///     absolute(w)     y_j = a_j - b_j, (a_j, b_j) a law of mass w_j on two outcomes
///     norm            y in the unit ball
///
/// The masses p and the laws y stand in one flat buffer, so that one proximal step serves both players. f is
/// smooth, h separable and kept exact in the step.
struct SaddleLift: Sendable {
  /// A kink with the place of its player in the buffer.
  struct Kink: Sendable {
    let index: Int
    let composite: Composite
    /// First entry of the player in the buffer; for a norm, the number of its ball.
    let first: Int
    let kind: Kind
    enum Kind: Sendable { case law, pairs([Int]), ball }
  }

  /// Both players: laws with their logarithms, and points of balls.
  struct Point: Sendable {
    var laws: ProximalStep.Trial
    var balls: [[Double]]
  }

  let program: Program
  /// The proximal step of the first player alone, for gaps and candidates.
  let own: ProximalStep
  /// The step of both.
  let joint: ProximalStep
  /// f
  let smooth: Functional
  let kinks: [Kink]

  init(_ program: Program) {
    self.program = program
    own = ProximalStep(program, .entropy)
    smooth = own.rest.withoutKinks
    var layout = program.layout
    var kinks: [Kink] = []
    var balls = 0
    for (k, term) in program.objective.composites.enumerated() where !term.outer.isSmooth {
      let first = layout.count
      switch term.outer {
      case .maximum(let caps):
        layout.append(name: "y\(k)", kind: .simplex, shape: [term.map.rows])
        if let caps { for (j, cap) in caps.enumerated() { layout.upper[first + j] = cap } }
        kinks.append(Kink(index: k, composite: term, first: first, kind: .law))
      case .absolute(let w):
        let rows = w.indices.filter { w[$0] > 0 }
        for j in rows { layout.append(name: "y\(k),\(j)", kind: .simplex, shape: [2], mass: w[j]) }
        kinks.append(Kink(index: k, composite: term, first: first, kind: .pairs(rows)))
      default:
        kinks.append(Kink(index: k, composite: term, first: balls, kind: .ball))
        balls += 1
      }
    }
    self.kinks = kinks
    let more = layout.count - program.count
    func padded(_ list: [Double]) -> [Double] {
      list.isEmpty ? [] : list + [Double](repeating: 0, count: more)
    }
    var separable = Functional(count: layout.count)
    separable.linear = padded(own.exact.linear)
    separable.entropic = padded(own.exact.entropic)
    separable.barrier = padded(own.exact.barrier)
    separable.powers = own.exact.powers.map { .init(exponent: $0.exponent, weights: padded($0.weights)) }
    joint = ProximalStep(
      Program(
        layout: layout, objective: separable, equalities: program.equalities,
        inequalities: program.inequalities), .entropy)
  }

  /// Masses of the program in the buffer.
  var count: Int { program.count }

  /// The first point: the other player at its centre.
  func start(_ warm: Candidate?) -> (point: Point?, end: Step) {
    let layout = joint.program.layout
    var full = layout.centre()
    if let own = warm?.point ?? program.start, own.count == count {
      full.replaceSubrange(..<count, with: own)
    }
    let balls = kinks.compactMap { kink -> [Double]? in
      guard case .ball = kink.kind else { return nil }
      return [Double](repeating: 0, count: kink.composite.map.rows)
    }
    var evidence = warm?.evidence ?? .none(for: program)
    evidence.objectiveSlopes = []
    switch joint.start(Candidate(point: full, evidence: evidence)) {
    case .point(let trial): return (Point(laws: trial, balls: balls), .progress)
    case .infeasible(let ray): return (nil, .infeasible(own.evidence(ray)))
    case .failed: return (nil, .stalled(.notFinite))
    }
  }

  /// The dual vector y of a kink.
  func dual(_ kink: Kink, _ z: Point) -> [Double] {
    switch kink.kind {
    case .law: return Array(z.laws.p[kink.first..<kink.first + kink.composite.map.rows])
    case .pairs(let rows):
      var y = [Double](repeating: 0, count: kink.composite.map.rows)
      for (k, j) in rows.enumerated() {
        y[j] = z.laws.p[kink.first + 2 * k] - z.laws.p[kink.first + 2 * k + 1]
      }
      return y
    case .ball: return z.balls[kink.first]
    }
  }

  /// V(z): slopes of the payoff for the player who minimises, their negatives for the one who maximises.
  func field(_ z: Point) -> (laws: [Double], balls: [[Double]]) {
    let p = Array(z.laws.p[..<count])
    var own = smooth.gradient(p)
    var v = [Double](repeating: 0, count: z.laws.p.count)
    var balls = z.balls
    for kink in kinks {
      let term = kink.composite
      let u = term.image(p)
      term.map.addTransposed(dual(kink, z), scale: term.weight, to: &own)
      switch kink.kind {
      case .law: for j in u.indices { v[kink.first + j] = -term.weight * u[j] }
      case .pairs(let rows):
        for (k, j) in rows.enumerated() {
          v[kink.first + 2 * k] = -term.weight * u[j]
          v[kink.first + 2 * k + 1] = term.weight * u[j]
        }
      case .ball: balls[kink.first] = u.map { -term.weight * $0 }
      }
    }
    // A separable part that the joint step cannot keep is part of the field.
    let kept = joint.rest.gradient(z.laws.p)
    for i in v.indices { v[i] += kept[i] + (i < count ? own[i] : 0) }
    return (v, balls)
  }

  /// argmin <v, q> + h(q) + L D(q, z)
  func step(
    from z: Point, _ v: (laws: [Double], balls: [[Double]]), length: Double, stop: StopCheck?
  ) -> Point? {
    guard case .point(let laws) = joint.step(from: z.laws, gradient: v.laws, length: length, stop: stop)
    else { return nil }
    var next = Point(laws: laws, balls: z.balls)
    for k in next.balls.indices {
      for j in next.balls[k].indices { next.balls[k][j] -= v.balls[k][j] / length }
      let size = Kernel.dot(next.balls[k], next.balls[k]).squareRoot()
      if size > 1 { next.balls[k] = next.balls[k].map { $0 / size } }
    }
    return next
  }

  /// D(b, a): relative entropies of laws, half squares of distances in balls.
  func divergence(from a: Point, to b: Point) -> Double {
    var sum = joint.divergence(from: a.laws, to: b.laws)
    for (x, y) in zip(a.balls, b.balls) {
      let d = zip(x, y).map { $0 - $1 }
      sum += Kernel.dot(d, d) / 2
    }
    return sum
  }

  /// <v - w, a - b>
  func product(
    _ v: (laws: [Double], balls: [[Double]]), _ w: (laws: [Double], balls: [[Double]]), _ a: Point, _ b: Point
  ) -> Double {
    func inner(_ v: [Double], _ w: [Double], _ a: [Double], _ b: [Double]) -> Double {
      Kernel.compensatedDot(zip(v, w).map { $0 - $1 }, zip(a, b).map { $0 - $1 })
    }
    var sum = inner(v.laws, w.laws, a.laws.p, b.laws.p)
    for k in a.balls.indices { sum += inner(v.balls[k], w.balls[k], a.balls[k], b.balls[k]) }
    return sum
  }

  /// F(p) minus the bound that y proves; for a matrix game max_j (A'x)_j - min_i (Ay)_i.
  func gap(_ z: Point) -> Double { own.gap(at: trial(z), smooth: smooth, slopes: slopes(z)) }

  /// The second player as slopes of the composites.
  private func slopes(_ z: Point) -> [[Double]?] {
    var slopes = [[Double]?](repeating: nil, count: program.objective.composites.count)
    for kink in kinks { slopes[kink.index] = dual(kink, z) }
    return slopes
  }

  private func trial(_ z: Point) -> ProximalStep.Trial {
    ProximalStep.Trial(
      p: Array(z.laws.p[..<count]), logp: [], multipliers: z.laws.multipliers, hasFace: z.laws.hasFace)
  }

  /// The first player's point; the second player is the evidence.
  func candidate(_ z: Point) -> Candidate {
    var candidate = own.candidate(trial(z))
    candidate.evidence.objectiveSlopes = slopes(z)
    return candidate
  }
}

extension Functional {
  /// The same without composites that have kinks.
  var withoutKinks: Functional {
    var f = self
    f.composites = composites.filter(\.outer.isSmooth)
    return f
  }
}

extension ProximalStep {
  /// F(p) minus the bound that slopes of the kinks and multipliers of the rows prove; `smooth` is f without
  /// kinks.
  func gap(at here: Trial, smooth: Functional, slopes: [[Double]?]) -> Double {
    var gradient = smooth.gradient(here.p)
    var sum = 0.0
    for (term, slope) in zip(program.objective.composites, slopes) {
      guard let y = slope else { continue }
      let u = term.image(here.p)
      term.map.addTransposed(y, scale: term.weight, to: &gradient)
      sum += term.weight * max(term.outer.value(u).value - Kernel.compensatedDot(y, u), 0)
    }
    let gap = gap(at: here, gradient: gradient) + sum
    return gap.isNaN ? .infinity : gap
  }
}
