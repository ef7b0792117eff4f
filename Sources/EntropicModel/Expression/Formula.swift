import EntropicNumerics

/// Whatever may stand in a formula: expressions, unknowns, numbers, lists, matrices.
public protocol Formula {
  var expression: Expression { get }
}

extension Expression: Formula {
  public var expression: Expression { self }
}
extension Unknown: Formula {
  public var expression: Expression { Expression(self) }
}
extension Double: Formula {
  public var expression: Expression { Expression(self) }
}
extension Int: Formula {
  public var expression: Expression { Expression(Double(self)) }
}
extension Array: Formula where Element == Double {
  public var expression: Expression { Expression(self) }
}
extension Matrix: Formula {
  public var expression: Expression { Expression(self) }
}

extension Unknown {
  /// The mass of an outcome, counted from 0.
  public subscript(_ index: Int) -> Expression { expression[index] }
  public subscript(_ row: Int, _ column: Int) -> Expression { expression[row, column] }
}

// Concrete overloads keep type checking of long formulas fast: no generic operator is ever considered.
extension Expression {
  public static func + (a: Expression, b: Double) -> Expression { a + Expression(b) }
  public static func + (a: Double, b: Expression) -> Expression { Expression(a) + b }
  public static func - (a: Expression, b: Double) -> Expression { a - Expression(b) }
  public static func - (a: Double, b: Expression) -> Expression { Expression(a) - b }
  public static func * (a: Double, b: Expression) -> Expression { Expression(a) * b }
  public static func * (a: Expression, b: Double) -> Expression { a * Expression(b) }
  public static func / (a: Expression, b: Double) -> Expression { a / Expression(b) }
}

// Lists of numbers, elementwise.
extension Expression {
  public static func + (a: Expression, b: [Double]) -> Expression { a + Expression(b) }
  public static func + (a: [Double], b: Expression) -> Expression { Expression(a) + b }
  public static func - (a: Expression, b: [Double]) -> Expression { a - Expression(b) }
  public static func - (a: [Double], b: Expression) -> Expression { Expression(a) - b }
  public static func * (a: [Double], b: Expression) -> Expression { Expression(a) * b }
  public static func * (a: Expression, b: [Double]) -> Expression { a * Expression(b) }
  public static func / (a: Expression, b: [Double]) -> Expression { a / Expression(b) }
}

// An unknown is an expression wherever one may stand.
extension Unknown {
  public static prefix func - (a: Unknown) -> Expression { -Expression(a) }
  public static func + (a: Unknown, b: Unknown) -> Expression { Expression(a) + Expression(b) }
  public static func + (a: Unknown, b: Expression) -> Expression { Expression(a) + b }
  public static func + (a: Expression, b: Unknown) -> Expression { a + Expression(b) }
  public static func + (a: Unknown, b: [Double]) -> Expression { Expression(a) + Expression(b) }
  public static func + (a: [Double], b: Unknown) -> Expression { Expression(a) + Expression(b) }
  public static func - (a: Unknown, b: Unknown) -> Expression { Expression(a) - Expression(b) }
  public static func - (a: Unknown, b: Expression) -> Expression { Expression(a) - b }
  public static func - (a: Expression, b: Unknown) -> Expression { a - Expression(b) }
  public static func - (a: Unknown, b: [Double]) -> Expression { Expression(a) - Expression(b) }
  public static func - (a: [Double], b: Unknown) -> Expression { Expression(a) - Expression(b) }
  public static func * (a: Double, b: Unknown) -> Expression { Expression(a) * Expression(b) }
  public static func * (a: Unknown, b: Double) -> Expression { Expression(a) * Expression(b) }
  public static func * (a: Unknown, b: Expression) -> Expression { Expression(a) * b }
  public static func * (a: Expression, b: Unknown) -> Expression { a * Expression(b) }
  public static func * (a: [Double], b: Unknown) -> Expression { Expression(a) * Expression(b) }
  public static func * (a: Unknown, b: [Double]) -> Expression { Expression(a) * Expression(b) }
  public static func / (a: Unknown, b: Double) -> Expression { Expression(a) / Expression(b) }
  public static func / (a: Unknown, b: [Double]) -> Expression { Expression(a) / Expression(b) }
}

/// Matrix times an expression: L times p.
public func * (a: Matrix, b: Unknown) -> Expression { .matrixProduct(Expression(a), Expression(b)) }
public func * (a: Matrix, b: Expression) -> Expression { .matrixProduct(Expression(a), b) }

extension Expression: CustomStringConvertible {
  /// The formula in words of the objective-file language, shortened where it is deep. Indices count from 0, as in
  /// Swift.
  public var description: String { Expression.describe(graph, index, depth: 8) }

  /// 2, not 2.0.
  private static func number(_ x: Double) -> String {
    if let whole = Int(exactly: x), Swift.abs(whole) < 1 << 53 { return "\(whole)" }
    return "\(x)"
  }

