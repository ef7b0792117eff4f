import EntropicModel
import EntropicSolvers

/// A report for people: what was found, how sure it is, what the constraints cost, and who found it.
///
/// Only digits that the interval certifies are printed. The width is the only thing that depends on the
/// terminal.
package struct ReportText {
  private let report: Report
  private let width: Int
  private let isColoured: Bool
  private var lines: [String] = []

  package static func text(of report: Report, width: Int = 80, isColoured: Bool = false) -> String {
    var writer = ReportText(report: report, width: width, isColoured: isColoured)
    writer.write()
    return writer.lines.joined(separator: "\n") + "\n"
  }

  private init(report: Report, width: Int, isColoured: Bool) {
    self.report = report
    self.width = max(40, min(width, 200))
    self.isColoured = isColoured
  }

  private mutating func write() {
    if let title = report.title { lines.append(Diagnostic.escaped(title)) }
    lines.append(headline)
    writeObjective()
    writeContradiction()
    writeResidual()
    if let flow = report.flow {
      lines.append("")
      lines += flow.lines
    }
    for law in report.laws {
      lines.append("")
      lines += LawText.lines(of: law, width: width)
    }
    for law in report.continuous {
      lines.append("")
      lines += law.lines
    }
    writeConstraints()
    if let sensitivity = report.sensitivity {
      lines.append("")
      lines.append("sensitivity")
      lines += sensitivity.isEmpty ? ["  the file has no parameters"] : sensitivity.map(\.line)
    }
    writeMethod()
  }

  // MARK: verdict

  private var headline: String {
    let colour =
      switch report.status {
      case "optimal": "32"
      case "limit", "stalled", "local", "estimated": "33"
      default: "31"
      }
    let word = isColoured ? "\u{1B}[1;\(colour)m\(report.status)\u{1B}[0m" : report.status
    return word + ": " + explanation
  }

  private var explanation: String {
    switch (report.status, report.reason) {
    case ("optimal", _): return "certified, no feasible point is better beyond the interval below"
    case ("infeasible", "domain"):
      if case .domain(let text) = report.proof { return "no admissible law: \(Diagnostic.escaped(text))" }
      return "no admissible law"
    case ("infeasible", _):
      if case .words(_, let text, _) = report.proof { return Diagnostic.escaped(text) }
      return "the constraints contradict one another, proved by multipliers"
    case ("unbounded", "ray"):
      if case .words(_, let text, _) = report.proof { return Diagnostic.escaped(text) }
      return "the objective has no limit"
    case ("unbounded", _): return "the objective is infinitely good at the feasible point below"
    case ("local", _):
      if !report.continuous.isEmpty { return "a stationary point; a better one may exist" }
      return "a stationary point; the problem is not convex, so that a better one may exist"
    case ("estimated", _) where report.flow != nil:
      if case .words(_, let text, _) = report.proof { return "the flow to its last time; " + text }
      return "the flow to its last time"
    case ("estimated", _):
      guard case .bound(let certificate, _) = report.proof, let confidence = certificate.confidence else {
        return "error bars, no proof"
      }
      return "error bars, no proof: the interval holds the optimum with probability "
        + NumberText.short(confidence)
    case ("limit", let reason):
      let cause =
        switch reason {
        case "interrupted": "interrupted"
        case let reason?: "the limit on \(reason) was reached"
        case nil: "a limit was reached"
        }
      // Without an objective it never came to a problem.
      if report.objective == nil { return "\(cause) while the problem was read, no point yet" }
      return report.laws.isEmpty && report.continuous.isEmpty
        ? "\(cause), no point yet" : "\(cause), the best point so far"
    case ("stalled", "precision"):
      return "double precision is exhausted before the gap meets the tolerance"
    case ("stalled", "not-finite"): return "a value that is not finite stopped the run"
    case ("stalled", "unsuitable"): return "no method of this version accepts the problem"
    case ("stalled", _):
      if case .words(_, let text, _) = report.proof { return Diagnostic.escaped(text) }
      return "no further progress before the gap met the tolerance"
    default: return report.reason ?? ""
    }
  }

  private mutating func writeObjective() {
    guard let objective = report.objective else { return }
    if report.flow != nil {
      if let value = objective.value {
        lines.append("energy    \(NumberText.short(value, digits: 9)) at the end")
      }
      return
    }
    let name = objective.sense == .minimize ? "minimum" : "maximum"
    if let value = objective.value {
      if let lower = objective.lower, let upper = objective.upper {
        let digits =
          NumberText.certified(value, lower: lower, upper: upper)
          ?? "about \(NumberText.short(value, digits: 3))"
        lines.append("\(name)   \(digits)")
        lines.append("interval  [\(DocumentValue.text(of: lower)), \(DocumentValue.text(of: upper))]")
        if let gap = objective.gap {
          var text = "gap       \(NumberText.short(gap, digits: 2))"
          if let relative = objective.relativeGap {
            text += " (relative \(NumberText.short(relative, digits: 2)))"
          }
          lines.append(text)
        }
      } else {
        lines.append("value     \(NumberText.short(value, digits: 9)) at the point")
        if let lower = objective.lower {
          lines.append("optimum   at least \(NumberText.short(lower, digits: 9))")
        }
        if let upper = objective.upper {
          lines.append("optimum   at most \(NumberText.short(upper, digits: 9))")
        }
      }
    }
    if let uncertainty = objective.dataUncertainty, uncertainty > 0 {
      lines.append(
        "data      rounding of the constraint data may move the optimum by "
          + NumberText.short(uncertainty, digits: 2)
      )
    }
    if case .bound(let certificate, _) = report.proof, !certificate.isFeasible {
      lines.append("point     violates a constraint beyond the rounding of its data")
    }
    if !report.flags.isEmpty {
      lines.append("flags     " + report.flags.map(\.meaning).joined(separator: "; "))
    }
    if let boundary = report.boundary { lines += boundary.lines(of: report.laws) }
  }

  private mutating func writeContradiction() {
    guard case .contradiction(_, _, let names) = report.proof, !names.isEmpty else { return }
    let shown = names.prefix(12).map { Diagnostic.escaped($0) }.joined(separator: ", ")
    let rest = names.count > 12 ? " and \(names.count - 12) more" : ""
    lines.append(
      "conflict  \(shown)\(rest)" + (names.count == 1 ? " (with the masses and their bounds)" : ""))
    if let conflict = report.conflict { lines += conflict.lines }
  }

  private mutating func writeResidual() {
    guard let residual = report.residual else { return }
    lines.append(
      "residual  \(NumberText.short(residual, digits: 2)): the first-order gap at the point, 0 where it is stationary"
    )
  }

  // MARK: constraints

  private mutating func writeConstraints() {
    guard !report.constraints.isEmpty, let sense = report.objective?.sense else { return }
    lines.append("")
    lines.append("constraints")
    let shown = report.constraints.prefix(20)
    let nameWidth = min(24, shown.map { $0.name.count }.max() ?? 0)
    for constraint in shown {
      let name = LawText.padded(Diagnostic.escaped(constraint.name), to: nameWidth)
      lines.append("  \(name)  " + meaning(of: constraint, sense))
    }
    if report.constraints.count > 20 { lines.append("  ... and \(report.constraints.count - 20) more") }
  }

  private func meaning(of constraint: ConstraintReport, _ sense: Sense) -> String {
    if constraint.isScalar, let value = constraint.value.first, let bound = constraint.bound.first,
      let multiplier = constraint.multiplier.first
    {
      if !constraint.vacuous.isEmpty {
        return "0 / 0 \(constraint.relation.rawValue) \(NumberText.short(bound))   holds vacuously"
      }
      let sides =
        "\(NumberText.short(value)) \(constraint.relation.rawValue) \(NumberText.short(bound))"
      if let penalty = constraint.penalty {
        return sides
          + (constraint.violation == 0
            ? "   soft, holds"
            : "   soft, missed by "
              + "\(NumberText.short(value - bound)) at a price of \(NumberText.short(penalty)), multiplier "
              + NumberText.short(multiplier))
      }
      if multiplier == 0 { return sides + "   does not bind" }
      let optimum = sense == .minimize ? "minimum" : "maximum"
      let verb = multiplier > 0 ? "raises" : "lowers"
      return sides
        + "   multiplier \(NumberText.short(multiplier)): a bound higher by d \(verb) the \(optimum) "
        + "by about \(NumberText.short(abs(multiplier), digits: 3)) d"
    }
    let active = constraint.multiplier.filter { $0 != 0 }
    let gone = constraint.vacuous.isEmpty ? "" : ", \(constraint.vacuous.count) of them 0 / 0"
    let count = "\(constraint.value.count) entries \(constraint.relation.rawValue)" + gone
    if let penalty = constraint.penalty {
      return count + "   soft, missed by at most \(NumberText.short(constraint.violation)) at a price of "
        + NumberText.short(penalty)
    }
    guard let low = active.min(), let high = active.max() else { return count + "   none binds" }
    return count
      + "   \(active.count) with a multiplier, from \(NumberText.short(low)) to \(NumberText.short(high))"
  }

  // MARK: run

  private mutating func writeMethod() {
    guard let record = report.record else { return }
    lines.append("")
    if !record.methods.isEmpty {
      lines.append(
        "method    \(record.methods.joined(separator: ", then "))"
          + " (\(record.iterations) iteration\(record.iterations == 1 ? "" : "s"))")
    }
    if !record.why.isEmpty { lines.append("why       \(record.why)") }
    for note in record.notes { lines.append("note      \(Diagnostic.escaped(note))") }
  }
}

extension AnswerFlag {
  /// The flag in words.
  var meaning: String {
    switch self {
    case .boundary: "boundary (a multiplier is unbounded, or the infimum is approached but not attained)"
    case .nonunique: "nonunique (other laws attain the same value)"
    case .discretised:
      "discretised (the best law on the cells of the grid; the error of the cells comes on top)"
    }
  }
}
