import EntropicNumerics

/// An array of ratios of affine forms: entry j is numerator_j / denominator_j.
///
/// Constraints on such ratios are linear: with a denominator D >= 0,
///
///     N / D <= c    is    N - c D <= 0,
///
/// where D = 0 leaves only N <= 0 of it. Sums of ratios stay ratios as long as their denominators agree, so that
/// conditional laws P_ij / sum_j P_ij, their means, and E[x a] / E[a] are all of this form.
struct LinearFraction {
  /// An affine form of single masses, columns ascending.
  struct Form: Hashable {
    var columns: [Int] = []
    var values: [Double] = []
    var offset = 0.0

    var isConstant: Bool { columns.isEmpty }

    func value(_ p: [Double]) -> Double {
      Kernel.compensatedDot(values + [offset], columns.map { p[$0] } + [1])
    }

    /// The sum of multiples, entries of one column merged.
    static func combination(_ terms: [(factor: Double, form: Form)]) -> Form {
      if terms.count == 1, terms[0].factor == 1 { return terms[0].form }
      var sum: [Int: Double] = [:]
      var result = Form()
      for (factor, form) in terms where factor != 0 {
        result.offset += Evaluation.product(factor, form.offset)
        for k in form.columns.indices {
          sum[form.columns[k], default: 0] += Evaluation.product(factor, form.values[k])
        }
      }
      result.columns = sum.keys.sorted().filter { sum[$0] != 0 }
      result.values = result.columns.map { sum[$0] ?? 0 }
      return result
    }
  }

  /// One entry: a numerator and the place of its denominator in a list, nil for 1.
  struct Entry {
    var numerator: Form
    var denominator: Int?
  }

  enum Failure: Error {
    /// No ratio of affine forms.
    case other
    /// A sum of ratios with different denominators, at that node.
    case differentDenominators(Int)
  }
}

/// Finds the ratios in a node: arguments stand before their node, so that one ascending pass is enough.
struct LinearFractionReader {
  private var parts: Parts
  private(set) var denominators: [LinearFraction.Form] = []
  private var places: [LinearFraction.Form: Int] = [:]
  private var known: [Int: [LinearFraction.Entry]] = [:]

  init(_ parts: Parts) { self.parts = parts }

  /// The ratios of a node, one an entry.
  mutating func entries(of root: Int) throws(LinearFraction.Failure) -> [LinearFraction.Entry] {
    var needed: Set<Int> = []
    var open = [root]
    var hasRatio = false
    while let top = open.popLast() {
      guard needed.insert(top).inserted, parts.nodes[top].degree > 1 else { continue }
      let node = parts.nodes[top]
      switch node.operation {
      case .add, .scale, .multiply, .matrixProduct, .linear, .sum: break
      case .divide: if parts.nodes[node.arguments[1]].degree > 0 { hasRatio = true }
      case .power(-1): hasRatio = true
      default: throw .other
      }
      open += node.arguments
    }
    guard hasRatio else { throw .other }
    for i in needed.sorted() where parts.nodes[i].degree > 1 { known[i] = try read(i) }
    return entriesOf(root)
  }

  private func constant(_ index: Int) -> [Double]? {
    if case .constant(let tensor) = parts.nodes[index].operation { return tensor.values }
    return nil
  }

  private mutating func entriesOf(_ index: Int) -> [LinearFraction.Entry] {
    if let found = known[index] { return found }
    let form = parts.form(index)
    let found = (0..<form.rows).map { j -> LinearFraction.Entry in
      LinearFraction.Entry(numerator: LinearFractionReader.form(form, j), denominator: nil)
    }
    known[index] = found
    return found
  }

  private static func form(_ form: LinearForm, _ j: Int) -> LinearFraction.Form {
    let entries = form.entries(j)
    return .combination([
      (
        1,
        LinearFraction.Form(
          columns: entries.map(\.column), values: entries.map(\.value), offset: form.offset[j])
      )
    ])
  }

  /// The place of a denominator in the list.
  private mutating func place(_ form: LinearFraction.Form) -> Int {
    if let place = places[form] { return place }
    denominators.append(form)
    places[form] = denominators.count - 1
    return denominators.count - 1
  }

  /// The denominators that a node stands for, one an entry. Rows that were picked several times are read once.
  private mutating func denominators(_ index: Int) throws(LinearFraction.Failure) -> [Int] {
    let node = parts.nodes[index]
    guard node.degree == 1 else { throw .other }
    if case .linear(let matrix) = node.operation, matrix.column.count == matrix.rows,
      matrix.value.allSatisfy({ $0 == 1 }), Set(matrix.column).count < matrix.rows
    {
      let inner = try denominators(node.arguments[0])
      return matrix.column.map { inner[$0] }
    }
    let form = parts.form(index)
    return (0..<form.rows).map { place(LinearFractionReader.form(form, $0)) }
  }

