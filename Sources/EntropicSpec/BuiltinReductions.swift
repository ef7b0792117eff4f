import EntropicModel
import EntropicNumerics

extension Builtin {
  static let reductions: [Builtin] = [
    reduction("sum", "the sum of the entries", "linear") { EntropicModel.sum($0) },
    reduction("prod", "the product of the entries", "log of it is concave for positive entries") {
      EntropicModel.product($0)
    },
    reduction("mean", "the mean of the entries", "linear") { EntropicModel.mean($0) },
    extremum(
      "min", "the least entry; of several arguments entry by entry", "concave",
      reduce: { EntropicModel.min($0) }, combine: { -EntropicModel.maximum(of: $0.map { -$0 }) }),
    extremum(
      "max", "the largest entry; of several arguments entry by entry", "convex",
      reduce: { EntropicModel.max($0) }, combine: { EntropicModel.maximum(of: $0) }),
    reduction("norm1", "sum abs(x)", "convex") { EntropicModel.norm1($0) },
    reduction("norm2", "the Euclidean norm", "convex") { EntropicModel.norm2($0) },
    reduction("norminf", "max abs(x)", "convex") { EntropicModel.normInfinity($0) },
    reduction("log_sum_exp", "log(sum exp(x)), without overflow", "convex") { EntropicModel.logSumExp($0) },
  ]

  private static func reduction(
    _ name: String, _ summary: String, _ curvature: String,
    _ reduce: @escaping @Sendable (Expression) -> Expression
  ) -> Builtin {
    Builtin(
      name, "x, [axis=]", .reductions, summary + "; with axis= one number a row or column",
      curvature: curvature
    ) {
      (call) throws(SpecError) in
      let x = try call.array("x")
      return try call.reduced(x, reduce)
    }
  }

  private static func extremum(
    _ name: String, _ summary: String, _ curvature: String,
    reduce: @escaping @Sendable (Expression) -> Expression,
    combine: @escaping @Sendable ([Expression]) -> Expression
  ) -> Builtin {
    Builtin(
      name, "x, [others...], [axis=]", .reductions, summary, curvature: curvature, isPointwise: true
    ) { (call) throws(SpecError) in
      let x = try call.array("x")
      let others = call.all("others")
      if others.isEmpty { return try call.reduced(x, reduce) }
      guard !call.has("axis") else {
        throw call.failure(.invalidArgument, at: "axis", "an axis goes with a single argument")
      }
      var arguments = [x]
      var shape = x.shape
      for other in others {
        let value = try call.evaluator.array(other.value, other.node)
        if shape.isEmpty { shape = value.shape }
        guard value.shape.isEmpty || value.shape == shape else {
          throw call.evaluator.failure(
            .shapeMismatch, at: other.node,
            "\(call.builtin.name): arguments of different shapes (expected \(shapeText(shape)), "
              + "found \(shapeText(value.shape)))"
          )
        }
        arguments.append(value)
      }
      if arguments.allSatisfy(\.isConstant) {
        return try call.extremum(of: arguments, largest: call.builtin.name == "max", shape: shape)
      }
      return try call.result(combine(arguments.map(\.expression)), from: arguments)
    }
  }
}

extension BuiltinCall {
  /// A reduction of all entries, or along one axis of a matrix.
  func reduced(
    _ x: ArrayValue, _ reduce: (Expression) -> Expression
  ) throws(SpecError) -> ElaborationValue {
    guard let axis = try axis("axis") else { return try result(reduce(x.expression), from: [x]) }
    guard axis < x.shape.count else {
      throw failure(
        .shapeMismatch, at: "axis", "no axis \(axis + 1) (found \(shapeText(x.shape)))",
        hint: x.shape.count == 1 ? "without axis= all entries are taken" : nil)
    }
    let name = builtin.name
    if name == "sum" || name == "mean", x.shape.count > 1 {
      let sums = x.expression.sums(keeping: axis)
      let others = Double(x.count / max(x.shape[axis], 1))
      return try result(name == "sum" ? sums : sums / others, from: [x])
    }
    guard x.shape.count == 2 else {
      throw failure(.shapeMismatch, at: "axis", "an axis of \(shapeText(x.shape)) (expected a matrix)")
    }
    // The results are placed side by side by one small map each.
    try checkSize([x.shape[axis], x.shape[axis] + 2], bytesPerEntry: 24)
    return try result(x.expression.reduced(keeping: axis, reduce), from: [x])
  }

  func extremum(
    of arguments: [ArrayValue], largest: Bool, shape: [Int]
  ) throws(SpecError) -> ElaborationValue {
    var result: ConstantArray?
    for case .constant(let array) in arguments {
      result =
        result.map { old in
          ExpressionEvaluator.mapped(old, array, shape) { largest ? Swift.max($0, $1) : Swift.min($0, $1) }
        } ?? array
    }
    return .constant(result ?? ConstantArray(0))
  }
}
