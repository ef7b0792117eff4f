import EntropicModel
import EntropicNumerics

/// The check of a report on a flow.
///
/// Energies are recomputed from the states of the report by the objective of the file, and the flow is run
/// again. Refused are another file's digest, a status that claims more than an estimate, states that are no
/// distributions, energies that their states do not have or that rise along the flow, and states that the
/// flow does not reach.
package struct FlowVerification: Sendable {
  package private(set) var findings: [Verification.Finding] = []
  package let status: String?
  package private(set) var checkedStates = 0
  private let claim: ReportClaim
  private let problem: FlowProblem

  package var isAccepted: Bool { findings.isEmpty }

  package init(
    of claim: ReportClaim, for problem: FlowProblem, provenance: Provenance,
    stop: @escaping @Sendable () -> Bool
  ) throws(SpecError) {
    self.claim = claim
    self.problem = problem
    status = claim.status
    if let digest = claim.fileDigest, digest != provenance.file.digest {
      refuse("digest", "the report is about another objective file (its SHA-256 differs)")
    }
    let known = Dictionary(provenance.data.map { ($0.name, $0.digest) }) { first, _ in first }
    for (name, digest) in claim.dataDigests where known[name] != digest {
      refuse("digest", "the data file \(Diagnostic.quoted(name)) has changed or is not used")
    }
    if let status, !["estimated", "limit", "stalled"].contains(status) {
      refuse("status", "\(Diagnostic.quoted(status)) is more than a flow can show (expected estimated)")
    }
    if claim.lower != nil || claim.upper != nil {
      refuse("lower", "a flow has no interval")
    }
    guard let flow = try claim.mapping("flow"), let states = claim.member("states", of: flow),
      claim.tree.kind(of: states) == .sequence
    else {
      if status != nil { refuse("flow", "the report holds no states") }
      return
    }
    let run = problem.single(stop: stop)
    let nodes = claim.tree.items(of: states)
    if status == "estimated", nodes.count != run.states.count {
      refuse("flow", "\(nodes.count) states (expected \(run.states.count))")
    }
    var last: Double?
    for (k, node) in nodes.enumerated() {
      guard claim.isMapping(node) else {
        refuse("flow", "state \(k + 1) is no mapping")
        return
      }
      try check(node, k, run.states.indices.contains(k) ? run.states[k] : nil, &last)
      checkedStates += 1
      if findings.count >= 20 { return }
    }
    if let value = claim.value, let last, abs(value - last) > 1e-9 * max(1, abs(last)) {
      refuse("value", "the objective is \(last) at the last state (the report says \(value))")
    }
  }

  private mutating func refuse(_ check: String, _ message: String) {
    findings.append(Verification.Finding(check: check, message: message, location: claim.location(of: check)))
  }

  private mutating func check(
    _ node: Int, _ k: Int, _ own: FlowProblem.State?, _ last: inout Double?
  ) throws(SpecError) {
    let name = "state \(k + 1)"
    if let time = try claim.number("time", in: node), let own, abs(time - own.time) > 1e-9 * max(1, own.time)
    {
      refuse("flow", "\(name) is at the time \(time) (expected \(own.time))")
    }
    if let list = claim.member("points", of: node) {
      let points = try claim.numbers(list).compactMap { $0 }
      guard let own, points.count == own.points.count else {
        refuse("flow", "\(name) has \(points.count) coordinates (expected \(own?.points.count ?? 0))")
        return
      }
      let far = zip(points, own.points).reduce(0) { max($0, abs($1.0 - $1.1) / max(1, abs($1.1))) }
      if far > 1e-9 { refuse("flow", "the particles of \(name) are not those of the flow with this seed") }
      return
    }
    guard let list = claim.member("probabilities", of: node) else {
      refuse("flow", "\(name) has no probabilities")
      return
    }
    let masses = try claim.numbers(list).map { $0 ?? .nan }
    let total = Kernel.compensatedSum(masses)
    guard masses.count == problem.unknown?.count, masses.allSatisfy({ $0 >= 0 }), abs(total - 1) <= 1e-9
    else {
      refuse("flow", "the masses of \(name) are no distribution")
      return
    }
    let energy = problem.energy(at: masses) ?? .nan
    if let claimed = try claim.number("energy", in: node),
      !(abs(claimed - energy) <= 1e-9 * max(1, abs(energy)))
    {
      refuse("value", "the energy of \(name) is \(energy) (the report says \(claimed))")
    }
    let sign = problem.sense == .minimize ? 1.0 : -1
    if let before = last, sign * (energy - before) > 1e-9 * max(1, abs(before)) {
      refuse("flow", "the energy \(sign > 0 ? "rises" : "falls") to \(energy) in \(name)")
    }
    last = energy
    guard let own else { return }
    let distance = zip(masses, own.masses).reduce(0) { $0 + abs($1.0 - $1.1) }
    if !(distance <= 1e-8) {
      refuse(
        "flow",
        "\(name) lies \(NumberText.short(distance, digits: 2)) from the flow (sum of differences of masses)")
    }
  }

  package func document(provenance: Provenance, run: Report.Run) -> DocumentValue {
    .object([
      "status": .text(isAccepted ? "accepted" : "refused"),
      "reason": .optional(findings.first?.check),
      "exit_code": .integer(isAccepted ? 0 : 30),
      "claim": .object(["status": .optional(status)]),
      "recomputed": .object(["states": .integer(checkedStates)]),
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
    lines.append("states    \(checkedStates) recomputed")
    return lines.joined(separator: "\n") + "\n"
  }
}

extension ReportClaim {
  /// The seed of the run.
  package func seed() throws(SpecError) -> UInt64? {
    guard let node = member("seed", of: tree.root), !isNull(node) else { return nil }
    return tree.text(of: node).flatMap { UInt64($0) }
  }
}
