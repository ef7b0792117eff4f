import EntropicSpecialFunctions

extension Builtin {
  /// The special functions, entry by entry of constants: a number goes with any shape.
  static let specialFunctions: [Builtin] = SpecialFunction.all.map { function in
    Builtin(
      function.name, function.parameters.joined(separator: ", "), .special,
      function.summary + "; of constants",
      domain: function.domain, isPointwise: true
    ) { (call) throws(SpecError) in try call.mapped(function) }
  }
}

extension BuiltinCall {
  fileprivate func mapped(_ function: SpecialFunction) throws(SpecError) -> ElaborationValue {
    var arguments: [ConstantArray] = []
    var shape: [Int] = []
    for parameter in function.parameters {
      let argument = try constant(parameter)
      if shape.isEmpty { shape = argument.shape }
      guard argument.isScalar || argument.shape == shape else {
        throw failure(
          .shapeMismatch, at: parameter,
          "arguments of different shapes (expected \(shapeText(shape)), found \(shapeText(argument.shape)))")
      }
      arguments.append(argument)
    }
    let count = shape.reduce(1, *)
    var values: [Double] = []
    values.reserveCapacity(count)
    var inputs = [Double](repeating: 0, count: arguments.count)
    for i in 0..<count {
      for k in arguments.indices { inputs[k] = arguments[k].entry(i) }
      do throws(SpecialFunctionError) {
        values.append(try function.evaluate(inputs))
      } catch {
        throw located(error, placeText(i, in: shape), function)
      }
    }
    return .constant(ConstantArray(shape: shape, values: values))
  }

  private func located(
    _ error: SpecialFunctionError, _ place: String, _ function: SpecialFunction
  ) -> SpecError {
    let entry = place.isEmpty ? "" : " (entry \(place))"
    let defined = "defined for \(function.domain)"
    func failure(_ argument: String, _ message: String, hint: String? = nil) -> SpecError {
      let isKnown = builtin.parameters.contains { $0.name == argument }
      return evaluator.failure(
        .valueOutOfRange, at: isKnown ? self.place(argument) : node, "\(function.name): \(message)",
        hint: hint)
    }
    switch error {
    case .domain(_, let argument, let value):
      return failure(
        argument, "\(argument) is \(numberText(value))\(entry)", hint: defined)
    case .range(_, let argument, let value, let supported):
      return failure(
        argument,
        "\(argument) is \(numberText(value))\(entry) (expected \(numberText(supported.lowerBound)) "
          + "to \(numberText(supported.upperBound)))"
      )
    case .overflow:
      return evaluator.failure(.nonFiniteValue, at: node, "\(function.name)\(entry) is infinite")
    case .failed(_, let message):
      return evaluator.failure(
        .valueOutOfRange, at: node, "\(function.name)\(entry): \(message)", hint: defined)
    case .arity(_, let expected, let found):
      return evaluator.failure(
        .wrongArgumentCount, at: node,
        "\(function.name): wrong number of arguments (expected \(expected), found \(found))")
    }
  }
}
