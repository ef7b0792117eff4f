import EntropicModel

extension ElaboratedFile {
  /// What has to be said about an answer beside its numbers: bounds on ratios whose denominator is 0 there.
  package func remarks(on report: Report) -> [Diagnostic] {
    report.constraints.filter { !$0.vacuous.isEmpty }.map { constraint in
      let item = file.constraints.first { item in
        let name = item.name?.text ?? item.expression.shortText(of: item.expression.root)
        return constraint.name == name || constraint.name == name + ".lower"
          || constraint.name == name + ".upper"
      }
      let count = constraint.vacuous.count
      let what =
        constraint.isScalar
        ? "" : count == 1 ? "entry \(constraint.vacuous[0] + 1) of " : "\(count) entries of "
      let message =
        "\(what)the constraint \(Diagnostic.quoted(constraint.name)) \(count == 1 ? "holds" : "hold") vacuously: "
        + "the answer has no mass in the denominator"
      guard let syntax = item?.expression else {
        return file.source.diagnostic(.vacuousConstraint, severity: .warning, at: nil, message)
      }
      return syntax.diagnostic(.vacuousConstraint, severity: .warning, at: syntax.root, message)
    }
  }
}
