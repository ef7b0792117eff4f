import EntropicNumerics

// Operators and elementwise functions. Degrees: constant 0, affine 1, anything else 2.

private func broadcast(_ a: Expression, _ b: Expression, _ what: String) -> Result<Shape, ProblemError> {
  let (s, t) = (a.shape, b.shape)
  if s == t || t.isEmpty { return .success(s) }
  if s.isEmpty { return .success(t) }
  if s.count == 1, t.count == 2 || t.count == 1 && s.count == 2 {
    return .failure(
      ProblemError(
        .shape, "\(what) of a vector and a matrix (shapes \(s) and \(t))",
        hint: "diag(v) @ M scales the rows of M"))
  }
  if s.count == 2, t.count == 1 {
    return .failure(
      ProblemError(
        .shape, "\(what) of a matrix and a vector (shapes \(s) and \(t))",
        hint: "diag(v) @ M scales the rows of M"))
  }
  return .failure(
    ProblemError(.shape, "\(what) of different shapes (expected \(s), found \(t))"))
}

extension Expression {
  private static func elementwise(
    _ operation: Operation, _ a: Expression, _ b: Expression, _ what: String, degree: Int
  ) -> Expression {
    switch broadcast(a, b, what) {
    case .success(let shape): apply(operation, [a, b], shape: shape, degree: degree)
    case .failure(let error): failed(error, a)
    }
  }

  public static func + (a: Expression, b: Expression) -> Expression {
    if let c = a.constant, c.isScalar, c.values[0] == 0 { return b }
    if let c = b.constant, c.isScalar, c.values[0] == 0 { return a }
    return elementwise(.add, a, b, "sum", degree: max(a.degree, b.degree))
  }

  public static prefix func - (a: Expression) -> Expression { scaled(a, by: -1) }
  public static prefix func + (a: Expression) -> Expression { a }
  public static func - (a: Expression, b: Expression) -> Expression { a + scaled(b, by: -1) }

  static func scaled(_ a: Expression, by c: Double) -> Expression {
    if c == 1 { return a }
    return apply(.scale(c), [a], shape: a.shape, degree: a.degree)
  }

  public static func * (a: Expression, b: Expression) -> Expression {
    if let c = a.constant, c.isScalar, c.values[0].isFinite { return scaled(b, by: c.values[0]) }
    if let c = b.constant, c.isScalar, c.values[0].isFinite { return scaled(a, by: c.values[0]) }
    let degrees = (a.degree, b.degree)
    let degree = degrees.0 == 0 || degrees.1 == 0 ? max(degrees.0, degrees.1) : 2
    return elementwise(.multiply, a, b, "product", degree: degree)
  }

  public static func / (a: Expression, b: Expression) -> Expression {
    if let c = b.constant, c.isScalar, c.values[0] != 0 {
      return apply(.divide, [a, b], shape: a.shape, degree: a.degree)
    }
    return elementwise(
      .divide, a, b, "quotient", degree: b.degree == 0 ? a.degree : 2)
  }

  /// Elementwise power with a constant exponent.
  public func power(_ exponent: Double) -> Expression {
    if exponent == 1 { return self }
    if exponent == 0 { return Expression(Tensor(shape: shape, values: [Double](repeating: 1, count: count))) }
    return Expression.apply(
      .power(exponent), [self], shape: shape, degree: self.degree == 0 ? 0 : 2)
  }

  public var squared: Expression { power(2) }

  private static func unary(_ operation: Operation, _ a: Expression) -> Expression {
    apply(operation, [a], shape: a.shape, degree: a.degree == 0 ? 0 : 2)
  }

  static func logarithm(_ a: Expression) -> Expression { unary(.log, a) }
  static func exponential(_ a: Expression) -> Expression { unary(.exp, a) }
  static func absoluteValue(_ a: Expression) -> Expression { unary(.absolute, a) }

  static func reduction(_ operation: Operation, _ a: Expression, affine: Bool = false) -> Expression {
    let degree = a.degree == 0 ? 0 : (affine ? a.degree : 2)
    return apply(operation, [a], shape: [], degree: degree)
  }

