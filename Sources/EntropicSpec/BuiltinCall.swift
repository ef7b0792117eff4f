import EntropicModel
import EntropicNumerics

/// A call with its arguments in the places of the parameters.
struct BuiltinCall {
  struct Argument {
    let node: Int
    let value: ElaborationValue
  }

  let builtin: Builtin
  /// The node of the call.
  let node: Int
  let evaluator: ExpressionEvaluator
  /// One list a parameter: empty where an optional one is missing.
  let arguments: [[Argument]]

  private func position(of parameter: String) -> Int {
    let position = builtin.parameters.firstIndex { $0.name == parameter }
    precondition(position != nil, "\(builtin.name) has no parameter \(parameter)")
    return position ?? 0
  }

  func argument(_ parameter: String) -> Argument? { arguments[position(of: parameter)].first }

  func has(_ parameter: String) -> Bool { argument(parameter) != nil }

  /// All arguments of a repeated parameter.
  func all(_ parameter: String) -> [Argument] { arguments[position(of: parameter)] }

  /// The argument of a parameter that is not optional.
  func required(_ parameter: String) throws(SpecError) -> Argument {
    guard let argument = argument(parameter) else {
      throw evaluator.failure(
        .wrongArgumentCount, at: node, "\(builtin.name) needs the argument \(parameter)",
        hint: "it is called as \(builtin.signature)")
    }
    return argument
  }

  /// Where a message about a parameter points.
  func place(_ parameter: String) -> Int { argument(parameter)?.node ?? node }

  func failure(
    _ code: DiagnosticCode, at parameter: String, _ message: String, hint: String? = nil
  ) -> SpecError {
    evaluator.failure(code, at: place(parameter), "\(builtin.name): " + message, hint: hint)
  }

  func text(of parameter: String) -> String { evaluator.syntax.shortText(of: place(parameter)) }

  // MARK: kinds of arguments

  /// Numbers or a formula.
  func array(_ parameter: String) throws(SpecError) -> ArrayValue {
    let argument = try required(parameter)
    return try evaluator.array(argument.value, argument.node)
  }

  /// Numbers.
  func constant(_ parameter: String) throws(SpecError) -> ConstantArray {
    guard case .constant(let constant) = try array(parameter) else {
      throw failure(.notConstant, at: parameter, "\(Diagnostic.quoted(text(of: parameter))) holds unknowns")
    }
    return constant
  }

  /// A matrix of numbers.
  func matrix(_ parameter: String) throws(SpecError) -> Matrix {
    let constant = try constant(parameter)
    guard constant.shape.count == 2 else {
      throw failure(
        .shapeMismatch, at: parameter,
        "\(text(of: parameter)) is \(shapeText(constant.shape)) (expected a matrix)")
    }
    return constant.matrix
  }

  /// A single number.
  func number(_ parameter: String) throws(SpecError) -> Double {
    let constant = try constant(parameter)
    guard constant.isScalar else {
      throw failure(
        .shapeMismatch, at: parameter,
        "\(text(of: parameter)) is \(shapeText(constant.shape)) (expected a number)")
    }
    return constant.values[0]
  }

  /// A number with a property that the message names.
  func number(
    _ parameter: String, expected: String, where holds: (Double) -> Bool
  ) throws(SpecError) -> Double {
    let value = try number(parameter)
    guard holds(value) else {
      throw failure(
        .valueOutOfRange, at: parameter, "\(parameter) is \(numberText(value)) (expected \(expected))")
    }
    return value
  }

  func positiveInteger(_ parameter: String) throws(SpecError) -> Int {
    try positiveInteger(try required(parameter), parameter)
  }

  func positiveInteger(_ argument: Argument, _ parameter: String) throws(SpecError) -> Int {
    guard case .constant(let constant) = try evaluator.array(argument.value, argument.node),
      constant.isScalar,
      let whole = Int(exactly: constant.values[0]), whole > 0
    else {
      throw evaluator.failure(
        .notPositiveInteger, at: argument.node,
        "\(builtin.name): \(parameter) is \(evaluator.syntax.shortText(of: argument.node)) "
          + "(expected a positive whole number)"
      )
    }
    return whole
  }

