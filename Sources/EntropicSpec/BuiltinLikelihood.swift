import EntropicModel
import EntropicNumerics

extension Builtin {
  static let risk: [Builtin] = [
    Builtin(
      "cvar", "p, loss, level", .risk, "the mean of the worst 1 - level of the losses",
      curvature: "concave in p, convex in the loss",
      domain: "0 <= level < 1, or 1 for a constant law (the greatest loss)"
    ) { (call) throws(SpecError) in
      let p = try call.law("p")
      let loss = try call.outcomeValues("loss", of: p, "p")
      try call.checkShape(loss, "loss", equals: p.shape)
      let range = p.isConstant ? "0 <= level <= 1" : "0 <= level < 1"
      let level = try call.number("level", expected: range) {
        $0 >= 0 && ($0 < 1 || ($0 == 1 && p.isConstant))
      }
      if !p.isConstant, !loss.isConstant {
        throw call.failure(
          .unsupportedForm, at: "loss", "the law and the losses both hold unknowns",
          hint: "one of them must be constant")
      }
      return try call.result(
        EntropicModel.cvar(p.expression, loss.expression, level: level), from: [p, loss])
    }
  ]

  static let likelihood: [Builtin] = [
    Builtin(
      "log_likelihood", "u, [weights], [counts], [log=]", .likelihood,
      "sum(weights * log(u)); with log=LL the first argument is a law p and u = exp(LL) @ p; of a law of a family "
        + "the second argument is the data, the third their weights",
      curvature: "concave", domain: "u > 0 where the weight is positive, weights >= 0"
    ) { (call) throws(SpecError) in
      let u = try call.array("u")
      if call.has("counts") {
        throw call.failure(
          .wrongArgumentCount, at: "counts",
          "a third argument belongs to laws of families: (p, data, weights)")
      }
      var weights: [Double]?
      if call.has("weights") {
        let given = try call.constant("weights")
        for (i, weight) in given.values.enumerated() where !(weight >= 0) {
          throw call.failure(
            .negativeMass, at: "weights", "weight \(i + 1) is \(numberText(weight)) (expected at least 0)")
        }
        weights = given.values
      }
      guard call.has("log") else {
        if let weights {
          let given = try call.constant("weights")
          try call.checkShape(.constant(given), "weights", equals: u.shape)
          if u.shape.count > 1 {
            return try call.result(sum(Expression(given.tensor) * log(u.expression)), from: [u])
          }
          return try call.result(EntropicModel.logLikelihood(u.expression, weights), from: [u])
        }
        return try call.result(EntropicModel.logLikelihood(u.expression), from: [u])
      }
      let logs = try call.matrix("log")
      guard u.shape == [logs.columns] else {
        throw call.failure(
          .shapeMismatch, at: "u",
          "the law has the wrong shape (expected \(logs.columns) entries, one a column of "
            + "\(call.text(of: "log")), found \(shapeText(u.shape)))")
      }
      guard weights == nil || weights?.count == logs.rows else {
        throw call.failure(
          .shapeMismatch, at: "weights",
          "wrong number of weights (expected \(logs.rows), found \(weights?.count ?? 0))")
      }
      if let row = (0..<logs.rows).first(where: { logs.row($0).allSatisfy { $0 == -.infinity } }) {
        throw call.failure(.emptySupport, at: "log", "row \(row + 1) has likelihood 0 under every law")
      }
      return try call.result(EntropicModel.logLikelihood(log: logs, u.expression, weights), from: [u])
    },
    Builtin(
      "sum_squares", "u", .likelihood, "sum u^2", curvature: "convex"
    ) { (call) throws(SpecError) in
      let u = try call.array("u")
      return try call.result(EntropicModel.sumSquares(u.expression), from: [u])
    },
    Builtin(
      "quadratic", "p, Q", .likelihood, "p' Q p", curvature: "convex for a positive semidefinite Q"
    ) { (call) throws(SpecError) in
      let p = try call.array("p")
      let q = try call.matrix("Q")
      guard q.rows == p.count, q.columns == p.count else {
        throw call.failure(
          .shapeMismatch, at: "Q",
          "\(call.text(of: "Q")) is \(q.rows) x \(q.columns) (expected \(p.count) x \(p.count))")
      }
      return try call.result(EntropicModel.quadratic(p.expression, q), from: [p])
    },
    Builtin(
      "information_matrix", "p, X", .likelihood, "sum p_i x_i x_i' for the rows x_i of X",
      curvature: "linear in p"
    ) { (call) throws(SpecError) in
      let p = try call.array("p")
      let x = try call.regressors("X", for: p)
      return try call.result(EntropicModel.informationMatrix(p.expression, x), from: [p])
    },
    ofMatrix("logdet", "the logarithm of the determinant", curvature: "concave") { EntropicModel.logdet($0) },
    ofMatrix("trace_inverse", "the trace of the inverse", curvature: "convex") {
      EntropicModel.traceInverse($0)
    },
    ofMatrix("lambda_min", "the smallest eigenvalue", curvature: "concave") { EntropicModel.lambdaMin($0) },
  ]

  private static func ofMatrix(
    _ name: String, _ summary: String, curvature: String,
    _ make: @escaping @Sendable (Expression) -> Expression
  ) -> Builtin {
    Builtin(name, "M", .likelihood, summary, curvature: curvature, domain: "M symmetric, positive definite") {
      (call) throws(SpecError) in
      let m = try call.array("M")
      guard m.shape.count == 2, m.shape[0] == m.shape[1] else {
        throw call.failure(
          .shapeMismatch, at: "M", "\(call.text(of: "M")) is \(shapeText(m.shape)) (expected a square matrix)"
        )
      }
      return try call.result(make(m.expression), from: [m])
    }
  }
}
