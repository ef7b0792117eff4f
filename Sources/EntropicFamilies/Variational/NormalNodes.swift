import EntropicNumerics
import EntropicSpecialFunctions

/// How expectations under a variational law are taken.
public enum ExpectationRule: Sendable, Equatable {
  /// Gauss-Hermite up to 3 coordinates, Sobol points up to 40, else antithetic sampling.
  case automatic
  /// Gauss-Hermite rules in every coordinate, up to 3.
  case gaussHermite
  /// Randomly shifted Sobol points, up to 40 coordinates.
  case quasiMonteCarlo
  /// Antithetic pairs of standard normal vectors.
  case monteCarlo
}

/// Nodes z_k and weights for expectations under the standard normal law on vectors, one node a row.
struct NormalNodes: Sendable {
  let points: Matrix
  let weights: [Double]

  /// A product rule with n nodes a coordinate, without the far corners of weight below 1e-22.
  static func tensor(_ n: Int, dimension d: Int) -> NormalNodes? {
    guard let rule = try? Quadrature.normal(n) else { return nil }
    var (points, weights): ([Double], [Double]) = ([], [])
    var total = 1
    for _ in 0..<d { total *= n }
    for index in 0..<total {
      var (rest, weight) = (index, 1.0)
      var z: [Double] = []
      for _ in 0..<d {
        z.append(rule.nodes[rest % n])
        weight *= rule.weights[rest % n]
        rest /= n
      }
      if weight < 1e-22 { continue }
      points += z
      weights.append(weight)
    }
    return NormalNodes(
      points: Matrix(rows: weights.count, columns: d, elements: points), weights: weights)
  }

  /// The trapezoidal rule on the line, 10 deviations to each side.
  static func line(step: Double) -> NormalNodes {
    let half = (10 / step).rounded(.up)
    let points = Array(stride(from: -half, through: half, by: 1)).map { $0 * step }
    let weights = points.map { step * Kernel.exp(-$0 * $0 / 2) * 0.3989422804014327 }
    return NormalNodes(points: Matrix(rows: points.count, columns: 1, elements: points), weights: weights)
  }

  /// Sobol points with one random shift, through the normal quantiles.
  static func sobol(_ count: Int, dimension d: Int, seed: UInt64, stream: UInt64) -> NormalNodes? {
    guard var points = try? SobolPoints.points(count, dimension: d) else { return nil }
    var generator = SeededGenerator(seed: seed, stream: stream)
    let shift = (0..<d).map { _ in generator.uniform() }
    for i in points.indices {
      let u = points[i] + shift[i % d]
      points[i] = Normal.standardQuantile(min(1 - 0x1p-53, max(0x1p-53, u >= 1 ? u - 1 : u)))
    }
    return equal(Matrix(rows: count, columns: d, elements: points))
  }

  /// z and -z for half as many vectors z.
  static func antithetic(_ count: Int, dimension d: Int, seed: UInt64, stream: UInt64) -> NormalNodes {
    var generator = SeededGenerator(seed: seed, stream: stream)
    var points: [Double] = []
    points.reserveCapacity(count * d)
    for _ in 0..<max(1, count / 2) {
      let z = (0..<d).map { _ in Variate.normal(&generator) }
      points += z
      points += z.map { -$0 }
    }
    return equal(Matrix(rows: points.count / d, columns: d, elements: points))
  }

  private static func equal(_ points: Matrix) -> NormalNodes {
    NormalNodes(points: points, weights: [Double](repeating: 1 / Double(points.rows), count: points.rows))
  }

  /// The same nodes moved so that their mean is 0 and their covariance I: quadratic functions are exact on
  /// them. Means of others are no longer unbiased; so these nodes find laws, and fresh ones judge them.
  func balanced() -> NormalNodes {
    let (k, d) = (points.rows, points.columns)
    guard k > 2 * d else { return self }
    var z = points
    let mean = points.transposedTimes(weights)
    for i in 0..<k { for j in 0..<d { z.elements[i * d + j] -= mean[j] } }
    guard let factor = Cholesky(z.gram(weights: weights)) else { return self }
    let white = factor.solveLower(columnsOf: z.transposed()).transposed()
    return NormalNodes(points: white, weights: weights)
  }
}
