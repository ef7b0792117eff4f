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
  /// The formula in words of the objective-file language, shortened where it is deep.
  public var description: String { Expression.describe(graph, index, depth: 8) }

  static func describe(_ graph: Graph, _ index: Int, depth: Int) -> String {
    if let name = graph.name(index) { return name }
    let node = graph.node(index)
    if depth == 0 { return "..." }
    func part(_ k: Int) -> String { describe(graph, node.arguments[k], depth: depth - 1) }
    func call(_ name: String) -> String {
      name + "(" + node.arguments.indices.map(part).joined(separator: ", ") + ")"
    }
    func tight(_ k: Int) -> String {
      switch graph.node(node.arguments[k]).operation {
      case .add, .scale: graph.name(node.arguments[k]) ?? "(" + part(k) + ")"
      default: part(k)
      }
    }
    switch node.operation {
    case .constant(let tensor):
      return tensor.isScalar ? "\(tensor.values[0])" : "constant\(tensor.shape)"
    case .unknown(let unknown): return unknown.name
    case .add:
      let right = part(1)
      return right.hasPrefix("-") ? "\(part(0)) - \(right.dropFirst())" : "\(part(0)) + \(right)"
    case .scale(let c): return c == -1 ? "-\(tight(0))" : "\(c) * \(tight(0))"
    case .multiply: return "\(tight(0)) * \(tight(1))"
    case .divide: return "\(tight(0)) / \(tight(1))"
    case .log: return call("log")
    case .exp: return call("exp")
    case .absolute: return call("abs")
    case .power(let a):
      return a == 0.5 ? call("sqrt") : "\(tight(0))^\(a == a.rounded() ? "\(Int(a))" : "\(a)")"
    case .perspective(let a): return "\(tight(0))^\(a) * \(tight(1))^\(1 - a)"
    case .matrixProduct: return "\(tight(0)) @ \(tight(1))"
    case .linear: return node.shape.isEmpty || node.count == 1 ? "\(tight(0))[...]" : tight(0)
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
}
