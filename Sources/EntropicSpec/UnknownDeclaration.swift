import EntropicFamilies
import EntropicFlows
import EntropicModel
import EntropicNumerics

/// The right side of `p: simplex(n)`: what kind of law an unknown is, and over which outcomes.
struct UnknownDeclaration {
  /// What a declaration gives: the unknown, and the constraints that belong to its form.
  struct Result {
    var unknown: Unknown
    var constraints: [Constraint] = []
    /// Of a density.
    var grid: Grid?
  }

  let entry: ObjectiveFile.UnknownEntry
  let scope: ElaborationScope

  /// The forms of unknowns: those that are available, and those of later versions.
  static let forms: [Builtin] =
    [
      Builtin(
        "simplex", "outcomes, [m], [k], [total=]", .unknowns,
        "a distribution on n outcomes, on the entries of a list, on the rows of a matrix; "
          + "with two or three numbers a joint distribution"),
      Builtin(
        "coupling", "a, b", .unknowns, "a joint distribution with row marginal a and column marginal b"),
      Builtin(
        "channel", "n, m, [total=]", .unknowns,
        "n distributions on m outcomes: rows sum to one, or to total"),
      .planned("measure", "n, bound=", .unknowns, "masses with a free sum up to a bound"),
      .planned("atoms", "from, to", .unknowns, "a distribution on an interval whose support is sought too"),
      Builtin("law", "from, to", .unknowns, "a free continuous law on an interval, half-line or line (inf)"),
      density,
      particles,
    ] + families + Builtin.givenLaws

  /// Parametric families that come with later versions.
  static let families: [Builtin] = [
    ("dirichlet", "[k]"), ("wishart", "[d]"), ("categorical", "[p]"),
  ].map { Builtin.planned($0.0, $0.1, .unknowns, "the \($0.0.replacingUnderscores) family") }

