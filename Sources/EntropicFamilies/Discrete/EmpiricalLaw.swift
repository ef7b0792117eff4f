import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A law on listed numbers with weights.
public struct EmpiricalLaw: ScalarLaw, FiniteScalarLaw, Equatable {
  /// Distinct values, increasing.
  public let points: [Double]
  /// Their masses, which sum to one.
  public let masses: [Double]

  /// Equal values are merged; weights are nonnegative and are divided by their sum.
  public init(values: [Double], weights: [Double]? = nil) throws(FamilyError) {
    let sample = try WeightedSample(values, weights, family: "empirical law")
    let order = sample.values.indices.sorted { sample.values[$0] < sample.values[$1] }
    var (points, masses): ([Double], [Double]) = ([], [])
    for i in order {
      let mass = sample.weights[i] / sample.total
      if let last = points.last, last == sample.values[i] {
        masses[masses.count - 1] += mass
      } else {
        points.append(sample.values[i])
        masses.append(mass)
      }
    }
    self.points = points
    self.masses = masses
  }

  public var support: Support { Support(points[0], points[points.count - 1], .points) }
  public var mean: Double { zip(points, masses).reduce(0) { $0 + $1.0 * $1.1 } }
  public var variance: Double {
    let m = mean
    return zip(points, masses).reduce(0) { $0 + ($1.0 - m) * ($1.0 - m) * $1.1 }
  }

  /// The index of the first point above x.
  private func upperBound(_ x: Double) -> Int {
    var (low, high) = (0, points.count)
    while low < high {
      let middle = (low + high) / 2
      if points[middle] <= x { low = middle + 1 } else { high = middle }
    }
    return low
  }

  public func logDensity(_ x: Double) -> Double {
    let i = upperBound(x) - 1
    return i >= 0 && points[i] == x ? log(masses[i]) : -.infinity
  }
  public func cumulative(_ x: Double) -> Double { masses.prefix(upperBound(x)).reduce(0, +) }
  public func survival(_ x: Double) -> Double { masses.dropFirst(upperBound(x)).reduce(0, +) }

  public func quantile(_ p: Double) -> Double {
    guard p >= 0 && p <= 1 else { return .nan }
    var sum = 0.0
    for (x, m) in zip(points, masses) {
      sum += m
      if sum >= p && m > 0 { return x }
    }
    return points[points.count - 1]
  }
  public func upperQuantile(_ q: Double) -> Double {
    guard q >= 0 && q <= 1 else { return .nan }
    var sum = 0.0
    for i in points.indices.reversed() {
      if sum + masses[i] > q { return points[i] }
      sum += masses[i]
    }
    return points[0]
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    points[CategoricalLaw.draw(masses, Variate.uniform(&generator))]
  }

  public var entropy: Estimate { Estimate(closed: masses.reduce(0) { $0 - ($1 > 0 ? $1 * log($1) : 0) }) }

  public func divergence(to other: EmpiricalLaw) -> Estimate {
    var sum = 0.0
    var covered = 0.0
    for (x, m) in zip(points, masses) where m > 0 {
      let q = exp(other.logDensity(x))
      if q == 0 { return .infinite }
      covered += q
      sum += Settled.deviance(m, q)
    }
    return Estimate(closed: sum + max(0, 1 - covered))
  }

  public func closedExpectation(_ statistic: Statistic) -> Double? {
    zip(points, masses).reduce(0) { $1.1 == 0 ? $0 : $0 + $1.1 * statistic($1.0) }
  }
}
