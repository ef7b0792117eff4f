import EntropicNumerics

/// Maxima and the scalar functions of an array.
extension Parts {
  mutating func processMaximumOf(_ index: Int, _ arguments: [Int], _ weights: Weights) {
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
      terms.absolutes.append(
        CollectedTerms.Group(
          weights: half.values, form: a.plus(b.scaled { _ in -1 }, columns: columns), node: origin))
      return
    }
    for k in weights.values.indices where weights.values[k] != 0 {
      var rows: [SparseRow] = []
      var offset: [Double] = []
      for argument in arguments {
        let f = form(argument)
        let j = place(argument, weights.index(k))
        rows.append(f.entries(j))
        offset.append(f.offset[j])
      }
      let f = LinearForm(storage: .map(.from(rows: rows, columns: columns)), offset: offset)
      terms.outers.append(
        CollectedTerms.OuterTerm(weight: weights.values[k], outer: .maximum(caps: nil), form: f, node: origin)
      )
    }
  }

  /// Scalar functions of an array.
  mutating func processReduction(_ index: Int, _ node: Node, _ weight: Double) {
    let argument = node.arguments[0]
    func term(_ outer: Outer, _ form: LinearForm) {
      terms.outers.append(CollectedTerms.OuterTerm(weight: weight, outer: outer, form: form, node: origin))
    }
    switch node.operation {
    case .logDeterminant:
      terms.information.append(
        CollectedTerms.InformationPart(
          weight: -weight, kind: .negativeLogDeterminant, node: origin, argument: argument))
    case .traceInverse:
      terms.information.append(
        CollectedTerms.InformationPart(weight: weight, kind: .traceInverse, node: origin, argument: argument))
    case .smallestEigenvalue:
      terms.information.append(
        CollectedTerms.InformationPart(
          weight: -weight, kind: .negativeSmallestEigenvalue, node: origin, argument: argument))
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
        terms.others.append((weight, index, origin))
      }
    case .logSumExp where nodes[argument].degree <= 1: term(.logSumExp, form(argument))
    case .norm where nodes[argument].degree <= 1: term(.norm, form(argument))
    case .lossRisk(let law, let level) where nodes[argument].degree <= 1:
      term(.maximum(caps: law.map { $0 / (1 - level) }), form(argument))
    case .lawRisk(let losses, let level) where nodes[argument].degree <= 1:
      addLawRisk(losses, level, argument, weight)
    default: terms.others.append((weight, index, origin))
    }
  }

  /// -CVaR(p) = max_j -(l_j sum p + sum p_i (l_i - l_j)^+ / (1 - level)): the threshold is one of the losses.
  mutating func addLawRisk(
    _ losses: [Double], _ level: Double, _ argument: Int, _ weight: Double
  ) {
    let thresholds = Array(Set(losses)).sorted()
    var m = Matrix(rows: thresholds.count, columns: losses.count, repeating: 0)
    for (j, eta) in thresholds.enumerated() {
      for (i, loss) in losses.enumerated() {
        m[j, i] = -(eta + max(loss - eta, 0) / (1 - level))
      }
    }
    terms.outers.append(
      CollectedTerms.OuterTerm(
        weight: -weight, outer: .maximum(caps: nil),
        form: form(argument).multiplied(by: m, columns: layout.count), node: origin))
  }
}