  /// A constant linear map of the flattened argument.
  static func mapped(_ a: Expression, _ matrix: SparseMatrix, shape: Shape) -> Expression {
    apply(.linear(matrix), [a], shape: shape, degree: a.degree)
  }

  /// Picks entries of the flattened argument.
  static func gathered(_ a: Expression, _ indices: [Int], shape: Shape) -> Expression {
    let n = indices.count
    return mapped(
      a,
      SparseMatrix(
        rows: n, columns: a.count, rowStart: Array(0...n), column: indices,
        value: [Double](repeating: 1, count: n)), shape: shape)
  }

  /// Inner product of vectors, matrix times vector, vector times matrix, matrix times matrix.
  public static func matrixProduct(_ a: Expression, _ b: Expression) -> Expression {
    let (s, t) = (a.shape, b.shape)
    guard !s.isEmpty, !t.isEmpty else {
      return failed(
        ProblemError(
          .shape, "'@' needs vectors or matrices (shapes \(s) and \(t))", hint: "use * with a scalar"), a)
    }
    guard s.count <= 2, t.count <= 2, s[s.count - 1] == t[0] else {
      return failed(
        ProblemError(
          .shape,
          "'@' of shapes \(s) and \(t): inner sizes differ (expected \(s[s.count - 1]), found \(t[0]))"), a)
    }
    let shape = Array(s.dropLast()) + Array(t.dropFirst())
    let degrees = (a.degree, b.degree)
    let degree = degrees.0 == 0 || degrees.1 == 0 ? max(degrees.0, degrees.1) : 2
    return apply(.matrixProduct, [a, b], shape: shape, degree: degree)
  }

  /// The transpose of a matrix; a vector stays what it is.
  public var transposed: Expression {
    guard shape.count == 2 else { return self }
    let (m, n) = (shape[0], shape[1])
    return Expression.gathered(
      self, (0..<m * n).map { ($0 % m) * n + $0 / m }, shape: [n, m])
  }
}

/// Elementwise functions and reductions of expressions.
public func log(_ x: Expression) -> Expression { .logarithm(x) }
public func exp(_ x: Expression) -> Expression { .exponential(x) }
public func sqrt(_ x: Expression) -> Expression { x.power(0.5) }
public func abs(_ x: Expression) -> Expression { .absoluteValue(x) }
public func sum(_ x: Expression) -> Expression { .reduction(.sum, x, affine: true) }
public func product(_ x: Expression) -> Expression { .reduction(.product, x) }
public func mean(_ x: Expression) -> Expression { sum(x) / Expression(Double(max(x.count, 1))) }
/// The largest entry.
public func max(_ x: Expression) -> Expression { .reduction(.maximum, x) }
/// The least entry.
public func min(_ x: Expression) -> Expression { -max(-x) }
public func norm1(_ x: Expression) -> Expression { sum(abs(x)) }
public func norm2(_ x: Expression) -> Expression { .reduction(.norm, x) }
public func normInfinity(_ x: Expression) -> Expression { max(abs(x)) }
public func logSumExp(_ x: Expression) -> Expression { .reduction(.logSumExp, x) }

/// The elementwise maximum.
public func max(_ first: Expression, _ rest: Expression...) -> Expression { maximum(of: [first] + rest) }

/// The elementwise minimum.
public func min(_ first: Expression, _ rest: Expression...) -> Expression {
  -maximum(of: ([first] + rest).map { -$0 })
}

/// The elementwise maximum of several arguments of one shape, scalars among them.
public func maximum(of arguments: [Expression]) -> Expression {
  if arguments.count == 1 { return max(arguments[0]) }
  var shape: Shape = []
  for argument in arguments where !argument.shape.isEmpty {
    if shape.isEmpty {
      shape = argument.shape
    } else if shape != argument.shape {
      return .failed(
        ProblemError(.shape, "maximum of different shapes (expected \(shape), found \(argument.shape))"),
        argument)
    }
  }
  let degree = arguments.allSatisfy { $0.degree == 0 } ? 0 : 2
  return .apply(.maximumOf, arguments, shape: shape, degree: degree)
}