  /// The index behind an array: of one entry, `[...]` for some of them, nothing for all.
  private static func picked(by matrix: SparseMatrix, from shape: Shape) -> String {
    let isSelection = matrix.column.count == matrix.rows && matrix.value.allSatisfy { $0 == 1 }
    if isSelection, matrix.rows == 1 {
      var rest = matrix.column[0]
      var place: [String] = []
      for length in shape.reversed() where length > 0 {
        place.append("\(rest % length)")
        rest /= length
      }
      return "[" + place.reversed().joined(separator: ", ") + "]"
    }
    let isWhole = isSelection && matrix.column.indices.allSatisfy { matrix.column[$0] == $0 }
    return isWhole && matrix.rows == matrix.columns ? "" : "[...]"
  }

  static func describe(_ graph: Graph, _ index: Int, depth: Int) -> String {
    if let title = graph.title(index) { return title }
    let node = graph.node(index)
    if depth == 0 { return "..." }
    func part(_ k: Int) -> String { describe(graph, node.arguments[k], depth: depth - 1) }
    func call(_ name: String) -> String {
      name + "(" + node.arguments.indices.map(part).joined(separator: ", ") + ")"
    }
    func tight(_ k: Int) -> String {
      switch graph.node(node.arguments[k]).operation {
      case .add, .scale: graph.title(node.arguments[k]) ?? "(" + part(k) + ")"
      default: part(k)
      }
    }
    switch node.operation {
    case .constant(let tensor):
      if tensor.isScalar { return number(tensor.values[0]) }
      // Short lists are shown as they are.
      return tensor.shape.count == 1 && tensor.count <= 4
        ? "[" + tensor.values.map(number).joined(separator: ", ") + "]" : "constant\(tensor.shape)"
    case .unknown(let unknown): return unknown.name
    case .add:
      let right = part(1)
      return right.hasPrefix("-") ? "\(part(0)) - \(right.dropFirst())" : "\(part(0)) + \(right)"
    case .scale(-1):
      // - 0.5 * q, not - (0.5 * q)
      if case .scale(let c) = graph.node(node.arguments[0]).operation, c > 0 { return "-\(part(0))" }
      return "-\(tight(0))"
    case .scale(let c): return "\(number(c)) * \(tight(0))"
    case .multiply: return "\(tight(0)) * \(tight(1))"
    case .divide: return "\(tight(0)) / \(tight(1))"
    case .log: return call("log")
    case .exp: return call("exp")
    case .absolute: return call("abs")
    case .power(let a):
      return a == 0.5 ? call("sqrt") : "\(tight(0))^\(number(a))"
    case .perspective(let a): return "\(tight(0))^\(number(a)) * \(tight(1))^\(number(1 - a))"
    case .matrixProduct: return "\(tight(0)) @ \(tight(1))"
    case .linear(let matrix): return tight(0) + picked(by: matrix, from: graph.node(node.arguments[0]).shape)
    case .sum: return call("sum")
    case .product: return call("prod")
    case .maximum, .maximumOf: return call("max")
    case .logSumExp: return call("log_sum_exp")
    case .norm: return call("norm2")
    case .information: return "information_matrix(\(part(0)), X)"
    case .logDeterminant: return call("logdet")
    case .traceInverse: return call("trace_inverse")
    case .smallestEigenvalue: return call("lambda_min")
    case .lawRisk, .lossRisk: return "cvar(\(part(0)), ...)"
    }
  }
}

extension Expression {
  /// Names the nodes that an atom made on the way to its result, so that messages speak of the atom and not of its
  /// parts. Named nodes and the arguments themselves keep what they are.
  public static func namedAtom(_ name: String, _ result: Expression, arguments: [Expression]) -> Expression {
    guard result.failure == nil else { return result }
    let graph = result.graph
    let nodes = graph.nodes
    let kept = Set(arguments.map { $0.graph === graph ? $0.index : graph.imported($0.index, from: $0.graph) })
    var open = [result.index]
    var seen: Set<Int> = []
    while let top = open.popLast() {
      guard top < nodes.count, nodes[top].degree > 0, seen.insert(top).inserted else { continue }
      if kept.contains(top) || graph.name(top) != nil { continue }
      if case .unknown = nodes[top].operation { continue }
      graph.setName(name, of: top)
      open += nodes[top].arguments
    }
    return result
  }

  /// Remembers that an atom made the nodes between its arguments and its result. A name given later is stronger.
  static func atom(_ name: String, _ arguments: [Expression], _ result: Expression) -> Expression {
    guard result.failure == nil, result.node.degree == 2 else { return result }
    let graph = result.graph
    let nodes = graph.nodes
    let title =
      name + "(" + arguments.map { describe($0.graph, $0.index, depth: 4) }.joined(separator: ", ") + ")"
    let kept = Set(arguments.filter { $0.graph === graph }.map(\.index))
    var open = [result.index]
    while let top = open.popLast() {
      guard nodes[top].degree == 2, !kept.contains(top), graph.title(top) == nil else { continue }
      graph.storage.withLock { $0.atoms[top] = title }
      open += nodes[top].arguments
    }
    return result
  }
}
