/// One word of the language that is called like a function: what it takes, what it is, and how it is
/// elaborated.
///
/// One table of these rows drives the checking of arguments, the suggestions, and the reference that
/// `entropic atoms` prints.
package final class Builtin: Sendable {
  /// The chapters of the reference, in its order.
  package enum Group: String, CaseIterable, Sendable {
    case unknowns = "unknowns"
    case moments = "moments"
    case information = "information"
    case distances = "divergences and distances"
    case risk = "risk"
    case likelihood = "likelihood and geometry of data"
    case elementwise = "elementwise functions"
    case reductions = "reductions"
    case construction = "constructing data"
    case special = "special functions"
    case constraints = "constraints"
  }

  package struct Parameter: Hashable, Sendable {
    package let name: String
    package let isOptional: Bool
    /// Can be given by its name only.
    package let isNamedOnly: Bool
    /// Stands for any number of arguments.
    package let repeats: Bool
  }

  package enum Availability: String, Sendable {
    case available
    /// A word of the language that this version does not understand yet.
    case planned
  }

  typealias Meaning = @Sendable (borrowing BuiltinCall) throws(SpecError) -> ElaborationValue

  package let name: String
  package let group: Group
  package let parameters: [Parameter]
  /// One line: what it is.
  package let summary: String
  /// How it bends in its unknown, in words; nil for words about constants.
  package let curvature: String?
  /// Where it is defined.
  package let domain: String?
  package let availability: Availability
  /// Acts on every entry of its arguments alone.
  let isPointwise: Bool
  let meaning: Meaning?
  /// True when the word does something in this version.
  package var isImplemented: Bool { meaning != nil }

  /// A row of the table. The parameters are written as a call is: `x, [weights], [axis=], rest...`.
  init(
    _ name: String, _ parameters: String, _ group: Group, _ summary: String, curvature: String? = nil,
    domain: String? = nil, isPointwise: Bool = false, availability: Availability = .available,
    _ meaning: Meaning? = nil
  ) {
    self.name = name
    self.group = group
    self.parameters = parameters.split(separator: ",").map { part in
      var word = part.drop { $0 == " " }
      let isOptional = word.hasPrefix("[")
      if isOptional { word = word.dropFirst().dropLast() }
      let isNamedOnly = word.hasSuffix("=")
      if isNamedOnly { word = word.dropLast() }
      let repeats = word.hasSuffix("...")
      if repeats { word = word.dropLast(3) }
      return Parameter(
        name: String(word), isOptional: isOptional, isNamedOnly: isNamedOnly, repeats: repeats)
    }
    self.summary = summary
    self.curvature = curvature
    self.domain = domain
    self.availability = availability
    self.isPointwise = isPointwise
    self.meaning = meaning
  }

  static func planned(_ name: String, _ parameters: String, _ group: Group, _ summary: String) -> Builtin {
    Builtin(name, parameters, group, summary, availability: .planned)
  }

  var repeats: Bool { parameters.contains(where: \.repeats) }

  /// How it is called: `log_likelihood(u, [weights], [log=])`.
  package var signature: String {
    let words = parameters.map { p in
      let word = p.name + (p.repeats ? "..." : "") + (p.isNamedOnly ? "=" : "")
      return p.isOptional ? "[\(word)]" : word
    }
    return "\(name)(\(words.joined(separator: ", ")))"
  }

  /// Every word, by chapter: the forms of unknowns first, then functions.
  package static let all: [Builtin] = UnknownDeclaration.forms + functions

  /// Words that may stand in expressions.
  package static let functions: [Builtin] =
    moments + information + densities + distances + risk + likelihood + elementwise + reductions
    + construction
    + specialFunctions + constraints + plannedWords

  /// The function of that name. Families of laws are known here too, as constants of later versions.
  package static func named(_ name: String) -> Builtin? { table[name] }

  /// The family, or the mixture, of that name.
  static func law(named name: String) -> Builtin? { laws[name] }

  private static let laws: [String: Builtin] = Dictionary(
    givenLaws.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// All names of functions, in the order of the table.
  static let names: [String] = functions.map(\.name)

  private static let table: [String: Builtin] =
    Dictionary(
      (functions + UnknownDeclaration.families + givenLaws).map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first })
}

extension Builtin {
  /// Words that come with later versions.
  static let plannedWords: [Builtin] = [
    planned("transport", "p, q, cost", .distances, "the least cost of moving p to q"),
    planned("sinkhorn", "p, q, cost, epsilon", .distances, "the entropic cost of moving p to q"),
    planned("wasserstein1", "p, q, x", .distances, "the least distance of moving p to q on a line"),
    planned("worst_case", "loss, q, [kl=]", .risk, "the largest mean of a loss near a law"),
  ]
}
