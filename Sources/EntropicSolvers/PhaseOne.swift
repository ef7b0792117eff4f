import EntropicModel
import EntropicNumerics

/// The constraints without the objective: how far from each other they stay at best, and why.
///
///     v = min { max_k (g_k(p) - c_k) / s_k :  rows, bounds, domain }
///
/// A method that looks for an optimum may end without a feasible point for many reasons. Here every point is as good as
/// its worst convex constraint, so that a solution always exists where the rows have one, and its certificate is the
/// answer: a lower bound above 0 is a set of multipliers of g_k <= c_k, with those of the rows, which no feasible point
/// survives (the bound with F = 0 of DESIGN; a Farkas proof when all is linear); an upper bound below 0 is a point inside
/// all of them. With one convex constraint v is its least value, by whatever method suits that. With several the worst
/// is a level t in a private simplex, g_k(p) - s_k t <= c_k.
/// - Cost: one solve of a problem of the same size.
struct PhaseOne {
  private let original: Program
  private let program: Program
  /// s_k, one a convex constraint, where they were lowered.
  private var scales: [Double] = []
  /// What the least value is compared with.
  private let threshold: Double

  /// nil where no finite level is known.
  init?(_ original: Program, near point: [Double]?) {
    self.original = original
    var phase = original
    phase.convex = []
    phase.start = nil
    phase.inequalities += original.domainRows
    switch original.convex.count {
    case 0:
      phase.objective = Functional(count: original.count)
      threshold = 0
    case 1:
      phase.objective = original.convex[0].functional
      threshold = original.convex[0].bound
    default:
      threshold = 0
      guard let scales = PhaseOne.lower(original, near: point, into: &phase) else { return nil }
      self.scales = scales
    }
    program = phase
  }

  /// Replaces the constraints by g_k(p) / s_k - t <= c_k / s_k, t = low + (high - low) s, minimising t.
  private static func lower(
    _ original: Program, near point: [Double]?, into phase: inout Program
  ) -> [Double]? {
    let centre = original.layout.centre()
    let points = [centre] + [point].compactMap { $0 }
    var scales: [Double] = []
    var low = -1.0
    var high = -Double.infinity
    for constraint in original.convex {
      let g = constraint.functional
      var size = max(g.scale(in: original.layout), abs(constraint.bound))
      if !(size > 0 && size < .infinity) { size = 1 }
      scales.append(size)
      for p in points {
        let value = (g.value(p) - constraint.bound) / size
        if value < .infinity { high = max(high, value) }
      }
      let bare = Program(layout: original.layout, objective: g)
      let least = Certificate(bare, point: centre, evidence: .none(for: bare)).lower
      let bound = (least - constraint.bound) / size
      if bound > low, bound < .infinity { low = bound }
    }
    guard high < .infinity, high > -.infinity else { return nil }
    // Rows may force worse values than the points that are known.
    high = max(high, low) + 4 * max(high - low, 1)
    low -= 0.25 * max(high - low, 1)
    let n = original.count
    phase.layout.append(name: "level", kind: .simplex, shape: [2])
    phase.objective = Functional(count: n + 2)
    phase.objective.constant = low
    phase.objective.linear[n] = high - low
    phase.convex = zip(original.convex, scales).map { constraint, size in
      var g = Functional(count: n + 2)
      g.add(constraint.functional.padded(to: n + 2), weight: 1 / size)
      g.linear[n] -= high - low
      return ConvexConstraint(name: constraint.name, functional: g, bound: constraint.bound / size + low)
    }
    return scales
  }

  /// A proof that no point is feasible, or a point that is.
  func run(_ options: SolveOptions) -> (proof: InfeasibilityProof?, point: [Double]?) {
    let threshold = threshold
    let scale = program.objective.scale(in: program.layout)
    let margin = 0x1p-40 * abs(threshold)
    let outcome = Solver.run(program, options, isPhase: true) { certificate in
      certificate.satisfies(options.tolerance, scale: scale) || certificate.lower > threshold + margin
    }
    switch outcome {
    case .infeasible(.multipliers(let evidence, _), _):
      return (proof(evidence, at: evidence.tangent ?? program.layout.centre(), isBare: true), nil)
    case .infeasible: return (nil, nil)
    default:
      guard let answer = outcome.answerIfAny else { return (nil, nil) }
      if let proof = proof(answer.evidence, at: answer.point, isBare: false) { return (proof, nil) }
      let point = Array(answer.point.prefix(original.count))
      return (nil, original.isFeasible(point) ? point : nil)
    }
  }

  /// Multipliers of the phase in terms of the original program; `isBare` where they prove the rows alone.
  private func proof(_ found: Evidence, at point: [Double], isBare: Bool) -> InfeasibilityProof? {
    let n = original.count
    let rows = original.inequalities.count
    var evidence = Evidence.none(for: original)
    evidence.equality = found.equality
    evidence.inequality = Array(found.inequality.prefix(rows))
    let domain = Array(found.inequality.dropFirst(rows))
    if domain.contains(where: { $0 > 0 }) { evidence.domain = domain }
    evidence.tangent = Array((found.tangent ?? point).prefix(n))
    if original.convex.count == 1, !isBare {
      evidence.convex = [1]
      evidence.constraintSlopes = [found.objectiveSlopes]
      evidence.constraintSpectral = [found.spectral]
      evidence.constraintMaximumWeights = [found.maximumWeights]
    } else if original.convex.count > 1, found.convex.count == original.convex.count {
      evidence.convex = zip(found.convex, scales).map { $0 / $1 }
      evidence.constraintSlopes = found.constraintSlopes
      evidence.constraintSpectral = found.constraintSpectral
      evidence.constraintMaximumWeights = found.constraintMaximumWeights
    }
    return original.infeasibilityProof(evidence, at: Array(point.prefix(n)))
  }
}

extension Loop {
  /// True when some point is feasible and its value finite.
  var hasPoint: Bool {
    guard let certificate = best?.certificate else { return false }
    return certificate.isFeasible && certificate.value < .infinity
  }

  /// Looks for a proof that no point is feasible; a feasible point that turns up instead is offered.
  mutating func phaseOne() -> InfeasibilityProof? {
    guard !budget.shouldStop(), let phase = PhaseOne(original, near: best?.point) else { return nil }
    var quiet = SolveOptions(seed: options.seed, shouldStop: { [budget] in budget.shouldStop() })
    quiet.iterations = options.iterations.map { max($0 - record.iterations, 1) }
    quiet.evaluations = options.evaluations.map { max($0 - record.evaluations, 1) }
    let (proof, point) = phase.run(quiet)
    if proof != nil {
      note(
        "the constraints without the objective: no point comes nearer to all of them than this proof allows")
    } else if let point {
      offer(reduce(point))
    }
    return proof
  }
}
