import EntropicNumerics

/// Which way masses go in the listed order.
public enum MonotoneOrder: String, Sendable, CaseIterable {
  case increasing, decreasing
}

/// Every mass is at least the one before it: p_1 <= p_2 <= ... <= p_n, or the other way round.
///
///     monotone(p)        p_(i+1) - p_i >= 0,  i = 1 ... n - 1
///
/// `p` is a vector of masses or an affine function of masses. The constraint has one sparse row for each pair of
/// neighbours; values and multipliers are reported as lists of n - 1 numbers. A projection onto this cone is the
/// isotonic regression of M. Ayer et al., Ann. Math. Statist. 26 (1955), doi:10.1214/aoms/1177728423.
public func monotone(_ p: some Formula, _ order: MonotoneOrder = .increasing) -> Constraint {
  let n = p.expression.count
  return neighbours(p.expression, "monotone", rising: order == .increasing ? max(n - 1, 0) : 0)
}

/// Masses that do not fall up to the outcome `mode`, counted from 0, and do not rise after it.
///
///     p_(i+1) - p_i >= 0 for i < mode,    p_i - p_(i+1) >= 0 for i >= mode
///
/// The last outcome as the mode gives `monotone(p)`, the first one `monotone(p, .decreasing)`.
public func unimodal(_ p: some Formula, at mode: Int) -> Constraint {
  let p = p.expression
  guard mode >= 0, mode < p.count else {
    let error = ProblemError(
      .argument, "unimodal: no outcome \(mode) (expected 0 to \(p.count - 1))", hint: "Swift counts from 0")
    return Constraint(Expression.failed(error, p), .atLeast, 0.0)
  }
  return neighbours(p, "unimodal", rising: mode)
}

/// Differences of neighbours, the first `rising` of them forwards and the others backwards, are not negative.
private func neighbours(_ p: Expression, _ name: String, rising: Int) -> Constraint {
  func refused(_ error: ProblemError) -> Constraint {
    Constraint(Expression.failed(error, p), .atLeast, 0.0)
  }
  guard p.shape.count == 1 else {
    return refused(
      ProblemError(
        .shape, "\(name) needs a vector (shape \(p.shape))",
        hint: "the rows of a matrix are vectors, as are its marginals"))
  }
  guard p.isAffine else {
    return refused(ProblemError(.unsupported, "\(name) needs masses or an affine function of them"))
  }
  let n = p.count
  guard n > 1 else { return Constraint(0.0, .atLeast, 0.0) }
  var column: [Int] = []
  var value: [Double] = []
  column.reserveCapacity(2 * n)
  value.reserveCapacity(2 * n)
  for i in 0..<n - 1 {
    column += [i, i + 1]
    value += i < rising ? [-1, 1] : [1, -1]
  }
  let differences = SparseMatrix(
    rows: n - 1, columns: n, rowStart: (0..<n).map { 2 * $0 }, column: column, value: value)
  return Constraint(Expression.mapped(p, differences, shape: [n - 1]), .atLeast, 0.0)
}