  private mutating func read(_ index: Int) throws(LinearFraction.Failure) -> [LinearFraction.Entry] {
    let node = parts.nodes[index]
    let a = node.arguments
    func pick<T>(_ list: [T], _ j: Int) -> T { list[list.count == 1 ? 0 : j] }
    switch node.operation {
    case .add:
      let (x, y) = (entriesOf(a[0]), entriesOf(a[1]))
      return try (0..<node.count).map { (j) throws(LinearFraction.Failure) in
        try sum([(1, pick(x, j)), (1, pick(y, j))], index)
      }
    case .scale(let c):
      return try entriesOf(a[0]).map { (entry) throws(LinearFraction.Failure) in try sum([(c, entry)], index)
      }
    case .multiply: return try product(a, node.count, index)
    case .divide, .power: return try quotient(node, index)
    case .sum: return [try sum(entriesOf(a[0]).map { (1, $0) }, index)]
    case .linear(let m):
      let x = entriesOf(a[0])
      return try (0..<m.rows).map { (i) throws(LinearFraction.Failure) in
        try sum((m.rowStart[i]..<m.rowStart[i + 1]).map { (m.value[$0], x[m.column[$0]]) }, index)
      }
    case .matrixProduct: return try matrixProduct(node, index)
    default: throw .other
    }
  }

  /// Products with constants, and of an affine form with c / D.
  private mutating func product(
    _ a: [Int], _ count: Int, _ index: Int
  ) throws(LinearFraction.Failure) -> [LinearFraction.Entry] {
    let (x, y) = (entriesOf(a[0]), entriesOf(a[1]))
    return try (0..<count).map { (j) throws(LinearFraction.Failure) in
      let (u, v) = (x[x.count == 1 ? 0 : j], y[y.count == 1 ? 0 : j])
      let (plain, other) = u.numerator.isConstant ? (u, v) : (v, u)
      guard plain.numerator.isConstant, plain.denominator == nil || other.denominator == nil else {
        throw .other
      }
      return LinearFraction.Entry(
        numerator: .combination([(plain.numerator.offset, other.numerator)]),
        denominator: plain.denominator ?? other.denominator)
    }
  }

  private mutating func quotient(_ node: Node, _ index: Int) throws(LinearFraction.Failure)
    -> [LinearFraction.Entry]
  {
    let a = node.arguments
    var x = [LinearFraction.Entry(numerator: LinearFraction.Form(offset: 1), denominator: nil)]
    if case .divide = node.operation { x = entriesOf(a[0]) }
    let below = a[a.count - 1]
    if let divisor = constant(below) {
      return (0..<node.count).map { j in
        let entry = x[x.count == 1 ? 0 : j]
        return LinearFraction.Entry(
          numerator: .combination([(1 / divisor[divisor.count == 1 ? 0 : j], entry.numerator)]),
          denominator: entry.denominator)
      }
    }
    let places = try denominators(below)
    return try (0..<node.count).map { (j) throws(LinearFraction.Failure) in
      let entry = x[x.count == 1 ? 0 : j]
      guard entry.denominator == nil else { throw .other }
      return LinearFraction.Entry(
        numerator: entry.numerator, denominator: places[places.count == 1 ? 0 : j])
    }
  }

  private mutating func matrixProduct(_ node: Node, _ index: Int) throws(LinearFraction.Failure)
    -> [LinearFraction.Entry]
  {
    let (a, b) = (node.arguments[0], node.arguments[1])
    let (s, t) = (parts.nodes[a].shape, parts.nodes[b].shape)
    let inner = s[s.count - 1]
    let width = t.count == 2 ? t[1] : 1
    let (left, right) = (constant(a), constant(b))
    guard left != nil || right != nil else { throw .other }
    let x = entriesOf(left == nil ? a : b)
    return try (0..<node.count).map { (r) throws(LinearFraction.Failure) in
      let (i, k) = (r / width, r % width)
      return try sum(
        (0..<inner).map { j in
          if let left { return (left[i * inner + j], x[j * width + k]) }
          return (right?[j * width + k] ?? 0, x[i * inner + j])
        }, index)
    }
  }

  /// A sum of multiples. Constants join a ratio: N / D + c = (N + c D) / D.
  private func sum(
    _ terms: [(factor: Double, entry: LinearFraction.Entry)], _ index: Int
  ) throws(LinearFraction.Failure) -> LinearFraction.Entry {
    let kept = terms.filter { $0.factor != 0 }
    guard let common = kept.compactMap(\.entry.denominator).first else {
      return LinearFraction.Entry(
        numerator: .combination(kept.map { ($0.factor, $0.entry.numerator) }), denominator: nil)
    }
    var list: [(factor: Double, form: LinearFraction.Form)] = []
    for (factor, entry) in kept {
      if let denominator = entry.denominator {
        guard denominator == common else { throw .differentDenominators(index) }
        list.append((factor, entry.numerator))
      } else {
        guard entry.numerator.isConstant else { throw .other }
        list.append((factor * entry.numerator.offset, denominators[common]))
      }
    }
    return LinearFraction.Entry(numerator: .combination(list), denominator: common)
  }
}
