import EntropicNumerics

/// A matrix expression as M0 + sum_i s_i p_i x_i x_i' over one run of masses.
///
/// The covariance sum p x x' - m m' enters through its border: det [1 m'; m S] = det(S - m m'), so that log det of a
/// covariance is log det of the information matrix of the regressors (1, x), when the law has mass one.
struct InformationImage {
  var regressors: Matrix
  var scale: [Double]
  var first: Int
  var base: Matrix?

  init?(_ index: Int, in parts: Parts) {
    var terms: [(weight: Double, node: Int)] = []
    var base: Matrix?
    var open: [(weight: Double, node: Int)] = [(1, index)]
    while let (weight, top) = open.popLast() {
      let node = parts.nodes[top]
      switch node.operation {
      case .add: open += node.arguments.map { (weight, $0) }
      case .scale(let c): open.append((weight * c, node.arguments[0]))
      case .information: terms.append((weight, top))
      case .constant(let tensor):
        var m = tensor.matrix
        for k in m.elements.indices { m.elements[k] = weight * m.elements[k] + (base?.elements[k] ?? 0) }
        base = m
      default: return nil
      }
    }
    guard terms.count == 1, let term = terms.first, term.weight > 0,
      case .information(let x) = parts.nodes[term.node].operation
    else { return nil }
    var copy = parts
    let form = copy.form(parts.nodes[term.node].arguments[0])
    guard case .entries(let indices, let scales) = form.storage, let first = indices.first, first >= 0,
      indices.indices.allSatisfy({ indices[$0] == first + $0 && scales[$0] >= 0 })
    else { return nil }
    if form.offset.contains(where: { $0 != 0 }) {
      let extra = x.gram(weights: form.offset)
      var m = base ?? Matrix(rows: x.columns, columns: x.columns, repeating: 0)
      for k in m.elements.indices { m.elements[k] += term.weight * extra.elements[k] }
      base = m
    }
    regressors = x
    scale = scales.map { $0 * term.weight }
    self.first = first
    self.base = base
  }
}