  /// A law: masses that are not negative, as far as they are known.
  func law(_ parameter: String) throws(SpecError) -> ArrayValue {
    let law = try array(parameter)
    if case .constant(let constant) = law {
      for (i, value) in constant.values.enumerated() where !(value >= 0) {
        let place = placeText(i, in: constant.shape)
        throw failure(
          .negativeMass, at: parameter,
          "mass \(place.isEmpty ? "" : place + " ")of \(text(of: parameter)) is "
            + "\(numberText(value)) (expected at least 0)"
        )
      }
    }
    return law
  }

  /// A law that is compared with another: of its shape, and warned about where its sum differs.
  func reference(_ parameter: String, for law: ArrayValue, _ lawParameter: String) throws(SpecError)
    -> ArrayValue
  {
    let reference = try self.law(parameter)
    guard reference.shape == law.shape else {
      throw failure(
        .shapeMismatch, at: parameter,
        "\(text(of: parameter)) has another shape than \(text(of: lawParameter)) "
          + "(expected \(shapeText(law.shape)), found \(shapeText(reference.shape)))")
    }
    if case .constant(let constant) = reference {
      var expected = 1.0
      if case .formula(let formula) = law, let mass = formula.mass { expected = mass }
      let total = Kernel.compensatedSum(constant.values)
      if Swift.abs(total - expected) > 1e-9 * expected {
        evaluator.scope.warn(
          evaluator.syntax.diagnostic(
            .unnormalisedLaw, severity: .warning, at: place(parameter),
            "\(builtin.name): the masses of \(text(of: parameter)) sum to \(numberText(total)) "
              + "(expected \(numberText(expected)))",
            hint: "\(text(of: parameter)) / sum(\(text(of: parameter))) is normalised"))
      }
    }
    return reference
  }

  /// Numbers at the outcomes of a law, or a function of its outcomes.
  func outcomeValues(_ parameter: String, of law: ArrayValue, _ lawParameter: String) throws(SpecError)
    -> ArrayValue
  {
    let argument = try required(parameter)
    let value = try evaluator.overOutcomes(argument.value, argument.node, of: law, place(lawParameter))
    return try evaluator.array(value, argument.node)
  }

  func checkShape(_ array: ArrayValue, _ parameter: String, equals shape: [Int]) throws(SpecError) {
    guard array.shape != shape else { return }
    throw failure(
      .shapeMismatch, at: parameter,
      "\(text(of: parameter)) has the wrong shape (expected \(shapeText(shape)), found "
        + "\(shapeText(array.shape)))"
    )
  }

  /// The axis that is kept, from 0; nil when none is given.
  func axis(_ parameter: String) throws(SpecError) -> Int? {
    guard let argument = argument(parameter) else { return nil }
    if case .text(let word) = argument.value {
      switch word {
      case "rows": return 0
      case "columns": return 1
      default:
        throw failure(
          .invalidArgument, at: parameter,
          "no axis \(Diagnostic.quoted(word)) (expected \"rows\" or \"columns\")",
          hint: Suggestion.nearest(to: word, among: ["rows", "columns"]).map { "did you mean \"\($0)\"?" })
      }
    }
    return try positiveInteger(argument, parameter) - 1
  }

  /// The result as a value of this call.
  func result(_ expression: Expression, from arguments: [ArrayValue]) throws(SpecError) -> ElaborationValue {
    var own: [Expression] = []
    for case .formula(let formula) in arguments { own.append(formula.expression) }
    return try evaluator.wrapped(expression, node, arguments: own)
  }

  func checkSize(_ shape: [Int], bytesPerEntry: Int = 8) throws(SpecError) {
    try evaluator.checkSize(shape, at: node, bytesPerEntry: bytesPerEntry)
  }
}

extension ExpressionEvaluator {
  /// The word that is called, and for each parameter the positions of its arguments among the children.
  func boundCall(_ node: Int) throws(SpecError) -> (builtin: Builtin, places: [[Int]]) {
    let name = syntax.name(of: node)
    guard var builtin = Builtin.named(name) else { throw unknownFunction(name, node) }
    if let law = Builtin.law(named: name), law !== builtin, isLaw(node, rather: builtin) { builtin = law }
    if builtin.availability == .planned {
      throw failure(
        .unavailableWord, at: node, "\(Diagnostic.quoted(name)) is planned, but not available in this version"
      )
    }
    return (builtin, try bound(node, to: builtin))
  }

