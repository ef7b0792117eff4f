import Foundation
import Testing

import EntropicSpec

/// Proofs that nothing is feasible, from the command line: exit status, evidence in the report, and what verify makes
/// of it.
@Suite struct InfeasibleProofTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static func text(_ objective: String, _ constraints: [String], _ unknowns: String = "p: simplex(3)")
    -> String
  {
    let lines = constraints.map { "  - \($0)\n" }.joined()
    return """
      entropic: 1
      data:
        r: [0.5, 0.3, 0.2]
        s: [0.1, 0.1, 0.8]
        z: [0, 0.4, 0.6]
        O: [[0, 0, 0], [1, 1, 1]]
        X: [[1, 0], [0, 1], [1, 1]]
      unknowns:
        \(unknowns)
      \(objective)

      """ + (lines.isEmpty ? "" : "subject to:\n" + lines)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let reason: String
    init(_ name: String, _ text: String, _ reason: String = "multipliers") {
      testDescription = name
      self.text = text
      self.reason = reason
    }
  }

  static let curved: [Case] = [
    Case("squares", text("minimize: p[1]", ["sum_squares(p) <= 0.1"])),
    Case("entropy", text("maximize: entropy(p)", ["entropy(p) >= 1.2"])),
    Case("maximum", text("minimize: 0 * p[1]", ["max(p) <= 0.2"])),
    Case("norm", text("maximize: sum(log(p))", ["norm2(p) <= 0.3"])),
    Case("reciprocals", text("minimize: kl(p, r)", ["sum(1 / p) <= 8"])),
    Case("balls", text("minimize: p[1]", ["kl(p, r) <= 0.05", "kl(p, s) <= 0.05"])),
    Case("ball and row", text("maximize: entropy(p)", ["kl(p, r) <= 0.01", "p[1] <= 0.1"])),
    Case(
      "two balls in one", text("minimize: p[1]", ["max(kl(p, r), kl(p, s)) <= 0.05"])),
    Case("design", text("minimize: p[1]", ["logdet(information_matrix(p, X)) >= 0"])),
    Case("eigenvalue", text("minimize: p[1]", ["lambda_min(information_matrix(p, X)) >= 0.9"])),
  ]

  static let empty: [Case] = [
    Case("zero in the reference", text("minimize: kl(p, z)", ["p[1] >= 0.001"])),
    Case("zero in the law", text("minimize: kl(r, p)", ["p[2] == 0"]), "domain"),
    Case("zero row", text("maximize: sum(log(O @ p))", []), "domain"),
    Case("zero row in a constraint", text("maximize: entropy(p)", ["sum(log(O @ p)) >= -10"]), "domain"),
    Case("negative argument", text("maximize: log(p[1] - 2)", []), "domain"),
    Case(
      "singular design", text("maximize: logdet(information_matrix(p, X))", ["p[1] + p[3] <= 0"]), "domain"),
    Case(
      "two unknowns",
      text("minimize: kl(p, q)", ["q[1] == 0", "p[1] >= 0.1"], "p: simplex(3)\n  q: simplex(3)"), "domain"),
    Case(
      "rows of the domain", text("maximize: log(p[1] - p[2])", ["p[1] - p[2] + 0.5 * p[3] <= -0.001"])),
    Case("bounds", text("minimize: p[1]", ["p[1] >= 0.5", "p[1] <= 0.2"])),
  ]

  private func solved(_ text: String) throws -> (file: String, status: Int32, report: [String: Any]) {
    let file = try scratch.file("problem.yaml", text)
    let result = try Command.run(["solve", file, "--format", "json"])
    return (file, result.status, try result.document())
  }

  private func verify(_ file: String, _ report: [String: Any]) throws -> (Int32, [String: Any]) {
    let path = try scratch.file("claim.json", try report.json())
    let result = try Command.run(["verify", file, path, "--format", "json"])
    return (result.status, try result.document())
  }

  @Test("ends 10 with a proof that verify accepts", arguments: curved + empty)
  func proved(item: Case) throws {
    let (file, status, report) = try solved(item.text)
    #expect(status == 10, "\(report)")
    #expect(report["status"] as? String == "infeasible")
    #expect(report["reason"] as? String == item.reason)
    let (code, document) = try verify(file, report)
    #expect(code == 0, "\(document)")
    if item.reason == "multipliers" {
      // The evidence of the report is what is checked: no run of our own takes its place.
      #expect(value(document, "recomputed", "evidence_from") as? String != "own")
      #expect((value(report, "certificate", "contradiction") as? [String])?.isEmpty == false)
    }
  }

  @Test("multipliers of curved constraints that prove nothing are refused", arguments: curved)
  func broken(item: Case) throws {
    let (file, _, report) = try solved(item.text)
    let convex = (value(report, "certificate", "evidence", "convex") as? [NSNumber])?.map(\.doubleValue) ?? []
    #expect(convex.contains { $0 > 0 })
    for changed in [convex.map { _ in 0.0 }, convex.map { -$0 }, convex + [1]] {
      let claim = report.changing(["certificate", "evidence", "convex"], to: changed)
      let (code, document) = try verify(file, claim)
      #expect(code == 30, "\(item.testDescription) \(changed): \(document)")
    }
    let bound = (number(report, "certificate", "bound") ?? 0) * 2 + 1
    #expect(try verify(file, report.changing(["certificate", "bound"], to: bound)).0 == 30)
  }

  @Test("a proof does not hold for a problem that is feasible")
  func borrowed() throws {
    let (_, _, report) = try solved(Self.text("minimize: p[1]", ["sum_squares(p) <= 0.1"]))
    let (file, status, own) = try solved(Self.text("minimize: p[1]", ["sum_squares(p) <= 0.4"]))
    #expect(status == 0)
    var claim = report
    claim["provenance"] = own["provenance"]
    #expect(try verify(file, claim).0 == 30)
    // A domain that is not empty.
    let (other, fine, finite) = try solved(Self.text("minimize: kl(r, p)", ["p[2] <= 0.1"]))
    #expect(fine == 0)
    let (_, _, empty) = try solved(Self.text("minimize: kl(r, p)", ["p[2] <= 0"]))
    claim = empty
    claim["provenance"] = finite["provenance"]
    #expect(try verify(other, claim).0 == 30)
  }

  @Test("cvar of level 0 is the mean, and of level 1 the greatest loss", arguments: [0.0, 1])
  func levels(level: Double) throws {
    // Mean losses of the outcomes: 2.1, 1.7, 0.9. The greatest loss is least at (3, 4, 1) / 8, where all are 1.75.
    let (_, status, report) = try solved(
      """
      entropic: 1
      data:
        w: [0.2, 0.3, 0.5]
        A: [[1, 2, 3], [3, 1, 1], [2, 2, 0]]
      unknowns:
        p: simplex(3)
      minimize: cvar(w, A @ p, \(level))

      """)
    #expect(status == 0)
    let optimum = level == 0 ? 0.9 : 1.75
    let low = try #require(number(report, "objective", "lower"))
    let high = try #require(number(report, "objective", "upper"))
    #expect(low <= optimum + 1e-12 && optimum <= high + 1e-12 && high - low <= 1e-8, "\(low) \(high)")
  }
}
