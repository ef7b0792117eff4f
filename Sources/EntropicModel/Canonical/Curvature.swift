import EntropicNumerics

/// Curvature of scalar nodes without canonical form, by composition (M. Grant, S. Boyd, Y. Ye, Disciplined Convex
/// Programming, 2006): a convex increasing function of a convex one is convex, and so on.
struct Curvature {
  struct Shape {
    var isConvex: Bool
    var isConcave: Bool
    var isNonnegative: Bool
    static let affine = Shape(isConvex: true, isConcave: true, isNonnegative: false)
    static let unknown = Shape(isConvex: false, isConcave: false, isNonnegative: false)
    var negated: Shape { Shape(isConvex: isConcave, isConcave: isConvex, isNonnegative: false) }
  }

  private let parts: Parts
  /// The node of the user's formula that stands for nodes that rewriting made.
  private let origin: Int
  private var known: [Int: Shape] = [:]
  /// Products that all canonical forms asked for may still multiply out, so that many of them are no way around
  /// the limit of one.
  private var remainingProducts = Parts.productLimit

  init(_ parts: Parts, origin: Int) {
    self.parts = parts
    self.origin = origin
  }

  mutating func of(_ index: Int) -> Shape {
    if let shape = known[index] { return shape }
    known[index] = .unknown
    let shape = judge(index)
    known[index] = shape
    return shape
  }

  private mutating func judge(_ index: Int) -> Shape {
    let node = parts.nodes[index]
    if node.degree == 0 {
      guard case .constant(let tensor) = node.operation else { return .affine }
      return Shape(isConvex: true, isConcave: true, isNonnegative: tensor.values.allSatisfy { $0 >= 0 })
    }
    if node.degree == 1 {
      if case .unknown = node.operation {
        return Shape(isConvex: true, isConcave: true, isNonnegative: true)
      }
      return Shape(isConvex: true, isConcave: true, isNonnegative: isPositiveSum(node))
    }
    if node.count == 1, let shape = canonical(index) { return shape }
    let inner = node.arguments.map { of($0) }
    switch node.operation {
    case .add:
      return Shape(
        isConvex: inner.allSatisfy(\.isConvex), isConcave: inner.allSatisfy(\.isConcave),
        isNonnegative: inner.allSatisfy(\.isNonnegative))
    case .scale(let c):
      var shape = c >= 0 ? inner[0] : inner[0].negated
      shape.isNonnegative = c >= 0 && inner[0].isNonnegative
      return shape
    case .multiply, .divide:
      guard let k = node.arguments.firstIndex(where: { parts.nodes[$0].degree == 0 }),
        case .constant(let tensor) = parts.nodes[node.arguments[k]].operation
      else { return .unknown }
      if case .divide = node.operation, k == 0 { return .unknown }
      if tensor.values.allSatisfy({ $0 >= 0 }) { return inner[1 - k] }
      if tensor.values.allSatisfy({ $0 <= 0 }) { return inner[1 - k].negated }
      return .unknown
    case .sum, .linear: return inner[0]
    case .maximum:
      return Shape(isConvex: inner[0].isConvex, isConcave: false, isNonnegative: inner[0].isNonnegative)
    case .maximumOf:
      return Shape(
        isConvex: inner.allSatisfy(\.isConvex), isConcave: false,
        isNonnegative: inner.contains { $0.isNonnegative })
    case .exp: return Shape(isConvex: inner[0].isConvex, isConcave: false, isNonnegative: true)
    case .log: return Shape(isConvex: false, isConcave: inner[0].isConcave, isNonnegative: false)
    case .power(let a):
      if a > 0, a < 1 { return Shape(isConvex: false, isConcave: inner[0].isConcave, isNonnegative: true) }
      if a < 0 { return Shape(isConvex: inner[0].isConcave, isConcave: false, isNonnegative: true) }
      return Shape(
        isConvex: inner[0].isConvex && inner[0].isNonnegative, isConcave: false,
        isNonnegative: inner[0].isNonnegative)
    case .logSumExp: return Shape(isConvex: inner[0].isConvex, isConcave: false, isNonnegative: false)
    default: return .unknown
    }
  }

