import EntropicFamilies
import EntropicNumerics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A law that the library does not know: a normal variable on the circle.
struct WrappedNormal: ScalarLaw {
  let normal: Normal
  private let turns = (-6...6).map { 2 * Double.pi * Double($0) }

  init(variance: Double) throws { normal = try Normal(mean: 0, variance: variance) }

  var support: Support { Support(-.pi, .pi) }
  var mean: Double { 0 }
  var variance: Double { .nan }
  func logDensity(_ x: Double) -> Double {
    support.contains(x) ? log(turns.reduce(0) { $0 + exp(normal.logDensity(x + $1)) }) : -.infinity
  }
  func cumulative(_ x: Double) -> Double {
    turns.reduce(0) { $0 + normal.cumulative(x + $1) - normal.cumulative(-.pi + $1) }
  }
  func survival(_ x: Double) -> Double { cumulative(-x) }
  func sample(using generator: inout SeededGenerator) -> Double {
    remainder(normal.sample(using: &generator), 2 * .pi)
  }
  var entropy: Estimate { Expectation.entropy(of: self) }
  func divergence(to other: WrappedNormal) -> Estimate { Expectation.divergence(of: self, to: other) }
  func closedExpectation(_ statistic: Statistic) -> Double? {
    if case .cosine(let c) = statistic { return cos(c) * exp(-normal.variance / 2) }
    return nil
  }
}
