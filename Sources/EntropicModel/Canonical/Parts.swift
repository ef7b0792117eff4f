import EntropicNumerics

/// Takes a scalar expression apart into signed primitive terms: the traversal, which pushes weights from the root to
/// the leaves.
///
/// One pass over an explicit stack: a sum of 1e5 terms is linear time and no recursion. Products are distributed over
/// sums, logarithms over products.
struct Parts {
  let graph: Graph
  let layout: Layout
  let firstEntry: [UInt64: Int]
  /// The nodes of the graph, then those that rewriting made.
  var nodes: [Node]
  /// What was found.
  var terms: CollectedTerms

  /// The affine forms that are known, by node.
  var forms: [Int: LinearForm] = [:]
  /// The innermost node of the user's formula that is being taken apart. Terms carry it, so that a refusal shows what
  /// was written and not what rewriting made of it.
  private(set) var origin = 0
  private let written: Int
  /// Nodes whose uses have been counted, nodes with a use, nodes with several.
  var marked: Set<Int> = []
  var used: Set<Int> = []
  var shared: Set<Int> = []
  /// Work on shared nodes, which waits for other work on them.
  private var waiting = SharedWork()
  /// Nodes that rewriting made from one other.
  var rewritten: [RewriteKey: Int] = [:]
  /// How many functions the maxima inside each other may have from here on.
  var maximumShare = Parts.maximumLimit
  /// Factors of products that may still be multiplied out.
  var remainingProducts = Parts.productLimit
  /// The work that is left: a product of nodes with weights over its entries, and where it came from.
  private var stack: [(factors: [Int], count: Int, weights: Weights, origin: Int)] = []

  init(graph: Graph, layout: Layout, firstEntry: [UInt64: Int]) {
    self.graph = graph
    self.layout = layout
    self.firstEntry = firstEntry
    nodes = graph.nodes
    written = nodes.count
    terms = CollectedTerms(count: layout.count)
  }

  /// Adds `weight` times entry `entry` of the node (the only entry of a scalar).
  ///
  /// A node that rewriting made needs `origin`, the node of the user's formula that it stands for.
  mutating func add(_ index: Int, entry: Int? = nil, weight: Double = 1, origin: Int? = nil) {
    self.origin = origin ?? index
    push([index], nodes[index].count, Weights(indices: entry.map { [$0] }, values: [weight]))
    markShared(below: index)
    repeat {
      while let item = stack.popLast() {
        self.origin = item.origin
        process(item.factors, item.count, item.weights)
      }
      if remainingProducts <= 0 {
        terms.isTooLarge = true
        return
      }
      guard let item = waiting.next() else { return }
      self.origin = item.origin
      process(item.factors, item.count, item.weights, mayWait: false)
    } while true
  }

  mutating func push(_ factors: [Int], _ count: Int, _ weights: Weights) {
    stack.append((factors, count, weights, origin))
  }

  func isNumber(_ index: Int) -> Tensor? {
    if case .constant(let tensor) = nodes[index].operation { return tensor }
    return nil
  }

  /// The entry of a factor that goes with entry i of the product.
  func place(_ factor: Int, _ i: Int) -> Int { nodes[factor].count == 1 ? 0 : i }

  mutating func process(_ factors: [Int], _ count: Int, _ weights: Weights, mayWait: Bool = true) {
    var factors = factors
    var weights = weights
    // Constants go into the weights.
    if let k = factors.firstIndex(where: { isNumber($0) != nil }), let tensor = isNumber(factors[k]) {
      let factor = factors.remove(at: k)
      weights = weights.map { Evaluation.product($1, tensor.values[place(factor, $0)]) }
      if factors.isEmpty {
        terms.constant += Kernel.compensatedSum(weights.values)
        terms.constantError += 0x1p-51 * Kernel.absoluteSum(weights.values)
        return
      }
      push(factors, count, weights)
      return
    }
    if mayWait, waits(factors, weights), factors.count > 1 || nodes[factors[0]].count == count {
      waiting.add(factors.sorted(by: >), count, weights, origin: origin)
      return
    }
    if factors.count > 1 {
      remainingProducts -= factors.count
      if remainingProducts > 0 { processProduct(factors, count, weights) }
      return
    }
    let index = factors[0]
    let node = nodes[index]
    if isWritten(index) { origin = index }
    // A scalar that was broadcast.
    if node.count == 1, count > 1 {
      push([index], 1, Weights(indices: nil, values: [Kernel.compensatedSum(weights.values)]))
      return
    }
    if node.degree <= 1, !isSum(node) {
      addLinear(form(index), weights)
      return
    }
    processSingle(index, node, weights)
  }

