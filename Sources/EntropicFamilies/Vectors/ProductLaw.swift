import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Independent scalar laws side by side.
public struct ProductLaw: Distribution {
  public let factors: [any ScalarLaw]

  public init(_ factors: [any ScalarLaw]) { self.factors = factors }

  public var mean: [Double] { factors.map { $0.mean } }
  public var variance: [Double] { factors.map { $0.variance } }

  public func logDensity(_ x: [Double]) -> Double {
    guard x.count == factors.count else { return -.infinity }
    return zip(factors, x).reduce(0) { $0 + $1.0.logDensity($1.1) }
  }

  public func sample(using generator: inout SeededGenerator) -> [Double] {
    var x: [Double] = []
    for law in factors { x.append(law.sample(using: &generator)) }
    return x
  }

  /// The sum of the entropies.
  public var entropy: Estimate { factors.reduce(.zero) { $0.adding($1.entropy) } }

  /// The sum of the divergences.
  public func divergence(to other: ProductLaw) -> Estimate {
    guard factors.count == other.factors.count else { return .infinite }
    var sum = Estimate.zero
    for (p, q) in zip(factors, other.factors) {
      let d = KullbackLeibler.divergence(from: p, to: q)
      if d.value == .infinity { return .infinite }
      sum = sum.adding(d)
    }
    return sum
  }
}
