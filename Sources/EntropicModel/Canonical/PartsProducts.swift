import EntropicNumerics

/// Products of several factors: sums and products inside are taken apart, pairs are recognised.
extension Parts {
  mutating func processMatrixProduct(_ index: Int, _ node: Node, _ weights: Weights) {
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

  mutating func processProduct(_ factors: [Int], _ count: Int, _ weights: Weights) {
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
      terms.bilinears.append(
        CollectedTerms.PairGroup(
          weights: weights.values, first: picked(affine[0], weights), second: picked(affine[1], weights),
          node: origin))
      return
    }
    if affine.count == 1, curved.count == 1, case .log = nodes[curved[0]].operation,
      nodes[nodes[curved[0]].arguments[0]].degree <= 1
    {
      let inner = nodes[curved[0]].arguments[0]
      terms.crosses.append(
        CollectedTerms.PairGroup(
          weights: weights.values, first: picked(affine[0], weights), second: picked(inner, weights),
          node: origin))
      return
    }
    if factors.count == 2, combinePowers(factors, count, weights) { return }
    addProduct(factors, count, weights)
  }

  func isSelection(_ matrix: SparseMatrix) -> Bool {
    matrix.column.count == matrix.rows && matrix.value.allSatisfy { $0 == 1 }
  }

  /// gather(f(x)) = f(gather(x)) for elementwise f.
  mutating func moveInside(
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

  /// A node as a power of an affine node.
  func asPower(_ index: Int) -> (base: Int, exponent: Double)? {
    if nodes[index].degree <= 1 { return (index, 1) }
    if case .power(let a) = nodes[index].operation, nodes[nodes[index].arguments[0]].degree <= 1 {
      return (nodes[index].arguments[0], a)
    }
    return nil
  }

  /// Two powers of one affine node among several factors become one.
  mutating func mergePowers(_ factors: [Int]) -> [Int]? {
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
  mutating func combinePowers(_ factors: [Int], _ count: Int, _ weights: Weights) -> Bool {
    guard let a = asPower(factors[0]), let b = asPower(factors[1]) else { return false }
    let (u, v) = (picked(a.base, weights), picked(b.base, weights))
    if sameRows(u, v) {
      addPower(
        a.exponent + b.exponent, CollectedTerms.Group(weights: weights.values, form: u, node: origin))
      return true
    }
    guard a.exponent + b.exponent == 1 else { return false }
    terms.perspectives.append(
      (a.exponent, CollectedTerms.PairGroup(weights: weights.values, first: u, second: v, node: origin)))
    return true
  }

  func sameRows(_ u: LinearForm, _ v: LinearForm) -> Bool {
    u.offset == v.offset
      && (0..<u.rows).allSatisfy { j in u.entries(j).elementsEqual(v.entries(j), by: ==) }
  }

  /// A product without canonical form: one scalar node that stands for it.
  mutating func addProduct(_ factors: [Int], _ count: Int, _ weights: Weights) {
    let list = (0..<weights.count).map { weights.index($0) }
    var product: Int?
    for factor in factors {
      let picked = nodes[factor].count == 1 ? factor : gather(factor, list)
      product = product.map { append(.multiply, [$0, picked], [list.count], 2) } ?? picked
    }
    guard let product else { return }
    let scaled = append(
      .multiply, [append(.constant(Tensor(weights.values)), [], [list.count], 0), product], [list.count], 2)
    terms.others.append((1, append(.sum, [scaled], [], 2), origin))
  }

  mutating func addOther(_ index: Int, _ weights: Weights) {
    if nodes[index].count == 1 {
      terms.others.append((weights.values[0], index, origin))
    } else {
      addProduct([index], nodes[index].count, weights)
    }
  }
}
