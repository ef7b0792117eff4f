import EntropicModel
import EntropicNumerics

extension Sensitivity.Shift {
  /// How a program's data move with a parameter, from the programs on both sides of its value.
  ///
  ///     (4 d(h / 2) - d(h)) / 3,   d(h) = (data(t + h) - data(t - h)) / (2 h)
  ///
  /// Data are values of functions at one fixed point with fixed multipliers, which are smooth in the parameter even where
  /// the optimum is not. Exact for data linear in the parameter, error O(h^4) otherwise.
  /// - Returns: nil when the programs differ in structure: a parameter at a value where terms appear or vanish.
  public init?(
    _ program: Program, at point: [Double], _ evidence: Evidence, step h: Double,
    _ build: (_ offset: Double) -> Program?
  ) {
    func slope(_ h: Double) -> Sensitivity.Shift? {
      guard let high = build(h), let low = build(-h), Self.isAlike(high, program), Self.isAlike(low, program)
      else { return nil }
      let (a, b) = (Self.data(high, point, evidence), Self.data(low, point, evidence))
      return Self.combined(a, b) { ($0 - $1) / (2 * h) }
    }
    guard let coarse = slope(h), let fine = slope(h / 2) else { return nil }
    self = Self.combined(fine, coarse) { (4 * $0 - $1) / 3 }
    let all = gradient + equality + inequality + convex + lower + upper + [objective]
    guard all.allSatisfy(\.isFinite) else { return nil }
  }

  private static func isAlike(_ a: Program, _ b: Program) -> Bool {
    a.count == b.count && a.equalities.count == b.equalities.count
      && a.inequalities.count == b.inequalities.count && a.convex.count == b.convex.count
      && zip(a.layout.upper, b.layout.upper).allSatisfy { ($0 == .infinity) == ($1 == .infinity) }
  }

  private static func data(_ program: Program, _ p: [Double], _ evidence: Evidence) -> Sensitivity.Shift {
    var out = Sensitivity.Shift(program)
    out.objective = program.objective.value(p)
    out.gradient = program.objective.gradient(p)
    for (k, row) in program.equalities.enumerated() {
      out.equality[k] = row.value(p) - row.bound
      for (i, a) in zip(row.columns, row.values) { out.gradient[i] += evidence.equality[k] * a }
    }
    for (k, row) in program.inequalities.enumerated() {
      out.inequality[k] = row.value(p) - row.bound
      for (i, a) in zip(row.columns, row.values) { out.gradient[i] += max(evidence.inequality[k], 0) * a }
    }
    for (k, constraint) in program.convex.enumerated() {
      out.convex[k] = constraint.functional.value(p) - constraint.bound
      if evidence.convex[k] > 0 {
        Kernel.axpy(evidence.convex[k], constraint.functional.gradient(p), into: &out.gradient)
      }
    }
    out.lower = program.layout.lower
    out.upper = program.layout.upper.map { $0 == .infinity ? 0 : $0 }
    return out
  }

  private static func combined(
    _ a: Sensitivity.Shift, _ b: Sensitivity.Shift, _ f: (Double, Double) -> Double
  ) -> Sensitivity.Shift {
    var out = a
    out.objective = f(a.objective, b.objective)
    out.gradient = zip(a.gradient, b.gradient).map(f)
    out.equality = zip(a.equality, b.equality).map(f)
    out.inequality = zip(a.inequality, b.inequality).map(f)
    out.convex = zip(a.convex, b.convex).map(f)
    out.lower = zip(a.lower, b.lower).map(f)
    out.upper = zip(a.upper, b.upper).map(f)
    return out
  }
}

extension Answer {
  /// The derivatives of the optimum along one parameter of its problem.
  ///
  /// `build` makes the problem at another value of the parameter, offset from the present one. The value's derivative is
  /// in the user's sense and units.
  /// - Returns: nil when the problem changes structure at this value, or was not built from formulas.
  public func derivative(
    step: Double = 1e-3, _ build: (_ offset: Double) throws -> Problem
  ) -> (value: Double, point: [Double]?, obstacle: String?)? {
    guard let problem else { return nil }
    let sensitivity = Sensitivity(problem.program, at: point, evidence)
    return derivative(of: sensitivity, step: step, build)
  }

  /// The same with a system that was factored before: one a point, whatever the number of parameters.
  public func derivative(
    of sensitivity: Sensitivity, step: Double = 1e-3, _ build: (_ offset: Double) throws -> Problem
  ) -> (value: Double, point: [Double]?, obstacle: String?)? {
    guard let problem else { return nil }
    guard
      let shift = Sensitivity.Shift(
        problem.program, at: point, evidence, step: step, { (try? build($0))?.program })
    else { return nil }
    let derivative = sensitivity.derivative(shift)
    let inner = certificate.value
    // The outer function of the objective's root may hold the parameter, too.
    var outer = 0.0
    if let high = try? build(step), let low = try? build(-step) {
      outer = (high.transform.value(inner) - low.transform.value(inner)) / (2 * step)
    }
    let value = problem.transform.derivative(inner) * derivative.value + outer
    return (value, derivative.point, sensitivity.obstacle)
  }
}
