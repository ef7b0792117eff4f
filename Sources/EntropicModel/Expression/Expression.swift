import EntropicNumerics

/// What is wrong with a combination of expressions. A code and facts; sentences are made by `description`.
public struct ProblemError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: String, Sendable {
    case shape, argument, notConvex, unsupported, domain, constraint
  }
  public let kind: Kind
  public let message: String
  public let hint: String?
  /// The guilty sub-expression in words, where there is one.
  public let subject: String?
  /// Its node, for those who know where nodes come from.
  public let node: Int?

  public init(_ kind: Kind, _ message: String, hint: String? = nil, subject: String? = nil, node: Int? = nil)
  {
    self.kind = kind
    self.message = message
    self.hint = hint
    self.subject = subject
    self.node = node
  }

  public var description: String { hint.map { "\(message) (\($0))" } ?? message }
}

/// A formula over unknown distributions: an index into a flat arena, copied like a number.
///
/// Building an expression checks shapes. A wrong combination by operators is remembered and thrown when the problem
/// is built, with the guilty formula named, so that formulas stay plain mathematics.
public struct Expression: Sendable {
  let graph: Graph
  let index: Int
  let failure: ProblemError?

  init(graph: Graph, index: Int, failure: ProblemError? = nil) {
    self.graph = graph
    self.index = index
    self.failure = failure
  }

  public init(_ value: Double) { self.init(Tensor(value)) }
  public init(_ values: [Double]) { self.init(Tensor(values)) }
  public init(_ matrix: Matrix) { self.init(Tensor(matrix)) }

  public init(_ tensor: Tensor) {
    let graph = Graph()
    self.init(graph: graph, index: graph.append(.constant(tensor), [], tensor.shape, degree: 0))
  }

  public init(_ unknown: Unknown) {
    let graph = Graph()
    self.init(graph: graph, index: graph.index(of: unknown))
  }

  var node: Node { graph.node(index) }
  public var shape: Shape { graph.shape(index) }
  public var isScalar: Bool { shape.isEmpty }
  public var count: Int { shape.reduce(1, *) }

  /// The value where the expression has no unknowns.
  public var constant: Tensor? { graph.constant(index) }

  /// True when no unknown occurs.
  public var isConstant: Bool { degree == 0 }

  /// True when the expression is an affine function of the unknowns.
  public var isAffine: Bool { degree <= 1 }

  /// 0 constant, 1 affine in the unknowns, 2 anything else.
  var degree: Int { graph.degree(index) }

  /// The unknown itself, when the expression is nothing else.
  public var unknown: Unknown? {
    if case .unknown(let unknown) = node.operation { return unknown }
    return nil
  }

  /// The error that was met while the formula was built.
  public var error: ProblemError? { failure }

  /// The number that identifies the node in `ProblemError.node` after both are brought into one arena.
  public var nodeIndex: Int { index }

  /// The same formula under a name, used in messages.
  public func named(_ name: String) -> Expression {
    graph.setName(name, of: index)
    return self
  }

  /// Applies an operation to arguments, folding constants.
  static func apply(
    _ operation: Operation, _ arguments: [Expression], shape: Shape, degree: Int
  ) -> Expression {
    if let failure = arguments.lazy.compactMap(\.failure).first {
      return Expression(graph: arguments[0].graph, index: arguments[0].index, failure: failure)
    }
    // The largest arena takes the others in.
    var graph = arguments[0].graph
    var size = graph.storage.withLock { $0.nodes.count }
    for argument in arguments.dropFirst() where argument.graph !== graph {
      let other = argument.graph.storage.withLock { $0.nodes.count }
      if other > size {
        graph = argument.graph
        size = other
      }
    }
    let indices = arguments.map { graph.imported($0.index, from: $0.graph) }
    if degree == 0, arguments.allSatisfy({ $0.constant != nil }) {
      let values = arguments.compactMap(\.constant)
      let result = Evaluation.apply(operation, values, shape: shape)
      return Expression(Tensor(shape: shape, values: result))
    }
    return Expression(graph: graph, index: graph.append(operation, indices, shape, degree: degree))
  }

  static func failed(_ error: ProblemError, _ at: Expression) -> Expression {
    Expression(graph: at.graph, index: at.index, failure: at.failure ?? error)
  }
}
