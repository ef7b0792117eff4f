import EntropicNumerics

// Atoms on distributions, in nats. Each is spelled out in primitive operations, so that every spelling of a formula
// meets the canonical form on the same way.

private func sameCount(_ a: Expression, _ b: Expression, _ name: String) -> ProblemError? {
  if a.shape == b.shape || (a.count == b.count && (a.shape.count == 1 || b.shape.count == 1)) { return nil }
  return ProblemError(.shape, "\(name): wrong number of entries (expected \(a.count), found \(b.count))")
}

/// sum_i p_i f_i, the mean of f under p. f has one entry an outcome.
public func expect(_ p: some Formula, _ f: some Formula) -> Expression {
  let (p, f) = (p.expression, f.expression)
  if f.isScalar { return f * sum(p) }
  if let error = sameCount(p, f, "expect") { return .failed(error, p) }
  return sum(p * (f.shape == p.shape ? f : f.reshaped(p.shape)))
}

/// The mean of f under p given that one of the listed outcomes, counted from 0, occurs: a ratio of two linear forms.
///
///     E_p[f | A] = sum_{i in A} p_i f_i / sum_{i in A} p_i
///
/// In a constraint, E_p[f | A] <= c is the linear row sum_{i in A} p_i (f_i - c) <= 0. It has no place in an objective.
public func expect(_ p: some Formula, _ f: some Formula, given outcomes: [Int]) -> Expression {
  let (p, f) = (p.expression, f.expression)
  let total = probability(p, of: outcomes)
  if outcomes.isEmpty {
    return .failed(ProblemError(.argument, "expect: the condition holds for no outcome"), p)
  }
  if f.isScalar { return f }
  if let error = sameCount(p, f, "expect") { return .failed(error, p) }
  let n = outcomes.count
  let part = Expression.gathered(p, outcomes, shape: [n]) * Expression.gathered(f, outcomes, shape: [n])
  return sum(part) / total
}

/// The laws of the other axis of a joint law given each entry of `axis`, 0 for rows and 1 for columns: a channel, one
/// law a row.
///
///     conditional(P, 0)_ij = P_ij / sum_k P_ik        conditional(P, 1)_ji = P_ij / sum_k P_kj
///
/// Its entries and their sums may be bounded by constants in constraints, which then are linear rows. A row of P
/// without mass has no law; its constraints hold. Cost: O(n m) for the ratios of an n by m law.
public func conditional(_ joint: some Formula, _ axis: Int) -> Expression {
  let p = joint.expression
  guard p.shape.count == 2, axis == 0 || axis == 1 else {
    return .failed(
      ProblemError(
        .shape, "conditional: axis \(axis) of shape \(p.shape) (expected axis 0 or 1 of a matrix)"), p)
  }
  let laws = axis == 0 ? p : p.transposed
  let width = laws.shape[1]
  let totals = p.marginal(keeping: [axis])
  return laws / .gathered(totals, (0..<laws.count).map { $0 / width }, shape: laws.shape)
}

/// sum p x^2 - (sum p x)^2, concave in p. Constant x are centred first where that is exact.
public func variance(_ p: some Formula, _ x: some Formula) -> Expression {
  let original = x.expression
  let x = centred(original)
  return .atom("variance", [p.expression, original], expect(p, x * x) - expect(p, x).squared)
}

/// x minus the middle of its range, when x is constant and far from 0 and every difference is exact: variances do not
/// depend on the origin, but x^2 - m^2 loses what x has in common with it.
private func centred(_ x: Expression) -> Expression {
  guard let tensor = x.constant, let low = tensor.values.min(), let high = tensor.values.max() else {
    return x
  }
  let middle = low + (high - low) / 2
  guard middle.isFinite, abs(middle) > 4 * (high - low) else { return x }
  let moved = tensor.values.map { $0 - middle }
  // Numbers within a factor of 2 of each other have exact differences (Sterbenz).
  guard tensor.values.allSatisfy({ $0 / middle > 0.5 && $0 / middle < 2 }) else { return x }
  return Expression(Tensor(shape: tensor.shape, values: moved))
}

