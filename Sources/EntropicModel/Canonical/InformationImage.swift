import EntropicNumerics

/// A matrix expression as M0 + sum_i s_i p_i x_i x_i' over one run of masses.
///
/// The covariance S - m m' with S = sum p x x' and m = sum p x is no such sum, but its determinant is one's: by the
/// complement of the corner, det [1 m'; m S] = det(S - m m'). So log det of a covariance, with a positive factor and a
/// constant matrix added, is log det of the information matrix of the regressors (1, x), where the mass of the law is
/// known.
struct InformationImage {
  var regressors: Matrix
  var scale: [Double]
  var first: Int
  var base: Matrix?

  /// A summand sum p x x', or minus the outer square of a mean.
  private struct Summand {
    let weight: Double
    let node: Int
    let isBorder: Bool
  }

  init?(_ index: Int, kind: InformationTerm.Kind, in parts: Parts) {
    var summands: [Summand] = []
    var constant: Matrix?
    var open: [(weight: Double, node: Int)] = [(1, index)]
    while let (weight, top) = open.popLast() {
      let node = parts.nodes[top]
      switch node.operation {
      case .add: open += node.arguments.map { (weight, $0) }
      case .scale(let c): open.append((weight * c, node.arguments[0]))
      case .information: summands.append(Summand(weight: weight, node: top, isBorder: false))
      case .multiply: summands.append(Summand(weight: weight, node: top, isBorder: true))
      case .constant(let tensor):
        var m = tensor.matrix
        for k in m.elements.indices { m.elements[k] = weight * m.elements[k] + (constant?.elements[k] ?? 0) }
        constant = m
      default: return nil
      }
    }
    let sums = summands.filter { !$0.isBorder }
    guard sums.count == 1, summands.count <= 2, sums[0].weight > 0,
      case .information(let x) = parts.nodes[sums[0].node].operation
    else { return nil }
    let term = sums[0]
    let law = parts.nodes[term.node].arguments[0]
    var copy = parts
    let form = copy.form(law)
    guard case .entries(let indices, let scales) = form.storage, let first = indices.first, first >= 0,
      indices.indices.allSatisfy({ indices[$0] == first + $0 && scales[$0] >= 0 })
    else { return nil }
    regressors = x
    scale = scales.map { $0 * term.weight }
    self.first = first
    base = constant
    if let border = summands.first(where: \.isBorder) {
      guard kind == .negativeLogDeterminant, border.weight == -term.weight,
        InformationImage.isOuterSquareOfMean(border.node, of: law, x, &copy),
        let mass = InformationImage.mass(form, parts.layout)
      else { return nil }
      scale = scales
      addCorner(mass: mass, factor: term.weight)
    }
    if form.offset.contains(where: { $0 != 0 }) {
      let extra = regressors.gram(weights: form.offset)
      var m = base ?? Matrix(rows: regressors.columns, columns: regressors.columns, repeating: 0)
      let weight = summands.count == 1 ? term.weight : 1
      for k in m.elements.indices { m.elements[k] += weight * extra.elements[k] }
      base = m
    }
  }

  /// Turns c S + B into [1 r m'; r m c S + B] with r = sqrt(c): the regressors become (1, r x).
  private mutating func addCorner(mass: Double, factor: Double) {
    let d = regressors.columns
    let root = factor.squareRoot()
    regressors = Matrix(
      rows: regressors.rows, columns: d + 1,
      elements: (0..<regressors.rows).flatMap { i in [1.0] + regressors.row(i).map { root * $0 } })
    guard base != nil || mass != 1 else { return }
    var corner = Matrix(rows: d + 1, columns: d + 1, repeating: 0)
    corner[0, 0] = 1 - mass
    for i in 0..<d {
      for j in 0..<d { corner[i + 1, j + 1] = base?[i, j] ?? 0 }
    }
    base = corner
  }

  /// True for m m' written entry by entry, with m = p X: the mean gathered along the rows times the mean gathered
  /// along the columns.
  private static func isOuterSquareOfMean(_ index: Int, of law: Int, _ x: Matrix, _ parts: inout Parts)
    -> Bool
  {
    let d = x.columns
    func mean(_ argument: Int, _ place: (Int) -> Int) -> Int? {
      guard case .linear(let matrix) = parts.nodes[argument].operation, parts.isSelection(matrix),
        matrix.rows == d * d, (0..<d * d).allSatisfy({ matrix.column[$0] == place($0) })
      else { return nil }
      return parts.nodes[argument].arguments[0]
    }
    let (a, b) = (parts.nodes[index].arguments[0], parts.nodes[index].arguments[1])
    guard let rows = mean(a, { $0 / d }) ?? mean(b, { $0 / d }),
      let columns = mean(a, { $0 % d }) ?? mean(b, { $0 % d }), rows == columns,
      case .matrixProduct = parts.nodes[rows].operation
    else { return false }
    let factors = parts.nodes[rows].arguments
    guard let matrix = parts.isNumber(factors[1]), matrix.shape == [x.rows, d], matrix.values == x.elements
    else { return false }
    return parts.sameRows(parts.form(factors[0]), parts.form(law))
  }

  /// The sum of the law, where whole simplices give it.
  private static func mass(_ form: LinearForm, _ layout: Layout) -> Double? {
    let row = AffineRow(
      entries: (0..<form.rows).flatMap { form.entries($0) }, offset: form.offset.reduce(0, +))
    return FixedRows(layout: layout, equalities: []).value(of: row)?.value
  }
}
