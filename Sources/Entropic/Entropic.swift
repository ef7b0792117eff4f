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

/// Estimates the minimum of a function that is known by samples only, over the laws on `outcomes` outcomes.
///
///     let cost = SampledGradient { p, generator in
///       let c = (0..<3).map { Double($0) + generator.uniform() }
///       return .init(value: zip(p, c).reduce(0) { $0 + $1.0 * $1.1 }, gradient: c)
///     }
///     let outcome = estimate(cost, outcomes: 3)
///
/// The outcome is `estimated`: a point, and an interval that holds the optimum with the method's confidence.
/// The seed of the options decides every draw. A regularizer is added exactly.
public func estimate(
  _ oracle: SampledGradient, outcomes: Int, regularizer: Functional? = nil,
  by method: StochasticMirrorDescent = StochasticMirrorDescent(), _ options: SolveOptions = SolveOptions()
) -> Outcome {
  var layout = Layout()
  layout.append(name: "p", kind: .simplex, shape: [outcomes])
  return Solver.estimate(oracle, over: layout, regularizer: regularizer, by: method, options)
}

/// Minimises a canonical program by one method.
public func minimize(
  _ program: Program, by method: String, until tolerance: Tolerance = Tolerance()
) -> Outcome {
  Solver.run(program, SolveOptions(method: method, tolerance: tolerance))
}

/// Minimises a canonical program by one method, given as a value.
///
///     minimize(program, by: .mirrorDescent(.burg), until: .gap(1e-10))
public func minimize(
  _ program: Program, by method: some Method, until tolerance: Tolerance = Tolerance()
) -> Outcome {
  var options = SolveOptions(tolerance: tolerance)
  options.chain = [method]
  return Solver.run(program, options)
}