/// The matrix sum p_i x_i x_i' - m m' of the rows x_i of X, m their mean.
public func covariance(_ p: some Formula, _ x: Matrix) -> Expression {
  let p = p.expression
  guard p.count == x.rows else {
    return .failed(
      ProblemError(.shape, "covariance: wrong number of rows (expected \(p.count), found \(x.rows))"), p)
  }
  let mean = Expression.matrixProduct(p.reshaped([p.count]), Expression(x))
  let d = x.columns
  let rows = Expression.gathered(mean, (0..<d * d).map { $0 / d }, shape: [d, d])
  let columns = Expression.gathered(mean, (0..<d * d).map { $0 % d }, shape: [d, d])
  return .atom("covariance", [p, Expression(x)], informationMatrix(p, x) - rows * columns)
}

/// The covariance of two value lists.
public func covariance(_ p: some Formula, _ x: some Formula, _ y: some Formula) -> Expression {
  let (x, y) = (centred(x.expression), centred(y.expression))
  return .atom("covariance", [p.expression, x, y], expect(p, x * y) - expect(p, x) * expect(p, y))
}

/// The mass of the outcomes that are listed, counted from 0.
public func probability(_ p: some Formula, of outcomes: [Int]) -> Expression {
  let p = p.expression
  guard outcomes.allSatisfy({ $0 >= 0 && $0 < p.count }) else {
    return .failed(ProblemError(.argument, "probability: no such outcome in \(p.count)"), p)
  }
  return sum(.gathered(p, outcomes, shape: [outcomes.count]))
}

/// Cumulative sums in the listed order.
public func cdf(_ p: some Formula) -> Expression {
  let p = p.expression
  let rows = (0..<p.count).map { i in (0...i).map { (column: $0, value: 1.0) } }
  return .mapped(p, SparseMatrix(columns: p.count, rows: rows), shape: p.shape)
}

/// The marginal on the kept axes, counted from 0.
public func marginal(_ p: some Formula, _ axes: Int...) -> Expression {
  p.expression.marginal(keeping: axes)
}

/// -sum p log p
public func entropy(_ p: some Formula) -> Expression {
  let p = p.expression
  return .atom("entropy", [p], -sum(p * log(p)))
}

/// sum p log(p / q), without correction of mass.
public func kl(_ p: some Formula, _ q: some Formula) -> Expression {
  let (p, q) = (p.expression, q.expression)
  if let error = sameCount(p, q, "kl") { return .failed(error, p) }
  return .atom("kl", [p, q], sum(p * log(p) - p * log(q.reshaped(p.shape))))
}

/// -sum p log q
public func crossEntropy(_ p: some Formula, _ q: some Formula) -> Expression {
  let (p, q) = (p.expression, q.expression)
  if let error = sameCount(p, q, "cross_entropy") { return .failed(error, p) }
  return .atom("cross_entropy", [p, q], -sum(p * log(q.reshaped(p.shape))))
}

/// I of a joint law: sum P log P - sum r log r - sum c log c with the marginals r, c.
public func mutualInformation(_ joint: some Formula) -> Expression {
  let p = joint.expression
  guard p.shape.count == 2 else {
    return .failed(ProblemError(.shape, "mutual_information needs a matrix (shape \(p.shape))"), p)
  }
  let r = p.marginal(keeping: [0])
  let c = p.marginal(keeping: [1])
  let total = sum(p)
  return .atom(
    "mutual_information", [p],
    sum(p * log(p)) - sum(r * log(r)) - sum(c * log(c)) + total * log(total))
}

