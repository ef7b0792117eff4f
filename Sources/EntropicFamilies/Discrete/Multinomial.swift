import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The number of each index among `trials` independent draws.
///
///     T = (x_1, ..., x_{k-1}),   theta_i = log(p_i / p_k),   A = -n log p_k,   h = n! / prod x_i!
public struct Multinomial: Distribution, ExponentialFamily, Equatable {
  public let trials: Double
  public let probabilities: [Double]

  public init(trials: Double, probabilities: [Double]) throws(FamilyError) {
    let check = Check("multinomial")
    try check.count(trials, "trials")
    self.trials = trials
    self.probabilities = try check.weights(probabilities, "probabilities")
  }

  public var mean: [Double] { probabilities.map { trials * $0 } }
  public var covariance: Matrix {
    let p = probabilities
    var c = Matrix(rows: p.count, columns: p.count)
    for i in p.indices { for j in p.indices { c[i, j] = trials * p[i] * ((i == j ? 1 : 0) - p[j]) } }
    return c
  }

  /// A chain of binomial masses, each in saddle-point form.
  public func logDensity(_ x: [Double]) -> Double {
    guard x.count == probabilities.count, x.reduce(0, +) == trials else { return -.infinity }
    for v in x where v < 0 || v.rounded() != v { return -.infinity }
    var (left, mass, sum) = (trials, 1.0, 0.0)
    for (i, p) in probabilities.enumerated() {
      if i == probabilities.count - 1 { return x[i] > 0 && p == 0 ? -.infinity : sum }
      let share = mass > 0 ? min(1, p / mass) : 0
      sum += settleLog(try Special.binomialMass(x[i], trials: left, probability: share))
      left -= x[i]
      mass = probabilities[(i + 1)...].reduce(0, +)
    }
    return sum
  }

  public func sample(using generator: inout SeededGenerator) -> [Double] {
    var left = trials
    var counts: [Double] = []
    for i in probabilities.indices {
      let mass = probabilities[i...].reduce(0, +)
      let isLast = i == probabilities.count - 1
      let share = isLast ? 1 : mass > 0 ? probabilities[i] / mass : 0
      let x = Variate.binomial(trials: left, probability: share, &generator)
      counts.append(x)
      left -= x
    }
    return counts
  }

  /// `-log n! - n sum p log p + sum_i E log X_i!`, the expectations by series over binomial laws.
  public var entropy: Estimate {
    var sum = Estimate(closed: -Settled.logGamma(trials + 1))
    for p in probabilities where p > 0 {
      sum = sum.adding(Estimate(closed: -trials * p * log(p)))
      let count = Binomial(unchecked: trials, p)
      sum = sum.adding(Expectation.value(of: .logGamma(1), under: count))
    }
    return sum
  }

  public func divergence(to other: Multinomial) -> Estimate {
    if trials != other.trials { return .infinite }
    guard let p = try? CategoricalLaw(probabilities: probabilities),
      let q = try? CategoricalLaw(probabilities: other.probabilities)
    else { return .infinite }
    return Estimate(closed: trials == 0 ? 0 : trials * p.divergence(to: q).value)
  }

  public func sufficientStatistics(_ x: [Double]) -> [Double] { Array(x.dropLast()) }
  public func logCarrier(_ x: [Double]) -> Double {
    x.reduce(Settled.logGamma(trials + 1)) { $0 - Settled.logGamma($1 + 1) }
  }
  public var naturalParameters: [Double] {
    let last = log(probabilities[probabilities.count - 1])
    return probabilities.dropLast().map { log($0) - last }
  }
  public var meanParameters: [Double] { probabilities.dropLast().map { trials * $0 } }
  public var logPartition: Double { -trials * log(probabilities[probabilities.count - 1]) }
  public var fisherInformation: Matrix {
    let n = probabilities.count - 1
    let c = covariance
    var f = Matrix(rows: n, columns: n)
    for i in 0..<n { for j in 0..<n { f[i, j] = c[i, j] } }
    return f
  }

  public func with(natural: [Double]) throws(FamilyError) -> Multinomial {
    let top = max(0, natural.max() ?? 0)
    let weights = (natural + [0]).map { exp($0 - top) }
    let total = weights.reduce(0, +)
    return try Multinomial(trials: trials, probabilities: weights.map { $0 / total })
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> Multinomial {
    let p = mu.map { $0 / trials }
    return try Multinomial(trials: trials, probabilities: p + [1 - p.reduce(0, +)])
  }
}
