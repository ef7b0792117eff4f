import EntropicFlows
import EntropicModel
import EntropicNumerics

// The flow of a file: what moves, the terms of the energy, times.
extension Elaboration {
  func flowProblem(
    _ flow: ObjectiveFile.Flow, _ statements: Statements, _ result: ElaboratedFile
  ) throws(SpecError) -> FlowProblem {
    func refusal(_ code: DiagnosticCode, _ message: String, at place: TextLocation?, hint: String? = nil)
      -> SpecError
    { SpecError(file.source.diagnostic(code, at: place, message, hint: hint)) }
    if let law = result.soughtLaws.first {
      throw refusal(
        .unsupportedForm, "laws of families do not flow in this version", at: law.name.location,
        hint: "declare a density(from, to, points=n), a simplex or particles(n, dimension=d)")
    }
    let declared = result.unknowns.count + result.clouds.count
    guard declared == 1, let objective = file.objective else {
      throw refusal(
        declared == 1 ? .missingSection : .unsupportedForm,
        declared == 1
          ? "a flow needs an objective (expected 'minimize' or 'maximize')"
          : "a flow has one unknown (found \(declared))", at: flow.location)
    }
    if let constraint = file.constraints.first {
      throw refusal(
        .unsupportedForm, "a flow has no constraints in this version",
        at: constraint.expression.location(of: constraint.expression.root))
    }
    let times = try times(flow, statements.scope)
    if let cloud = result.clouds.first { return try cloudFlow(cloud, objective, statements, times) }
    if let method = file.solve.method, method.text != "auto" {
      throw refusal(
        .unknownMethod, "\(Diagnostic.quoted(method.text)) does not follow a flow of masses",
        at: method.location, hint: "densities and masses have one method each: leave it out")
    }
    let unknown = result.unknowns[0].unknown
    let syntax = objective.expression
    guard let given = statements.objective, unknown.kind != .channel else {
      throw refusal(.unsupportedForm, "channels do not flow in this version", at: flow.location)
    }
    if unknown.mass != 1 {
      throw refusal(.unsupportedForm, "masses with a total of 1 flow only", at: flow.location)
    }
    for item in result.evaluations where !item.expression.shape.isEmpty {
      throw refusal(
        .shapeMismatch, "\(Diagnostic.quoted(item.name)) is no number: numbers are followed along a flow",
        at: file.evaluations.first { $0.name.text == item.name }?.name.location)
    }
    let start = result.start[unknown] ?? [Double](repeating: 1 / Double(unknown.count), count: unknown.count)
    return try FlowProblem.located(syntax) {
      let course: FlowProblem.Course
      if let grid = result.grids[unknown] {
        let terms = try energyTerms(of: objective, unknown.name, statements.scope)
        let energy = try freeEnergy(terms, grid, at: start)
        course = .density(
          try GridFlow(
            energy, from: GridDensity(grid, masses: start), time: times.time, step: times.step,
            saves: times.saves))
      } else {
        let sign = objective.sense == .minimize ? 1.0 : -1
        let evaluation = Evaluation(given.expression)
        let isConstant = evaluation.unknowns.isEmpty
        course = .masses(
          try MirrorFlow(from: start, time: times.time, step: times.step, saves: times.saves) { p in
            if isConstant { return (sign * (evaluation.value([]).first ?? 0), p.map { _ in 0 }) }
            let (value, gradient) = evaluation.gradient([p])
            return (sign * value, gradient[0].map { sign * $0 })
          })
      }
      return FlowProblem(
        name: unknown.name, sense: given.sense, course: course, time: times.time, step: times.step,
        saves: times.saves, grid: result.grids[unknown], unknown: unknown, objective: given.expression,
        evaluations: result.evaluations)
    }
  }

  /// The numbers under `flow`.
  private func times(
    _ flow: ObjectiveFile.Flow, _ scope: ElaborationScope
  ) throws(SpecError) -> (time: Double, step: Double, saves: Int) {
    func number(_ syntax: Syntax?, _ name: String) throws(SpecError) -> (value: Double, syntax: Syntax) {
      guard let syntax else {
        throw SpecError(
          file.source.diagnostic(
            .missingSection, at: flow.location, "'flow' needs '\(name)'",
            hint: "as in 'flow: {time: 2, step: 0.01, save: 10}'"))
      }
      let evaluator = ExpressionEvaluator(syntax, in: scope, for: .constants("flow"))
      guard case .constant(let value) = try evaluator.array(of: syntax.root), value.isScalar else {
        throw evaluator.failure(.shapeMismatch, at: syntax.root, "\(name) is no number")
      }
      return (value.values[0], syntax)
    }
    let time = try number(flow.time, "time")
    guard time.value >= 0, time.value.isFinite else {
      throw SpecError(
        time.syntax.diagnostic(
          .valueOutOfRange, at: time.syntax.root,
          "the time is \(numberText(time.value)) (expected a number from 0)"))
    }
    let step = try number(flow.step, "step")
    guard step.value > 0, step.value.isFinite, time.value / step.value <= 1e9 else {
      throw SpecError(
        step.syntax.diagnostic(
          .valueOutOfRange, at: step.syntax.root,
          "the step is \(numberText(step.value)) (expected a positive number, and at most 1e9 steps)"))
    }
    guard flow.save != nil else { return (time.value, step.value, 10) }
    let save = try number(flow.save, "save")
    guard let saves = Int(exactly: save.value), saves >= 1, saves <= 10_000 else {
      throw SpecError(
        save.syntax.diagnostic(
          .notPositiveInteger, at: save.syntax.root,
          "\(numberText(save.value)) saved states (expected a whole number from 1 to 10000)"))
    }
    return (time.value, step.value, saves)
  }