/// I of an input law and a channel whose rows are the laws of the output: sum_x p_x W_xy log(W_xy / (p W)_y).
/// One of the two is constant.
public func mutualInformation(_ input: some Formula, _ channel: some Formula) -> Expression {
  let (p, w) = (input.expression, channel.expression)
  guard w.shape.count == 2, p.count == w.shape[0] else {
    return .failed(
      ProblemError(
        .shape, "mutual_information: \(p.count) inputs and a channel of shape \(w.shape)",
        hint: "rows of the channel are inputs"), p)
  }
  let output = Expression.matrixProduct(p.reshaped([p.count]), w)
  let rows = Expression.gathered(w * log(w), Array(0..<w.count), shape: w.shape).sums(keeping: 0)
  return .atom(
    "mutual_information", [p, w], sum(p.reshaped([p.count]) * rows) - sum(output * log(output)))
}

/// Half the relative entropies to the midpoint m = (p + q) / 2.
public func jensenShannon(_ p: some Formula, _ q: some Formula) -> Expression {
  let (p, q) = (p.expression, q.expression)
  if let error = sameCount(p, q, "jensen_shannon") { return .failed(error, p) }
  let r = q.reshaped(p.shape)
  let m = 0.5 * p + 0.5 * r
  return .atom(
    "jensen_shannon", [p, q], 0.5 * sum(p * log(p)) + 0.5 * sum(r * log(r)) - sum(m * log(m)))
}

/// log(sum p^order) / (1 - order); the limit 1 is the entropy.
public func renyi(_ p: some Formula, order: Double) -> Expression {
  let p = p.expression
  if let error = orderError(order, "renyi") { return .failed(error, p) }
  if order == 1 { return entropy(p) }
  // Far orders leave the range of numbers; n p is of the size of 1.
  let n = Double(p.count)
  if abs(1 - order) * Kernel.log(n) > Expression.farLogarithm {
    let rows = (0..<p.count).map { [(column: $0, value: n)] }
    let scaled = Expression.mapped(p, SparseMatrix(columns: p.count, rows: rows), shape: p.shape)
    return .atom(
      "renyi", [p, Expression(order)],
      (log(sum(scaled.power(order))) - order * Kernel.log(n)) / (1 - order))
  }
  return .atom("renyi", [p, Expression(order)], log(sum(p.power(order))) / (1 - order))
}

/// log(sum p^order q^(1 - order)) / (order - 1); the limit 1 is kl.
public func renyiDivergence(_ p: some Formula, _ q: some Formula, order: Double) -> Expression {
  let (p, q) = (p.expression, q.expression)
  if let error = orderError(order, "renyi_divergence") ?? sameCount(p, q, "renyi_divergence") {
    return .failed(error, p)
  }
  if order == 1 { return kl(p, q) }
  return .atom(
    "renyi_divergence", [p, q, Expression(order)],
    log(p.powerSum(order, q.reshaped(p.shape))) / (order - 1))
}

/// (1 - sum p^order) / (order - 1); the limit 1 is the entropy.
public func tsallis(_ p: some Formula, order: Double) -> Expression {
  let p = p.expression
  if let error = orderError(order, "tsallis") { return .failed(error, p) }
  if order == 1 { return entropy(p) }
  return .atom("tsallis", [p, Expression(order)], (1 - sum(p.power(order))) / (order - 1))
}

private func orderError(_ order: Double, _ name: String) -> ProblemError? {
  order.isFinite && order > 0
    ? nil : ProblemError(.argument, "\(name): the order is \(order) (expected a positive number)")
}

/// sum (p - q)^2 / q
public func chiSquared(_ p: some Formula, _ q: some Formula) -> Expression {
  let (p, q) = (p.expression, q.expression)
  if let error = sameCount(p, q, "chi_squared") { return .failed(error, p) }
  let r = q.reshaped(p.shape)
  return .atom("chi_squared", [p, q], p.powerSum(2, r) - 2 * sum(p) + sum(r))
}

/// 1 - sum sqrt(p q)
public func hellinger(_ p: some Formula, _ q: some Formula) -> Expression {
  let (p, q) = (p.expression, q.expression)
  if let error = sameCount(p, q, "hellinger") { return .failed(error, p) }
  return .atom("hellinger", [p, q], 1 - p.powerSum(0.5, q.reshaped(p.shape)))
}

