import EntropicModel
import EntropicNumerics

/// Search over a convex set by linear minimisation: conditional gradients with sparse iterates.
///
///     v = argmin <grad F(p), q>,   p+ = p + t d,   t by an exact line search in the space of images
///     classic             d = v - p
///     away                d = v - p, or p - a with a the worst atom, whichever promises more
///     pairwise            d = v - a, mass moves from the worst atom to the best vertex
///     blended-pairwise    d = b - a between atoms where that promises as much as v - p, otherwise v - p
///     fully-corrective    F is minimised over the outcomes that are held, then outcomes of negative price enter
///
/// Iterates are atoms with weights; on free simplices an atom is an outcome. No constant of smoothness and no
/// parameter is asked for, steps never leave the domain of F, and F never increases. On products of simplices the
/// variants with memory work on the simplex that promises most; the classic one moves all of them.
///
/// - Accepts smooth convex programs with linear rows (vertices of the moment polytope, whose multipliers are the
///   evidence) and bounds; functions of the user need a gradient only, but for `fully-corrective`, which needs second
///   derivatives for its master problem.
/// - Guarantee: `bound` is F(p) less the best of the bounds F(q) + min <grad F(q), v - q> of the run.
/// - Rate: classic O(1 / t); away, pairwise and blended-pairwise linear on polytopes for strongly convex F, with the
///   geometry of the face in the constant; fully-corrective ends after finitely many supports, 10 to 40 in practice.
/// - Complexity: one gradient and O(N) a trial of the line search, N the length of the images.
/// - Sources: M. Frank, P. Wolfe, Nav. Res. Logist. Q. 3 (1956), doi:10.1002/nav.3800030109; M. Jaggi, ICML 2013; S.
///   Lacoste-Julien, M. Jaggi, NIPS 2015, arXiv:1511.05932; K. Tsuji, K. Tanaka, S. Pokutta, ICML 2022,
///   arXiv:2110.12650; A. Carderera, M. Besançon, S. Pokutta, SIAM J. Optim. 34 (2024), arXiv:2105.13913.
public struct FrankWolfe: Method {
  public enum Variant: String, Sendable, Hashable, CaseIterable {
    case classic
    case away
    case pairwise
    case blendedPairwise = "blended-pairwise"
    case fullyCorrective = "fully-corrective"
  }

  public var variant: Variant
  /// Vertices of a set of one's own in place of the program's; nil for the program's.
  public var oracle: (any LinearOracle)?
  /// A free simplex with more outcomes starts as one dense atom, which the first steps leave behind. With fewer, every
  /// outcome starts as an atom of its own: it costs a step to drop one, but masses can move between neighbours.
  public var largestSpread: Int

  /// The fully corrective search gives up when it would hold more outcomes.
  var mostHeld = Int.max

  public init(
    _ variant: Variant = .blendedPairwise, oracle: (any LinearOracle)? = nil, largestSpread: Int = 256
  ) {
    self.variant = variant
    self.oracle = oracle
    self.largestSpread = largestSpread
  }

  public enum State: Sendable {
    /// Before the first step, which finds the first point: it may take a linear programme and must be able to stop.
    case fresh(Program, Candidate?)
    case search(ConvexSearchBox)
    case support(SupportSearchBox)
    /// Nothing to start from.
    case fault(Step, Candidate)
  }

  /// What the search carries; opaque.
  public struct ConvexSearchBox: Sendable { var run: ConvexSearch }
  /// What the fully corrective search carries; opaque.
  public struct SupportSearchBox: Sendable { var run: SupportSearch }

  public var name: String {
    variant == .blendedPairwise ? "frank-wolfe" : "frank-wolfe(\(variant.rawValue))"
  }
  public var isSecondOrder: Bool { variant == .fullyCorrective }

