import EntropicModel
import EntropicNumerics

extension Builtin {
  /// An atom of two laws of one shape.
  private static func pair(
    _ name: String, _ group: Group, _ summary: String, curvature: String, domain: String? = nil,
    _ make: @escaping @Sendable (Expression, Expression) -> Expression
  ) -> Builtin {
    Builtin(name, "p, q", group, summary, curvature: curvature, domain: domain) {
      (call) throws(SpecError) in
      let p = try call.law("p")
      let q = try call.reference("q", for: p, "p")
      return try call.result(make(p.expression, q.expression), from: [p, q])
    }
  }

  /// An atom of one or two laws and an order.
  private static func order(of call: borrowing BuiltinCall) throws(SpecError) -> Double {
    try call.number("order", expected: "a positive number") { $0 > 0 && $0.isFinite }
  }

  static let information: [Builtin] = [
    Builtin(
      "entropy", "p", .information, "-sum p log p, in nats; of a density on a grid -sum m log(m / h)",
      curvature: "concave", domain: "p >= 0"
    ) { (call) throws(SpecError) in
      let p = try call.law("p")
      if case .formula(let formula) = p, let grid = formula.grid {
        let level = Expression(Kernel.log(grid.cellVolume))
        return try call.result(EntropicModel.entropy(p.expression) + level, from: [p])
      }
      return try call.result(EntropicModel.entropy(p.expression), from: [p])
    },
    pair(
      "kl", .information, "sum p log(p / q), in nats", curvature: "convex in both together",
      domain: "p, q >= 0; infinite where p > 0 = q"
    ) { EntropicModel.kl($0, $1) },
    pair("cross_entropy", .information, "-sum p log q, in nats", curvature: "linear in p, convex in q") {
      EntropicModel.crossEntropy($0, $1)
    },
    Builtin(
      "mutual_information", "P, [channel]", .information,
      "of a joint law, or of an input law and a channel with one law a row, in nats",
      curvature: "concave in the input, convex in the channel; of a joint law convex with a fixed marginal"
    ) { (call) throws(SpecError) in
      let p = try call.law("P")
      if call.has("channel") {
        let w = try call.law("channel")
        guard p.shape.count == 1, w.shape.count == 2, w.shape[0] == p.shape[0] else {
          throw call.failure(
            .shapeMismatch, at: "channel",
            "a channel has one row an input (expected \(p.count) rows, found \(shapeText(w.shape)))")
        }
        return try call.result(EntropicModel.mutualInformation(p.expression, w.expression), from: [p, w])
      }
      guard p.shape.count == 2 else {
        throw call.failure(
          .shapeMismatch, at: "P",
          "\(call.text(of: "P")) is \(shapeText(p.shape)) (expected a joint law of two axes)",
          hint: "with a channel: mutual_information(p, channel)")
      }
      return try call.result(EntropicModel.mutualInformation(p.expression), from: [p])
    },
    pair(
      "jensen_shannon", .information, "half the sum of the divergences to the midpoint, in nats",
      curvature: "convex in both together"
    ) { EntropicModel.jensenShannon($0, $1) },
    Builtin(
      "renyi", "p, order", .information, "log(sum p^order) / (1 - order), in nats; of order 1 the entropy",
      curvature: "concave up to order 1, a monotone function of a convex one above", domain: "order > 0"
    ) { (call) throws(SpecError) in
      let p = try call.law("p")
      return try call.result(EntropicModel.renyi(p.expression, order: try order(of: call)), from: [p])
    },
    Builtin(
      "renyi_divergence", "p, q, order", .information,
      "log(sum p^order q^(1 - order)) / (order - 1), in nats; of order 1 the divergence kl",
      curvature: "convex up to order 1, a monotone function of a convex one above", domain: "order > 0"
    ) { (call) throws(SpecError) in
      let p = try call.law("p")
      let q = try call.reference("q", for: p, "p")
      return try call.result(
        EntropicModel.renyiDivergence(p.expression, q.expression, order: try order(of: call)), from: [p, q])
    },
    Builtin(
      "tsallis", "p, order", .information, "(1 - sum p^order) / (order - 1); of order 1 the entropy",
      curvature: "concave", domain: "order > 0"
    ) { (call) throws(SpecError) in
      let p = try call.law("p")
      return try call.result(EntropicModel.tsallis(p.expression, order: try order(of: call)), from: [p])
    },
    Builtin(
      "bits", "x", .information, "x / log 2: from nats to bits", curvature: "linear", isPointwise: true
    ) { (call) throws(SpecError) in
      let x = try call.array("x")
      return try call.result(x.expression / Expression(Kernel.log(2.0)), from: [x])
    },
  ]

  static let distances: [Builtin] = [
    pair(
      "chi_squared", .distances, "sum (p - q)^2 / q", curvature: "convex in both together",
      domain: "infinite where p > 0 = q"
    ) { EntropicModel.chiSquared($0, $1) },
    pair("hellinger", .distances, "1 - sum sqrt(p q)", curvature: "convex in both together") {
      EntropicModel.hellinger($0, $1)
    },
    pair("total_variation", .distances, "sum abs(p - q) / 2", curvature: "convex in both together") {
      EntropicModel.totalVariation($0, $1)
    },
    Builtin(
      "alpha_divergence", "p, q, a", .distances,
      "(1 - sum p^a q^(1 - a)) / (a (1 - a)); at 1 and 0 the divergences kl(p, q) and kl(q, p)",
      curvature: "convex in both together"
    ) { (call) throws(SpecError) in
      let p = try call.law("p")
      let q = try call.reference("q", for: p, "p")
      let a = try call.number("a", expected: "a finite number") { $0.isFinite }
      return try call.result(EntropicModel.alphaDivergence(p.expression, q.expression, a), from: [p, q])
    },
  ]
}