/// sum |p - q| / 2
public func totalVariation(_ p: some Formula, _ q: some Formula) -> Expression {
  let (p, q) = (p.expression, q.expression)
  if let error = sameCount(p, q, "total_variation") { return .failed(error, p) }
  return .atom("total_variation", [p, q], 0.5 * sum(abs(p - q.reshaped(p.shape))))
}

/// (1 - sum p^a q^(1 - a)) / (a (1 - a)); the limits 0 and 1 are relative entropies.
public func alphaDivergence(_ p: some Formula, _ q: some Formula, _ a: Double) -> Expression {
  let (p, q) = (p.expression, q.expression)
  if let error = sameCount(p, q, "alpha_divergence") { return .failed(error, p) }
  if a == 1 { return kl(p, q) }
  if a == 0 { return kl(q, p) }
  return .atom(
    "alpha_divergence", [p, q, Expression(a)], (1 - p.powerSum(a, q.reshaped(p.shape))) / (a * (1 - a)))
}

/// sum w log u
public func logLikelihood(_ u: some Formula, _ weights: [Double]? = nil) -> Expression {
  let u = u.expression
  guard let weights else { return sum(log(u)) }
  if let error = sameCount(u, Expression(weights), "log_likelihood") { return .failed(error, u) }
  return sum(Expression(weights) * log(u))
}

/// sum_j w_j log sum_i exp(LL_ji) p_i for log-domain data: the largest entry of each row is taken out first.
public func logLikelihood(log logs: Matrix, _ p: some Formula, _ weights: [Double]? = nil) -> Expression {
  let w = weights ?? [Double](repeating: 1, count: logs.rows)
  var scaled = logs
  var shift = 0.0
  for j in 0..<logs.rows {
    let top = logs.row(j).max() ?? 0
    guard top > -.infinity else { continue }
    shift += w[j] * top
    for i in 0..<logs.columns { scaled[j, i] = Kernel.exp(logs[j, i] - top) }
  }
  for k in scaled.elements.indices where scaled.elements[k] == -.infinity { scaled.elements[k] = 0 }
  return logLikelihood(Expression.matrixProduct(Expression(scaled), p.expression), w) + Expression(shift)
}

/// |u|^2
public func sumSquares(_ u: some Formula) -> Expression {
  .atom("sum_squares", [u.expression], sum(u.expression.squared))
}

/// p' Q p
public func quadratic(_ p: some Formula, _ q: Matrix) -> Expression {
  let p = p.expression
  guard q.rows == p.count, q.columns == p.count else {
    return .failed(
      ProblemError(
        .shape,
        "quadratic: the matrix has shape [\(q.rows), \(q.columns)] (expected [\(p.count), \(p.count)])"), p)
  }
  let flat = p.shape.count == 1 ? p : p.reshaped([p.count])
  return .atom("quadratic", [p, Expression(q)], .matrixProduct(flat, .matrixProduct(Expression(q), flat)))
}

/// sum p_i x_i x_i' for the rows x_i of X.
public func informationMatrix(_ p: some Formula, _ x: Matrix) -> Expression {
  let p = p.expression
  guard p.count == x.rows else {
    return .failed(
      ProblemError(.shape, "information_matrix: wrong number of rows (expected \(p.count), found \(x.rows))"),
      p)
  }
  return .apply(.information(x), [p], shape: [x.columns, x.columns], degree: p.node.degree)
}

private func ofSquareMatrix(_ operation: Operation, _ m: Expression, _ name: String) -> Expression {
  guard m.shape.count == 2, m.shape[0] == m.shape[1] else {
    return .failed(ProblemError(.shape, "\(name) needs a square matrix (shape \(m.shape))"), m)
  }
  return .reduction(operation, m)
}

