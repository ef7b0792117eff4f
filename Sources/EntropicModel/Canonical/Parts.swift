import EntropicNumerics

/// Weights of the entries of a node: all of them, or the listed ones.
struct Weights: Sendable {
  var indices: [Int]?
  var values: [Double]

  var count: Int { values.count }
  func index(_ k: Int) -> Int { indices?[k] ?? k }

  func map(_ f: (Int, Double) -> Double) -> Weights {
    Weights(indices: indices, values: values.indices.map { f(index($0), values[$0]) })
  }

  /// The entries with a weight that is not 0; a term with coefficient 0 is dropped before anything else.
  var nonzero: [Int] { values.indices.filter { values[$0] != 0 } }
}

/// A scalar expression taken apart into signed primitive terms, before anything is known about their convexity.
///
/// One pass pushes coefficients from the root to the leaves over an explicit stack: a sum of 1e5 terms is linear time
/// and no recursion. Products are distributed over sums, logarithms over products.
struct Parts {
  /// sum_j weight_j f(u_j), with the node that it came from.
  struct Group {
    let weights: [Double]
    let form: LinearForm
    let node: Int
  }
  /// sum_j weight_j f(u_j, v_j)
  struct PairGroup {
    let weights: [Double]
    let first: LinearForm
    let second: LinearForm
    let node: Int
  }
  struct OuterTerm {
    let weight: Double
    let outer: Outer
    let form: LinearForm
    let node: Int
  }
  struct InformationPart {
    let weight: Double
    let kind: InformationTerm.Kind
    let node: Int
    let argument: Int
  }

  let graph: Graph
  let layout: Layout
  let firstEntry: [UInt64: Int]
  var nodes: [Node]

  var constant = 0.0
  var linear: [Double]
  /// Rounding of the coefficients: of decimals, of logarithms of data, and of the sums they enter.
  var linearError: [Double]
  var constantError = 0.0
  /// Masses that must be 0 because their cost is infinite.
  var forcedZeros: Set<Int> = []
  /// weight u log u
  var entropies: [Group] = []
  /// weight u log v
  var crosses: [PairGroup] = []
  /// weight log u
  var logs: [Group] = []
  /// weight u^a
  var powers: [(exponent: Double, group: Group)] = []
  /// weight u^a v^(1 - a)
  var perspectives: [(exponent: Double, group: PairGroup)] = []
  /// weight u v
  var bilinears: [PairGroup] = []
  var exponentials: [Group] = []
  var absolutes: [Group] = []
  var outers: [OuterTerm] = []
  var information: [InformationPart] = []
  /// Scalar terms that have no canonical form: weight times the node.
  var others: [(weight: Double, node: Int)] = []

  private var forms: [Int: LinearForm] = [:]
  /// The work that is left: a product of nodes with weights over its entries.
  private var stack: [(factors: [Int], count: Int, weights: Weights)] = []

  init(graph: Graph, layout: Layout, firstEntry: [UInt64: Int]) {
    self.graph = graph
    self.layout = layout
    self.firstEntry = firstEntry
    nodes = graph.nodes
    linear = [Double](repeating: 0, count: layout.count)
    linearError = linear
  }

  /// Adds `weight` times entry `entry` of the node (the only entry of a scalar).
  mutating func add(_ index: Int, entry: Int? = nil, weight: Double = 1) {
    push([index], nodes[index].count, Weights(indices: entry.map { [$0] }, values: [weight]))
    while let item = stack.popLast() { process(item.factors, item.count, item.weights) }
  }

  private mutating func push(_ factors: [Int], _ count: Int, _ weights: Weights) {
    stack.append((factors, count, weights))
  }

  private func isNumber(_ index: Int) -> Tensor? {
    if case .constant(let tensor) = nodes[index].operation { return tensor }
    return nil
  }

  /// The entry of a factor that goes with entry i of the product.
  private func place(_ factor: Int, _ i: Int) -> Int { nodes[factor].count == 1 ? 0 : i }