  /// The energy of a density from the terms of the objective.
  private func freeEnergy(
    _ terms: EnergyTerms, _ grid: Grid, at start: [Double]
  ) throws -> FreeEnergy {
    var potential = [Double](repeating: 0, count: grid.count)
    var curved: Expression?
    for (factor, expression) in terms.rest {
      let evaluation = Evaluation(expression)
      if evaluation.unknowns.isEmpty { continue }
      if expression.isAffine {
        Kernel.axpy(factor, evaluation.gradient([start]).gradient[0], into: &potential)
      } else {
        let term = Expression(factor) * expression
        curved = curved.map { $0 + term } ?? term
      }
    }
    let field = curved.map { curved -> FreeEnergy.Field in
      let evaluation = Evaluation(curved)
      return FreeEnergy.Field(
        value: { evaluation.value([$0]).first ?? .nan }, variation: { evaluation.gradient([$0]).gradient[0] })
    }
    return try FreeEnergy(
      grid, potential: potential, temperature: terms.temperature, power: terms.power, field: field)
  }

  private func cloudFlow(
    _ cloud: CloudDeclaration, _ objective: ObjectiveFile.Objective, _ statements: Statements,
    _ times: (time: Double, step: Double, saves: Int)
  ) throws(SpecError) -> FlowProblem {
    let syntax = objective.expression
    let terms = try energyTerms(of: objective, cloud.name.text, statements.scope, dimension: cloud.dimension)
    if let item = file.evaluations.first {
      throw SpecError(
        file.source.diagnostic(
          .unsupportedForm, at: item.name.location,
          "expressions of particles are not evaluated in this version: the report has means and covariances"))
    }
    guard let potential = terms.potential else {
      throw SpecError(
        syntax.diagnostic(
          .unsupportedForm, at: syntax.root, "the energy of particles has no potential",
          hint: "as in expect(\(cloud.name.text), x -> x^2 / 2) - entropy(\(cloud.name.text))"))
    }
    var method = CloudFlow.Method.langevin
    if let located = file.solve.method, located.text != "auto" {
      guard let named = CloudFlow.Method(rawValue: located.text) else {
        throw SpecError(
          file.source.diagnostic(
            .unknownMethod, at: located.location,
            "\(Diagnostic.quoted(located.text)) does not move particles",
            hint: "the methods are " + CloudFlow.Method.allCases.map(\.rawValue).joined(separator: ", ")))
      }
      method = named
    } else if terms.temperature == 0 {
      method = .blob
    }
    if terms.temperature == 0, method != .blob {
      throw SpecError(
        syntax.diagnostic(
          .unsupportedForm, at: syntax.root, "\(method.rawValue) needs an entropy in the energy",
          hint: "as in - entropy(\(cloud.name.text)); 'blob' works without"))
    }
    let seed = file.solve.seed ?? 0
    return try FlowProblem.located(syntax) {
      let start: Cloud
      if let given = cloud.start {
        var ignored = ElaboratedFile(file: file, problem: nil, options: file.solve, digest: "")
        let rows = try array(
          given.value, cloud.name.text, "starting points", in: statements.scope, into: &ignored)
        guard
          rows.shape == [cloud.count, cloud.dimension]
            || (cloud.dimension == 1 && rows.shape == [cloud.count])
        else {
          throw SpecError(
            file.source.diagnostic(
              .shapeMismatch, at: given.location,
              "the start of \(cloud.name.text) has the wrong shape (expected \(cloud.count) x "
                + "\(cloud.dimension), found \(shapeText(rows.shape)))"))
        }
        start = try Cloud(Matrix(rows: cloud.count, columns: cloud.dimension, elements: rows.values))
      } else {
        start = try Cloud(
          count: cloud.count, mean: [Double](repeating: 0, count: cloud.dimension), seed: ~seed)
      }
      _ = try Langevin(potential, step: times.step)
      let (values, slopes) = potential.evaluated(at: start)
      if let i = values.firstIndex(where: { !$0.isFinite }) ?? slopes.firstIndex(where: { !$0.isFinite }) {
        throw FlowError.value(
          of: "the potential, or its gradient, at a particle of the start",
          index: i % cloud.count, value: .nan)
      }
      return FlowProblem(
        name: cloud.name.text, sense: objective.sense == .minimize ? .minimize : .maximize,
        course: .cloud(
          CloudFlow(
            method: method, potential: potential, temperature: terms.temperature, start: start,
            time: times.time, step: times.step, saves: times.saves, seed: seed)), time: times.time,
        step: times.step, saves: times.saves, grid: nil, unknown: nil, objective: nil, evaluations: [])
    }
  }
}

extension FlowProblem {
  /// Errors of flows become errors at the root of the objective.
  static func located<T>(_ syntax: Syntax, _ body: () throws -> T) throws(SpecError) -> T {
    do {
      return try body()
    } catch let error as SpecError {
      throw error
    } catch let error as FlowError {
      throw failure(error, syntax, syntax.root)
    } catch {
      throw SpecError(syntax.diagnostic(.unsupportedForm, at: syntax.root, "\(error)"))
    }
  }

  /// The error of a flow at the objective.
  static func failure(_ error: FlowError, _ syntax: Syntax, _ node: Int) -> SpecError {
    let code: DiagnosticCode =
      switch error {
      case .unsupported: .unsupportedForm
      case .value, .noCell, .massOnWall: .nonFiniteValue
      case .masses: .unnormalisedLaw
      default: .valueOutOfRange
      }
    return SpecError(syntax.diagnostic(code, at: node, error.message))
  }
}
