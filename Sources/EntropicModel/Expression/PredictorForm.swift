import EntropicNumerics

/// A scalar formula taken apart into functions of linear predictors and the rest:
///
///     U(x) = sum_i w_i phi(a_i . x + b_i) + R(x)
///
/// phi is exp(t) or log(1 + exp(t)), wherever those stand inside sums, scalings and weighted sums. What is not
/// recognised stays in R.
package struct PredictorForm: Sendable {
  package enum Curve: Sendable, Equatable { case exponential, softplus }

  package struct Part: Sendable {
    package var curve: Curve
    package var design: Matrix
    package var offsets: [Double]
    package var weights: [Double]
  }

  package private(set) var parts: [Part] = []
  /// R; nil when nothing is left.
  package private(set) var rest: Expression?

  /// - Precondition: a scalar formula of one unknown vector.
  package init(_ expression: Expression, of unknown: Unknown) {
    let graph = expression.graph
    let nodes = graph.nodes
    // Nodes whose entries are summed with weights; one weight goes with all entries.
    var open: [(node: Int, weights: [Double])] = [(expression.index, [1])]
    var rest: [Expression] = []
    func spread(_ weights: [Double], to count: Int) -> [Double] {
      weights.count == count ? weights : [Double](repeating: weights[0], count: count)
    }
    while let (index, weights) = open.popLast() {
      let node = nodes[index]
      let arguments = node.arguments
      switch node.operation {
      case .add where arguments.allSatisfy({ nodes[$0].count == node.count }):
        open += arguments.map { ($0, weights) }
        continue
      case .scale(let c):
        open.append((arguments[0], weights.map { c * $0 }))
        continue
      case .sum:
        open.append((arguments[0], [weights[0]]))
        continue
      case .multiply where arguments.allSatisfy({ nodes[$0].count == node.count }):
        if let k = arguments.firstIndex(where: { nodes[$0].degree == 0 }),
          case .constant(let tensor) = nodes[arguments[k]].operation
        {
          let own = spread(weights, to: node.count)
          open.append((arguments[1 - k], zip(own, tensor.values).map(*)))
          continue
        }
      case .matrixProduct where node.count == 1:
        if let k = arguments.firstIndex(where: { nodes[$0].degree == 0 }),
          case .constant(let tensor) = nodes[arguments[k]].operation,
          nodes[arguments[1 - k]].count == tensor.values.count
        {
          open.append((arguments[1 - k], tensor.values.map { weights[0] * $0 }))
          continue
        }
      case .exp where nodes[arguments[0]].degree == 1:
        if let part = PredictorForm.part(
          .exponential, arguments[0], graph, unknown, spread(weights, to: node.count))
        {
          parts.append(part)
          continue
        }
      case .log:
        if let inner = PredictorForm.exponent(ofOnePlus: arguments[0], nodes),
          let part = PredictorForm.part(.softplus, inner, graph, unknown, spread(weights, to: node.count))
        {
          parts.append(part)
          continue
        }
      default: break
      }
      let own = Expression(graph: graph, index: index, failure: nil)
      if weights.count == 1 {
        rest.append(weights[0] * EntropicModel.sum(own))
      } else {
        rest.append(EntropicModel.sum(Expression(Tensor(shape: node.shape, values: weights)) * own))
      }
    }
    self.rest = rest.reduce(nil) { total, term in total.map { $0 + term } ?? term }
  }

  /// u where a node is 1 + exp(u), u affine.
  private static func exponent(ofOnePlus index: Int, _ nodes: [Node]) -> Int? {
    guard case .add = nodes[index].operation else { return nil }
    let arguments = nodes[index].arguments
    for k in 0...1 {
      guard case .constant(let tensor) = nodes[arguments[k]].operation,
        tensor.values.allSatisfy({ $0 == 1 }), case .exp = nodes[arguments[1 - k]].operation
      else { continue }
      let inner = nodes[arguments[1 - k]].arguments[0]
      if nodes[inner].degree == 1 { return inner }
    }
    return nil
  }

  /// The affine map of a node, from its values at 0 and at the unit vectors.
  private static func part(
    _ curve: Curve, _ index: Int, _ graph: Graph, _ unknown: Unknown, _ weights: [Double]
  ) -> Part? {
    let evaluation = Evaluation(Expression(graph: graph, index: index, failure: nil))
    guard evaluation.unknowns == [unknown] else { return nil }
    let d = unknown.count
    var x = [Double](repeating: 0, count: d)
    let offsets = evaluation.value([x])
    guard offsets.count == weights.count else { return nil }
    var design = Matrix(rows: offsets.count, columns: d)
    for k in 0..<d {
      x[k] = 1
      let values = evaluation.value([x])
      x[k] = 0
      for i in offsets.indices { design[i, k] = values[i] - offsets[i] }
    }
    return Part(curve: curve, design: design, offsets: offsets, weights: weights)
  }
}

extension Expression {
  /// Q, c and k where the formula is x' Q x / 2 + c . x + k; nil when it has another form.
  ///
  /// Read off from gradients at 0 and at the unit vectors, and checked at other points.
  package func quadraticForm(of unknown: Unknown) -> (quadratic: Matrix, linear: [Double], constant: Double)?
  {
    let evaluation = Evaluation(self)
    let d = unknown.count
    guard evaluation.unknowns == [unknown] else {
      guard let constant else { return nil }
      return (Matrix(rows: d, columns: d), [Double](repeating: 0, count: d), constant.values[0])
    }
    var x = [Double](repeating: 0, count: d)
    let (value, origin) = evaluation.gradient([x])
    guard value.isFinite, origin[0].allSatisfy(\.isFinite) else { return nil }
    var q = Matrix(rows: d, columns: d)
    for k in 0..<d {
      x[k] = 1
      let slope = evaluation.gradient([x]).gradient[0]
      x[k] = 0
      for i in 0..<d { q[i, k] = slope[i] - origin[0][i] }
    }
    for step in [0.7, -1.3] {
      let point = (0..<d).map { step * (1 + 0.37 * Double($0 % 7)) }
      let slope = evaluation.gradient([point]).gradient[0]
      let expected = zip(q.times(point), origin[0]).map { $0 + $1 }
      let scale = slope.map(abs).max() ?? 0
      guard zip(slope, expected).allSatisfy({ abs($0 - $1) <= 1e-11 * max(scale, 1e-300) }) else {
        return nil
      }
    }
    for i in 0..<d {
      for j in 0..<i {
        let mean = (q[i, j] + q[j, i]) / 2
        (q[i, j], q[j, i]) = (mean, mean)
      }
    }
    return (q, origin[0], value)
  }
}
