import EntropicNumerics

/// Values and gradients of expressions: a flat tape of vector operations, forward and reverse.
///
/// A gradient costs at most four evaluations: each reverse rule is one pass over the same arrays. Values are extended
/// reals with 0 log 0 = 0.
public struct Evaluation: Sendable {
  /// Reachable nodes in the order of the arena, and where the arguments of each stand in this list.
  private let tape: [(node: Node, arguments: [Int])]
  /// Positions of the unknowns.
  private let leaves: [(unknown: Unknown, position: Int)]

  /// The tape of a scalar or array expression.
  public init(_ expression: Expression) {
    let nodes = expression.graph.nodes
    var needed = [Bool](repeating: false, count: expression.index + 1)
    needed[expression.index] = true
    for i in stride(from: expression.index, through: 0, by: -1) where needed[i] {
      for a in nodes[i].arguments { needed[a] = true }
    }
    var position = [Int](repeating: -1, count: expression.index + 1)
    var tape: [(node: Node, arguments: [Int])] = []
    var leaves: [(unknown: Unknown, position: Int)] = []
    for i in 0...expression.index where needed[i] {
      position[i] = tape.count
      if case .unknown(let unknown) = nodes[i].operation { leaves.append((unknown, tape.count)) }
      tape.append((nodes[i], nodes[i].arguments.map { position[$0] }))
    }
    self.tape = tape
    self.leaves = leaves
  }

  public var unknowns: [Unknown] { leaves.map(\.unknown) }

  /// The formula as text without names: operations, constants and the order of the unknowns.
  var signature: String {
    tape.map { entry in
      if case .unknown(let unknown) = entry.node.operation { return "unknown \(unknown.shape)" }
      return "\(entry.node.operation) \(entry.arguments)"
    }.joined(separator: ";")
  }

  /// The value where the unknowns have the given masses, listed in the order of `unknowns`.
  public func value(_ masses: [[Double]]) -> [Double] { forward(masses).last ?? [] }

  /// Value and gradient of a scalar expression.
  public func gradient(_ masses: [[Double]]) -> (value: Double, gradient: [[Double]]) {
    let values = forward(masses)
    var adjoint = [[Double]](repeating: [], count: tape.count)
    adjoint[tape.count - 1] = [1]
    for t in stride(from: tape.count - 1, through: 0, by: -1) where !adjoint[t].isEmpty {
      let (node, arguments) = tape[t]
      if node.degree == 0 { continue }
      for (k, a) in arguments.enumerated() where tape[a].node.degree > 0 {
        let part = Evaluation.pullback(
          node, k, arguments.map { values[$0] }, arguments.map { tape[$0].node.shape }, values[t], adjoint[t])
        if adjoint[a].isEmpty {
          adjoint[a] = part
        } else if !part.isEmpty {
          Kernel.axpy(1, part, into: &adjoint[a])
        }
      }
    }
    let gradient = leaves.map { leaf in
      adjoint[leaf.position].isEmpty
        ? [Double](repeating: 0, count: leaf.unknown.count) : adjoint[leaf.position]
    }
    return (values.last?.first ?? 0, gradient)
  }

  private func forward(_ masses: [[Double]]) -> [[Double]] {
    var values = [[Double]](repeating: [], count: tape.count)
    var next = 0
    for (t, entry) in tape.enumerated() {
      switch entry.node.operation {
      case .constant(let tensor): values[t] = tensor.values
      case .unknown:
        values[t] = masses[next]
        next += 1
      default:
        values[t] = Evaluation.apply(
          entry.node.operation,
          entry.arguments.map { Tensor(shape: tape[$0].node.shape, values: values[$0]) },
          shape: entry.node.shape)
      }
    }
    return values
  }

