import EntropicModel
import EntropicNumerics

extension Builtin {
  static let moments: [Builtin] = [
    Builtin(
      "expect", "p, f, [given=]", .moments,
      "the mean of f under p, sum p f; of every column of a matrix f; with given=condition the mean of the outcomes "
        + "where it holds, a ratio, which can stand in constraints",
      curvature: "linear in p"
    ) { (call) throws(SpecError) in
      let p = try call.array("p")
      if call.has("given") {
        let outcomes = try call.outcomes("given", of: p)
        guard !outcomes.isEmpty else {
          throw call.failure(.valueOutOfRange, at: "given", "the condition holds for no outcome")
        }
        let (mean, f) = try call.mean(of: p.restricted(to: outcomes))
        return try call.result(mean / EntropicModel.probability(p.expression, of: outcomes), from: [p, f])
      }
      let (mean, f) = try call.mean(of: p)
      return try call.result(mean, from: [p, f])
    },
    Builtin(
      "variance", "p, [x]", .moments, "the variance of x under p; of a law of a family without x",
      curvature: "concave in p"
    ) { (call) throws(SpecError) in
      let p = try call.array("p")
      guard call.has("x") else {
        throw call.failure(.wrongArgumentCount, at: "p", "the values x are missing: variance(p, x)")
      }
      let x = try call.outcomeValues("x", of: p, "p")
      try call.checkValues(x, "x", of: p)
      return try call.result(EntropicModel.variance(p.expression, x.expression), from: [p, x])
    },
    Builtin(
      "covariance", "p, X, [y]", .moments,
      "the matrix of the covariances of the columns of X, or the covariance of two lists",
      curvature: "matrix concave in p"
    ) { (call) throws(SpecError) in
      let p = try call.array("p")
      if call.has("y") {
        let x = try call.outcomeValues("X", of: p, "p")
        let y = try call.outcomeValues("y", of: p, "p")
        try call.checkShape(x, "X", equals: p.shape)
        try call.checkShape(y, "y", equals: p.shape)
        return try call.result(
          EntropicModel.covariance(p.expression, x.expression, y.expression), from: [p, x, y])
      }
      let x = try call.regressors("X", for: p)
      return try call.result(EntropicModel.covariance(p.expression, x), from: [p])
    },
    Builtin(
      "probability", "p, condition", .moments, "the mass of the outcomes where the condition holds",
      curvature: "linear in p"
    ) { (call) throws(SpecError) in
      let p = try call.array("p")
      let outcomes = try call.outcomes("condition", of: p)
      if outcomes.isEmpty { return .number(0) }
      return try call.result(EntropicModel.probability(p.expression, of: outcomes), from: [p])
    },
    Builtin(
      "cdf", "p, [x]", .moments, "the cumulative sums in the listed order; of a law of a family at x",
      curvature: "linear in p"
    ) { (call) throws(SpecError) in
      let p = try call.array("p")
      guard p.shape.count == 1 else {
        throw call.failure(
          .shapeMismatch, at: "p", "\(call.text(of: "p")) is \(shapeText(p.shape)) (expected a vector)")
      }
      // A triangle of coefficients.
      try call.checkSize([p.count, p.count / 2 + 1], bytesPerEntry: 32)
      return try call.result(EntropicModel.cdf(p.expression), from: [p])
    },
    Builtin(
      "marginal", "P, axes", .moments,
      "the marginal law on the axis that is kept: \"rows\", \"columns\", a number, or a list of numbers",
      curvature: "linear in P"
    ) { (call) throws(SpecError) in
      let p = try call.array("P")
      var axes: [Int] = []
      if case .array(.constant(let list)) = try call.required("axes").value, list.shape.count == 1 {
        for value in list.values {
          guard let axis = Int(exactly: value), axis >= 1, axis <= p.shape.count, !axes.contains(axis - 1)
          else {
            throw call.failure(
              .invalidArgument, at: "axes",
              "no axis \(numberText(value)) to keep (expected different ones of 1 to \(p.shape.count))")
          }
          axes.append(axis - 1)
        }
      } else if let axis = try call.axis("axes") {
        axes = [axis]
      }
      for axis in axes where axis >= p.shape.count {
        throw call.failure(
          .invalidArgument, at: "axes",
          "\(call.text(of: "P")) has no axis \(axis + 1) (found \(shapeText(p.shape)))",
          hint: p.shape.count == 1 ? "marginals are of joint laws, such as simplex(n, m)" : nil)
      }
      return try call.result(p.expression.marginal(keeping: axes), from: [p])
    },
    Builtin(
      "conditional", "P, axis", .moments,
      "the laws of the other axis given each entry of the axis, \"rows\" or \"columns\": one law a row; in constraints",
      curvature: "a ratio: bounded by constants it is linear in P", domain: "a matrix of masses"
    ) { (call) throws(SpecError) in
      let p = try call.law("P")
      guard p.shape.count == 2 else {
        throw call.failure(
          .shapeMismatch, at: "P", "\(call.text(of: "P")) is \(shapeText(p.shape)) (expected a matrix)",
          hint: p.shape.count == 1 ? "conditional laws are of joint laws, such as simplex(n, m)" : nil)
      }
      guard let axis = try call.axis("axis"), axis < 2 else {
        throw call.failure(.invalidArgument, at: "axis", "no such axis (expected \"rows\" or \"columns\")")
      }
      return try call.result(EntropicModel.conditional(p.expression, axis), from: [p])
    },
  ]
}

