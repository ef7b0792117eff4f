import EntropicSpecialFunctions
import Testing

/// Every function at every combination of extreme arguments: a finite value or an error, soon.
@Suite("Totality")
struct TotalityTests {
  static let subnormal = Double.leastNormalMagnitude / 1024

  static let extremes: [Double] = [
    .nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, subnormal,
    .leastNormalMagnitude, 1e-154, -1e-20, 1e-9, 0.25, 0.5,
    0.9999999999999999, 1, 1.0000000000000002, -1, 2, 3.5, -7.25, 171.7, 1e4, 1e9, -1e9, 1e16, 1e154, -1e155,
    1e300, 1.7e308, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
  ]

  /// Arguments where a few hundred thousand evaluations of three-argument functions are too many.
  static let fewer: [Double] = [
    .nan, .infinity, -.infinity, 0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, subnormal, 1e-154, 0.5,
    0.9999999999999999, 1, -1, 3.5, 1e4,
    1e9, 1e154, 1e300, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
  ]

  static func combinations(_ count: Int) -> [[Double]] {
    let values = count < 3 ? extremes : fewer
    return (0..<count).reduce([[]]) { found, _ in found.flatMap { start in values.map { start + [$0] } } }
  }

  @Test("a value that is a number, or an error", .timeLimit(.minutes(2)), arguments: SpecialFunction.all)
  func total(function: SpecialFunction) {
    let mayBeMinusInfinity = function.name.contains("_log_p")
    let clock = ContinuousClock()
    var slowest = Duration.zero
    for x in Self.combinations(function.parameters.count) {
      slowest = max(
        slowest,
        clock.measure {
          do throws(SpecialFunctionError) {
            let value = try function.evaluate(x)
            let accepted = value.isFinite || (mayBeMinusInfinity && value == -.infinity)
            if !accepted { Issue.record("\(function.name)\(x) = \(value)") }
            if x.contains(where: { !$0.isFinite }) { Issue.record("\(function.name)\(x) accepted") }
            if function.name.contains("_cdf") || function.name.contains("_inc"), value < 0 || value > 1 {
              Issue.record("\(function.name)\(x) = \(value) is no probability")
            }
            if function.name.hasSuffix("_pdf") || function.name.hasSuffix("_pmf"), !mayBeMinusInfinity,
              value < 0
            {
              Issue.record("\(function.name)\(x) = \(value) is negative")
            }
          } catch {
            // The error must name an argument of this function where it names one.
            switch error {
            case .domain(_, let argument, _), .range(_, let argument, _, _):
              if !function.parameters.contains(argument) {
                Issue.record("\(function.name)\(x): no argument \(argument)")
              }
            case .arity, .failed: Issue.record("\(function.name)\(x): \(error)")
            case .overflow: break
            }
          }
        })
    }
    // Generous for unoptimised code on a busy machine; a hang would be caught by the time limit.
    #expect(slowest < .seconds(5))
  }

  @Test("another number of arguments is an error", arguments: SpecialFunction.all)
  func arity(function: SpecialFunction) {
    let n = function.parameters.count
    let expected = SpecialFunctionError.arity(function: function.name, expected: n, found: n + 1)
    #expect(throws: expected) { try function.evaluate([Double](repeating: 0.5, count: n + 1)) }
    #expect(throws: SpecialFunctionError.self) { try function.evaluate([]) }
  }
}

extension SpecialFunction: CustomTestStringConvertible {
  public var testDescription: String { name }
}
