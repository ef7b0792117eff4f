import EntropicNumerics

/// Affine nodes: their forms, and the linear terms that they give.
extension Parts {
  mutating func group(_ argument: Int, _ weights: Weights) -> CollectedTerms.Group {
    CollectedTerms.Group(weights: weights.values, form: picked(argument, weights), node: origin)
  }

  /// The rows of an affine node that go with the listed weights.
  mutating func picked(_ index: Int, _ weights: Weights) -> LinearForm {
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
          // Whatever its sign: an infinite coefficient is log(0) in data, which forbids its outcome.
          terms.forcedZeros.insert(i)
        } else {
          terms.linear[i] += cost
          terms.linearError[i] += 0x1p-51 * abs(cost)
        }
      }
      switch form.storage {
      case .entries(let index, let scale): if index[j] >= 0, scale[j] != 0 { put(index[j], scale[j]) }
      case .map(let map): map.forEachEntry(ofRow: j) { if $1 != 0 { put($0, $1) } }
      }
    }
    terms.constant += Kernel.compensatedSum(constants)
    terms.constantError += 0x1p-51 * Kernel.absoluteSum(constants)
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

  func build(_ node: Node) -> LinearForm {
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
