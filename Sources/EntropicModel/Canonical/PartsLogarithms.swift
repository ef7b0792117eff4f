import EntropicNumerics

/// Logarithms and powers: of products, of each other, and of affine forms.
extension Parts {
  /// log of a product is a sum of logs; log of a power a multiple.
  mutating func processLog(_ index: Int, _ argument: Int, _ weights: Weights) {
    let node = nodes[argument]
    let inner = node.arguments
    func pushLog(_ k: Int, _ factor: Double) {
      if let tensor = isNumber(inner[k]) {
        let values = Kernel.log(tensor.values)
        terms.constant += Kernel.compensatedSum(
          weights.map { factor * Evaluation.product($1, values[place(inner[k], $0)]) }.values)
      } else {
        push([logarithm(inner[k])], node.count, weights.map { factor * $1 })
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
      push([logarithm(inner[0])], node.count, weights)
      terms.constant += Kernel.log(c) * Kernel.compensatedSum(weights.values)
    case .power(let a):
      push([logarithm(inner[0])], node.count, weights.map { a * $1 })
    case .exp: push(inner, node.count, weights)
    case .product:
      let n = nodes[inner[0]].count
      push(
        [logarithm(inner[0])], n,
        Weights(indices: nil, values: [Double](repeating: weights.values[0], count: n)))
    case .sum where isExponential(inner[0]):
      let exponent = nodes[inner[0]].arguments[0]
      if nodes[exponent].degree <= 1 {
        terms.outers.append(
          CollectedTerms.OuterTerm(
            weight: weights.values[0], outer: .logSumExp, form: form(exponent), node: origin))
      } else {
        terms.others.append((weights.values[0], index, origin))
      }
    default:
      if node.degree <= 1 {
        terms.logs.append(group(argument, weights))
      } else {
        addOther(index, weights)
      }
    }
  }

  mutating func logarithm(_ argument: Int) -> Int {
    appendOnce(.log, argument, key: RewriteKey(argument: argument, exponent: nil))
  }

  func isExponential(_ index: Int) -> Bool {
    if case .exp = nodes[index].operation { return true }
    return false
  }

  mutating func processElementwise(_ index: Int, _ node: Node, _ weights: Weights) {
    let argument = node.arguments[0]
    switch node.operation {
    case .perspective(let a):
      addPerspective(a, argument, node.arguments[1], weights, index)
    case .power(let exponent):
      // (x^a)^b, sqrt of a product, and powers of scaled arguments.
      switch nodes[argument].operation {
      case .multiply where !overflows(nodes[argument].arguments, exponent),
        .divide where !overflows(nodes[argument].arguments, exponent):
        let parts = nodes[argument].arguments
        let isQuotient = if case .divide = nodes[argument].operation { true } else { false }
        let left = raised(parts[0], exponent)
        let right = raised(parts[1], isQuotient ? -exponent : exponent)
        push([left, right], node.count, weights)
      case .power(let inner) where !Outer.isEven(inner):
        push([raised(nodes[argument].arguments[0], inner * exponent)], node.count, weights)
      default:
        guard nodes[argument].degree <= 1 else {
          if exponent == 2, let (inner, isAffine) = positivePart(argument) {
            if isAffine {
              terms.positiveSquares.append(group(inner, weights))
            } else {
              addOther(index, weights)
            }
          } else if exponent == 2 {
            push([argument, argument], node.count, weights)
          } else {
            addOther(index, weights)
          }
          return
        }
        addPower(exponent, group(argument, weights))
      }
    default:
      guard nodes[argument].degree <= 1 else {
        addOther(index, weights)
        return
      }
      if case .exp = node.operation {
        terms.exponentials.append(group(argument, weights))
      } else {
        terms.absolutes.append(group(argument, weights))
      }
    }
  }

  mutating func addPower(_ exponent: Double, _ group: CollectedTerms.Group) {
    switch exponent {
    case 1: addLinear(group.form, Weights(indices: nil, values: group.weights))
    case 0: terms.constant += Kernel.compensatedSum(group.weights)
    default: terms.powers.append((exponent, group))
    }
  }

  /// u where the node is max(u, 0), and whether u is affine.
  private func positivePart(_ index: Int) -> (node: Int, isAffine: Bool)? {
    guard case .maximumOf = nodes[index].operation, nodes[index].arguments.count == 2 else { return nil }
    let arguments = nodes[index].arguments
    guard let k = arguments.firstIndex(where: { isNumber($0)?.values.allSatisfy { $0 == 0 } ?? false })
    else { return nil }
    return (arguments[1 - k], nodes[arguments[1 - k]].degree <= 1)
  }

  /// True when a power of a constant among the factors of an affine product leaves the range of numbers: the product is
  /// then kept as one row, because an overflow of finite data is not an infinity of the data.
  private func overflows(_ factors: [Int], _ exponent: Double) -> Bool {
    factors.allSatisfy { nodes[$0].degree <= 1 }
      && factors.contains { factor in
        isNumber(factor)?.values.contains { x in
          let y = abs(Scalar.pow(x, exponent))
          return x != 0 && x.isFinite && !(y > 1e-140 && y < 1e140)
        } ?? false
      }
  }

  mutating func addPerspective(
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
      terms.perspectives.append(
        (
          a,
          CollectedTerms.PairGroup(
            weights: weights.values, first: picked(u, weights), second: picked(v, weights), node: origin)
        ))
    } else {
      addOther(index, weights)
    }
  }

  /// log(a b) = log a + log b inside a product.
  mutating func expandLog(_ log: Int, _ rest: [Int], _ count: Int, _ weights: Weights) -> Bool {
    let argument = nodes[log].arguments[0]
    let inner = nodes[argument]
    func node(_ k: Int) -> Int {
      if let tensor = isNumber(inner.arguments[k]) {
        return append(
          .constant(Tensor(shape: tensor.shape, values: Kernel.log(tensor.values))), [], tensor.shape, 0)
      }
      return logarithm(inner.arguments[k])
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
}
