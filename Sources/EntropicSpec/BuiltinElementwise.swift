import EntropicModel
import EntropicNumerics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Builtin {
  static let elementwise: [Builtin] = [
    function(
      "log", "natural logarithm; log(0) only as the coefficient of a mass, which it forces to 0", "concave",
      "x > 0",
      logarithm
    ) {
      EntropicModel.log($0)
    },
    function("exp", "exponential function", "convex", nil, Kernel.exp) { EntropicModel.exp($0) },
    function("sqrt", "square root", "concave", "x >= 0", { $0.squareRoot() }) { EntropicModel.sqrt($0) },
    function("abs", "absolute value", "convex", nil, { Swift.abs($0) }) { EntropicModel.abs($0) },
    constant("sin", "sine") { sin($0) },
    constant("cos", "cosine") { cos($0) },
    constant("tan", "tangent") { tan($0) },
    constant("tanh", "hyperbolic tangent") { tanh($0) },
    constant("log1p", "log(1 + x)", "x > -1") { log1p($0) },
    constant("expm1", "exp(x) - 1") { expm1($0) },
    constant("floor", "largest whole number up to x") { $0.rounded(.down) },
    constant("ceil", "smallest whole number from x") { $0.rounded(.up) },
    constant("round", "nearest whole number, halves away from 0") { $0.rounded() },
    constant("sign", "-1, 0 or 1") { $0 > 0 ? 1 : ($0 < 0 ? -1 : 0) },
  ]

  private static let logarithm: @Sendable (Double) -> Double = { x in
    x > 0 ? Kernel.log(x) : (x == 0 ? -.infinity : .nan)
  }

  /// A function of numbers and of formulas.
  private static func function(
    _ name: String, _ summary: String, _ curvature: String, _ domain: String?,
    _ value: @escaping @Sendable (Double) -> Double, _ make: @escaping @Sendable (Expression) -> Expression
  ) -> Builtin {
    Builtin(name, "x", .elementwise, summary, curvature: curvature, domain: domain, isPointwise: true) {
      (call) throws(SpecError) in
      switch try call.array("x") {
      case .constant(let x): return try call.mapped(x, isLogarithm: name == "log", value)
      case .formula(let x):
        if name == "log", x.grid != nil {
          throw call.failure(
            .unsupportedForm, at: "x", "the logarithm of the masses of a density depends on its grid",
            hint:
              "entropy(p) is -sum m log(m / h) with cells of size h; kl(p, q) compares two laws on one grid")
        }
        return try call.evaluator.wrapped(make(x.expression), call.node)
      }
    }
  }

  /// A function of numbers only.
  private static func constant(
    _ name: String, _ summary: String, _ domain: String? = nil,
    _ value: @escaping @Sendable (Double) -> Double
  ) -> Builtin {
    Builtin(name, "x", .elementwise, summary + "; of constants", domain: domain, isPointwise: true) {
      (call) throws(SpecError) in
      try call.mapped(try call.constant("x"), isLogarithm: false, value)
    }
  }
}

extension BuiltinCall {
  /// A function at every entry. Only log may give an infinite value, at 0.
  func mapped(
    _ x: ConstantArray, isLogarithm: Bool, _ f: (Double) -> Double
  ) throws(SpecError) -> ElaborationValue {
    var result = x
    result.labels = nil
    for (i, value) in x.values.enumerated() {
      let y = f(value)
      let isExpected = y.isFinite || !value.isFinite && !y.isNaN || isLogarithm && value == 0
      guard isExpected else {
        let place = placeText(i, in: x.shape)
        throw evaluator.failure(
          .nonFiniteValue, at: node,
          "\(builtin.name) of \(numberText(value))\(place.isEmpty ? "" : " (entry \(place))") is "
            + (y.isNaN ? "not a number" : "infinite"),
          hint: builtin.domain.map { "defined for \($0)" })
      }
      result.values[i] = y
    }
    return .constant(result)
  }
}
