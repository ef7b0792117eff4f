import EntropicModel

// The canonical problem, and where its refusals point.
extension Elaboration {
  /// The code that stands for a kind of error of the model.
  static func code(of error: ProblemError, inConstraint: Bool) -> DiagnosticCode {
    switch error.kind {
    case .notConvex: inConstraint ? .constraintNotConvex : .notConvex
    case .unsupported: .unsupportedForm
    case .shape: .shapeMismatch
    case .domain: .nonFiniteValue
    case .argument, .constraint: .invalidArgument
    }
  }

  func problem(
    _ objective: (sense: Sense, expression: Expression, syntax: Syntax), _ statements: Statements,
    _ result: ElaboratedFile
  ) throws(SpecError) -> Problem {
    let unknowns = result.unknowns.map(\.unknown)
    let convexity: ConvexityRule = file.solve.convexity == .unchecked ? .unchecked : .checked
    let first: ProblemError
    do throws(ProblemError) {
      return try Problem(
        objective.sense, objective.expression, unknowns: unknowns, subjectTo: statements.constraints,
        convexity: convexity, start: result.start)
    } catch {
      first = error
    }
    var collector = DiagnosticCollector()
    let guilty = guiltyConstraints(statements, unknowns)
    for (position, error) in guilty {
      collector.add(constraintDiagnostic(error, in: statements.origins[position]))
    }
    // The objective is judged with the constraints that stand, for they may make it convex.
    let isGuilty = Set(guilty.map(\.position))
    let good = statements.constraints.indices.filter { !isGuilty.contains($0) }.map {
      statements.constraints[$0]
    }
    do throws(ProblemError) {
      _ = try Problem(
        objective.sense, objective.expression, unknowns: unknowns, subjectTo: good, convexity: convexity)
    } catch {
      collector.add(objectiveDiagnostic(error, objective, statements.scope, unknowns, good))
    }
    try collector.check()
    throw SpecError(objectiveDiagnostic(first, objective, statements.scope, unknowns, good))
  }

  /// The constraints that cannot be made canonical, each found by halving: the first errors come first.
  private func guiltyConstraints(
    _ statements: Statements, _ unknowns: [Unknown]
  ) -> [(position: Int, error: ProblemError)] {
    let all = statements.constraints
    let affine = all.filter { $0.left.isAffine && $0.right.isAffine }
    let curved = Set(all.indices.filter { !(all[$0].left.isAffine && all[$0].right.isAffine) })
    func failure(_ constraints: [Constraint]) -> ProblemError? {
      do throws(ProblemError) {
        _ = try Problem(.minimize, Expression(0), unknowns: unknowns, subjectTo: constraints)
        return nil
      } catch {
        return error
      }
    }
    var guilty: [(Int, ProblemError)] = []
    func search(_ positions: [Int], beside given: [Constraint]) {
      var rest = positions[...]
      while !rest.isEmpty, guilty.count < DiagnosticCollector.limit {
        guard failure(given + rest.map { all[$0] }) != nil else { return }
        // The shortest beginning that fails ends with a guilty one.
        var (good, bad) = (0, rest.count)
        while bad - good > 1 {
          let middle = (good + bad) / 2
          if failure(given + rest.prefix(middle).map { all[$0] }) == nil {
            good = middle
          } else {
            bad = middle
          }
        }
        let position = rest[rest.startIndex + bad - 1]
        if let error = failure(given + [all[position]]) { guilty.append((position, error)) }
        rest = rest.dropFirst(bad)
      }
    }
    search(all.indices.filter { !curved.contains($0) }, beside: [])
    if guilty.isEmpty { search(curved.sorted(), beside: affine) }
    return guilty
  }

  // MARK: places

  private func constraintDiagnostic(_ error: ProblemError, in syntax: Syntax?) -> Diagnostic {
    let code = Self.code(of: error, inConstraint: true)
    guard let syntax else { return file.source.diagnostic(code, at: nil, error.message, hint: error.hint) }
    if let (place, node) = find(error.subject, in: syntax) {
      return place.diagnostic(code, at: node, error.message, hint: error.hint)
    }
    return syntax.diagnostic(code, at: syntax.root, error.message, hint: error.hint)
  }