extension Expression {
  /// A reduction along one axis of a matrix: `keeping` 0 gives one number a row, 1 one a column.
  public func reduced(
    keeping axis: Int, _ reduce: (Expression) -> Expression
  ) -> Expression {
    guard shape.count == 2 else {
      return .failed(ProblemError(.shape, "an axis needs a matrix (shape \(shape))"), self)
    }
    let (m, n) = (shape[0], shape[1])
    let lines = (0..<shape[axis]).map { line -> Expression in
      let indices = axis == 0 ? (0..<n).map { line * n + $0 } : (0..<m).map { $0 * n + line }
      return reduce(.gathered(self, indices, shape: [indices.count]))
    }
    return Expression.stacked(lines)
  }

  /// Sums over the other axis, as one linear map.
  public func sums(keeping axis: Int) -> Expression { marginal(keeping: [axis]) }

  /// The sums over all axes but the kept ones, in the order of the axes.
  public func marginal(keeping axes: [Int]) -> Expression {
    guard !axes.isEmpty, axes.allSatisfy({ $0 >= 0 && $0 < shape.count }), Set(axes).count == axes.count
    else {
      return .failed(
        ProblemError(.argument, "no such axis: \(axes.map { $0 + 1 }) of shape \(shape)"), self)
    }
    let kept = axes.sorted()
    let result = kept.map { shape[$0] }
    var rows = [SparseRow](repeating: [], count: result.reduce(1, *))
    for i in 0..<count {
      var rest = i
      var index = [Int](repeating: 0, count: shape.count)
      for axis in stride(from: shape.count - 1, through: 0, by: -1) {
        index[axis] = rest % shape[axis]
        rest /= shape[axis]
      }
      let target = kept.reduce(0) { $0 * shape[$1] + index[$1] }
      rows[target].append((i, 1))
    }
    return .mapped(self, SparseMatrix(columns: count, rows: rows), shape: result)
  }

  /// Scalars side by side as a vector.
  public static func stacked(_ parts: [Expression]) -> Expression {
    guard let first = parts.first else { return Expression(Tensor([])) }
    if parts.allSatisfy({ $0.constant != nil }) {
      return Expression(Tensor(parts.flatMap { $0.constant?.values ?? [] }))
    }
    // Each part is placed by a linear map and the places are added.
    let total = parts.reduce(0) { $0 + $1.count }
    var result: Expression?
    var offset = 0
    for part in parts {
      let n = part.count
      var rows = [SparseRow](repeating: [], count: total)
      for i in 0..<n { rows[offset + i] = [(i, 1)] }
      let placed = mapped(part, SparseMatrix(columns: n, rows: rows), shape: [total])
      result = result.map { $0 + placed } ?? placed
      offset += n
    }
    return result ?? first
  }

  /// The entry at a place counted from 0, in flat order.
  public subscript(flat index: Int) -> Expression { .gathered(self, [index], shape: []) }

  public subscript(_ index: Int) -> Expression {
    guard shape.count == 1, index >= 0, index < count else {
      return .failed(
        ProblemError(.shape, "index \(index) of shape \(shape)", hint: "Swift indices count from 0"), self)
    }
    return self[flat: index]
  }

  public subscript(_ row: Int, _ column: Int) -> Expression {
    guard shape.count == 2, row >= 0, row < shape[0], column >= 0, column < shape[1] else {
      return .failed(
        ProblemError(
          .shape, "index (\(row), \(column)) of shape \(shape)", hint: "Swift indices count from 0"), self)
    }
    return self[flat: row * shape[1] + column]
  }

  /// Entries picked by flat indices, with a new shape.
  public func selected(_ indices: [Int], shape: Shape) -> Expression {
    .gathered(self, indices, shape: shape)
  }

  /// The same entries with another shape.
  public func reshaped(_ shape: Shape) -> Expression {
    guard shape.reduce(1, *) == count else {
      return .failed(ProblemError(.shape, "cannot reshape \(self.shape) to \(shape)"), self)
    }
    return .gathered(self, Array(0..<count), shape: shape)
  }
}
