import EntropicNumerics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A probability law on points of one kind: numbers, vectors or matrices.
///
/// Densities are taken with respect to length, area, ... or counting; everything is in nats.
public protocol Distribution: Sendable {
  associatedtype Value: Sendable

  /// The logarithm of the density or mass; -infinity outside of the support, +infinity at a pole of the
  /// density.
  func logDensity(_ x: Value) -> Double

  /// One variate. The same generator state gives the same variate on every machine.
  func sample(using generator: inout SeededGenerator) -> Value

  /// `-E log density`: differential where the law has a density.
  var entropy: Estimate { get }

  /// The Kullback-Leibler divergence `E log(p / q)` to a law of the same family, p being this law.
  func divergence(to other: Self) -> Estimate
}

extension Distribution {
  public func density(_ x: Value) -> Double { exp(logDensity(x)) }

  /// `count` independent variates.
  public func samples(_ count: Int, seed: UInt64) -> [Value] {
    var generator = SeededGenerator(seed: seed)
    return (0..<max(0, count)).map { _ in sample(using: &generator) }
  }

  /// `-E log q` under this law: entropy plus divergence.
  public func crossEntropy(to other: Self) -> Estimate {
    let d = divergence(to: other)
    return d.value == .infinity ? d : entropy.adding(d)
  }
}