  private mutating func process(_ factors: [Int], _ count: Int, _ weights: Weights) {
    var factors = factors
    var weights = weights
    // Constants go into the weights.
    if let k = factors.firstIndex(where: { isNumber($0) != nil }), let tensor = isNumber(factors[k]) {
      let factor = factors.remove(at: k)
      weights = weights.map { Evaluation.product($1, tensor.values[place(factor, $0)]) }
      if factors.isEmpty {
        constant += Kernel.compensatedSum(weights.values)
        constantError += 0x1p-51 * Kernel.absoluteSum(weights.values)
        return
      }
      push(factors, count, weights)
      return
    }
    if factors.count > 1 {
      processProduct(factors, count, weights)
      return
    }
    let index = factors[0]
    let node = nodes[index]
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

  private func isSum(_ node: Node) -> Bool {
    switch node.operation {
    case .add, .scale: true
    default: false
    }
  }

  private mutating func processSingle(_ index: Int, _ node: Node, _ weights: Weights) {
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
  private mutating func pushBack(_ matrix: SparseMatrix, _ argument: Int, _ weights: Weights) {
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

  private mutating func processMatrixProduct(_ index: Int, _ node: Node, _ weights: Weights) {
    let (a, b) = (node.arguments[0], node.arguments[1])
    let (s, t) = (nodes[a].shape, nodes[b].shape)
    // Entry (i, j) is sum_k A_ik B_kj: a sum of products of single entries.
    let inner = s[s.count - 1]
    let columns = t.count == 2 ? t[1] : 1
    if s.count == 1, t.count == 1 {
      push(
        [a, b], inner, Weights(indices: nil, values: [Double](repeating: weights.values[0], count: inner)))
      return
    }
    if let left = isNumber(a), t.count == 1 {
      var out = [Double](repeating: 0, count: inner)
      for k in weights.values.indices {
        let row = weights.index(k)
        for j in 0..<inner { out[j] += Evaluation.product(weights.values[k], left.values[row * inner + j]) }
      }
      push([b], inner, Weights(indices: nil, values: out))
      return
    }
    for k in weights.values.indices where weights.values[k] != 0 {
      let (i, j) = (weights.index(k) / columns, weights.index(k) % columns)
      let left = gather(a, (0..<inner).map { (s.count == 2 ? i * inner : 0) + $0 })
      let right = gather(b, (0..<inner).map { $0 * columns + j })
      push(
        [left, right], inner,
        Weights(indices: nil, values: [Double](repeating: weights.values[k], count: inner)))
    }
  }

  private mutating func append(_ operation: Operation, _ arguments: [Int], _ shape: Shape, _ degree: Int)
    -> Int
  {
    nodes.append(Node(operation: operation, arguments: arguments, shape: shape, degree: degree))
    return nodes.count - 1
  }

  private mutating func gather(_ argument: Int, _ list: [Int]) -> Int {
    if let tensor = isNumber(argument) {
      return append(.constant(Tensor(list.map { tensor.values[$0] })), [], [list.count], 0)
    }
    let n = list.count
    let matrix = SparseMatrix(
      rows: n, columns: nodes[argument].count, rowStart: Array(0...n), column: list,
      value: [Double](repeating: 1, count: n))
    return append(.linear(matrix), [argument], [n], nodes[argument].degree)
  }

  private mutating func inverse(_ argument: Int) -> Int {
    append(.power(-1), [argument], nodes[argument].shape, 2)
  }

  /// log of a product is a sum of logs; log of a power a multiple.
  private mutating func processLog(_ index: Int, _ argument: Int, _ weights: Weights) {
    let node = nodes[argument]
    let inner = node.arguments
    func pushLog(_ k: Int, _ factor: Double) {
      if let tensor = isNumber(inner[k]) {
        let values = Kernel.log(tensor.values)
        constant += Kernel.compensatedSum(
          weights.map { factor * Evaluation.product($1, values[place(inner[k], $0)]) }.values)
      } else {
        let log = append(.log, [inner[k]], nodes[inner[k]].shape, 2)
        push([log], node.count, weights.map { factor * $1 })
      }
    }
    switch node.operation {
    case .multiply:
      pushLog(0, 1)
      pushLog(1, 1)
    case .divide:
      pushLog(0, 1)
      pushLog(1, -1)
    case .scale(let c) where c > 0:
      let log = append(.log, [inner[0]], node.shape, 2)
      push([log], node.count, weights)
      constant += Kernel.log(c) * Kernel.compensatedSum(weights.values)
    case .power(let a):
      let log = append(.log, [inner[0]], node.shape, 2)
      push([log], node.count, weights.map { a * $1 })
    case .exp: push(inner, node.count, weights)
    case .product:
      let log = append(.log, [inner[0]], nodes[inner[0]].shape, 2)
      let n = nodes[inner[0]].count
      push([log], n, Weights(indices: nil, values: [Double](repeating: weights.values[0], count: n)))
    case .sum where isExponential(inner[0]):
      let exponent = nodes[inner[0]].arguments[0]
      if nodes[exponent].degree <= 1 {
        outers.append(
          OuterTerm(weight: weights.values[0], outer: .logSumExp, form: form(exponent), node: index))
      } else {
        others.append((weights.values[0], index))
      }
    default:
      if node.degree <= 1 {
        logs.append(group(argument, weights, index))
      } else {
        addOther(index, weights)
      }
    }
  }

  private func isExponential(_ index: Int) -> Bool {
    if case .exp = nodes[index].operation { return true }
    return false
  }

  private mutating func processElementwise(_ index: Int, _ node: Node, _ weights: Weights) {
    let argument = node.arguments[0]
    switch node.operation {
    case .perspective(let a):
      addPerspective(a, argument, node.arguments[1], weights, index)
    case .power(let exponent):
      // (x^a)^b, sqrt of a product, and powers of scaled arguments.
      switch nodes[argument].operation {
      case .multiply, .divide:
        let parts = nodes[argument].arguments
        let isQuotient = if case .divide = nodes[argument].operation { true } else { false }
        let left = raised(parts[0], exponent)
        let right = raised(parts[1], isQuotient ? -exponent : exponent)
        push([left, right], node.count, weights)
      case .power(let inner) where !Outer.isEven(inner):
        push([raised(nodes[argument].arguments[0], inner * exponent)], node.count, weights)
      default:
        guard nodes[argument].degree <= 1 else {
          if exponent == 2 {
            push([argument, argument], node.count, weights)
          } else {
            addOther(index, weights)
          }
          return
        }
        addPower(exponent, group(argument, weights, index))
      }
    default:
      guard nodes[argument].degree <= 1 else {
        addOther(index, weights)
        return
      }
      if case .exp = node.operation {
        exponentials.append(group(argument, weights, index))
      } else {
        absolutes.append(group(argument, weights, index))
      }
    }
  }

  /// A node for the power of another, with powers of constants folded.
  private mutating func raised(_ argument: Int, _ exponent: Double) -> Int {
    if let tensor = isNumber(argument) {
      return append(
        .constant(Tensor(shape: tensor.shape, values: tensor.values.map { Scalar.pow($0, exponent) })), [],
        tensor.shape, 0)
    }
    if exponent == 1 { return argument }
    return append(.power(exponent), [argument], nodes[argument].shape, 2)
  }

  private mutating func addPower(_ exponent: Double, _ group: Group) {
    switch exponent {
    case 1: addLinear(group.form, Weights(indices: nil, values: group.weights))
    case 0: constant += Kernel.compensatedSum(group.weights)
    default: powers.append((exponent, group))
    }
  }

  private mutating func addPerspective(
    _ a: Double, _ u: Int, _ v: Int, _ weights: Weights, _ index: Int
  ) {
    if let tensor = isNumber(v) {
      // p^2 / 0 forces p to 0; a coefficient of 0^0 does not.
      let scaled = weights.map { i, w in
        let base = tensor.values[place(v, i)]
        return Evaluation.product(w, base == 0 && a > 1 ? .infinity : Scalar.pow(base, 1 - a))
      }
      push([raised(u, a)], nodes[index].count, scaled)
    } else if let tensor = isNumber(u) {
      push(
        [raised(v, 1 - a)], nodes[index].count,
        weights.map { Evaluation.product($1, Scalar.pow(tensor.values[place(u, $0)], a)) })
    } else if nodes[u].degree <= 1, nodes[v].degree <= 1 {
      perspectives.append(
        (
          a,
          PairGroup(
            weights: weights.values, first: picked(u, weights), second: picked(v, weights), node: index)
        ))
    } else {
      addOther(index, weights)
    }
  }

  private mutating func processMaximumOf(_ index: Int, _ arguments: [Int], _ weights: Weights) {
    guard arguments.allSatisfy({ nodes[$0].degree <= 1 }) else {
      addOther(index, weights)
      return
    }
    let columns = layout.count
    if arguments.count == 2 {
      // max(a, b) = (a + b) / 2 + |a - b| / 2
      let (a, b) = (picked(arguments[0], weights), picked(arguments[1], weights))
      let half = Weights(indices: nil, values: weights.values.map { $0 / 2 })
      addLinear(a.plus(b, columns: columns), half)
      absolutes.append(
        Group(weights: half.values, form: a.plus(b.scaled { _ in -1 }, columns: columns), node: index))
      return
    }
    for k in weights.values.indices where weights.values[k] != 0 {
      var rows: [[(column: Int, value: Double)]] = []
      var offset: [Double] = []
      for argument in arguments {
        let f = form(argument)
        let j = place(argument, weights.index(k))
        rows.append(f.entries(j))
        offset.append(f.offset[j])
      }
      let f = LinearForm(storage: .map(.from(rows: rows, columns: columns)), offset: offset)
      outers.append(OuterTerm(weight: weights.values[k], outer: .maximum(caps: nil), form: f, node: index))
    }
  }

  /// Scalar functions of an array.
  private mutating func processReduction(_ index: Int, _ node: Node, _ weight: Double) {
    let argument = node.arguments[0]
    func term(_ outer: Outer, _ form: LinearForm) {
      outers.append(OuterTerm(weight: weight, outer: outer, form: form, node: index))
    }
    switch node.operation {
    case .logDeterminant:
      information.append(
        InformationPart(weight: -weight, kind: .negativeLogDeterminant, node: index, argument: argument))
    case .traceInverse:
      information.append(
        InformationPart(weight: weight, kind: .traceInverse, node: index, argument: argument))
    case .smallestEigenvalue:
      information.append(
        InformationPart(weight: -weight, kind: .negativeSmallestEigenvalue, node: index, argument: argument))
    case .maximum:
      // max |u| is one maximum over both signs.
      if case .absolute = nodes[argument].operation, nodes[nodes[argument].arguments[0]].degree <= 1 {
        let f = form(nodes[argument].arguments[0])
        let both = f.mapped(by: 2 * f.rows, columns: layout.count) { i, body in
          body(i % f.rows, i < f.rows ? 1 : -1)
        }
        term(.maximum(caps: nil), both)
      } else if nodes[argument].degree <= 1 {
        term(.maximum(caps: nil), form(argument))
      } else {
        others.append((weight, index))
      }
    case .logSumExp where nodes[argument].degree <= 1: term(.logSumExp, form(argument))
    case .norm where nodes[argument].degree <= 1: term(.norm, form(argument))
    case .lossRisk(let law, let level) where nodes[argument].degree <= 1:
      term(.maximum(caps: law.map { $0 / (1 - level) }), form(argument))
    case .lawRisk(let losses, let level) where nodes[argument].degree <= 1:
      addLawRisk(losses, level, argument, weight, index)
    default: others.append((weight, index))
    }
  }

  /// -CVaR(p) = max_j -(l_j sum p + sum p_i (l_i - l_j)^+ / (1 - level)): the threshold is one of the losses.
  private mutating func addLawRisk(
    _ losses: [Double], _ level: Double, _ argument: Int, _ weight: Double, _ index: Int
  ) {
    let thresholds = Array(Set(losses)).sorted()
    var m = Matrix(rows: thresholds.count, columns: losses.count, repeating: 0)
    for (j, eta) in thresholds.enumerated() {
      for (i, loss) in losses.enumerated() {
        m[j, i] = -(eta + max(loss - eta, 0) / (1 - level))
      }
    }
    outers.append(
      OuterTerm(
        weight: -weight, outer: .maximum(caps: nil),
        form: form(argument).multiplied(by: m, columns: layout.count), node: index))
  }

  private mutating func processProduct(_ factors: [Int], _ count: Int, _ weights: Weights) {
    // Sums and products inside a product are taken apart.
    for k in factors.indices {
      let node = nodes[factors[k]]
      var rest = factors
      rest.remove(at: k)
      switch node.operation {
      case .scale(let c):
        push(rest + node.arguments, count, weights.map { c * $1 })
        return
      case .multiply:
        push(rest + node.arguments, count, weights)
        return
      case .divide:
        if let divisor = isNumber(node.arguments[1]) {
          push(
            rest + [node.arguments[0]], count,
            weights.map { Evaluation.product($1, 1 / divisor.values[place(node.arguments[1], $0)]) })
        } else {
          push(rest + [node.arguments[0], inverse(node.arguments[1])], count, weights)
        }
        return
      case .add where node.degree > 1:
        push(rest + [node.arguments[1]], count, weights)
        push(rest + [node.arguments[0]], count, weights)
        return
      case .log:
        if expandLog(factors[k], rest, count, weights) { return }
      case .linear(let matrix) where node.degree > 1 && isSelection(matrix):
        // Selections move inside, so that p * log(q)[rows] is seen as what it is.
        if moveInside(matrix, factors[k], rest, count, weights) { return }
      default: break
      }
    }
    if factors.count > 2, let merged = mergePowers(factors) {
      push(merged, count, weights)
      return
    }
    let affine = factors.filter { nodes[$0].degree <= 1 }
    let curved = factors.filter { nodes[$0].degree > 1 }
    if curved.isEmpty, affine.count == 2 {
      bilinears.append(
        PairGroup(
          weights: weights.values, first: picked(affine[0], weights), second: picked(affine[1], weights),
          node: affine[0]))
      return
    }
    if affine.count == 1, curved.count == 1, case .log = nodes[curved[0]].operation,
      nodes[nodes[curved[0]].arguments[0]].degree <= 1
    {
      let inner = nodes[curved[0]].arguments[0]
      crosses.append(
        PairGroup(
          weights: weights.values, first: picked(affine[0], weights), second: picked(inner, weights),
          node: curved[0]))
      return
    }
    if factors.count == 2, combinePowers(factors, count, weights) { return }
    addProduct(factors, count, weights)
  }

  private func isSelection(_ matrix: SparseMatrix) -> Bool {
    matrix.column.count == matrix.rows && matrix.value.allSatisfy { $0 == 1 }
  }

  /// gather(f(x)) = f(gather(x)) for elementwise f.
  private mutating func moveInside(
    _ matrix: SparseMatrix, _ factor: Int, _ rest: [Int], _ count: Int, _ weights: Weights
  ) -> Bool {
    let inner = nodes[nodes[factor].arguments[0]]
    let shape = nodes[factor].shape
    switch inner.operation {
    case .log, .exp, .absolute, .power, .multiply, .divide, .add, .scale, .perspective:
      let arguments = inner.arguments.map { argument -> Int in
        nodes[argument].count == 1 && inner.count > 1 ? argument : gather(argument, matrix.column)
      }
      let moved = append(inner.operation, arguments, shape, inner.degree)
      push(rest + [moved], count, weights)
      return true
    default: return false
    }
  }

  /// log(a b) = log a + log b inside a product.
  private mutating func expandLog(_ log: Int, _ rest: [Int], _ count: Int, _ weights: Weights) -> Bool {
    let argument = nodes[log].arguments[0]
    let inner = nodes[argument]
    func node(_ k: Int) -> Int {
      if let tensor = isNumber(inner.arguments[k]) {
        return append(
          .constant(Tensor(shape: tensor.shape, values: Kernel.log(tensor.values))), [], tensor.shape, 0)
      }
      return append(.log, [inner.arguments[k]], nodes[inner.arguments[k]].shape, 2)
    }
    switch inner.operation {
    case .multiply:
      push(rest + [node(1)], count, weights)
      push(rest + [node(0)], count, weights)
    case .divide:
      push(rest + [node(1)], count, weights.map { -$1 })
      push(rest + [node(0)], count, weights)
    case .scale(let c) where c > 0:
      push(rest, count, weights.map { Kernel.log(c) * $1 })
      push(rest + [node(0)], count, weights)
    case .power(let a): push(rest + [node(0)], count, weights.map { a * $1 })
    case .exp: push(rest + inner.arguments, count, weights)
    case .linear(let matrix) where isSelection(matrix) && inner.degree > 1:
      let moved = append(.log, inner.arguments, nodes[inner.arguments[0]].shape, 2)
      push(rest + [gather(moved, matrix.column)], count, weights)
    default: return false
    }
    return true
  }

  /// A node as a power of an affine node.
  private func asPower(_ index: Int) -> (base: Int, exponent: Double)? {
    if nodes[index].degree <= 1 { return (index, 1) }
    if case .power(let a) = nodes[index].operation, nodes[nodes[index].arguments[0]].degree <= 1 {
      return (nodes[index].arguments[0], a)
    }
    return nil
  }

  /// Two powers of one affine node among several factors become one.
  private mutating func mergePowers(_ factors: [Int]) -> [Int]? {
    for i in factors.indices {
      guard let a = asPower(factors[i]) else { continue }
      for j in factors.indices where j > i {
        guard let b = asPower(factors[j]), b.base == a.base, a.exponent != 1 || b.exponent != 1 else {
          continue
        }
        var rest = factors
        rest.remove(at: j)
        rest.remove(at: i)
        let exponent = a.exponent + b.exponent
        return exponent == 0 ? rest : rest + [raised(a.base, exponent)]
      }
    }
    return nil
  }

  /// u^a u^b, and u^a v^(1 - a) as a perspective.
  private mutating func combinePowers(_ factors: [Int], _ count: Int, _ weights: Weights) -> Bool {
    guard let a = asPower(factors[0]), let b = asPower(factors[1]) else { return false }
    let (u, v) = (picked(a.base, weights), picked(b.base, weights))
    if sameRows(u, v) {
      addPower(
        a.exponent + b.exponent, Group(weights: weights.values, form: u, node: factors[0]))
      return true
    }
    guard a.exponent + b.exponent == 1 else { return false }
    perspectives.append(
      (a.exponent, PairGroup(weights: weights.values, first: u, second: v, node: factors[0])))
    return true
  }

  private func sameRows(_ u: LinearForm, _ v: LinearForm) -> Bool {
    u.offset == v.offset
      && (0..<u.rows).allSatisfy { j in u.entries(j).elementsEqual(v.entries(j), by: ==) }
  }

  /// A product without canonical form: one scalar node that stands for it.
  private mutating func addProduct(_ factors: [Int], _ count: Int, _ weights: Weights) {
    let list = (0..<weights.count).map { weights.index($0) }
    var product: Int?
    for factor in factors {
      let picked = nodes[factor].count == 1 ? factor : gather(factor, list)
      product = product.map { append(.multiply, [$0, picked], [list.count], 2) } ?? picked
    }
    guard let product else { return }
    let scaled = append(
      .multiply, [append(.constant(Tensor(weights.values)), [], [list.count], 0), product], [list.count], 2)
    others.append((1, append(.sum, [scaled], [], 2)))
  }

  private mutating func addOther(_ index: Int, _ weights: Weights) {
    if nodes[index].count == 1 {
      others.append((weights.values[0], index))
    } else {
      addProduct([index], nodes[index].count, weights)
    }
  }

  private mutating func group(_ argument: Int, _ weights: Weights, _ node: Int) -> Group {
    Group(weights: weights.values, form: picked(argument, weights), node: node)
  }

  /// The rows of an affine node that go with the listed weights.
  private mutating func picked(_ index: Int, _ weights: Weights) -> LinearForm {
    let f = form(index)
    if weights.indices == nil, f.rows == weights.count { return f }
    return f.picked(
      (0..<weights.count).map { f.rows == 1 ? 0 : weights.index($0) }, columns: layout.count)
  }

  mutating func addLinear(_ form: LinearForm, _ weights: Weights) {
    var constants: [Double] = []
    for k in weights.values.indices {
      let j = form.rows == 1 ? 0 : weights.index(k)
      let w = weights.values[k]
      if w == 0 { continue }
      constants.append(Evaluation.product(w, form.offset[j]))
      func put(_ i: Int, _ c: Double) {
        let cost = Evaluation.product(w, c)
        if cost.isInfinite {
          if cost > 0 { forcedZeros.insert(i) } else { linear[i] = -.infinity }
        } else {
          linear[i] += cost
          linearError[i] += 0x1p-51 * abs(cost)
        }
      }
      switch form.storage {
      case .entries(let index, let scale): if index[j] >= 0, scale[j] != 0 { put(index[j], scale[j]) }
      case .map(let map): map.forEachEntry(ofRow: j) { if $1 != 0 { put($0, $1) } }
      }
    }
    constant += Kernel.compensatedSum(constants)
    constantError += 0x1p-51 * Kernel.absoluteSum(constants)
  }

  /// The affine form of a node of degree 0 or 1. Arguments stand before their node: the missing ones are made in
  /// ascending order.
  mutating func form(_ index: Int) -> LinearForm {
    if let known = forms[index] { return known }
    var needed: Set<Int> = []
    var open = [index]
    while let top = open.popLast() {
      if forms[top] != nil || !needed.insert(top).inserted { continue }
      open += nodes[top].arguments
    }
    for i in needed.sorted() { forms[i] = build(nodes[i]) }
    return forms[index] ?? .constant([])
  }

  private func build(_ node: Node) -> LinearForm {
    let columns = layout.count
    let parts = node.arguments.map { forms[$0] ?? .constant([]) }
    let shapes = node.arguments.map { nodes[$0].shape }
    func number(_ k: Int) -> [Double]? { isNumber(node.arguments[k])?.values }
    switch node.operation {
    case .constant(let tensor): return .constant(tensor.values)
    case .unknown(let unknown):
      let first = firstEntry[unknown.identity] ?? 0
      return .masses(first..<first + unknown.count)
    case .add: return parts[0].plus(parts[1], columns: columns)
    case .scale(let c): return parts[0].scaled { _ in c }
    case .multiply:
      let k = number(0) != nil ? 0 : 1
      guard let factor = number(k) else { return .constant([]) }
      let other = parts[1 - k]
      if other.rows == 1, factor.count > 1 {
        return other.mapped(by: factor.count, columns: columns) { i, body in body(0, factor[i]) }
      }
      return other.scaled { factor.count == 1 ? factor[0] : factor[$0] }
    case .divide:
      guard let divisor = number(1) else { return .constant([]) }
      if parts[0].rows == 1, divisor.count > 1 {
        return parts[0].mapped(by: divisor.count, columns: columns) { i, body in body(0, 1 / divisor[i]) }
      }
      return parts[0].scaled { 1 / (divisor.count == 1 ? divisor[0] : divisor[$0]) }
    case .sum:
      return parts[0].mapped(by: 1, columns: columns) { _, body in
        for j in 0..<parts[0].rows { body(j, 1) }
      }
    case .linear(let matrix):
      return parts[0].mapped(by: matrix.rows, columns: columns) { i, body in
        for k in matrix.rowStart[i]..<matrix.rowStart[i + 1] { body(matrix.column[k], matrix.value[k]) }
      }
    case .matrixProduct:
      let inner = shapes[0][shapes[0].count - 1]
      let rows = shapes[0].count == 2 ? shapes[0][0] : 1
      let width = shapes[1].count == 2 ? shapes[1][1] : 1
      if let left = number(0) {
        if width == 1 {
          return parts[1].multiplied(
            by: Matrix(rows: rows, columns: inner, elements: left), columns: columns)
        }
        return parts[1].mapped(by: rows * width, columns: columns) { r, body in
          for k in 0..<inner { body(k * width + r % width, left[r / width * inner + k]) }
        }
      }
      guard let right = number(1) else { return .constant([]) }
      if rows == 1 {
        return parts[0].multiplied(
          by: Matrix(rows: inner, columns: width, elements: right).transposed(), columns: columns)
      }
      return parts[0].mapped(by: rows * width, columns: columns) { r, body in
        for k in 0..<inner { body(r / width * inner + k, right[k * width + r % width]) }
      }
    default: return .constant([Double](repeating: .nan, count: node.count))
    }
  }
}
