import EntropicFamilies
import EntropicModel

// The problem of a file whose unknown is a law of a family or a free law.
extension Elaboration {
  func lawProblem(_ statements: Statements, _ result: ElaboratedFile) throws(SpecError) -> LawProblem? {
    func refusal(_ message: String, at place: TextLocation?) -> SpecError {
      SpecError(file.source.diagnostic(.unsupportedForm, at: place, message))
    }
    guard let first = result.soughtLaws.first else { return nil }
    if let second = result.soughtLaws.dropFirst().first {
      throw refusal(
        "several unknown laws of families are not available in this version", at: second.name.location)
    }
    if !result.unknowns.isEmpty {
      throw refusal(
        "a law of a family beside an unknown list of masses is not available in this version",
        at: first.name.location)
    }
    if let objective = statements.objective {
      throw refusal(
        "the objective does not depend on \(Diagnostic.quoted(first.law.name))",
        at: objective.syntax.location(of: objective.syntax.root))
    }
    guard let objective = statements.lawObjective else { return nil }
    return LawProblem(
      first.law.kind, isMaximised: objective.sense == .maximize, objective.formula.functional,
      subjectTo: statements.lawConstraints)
  }
}