  /// The value of one operation.
  static func apply(_ operation: Operation, _ arguments: [Tensor], shape: Shape) -> [Double] {
    let count = shape.reduce(1, *)
    func pick(_ k: Int, _ i: Int) -> Double {
      arguments[k].count == 1 ? arguments[k].values[0] : arguments[k].values[i]
    }
    func map(_ f: (Double) -> Double) -> [Double] { arguments[0].values.map(f) }
    switch operation {
    case .constant(let tensor): return tensor.values
    case .unknown: return []
    case .add: return (0..<count).map { pick(0, $0) + pick(1, $0) }
    case .scale(let c): return map { c * $0 }
    case .multiply: return (0..<count).map { Evaluation.product(pick(0, $0), pick(1, $0)) }
    case .divide:
      return (0..<count).map { i in
        let a = pick(0, i)
        // A term whose constant coefficient is 0 is dropped: v / p with v = 0.
        return a == 0 ? 0 : a / pick(1, i)
      }
    case .log:
      return Kernel.log(arguments[0].values)
    case .exp: return Kernel.exp(arguments[0].values)
    case .absolute: return map { abs($0) }
    case .power(let a): return map { a == 2 ? $0 * $0 : (a == 0.5 ? $0.squareRoot() : Scalar.pow($0, a)) }
    case .perspective(let a):
      return (0..<count).map { Outer.sign(a) * Scalar.perspective(a, 1, pick(0, $0), pick(1, $0)) }
    case .matrixProduct: return Evaluation.matrixProduct(arguments[0], arguments[1])
    case .linear(let matrix): return LinearMap.sparse(matrix).apply(arguments[0].values)
    case .sum: return [Kernel.compensatedSum(arguments[0].values)]
    case .product: return [arguments[0].values.reduce(1, *)]
    case .maximum: return [arguments[0].values.max() ?? -.infinity]
    case .maximumOf:
      return (0..<count).map { i in
        arguments.indices.reduce(-Double.infinity) { max($0, pick($1, i)) }
      }
    case .logSumExp: return [Kernel.logSumExp(arguments[0].values)]
    case .norm: return [Outer.norm.value(arguments[0].values).value]
    case .information(let regressors):
      return regressors.gram(weights: arguments[0].values).elements
    case .logDeterminant:
      guard let factor = Cholesky(arguments[0].matrix) else { return [-.infinity] }
      return [factor.logDeterminant]
    case .traceInverse:
      let m = arguments[0].matrix
      guard let factor = Cholesky(m) else { return [.infinity] }
      let inverse = factor.solve(columnsOf: .identity(m.rows))
      return [(0..<m.rows).reduce(0) { $0 + inverse[$1, $1] }]
    case .smallestEigenvalue: return [SymmetricEigen(arguments[0].matrix)?.values.first ?? .nan]
    case .lawRisk(let losses, let level):
      return [Risk.tailMean(of: losses, law: arguments[0].values, level: level).value]
    case .lossRisk(let law, let level):
      return [Risk.tailMean(of: arguments[0].values, law: law, level: level).value]
    }
  }

  /// a b with 0 times infinity = 0, for 0 log 0.
  static func product(_ a: Double, _ b: Double) -> Double { a == 0 || b == 0 ? 0 : a * b }

  static func matrixProduct(_ a: Tensor, _ b: Tensor) -> [Double] {
    switch (a.shape.count, b.shape.count) {
    case (1, 1): return [Kernel.compensatedDot(a.values, b.values)]
    case (2, 1): return LinearMap.dense(a.matrix, firstColumn: 0, columns: b.count).apply(b.values)
    case (1, 2): return b.matrix.transposedTimes(a.values)
    default: return a.matrix.times(b.matrix).elements
    }
  }

