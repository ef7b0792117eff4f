import EntropicSpecialFunctions
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("Gauss rules")
struct QuadratureTests {
  static let sizes = [1, 2, 3, 5, 20, 33, 64, 101, 300]

  @Test("outermost Legendre node and weight", arguments: legendreRows)
  func legendre(row: Row) throws {
    let rule = try Quadrature.gaussLegendre(row.count)
    #expect(abs(try #require(rule.nodes.last) - row.node) <= 2e-16)
    #expect(abs(try #require(rule.weights.last) - row.weight) <= 1e-12 * row.weight)
  }

  @Test("outermost Hermite node and weight", arguments: hermiteRows)
  func hermite(row: Row) throws {
    let rule = try Quadrature.gaussHermite(row.count)
    #expect(abs(try #require(rule.nodes.last) - row.node) <= 1e-14 * row.node)
    #expect(abs(try #require(rule.weights.last) - row.weight) <= 1e-12 * row.weight)
  }

  @Test("Legendre rules integrate powers", arguments: sizes)
  func powers(n: Int) throws {
    let rule = try Quadrature.gaussLegendre(n, from: 0, to: 2)
    #expect(zip(rule.nodes, rule.nodes.dropFirst()).allSatisfy { $0 < $1 })
    for k in [0, 1, n, 2 * n - 1] where k < 200 {
      // The integral of (x / 2)^k over [0, 2] is 2 / (k + 1).
      let sum = zip(rule.nodes, rule.weights).map { pow($0 / 2, Double(k)) * $1 }.reduce(0, +)
      #expect(abs(sum * Double(k + 1) / 2 - 1) < 1e-13 * Double(k + 10))
    }
  }

  @Test("normal rules give moments", arguments: sizes)
  func moments(n: Int) throws {
    let rule = try Quadrature.normal(n, mean: 3, deviation: 2)
    func expectation(_ f: (Double) -> Double) -> Double {
      zip(rule.nodes, rule.weights).map { f($0) * $1 }.reduce(0, +)
    }
    #expect(abs(expectation { _ in 1 } - 1) < 1e-13)
    #expect(abs(expectation { $0 } - 3) < 1e-12)
    if n >= 2 { #expect(abs(expectation { ($0 - 3) * ($0 - 3) } - 4) < 1e-12) }
    // E exp(X) = exp(mean + variance / 2).
    if n >= 33 { #expect(abs(expectation { exp($0) } / exp(5) - 1) < 1e-12) }
  }

  @Test("sizes and intervals outside of the domain")
  func errors() {
    #expect(throws: SpecialFunctionError.self) { try Quadrature.gaussLegendre(0) }
    #expect(throws: SpecialFunctionError.self) { try Quadrature.gaussLegendre(1001) }
    #expect(throws: SpecialFunctionError.self) { try Quadrature.gaussLegendre(5, from: 1, to: 1) }
    #expect(throws: SpecialFunctionError.self) { try Quadrature.gaussLegendre(5, from: .nan, to: 1) }
    #expect(throws: SpecialFunctionError.self) { try Quadrature.gaussHermite(301) }
    #expect(throws: SpecialFunctionError.self) { try Quadrature.normal(5, mean: 0, deviation: 0) }
  }

  struct Row: Sendable {
    let count: Int
    let node: Double
    let weight: Double
  }
}

// The largest node and its weight, from Newton's method in 60 digits (mpmath).
let legendreRows: [QuadratureTests.Row] = [
  .init(count: 2, node: 0.57735026918962576451, weight: 1.0),
  .init(count: 5, node: 0.9061798459386639928, weight: 0.23692688505618908751),
  .init(count: 50, node: 0.99886640442007105019, weight: 0.0029086225531551409584),
  .init(count: 300, node: 0.99996797821843673462, weight: 0.000082177793687010528699),
  .init(count: 1000, node: 0.99999711129807551057, weight: 7.4133384164320715175e-6),
]

let hermiteRows: [QuadratureTests.Row] = [
  .init(count: 2, node: 0.7071067811865475244, weight: 0.88622692545275801365),
  .init(count: 5, node: 2.0201828704560856329, weight: 0.019953242059045913208),
  .init(count: 20, node: 5.387480890011232862, weight: 2.2293936455341512925e-13),
  .init(count: 100, node: 13.406487338144910138, weight: 5.9080678650312068153e-79),
  .init(count: 200, node: 19.339248667911405432, weight: 2.2290934962806277577e-163),
  .init(count: 300, node: 23.874809763694205531, weight: 1.5718232219576950356e-248),
]
