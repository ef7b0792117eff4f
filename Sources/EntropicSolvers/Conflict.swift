import EntropicModel
import EntropicNumerics

/// Why no law is feasible, in terms of the user's constraints.
///
/// A proof of infeasibility is a combination of constraints. For every linear one of them this finds
///
///     the range of its left side that the other constraints leave:   min and max of a . p  subject to the others
///     the nearest targets that can be met together:  argmin over the combination of sum_j D(b_j, a_j . p)
///
/// with D(b, v) = b log (b / v) - b + v, the Kullback-Leibler divergence of the targets, where all of them are positive
/// and their rows non-negative (shares, margins, counts), and squares in units of each row's range otherwise.
/// Targets that differ from the nearest ones by no more than half a unit of the finest decimal among them disagree by
/// rounding only, and are called that.
/// - Cost: two linear programmes a constraint and one fit, each certified; at most `largest` constraints are examined.
public struct Conflict: Sendable {
  public struct Member: Sendable {
    /// The name of the user's constraint; elements of arrays are numbered.
    public let name: String
    public fileprivate(set) var relation: Constraint.Relation
    /// The bound in the user's sense.
    public fileprivate(set) var bound: Double
    /// What the left side can be under all other constraints; nil when those contradict one another, or when it was not
    /// examined.
    public var attainable: ClosedRange<Double>?
    /// The nearest target that can be met together with the others'.
    public var nearest: Double?
    /// The row of the program.
    fileprivate let isEquality: Bool
    fileprivate let index: Int
  }

  /// The linear constraints of the combination.
  public private(set) var members: [Member] = []
  /// True when the targets disagree by no more than the rounding of the decimals they were written with.
  public private(set) var isRounding = false
  /// How near is measured: `kl` or `squares`.
  public private(set) var measure = "kl"

  /// - Returns: nil for proofs that are no combination of linear constraints.
  public init?(
    _ program: Program, _ proof: InfeasibilityProof, _ options: SolveOptions = SolveOptions(),
    largest: Int = 16
  ) {
    guard case .multipliers(let evidence, _) = proof else { return nil }
    var chosen: [(isEquality: Bool, index: Int, row: ConstraintRow)] = []
    for (k, row) in program.equalities.enumerated() where evidence.equality[k] != 0 {
      chosen.append((true, k, row))
    }
    for (k, row) in program.inequalities.enumerated() where evidence.inequality[k] > 0 {
      chosen.append((false, k, row))
    }
    guard !chosen.isEmpty else { return nil }
    var quick = options
    quick.method = nil
    quick.warm = nil
    quick.observer = nil
    for item in chosen {
      members.append(
        Member(
          name: item.row.name, relation: item.isEquality ? .equal : .atMost, bound: item.row.bound,
          isEquality: item.isEquality, index: item.index))
    }
    for (m, item) in chosen.enumerated().prefix(largest) where !options.shouldStop() {
      var others = program
      if item.isEquality {
        others.equalities.remove(at: item.index)
      } else {
        others.inequalities.remove(at: item.index)
      }
      members[m].attainable = Conflict.range(of: item.row, over: others, quick)
    }
    guard chosen.count <= 4096, !options.shouldStop() else { return }
    fit(chosen, program, quick)
  }

  /// The same in the words of the user: `>=` stands where it was written, with its own bound, range and target.
  ///
  /// Rows that stand for a bound on a ratio stay as the program has them, numerator less bound times denominator.
  public init?(
    _ problem: Problem, _ proof: InfeasibilityProof, _ options: SolveOptions = SolveOptions(),
    largest: Int = 16
  ) {
    self.init(problem.program, proof, options, largest: largest)
    for constraint in problem.constraints {
      for element in constraint.elements where element.rate < 0 && !element.isRatio {
        guard case .inequality(let k) = element.place,
          let m = members.firstIndex(where: { !$0.isEquality && $0.index == k })
        else { continue }
        members[m].turn(constraint.relation, element.bound, rate: element.rate)
      }
    }
  }

  /// Least and largest value of a row over a program's feasible set.
  private static func range(
    of row: ConstraintRow, over program: Program, _ options: SolveOptions
  ) -> ClosedRange<Double>? {
    func end(_ sign: Double) -> Double? {
      var copy = program
      copy.objective = Functional(count: program.count)
      for (i, a) in zip(row.columns, row.values) { copy.objective.linear[i] = sign * a }
      guard case .optimal(let answer) = Solver.run(copy, options) else { return nil }
      return sign * answer.certificate.value
    }
    guard let low = end(1), let high = end(-1) else { return nil }
    return min(low, high)...max(low, high)
  }

