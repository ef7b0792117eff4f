import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Means over independent variates, with Welford's error bars.
public enum MonteCarlo {
  /// `E f(X)` and one standard error.
  ///
  /// - Source: B. Welford, Technometrics 4 (1962), doi:10.1080/00401706.1962.10490022.
  public static func expectation<L: Distribution>(
    under law: L, count: Int, seed: UInt64, of f: (L.Value) -> Double
  ) -> Estimate {
    var generator = SeededGenerator(seed: seed)
    var (mean, squares, n) = (0.0, 0.0, 0.0)
    for _ in 0..<max(2, count) {
      let value = f(law.sample(using: &generator))
      n += 1
      let step = value - mean
      mean += step / n
      squares += step * (value - mean)
    }
    return Estimate(
      mean, error: (squares / (n * (n - 1))).squareRoot(), basis: .sampling, freedom: n - 1)
  }

  /// `E f(X)` for a normal law as `E f(m + L z)`, over antithetic pairs z, -z: odd parts of f along every
  /// direction cancel. One standard error over the pairs.
  ///
  /// With the same seed the nodes z are the same for every law, so that differences between laws, and
  /// derivatives by m and L, are those of an ordinary function.
  public static func reparametrised(
    under law: MultivariateNormal, pairs: Int, seed: UInt64, of f: ([Double]) -> Double
  ) -> Estimate {
    var generator = SeededGenerator(seed: seed)
    var (mean, squares, n) = (0.0, 0.0, 0.0)
    for _ in 0..<max(2, pairs) {
      let z = (0..<law.dimension).map { _ in Variate.normal(&generator) }
      let value = 0.5 * (f(law.transform(z)) + f(law.transform(z.map { -$0 })))
      n += 1
      let step = value - mean
      mean += step / n
      squares += step * (value - mean)
    }
    return Estimate(
      mean, error: (squares / (n * (n - 1))).squareRoot(), basis: .sampling, freedom: n - 1)
  }
}

/// Means over Sobol points with random shifts: faster than sampling for smooth functions in few dimensions.
public enum QuasiMonteCarlo {
  /// The integral of f over the unit cube of 1 to 40 dimensions; the error is one standard error over the
  /// shifts.
  ///
  /// - Source: R. Cranley, T. Patterson, SIAM J. Numer. Anal. 13 (1976), doi:10.1137/0713071.
  public static func cube(
    dimension: Int, count: Int, shifts: Int = 16, seed: UInt64, of f: ([Double]) -> Double
  ) throws(SpecialFunctionError) -> Estimate {
    let points = try SobolPoints.points(count, dimension: dimension)
    var generator = SeededGenerator(seed: seed)
    var means: [Double] = []
    var x = [Double](repeating: 0, count: dimension)
    for _ in 0..<max(2, shifts) {
      let shift = (0..<dimension).map { _ in Variate.uniform(&generator) }
      var sum = CompensatedTotal()
      for i in 0..<count {
        for j in 0..<dimension {
          let u = points[i * dimension + j] + shift[j]
          // The open cube: quantiles stay finite.
          x[j] = min(1 - 0x1p-53, max(0x1p-53, u >= 1 ? u - 1 : u))
        }
        sum.add(f(x))
      }
      means.append(sum.value / Double(count))
    }
    let n = Double(means.count)
    let mean = means.reduce(0, +) / n
    let squares = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return Estimate(
      mean, error: (squares / (n * (n - 1))).squareRoot(), basis: .sampling, freedom: n - 1)
  }

  /// `E f(X)` for a normal law, through the quantiles of its coordinates and its root.
  public static func expectation(
    under law: MultivariateNormal, count: Int, shifts: Int = 16, seed: UInt64, of f: ([Double]) -> Double
  ) throws(SpecialFunctionError) -> Estimate {
    try cube(dimension: law.dimension, count: count, shifts: shifts, seed: seed) { u in
      f(law.transform(u.map { Normal.standardQuantile($0) }))
    }
  }
}

/// Gauss-Hermite rules for expectations under normal laws.
public enum GaussHermite {
  /// `E f(X)` by 32, 64, ... 256 nodes until two rules agree; their difference is the error.
  public static func expectation(under law: Normal, of f: (Double) -> Double) -> Estimate {
    var previous = Double.nan
    var best = Estimate(.nan, error: .infinity, basis: .quadrature)
    for n in [32, 64, 128, 256] {
      guard let rule = try? Quadrature.normal(n, mean: law.mean, deviation: law.standardDeviation) else {
        break
      }
      var (sum, size) = (0.0, 0.0)
      for (x, w) in zip(rule.nodes, rule.weights) where w > 0 {
        sum += w * f(x)
        size += w * abs(f(x))
      }
      best = Estimate(sum, error: abs(sum - previous) + 1e-15 * size, basis: .quadrature)
      if best.error <= 1e-14 * size { break }
      best.error = best.error.isNaN ? .infinity : best.error
      previous = sum
    }
    return best
  }

  /// `E f(X)` on vectors of at most 3 coordinates by the tensor rule, 20 and 30 nodes an axis.
  public static func expectation(
    under law: MultivariateNormal, of f: ([Double]) -> Double
  ) throws(FamilyError) -> Estimate {
    let d = law.dimension
    try Check("gauss-hermite").require(d <= 3, Double(d), "dimension", "at most 3")
    var values: [Double] = []
    var size = 0.0
    for n in [20, 30] {
      guard let rule = try? Quadrature.normal(n) else { continue }
      var sum = CompensatedTotal()
      size = 0
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
        let value = weight * f(law.transform(z))
        sum.add(value)
        size += abs(value)
      }
      values.append(sum.value)
    }
    guard let last = values.last, let first = values.first else {
      return Estimate(.nan, error: .infinity, basis: .quadrature)
    }
    return Estimate(last, error: abs(last - first) + 1e-15 * size, basis: .quadrature)
  }
}