  /// Whether a call means a law where a function has the same name, as gamma(2, 1) and beta(a=2, b=3): laws take
  /// their parameters by name, or take more of them than the function.
  private func isLaw(_ node: Int, rather function: Builtin) -> Bool {
    let children = syntax.children(of: node)
    return children.count > function.parameters.count
      || children.contains { syntax.kind(of: $0.node) == .namedArgument }
  }

  private func unknownFunction(_ name: String, _ node: Int) -> SpecError {
    let quoted = Diagnostic.quoted(name)
    if UnknownDeclaration.named(name) != nil {
      return failure(
        .unknownFunction, at: node, "\(quoted) declares an unknown and cannot stand in an expression",
        hint: "declare it under 'unknowns' and use its name")
    }
    if scope.contains(name) || bindings[name] != nil {
      return failure(
        .unknownFunction, at: node, "\(quoted) is a value, not a function",
        hint: "\(name)[1] is its first entry")
    }
    return failure(
      .unknownFunction, at: node, "unknown function \(quoted)",
      hint: Suggestion.hint(for: name, among: Builtin.names))
  }

  /// Puts the arguments of a call into the places of the parameters.
  func bound(_ node: Int, to builtin: Builtin) throws(SpecError) -> [[Int]] {
    let parameters = builtin.parameters
    var places = [[Int]](repeating: [], count: parameters.count)
    let positional = parameters.indices.filter { !parameters[$0].isNamedOnly }
    var next = 0
    var given = 0
    var surplus = false
    for (k, child) in syntax.children(of: node).enumerated() {
      if syntax.kind(of: child.node) == .namedArgument {
        let name = syntax.name(of: child.node)
        guard let p = parameters.firstIndex(where: { $0.name == name && !$0.repeats }) else {
          throw failure(
            .unknownArgument, at: child.node, "\(builtin.name) has no argument \(Diagnostic.quoted(name))",
            hint: Suggestion.hint(for: name, among: parameters.map(\.name))
              ?? "it is called as \(builtin.signature)")
        }
        guard places[p].isEmpty else {
          throw failure(
            .duplicateArgument, at: child.node,
            "\(builtin.name): the argument \(Diagnostic.quoted(name)) is given twice")
        }
        places[p] = [k]
        continue
      }
      given += 1
      while next < positional.count, !places[positional[next]].isEmpty, !parameters[positional[next]].repeats
      {
        next += 1
      }
      guard next < positional.count else {
        surplus = true
        continue
      }
      places[positional[next]].append(k)
      if !parameters[positional[next]].repeats { next += 1 }
    }
    let missing = parameters.indices.first { places[$0].isEmpty && !parameters[$0].isOptional }
    if surplus || missing != nil {
      let least = positional.filter { !parameters[$0].isOptional }.count
      let most = builtin.repeats ? nil : positional.count
      let expected =
        least == most ? "\(least)" : most.map { "\(least) to \($0)" } ?? "at least \(least)"
      throw failure(
        .wrongArgumentCount, at: node,
        "\(builtin.name): wrong number of arguments (expected \(expected), found \(given))",
        hint: "it is called as \(builtin.signature)")
    }
    return places
  }

  func call(_ node: Int, _ values: ArraySlice<ElaborationValue>) throws(SpecError) -> ElaborationValue {
    let (builtin, places) = try boundCall(node)
    return try apply(builtin, places, node, values)
  }

  func apply(
    _ builtin: Builtin, _ places: [[Int]], _ node: Int, _ values: ArraySlice<ElaborationValue>
  ) throws(SpecError) -> ElaborationValue {
    let arguments = places.map { list in
      list.map { k -> BuiltinCall.Argument in
        let child = syntax.child(k, of: node)
        let place = syntax.kind(of: child) == .namedArgument ? syntax.child(0, of: child) : child
        return BuiltinCall.Argument(node: place, value: values[values.startIndex + k])
      }
    }
    let call = BuiltinCall(builtin: builtin, node: node, evaluator: self, arguments: arguments)
    let isOnLaws =
      builtin.group != .unknowns
      && arguments.joined().contains { argument in
        if case .law = argument.value { true } else { false }
      }
    if isOnLaws { return try call.lawMeaning() }
    guard let meaning = builtin.meaning else {
      throw failure(
        .unavailableWord, at: node, "\(Diagnostic.quoted(builtin.name)) is not available in this version")
    }
    return try meaning(call)
  }
}
