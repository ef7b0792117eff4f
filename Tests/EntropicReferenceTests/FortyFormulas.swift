import Entropic

/// Forty formulas as users write them, for the compiler: `TypeCheckTests` measures how long they take it.
enum FortyFormulas {
  static let faces = [1.0, 2, 3, 4, 5, 6]
  static let law = [0.1, 0.2, 0.3, 0.2, 0.1, 0.1]
  static let square = Matrix.identity(6)

  /// Twenty objectives and side conditions, each a formula of its own.
  static func free() -> [Expression] {
    let p = Unknown.simplex(over: faces)
    let q = Unknown.simplex(6)
    // Entry by entry, as vectors.
    let (x, y, w, v) = (Expression(p), Expression(q), Expression(law), Expression(faces))
    let (rho, t) = (0.5, 2.0)
    let squares = faces.map { $0 * $0 }
    let f1 = entropy(p) - rho * expect(p, faces) + 1
    let f2 = 0.5 * quadratic(p, square) - 2 * expect(p, faces)
    let f3 = kl(p, law) + rho * kl(q, law) + 0.1 * sumSquares(x - y)
    let f4 = -logLikelihood(square * p, law) - 0.01 * entropy(p)
    let f5 = expect(p, squares) - expect(p, faces) * 3.5 + 12.25
    let f6 = cvar(p, faces, level: 0.9) - 2 * variance(p, faces)
    let f7 = -sum(sqrt(x * w)) + 0.25 * norm2(x - w)
    let f8 = log(sum(exp(-2 * (x - w)))) + rho / t
    let f9 = max(expect(p, faces), 2 * expect(q, faces) - 1, Expression(rho))
    let f10 = renyiDivergence(p, law, order: 0.5) + 0.5 * hellinger(p, law)
    let f11 = totalVariation(p, law) + norm1(x - y) / 2 - min(x + y) * rho
    let f12 = -logdet(informationMatrix(p, square)) + 1e-3 * sumSquares(p)
    let f13 = crossEntropy(law, p) - entropy(p) / t + rho * (1 - rho)
    let f14 = jensenShannon(p, q) + chiSquared(p, law) / 100
    let f15 = sum((x - 2 * y + 1) * v) - 3 * (p[0] - q[5]) / 4
    let f16 = traceInverse(informationMatrix(p, square)) - rho * lambdaMin(informationMatrix(q, square))
    let f17 = tsallis(p, order: 1.5) - t * sum(abs(x - w)) + 4 * rho * t - 1
    let f18 = -mutualInformation(p, square) + expect(p, faces) * rho - (2 - t) * 3
    let f19 = logSumExp(x * v - y * v * v) + normInfinity(x - y)
    let f20 = 1 / t * entropy(p) + (1 - 1 / t) * entropy(q) - rho * expect(x - y, faces)
    return [
      f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20,
    ]
  }

  /// Twenty constraints inside the builder.
  static func built() throws(ProblemError) -> Outcome {
    let p = Unknown.simplex(over: faces)
    let q = Unknown.simplex(6)
    let (x, y, w, v) = (Expression(p), Expression(q), Expression(law), Expression(faces))
    let squares = faces.map { $0 * $0 }
    let isTight = faces.count > 5
    return try minimize(kl(p, law) + 0.5 * sumSquares(y - w) - 0.1 * entropy(q)) {
      expect(p, squares) <= 20
      (expect(p, faces) == 3.5).named("mean")
      expect(q, faces) - expect(p, faces) >= -1
      2 * p[0] + 3 * p[1] - p[5] <= 1.5
      p[2] >= 0.01
      q <= 0.5
      sum(x * v) + 0.5 * sum(y * v * v) <= 40
      kl(q, law) <= 0.5
      entropy(p) >= 1
      totalVariation(p, q) <= 0.3
      expect(q, squares) - 6 * expect(q, faces) <= 0
      norm2(x - y) <= 1
      probability(p, of: [0, 1]) + probability(q, of: [4, 5]) <= 0.9
      0.5 * quadratic(q, square) <= 1
      square * p >= square * q - 1
      if isTight { cvar(p, faces, level: 0.5) >= 1 }
      for k in 0..<2 { p[k] - q[k] <= 0.5 }
      (3 * expect(p, faces) - 2 * expect(q, faces)) / 4 <= 5
      chiSquared(p, law) <= 10
      max(x - y) <= 0.9 - 0.1 * (p[0] + q[0])
    }
  }
}