  private func objectiveDiagnostic(
    _ error: ProblemError, _ objective: (sense: Sense, expression: Expression, syntax: Syntax),
    _ scope: ElaborationScope, _ unknowns: [Unknown], _ constraints: [Constraint]
  ) -> Diagnostic {
    let code = Self.code(of: error, inConstraint: false)
    let isCurvature = error.kind == .notConvex
    let hint =
      error.hint ?? (isCurvature ? "'convexity: unchecked' under 'solve' searches for a local optimum" : nil)
    // An unknown alone is never guilty.
    let isUnknown = unknowns.contains { $0.name == error.subject }
    if !isUnknown, let (place, node) = find(error.subject, in: objective.syntax) {
      return place.diagnostic(code, at: node, error.message, hint: hint)
    }
    guard isCurvature, let subject = error.subject else {
      return objective.syntax.diagnostic(code, at: objective.syntax.root, error.message, hint: hint)
    }
    let node = guiltyTerm(objective, scope, unknowns, constraints)
    let text = objective.syntax.shortText(of: node)
    let message =
      error.message.hasSuffix(": " + subject)
      ? error.message.dropLast(subject.count) + text : error.message + ": " + text
    return objective.syntax.diagnostic(code, at: node, String(message), hint: hint)
  }

  /// The first term of the objective that is not convex by itself; of a sum(...) what is summed.
  private func guiltyTerm(
    _ objective: (sense: Sense, expression: Expression, syntax: Syntax), _ scope: ElaborationScope,
    _ unknowns: [Unknown], _ constraints: [Constraint]
  ) -> Int {
    let syntax = objective.syntax
    let evaluator = ExpressionEvaluator(syntax, in: scope)
    var node = syntax.root
    var sense = objective.sense
    while true {
      switch syntax.kind(of: node) {
      case .negation:
        sense = sense == .minimize ? .maximize : .minimize
        node = syntax.child(0, of: node)
      case .sum:
        let guilty = syntax.children(of: node).first { child in
          guard let term = try? evaluator.array(of: child.node), term.shape.isEmpty else { return false }
          let turned = child.operation == .minus
          let expression = turned ? -term.expression : term.expression
          return (try? Problem(sense, expression, unknowns: unknowns, subjectTo: constraints)) == nil
        }
        guard let guilty else { return node }
        if guilty.operation == .minus { sense = sense == .minimize ? .maximize : .minimize }
        node = guilty.node
      case .call where syntax.name(of: node) == "sum" && syntax.childCount(of: node) == 1:
        let inner = syntax.child(0, of: node)
        return syntax.kind(of: inner) == .name ? node : inner
      default: return node
      }
    }
  }

  /// The part of the file with that text: in the guilty statement, else in a definition.
  private func find(_ subject: String?, in syntax: Syntax) -> (Syntax, Int)? {
    guard let subject, !subject.isEmpty else { return nil }
    for candidate in [syntax] + file.definitions.map(\.expression) {
      for node in 0..<candidate.count where candidate.shortText(of: node) == subject {
        return (candidate, node)
      }
    }
    return nil
  }

  // MARK: warnings

  /// The warnings of the model, at the constraints that they are about.
  func warnings(of problem: Problem?, _ statements: Statements) -> [Diagnostic] {
    (problem?.warnings ?? []).map { text in
      let position = statements.constraints.firstIndex { constraint in
        let name = "constraint " + (constraint.name ?? "")
        return text.hasPrefix(name + " ") || text.hasPrefix(name + "[")
      }
      guard let position, let syntax = statements.origins[position] else {
        return file.source.diagnostic(.constraintWithoutUnknowns, severity: .warning, at: nil, text)
      }
      return syntax.diagnostic(.constraintWithoutUnknowns, severity: .warning, at: syntax.root, text)
    }
  }
}
