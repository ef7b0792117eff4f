import EntropicModel
import EntropicNumerics
import Testing
import EntropicSolvers

/// Programs with optima in closed form, for methods with second derivatives.
///
/// Values are those of the minimisation; their derivations stand beside them.
struct SecondOrderCase: Sendable, CustomTestStringConvertible {
  let name: String
  let program: Program
  let optimum: Double
  var solution: [Double]?
  var testDescription: String { name }
}

enum SecondOrder {
  static func simplex(_ n: Int) -> Layout {
    var layout = Layout()
    layout.append(name: "p", kind: .simplex, shape: [n])
    return layout
  }

  static func row(_ values: [Double], _ bound: Double) -> ConstraintRow {
    ConstraintRow(name: "row", columns: Array(values.indices), values: values, bound: bound)
  }

  static func map(_ rows: [[Double]]) -> LinearMap {
    .dense(
      Matrix(rows: rows.count, columns: rows[0].count, elements: rows.flatMap { $0 }), firstColumn: 0,
      columns: rows[0].count)
  }

  static func identity(_ n: Int) -> LinearMap {
    .sparse(SparseMatrix(columns: n, rows: (0..<n).map { [(column: $0, value: 1.0)] }))
  }

  static func ones(_ n: Int, _ value: Double = 1) -> [Double] { [Double](repeating: value, count: n) }

  static func linear(_ c: [Double]) -> Functional {
    var f = Functional(count: c.count)
    f.linear = c
    return f
  }

  static func negativeEntropy(_ n: Int, _ tau: Double = 1) -> Functional {
    var f = Functional(count: n)
    f.entropic = ones(n, tau)
    return f
  }

  static func composite(
    _ n: Int, _ outer: Outer, _ map: LinearMap, offset: [Double]? = nil, weight: Double = 1
  )
    -> Functional
  {
    var f = Functional(count: n)
    f.composites = [Composite(weight: weight, outer: outer, map: map, offset: offset)]
    return f
  }

  /// -I(p; W): sum u log u - sum_i p_i sum_y W log W with u = W' p.
  static func capacity(_ w: [[Double]]) -> Functional {
    var f = composite(
      w.count, .entropy(ones(w[0].count)), map(w[0].indices.map { y in w.indices.map { w[$0][y] } }))
    f.linear = w.map { row in -row.reduce(0) { $0 + ($1 > 0 ? $1 * Kernel.log($1) : 0) } }
    return f
  }

  /// Minimise I(X; Y) over channels under a distortion.
  static func rate(_ px: [Double], _ distortion: [[Double]], _ bound: Double, forbidden: [Int] = [])
    -> Program
  {
    let (k, m) = (px.count, distortion[0].count)
    var layout = Layout()
    layout.append(name: "w", kind: .channel, shape: [k, m])
    var f = Functional(count: k * m)
    let rows = (0..<m).map { y in (0..<k).map { x in (column: x * m + y, value: px[x]) } }
    f.conditionals = [
      ConditionalEntropy(
        weight: ones(m), map: SparseMatrix(columns: k * m, rows: rows), offset: ones(m, 0))
    ]
    let costs = (0..<k * m).map { px[$0 / m] * distortion[$0 / m][$0 % m] }
    return Program(layout: layout, objective: f, inequalities: [row(costs, bound)])
  }

  static func transport(_ a: [Double], _ b: [Double], _ cost: [[Double]], entropy: Double = 0) -> Program {
    let (n, m) = (a.count, b.count)
    var layout = Layout()
    layout.append(name: "P", kind: .joint, shape: [n, m])
    var f = linear(cost.flatMap { $0 })
    if entropy > 0 { f.entropic = ones(n * m, entropy) }
    var rows: [ConstraintRow] = []
    for i in 0..<n {
      rows.append(
        ConstraintRow(name: "a", columns: (0..<m).map { i * m + $0 }, values: ones(m), bound: a[i]))
    }
    for j in 0..<m {
      rows.append(
        ConstraintRow(name: "b", columns: (0..<n).map { $0 * m + j }, values: ones(n), bound: b[j]))
    }
    return Program(layout: layout, objective: f, equalities: rows)
  }

  static func design(_ kind: InformationTerm.Kind, _ regressors: [[Double]]) -> Functional {
    var f = Functional(count: regressors.count)
    f.information = [
      InformationTerm(
        kind: kind,
        regressors: Matrix(
          rows: regressors.count, columns: regressors[0].count, elements: regressors.flatMap { $0 }),
        first: 0)
    ]
    return f
  }

  static let quadraticRegressors = (0..<9).map { i -> [Double] in
    let x = -1 + Double(i) / 4
    return [1, x, x * x]
  }
  static let loss = [3.0, 1.0, 0.0, -1.0]
  static let prior = [0.1, 0.2, 0.3, 0.4]
  static let die = (1...6).map(Double.init)

  static func ball(_ g: Functional, _ radius: Double) -> Program {
    Program(
      layout: simplex(4), objective: linear(loss.map { -$0 }),
      convex: [ConvexConstraint(name: "ball", functional: g, bound: radius)])
  }

  static var divergence: Functional {
    var g = negativeEntropy(4)
    g.linear = prior.map { -Kernel.log($0) }
    return g
  }

  static var chiSquare: Functional {
    var g = linear(ones(4, -2))
    g.powers = [.init(exponent: 2, weights: prior.map { 1 / $0 })]
    g.constant = 1
    return g
  }

  static func capped(_ program: Program, upper: [Double]? = nil, lower: [Double]? = nil) -> Program {
    var copy = program
    if let upper { copy.layout.upper = upper }
    if let lower { copy.layout.lower = lower }
    return copy
  }
}