  /// The nearest targets: the combination's rows become a penalty, all other constraints stay.
  private mutating func fit(
    _ chosen: [(isEquality: Bool, index: Int, row: ConstraintRow)], _ program: Program,
    _ options: SolveOptions
  ) {
    var copy = program
    let equal = Set(chosen.filter(\.isEquality).map(\.index))
    let atMost = Set(chosen.filter { !$0.isEquality }.map(\.index))
    copy.equalities = program.equalities.indices.filter { !equal.contains($0) }.map { program.equalities[$0] }
    copy.inequalities = program.inequalities.indices.filter { !atMost.contains($0) }
      .map { program.inequalities[$0] }
    let rows = chosen.map(\.row)
    let isShare =
      atMost.isEmpty && rows.allSatisfy { $0.bound > 0 && $0.values.allSatisfy { $0 >= 0 } }
    measure = isShare ? "kl" : "squares"
    copy.objective =
      isShare ? Conflict.divergence(rows, program.count) : Conflict.squares(chosen, program.count)
    guard case .optimal(let answer) = Solver.run(copy, options) else { return }
    var isClose = true
    // Texts lose trailing zeros: the finest decimal among the targets is taken for all.
    let unit = rows.map { Conflict.halfUnit($0.bound) }.filter { $0 > 0 }.min() ?? 0
    for (m, row) in rows.enumerated() {
      var value = row.value(answer.point)
      if !chosen[m].isEquality { value = max(value, row.bound) }
      members[m].nearest = value
      if abs(value - row.bound) > unit { isClose = false }
    }
    isRounding = isClose && atMost.isEmpty && rows.count > 1
  }

  /// sum_j [ v_j - b_j log v_j ], v = A p: the divergence less a constant.
  private static func divergence(_ rows: [ConstraintRow], _ count: Int) -> Functional {
    var f = Functional(count: count)
    for row in rows { for (i, a) in zip(row.columns, row.values) { f.linear[i] += a } }
    f.composites = [Composite(outer: .log(rows.map(\.bound)), map: Program.map(rows, columns: count))]
    return f
  }

  /// sum_j ((a_j . p - b_j) / range_j)^2; inequalities through a slack would need an unknown, so that their excess is
  /// measured as an equation at its bound.
  private static func squares(
    _ chosen: [(isEquality: Bool, index: Int, row: ConstraintRow)], _ count: Int
  ) -> Functional {
    var f = Functional(count: count)
    let weights = chosen.map { item in
      let low = item.row.values.min() ?? 0
      let high = item.row.values.max() ?? 0
      let range = max(high - min(low, 0), abs(item.row.bound) * 0x1p-20, Double.leastNormalMagnitude)
      return 1 / range / range
    }
    f.composites = [
      Composite(
        outer: .power(2, weights), map: Program.map(chosen.map(\.row), columns: count),
        offset: chosen.map { -$0.row.bound })
    ]
    return f
  }

  /// Half a unit of the last decimal of the shortest text of a number; 0 for integers.
  static func halfUnit(_ x: Double) -> Double {
    let text = "\(abs(x))"
    let parts = text.split(whereSeparator: { $0 == "e" || $0 == "E" })
    guard let mantissa = parts.first, let dot = mantissa.firstIndex(of: ".") else { return 0 }
    let decimals = mantissa[mantissa.index(after: dot)...]
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    if decimals == "0", exponent == 0 { return 0 }
    let places = (decimals == "0" ? 0 : decimals.count) - exponent
    guard places > -300, places < 300 else { return 0 }
    return (Double("0.5e\(-places)") ?? 0) * (1 + 0x1p-20)
  }
}

extension Conflict.Member {
  /// Numbers of a row that is the user's side times a negative rate.
  fileprivate mutating func turn(_ relation: Constraint.Relation, _ bound: Double, rate: Double) {
    self.relation = relation
    self.bound = bound
    attainable = attainable.map { rate * $0.upperBound...rate * $0.lowerBound }
    nearest = nearest.map { rate * $0 }
  }
}
