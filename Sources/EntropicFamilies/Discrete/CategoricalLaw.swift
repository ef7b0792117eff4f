import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The law of one index 0 ..< n with given probabilities.
///
///     T = (1{x = 0}, ..., 1{x = n - 2}),   theta_i = log(p_i / p_{n-1}),   A = -log p_{n-1}
///
/// Natural parameters exist where every probability is positive; all else allows zeros.
public struct CategoricalLaw: ScalarLaw, ExponentialFamily, Equatable {
  public let probabilities: [Double]

  /// The probabilities may miss one by 1e-9; they are divided by their sum.
  public init(probabilities: [Double]) throws(FamilyError) {
    self.probabilities = try Check("categorical").weights(probabilities, "probabilities")
  }

  public var support: Support { Support(0, Double(probabilities.count - 1), .integers) }

  public var mean: Double {
    probabilities.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
  }
  public var variance: Double {
    let m = mean
    return probabilities.enumerated().reduce(0) {
      $0 + (Double($1.offset) - m) * (Double($1.offset) - m) * $1.element
    }
  }

  private func index(_ x: Double) -> Int? {
    guard let i = Int(exactly: x), probabilities.indices.contains(i) else { return nil }
    return i
  }

  public func logDensity(_ x: Double) -> Double { index(x).map { log(probabilities[$0]) } ?? -.infinity }

  public func cumulative(_ x: Double) -> Double {
    if x.isNaN { return .nan }
    if x < 0 { return 0 }
    if x >= support.upper { return 1 }
    return probabilities.prefix(Int(x) + 1).reduce(0, +)
  }
  public func survival(_ x: Double) -> Double {
    if x.isNaN { return .nan }
    if x < 0 { return 1 }
    if x >= support.upper { return 0 }
    return probabilities.dropFirst(Int(x) + 1).reduce(0, +)
  }

  public func sample(using generator: inout SeededGenerator) -> Double {
    Double(CategoricalLaw.draw(probabilities, Variate.uniform(&generator)))
  }

  static func draw(_ weights: [Double], _ u: Double) -> Int {
    var sum = 0.0
    for (i, w) in weights.enumerated() {
      sum += w
      if u < sum { return i }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  public var entropy: Estimate {
    Estimate(closed: probabilities.reduce(0) { $0 - ($1 > 0 ? $1 * log($1) : 0) })
  }

  /// A sum of Poisson deviances `p log(p / q) + q - p`, each >= 0.
  public func divergence(to other: CategoricalLaw) -> Estimate {
    let (p, q) = (probabilities, other.probabilities)
    var sum = 0.0
    for i in 0..<max(p.count, q.count) {
      sum += Settled.deviance(i < p.count ? p[i] : 0, i < q.count ? q[i] : 0)
    }
    return Estimate(closed: sum)
  }

  public func sufficientStatistics(_ x: Double) -> [Double] {
    (0..<probabilities.count - 1).map { Double($0) == x ? 1 : 0 }
  }
  public func logCarrier(_ x: Double) -> Double { 0 }
  public var naturalParameters: [Double] {
    let last = log(probabilities[probabilities.count - 1])
    return probabilities.dropLast().map { log($0) - last }
  }
  public var meanParameters: [Double] { probabilities.dropLast() }
  public var logPartition: Double { -log(probabilities[probabilities.count - 1]) }
  public var fisherInformation: Matrix {
    let p = meanParameters
    var f = Matrix(rows: p.count, columns: p.count)
    for i in p.indices { for j in p.indices { f[i, j] = i == j ? p[i] * (1 - p[i]) : -p[i] * p[j] } }
    return f
  }

  public func with(natural: [Double]) throws(FamilyError) -> CategoricalLaw {
    let top = max(0, natural.max() ?? 0)
    let weights = (natural + [0]).map { exp($0 - top) }
    let total = weights.reduce(0, +)
    return try CategoricalLaw(probabilities: weights.map { $0 / total })
  }

  public func with(mean mu: [Double]) throws(FamilyError) -> CategoricalLaw {
    try CategoricalLaw(probabilities: mu + [1 - mu.reduce(0, +)])
  }
}
