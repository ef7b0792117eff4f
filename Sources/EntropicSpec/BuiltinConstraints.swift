import EntropicModel

// Words that are constraints: they stand as items of 'subject to', not in formulas.
extension Builtin {
  static let softName = "soft"

  static let constraints: [Builtin] = [
    Builtin(
      softName, "constraint, weight", .constraints,
      "a constraint that may be missed at a price: weight / 2 * (left - right)^2, of <= and >= only what is beyond "
        + "the bound, summed over elements, is added when minimising and taken away when maximising",
      curvature: "convex where left - right is affine", domain: "weight >= 0, a number or one an element"
    ) { (call) throws(SpecError) in
      throw call.evaluator.failure(.misplacedComparison, at: call.node, "a constraint cannot stand here")
    },
    Builtin(
      "monotone", "p, [order]", .constraints,
      "masses in rising order, p[1] <= p[2] <= ...; with \"decreasing\" in falling order",
      curvature: "linear in p", domain: "a vector; one multiplier for each pair of neighbours"
    ) { (call) throws(SpecError) in
      let p = try call.shaped("p")
      var order = MonotoneOrder.increasing
      if let argument = call.argument("order") {
        let words = MonotoneOrder.allCases.map(\.rawValue)
        guard case .text(let word) = argument.value, let known = MonotoneOrder(rawValue: word) else {
          var hint: String?
          if case .text(let word) = argument.value { hint = Suggestion.hint(for: word, among: words) }
          throw call.failure(
            .invalidArgument, at: "order",
            "no order \(call.text(of: "order")) (expected \"increasing\" or \"decreasing\")", hint: hint)
        }
        order = known
      }
      return .constraint(EntropicModel.monotone(p.expression, order), node: call.node)
    },
    Builtin(
      "unimodal", "p, at", .constraints,
      "masses that do not fall up to the outcome 'at', a place or a label, and do not rise after it",
      curvature: "linear in p", domain: "a vector; one multiplier for each pair of neighbours"
    ) { (call) throws(SpecError) in
      let p = try call.shaped("p")
      let argument = try call.required("at")
      let mode: Int
      if case .text(let label) = argument.value {
        guard let place = p.labels?.position(of: label, axis: 0) else {
          let labels = p.labels?.list(axis: 0) ?? []
          throw call.failure(
            .indexOutOfRange, at: "at",
            labels.isEmpty
              ? "\(call.text(of: "p")) has no labels (found \(Diagnostic.quoted(label)))"
              : "\(call.text(of: "p")) has no label \(Diagnostic.quoted(label))",
            hint: Suggestion.hint(for: label, among: labels))
        }
        mode = place
      } else {
        mode = try call.positiveInteger("at") - 1
      }
      guard mode < p.count else {
        throw call.failure(
          .indexOutOfRange, at: "at", "outcome \(mode + 1) is out of range (expected 1 to \(p.count))")
      }
      return .constraint(EntropicModel.unimodal(p.expression, at: mode), node: call.node)
    },
  ]
}

extension BuiltinCall {
  /// What a shape constraint is about: a vector that is affine in the masses.
  fileprivate func shaped(_ parameter: String) throws(SpecError) -> ArrayValue {
    let p = try array(parameter)
    guard p.shape.count == 1 else {
      throw failure(
        .shapeMismatch, at: parameter,
        "\(text(of: parameter)) is \(shapeText(p.shape)) (expected a vector)",
        hint: p.shape.count == 2 ? "a row of it is \(text(of: parameter))[1, :]" : nil)
    }
    guard p.expression.isAffine else {
      throw failure(
        .unsupportedForm, at: parameter,
        "\(text(of: parameter)) is not affine (expected masses or sums of multiples of masses)")
    }
    return p
  }
}
