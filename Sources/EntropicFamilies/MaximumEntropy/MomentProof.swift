/// Proofs about the moments of laws on an interval, from the formulas of the functions.
///
/// A row sum_k y_k f_k that exceeds sum_k y_k b_k everywhere contradicts E f_k = b_k. Laws with the moments have entropies
/// without limit when no multipliers make the normaliser finite: when, whatever the signs of the multipliers, there
/// is an unbounded end of the interval at which the exponent -(c + lambda' f) / tau does not fall.
struct MomentProof {
  let problem: MaximumEntropy
  /// -1 for rows that bound from below: all are E s f == s b or E s f <= s b.
  let signs: [Double]

  private static let theta = 0x1p-46

  /// A margin by which a combination of rows exceeds its bound everywhere, also when all numbers of the rows are off by
  /// 2^-46 of their size; nil without a proof.
  func margin(_ y: [Double], guess: Double) -> Double? {
    guard guess > 0 else { return nil }
    var row: OutcomeFormula?
    var level = 0.0
    var size = 0.0
    for (k, moment) in problem.moments.enumerated() where y[k] != 0 {
      guard let formula = moment.function.formula, formula.isShort else { return nil }
      // y f - theta |y f|.
      let factor = y[k] * signs[k]
      let term = OutcomeFormula.minimum(
        (factor * (1 - MomentProof.theta)) * formula, (factor * (1 + MomentProof.theta)) * formula)
      row = row.map { $0 + term } ?? term
      level += y[k] * signs[k] * moment.bound
      size += abs(y[k] * moment.bound)
    }
    guard let row else { return nil }
    level += 1.1 * MomentProof.theta * size
    for share in [0.9, 0.5, 1e-2] where row.exceeds(level + share * guess, from: problem.from, to: problem.to)
    {
      return share * guess
    }
    return nil
  }

  /// Whether no multipliers make the normaliser finite.
  var hasNoFiniteNormaliser: Bool {
    var ends: [Interval] = []
    if problem.to == .infinity { ends.append(Interval(max(100, 2 * problem.from), .infinity)) }
    if problem.from == -.infinity { ends.append(Interval(-.infinity, min(-100, 2 * problem.to))) }
    guard !ends.isEmpty, problem.moments.count <= 8 else { return false }
    func upper(_ function: PointFunction?, _ factor: Double, _ end: Interval) -> Bool {
      guard let function else { return true }
      guard let formula = function.formula else { return false }
      return (factor * formula).bounds(end).map { $0.upper < .infinity } ?? false
    }
    // At every end: whether the cost and each row with each sign stay below a number.
    let table = ends.map { end in
      (
        cost: upper(problem.cost, 1, end),
        rows: problem.moments.indices.map { k in
          [1.0, -1].map { upper(problem.moments[k].function, $0 * signs[k], end) }
        }
      )
    }
    for pattern in 0..<(1 << problem.moments.count) {
      let turned = problem.moments.indices.map { pattern >> $0 & 1 == 1 }
      // Multipliers of bounds are not negative.
      if problem.moments.indices.contains(where: { turned[$0] && problem.moments[$0].relation != .equal }) {
        continue
      }
      let isOpen = table.contains { end in
        end.cost && problem.moments.indices.allSatisfy { end.rows[$0][turned[$0] ? 1 : 0] }
      }
      if !isOpen { return false }
    }
    return true
  }
}
