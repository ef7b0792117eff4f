// Functions made of functions, and of densities.
extension PointFunction {
  /// sum_k w_k f_k. The formula of the sum is known where all formulas are.
  public static func combination(_ text: String, _ parts: [(weight: Double, function: PointFunction)])
    -> PointFunction
  {
    if parts.count == 1, parts[0].weight == 1 {
      return PointFunction(text, formula: parts[0].function.formula, values: parts[0].function.values)
    }
    var formula: OutcomeFormula? = OutcomeFormula(0)
    for (place, part) in parts.enumerated() {
      guard let sum = formula, let own = part.function.formula, sum.isShort else {
        formula = nil
        break
      }
      formula = place == 0 ? part.weight * own : sum + part.weight * own
    }
    return PointFunction(text, formula: formula) { points in
      var sum = [Double](repeating: 0, count: points.count)
      for part in parts {
        for (i, value) in part.function.values(points).enumerated() { sum[i] += part.weight * value }
      }
      return sum
    }
  }

  /// -log q, with its formula where it is short.
  public static func negativeLogDensity(of q: any ScalarLaw) -> PointFunction {
    PointFunction("-log q", formula: formula(of: q)) { points in points.map { -q.logDensity($0) } }
  }

  private static func formula(of q: any ScalarLaw) -> OutcomeFormula? {
    let x = OutcomeFormula.variable
    let constant: (OutcomeFormula, Double) -> OutcomeFormula = { formula, place in
      formula + (-q.logDensity(place) - formula.value(at: place))
    }
    switch q {
    case let law as Normal:
      return constant((0.5 / law.variance) * (x - law.mean).power(2), law.mean)
    case let law as Laplace:
      return constant((1 / law.scale) * (x - law.location).applying(.abs), law.location)
    case let law as Cauchy:
      let z = (1 / law.scale) * (x - law.location)
      return constant(z.power(2).applying(.log1p), law.location)
    case let law as StudentT:
      let z = (1 / law.scale) * (x - law.location)
      return constant(
        ((law.degrees + 1) / 2) * ((1 / law.degrees) * z.power(2)).applying(.log1p), law.location)
    case let law as Exponential: return constant(law.rate * x, 0)
    default: return nil
    }
  }
}