/// log det M
public func logdet(_ m: some Formula) -> Expression {
  ofSquareMatrix(.logDeterminant, m.expression, "logdet")
}
/// tr M^-1
public func traceInverse(_ m: some Formula) -> Expression {
  ofSquareMatrix(.traceInverse, m.expression, "trace_inverse")
}
/// The smallest eigenvalue.
public func lambdaMin(_ m: some Formula) -> Expression {
  ofSquareMatrix(.smallestEigenvalue, m.expression, "lambda_min")
}

/// The mean of the worst 1 - level of the losses: concave in an unknown law, convex in losses that hold an unknown.
///
/// Level 0 is the mean. Level 1, the limit, is the greatest loss among the outcomes of a constant law; as a function of an
/// unknown law it would jump wherever a mass vanishes, and is refused.
public func cvar(_ p: some Formula, _ loss: some Formula, level: Double) -> Expression {
  let (p, loss) = (p.expression, loss.expression)
  guard level >= 0, level < 1 || (level == 1 && p.isConstant) else {
    let range = p.isConstant ? "0 <= level <= 1" : "0 <= level < 1"
    return .failed(ProblemError(.argument, "cvar: the level is \(level) (expected \(range))"), p)
  }
  if let error = sameCount(p, loss, "cvar") { return .failed(error, p) }
  if level == 0, p.isConstant || loss.isConstant { return sum(p * loss) }
  if level == 1, let law = p.constant {
    let possible = law.values.indices.filter { law.values[$0] > 0 }
    guard !possible.isEmpty else {
      return .failed(ProblemError(.argument, "cvar: the law has no mass"), p)
    }
    return max(Expression.gathered(loss, possible, shape: [possible.count]))
  }
  if let losses = loss.constant {
    return .reduction(.lawRisk(losses: losses.values, level: level), p)
  }
  guard let law = p.constant else {
    return .failed(
      ProblemError(
        .unsupported, "cvar: the law and the losses both hold unknowns", hint: "one of them is constant"), p)
  }
  return .reduction(.lossRisk(law: law.values, level: level), loss)
}

extension Expression {
  /// Logarithms of coefficients from which on they are kept as factors of the masses, e^230 = 1e100.
  static let farLogarithm = 230.0

  /// sum p^a q^(1 - a). Coefficients q^(1 - a) that leave the range of numbers go inside the power, as q^((1 - a) / a).
  func powerSum(_ a: Double, _ q: Expression) -> Expression {
    guard let given = q.constant?.values, given.count == count,
      given.allSatisfy({ $0 >= 0 && $0 < .infinity }),
      given.contains(where: { $0 > 0 && Swift.abs((1 - a) * Kernel.log($0)) > Expression.farLogarithm })
    else { return sum(perspective(a, q)) }
    let factors = given.map { $0 > 0 ? Scalar.pow($0, (1 - a) / a) : 0 }
    guard zip(given, factors).allSatisfy({ $0 == 0 || $1 > 1e-280 && $1 < 1e280 }) else {
      return .failed(
        ProblemError(
          .domain, "the coefficients q^(1 - a) of order \(a) leave the range of numbers",
          hint: "an order nearer to 1, or masses q nearer to each other"), self)
    }
    let positive = given.indices.filter { given[$0] > 0 }
    let rows = positive.map { [(column: $0, value: factors[$0])] }
    let inner = Expression.mapped(self, SparseMatrix(columns: count, rows: rows), shape: [positive.count])
    let total = sum(inner.power(a))
    let zeros = given.indices.filter { given[$0] == 0 }
    if a < 1 || zeros.isEmpty { return total }
    // p^a / 0 forces p to 0.
    let forced = Expression.gathered(self, zeros, shape: [zeros.count])
    return total + sum(forced.perspective(a, Expression([Double](repeating: 0, count: zeros.count))))
  }

  /// Elementwise p^a q^(1 - a).
  func perspective(_ a: Double, _ q: Expression) -> Expression {
    let degree = node.degree == 0 && q.node.degree == 0 ? 0 : 2
    return .apply(.perspective(a), [self, q], shape: shape, degree: degree)
  }
}
