@_exported import EntropicModel
@_exported import EntropicNumerics
@_exported import EntropicSolvers

/// Minimises a formula over its unknown distributions.
///
///     let faces = [1.0, 2, 3, 4, 5, 6]
///     let p = Unknown.simplex(over: faces)
///     let outcome = try minimize(-entropy(p)) { expect(p, faces) == 4.5 }
///     let law = try outcome.answer[p]
///
/// Building the problem may throw; running it never does: limits, infeasible sets and stalls are outcomes.
///
/// - Throws: `ProblemError` when shapes disagree or the formula is not convex by the rules.
public func minimize(
  _ objective: Expression, _ options: SolveOptions = SolveOptions(),
  @ConstraintBuilder subjectTo constraints: () -> [Constraint] = { [] }
) throws(ProblemError) -> Outcome {
  let problem = try Problem(.minimize, objective, subjectTo: constraints())
  return Solver.run(problem, options)
}

/// Maximises a formula over its unknown distributions; see `minimize`.
public func maximize(
  _ objective: Expression, _ options: SolveOptions = SolveOptions(),
  @ConstraintBuilder subjectTo constraints: () -> [Constraint] = { [] }
) throws(ProblemError) -> Outcome {
  let problem = try Problem(.maximize, objective, subjectTo: constraints())
  return Solver.run(problem, options)
}

/// Minimises a canonical program by one method.
public func minimize(
  _ program: Program, by method: String, until tolerance: Tolerance = Tolerance()
) -> Outcome {
  Solver.run(program, SolveOptions(method: method, tolerance: tolerance))
}