extension ArrayValue {
  /// A law without the masses of the other outcomes.
  fileprivate func restricted(to outcomes: [Int]) -> ArrayValue {
    var mask = [Double](repeating: 0, count: count)
    for i in outcomes { mask[i] = 1 }
    let indicator = Tensor(shape: shape, values: mask)
    switch self {
    case .constant(let array):
      return .constant(
        ConstantArray(
          shape: shape, values: zip(array.values, mask).map { $1 == 0 ? 0 : $0 }, labels: array.labels))
    case .formula(var formula):
      formula.expression = formula.expression * Expression(indicator)
      return .formula(formula)
    }
  }
}

extension BuiltinCall {
  /// sum p f, of every column of a matrix f.
  fileprivate func mean(of p: ArrayValue) throws(SpecError) -> (mean: Expression, f: ArrayValue) {
    let f = try outcomeValues("f", of: p, "p")
    if f.shape.count == 2, p.shape.count == 1 {
      guard f.shape[0] == p.shape[0] else {
        throw failure(
          .shapeMismatch, at: "f",
          "\(text(of: "f")) has the wrong number of rows (expected \(p.shape[0]), found \(f.shape[0]))")
      }
      return (Expression.matrixProduct(p.expression, f.expression), f)
    }
    try checkValues(f, "f", of: p)
    return (EntropicModel.expect(p.expression, f.expression), f)
  }

  /// The outcomes, from 0, where a condition holds.
  fileprivate func outcomes(_ parameter: String, of p: ArrayValue) throws(SpecError) -> [Int] {
    let argument = try required(parameter)
    let value = try evaluator.overOutcomes(argument.value, argument.node, of: p, place("p"))
    guard case .condition(let condition) = value else {
      throw failure(
        .invalidArgument, at: parameter, "\(value.kind) is no condition (expected one such as x > 2)")
    }
    guard condition.shape.isEmpty || condition.shape == p.shape else {
      throw failure(
        .shapeMismatch, at: parameter,
        "the condition has the wrong shape (expected \(shapeText(p.shape)), found "
          + "\(shapeText(condition.shape)))")
    }
    return (0..<p.count).filter { condition.entry($0) }
  }

  /// Values at outcomes: a number, or the shape of the law.
  func checkValues(_ f: ArrayValue, _ parameter: String, of law: ArrayValue) throws(SpecError) {
    guard !f.shape.isEmpty, f.shape != law.shape else { return }
    if f.shape.count == law.shape.count, f.shape.count == 1 {
      throw failure(
        .shapeMismatch, at: parameter,
        "wrong number of entries in \(text(of: parameter)) (expected \(law.count), found \(f.count))")
    }
    try checkShape(f, parameter, equals: law.shape)
  }

  /// A matrix with one row an outcome of a law.
  func regressors(_ parameter: String, for law: ArrayValue) throws(SpecError) -> Matrix {
    let x = try matrix(parameter)
    guard x.rows == law.count else {
      throw failure(
        .shapeMismatch, at: parameter,
        "wrong number of rows in \(text(of: parameter)) (expected \(law.count), found \(x.rows))")
    }
    try checkSize([x.columns, x.columns], bytesPerEntry: 48)
    return x
  }
}
