import EntropicFamilies

/// The check of a report on a law of a family or a free law.
///
/// The problem is solved again, and the objective recomputed at the parameters of the report. Refused are another
/// file's digest, another status, an interval that the recomputed one contradicts, a value that the reported law
/// does not attain, and a law that is no member of the family.
package struct LawVerification: Sendable {
  package private(set) var findings: [Verification.Finding] = []
  package let status: String?
  package let recomputed: LawProblem.Outcome
  private let claim: ReportClaim
  private let problem: LawProblem

  package var isAccepted: Bool { findings.isEmpty }

  package init(
    of claim: ReportClaim, for problem: LawProblem, named name: String, provenance: Provenance,
    stop: @escaping @Sendable () -> Bool
  ) throws(SpecError) {
    self.claim = claim
    self.problem = problem
    status = claim.status
    recomputed = problem.solved(stop: stop)
    if let digest = claim.fileDigest, digest != provenance.file.digest {
      refuse("digest", "the report is about another objective file (its SHA-256 differs)")
    }
    let known = Dictionary(provenance.data.map { ($0.name, $0.digest) }) { first, _ in first }
    for (name, digest) in claim.dataDigests where known[name] != digest {
      refuse("digest", "the data file \(Diagnostic.quoted(name)) has changed or is not used")
    }
    let sense = problem.isMaximised ? "maximize" : "minimize"
    if let claimed = claim.sense, claimed != sense {
      refuse("status", "the report's sense is \(Diagnostic.quoted(claimed)) (expected \(sense))")
    }
    checkStatus()
    checkInterval()
    try checkLaw(name)
  }

  private mutating func refuse(_ check: String, _ message: String) {
    findings.append(Verification.Finding(check: check, message: message, location: claim.location(of: check)))
  }

  private mutating func checkStatus() {
    guard let status else { return }
    let found = recomputed.status.rawValue
    let known = ["optimal", "local", "infeasible", "unbounded", "stalled", "limit"]
    if !known.contains(status) {
      refuse("status", "\(Diagnostic.quoted(status)) is not a status that can be verified")
    } else if ["optimal", "infeasible", "unbounded"].contains(status), status != found {
      refuse("status", "\(Diagnostic.quoted(status)) does not follow (recomputed: \(found))")
    } else if status == "local", found == "infeasible" || found == "unbounded" {
      refuse("status", "the problem is \(found)")
    }
  }

  private mutating func checkInterval() {
    guard let lower = recomputed.lower, let upper = recomputed.upper else { return }
    let room = 1e-13 * max(1, abs(lower), abs(upper)) + (upper - lower)
    if let claimed = claim.lower, claimed > lower + room {
      refuse("lower", "\(claimed) lies above the recomputed bound \(lower)")
    }
    if let claimed = claim.upper, claimed < upper - room {
      refuse("upper", "\(claimed) lies below the recomputed bound \(upper)")
    }
    if let value = claim.value, value < lower - room || value > upper + room, status == "optimal" {
      refuse("value", "\(value) lies outside of the recomputed interval [\(lower), \(upper)]")
    }
  }

  /// The objective at the parameters of the report.
  private mutating func checkLaw(_ name: String) throws(SpecError) {
    guard case .family(let family, let given) = problem.unknown,
      let values = try claim.lawParameters(of: name, family.parameters.map(\.name))
    else { return }
    for (value, given) in zip(values, given) where given != nil && value != given {
      refuse("unknown", "a parameter that the file gives has another value in the report")
    }
    guard let law = try? family.law(values) else {
      refuse("unknown", "the parameters lie outside of the domain of the family \(family.name)")
      return
    }
    let value = problem.objective.value(at: law)
    guard let claimed = claim.value else { return }
    if abs(claimed - value.value) > 1e-9 * max(1, abs(value.value)) + value.error {
      refuse("value", "the objective is \(value.value) at the reported law (the report says \(claimed))")
    }
  }

  package func document(provenance: Provenance, run: Report.Run) -> DocumentValue {
    .object([
      "status": .text(isAccepted ? "accepted" : "refused"),
      "reason": .optional(findings.first?.check),
      "exit_code": .integer(isAccepted ? 0 : 30),
      "claim": .object(["status": .optional(status)]),
      "recomputed": .object([
        "status": .text(recomputed.status.rawValue), "value": .optional(recomputed.value),
        "lower": .optional(recomputed.lower), "upper": .optional(recomputed.upper),
      ]),
      "findings": .list(
        findings.map { .object(["check": .text($0.check), "message": .text($0.message)]) }),
      "provenance": provenance.document,
      "run": run.document,
    ])
  }

  package var text: String {
    var lines = [
      isAccepted
        ? "accepted: " + (status.map { "'\($0)' holds" } ?? "nothing is contradicted")
        : "refused: the report claims more than holds"
    ]
    for finding in findings { lines.append("  \(finding.check): \(Diagnostic.escaped(finding.message))") }
    if let value = recomputed.value { lines.append("value     \(DocumentValue.text(of: value))") }
    if let lower = recomputed.lower, let upper = recomputed.upper {
      lines.append("interval  [\(DocumentValue.text(of: lower)), \(DocumentValue.text(of: upper))]")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension ReportClaim {
  /// The parameters of a law in a report, or of a bare answer {"p": {"mean": 1, ...}}; nil when there are none.
  func lawParameters(of name: String, _ parameters: [String]) throws(SpecError) -> [Double]? {
    guard let holder = try mapping("unknowns") ?? (status == nil ? tree.root : nil),
      let node = member(name, of: holder), tree.kind(of: node) == .mapping
    else { return nil }
    let inner = member("parameters", of: node) ?? node
    guard tree.kind(of: inner) == .mapping else { return nil }
    var values: [Double] = []
    for parameter in parameters {
      guard let value = try number(parameter, in: inner) else { return nil }
      values.append(value)
    }
    return values
  }
}
