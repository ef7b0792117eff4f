import EntropicFamilies
import EntropicModel

/// The statements of a file over its names: objective, constraints, expressions to evaluate.
struct Statements {
  let scope: ElaborationScope
  var constraints: [Constraint]
  /// For each constraint, the item it came from; nil for those that belong to an unknown.
  private(set) var origins: [Syntax?]
  private(set) var objective: (sense: Sense, expression: Expression, syntax: Syntax)?
  /// The objective and the constraints that are functionals of a sought law.
  private(set) var lawObjective: (sense: Sense, formula: LawFormula)?
  private(set) var lawConstraints: [LawProblem.Constraint] = []
  private(set) var evaluations: [(name: String, expression: Expression)] = []
  private(set) var texts: [(name: String, text: String)] = []
  /// Whether something failed that was told already.
  private(set) var isIncomplete = false
  private var usedNames: Set<String> = []

  init(scope: ElaborationScope, constraints: [Constraint]) {
    self.scope = scope
    self.constraints = constraints
    origins = constraints.map { _ in nil }
  }

  mutating func read(_ file: ObjectiveFile, into collector: inout DiagnosticCollector) {
    // Names that the user gave come first, so that made-up ones avoid them.
    usedNames = Set(file.constraints.compactMap(\.name?.text))
    for k in constraints.indices { constraints[k].name = uniqueName(constraints[k].name ?? "") }
    attempt(&collector) { (statements) throws(SpecError) in try statements.readObjective(file) }
    for item in file.constraints {
      if collector.isFull { break }
      attempt(&collector) { (statements) throws(SpecError) in try statements.readConstraint(item) }
    }
    for item in file.evaluations {
      if collector.isFull { break }
      attempt(&collector) { (statements) throws(SpecError) in
        let evaluator = ExpressionEvaluator(item.expression, in: statements.scope)
        let value = try evaluator.array(of: item.expression.root)
        try Statements.checkInfinity(of: value, evaluator)
        statements.evaluations.append((item.name.text, value.expression))
        statements.texts.append((item.name.text, item.expression.text))
      }
    }
  }

  private mutating func attempt(
    _ collector: inout DiagnosticCollector, _ body: (inout Statements) throws(SpecError) -> Void
  ) {
    do throws(SpecError) {
      try body(&self)
    } catch {
      isIncomplete = true
      collector.add(error)
    }
  }

  /// An infinite constant is an error, as log(0) alone; an atom on laws may be infinite, as kl is where its
  /// second law has no mass.
  private static func checkInfinity(
    of value: ArrayValue, _ evaluator: ExpressionEvaluator
  ) throws(SpecError) {
    guard case .constant(let array) = value, let i = array.values.firstIndex(where: { !$0.isFinite }) else {
      return
    }
    let syntax = evaluator.syntax
    let atoms: [Builtin.Group] = [.moments, .information, .distances, .risk, .likelihood]
    for node in 0..<syntax.count where syntax.kind(of: node) == .call {
      if let builtin = Builtin.named(syntax.name(of: node)), atoms.contains(builtin.group) { return }
    }
    let place = placeText(i, in: array.shape)
    throw evaluator.failure(
      .nonFiniteValue, at: syntax.root,
      (place.isEmpty ? "" : "entry \(place) of ")
        + "\(Diagnostic.quoted(syntax.shortText(of: syntax.root))) is infinite",
      hint: "log(0) may only stand as the coefficient of a mass")
  }

  private mutating func readObjective(_ file: ObjectiveFile) throws(SpecError) {
    // The energy of particles is taken apart by its terms, and has no value before they are known.
    guard let given = file.objective, !scope.hasClouds else { return }
    let syntax = given.expression
    let evaluator = ExpressionEvaluator(syntax, in: scope)
    let whole = try evaluator.value()
    if case .functional(let formula) = whole {
      lawObjective = (given.sense == .minimize ? .minimize : .maximize, formula)
      texts.append((lawObjective?.sense.rawValue ?? "", syntax.text))
      return
    }
    let value = try evaluator.array(whole, syntax.root)
    guard value.shape.isEmpty else {
      throw evaluator.failure(
        .shapeMismatch, at: syntax.root, "the objective is \(shapeText(value.shape)) (expected a number)",
        hint: "sum(...) gives a number")
    }
    let sense: Sense = given.sense == .minimize ? .minimize : .maximize
    objective = (sense, value.expression, syntax)
    texts.append((sense.rawValue, syntax.text))
  }

  // MARK: constraints

  /// A comparison at the top. A chain of two signs gives `name.lower` and `name.upper`, a longer one
  /// `name.1`, ...
  ///
  /// A constraint without a name is called by its text.
  private mutating func readConstraint(_ item: ObjectiveFile.Constraint) throws(SpecError) {
    let syntax = item.expression
    let root = syntax.root
    let evaluator = ExpressionEvaluator(syntax, in: scope)
    if scope.hasSoughtLaws, let found = try evaluator.lawConstraints(at: root) {
      let base = item.name?.text ?? uniqueName(syntax.shortText(of: root))
      texts.append((base, syntax.text))
      for (k, constraint) in found.enumerated() {
        let name =
          found.count == 1 ? base : uniqueName(base + (constraint.relation == .atLeast ? ".lower" : ".upper"))
        lawConstraints.append(
          LawProblem.Constraint(
            found.count > 2 ? "\(base).\(k + 1)" : name, constraint.functional, constraint.relation,
            constraint.bound))
      }
      return
    }
    let found = try evaluator.constraints(at: root)
    let base = item.name?.text ?? uniqueName(syntax.shortText(of: root))
    texts.append((base, syntax.text))
    for (k, constraint) in found.enumerated() {
      var name = base
      if found.count == 2 {
        name = uniqueName(base + ((k == 0) == (constraint.relation == .atMost) ? ".lower" : ".upper"))
      } else if found.count > 2 {
        name = uniqueName(base + ".\(k + 1)")
      }
      constraints.append(constraint.named(name))
      origins.append(syntax)
    }
  }

  private mutating func uniqueName(_ name: String) -> String {
    var candidate = name
    var number = 2
    while !usedNames.insert(candidate).inserted {
      candidate = "\(name) (\(number))"
      number += 1
    }
    return candidate
  }
}
