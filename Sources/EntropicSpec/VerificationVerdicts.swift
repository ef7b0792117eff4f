import EntropicModel
import EntropicNumerics
import EntropicSolvers

// Verdicts without an optimum: that no point is feasible, or that the objective has no bound.
extension Verification {
  mutating func judgeInfeasible(_ options: EntropicSolvers.SolveOptions) {
    if let level = claim.level, level != (program.domainProof() == nil ? "multipliers" : "domain") {
      refuse(
        "evidence", "the level \(Diagnostic.quoted(level)) is not that of the proof", "certificate", "level")
    }
    if program.domainProof() != nil {
      notes.append("the objective or a constraint is infinite on the whole feasible set")
      return
    }
    if let evidence = claim.evidence {
      source = .report
      let centre = program.layout.centre()
      if case .multipliers(let proof, let bound)? = program.infeasibilityProof(
        evidence, at: evidence.tangent ?? centre)
      {
        notes.append("the report's multipliers prove that no point is feasible")
        checkContradiction(proof, bound)
        return
      }
      // Multipliers of curved constraints need the point at which they are linearised.
      if evidence.tangent != nil || program.convex.isEmpty {
        refuse(
          "evidence", "the multipliers of the report do not prove that no point is feasible", "certificate",
          "evidence")
        return
      }
    }
    source = .own
    if case .infeasible = Solver.run(problem, options) {
      notes.append("multipliers of our own prove that no point is feasible")
      return
    }
    refuse("status", "'infeasible' is claimed without a proof, and a run of our own found none", "status")
  }

  /// The names and the size of a contradiction are those of its multipliers.
  private mutating func checkContradiction(_ proof: Evidence, _ bound: Double) {
    if let names = claim.contradiction, names != problem.contradiction(of: proof) {
      refuse(
        "evidence", "the constraints named in 'contradiction' are not those of the proof", "certificate",
        "contradiction")
    }
    if let claimed = claim.contradictionBound, claimed > bound + 0x1p-40 * abs(bound) {
      refuse(
        "evidence",
        "the bound \(NumberText.short(claimed, digits: 9)) is above what the multipliers prove "
          + "(\(NumberText.short(bound, digits: 9)))",
        "certificate", "bound")
    }
  }

  /// Verdicts without an optimum have no interval.
  mutating func checkNoInterval() {
    let claimed = [
      claim.value, claim.lower, claim.upper, claim.gap, claim.relativeGap, claim.dataUncertainty,
    ]
    if claimed.contains(where: { $0 != nil }) {
      refuse("status", "'\(claim.status ?? "")' is claimed together with numbers of an optimum", "objective")
    }
  }

  mutating func judgeUnbounded(_ point: [Double]?) {
    if let level = claim.level, level != "infinite-value" {
      refuse(
        "evidence", "the level \(Diagnostic.quoted(level)) is not that of the proof", "certificate", "level")
    }
    guard let point, checkMasses(point) else {
      if point == nil { refuse("point", "'unbounded' is claimed without a point", "status") }
      return
    }
    let normalised = program.normalised(point)
    let values = [point, normalised].map { p -> Double in
      guard program.isFeasible(p) else { return .nan }
      return value(of: p)
    }
    let best = problem.sense == .minimize ? -Double.infinity : .infinity
    if !values.contains(best) {
      refuse("evidence", "the objective is not infinite at a feasible point of the report", "unknowns")
    } else {
      notes.append("the objective is infinitely good at the feasible point of the report")
    }
  }

  /// The user's objective in extended reals.
  private func value(of p: [Double]) -> Double {
    let evaluation = Evaluation(problem.objective)
    let masses = evaluation.unknowns.map { unknown -> [Double] in
      guard let k = problem.unknowns.firstIndex(of: unknown) else { return [] }
      return Array(p[program.layout.blocks[k].range])
    }
    return evaluation.value(masses).first ?? .nan
  }
}
