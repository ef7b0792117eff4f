import EntropicModel
import EntropicNumerics

/// Runs the automatic choice, or one method, on a program or a problem.
public enum Solver {
  /// Solves a problem that its user built. An infinitely good point found while building ends the run at once.
  public static func run(_ problem: Problem, _ options: SolveOptions = SolveOptions()) -> Outcome {
    Parallel.$threads.withValue(max(1, options.threads ?? Parallel.threads)) { solve(problem, options) }
  }

  private static func solve(_ problem: Problem, _ options: SolveOptions) -> Outcome {
    if let proof = problem.unbounded {
      var record = RunRecord()
      record.why = "the objective is infinite at a feasible point"
      return .unbounded(proof, record)
    }
    let tolerance = options.tolerance
    let judge: @Sendable (Certificate) -> Bool = { problem.satisfies($0, tolerance) }
    if let proof = problem.domainProof(vanishes: vanishes(problem)) {
      var record = RunRecord()
      record.why = "the objective is infinite on the whole feasible set"
      return .infeasible(proof, record)
    }
    let outcome = run(problem.program, options, judge: problem.transform.isAffine ? nil : judge)
    if case .optimal(let answer) = outcome, !problem.interval(of: answer.certificate).value.isFinite {
      // The program behind the root is solved; the user's number is none that a double can hold.
      var record = answer.run
      record.notes.append(
        "the objective at its optimum is beyond the largest double: the formula under its root has the optimum "
          + "\(answer.certificate.value), and can be optimised in its place")
      return Outcome.stalled(.notFinite, answer, record).of(problem)
    }
    return outcome.of(problem)
  }

  /// True when the constraints force every mass to 0 that the program's objective depends on.
  private static func vanishes(_ problem: Problem) -> Bool {
    let program = problem.program
    guard !problem.transform.isAffine, program.isConvex, program.objective.hasNoComposites else {
      return false
    }
    switch Presolve.run(program) {
    case .infeasible: return false
    case .solved(let candidate):
      return program.objective.isZero(on: candidate.point.indices.filter { candidate.point[$0] != 0 })
    case .reduced(let reduced, _): return reduced.objective.isZero(on: Array(0..<reduced.count))
    }
  }

  /// Solves a canonical program.
  public static func run(_ program: Program, _ options: SolveOptions = SolveOptions()) -> Outcome {
    Parallel.$threads.withValue(max(1, options.threads ?? Parallel.threads)) {
      run(program, options, judge: nil)
    }
  }

  /// `isPhase` marks a problem of constraints alone, which asks for no phase of its own.
  static func run(
    _ program: Program, _ options: SolveOptions, isPhase: Bool = false,
    judge: (@Sendable (Certificate) -> Bool)?
  ) -> Outcome {
    let budget = Budget(options)
    var record = RunRecord()
    if let proof = program.domainProof() {
      record.why = "the objective is infinite on the whole feasible set"
      return .infeasible(proof, record)
    }
    if let proof = program.contradictionOfBounds() {
      record.why = "the bounds of the masses contradict one another"
      return .infeasible(proof, record)
    }
    // Maxima of functionals become constraints on private levels; everything else passes through.
    let lowering = EpigraphLowering.isNeeded(program) ? EpigraphLowering(program) : nil
    let lowered = lowering?.program ?? program
    let raise: @Sendable (Candidate) -> Candidate = { lowering?.restore($0) ?? $0 }
    switch Presolve.run(lowered) {
    case .infeasible(let evidence):
      record.methods = ["presolve"]
      record.why = "the constraints contradict one another"
      let centre = lowered.layout.centre()
      let raised = raise(Candidate(point: centre, evidence: evidence))
      if let proof = program.infeasibilityProof(raised.evidence, at: raised.point) {
        return .infeasible(proof, record)
      }
      return .stalled(.precision, nil, record)
    case .solved(let candidate):
      var loop = Loop(original: program, reduced: lowered, options: options, budget: budget, restore: raise)
      loop.judge = judge
      loop.explain("presolve: the constraints leave one point")
      loop.isPhase = isPhase
      loop.reduce = { Candidate(point: lowering?.extend($0) ?? $0, evidence: .none(for: lowered)) }
      loop.offer(candidate)
      if !loop.hasPoint, !isPhase, let proof = loop.phaseOne() { return .infeasible(proof, loop.record) }
      return Solver.conclude(loop, budget, end: nil)
    case .reduced(let reduced, let restoration):
      var loop = Loop(original: program, reduced: reduced, options: options, budget: budget) {
        raise(restoration.restore($0))
      }
      loop.judge = judge
      loop.isPhase = isPhase
      loop.reduce = { restoration.reduce(point: lowering?.extend($0) ?? $0) }
      let warm = (options.warm ?? program.start).map(loop.reduce)
      if !program.isConvex { return local(&loop, budget, warm, options) }
      return convex(&loop, budget, warm, options)
    }
  }

