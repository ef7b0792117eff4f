import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Proximal operators")
struct ProximalOperatorTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let operation: ProximalOperator
    let cost: Double
    let y: Double
    let step: Double
    let x: Double
    var testDescription: String { "\(operation.part), weight \(operation.weight), cost \(cost)" }

    init(
      _ part: ProximalOperator.Part, _ weight: Double, _ cost: Double, _ y: Double, _ step: Double,
      _ x: Double
    ) {
      operation = ProximalOperator(part, weight: weight)
      self.cost = cost
      self.y = y
      self.step = step
      self.x = x
    }
  }

  /// Minimisers by golden section with 60 digits.
  static let rows: [Row] = [
    Row(.linear, 0, 0.3, 0.2, 1.5, 0.12752563032435466783),
    Row(.linear, 0, -2.0, 0.01, 4.0, 29.809579870417283368),
    Row(.linear, 0, 1.25, 0.7, 0.125, 0.59874172911519573841),
    Row(.divergence(to: 0.3), 1.5, 0.3, 0.2, 1.5, 0.230571830139029325),
    Row(.divergence(to: 0.3), 1.5, -2.0, 0.01, 4.0, 0.57868267901365423583),
    Row(.divergence(to: 0.3), 1.5, 1.25, 0.7, 0.125, 0.53684934992986815513),
    Row(.reversedDivergence(from: 0.2), 0.75, 0.3, 0.2, 1.5, 0.16368258453720342238),
    Row(.reversedDivergence(from: 0.2), 0.75, -2.0, 0.01, 4.0, 2.0025907299280290355),
    Row(.reversedDivergence(from: 0.2), 0.75, 1.25, 0.7, 0.125, 0.56360208930519031501),
    Row(.negativeLogarithm, 0.4, 0.3, 0.2, 1.5, 0.46431101930368400143),
    Row(.negativeLogarithm, 0.4, -2.0, 0.01, 4.0, 31.369460833871451306),
    Row(.negativeLogarithm, 0.4, 1.25, 0.7, 0.125, 0.64685815400904144319),
    Row(.square(around: 0.6), 2.5, 0.3, 0.2, 1.5, 0.33915931239641808989),
    Row(.square(around: 0.6), 2.5, -2.0, 0.01, 4.0, 0.94512661864877678853),
    Row(.square(around: 0.6), 2.5, 1.25, 0.7, 0.125, 0.5989400801617513919),
    Row(.square(around: -0.4), 2.5, 0.3, 0.2, 1.5, 0.025828075158067160324),
    Row(.square(around: -0.4), 2.5, -2.0, 0.01, 4.0, 0.13772941172748997884),
    Row(.square(around: -0.4), 2.5, 1.25, 0.7, 0.125, 0.45793435698649430408),
    Row(.chiSquare(from: 0.25), 0.5, 0.3, 0.2, 1.5, 0.18657799862101751553),
    Row(.chiSquare(from: 0.25), 0.5, -2.0, 0.01, 4.0, 0.5048902507825219021),
    Row(.chiSquare(from: 0.25), 0.5, 1.25, 0.7, 0.125, 0.52248150353356886071),
    Row(.distance(to: 0.3), 0.8, 0.3, 0.2, 1.5, 0.29999999999999998889),
    Row(.distance(to: 0.3), 0.8, -2.0, 0.01, 4.0, 1.215104175187348617),
    Row(.distance(to: 0.3), 0.8, 1.25, 0.7, 0.125, 0.54176392024297963053),
  ]

  @Test("closed forms against minimisation in 60 digits", arguments: rows)
  func closedForms(row: Row) {
    let x = row.operation(at: row.y, cost: row.cost, step: row.step)
    #expect(abs(x - row.x) <= 1e-14 * row.x)
  }

  @Test("no neighbour is better", arguments: rows)
  func minimum(row: Row) {
    func objective(_ x: Double) -> Double {
      let entropy = x * Kernel.log(x / row.y) - x + row.y
      return row.operation.value(x) + row.cost * x + entropy / row.step
    }
    let x = row.operation(at: row.y, cost: row.cost, step: row.step)
    for factor in [0.9, 0.999, 1.001, 1.1] { #expect(objective(factor * x) >= objective(x)) }
  }

  @Test("the sensitivity is the derivative of log x", arguments: rows)
  func sensitivity(row: Row) {
    let h = 1e-6
    let y = Kernel.log(row.y)
    let plus = row.operation.logarithm(at: y, cost: row.cost + h, step: row.step).value
    let minus = row.operation.logarithm(at: y, cost: row.cost - h, step: row.step).value
    let slope = row.operation.logarithm(at: y, cost: row.cost, step: row.step).sensitivity
    #expect(abs((minus - plus) / (2 * h * row.step) - slope) <= 1e-8)
  }

  static let parts: [ProximalOperator.Part] = [
    .linear, .divergence(to: 0.3), .reversedDivergence(from: 0.2), .negativeLogarithm, .square(around: 0.5),
    .chiSquare(from: 0.5), .distance(to: 0.3),
  ]

  @Test("neither huge costs nor tiny masses overflow", arguments: parts)
  func extremes(part: ProximalOperator.Part) {
    let operation = ProximalOperator(part, weight: 0.5)
    for cost in [-1e300, -1e5, 0, 1e5, 1e300] {
      for logY in [-1e5, -700.0, 0, 600] {
        for step in [1e-8, 1, 1e8] {
          let x = operation.logarithm(at: logY, cost: cost, step: step)
          #expect(!x.value.isNaN && x.sensitivity >= 0 && x.sensitivity <= 1)
        }
      }
    }
    #expect(operation(at: 0, cost: -1, step: 1) == 0)
  }

  @Test("the mass of a simplex needs one root")
  func simplex() throws {
    let parts = [
      ProximalOperator(.divergence(to: 0.3), weight: 1.5),
      ProximalOperator(.reversedDivergence(from: 0.2), weight: 0.75),
      ProximalOperator(.negativeLogarithm, weight: 0.4), ProximalOperator(.square(around: 0.6), weight: 2.5),
      ProximalOperator(.distance(to: 0.1), weight: 0.8),
    ]
    let y = [0.1, 0.3, 0.2, 0.15, 0.25]
    let answer = try #require(
      ProximalOperator.onSimplex(
        parts, from: Kernel.log(y), cost: [0.5, -1.0, 0.25, 2.0, -0.125], step: 2))
    // Bisection with 60 digits.
    let exact = [
      0.13613456481156712455, 0.37812580973994835156, 0.36825583636508743868, 0.017483789083397079661, 0.1,
    ]
    #expect(distance(answer.law, exact) <= 1e-14)
    #expect(abs(answer.multiplier - 0.53097111757883787153) <= 1e-13)
    #expect(Kernel.compensatedSum(answer.law) == 1)
  }

  @Test("a linear simplex step is a softmax at costs of any size", arguments: [1.0, 1e6, 1e12])
  func softmax(size: Double) throws {
    let linear = [ProximalOperator](repeating: .linear, count: 3)
    let answer = try #require(
      ProximalOperator.onSimplex(
        linear, from: Kernel.log([0.25, 0.25, 0.5]), cost: [size, size + 1, size - 0.5], step: 1))
    let exact = Kernel.softmax([0, -1, 0.5 + Kernel.log(2)]).probabilities
    #expect(distance(answer.law, exact) <= 1e-15)
  }

  @Test("degenerate simplices: one outcome, all distances clipped, nothing to carry mass, NaN")
  func degenerate() throws {
    let one = try #require(
      ProximalOperator.onSimplex([ProximalOperator(.negativeLogarithm)], from: [0], cost: [5], step: 3))
    #expect(one.law == [1])
    // Everything at its centre, which has less mass than needed.
    let clipped = try #require(
      ProximalOperator.onSimplex(
        [ProximalOperator(.distance(to: 0.1)), ProximalOperator(.distance(to: 0.2))],
        from: Kernel.log([0.1, 0.2]), cost: [0, 0], step: 1))
    #expect(abs(clipped.law[0] - 1.0 / 3) <= 1e-15)
    let nothing = [-Double.infinity, -Double.infinity]
    let linear: [ProximalOperator] = [.linear, .linear]
    #expect(ProximalOperator.onSimplex(linear, from: nothing, cost: [0, 0], step: 1) == nil)
    #expect(ProximalOperator.onSimplex(linear, from: [0, 0], cost: [.nan, 0], step: 1) == nil)
  }

  // MARK: - Sets

  private static func layout(_ n: Int, upper: [Double]? = nil) -> Layout {
    var layout = Layout()
    layout.append(name: "p", kind: .simplex, shape: [n])
    if let upper { layout.upper = upper }
    return layout
  }

  @Test("a moment set is a tilt, a halfspace only where it is violated")
  func rowSets() throws {
    let faces: [Double] = [1, 2, 3, 4, 5, 6]
    let uniform = [Double](repeating: -Kernel.log(6), count: 6)
    let layout = Self.layout(6)
    let tilted = try KLProjection.moments([Build.row(faces, 4.5)]).project(uniform, in: layout)
    // The die of mean 4.5: log of the ratio of neighbours 0.37104893... from 50-digit roots.
    let ratio = Kernel.log(tilted.law[5] / tilted.law[4])
    #expect(abs(ratio - 0.3710489380810334) <= 1e-12)
    #expect(abs(tilted.multipliers[0] + ratio) <= 1e-12)
    let slack = try KLProjection.halfspace(Build.row(faces, 4.5)).project(uniform, in: layout)
    #expect(slack.multipliers == [0] && distance(slack.law, uniform.map { Kernel.exp($0) }) <= 1e-16)
    let active = try KLProjection.halfspace(Build.row(faces.map { -$0 }, -4.5)).project(uniform, in: layout)
    #expect(distance(active.law, tilted.law) <= 1e-12)
    #expect(throws: KLProjection.Failure.self) {
      try KLProjection.moments([Build.row(faces, 7)]).project(uniform, in: layout)
    }
  }

  @Test("caps clip, and rescale the rest")
  func caps() throws {
    let layout = Self.layout(4, upper: [0.25, 0.5, 1, 1])
    let capped = try KLProjection.caps.project(Kernel.log([0.5, 0.25, 0.125, 0.125]), in: layout)
    #expect(distance(capped.law, [0.25, 0.375, 0.1875, 0.1875]) <= 1e-16)
    let tiny = try KLProjection.caps.project([0, -1000, -1001, -.infinity], in: layout)
    // The first is full; the others share 3/4, the second no more than 1/2.
    #expect(distance(tiny.law, [0.25, 0.5, 0.25, 0]) <= 1e-15)
  }

  @Test("a KL ball is a geometric mixture")
  func ball() throws {
    let r = [0.5, 0.3, 0.2]
    var g = Functional(count: 3)
    g.entropic = [1, 1, 1]
    g.linear = r.map { -Kernel.log($0) }
    let ball = KLProjection.level(ConvexConstraint(name: "ball", functional: g, bound: 0.1))
    let inside = try ball.project(Kernel.log([0.1, 0.2, 0.7]), in: Self.layout(3))
    let exact = [0.31953938245491560108, 0.30250857732923563124, 0.37795204021584876768]
    #expect(distance(inside.law, exact) <= 1e-13)
    #expect(abs(inside.multipliers[0] - 1.6399744021218170163) <= 1e-12)
    #expect(g.value(inside.law) <= 0.1)
  }
}
