import EntropicNumerics

/// A continuous law of Gibbs form on an interval: log density = -(c(x) + sum lambda_k f_k(x)) / tau - log Z.
public struct GibbsLaw: Sendable {
  public let from: Double
  public let to: Double
  public let temperature: Double
  public let cost: PointFunction?
  public let functions: [PointFunction]
  public let multipliers: [Double]
  public let logNormaliser: Double
  /// Nodes and masses of the rule that the law was computed with: E f ~ sum masses f(nodes).
  public let nodes: [Double]
  public let masses: [Double]

  /// The logarithm of the density at many points, in nats; -inf outside the interval.
  public func logDensities(_ points: [Double]) -> [Double] {
    var sums = cost?.values(points) ?? [Double](repeating: 0, count: points.count)
    for (function, multiplier) in zip(functions, multipliers) where multiplier != 0 {
      for (j, value) in function.values(points).enumerated() { sums[j] += multiplier * value }
    }
    return points.indices.map { j in
      points[j] >= from && points[j] <= to ? -sums[j] / temperature - logNormaliser : -.infinity
    }
  }

  /// E f by the rule of the law.
  public func expectation(_ function: PointFunction) -> Double {
    let values = function.values(nodes)
    return Kernel.compensatedDot(masses, zip(values, masses).map { $1 == 0 ? 0 : $0 })
  }

  /// -integral p log p, in nats.
  public var entropy: Double {
    let logs = logDensities(nodes)
    return -Kernel.compensatedDot(masses, zip(logs, masses).map { $1 == 0 ? 0 : $0 })
  }
}
