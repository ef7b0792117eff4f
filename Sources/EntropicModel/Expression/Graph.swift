import EntropicNumerics
import Synchronization

/// What a node of an expression does to its arguments.
enum Operation: Sendable {
  case constant(Tensor)
  case unknown(Unknown)
  /// Elementwise sum; a scalar goes with anything.
  case add
  /// Multiplication by a number.
  case scale(Double)
  /// Elementwise product and quotient.
  case multiply
  case divide
  /// Elementwise functions of one argument.
  case log, exp, absolute
  case power(Double)
  /// u^a v^(1 - a), elementwise.
  case perspective(Double)
  /// Inner, matrix-vector, vector-matrix or matrix product.
  case matrixProduct
  /// A constant linear map of the flattened argument; the result has the node's shape.
  case linear(SparseMatrix)
  /// Sum of all entries.
  case sum
  case product
  /// Largest entry of all.
  case maximum
  /// Elementwise maximum of the arguments.
  case maximumOf
  case logSumExp
  case norm
  /// sum p_i x_i x_i' + base
  case information(Matrix)
  case logDeterminant, traceInverse, smallestEigenvalue
  /// Mean of the worst 1 - level of constant losses under the law given as argument.
  case lawRisk(losses: [Double], level: Double)
  /// Mean of the worst 1 - level of the argument, a loss vector, under a constant law.
  case lossRisk(law: [Double], level: Double)
}

struct Node: Sendable {
  let operation: Operation
  let arguments: [Int]
  let shape: Shape
  /// 0 constant, 1 affine in the unknowns, 2 anything else.
  let degree: Int

  var count: Int { shape.reduce(1, *) }
}

/// The append-only arena behind expressions. Arguments of a node stand before it, so that every pass is a loop.
///
/// Freeing is the freeing of one array. Expressions over different arenas meet by importing nodes, once each.
final class Graph: Sendable {
  struct Storage {
    var nodes: [Node] = []
    /// How a node is called in messages, where that is not derived from its operation.
    var names: [Int: String] = [:]
    /// The atom that made a node on its way, as it was called; weaker than a name.
    var atoms: [Int: String] = [:]
    var imported: [ObjectIdentifier: (graph: Graph, map: [Int: Int])] = [:]
    var unknowns: [UInt64: Int] = [:]
  }
  let storage = Mutex(Storage())

  func append(_ operation: Operation, _ arguments: [Int], _ shape: Shape, degree: Int) -> Int {
    storage.withLock { s in
      s.nodes.append(Node(operation: operation, arguments: arguments, shape: shape, degree: degree))
      return s.nodes.count - 1
    }
  }

  func node(_ index: Int) -> Node { storage.withLock { $0.nodes[index] } }

  // Single facts, without a copy of the node: building formulas asks for little else.

  func shape(_ index: Int) -> Shape { storage.withLock { $0.nodes[index].shape } }

  func degree(_ index: Int) -> Int { storage.withLock { $0.nodes[index].degree } }

  func constant(_ index: Int) -> Tensor? {
    storage.withLock {
      guard $0.nodes[index].degree == 0, case .constant(let tensor) = $0.nodes[index].operation else {
        return nil
      }
      return tensor
    }
  }

  /// All nodes at this moment; later nodes do not change earlier ones.
  var nodes: [Node] { storage.withLock { $0.nodes } }

  func index(of unknown: Unknown) -> Int {
    if let known = storage.withLock({ $0.unknowns[unknown.identity] }) { return known }
    let index = append(.unknown(unknown), [], unknown.shape, degree: 1)
    storage.withLock { $0.unknowns[unknown.identity] = index }
    return index
  }

  func name(_ index: Int) -> String? { storage.withLock { $0.names[index] } }

  func setName(_ name: String, of index: Int) { storage.withLock { $0.names[index] = name } }

  /// What messages call a node: its name, or the atom that made it.
  func title(_ index: Int) -> String? { storage.withLock { $0.names[index] ?? $0.atoms[index] } }

  /// The index that a node of another arena has here, copying what is missing. Small arenas are copied without being
  /// remembered: a loop that adds many small terms must not keep them all alive.
  func imported(_ index: Int, from other: Graph) -> Int {
    if other === self { return index }
    let (nodes, names, atoms) = other.storage.withLock { ($0.nodes, $0.names, $0.atoms) }
    let key = ObjectIdentifier(other)
    let isSmall = nodes.count <= 16
    var map = isSmall ? [:] : storage.withLock { $0.imported.removeValue(forKey: key)?.map } ?? [:]
    var stack = [index]
    while let top = stack.last {
      if map[top] != nil {
        stack.removeLast()
        continue
      }
      let node = nodes[top]
      let missing = node.arguments.filter { map[$0] == nil }
      if !missing.isEmpty {
        stack += missing
        continue
      }
      stack.removeLast()
      let copy: Int
      if case .unknown(let unknown) = node.operation {
        copy = self.index(of: unknown)
      } else {
        copy = append(
          node.operation, node.arguments.compactMap { map[$0] }, node.shape, degree: node.degree)
      }
      map[top] = copy
      if let name = names[top] { setName(name, of: copy) }
      if let atom = atoms[top] { storage.withLock { $0.atoms[copy] = atom } }
    }
    let result = map[index] ?? index
    if !isSmall { storage.withLock { $0.imported[key] = (other, map) } }
    return result
  }
}
