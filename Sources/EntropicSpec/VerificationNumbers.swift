import EntropicModel
import EntropicNumerics
import EntropicSolvers

// Numbers of a report that follow from its point and its evidence.
extension Verification {
  /// A gap is not below the difference of what can be proved.
  mutating func checkGap(_ lower: Double, _ upper: Double) {
    let size = max(abs(lower), abs(upper))
    let gap = upper - lower
    if let claimed = claim.gap {
      if claim.lower == nil || claim.upper == nil {
        refuse("gap", "a gap is claimed without both ends of the interval", "objective", "gap")
      } else if !(claimed >= gap - 0x1p-48 * size) {
        refuse(
          "gap",
          "the gap \(NumberText.short(claimed, digits: 3)) is below what can be proved "
            + "(\(NumberText.short(gap, digits: 3)))",
          "objective", "gap")
      }
    }
    if let claimed = claim.relativeGap, !(size > 0 && claimed >= gap / size - 0x1p-48) {
      refuse(
        "gap",
        "the relative gap \(NumberText.short(claimed, digits: 3)) is below what can be proved "
          + "(\(size > 0 ? NumberText.short(gap / size, digits: 3) : "none at 0"))",
        "objective", "relative_gap")
    }
  }

  /// Whether the point is feasible follows from the point.
  mutating func checkFeasibleClaim(_ certificate: Certificate) {
    guard let claimed = claim.feasible, claimed != (certificate.isFeasible ? "true" : "false") else { return }
    refuse(
      "evidence", "'feasible' is \(Diagnostic.quoted(claimed)), which the point is not", "certificate",
      "feasible"
    )
  }

  /// The effect of the rounding of data follows from the multipliers of the report.
  mutating func checkUncertainty(_ reported: Certificate?) {
    guard let claimed = claim.dataUncertainty else { return }
    guard let reported else {
      notes.append("the effect of the rounding of data is not checked: the report brings no evidence")
      return
    }
    let own = abs(problem.transform.derivative(reported.value)) * reported.dataUncertainty
    // Where rows are exact it is the effect of a residual, which the last digits of the point decide.
    let noise = 0x1p-30 * own + 0x1p-44 * abs(problem.transform.value(reported.value))
    if !(abs(claimed - own) <= noise) {
      refuse(
        "uncertainty",
        "the data uncertainty is \(NumberText.short(claimed, digits: 3)), but point and evidence give "
          + NumberText.short(own, digits: 3),
        "objective", "data_uncertainty")
    }
  }

  /// The constraints are those of the file, and their numbers follow from the point and the evidence.
  mutating func checkConstraints(_ p: [Double], _ certificate: Certificate) {
    guard let claimed = claim.constraints else { return }
    let evidence = claim.evidence.flatMap { evidence in
      evidence.equality.count == program.equalities.count
        && evidence.inequality.count == program.inequalities.count
        && evidence.convex.count == program.convex.count ? evidence : nil
    }
    let answer = Answer(
      point: p, evidence: evidence ?? .none(for: program), certificate: certificate, run: RunRecord())
    let own = problem.reportedConstraints(answer)
    let keys = Report.keys(of: own)
    let found = Dictionary(zip(keys, own)) { first, _ in first }
    for claim in claimed where found[claim.name] == nil {
      refuse(
        "constraint", "the file has no constraint \(Diagnostic.quoted(claim.name))", "constraints", claim.name
      )
    }
    let names = Set(claimed.map(\.name))
    for key in keys where !names.contains(key) {
      refuse("constraint", "the constraint \(Diagnostic.quoted(key)) is missing", "constraints")
    }
    for claim in claimed {
      if let own = found[claim.name] { check(claim, against: own, hasEvidence: evidence != nil) }
    }
  }

  private mutating func check(
    _ claim: ReportClaim.ConstraintClaim, against own: ConstraintReport, hasEvidence: Bool
  ) {
    let name = Diagnostic.quoted(claim.name)
    guard claim.isMapping else {
      refuse("constraint", "\(name) has no value, bound and multiplier", "constraints", claim.name)
      return
    }
    if let relation = claim.relation, relation != own.relation.rawValue {
      refuse(
        "constraint", "\(name) is '\(relation)' (expected '\(own.relation.rawValue)')", "constraints",
        claim.name, "relation")
    }
    let sizes = zip(own.value, own.bound).map { max(abs($0), abs($1)) }
    compare(claim, "value", claim.value, own.value, sizes)
    compare(claim, "bound", claim.bound, own.bound, own.bound.map { abs($0) })
    let largest = sizes.filter(\.isFinite).max() ?? 0
    compare(claim, "violation", claim.violation.map { [$0] }, [own.violation], [largest])
    if hasEvidence {
      compare(claim, "multiplier", claim.multiplier, own.multiplier, own.multiplier.map { abs($0) })
    } else if claim.multiplier?.contains(where: { $0 ?? 0 != 0 }) == true {
      refuse(
        "constraint", "\(name) has a multiplier, but the report brings no evidence for it", "constraints",
        claim.name, "multiplier")
    }
  }

  /// Compares one list of numbers up to the rounding of entries of these sizes; null claims nothing.
  private mutating func compare(
    _ claim: ReportClaim.ConstraintClaim, _ what: String, _ claimed: [Double?]?, _ own: [Double],
    _ sizes: [Double]
  ) {
    guard let claimed else { return }
    let name = Diagnostic.quoted(claim.name)
    guard claimed.count == own.count else {
      refuse(
        "constraint", "\(name) has \(claimed.count) numbers under '\(what)' (expected \(own.count))",
        "constraints", claim.name, what)
      return
    }
    for (k, (x, y)) in zip(claimed, own).enumerated() {
      guard let x else { continue }
      let isEqual = x == y || abs(x - y) <= 0x1p-40 * sizes[k] || abs(x - y) <= 1e-300
      if !isEqual {
        refuse(
          "constraint",
          "the \(what) of \(name) is \(NumberText.short(x, digits: 9)), but the report's point and evidence "
            + "give \(NumberText.short(y, digits: 9))",
          "constraints", claim.name, what)
        return
      }
    }
  }
}