  private static let table: [String: Builtin] =
    Dictionary(forms.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  static func named(_ name: String) -> Builtin? { table[name] }

  var syntax: Syntax { entry.domain }
  var name: String { entry.name.text }

  func failure(_ code: DiagnosticCode, at node: Int, _ message: String, hint: String? = nil) -> SpecError {
    SpecError(syntax.diagnostic(code, at: node, message, hint: hint))
  }

  /// The law that the declaration seeks, when it is no list of masses.
  func soughtLaw() throws(SpecError) -> SoughtLaw? {
    let root = syntax.root
    guard syntax.kind(of: root) == .call else { return nil }
    let word = syntax.name(of: root)
    if word == "normal", let law = try normalOfVectors() { return law }
    let family = ScalarFamily.named(word)
    guard word == "law" || family != nil, let form = Self.named(word) else { return nil }
    var evaluator = ExpressionEvaluator(syntax, in: scope, for: .constants("unknowns"))
    // Here an interval has its ends.
    if word == "law" { evaluator.bindings["inf"] = .number(.infinity) }
    let call = try call(form, evaluator)
    if let family {
      return SoughtLaw(name: name, kind: .family(family, given: try call.parameters(of: family)))
    }
    let from = try end("from", call)
    let to = try end("to", call)
    guard from < to, from < .infinity, to > -.infinity else {
      throw call.failure(
        .valueOutOfRange, at: "to", "the interval from \(numberText(from)) to \(numberText(to)) is empty")
    }
    return SoughtLaw(name: name, kind: .free(from: from, to: to))
  }

  /// normal(d) and normal(d, covariance="diagonal"): a normal law of d variables; nil for the family on the line.
  private func normalOfVectors() throws(SpecError) -> SoughtLaw? {
    let children = Array(syntax.children(of: syntax.root))
    guard let first = children.first, syntax.kind(of: first.node) != .namedArgument,
      children.dropFirst().allSatisfy({ syntax.kind(of: $0.node) == .namedArgument })
    else { return nil }
    let evaluator = ExpressionEvaluator(syntax, in: scope, for: .constants("unknowns"))
    guard case .constant(let number) = try evaluator.array(of: first.node), number.isScalar,
      let dimension = Int(exactly: number.values[0]), dimension > 0
    else {
      throw failure(
        .notPositiveInteger, at: first.node,
        "normal: the number of variables is \(syntax.shortText(of: first.node)) (expected a positive whole number)"
      )
    }
    try evaluator.checkSize([dimension, dimension], at: first.node, bytesPerEntry: 64)
    var structure = NormalStructure.full
    for child in children.dropFirst() {
      guard syntax.name(of: child.node) == "covariance",
        case .text(let word) = try evaluator.value(of: syntax.child(0, of: child.node)),
        let named = ["full": NormalStructure.full, "diagonal": .diagonal, "isotropic": .isotropic][word]
      else {
        throw failure(
          .unknownArgument, at: child.node, "normal(d) takes covariance= only",
          hint: "covariance=\"full\", \"diagonal\" or \"isotropic\"")
      }
      structure = named
    }
    return SoughtLaw(name: name, kind: .normal(dimension: dimension, structure))
  }

  /// An end of an interval, where `inf` may stand.
  private func end(_ parameter: String, _ call: BuiltinCall) throws(SpecError) -> Double {
    try call.number(parameter, expected: "a number or inf") { !$0.isNaN }
  }

  func call(_ form: Builtin, _ evaluator: ExpressionEvaluator) throws(SpecError) -> BuiltinCall {
    let root = syntax.root
    let places = try evaluator.bound(root, to: form)
    var values: [ElaborationValue] = []
    for child in syntax.children(of: root) { values.append(try evaluator.value(of: child.node)) }
    let arguments = places.map { list in
      list.map { k -> BuiltinCall.Argument in
        let child = syntax.child(k, of: root)
        let place = syntax.kind(of: child) == .namedArgument ? syntax.child(0, of: child) : child
        return BuiltinCall.Argument(node: place, value: values[k])
      }
    }
    return BuiltinCall(builtin: form, node: root, evaluator: evaluator, arguments: arguments)
  }

  /// Reads the declaration.
  func result() throws(SpecError) -> Result {
    let root = syntax.root
    guard syntax.kind(of: root) == .call else {
      throw failure(
        .invalidArgument, at: root, "\(Diagnostic.quoted(syntax.shortText(of: root))) is no kind of unknown",
        hint: "declare it as simplex(n), simplex(x), coupling(a, b) or channel(n, m)")
    }
    let word = syntax.name(of: root)
    guard let form = Self.named(word) else {
      throw failure(
        .unknownFunction, at: root, "unknown kind of unknown \(Diagnostic.quoted(word))",
        hint: Suggestion.hint(for: word, among: Self.forms.map(\.name)))
    }
    if form.availability == .planned {
      throw failure(
        .unavailableWord, at: root, "\(Diagnostic.quoted(word)) is planned, but not available in this version"
      )
    }
    let isCoupling = word == "coupling"
    let evaluator = ExpressionEvaluator(
      syntax, in: scope, for: isCoupling ? .formula : .constants("outcomes of unknowns"))
    let call = try call(form, evaluator)
    switch word {
    case "coupling": return try coupling(call)
    case "channel": return try channel(call)
    case "density": return try density(call)
    default: return try simplex(call)
    }
  }

  private func total(_ call: BuiltinCall) throws(SpecError) -> Double {
    guard call.has("total") else { return 1 }
    return try call.number("total", expected: "a positive number") { $0 > 0 && $0.isFinite }
  }

  func checkSize(_ shape: [Int], _ call: BuiltinCall, at parameter: String) throws(SpecError) {
    try call.evaluator.checkSize(
      shape, at: call.place(parameter), bytesPerEntry: ElaborationBudget.bytesPerMass)
  }

  private func simplex(_ call: BuiltinCall) throws(SpecError) -> Result {
    let total = try total(call)
    let outcomes = try call.constant("outcomes")
    if outcomes.isScalar {
      var shape = [try call.positiveInteger("outcomes")]
      for axis in ["m", "k"] where call.has(axis) { shape.append(try call.positiveInteger(axis)) }
      try checkSize(shape, call, at: "outcomes")
      return try made(shape.count == 1 ? .simplex : .joint, shape, total)
    }
    if call.has("m") || call.has("k") {
      throw call.failure(
        .invalidArgument, at: "outcomes",
        "a joint distribution has numbers of outcomes (found \(shapeText(outcomes.shape)))",
        hint: "simplex(n, m) with n and m whole numbers")
    }
    guard outcomes.shape.count <= 2 else {
      throw call.failure(
        .shapeMismatch, at: "outcomes",
        "outcomes are \(shapeText(outcomes.shape)) (expected a list or a matrix)")
    }
    if let i = outcomes.values.firstIndex(where: { !$0.isFinite }) {
      throw call.failure(
        .nonFiniteValue, at: "outcomes",
        "outcome \(placeText(i, in: outcomes.shape)) is \(numberText(outcomes.values[i])) (expected "
          + "a finite number)"
      )
    }
    let shape = [outcomes.shape[0]]
    try checkSize(shape, call, at: "outcomes")
    return try made(.simplex, shape, total, outcomes: outcomes)
  }

  private func channel(_ call: BuiltinCall) throws(SpecError) -> Result {
    let total = try total(call)
    let shape = [try call.positiveInteger("n"), try call.positiveInteger("m")]
    try checkSize(shape, call, at: "n")
    return try made(.channel, shape, total)
  }

  /// A joint law, with both marginals as constraints. Their masses must agree within the precision of data,
  /// 2^-46.
  private func coupling(_ call: BuiltinCall) throws(SpecError) -> Result {
    var laws: [ArrayValue] = []
    var masses: [Double] = []
    for parameter in ["a", "b"] {
      let law = try call.law(parameter)
      guard law.shape.count == 1 else {
        throw call.failure(
          .shapeMismatch, at: parameter,
          "\(call.text(of: parameter)) is \(shapeText(law.shape)) (expected a vector)")
      }
      switch law {
      case .constant(let array):
        guard array.isFinite else {
          throw call.failure(
            .nonFiniteValue, at: parameter, "\(call.text(of: parameter)) has an infinite mass")
        }
        masses.append(Kernel.compensatedSum(array.values))
      case .formula(let formula):
        guard let mass = formula.mass else {
          throw call.failure(
            .unsupportedForm, at: parameter, "the mass of \(call.text(of: parameter)) is not known",
            hint: "a marginal is given data, or an unknown simplex")
        }
        masses.append(mass)
      }
      laws.append(law)
    }
    guard masses[0] > 0 else {
      throw call.failure(
        .negativeMass, at: "a", "the masses of \(call.text(of: "a")) sum to 0 (expected a positive sum)")
    }
    guard abs(masses[0] - masses[1]) <= 0x1p-46 * max(masses[0], masses[1]) else {
      throw call.failure(
        .unnormalisedLaw, at: "b",
        "the marginals have different masses (\(call.text(of: "a")) sums to \(numberText(masses[0])), "
          + "\(call.text(of: "b")) to \(numberText(masses[1])))",
        hint: "\(call.text(of: "b")) / sum(\(call.text(of: "b"))) is normalised")
    }
    let mass = abs(masses[0] - 1) <= 0x1p-46 ? 1 : masses[0]
    let shape = [laws[0].count, laws[1].count]
    try checkSize(shape, call, at: "a")
    var result = try made(.joint, shape, mass, inherited: laws.map { $0.labels?.list(axis: 0) ?? [] })
    let joint = Expression(result.unknown)
    for (axis, law) in laws.enumerated() {
      result.constraints.append(
        Constraint(
          joint.marginal(keeping: [axis]), .equal, law.expression,
          name: name + (axis == 0 ? ".rows" : ".columns")))
    }
    return result
  }

  // MARK: labels

  func made(
    _ kind: BlockKind, _ shape: [Int], _ mass: Double, outcomes: ConstantArray? = nil,
    inherited: [[String]] = []
  ) throws(SpecError) -> Result {
    var labels = inherited
    if let outcomes, let names = outcomes.labels?.list(axis: 0), !names.isEmpty { labels = [names] }
    if let given = try declaredLabels(shape) { labels = given }
    if labels.allSatisfy(\.isEmpty) { labels = [] }
    return Result(
      unknown: Unknown(
        name: name, kind: kind, shape: shape, mass: mass, labels: labels, outcomes: outcomes?.tensor))
  }

  /// The bracket before the first item of a list on one line; the item itself in other lists.
  private func beginning(ofListAt first: TextLocation) -> TextLocation {
    let before = TextLocation(line: first.line, column: first.column - 1)
    guard before.column > 0, let offset = syntax.source.byte(at: before), syntax.source.bytes[offset] == 0x5B
    else {
      return first
    }
    return before
  }

  private func declaredLabels(_ shape: [Int]) throws(SpecError) -> [[String]]? {
    switch entry.labels {
    case nil: return nil
    case .lists(let lists):
      let place = lists.first?.first?.location ?? entry.name.location
      guard lists.count == shape.count else {
        throw SpecError(
          syntax.source.diagnostic(
            .shapeMismatch, at: place,
            "\(lists.count) \(lists.count == 1 ? "list" : "lists") of labels (expected "
              + "\(shape.count), one an axis)"
          ))
      }
      for (axis, list) in lists.enumerated() where list.count != shape[axis] {
        throw SpecError(
          syntax.source.diagnostic(
            .shapeMismatch, at: list.first.map { beginning(ofListAt: $0.location) } ?? place,
            "wrong number of labels for \(name) (expected \(shape[axis]), found \(list.count))"))
      }
      return lists.map { $0.map(\.text) }
    case .expression(let expression):
      let value = try ExpressionEvaluator(expression, in: scope, for: .constants("labels")).value()
      guard case .array(.constant(let data)) = value, let names = data.labels?.list(axis: 0), !names.isEmpty
      else {
        throw SpecError(
          expression.diagnostic(
            .invalidArgument, at: expression.root,
            "\(expression.shortText(of: expression.root)) brings no labels",
            hint: "name data that are read with 'label_column:', or list the labels"))
      }
      guard shape.count == 1, names.count == shape[0] else {
        throw SpecError(
          expression.diagnostic(
            .shapeMismatch, at: expression.root,
            "wrong number of labels for \(name) (expected \(shape[0]), found \(names.count))"))
      }
      return [names]
    }
  }
}

extension String {
  fileprivate var replacingUnderscores: String { split(separator: "_").joined(separator: " ") }
}
