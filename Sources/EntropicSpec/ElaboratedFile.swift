import EntropicFamilies
import EntropicFlows
import EntropicModel

/// What an objective file means: the problem, and everything that a report tells about its inputs.
package struct ElaboratedFile: Sendable {
  /// A data file that was read.
  package struct DataDigest: Hashable, Sendable {
    /// The path as it stands in the objective file.
    package var path: String
    /// SHA-256 of its bytes, in hexadecimal.
    package var digest: String
  }

  package var file: ObjectiveFile
  /// The problem; nil for a file that has only `evaluate`.
  package var problem: Problem?
  /// The problem of a file whose unknown is a law of a family or a free law.
  package var lawProblem: LawProblem?
  package var soughtLaws: [(law: SoughtLaw, name: LocatedText)] = []
  /// The problem of a file with the key `flow`.
  package var flow: FlowProblem?
  /// The grids of unknown densities.
  package var grids: [Unknown: Grid] = [:]
  /// Unknown particles.
  package var clouds: [CloudDeclaration] = []
  /// In the order of the file.
  package var unknowns: [(name: String, unknown: Unknown)] = []
  /// Constants from data, parameters and define, in the order of the file.
  package var constants: [(name: String, value: Tensor)] = []
  /// Formulas from define, in the order of the file.
  package var definitions: [(name: String, expression: Expression)] = []
  package var parameters: [(name: String, value: Double)] = []
  /// The objective and the constraints as they went into the problem. Those of `coupling` come first.
  package var objective: Expression?
  package var constraints: [Constraint] = []
  package var evaluations: [(name: String, expression: Expression)] = []
  /// The masses that `start:` gives.
  package var start: [Unknown: [Double]] = [:]
  package var options: SolveOptions
  /// SHA-256 of the objective file without byte order mark, in hexadecimal.
  package var digest: String
  package var dataDigests: [DataDigest] = []
  package var warnings: [Diagnostic] = []
  /// The source text of objective, constraints and evaluations, by name; the objective's name is its sense.
  package var sourceTexts: [(name: String, text: String)] = []

  /// The value of an expression of this file where unknowns have the given masses, by rows.
  ///
  /// Nil when an unknown that occurs has no masses here, or another number of them.
  package func value(of expression: Expression, at masses: [String: [Double]]) -> Tensor? {
    if let constant = expression.constant { return constant }
    let evaluation = Evaluation(expression)
    var given: [[Double]] = []
    for unknown in evaluation.unknowns {
      guard let own = masses[unknown.name], own.count == unknown.count else { return nil }
      given.append(own)
    }
    let values = evaluation.value(given)
    guard values.count == expression.count else { return nil }
    return Tensor(shape: expression.shape, values: values)
  }
}
