import EntropicModel
import EntropicNumerics

/// From an objective file to the problem that it states.
///
///     let file = try ObjectiveFile.read(path: path)
///     let elaborated = try Elaboration(file, folder: "examples").run()
///
/// Names are resolved, data files read, constants computed, formulas built with their shapes checked, and
/// the problem
/// made canonical. What is wrong is told with its place, up to 20 errors: names that depend on a wrong one
/// are
/// passed over, so that every message is a cause.
package struct Elaboration {
  let file: ObjectiveFile
  let overrides: [String: Syntax]
  let loader: DataLoader
  let limits: SpecLimits
  /// The names of the methods that `solve: {method: ...}` may name; nil when that is checked elsewhere.
  let methods: [String]?

  /// - Parameters:
  ///   - overrides: values for parameters, from the command line.
  ///   - folder: where the paths of data files start.
  ///   - roots: further folders that data may lie in.
  package init(
    _ file: ObjectiveFile, overrides: [String: Syntax] = [:], folder: String = ".", roots: [String] = [],
    limits: SpecLimits = SpecLimits(), methods: [String]? = nil
  ) {
    self.file = file
    self.overrides = overrides
    loader = DataLoader(folder: folder, roots: roots, limits: limits)
    self.limits = limits
    self.methods = methods
  }

  /// - Throws: what is wrong, up to 20 errors.
  package func run() throws(SpecError) -> ElaboratedFile {
    try checkOverrides()
    let scope = ElaborationScope(file, overrides: overrides, limits: limits)
    var collector = DiagnosticCollector()
    var result = ElaboratedFile(
      file: file, problem: nil, options: file.solve, digest: SHA256.digest(of: file.source.bytes))
    var couplings: [Constraint] = []

    let (order, cycles) = scope.order()
    for cycle in cycles { collector.add(cycle) }
    for position in order {
      if collector.isFull { break }
      if case .failed = scope.entries[position].state { continue }
      do throws(SpecError) {
        let entry = scope.entries[position]
        scope.set(position, .known(try value(of: entry, in: scope, into: &result, couplings: &couplings)))
      } catch {
        scope.set(position, .failed)
        collector.add(error)
      }
    }
    checkMethod(into: &collector)

    var statements = Statements(scope: scope, constraints: couplings)
    statements.read(file, into: &collector)
    // Names and formulas that failed leave no other message behind.
    if !collector.hasErrors, scope.hasFailure || statements.isIncomplete {
      collector.add(file.source.diagnostic(.wrongStructure, at: nil, "the file cannot be elaborated"))
    }
    try collector.check()
    gather(scope, statements, into: &result)
    if !result.soughtLaws.isEmpty { result.lawProblem = try lawProblem(statements, result) }
    if let flow = file.flow {
      result.flow = try flowProblem(flow, statements, result)
    } else if let cloud = result.clouds.first {
      throw SpecError(
        file.source.diagnostic(
          .unsupportedForm, at: cloud.name.location,
          "particles follow a flow, and the file has no key 'flow'",
          hint: "as in 'flow: {time: 5, step: 0.01}'"))
    } else if let objective = statements.objective {
      result.problem = try problem(objective, statements, result)
    }
    result.warnings = file.warnings + scope.warnings + self.warnings(of: result.problem, statements)
    return result
  }

  private func checkOverrides() throws(SpecError) {
    let known = file.parameters.map(\.name.text)
    for (name, syntax) in overrides.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
      let isOther =
        file.data.contains { $0.name.text == name } || file.definitions.contains { $0.name.text == name }
      throw SpecError(
        syntax.diagnostic(
          .unknownParameter, at: syntax.root, "the file has no parameter \(Diagnostic.quoted(name))",
          hint: isOther
            ? "only names under 'parameters' can be set" : Suggestion.hint(for: name, among: known)))
    }
  }

  private func checkMethod(into collector: inout DiagnosticCollector) {
    guard let method = file.solve.method, let methods else { return }
    let name = SolveOptions.parts(ofMethod: method.text)?.name ?? method.text
    if name == "auto" || methods.contains(name) { return }
    collector.add(
      file.source.diagnostic(
        .unknownMethod, at: method.location, "unknown method \(Diagnostic.quoted(method.text))",
        hint: Suggestion.hint(for: name, among: methods) ?? "'entropic atoms methods' lists the methods"))
  }

  // MARK: names

  private func value(
    of entry: ElaborationScope.Entry, in scope: ElaborationScope, into result: inout ElaboratedFile,
    couplings: inout [Constraint]
  ) throws(SpecError) -> ElaborationValue {
    switch entry.declaration {
    case .data(let data):
      if case .expression(let syntax) = data.value,
        case .law(let law) = try ExpressionEvaluator(syntax, in: scope, for: .constants("data")).value()
      {
        return .law(law)
      }
      return .constant(try array(data.value, data.name.text, "data", in: scope, into: &result))
    case .parameter(let definition):
      let evaluator = ExpressionEvaluator(definition.expression, in: scope, for: .constants("parameters"))
      let value = try evaluator.array(of: definition.expression.root)
      guard case .constant(let number) = value, number.isScalar, number.isFinite else {
        let name = Diagnostic.quoted(definition.name.text)
        if case .constant(let number) = value, number.isScalar {
          throw evaluator.failure(
            .nonFiniteValue, at: definition.expression.root,
            "the parameter \(name) is \(numberText(number.values[0])) (expected a finite number)")
        }
        throw evaluator.failure(
          .shapeMismatch, at: definition.expression.root,
          "the parameter \(name) is \(shapeText(value.shape)) (expected a finite number)")
      }
      return .constant(number)
    case .unknown(let declaration):
      if let law = try UnknownDeclaration(entry: declaration, scope: scope).soughtLaw() {
        result.soughtLaws.append((law, declaration.name))
        return .law(.sought(law))
      }
      if let cloud = try UnknownDeclaration(entry: declaration, scope: scope).cloud() {
        result.clouds.append(cloud)
        return .cloud(cloud.name.text)
      }
      let made = try UnknownDeclaration(entry: declaration, scope: scope).result()
      couplings += made.constraints
      var formula = FormulaValue(made.unknown)
      formula.grid = made.grid
      if let grid = made.grid { result.grids[made.unknown] = grid }
      if let start = declaration.start {
        if made.grid != nil, let given = try density(start, formula, named: made.unknown.name, in: scope) {
          result.start[made.unknown] = given
        } else {
          result.start[made.unknown] = try masses(start, of: made.unknown, in: scope, into: &result)
        }
      }
      return .array(.formula(formula))
    case .definition(let definition):
      let evaluator = ExpressionEvaluator(definition.expression, in: scope)
      let value = try evaluator.value()
      if case .functional = value { return value }
      return .array(try evaluator.array(value, definition.expression.root))
    }
  }

  /// Constants: an expression, a list, or a file.
  func array(
    _ value: ObjectiveFile.DataValue, _ name: String, _ section: String, in scope: ElaborationScope,
    into result: inout ElaboratedFile
  ) throws(SpecError) -> ConstantArray {
    switch value {
    case .array(let array):
      return ConstantArray(shape: array.shape, values: array.values, labels: Self.labels(of: array))
    case .expression(let syntax):
      let evaluator = ExpressionEvaluator(syntax, in: scope, for: .constants(section))
      guard case .constant(let array) = try evaluator.array(of: syntax.root) else {
        throw evaluator.failure(.notConstant, at: syntax.root, "\(section) cannot hold unknowns")
      }
      return array
    case .list(let shape, let items):
      var values: [Double] = []
      values.reserveCapacity(items.count)
      for item in items {
        let evaluator = ExpressionEvaluator(item, in: scope, for: .constants(section))
        guard case .constant(let number) = try evaluator.array(of: item.root), number.isScalar else {
          throw evaluator.failure(
            .shapeMismatch, at: item.root, "an item of the list \(Diagnostic.quoted(name)) is no number")
        }
        values.append(number.values[0])
      }
      return ConstantArray(shape: shape, values: values)
    case .file(let file):
      let (loaded, warnings) = try loader.load(file, for: self.file.source)
      for warning in warnings { scope.warn(warning) }
      let digest = ElaboratedFile.DataDigest(path: loaded.path, digest: loaded.digest)
      if !result.dataDigests.contains(digest) { result.dataDigests.append(digest) }
      switch loaded.content {
      case .dense(let array):
        return ConstantArray(shape: array.shape, values: array.values, labels: Self.labels(of: array))
      case .sparse(let sparse):
        if let refusal = scope.budget.refusal(of: [sparse.rowCount, sparse.columnCount]) {
          throw SpecError(
            self.file.source.diagnostic(
              .excessiveMemory, at: file.path.location, "the matrix has \(refusal.message)",
              hint: refusal.hint))
        }
        var values = [Double](repeating: 0, count: sparse.rowCount * sparse.columnCount)
        for k in sparse.values.indices {
          values[sparse.rows[k] * sparse.columnCount + sparse.columns[k]] += sparse.values[k]
        }
        return ConstantArray(shape: [sparse.rowCount, sparse.columnCount], values: values)
      }
    }
  }

  private static func labels(of array: DataArray) -> AxisLabels? {
    if array.rowLabels == nil, array.columnNames == nil || array.rank < 2 { return nil }
    return AxisLabels(
      array.rank < 2 ? [array.rowLabels ?? []] : [array.rowLabels ?? [], array.columnNames ?? []])
  }

  /// The starting masses of an unknown, scaled to its mass exactly.
  private func masses(
    _ start: ObjectiveFile.DataEntry, of unknown: Unknown, in scope: ElaborationScope,
    into result: inout ElaboratedFile
  ) throws(SpecError) -> [Double] {
    func failure(_ code: DiagnosticCode, _ message: String) -> SpecError {
      SpecError(file.source.diagnostic(code, at: start.location, "the start of \(unknown.name) " + message))
    }
    let array = try array(start.value, unknown.name, "starting points", in: scope, into: &result)
    guard array.shape == unknown.shape else {
      throw failure(
        .shapeMismatch,
        "has the wrong shape (expected \(shapeText(unknown.shape)), found \(shapeText(array.shape)))")
    }
    if let i = array.values.firstIndex(where: { !($0 >= 0) || $0 == .infinity }) {
      throw failure(
        .negativeMass,
        "has the mass \(numberText(array.values[i])) at \(placeText(i, in: array.shape)) (expected "
          + "at least 0)"
      )
    }
    var values = array.values
    let width = unknown.kind == .channel ? unknown.shape[1] : values.count
    for first in stride(from: 0, to: values.count, by: width) {
      let total = Kernel.compensatedSum(Array(values[first..<first + width]))
      guard total > 0, Swift.abs(total - unknown.mass) <= 1e-6 * unknown.mass else {
        throw failure(
          .unnormalisedLaw, "sums to \(numberText(total)) (expected \(numberText(unknown.mass)))")
      }
      for i in first..<first + width { values[i] *= unknown.mass / total }
    }
    return values
  }

  private func gather(_ scope: ElaborationScope, _ statements: Statements, into result: inout ElaboratedFile)
  {
    for entry in scope.entries {
      guard case .known(.array(let value)) = entry.state else { continue }
      let name = entry.name.text
      switch (entry.declaration, value) {
      case (.unknown, .formula(let formula)):
        if let unknown = formula.expression.unknown { result.unknowns.append((name, unknown)) }
      case (_, .formula(let formula)): result.definitions.append((name, formula.expression))
      case (.parameter, .constant(let number)):
        result.parameters.append((name, number.values[0]))
        result.constants.append((name, number.tensor))
      case (_, .constant(let array)): result.constants.append((name, array.tensor))
      }
    }
    result.objective = statements.objective?.expression
    result.constraints = statements.constraints
    result.evaluations = statements.evaluations
    result.sourceTexts = statements.texts
  }
}