  /// True for nodes of the user's formula.
  func isWritten(_ index: Int) -> Bool { index < written }

  func isSum(_ node: Node) -> Bool {
    switch node.operation {
    case .add, .scale: true
    default: false
    }
  }

  mutating func processSingle(_ index: Int, _ node: Node, _ weights: Weights) {
    let a = node.arguments
    let count = node.count
    switch node.operation {
    case .constant, .unknown: addLinear(form(index), weights)
    case .add:
      push([a[1]], count, weights)
      push([a[0]], count, weights)
    case .scale(let c): push(a, count, weights.map { c * $1 })
    case .multiply: push(a, count, weights)
    case .divide:
      if let divisor = isNumber(a[1]) {
        push([a[0]], count, weights.map { Evaluation.product($1, 1 / divisor.values[place(a[1], $0)]) })
      } else {
        push([a[0], inverse(a[1])], count, weights)
      }
    case .sum:
      let n = nodes[a[0]].count
      push([a[0]], n, Weights(indices: nil, values: [Double](repeating: weights.values[0], count: n)))
    case .linear(let matrix): pushBack(matrix, a[0], weights)
    case .matrixProduct: processMatrixProduct(index, node, weights)
    case .log: processLog(index, a[0], weights)
    case .exp, .absolute, .power, .perspective: processElementwise(index, node, weights)
    case .maximumOf: processMaximumOf(index, a, weights)
    default: processReduction(index, node, weights.values[0])
    }
  }

  /// Coefficients of the argument of a constant linear map.
  mutating func pushBack(_ matrix: SparseMatrix, _ argument: Int, _ weights: Weights) {
    var gathered: [Int: Double] = [:]
    var order: [Int] = []
    for k in weights.values.indices {
      let row = weights.index(k)
      for e in matrix.rowStart[row]..<matrix.rowStart[row + 1] {
        let j = matrix.column[e]
        if gathered[j] == nil { order.append(j) }
        gathered[j, default: 0] += weights.values[k] * matrix.value[e]
      }
    }
    order.sort()
    push(
      [argument], nodes[argument].count, Weights(indices: order, values: order.map { gathered[$0] ?? 0 }))
  }

  // MARK: nodes that rewriting makes

  mutating func append(_ operation: Operation, _ arguments: [Int], _ shape: Shape, _ degree: Int)
    -> Int
  {
    nodes.append(Node(operation: operation, arguments: arguments, shape: shape, degree: degree))
    return nodes.count - 1
  }

  mutating func gather(_ argument: Int, _ list: [Int]) -> Int {
    if let tensor = isNumber(argument) {
      return append(.constant(Tensor(list.map { tensor.values[$0] })), [], [list.count], 0)
    }
    let n = list.count
    let matrix = SparseMatrix(
      rows: n, columns: nodes[argument].count, rowStart: Array(0...n), column: list,
      value: [Double](repeating: 1, count: n))
    return append(.linear(matrix), [argument], [n], nodes[argument].degree)
  }

  mutating func inverse(_ argument: Int) -> Int {
    appendOnce(.power(-1), argument, key: RewriteKey(argument: argument, exponent: -1))
  }

  /// A node for the power of another, with powers of constants folded.
  mutating func raised(_ argument: Int, _ exponent: Double) -> Int {
    if let tensor = isNumber(argument) {
      return append(
        .constant(Tensor(shape: tensor.shape, values: tensor.values.map { Scalar.pow($0, exponent) })), [],
        tensor.shape, 0)
    }
    if exponent == 1 { return argument }
    return appendOnce(.power(exponent), argument, key: RewriteKey(argument: argument, exponent: exponent))
  }
}
