import EntropicModel

/// Keeps the best candidate that was offered, judged by its certificate.
struct BestCandidate: Sendable {
  let program: Program
  private(set) var candidate: Candidate
  private(set) var certificate: Certificate

  init(_ program: Program, _ first: Candidate) {
    self.program = program
    candidate = first
    certificate = Certificate(program, point: first.point, evidence: first.evidence)
  }

  var gap: Double { certificate.isFeasible && !certificate.gap.isNaN ? certificate.gap : .infinity }

  /// max(|lower|, |upper|), at least a thousandth of the scale of the data.
  var size: Double {
    let ends = [certificate.lower, certificate.upper].map(abs).filter(\.isFinite)
    return max(ends.max() ?? 0, 1e-3 * program.objective.scale(in: program.layout))
  }

  /// True when the candidate is better. The point is brought on its simplices and rows first.
  @discardableResult
  mutating func offer(_ new: Candidate, rows: MomentRows? = nil) -> Bool {
    guard new.point.count == program.count, new.point.allSatisfy(\.isFinite) else { return false }
    var offered = new
    offered.point = repaired(program.normalised(new.point), for: program, rows: rows)
    let certificate = Certificate(program, point: offered.point, evidence: offered.evidence)
    guard InteriorPoint.isBetter(certificate, than: self.certificate) || self.certificate.gap.isNaN else {
      return false
    }
    self.certificate = certificate
    candidate = offered
    return true
  }
}