  /// The adjoint of argument k.
  private static func pullback(
    _ node: Node, _ k: Int, _ values: [[Double]], _ shapes: [Shape], _ result: [Double], _ bar: [Double]
  ) -> [Double] {
    let x = values[k]
    let count = bar.count
    func pick(_ j: Int, _ i: Int) -> Double { values[j].count == 1 ? values[j][0] : values[j][i] }
    /// Sums over a broadcast scalar.
    func reduce(_ f: (Int) -> Double) -> [Double] {
      let all = (0..<count).map(f)
      return x.count == 1 && count != 1 ? [Kernel.sum(all)] : all
    }
    switch node.operation {
    case .constant, .unknown: return []
    case .add: return x.count == count ? bar : [Kernel.sum(bar)]
    case .scale(let c): return bar.map { c * $0 }
    case .multiply:
      let other = values[1 - k]
      if other.count == 1 { return reduce { product(bar[$0], other[0]) } }
      return reduce { product(bar[$0], other[$0]) }
    case .divide:
      return k == 0
        ? reduce { bar[$0] / pick(1, $0) }
        : reduce { -product(bar[$0] * pick(0, $0) / pick(1, $0), 1 / pick(1, $0)) }
    case .log: return (0..<count).map { bar[$0] / max(x[$0], Scalar.tiny) }
    case .exp: return (0..<count).map { bar[$0] * result[$0] }
    case .absolute: return (0..<count).map { bar[$0] * (x[$0] > 0 ? 1 : (x[$0] < 0 ? -1 : 0)) }
    case .power(2): return (0..<count).map { 2 * bar[$0] * x[$0] }
    case .power(0.5): return (0..<count).map { 0.5 * bar[$0] / max(x[$0], Scalar.tiny).squareRoot() }
    case .power(let a):
      return (0..<count).map { bar[$0] * a * Scalar.pow(a < 1 ? max(x[$0], Scalar.tiny) : x[$0], a - 1) }
    case .perspective(let a):
      return reduce { i in
        let ratio = max(pick(0, i), Scalar.tiny) / max(pick(1, i), Scalar.tiny)
        return bar[i] * (k == 0 ? a * Scalar.pow(ratio, a - 1) : (1 - a) * Scalar.pow(ratio, a))
      }
    case .matrixProduct:
      switch (shapes[0].count, shapes[1].count) {
      case (1, 1): return values[1 - k].map { $0 * bar[0] }
      case (2, 1):
        let m = Matrix(rows: shapes[0][0], columns: shapes[0][1], elements: values[0])
        if k == 1 { return m.transposedTimes(bar) }
        return (0..<m.rows).flatMap { i in values[1].map { $0 * bar[i] } }
      case (1, 2):
        let m = Matrix(rows: shapes[1][0], columns: shapes[1][1], elements: values[1])
        if k == 0 { return m.times(bar) }
        return values[0].flatMap { a in bar.map { a * $0 } }
      default:
        let a = Matrix(rows: shapes[0][0], columns: shapes[0][1], elements: values[0])
        let b = Matrix(rows: shapes[1][0], columns: shapes[1][1], elements: values[1])
        let c = Matrix(rows: a.rows, columns: b.columns, elements: bar)
        return k == 0 ? c.times(b.transposed()).elements : a.transposed().times(c).elements
      }
    case .linear(let matrix):
      var out = [Double](repeating: 0, count: matrix.columns)
      LinearMap.sparse(matrix).addTransposed(bar, to: &out)
      return out
    case .sum: return [Double](repeating: bar[0], count: x.count)
    case .product:
      // The product of the others: of those before times those behind.
      var others = [Double](repeating: bar[0], count: x.count)
      var before = 1.0
      var behind = 1.0
      for i in x.indices {
        others[i] *= before
        before *= x[i]
      }
      for i in x.indices.reversed() {
        others[i] *= behind
        behind *= x[i]
      }
      return others
    case .maximum: return Outer.maximiser(x, caps: nil).map { $0 * bar[0] }
    case .maximumOf:
      return reduce { i in
        let first = values.indices.first { pick($0, i) == result[i] }
        return first == k ? bar[i] : 0
      }
    case .logSumExp: return Kernel.softmax(x).probabilities.map { $0 * bar[0] }
    case .norm: return x.map { result[0] > 0 ? bar[0] * $0 / result[0] : 0 }
    case .information(let regressors):
      let d = regressors.columns
      return (0..<regressors.rows).map { i in
        var s = 0.0
        for a in 0..<d {
          for b in 0..<d { s += regressors[i, a] * bar[a * d + b] * regressors[i, b] }
        }
        return s
      }
    case .logDeterminant:
      let d = shapes[0][0]
      guard let factor = Cholesky(Matrix(rows: d, columns: d, elements: x)) else {
        return [Double](repeating: .infinity, count: x.count)
      }
      return factor.solve(columnsOf: .identity(d)).elements.map { $0 * bar[0] }
    case .traceInverse:
      let d = shapes[0][0]
      guard let factor = Cholesky(Matrix(rows: d, columns: d, elements: x)) else {
        return [Double](repeating: -.infinity, count: x.count)
      }
      let inverse = factor.solve(columnsOf: .identity(d))
      return inverse.times(inverse).elements.map { -$0 * bar[0] }
    case .smallestEigenvalue:
      let d = shapes[0][0]
      guard let eigen = SymmetricEigen(Matrix(rows: d, columns: d, elements: x)) else { return [] }
      return (0..<d * d).map { bar[0] * eigen.vectors[$0 / d, 0] * eigen.vectors[$0 % d, 0] }
    case .lawRisk(let losses, let level):
      let threshold = Risk.tailMean(of: losses, law: x, level: level).threshold
      let tail = 1 - level
      // The envelope of threshold + sum p (loss - threshold)^+ / (1 - level) is taken at the quantile.
      return losses.map { bar[0] * (max($0 - threshold, 0) / tail + threshold) }
    case .lossRisk(let law, let level):
      return Outer.maximiser(x, caps: law.map { $0 / (1 - level) }).map { $0 * bar[0] }
    }
  }
}

/// Conditional value at risk on finite laws.
enum Risk {
  /// The mean of the worst 1 - level of the losses, and the quantile it starts from.
  ///
  ///     CVaR = min_eta eta sum p + sum p_i (loss_i - eta)^+ / (1 - level)       (R. Rockafellar, S. Uryasev, 2000)
  static func tailMean(
    of losses: [Double], law: [Double], level: Double
  ) -> (value: Double, threshold: Double) {
    let tail = (1 - level) * Kernel.compensatedSum(law)
    var rest = tail
    var terms: [Double] = []
    var threshold = losses.min() ?? 0
    for i in losses.indices.sorted(by: { losses[$0] > losses[$1] || (losses[$0] == losses[$1] && $0 < $1) }) {
      let mass = min(law[i], rest)
      terms.append(mass * losses[i])
      rest -= mass
      if rest <= 0 {
        threshold = losses[i]
        break
      }
    }
    return (Kernel.compensatedSum(terms) / (1 - level), threshold)
  }
}
