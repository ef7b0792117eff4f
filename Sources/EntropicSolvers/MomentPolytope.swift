import EntropicModel
import EntropicNumerics

/// The laws that satisfy the linear rows of a program: a linear oracle with exact vertices and their multipliers.
///
///     min <c, q>  =  max over lambda, mu >= 0  of  min over the simplices of <c + A' lambda + C' mu, q> - lambda b - mu d
///
/// A vertex has at most (simplices + rows) masses that are not at a bound. The multipliers of the linear program are
/// the evidence of whoever searches over the polytope: they make the reduced costs of the certificate.
/// - Complexity: O((rows + simplices)^2 + stored entries) a pivot; a few pivots when the costs have changed little.
public struct MomentPolytope: LinearOracle {
  /// Multipliers that prove that no law satisfies the rows, when the first vertex was not found.
  public let contradiction: Evidence?
  /// False when the set is empty or the first vertex was not found.
  public let hasVertex: Bool

  private let program: Program
  private let simplices: LayoutOracle
  private let scale: [Double]
  private var engine: BoundedSimplex

  /// The polytope of a program; what else the program holds does not count.
  public init(_ program: Program, stop: StopCheck? = nil) {
    self.program = program
    let layout = program.layout
    simplices = LayoutOracle(layout)
    let heads = layout.simplices.count
    let rows = program.equalities + program.inequalities
    scale = rows.map { row in
      let size = row.values.reduce(0) { max($0, abs($1)) }
      return size > 0 && size.isFinite ? size : 1
    }
    var columns = [[(row: Int, value: Double)]](repeating: [], count: program.count)
    var right: [Double] = []
    for (s, slice) in layout.simplices.enumerated() {
      for i in slice.range { columns[i].append((s, 1)) }
      right.append(slice.mass)
    }
    for (k, row) in rows.enumerated() {
      for (i, a) in zip(row.columns, row.values) where a != 0 { columns[i].append((heads + k, a / scale[k])) }
      right.append(row.bound / scale[k])
    }
    engine = BoundedSimplex(
      columns: columns, slacks: program.inequalities.indices.map { heads + program.equalities.count + $0 },
      right: right, lower: layout.lower, upper: layout.upper.map { max($0, 0) })
    let end = engine.start(stop: stop)
    hasVertex = end == .optimal
    contradiction =
      end == .infeasible
      ? MomentPolytope.evidence(program, engine.y.map { $0 }, scale) : nil
  }

  /// Pivots so far.
  public var pivots: Int { engine.pivots }

  public mutating func minimum(_ costs: [Double], stop: StopCheck?) -> LinearMinimum? {
    guard hasVertex, costs.count == program.count else { return nil }
    guard engine.minimise(costs, stop: stop) == .optimal else { return nil }
    let x = engine.x
    let indices = (0..<program.count).filter { x[$0] > 0 }
    let vertex = Vertex(indices: indices, masses: indices.map { x[$0] })
    let evidence = MomentPolytope.evidence(program, engine.y, scale)
    return LinearMinimum(
      vertex: vertex, lowerBound: bound(costs, evidence), equality: evidence.equality,
      inequality: evidence.inequality)
  }

  /// Multipliers of the rows in the signs of the Lagrangian.
  private static func evidence(_ program: Program, _ y: [Double], _ scale: [Double]) -> Evidence {
    var evidence = Evidence.none(for: program)
    let heads = program.layout.simplices.count
    let equalities = program.equalities.count
    for k in program.equalities.indices { evidence.equality[k] = -y[heads + k] / scale[k] }
    for k in program.inequalities.indices {
      evidence.inequality[k] = max(-y[heads + equalities + k] / scale[equalities + k], 0)
    }
    return evidence
  }

  /// The bound of weak duality, less its rounding; -inf when a number overflows.
  private func bound(_ costs: [Double], _ evidence: Evidence) -> Double {
    var reduced = costs
    var size = costs.map(abs)
    var constant = 0.0
    var rounding = 0.0
    let multipliers = evidence.equality + evidence.inequality
    for (row, multiplier) in zip(program.equalities + program.inequalities, multipliers)
    where multiplier != 0 {
      for (i, a) in zip(row.columns, row.values) {
        reduced[i] += multiplier * a
        size[i] += abs(multiplier * a)
      }
      constant -= multiplier * row.bound
      rounding += abs(multiplier * row.bound)
    }
    let unit = Double(multipliers.count + 4) * 0x1p-53
    for i in reduced.indices { reduced[i] -= unit * size[i] }
    guard let least = simplices.vertex(reduced)?.lowerBound else { return -.infinity }
    let value = least + constant - unit * rounding
    return value.isNaN ? -.infinity : value - 0x1p-52 * (abs(least) + abs(constant))
  }
}