  private static func convex(
    _ loop: inout Loop, _ budget: Budget, _ warm: Candidate?, _ options: SolveOptions
  ) -> Outcome {
    let plan = MethodPlan(for: loop.reduced, options)
    loop.explain(plan.why)
    if let sampler = plan.methods.first as? StochasticMirrorDescent {
      return sampled(&loop, sampler, budget, warm, options)
    }
    var last: Loop.End?
    var isExamined = loop.isPhase
    for (k, method) in plan.methods.enumerated() {
      if case .declines(let reason) = method.accepts(loop.reduced) {
        guard plan.isAsked, k == 0 else { continue }
        loop.note("\(method.name) does not accept this problem: \(reason)")
        return .stalled(.unsuitable, nil, loop.record)
      }
      if method.name == MethodPlan.finisher, k > 0 {
        // Only where precision is left to gain.
        guard loop.isCertified, let best = loop.bestReduced else { continue }
        _ = loop.run(method, warm: best, asFinisher: true)
        if loop.isCertified { break }
        continue
      }
      let next = plan.methods.dropFirst(k + 1).first {
        $0.name != MethodPlan.finisher && $0.accepts(loop.reduced).isAccepted
      }
      // A method is given up early only for one of its kind.
      let hasSuccessor = !plan.isAsked && (next.map { $0.isSecondOrder || !method.isSecondOrder } ?? false)
      let start = k == 0 || plan.startsAfresh(method, loop) ? warm : loop.bestReduced ?? warm
      let end = loop.run(method, warm: start, hasSuccessor: hasSuccessor)
      last = end
      switch end {
      case .infeasible(let proof): return .infeasible(proof, loop.record)
      case .limit: return conclude(loop, budget, end: end)
      case .certified:
        if k + 1 < plan.methods.count, plan.methods[k + 1].name == MethodPlan.finisher { continue }
        return conclude(loop, budget, end: end)
      case .converged, .stalled:
        if !loop.hasPoint, !isExamined {
          isExamined = true
          if let proof = loop.phaseOne() { return .infeasible(proof, loop.record) }
        }
        if !plan.isAsked, let next, !next.isSecondOrder, method.isSecondOrder, end.isExhausted,
          loop.relativeGap <= 1e-6
        {
          loop.note("\(method.name) ended at the limit of precision, beyond which \(next.name) cannot go")
          return conclude(loop, budget, end: end)
        }
        if !loop.isCertified, let next {
          let start = loop.hasPoint && !plan.startsAfresh(next, loop) ? "from its point" : "from the start"
          loop.note(
            "\(method.name) ended without a certificate\(end.words): \(next.name) takes over \(start)")
        }
      }
      if loop.isCertified { break }
    }
    return conclude(loop, budget, end: last)
  }

  /// A sum over rows by sampling: error bars, never a proof.
  private static func sampled(
    _ loop: inout Loop, _ method: StochasticMirrorDescent, _ budget: Budget, _ warm: Candidate?,
    _ options: SolveOptions
  ) -> Outcome {
    if case .declines(let reason) = method.accepts(loop.reduced) {
      loop.note("\(method.name) does not accept this problem: \(reason)")
      return .stalled(.unsuitable, nil, loop.record)
    }
    var seeded = method
    seeded.seed = options.seed
    let (original, reduced, restore) = (loop.original, loop.reduced, loop.restore)
    return estimate(
      seeded, seeded.start(reduced, warm: warm), loop.record, budget, options, evidence: .none(for: original)
    ) { point in
      original.normalised(restore(Candidate(point: point, evidence: .none(for: reduced))).point)
    }
  }

  /// Several starts of a first-order method; the best stationary point is reported, never as an optimum.
  private static func local(
    _ loop: inout Loop, _ budget: Budget, _ warm: Candidate?, _ options: SolveOptions
  ) -> Outcome {
    let method = Catalogue.named(options.method ?? "mirror-descent") ?? MirrorDescent()
    loop.explain("not convex by the rules: stationary points from several starts")
    guard method.accepts(loop.reduced).isAccepted else {
      loop.note("\(method.name): \(method.accepts(loop.reduced).reason)")
      return .stalled(.unsuitable, nil, loop.record)
    }
    let search = LocalSearch(program: loop.reduced, seed: options.seed)
    let starts = search.starts(warm?.point)
    var best: Answer?
    var record = RunRecord()
    var tries = 0
    for start in starts {
      if budget.shouldStop() { break }
      var run = loop
      _ = run.run(
        method, warm: Candidate(point: start, evidence: .none(for: loop.reduced)))
      tries += 1
      record.iterations += run.record.iterations
      record.evaluations += run.record.evaluations
      guard var answer = run.answer(), answer.certificate.isFeasible, let reduced = run.bestReduced,
        best.map({ LocalSearch.isLower(answer, than: $0) }) ?? true
      else { continue }
      answer.residual = search.residual(reduced)
      best = answer
    }
    guard var best else { return conclude(loop, budget, end: nil) }
    best.run.iterations = record.iterations
    best.run.evaluations = record.evaluations
    best.run.notes.append("the best of \(tries) starts")
    if let limit = budget.ended { return .limit(limit, best, best.run) }
    let size = max(loop.reduced.objective.evaluate(loop.reduced.layout.centre()).magnitude, loop.scale)
    guard let residual = best.residual, residual <= 1e-6 * size else {
      return .stalled(.progress, best, best.run)
    }
    return .local(best)
  }

  private static func conclude(_ loop: Loop, _ budget: Budget, end: Loop.End?) -> Outcome {
    var loop = loop
    // A law next to it, within the rounding of the data, may have a finite value: no proof either way.
    let isInfinite = !loop.isPhase && loop.answer()?.certificate.value == .infinity
    if isInfinite {
      loop.note(
        "the objective is infinite at the only laws that were found; data that differ by rounding may leave others"
      )
    }
    let answer = loop.examinedAnswer()
    if let answer, loop.isCertified { return .optimal(answer) }
    if let limit = budget.ended { return .limit(limit, answer, loop.record) }
    switch end {
    case _ where isInfinite: return .stalled(.notFinite, answer, loop.record)
    case .stalled(let reason): return .stalled(reason, answer, loop.record)
    case .converged: return .stalled(.precision, answer, loop.record)
    case .none where loop.record.methods.isEmpty && answer == nil:
      return .stalled(.unsuitable, nil, loop.record)
    default: return .stalled(.progress, answer, loop.record)
    }
  }
}