  private func isPositiveSum(_ node: Node) -> Bool {
    switch node.operation {
    case .linear(let m): m.value.allSatisfy { $0 >= 0 } && isNonnegativeLeaf(node.arguments[0])
    case .sum: isNonnegativeLeaf(node.arguments[0])
    case .matrixProduct, .multiply:
      node.arguments.allSatisfy { isNonnegativeLeaf($0) }
    case .scale(let c): c >= 0 && isNonnegativeLeaf(node.arguments[0])
    case .add: node.arguments.allSatisfy { isNonnegativeLeaf($0) }
    default: false
    }
  }

  private func isNonnegativeLeaf(_ index: Int) -> Bool {
    switch parts.nodes[index].operation {
    case .unknown: true
    case .constant(let tensor): tensor.values.allSatisfy { $0 >= 0 }
    default: parts.nodes[index].degree == 1 && isPositiveSum(parts.nodes[index])
    }
  }

  /// A scalar that has a canonical form of its own.
  private mutating func canonical(_ index: Int) -> Shape? {
    func resolves(_ weight: Double) -> Bool {
      var own = Parts(graph: parts.graph, layout: parts.layout, firstEntry: parts.firstEntry)
      own.nodes = parts.nodes
      own.remainingProducts = remainingProducts
      defer { remainingProducts = own.remainingProducts }
      own.add(index, weight: weight, origin: parts.isWritten(index) ? index : origin)
      guard own.terms.others.isEmpty else { return false }
      return (try? Resolution.functional(of: own, fixed: FixedRows(layout: parts.layout, equalities: [])))
        != nil
    }
    let (convex, concave) = (resolves(1), resolves(-1))
    return convex || concave
      ? Shape(isConvex: convex, isConcave: concave, isNonnegative: false) : nil
  }

  /// The deepest node of the user's formula that already breaks the rule.
  mutating func smallestGuilty(_ index: Int, convex: Bool) -> Int {
    let node = parts.nodes[index]
    switch node.operation {
    case .exp, .log, .power, .logSumExp, .sum:
      let inner = node.arguments[0]
      let shape = of(inner)
      if parts.nodes[inner].degree == 2, !(shape.isConvex || shape.isConcave) {
        return smallestGuilty(inner, convex: convex)
      }
    case .multiply, .add:
      for argument in node.arguments where parts.nodes[argument].degree == 2 {
        let shape = of(argument)
        if !(shape.isConvex || shape.isConcave) { return smallestGuilty(argument, convex: convex) }
      }
    default: break
    }
    return parts.isWritten(index) ? index : origin
  }
}

extension Parts {
  /// A function of the flat buffer that evaluates the node on a tape.
  func smoothFunction(_ index: Int, weight: Double, isConvex: Bool = true) -> SmoothFunction {
    let frozen = Graph()
    frozen.storage.withLock { $0.nodes = nodes }
    let evaluation = Evaluation(Expression(graph: frozen, index: index))
    let places = evaluation.unknowns.map { unknown -> Range<Int> in
      let first = firstEntry[unknown.identity] ?? 0
      return first..<first + unknown.count
    }
    let total = layout.count
    return SmoothFunction(
      name: index < graph.nodes.count ? Expression.describe(graph, index, depth: 4) : "product",
      isConvex: isConvex, signature: "\(weight) \(evaluation.signature)",
      value: { p in weight * (evaluation.value(places.map { Array(p[$0]) }).first ?? .nan) },
      valueAndGradient: { p in
        let both = evaluation.gradient(places.map { Array(p[$0]) })
        var gradient = [Double](repeating: 0, count: total)
        for (range, part) in zip(places, both.gradient) {
          for (k, i) in range.enumerated() { gradient[i] = weight * part[k] }
        }
        return (weight * both.value, gradient)
      })
  }
}
