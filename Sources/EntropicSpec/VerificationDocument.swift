import EntropicModel

extension Verification {
  /// What the report claims, for the document.
  package var claimed: Report.Objective? {
    guard !claim.isBare else { return nil }
    return Report.Objective(
      sense: problem.sense, value: claim.value, lower: claim.lower, upper: claim.upper, dataUncertainty: nil)
  }

  /// The findings as messages about the report.
  package func diagnostics(file: SourceFile) -> [Diagnostic] {
    findings.map { finding in
      var diagnostic = file.diagnostic(
        .refusedClaim, at: finding.location, "\(finding.check): \(finding.message)")
      // Reports have long lines of numbers; the place is enough.
      diagnostic.excerpt = nil
      return diagnostic
    }
  }

  /// The verdict as a document; `exit_code` is 0 or 30.
  package func document(report: SourceFile, warnings: [Diagnostic], provenance: Provenance, run: Report.Run)
    -> DocumentValue
  {
    .object([
      "status": .text(isAccepted ? "accepted" : "refused"),
      "reason": .optional(findings.first?.check),
      "exit_code": .integer(isAccepted ? 0 : 30),
      "claim": .object([
        "status": .optional(status), "objective": claimed.map { Verification.document(of: $0) } ?? .null,
      ]),
      "recomputed": .object([
        "objective": recomputed.map { Verification.document(of: $0) } ?? .null,
        "feasible": isFeasible.map { .bool($0) } ?? .null,
        "optimal": isOptimal.map { .bool($0) } ?? .null,
        "evidence_from": .optional(source?.rawValue),
      ]),
      "findings": .list(
        findings.map { .object(["check": .text($0.check), "message": .text($0.message)]) }),
      "notes": .list(notes.map { .text($0) }),
      "diagnostics": .list((warnings + diagnostics(file: report)).map(\.document)),
      "provenance": provenance.document,
      "run": run.document,
    ])
  }

  private static func document(of objective: Report.Objective) -> DocumentValue {
    .object([
      "sense": .text(objective.sense.rawValue),
      "value": .optional(objective.value),
      "lower": .optional(objective.lower),
      "upper": .optional(objective.upper),
      "gap": .optional(objective.gap),
      "relative_gap": .optional(objective.relativeGap),
    ])
  }

  /// The verdict for people.
  package var text: String {
    var lines = [isAccepted ? "accepted: \(summary)" : "refused: the report claims more than holds"]
    for finding in findings { lines.append("  \(finding.check): \(Diagnostic.escaped(finding.message))") }
    if let objective = recomputed {
      if let value = objective.value { lines.append("value     \(DocumentValue.text(of: value))") }
      if let lower = objective.lower, let upper = objective.upper {
        lines.append("interval  [\(DocumentValue.text(of: lower)), \(DocumentValue.text(of: upper))]")
      }
      if let gap = objective.gap { lines.append("gap       \(NumberText.short(gap, digits: 2))") }
    }
    switch source {
    case .report: lines.append("evidence  the multipliers of the report")
    case .own: lines.append("evidence  multipliers of a run of our own")
    case nil: break
    }
    for note in notes { lines.append("note      \(Diagnostic.escaped(note))") }
    return lines.joined(separator: "\n") + "\n"
  }

  private var summary: String {
    if let status { return "'\(status)' holds" }
    switch isOptimal {
    case true?: return "the point is feasible and optimal within the tolerance"
    case false?: return "the point is feasible; it is not proved to be optimal"
    case nil: return "the point is feasible"
    }
  }
}
