import EntropicFamilies
import Foundation
import Testing

/// What is proved about formulas on whole intervals, against known minima and shapes.
@Suite("formulas of outcomes") struct OutcomeFormulaTests {
  private static let x = OutcomeFormula.variable

  /// A formula, an interval and its infimum there.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let formula: OutcomeFormula
    let from: Double
    let to: Double
    let infimum: Double
  }

  static let cases: [Case] = [
    Case(testDescription: "x^2 - 4 x", formula: x * x - 4 * x, from: -.infinity, to: .infinity, infimum: -4),
    Case(
      testDescription: "x - log x", formula: x - x.applying(.log), from: 0, to: .infinity, infimum: 1),
    Case(
      testDescription: "x + 1 / x", formula: x + x.power(-1), from: 0, to: .infinity, infimum: 2),
    Case(
      testDescription: "x^4 - 3 x^3 + x", formula: x.power(4) - 3 * x.power(3) + x, from: -.infinity,
      to: .infinity,
      // At the largest root of 4 x^3 - 9 x^2 + 1, by mpmath.
      infimum: -6.318427735806793),
    Case(testDescription: "sin x", formula: x.applying(.sin), from: -.infinity, to: .infinity, infimum: -1),
    Case(
      testDescription: "exp x - 2 x", formula: x.applying(.exp) - 2 * x, from: -.infinity, to: .infinity,
      infimum: 0.6137056388801094),
    Case(
      testDescription: "max(x, -2 x)", formula: .maximum(x, -2 * x), from: -.infinity, to: .infinity,
      infimum: 0),
    Case(
      testDescription: "|x - 0.3| + x^2 / 2", formula: (x - 0.3).applying(.abs) + 0.5 * x * x, from: -1,
      to: 1,
      infimum: 0.045),
  ]

  @Test(arguments: cases) func infima(_ item: Case) {
    for distance in [1.0, 1e-3, 1e-6] {
      #expect(item.formula.exceeds(item.infimum - distance, from: item.from, to: item.to))
      #expect(!item.formula.exceeds(item.infimum + distance, from: item.from, to: item.to))
    }
    #expect(!item.formula.exceeds(item.infimum + 1e-12, from: item.from, to: item.to))
  }

  @Test func convexity() {
    let x = Self.x
    let convex = [
      x.power(4), x.applying(.exp) - 3 * x, (x - 1).applying(.abs) + x.power(2), .maximum(x, 2 * x - 1),
      0.51 * x.power(2) + x.applying(.cos),
    ]
    for formula in convex { #expect(formula.isConvex(from: -.infinity, to: .infinity)) }
    // The last bends down in a place that no grid sees.
    let bump = (-1 * (1e6 * (x - 1.23456)).power(2)).applying(.exp)
    let others = [
      x.power(3), -1 * x.power(2), (x.power(2) - 4).power(2), x.power(2) + 2 * x.applying(.cos),
      x.power(2) - 1e-3 * bump,
    ]
    for formula in others { #expect(!formula.isConvex(from: -.infinity, to: .infinity)) }
  }

  /// The value of a formula at random numbers lies above every level that is proved there.
  @Test func valuesAreAboveWhatIsProved() {
    let x = Self.x
    let formulas = [
      x.applying(.log1p) - 0.3 * x.applying(.sqrt), x.applying(.tanh) + 1 / 3 * x.power(-2),
      x.applying(.sin) * x.applying(.cos) + 0.1 * x, x.power(2.5) - x.applying(.expm1),
    ]
    var generator = SystemRandomNumberGenerator()
    for formula in formulas {
      for _ in 0..<200 {
        let a = Double.random(in: 0.01...3, using: &generator)
        let b = a + Double.random(in: 0.001...3, using: &generator)
        let level = Double.random(in: -2...2, using: &generator)
        guard formula.exceeds(level, from: a, to: b, cells: 200) else { continue }
        for _ in 0..<20 { #expect(formula.value(at: Double.random(in: a...b, using: &generator)) > level) }
      }
    }
  }
}
