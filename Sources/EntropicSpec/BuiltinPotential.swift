import EntropicFamilies
import EntropicModel
import EntropicNumerics

// A function of several variables in expect(p, x -> ...), p a normal law of several variables.
extension BuiltinCall {
  /// The formula of the body with a vector in place of the argument: functions of linear predictors are taken apart,
  /// anything else is a potential with gradients by reverse differentiation.
  func potential(_ parameter: String, _ dimension: Int) throws(SpecError) -> LawFunctional.VectorPotential {
    let argument = try required(parameter)
    guard case .function(let function) = argument.value, function.names.count == 1 else {
      throw failure(
        .invalidArgument, at: parameter, "expected a function of one vector, as x -> sum_squares(x) / 2")
    }
    let variable = Unknown.simplex(dimension, name: function.names[0])
    var inner = ExpressionEvaluator(function.syntax, in: evaluator.scope, for: .formula)
    inner.bindings = function.bindings
    inner.bindings[function.names[0]] = .array(.formula(FormulaValue(Expression(variable))))
    inner.depth = function.depth + 1
    let value = try inner.array(of: function.body)
    guard value.shape.isEmpty else {
      throw failure(
        .shapeMismatch, at: parameter, "the function gives \(shapeText(value.shape)) (expected a number)",
        hint: "sum(...) gives a number")
    }
    let expression = value.expression
    if let form = try? BuiltinCall.predictors(PredictorForm(expression, of: variable), variable) {
      return .predictors(form)
    }
    let evaluation = Evaluation(expression)
    return .general(
      Potential(
        dimension: dimension,
        value: { evaluation.value(evaluation.unknowns.isEmpty ? [] : [$0]).first ?? .nan },
        gradient: { x in
          evaluation.unknowns.isEmpty
            ? [Double](repeating: 0, count: x.count) : evaluation.gradient([x]).gradient[0]
        }))
  }

  private static func predictors(
    _ form: PredictorForm, _ variable: Unknown
  ) throws(FamilyError) -> GeneralisedLinearPotential? {
    let d = variable.count
    let curve = form.parts.first?.curve ?? .softplus
    guard form.parts.allSatisfy({ $0.curve == curve }) else { return nil }
    var rest: (quadratic: Matrix, linear: [Double], constant: Double)?
    if let expression = form.rest {
      guard let found = expression.quadraticForm(of: variable) else { return nil }
      rest = found
    }
    var elements: [Double] = []
    for part in form.parts { elements += part.design.elements }
    let rows = form.parts.reduce(0) { $0 + $1.design.rows }
    return try GeneralisedLinearPotential(
      design: Matrix(rows: rows, columns: d, elements: elements),
      curve: form.parts.isEmpty ? .square : curve == .softplus ? .softplus : .exponential,
      offsets: form.parts.flatMap(\.offsets), weights: form.parts.flatMap(\.weights),
      quadratic: rest?.quadratic, linear: rest?.linear, constant: rest?.constant ?? 0)
  }
}
