import EntropicModel

/// Squares of affine functions in an objective as rows that may be missed at a price.
///
///     w u^2  or  w max(u, 0)^2,  u = a . p + k      the row a . p = -k or a . p <= -k,  conjugate s^2 / (4 w)
///
/// In the dual of `EntropyDual` such a row has a multiplier like the others and the compliance 1 / (2 w).
struct SoftRows: Sendable {
  private struct Item: Sendable {
    let composite: Int
    let index: Int
    let row: ConstraintRow
    /// 2 w, with the weight of the composite.
    let stiffness: Double
  }

  static let none = SoftRows()

  private var equalities: [Item] = []
  private var inequalities: [Item] = []

  private init() {}

  /// Nil where the objective has composites of another kind.
  init?(_ program: Program) {
    let f = program.objective
    guard f.conditionals.isEmpty, f.information.isEmpty, f.maxima.isEmpty, f.smooth.isEmpty else {
      return nil
    }
    for (c, term) in f.composites.enumerated() {
      let weights: [Double]
      let isOneSided: Bool
      switch term.outer {
      case .power(2, let w): (weights, isOneSided) = (w, false)
      case .positiveSquare(let w): (weights, isOneSided) = (w, true)
      default: return nil
      }
      for j in 0..<term.map.rows where weights[j] > 0 && term.weight > 0 {
        var columns: [Int] = []
        var values: [Double] = []
        term.map.forEachEntry(ofRow: j) {
          if $1 != 0 {
            columns.append($0)
            values.append($1)
          }
        }
        let row = ConstraintRow(name: "soft", columns: columns, values: values, bound: -term.offset[j])
        let item = Item(composite: c, index: j, row: row, stiffness: 2 * weights[j] * term.weight)
        if isOneSided { inequalities.append(item) } else { equalities.append(item) }
      }
    }
  }

  var count: Int { equalities.count + inequalities.count }

  /// The program with the soft rows behind its own ones of their kind.
  func hardened(_ program: Program) -> Program {
    guard count > 0 else { return program }
    var hard = program
    hard.equalities += equalities.map(\.row)
    hard.inequalities += inequalities.map(\.row)
    return hard
  }

  /// C in the units of the scaled rows and of the objective's unit.
  func compliance(in program: Program, _ moments: MomentRows, unit: Double) -> [Double] {
    var list = [Double](repeating: 0, count: moments.rows)
    for (j, item) in places(program, moments.equalities) where moments.scale[j] > 0 {
      list[j] = unit / (item.stiffness * moments.scale[j] * moments.scale[j])
    }
    return list
  }

  /// Multipliers of the soft rows as slopes of the composites. A row that is the same for all laws has no multiplier, but a
  /// slope.
  func slopes(of multipliers: [Double], in program: Program, _ moments: MomentRows) -> [[Double]?] {
    var out = program.objective.composites.map { [Double](repeating: 0, count: $0.map.rows) }
    let centre = program.layout.centre()
    for (j, item) in places(program, moments.equalities) {
      let weight = program.objective.composites[item.composite].weight
      var slope = multipliers[j]
      if moments.scale[j] == 0 {
        let missed = item.row.value(centre) - item.row.bound
        slope = item.stiffness * (j < moments.equalities ? missed : max(missed, 0))
      }
      out[item.composite][item.index] = slope / weight
    }
    return out
  }

  private func places(_ program: Program, _ k: Int) -> [(Int, Item)] {
    equalities.enumerated().map { (program.equalities.count + $0.offset, $0.element) }
      + inequalities.enumerated().map { (k + program.inequalities.count + $0.offset, $0.element) }
  }
}