  public func accepts(_ program: Program) -> Acceptance {
    guard program.isConvex else { return .declines("the problem is not known to be convex") }
    guard program.objective.isSmooth else { return .declines("the objective has kinks") }
    guard program.convex.isEmpty else { return .declines("there are convex constraints") }
    if let reason = program.objective.swampedEntropy { return .declines(reason) }
    let rows = program.equalities.count + program.inequalities.count
    guard rows <= 400 else { return .declines("there are \(rows) linear rows") }
    if variant == .fullyCorrective {
      guard program.objective.hasHessian else {
        return .declines("a function of the user has no second derivatives")
      }
      guard oracle == nil else { return .declines("the master problem needs the program's own rows") }
      return .accepts("sparse points; outcomes enter by their prices")
    }
    return .accepts("sparse points; one gradient and one vertex a step")
  }

  public func start(_ program: Program, warm: Candidate?) -> State { .fresh(program, warm) }

  private func begin(_ program: Program, warm: Candidate?, stop: @escaping StopCheck) -> State {
    let centre = Candidate(point: program.layout.centre(), evidence: .none(for: program))
    let guess = warm ?? program.start.map { Candidate(point: $0, evidence: .none(for: program)) }
    switch SearchStart.point(program, warm: guess, stop: stop) {
    case .infeasible(let evidence): return .fault(.infeasible(evidence), centre)
    case .failed: return .fault(.stalled(.notFinite), centre)
    case .point(let p, let polytope):
      if variant == .fullyCorrective {
        var run = SupportSearch(program, near: p, isWarm: guess != nil, polytope, stop: stop)
        run.mostHeld = mostHeld
        return .support(SupportSearchBox(run: run))
      }
      let own = LayoutOracle(program.layout)
      let vertices: any LinearOracle = oracle ?? polytope ?? own
      let isGrouped = oracle == nil && polytope == nil && own.hasSingleOutcomes
      guard
        let run = ConvexSearch(
          program, vertices, isGrouped: isGrouped, largestSpread: largestSpread, start: p)
      else {
        return .fault(.stalled(.notFinite), Candidate(point: p, evidence: centre.evidence))
      }
      return .search(ConvexSearchBox(run: run))
    }
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if case .fresh(let program, let warm) = state {
      let begun = begin(program, warm: warm, stop: context.shouldStop)
      if context.shouldStop() { return .progress }
      state = begun
    }
    switch state {
    case .fresh: return .progress
    case .fault(let step, let candidate):
      // A claim is made once.
      if case .infeasible = step { state = .fault(.stalled(.progress), candidate) }
      return step
    case .search(var box):
      // Moved out and in again, so that buffers stay unique.
      state = .fault(.progress, Candidate(point: [], evidence: Evidence()))
      let step = box.run.step(variant, context)
      state = .search(box)
      return step
    case .support(var box):
      state = .fault(.progress, Candidate(point: [], evidence: Evidence()))
      let step = box.run.step(context)
      state = .support(box)
      return step
    }
  }

  public func bound(_ state: State) -> Double {
    switch state {
    case .fresh, .fault: .infinity
    case .search(let box): box.run.gap
    case .support(let box): box.run.gap
    }
  }

  public func finish(_ state: State) -> Candidate {
    switch state {
    case .fresh(let program, let warm):
      warm ?? Candidate(point: program.layout.centre(), evidence: .none(for: program))
    case .fault(_, let candidate): candidate
    case .search(let box):
      Candidate(
        point: repaired(box.run.program.normalised(box.run.point), for: box.run.program),
        evidence: box.run.evidence)
    case .support(let box): box.run.best
    }
  }

  public func evaluations(_ state: State) -> Int {
    switch state {
    case .fresh: 0
    case .fault: 1
    case .search(let box): box.run.evaluations
    case .support(let box): box.run.evaluations
    }
  }

  /// Number of atoms that carry the point.
  public func atomCount(_ state: State) -> Int {
    switch state {
    case .fresh, .fault: 0
    case .search(let box): box.run.active.size
    case .support(let box): box.run.best.point.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    }
  }
}

extension Method where Self == FrankWolfe {
  /// Search by linear minimisation; `oracle` replaces the program's own vertices.
  public static func frankWolfe(
    _ variant: FrankWolfe.Variant = .blendedPairwise, oracle: (any LinearOracle)? = nil
  ) -> FrankWolfe { FrankWolfe(variant, oracle: oracle) }
}
