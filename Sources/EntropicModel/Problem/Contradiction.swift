extension Problem {
  /// Names of the constraints that a proof of emptiness needs: those with a multiplier, then those that state
  /// a bound of a mass without which the proof would fail.
  ///
  /// Bounds of masses have no multipliers in evidence: the inner minimum of the lower bound takes them in. One
  /// constraint after the other loses its bounds; those whose loss ends the proof are part of it, so that the
  /// list holds no constraint that could be left out.
  /// - Complexity: one lower bound for each of at most 256 constraints on bounds; more are all named.
  public func contradiction(of evidence: Evidence) -> [String] {
    var names: [String] = []
    for (row, multiplier) in zip(program.equalities, evidence.equality) where multiplier != 0 {
      names.append(row.name)
    }
    for (row, multiplier) in zip(program.inequalities, evidence.inequality) where multiplier > 0 {
      names.append(row.name)
    }
    for (constraint, multiplier) in zip(program.convex, evidence.convex) where multiplier > 0 {
      names.append(constraint.name)
    }
    if !evidence.domain.isEmpty {
      for (row, multiplier) in zip(program.domainRows, evidence.domain) where multiplier > 0 {
        names.append(row.name)
      }
    }
    return names + boundsInConflict(evidence)
  }

  private func boundsInConflict(_ evidence: Evidence) -> [String] {
    let candidates = constraints.indices.filter { k in
      constraints[k].elements.contains { element in
        switch element.place {
        case .upper, .lower: true
        default: false
        }
      }
    }
    if candidates.count > 256 { return candidates.map { constraints[$0].name } }
    let stated = boundsOfConstraints(candidates)
    let tangent = evidence.tangent ?? program.layout.centre()
    var kept = candidates
    for k in candidates {
      let others = kept.filter { $0 != k }
      var looser = program
      let rest = boundsOfConstraints(others)
      for i in 0..<program.count {
        // A bound that is tighter than all constraints say comes from elsewhere, and stays.
        let (lower, upper) = (program.layout.lower[i], program.layout.upper[i])
        if upper >= stated.upper[i] - 0x1p-48 * abs(stated.upper[i]) {
          looser.layout.upper[i] = rest.upper[i]
        }
        if lower <= stated.lower[i] + 0x1p-48 * stated.lower[i] { looser.layout.lower[i] = rest.lower[i] }
      }
      if looser.infeasibilityProof(evidence, at: tangent) != nil { kept = others }
    }
    return kept.map { constraints[$0].name }
  }

  /// The bounds that these constraints state.
  private func boundsOfConstraints(_ list: [Int]) -> (lower: [Double], upper: [Double]) {
    var lower = [Double](repeating: 0, count: program.count)
    var upper = [Double](repeating: .infinity, count: program.count)
    for k in list {
      for element in constraints[k].elements {
        switch element.place {
        case .upper(let i): upper[i] = min(upper[i], element.bound * element.rate)
        case .lower(let i): lower[i] = max(lower[i], element.bound * element.rate)
        default: break
        }
      }
    }
    return (lower, upper)
  }
}
