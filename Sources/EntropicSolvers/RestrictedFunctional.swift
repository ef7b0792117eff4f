import EntropicModel
import EntropicNumerics

/// The entries of a flat buffer that stay unknown, with the values of the others.
struct EntrySelection: Sendable {
  /// Index in the full buffer of every entry that stays; ascending.
  let kept: [Int]
  /// One number an entry of the full buffer: its value, 0 where it stays unknown.
  let values: [Double]
  /// Index among the kept entries, or -1.
  let position: [Int]

  init(isFixed: [Bool], values: [Double]) {
    let kept = isFixed.indices.filter { !isFixed[$0] }
    var position = [Int](repeating: -1, count: isFixed.count)
    for (k, i) in kept.enumerated() { position[i] = k }
    self.kept = kept
    self.position = position
    self.values = values.indices.map { isFixed[$0] ? values[$0] : 0 }
  }

  /// Every entry stays.
  init(count: Int) {
    self.init(isFixed: [Bool](repeating: false, count: count), values: [Double](repeating: 0, count: count))
  }

  var isIdentity: Bool { kept.count == values.count }

  func restrict(_ full: [Double]) -> [Double] { isIdentity ? full : kept.map { full[$0] } }

  func expand(_ part: [Double]) -> [Double] {
    if isIdentity { return part }
    var full = values
    for (k, i) in kept.enumerated() { full[i] = part[k] }
    return full
  }

  /// Positions of the kept entries among `count` entries from `first` on.
  func range(_ first: Int, _ count: Int) -> [Int] { (first..<first + count).filter { position[$0] >= 0 } }
}

extension Functional {
  /// The same function with some masses held at their values: constants and offsets take up what they
  /// contribute.
  ///
  /// Composites keep their rows and their order, so that slopes of the one are slopes of the other.
  func restricted(to selection: EntrySelection) -> Functional {
    if selection.isIdentity { return self }
    var out = Functional(count: selection.kept.count)
    let fixed = selection.values.indices.filter { selection.position[$0] < 0 }
    var held = Functional(count: count)
    held.constant = constant
    held.linear = linear
    held.entropic = entropic
    held.barrier = barrier
    held.powers = powers
    // The separable part of the held entries alone: weights of the others do not count.
    for i in selection.kept {
      held.linear[i] = 0
      if !entropic.isEmpty { held.entropic[i] = 0 }
      if !barrier.isEmpty { held.barrier[i] = 0 }
      for k in powers.indices { held.powers[k].weights[i] = 0 }
    }
    out.constant = held.value(selection.values)
    out.linear = selection.restrict(linear)
    if !entropic.isEmpty { out.entropic = selection.restrict(entropic) }
    if !barrier.isEmpty { out.barrier = selection.restrict(barrier) }
    out.powers = powers.map { PowerTerm(exponent: $0.exponent, weights: selection.restrict($0.weights)) }
    for term in composites { out.add(term.restricted(to: selection)) }
    for term in conditionals {
      let (part, constant) = term.restricted(to: selection)
      out.conditionals.append(part)
      out.constant += constant
    }
    out.information = information.map { $0.restricted(to: selection) }
    out.smooth = fixed.isEmpty ? smooth : smooth.map { $0.restricted(to: selection) }
    return out
  }

  private mutating func add(_ part: (composite: Composite, linear: [Double], constant: Double)) {
    composites.append(part.composite)
    constant += part.constant
    if !part.linear.isEmpty { Kernel.axpy(1, part.linear, into: &linear) }
  }
}

extension LinearMap {
  /// The columns that stay.
  func restricted(to selection: EntrySelection) -> LinearMap {
    switch self {
    case .dense(let matrix, let first, _):
      let columns = selection.range(first, matrix.columns)
      if columns.isEmpty {
        return .sparse(
          SparseMatrix(
            columns: selection.kept.count,
            rows: [SparseRow](
              repeating: [], count: matrix.rows)))
      }
      // The kept columns of a range are neighbours again.
      var part = Matrix(rows: matrix.rows, columns: columns.count, repeating: 0)
      for i in 0..<matrix.rows {
        for (k, j) in columns.enumerated() {
          part.elements[i * columns.count + k] = matrix.elements[i * matrix.columns + j - first]
        }
      }
      return .dense(part, firstColumn: selection.position[columns[0]], columns: selection.kept.count)
    case .sparse(let matrix):
      return .sparse(matrix.restricted(to: selection))
    }
  }
}

extension SparseMatrix {
  func restricted(to selection: EntrySelection) -> SparseMatrix {
    var start = [0]
    var columns: [Int] = []
    var values: [Double] = []
    for j in 0..<rows {
      for e in rowStart[j]..<rowStart[j + 1] where selection.position[column[e]] >= 0 {
        columns.append(selection.position[column[e]])
        values.append(value[e])
      }
      start.append(columns.count)
    }
    return SparseMatrix(
      rows: rows, columns: selection.kept.count, rowStart: start, column: columns, value: values)
  }
}

extension Composite {
  /// The composite of the kept masses, with a linear part and a constant that split off (quadratic forms
  /// only).
  func restricted(to selection: EntrySelection) -> (composite: Composite, linear: [Double], constant: Double)
  {
    if case .quadratic(let q, let slack) = outer { return quadratic(q, slack, selection) }
    var moved = map.apply(selection.values)
    for j in moved.indices { moved[j] += offset[j] }
    return (
      Composite(weight: weight, outer: outer, map: map.restricted(to: selection), offset: moved), [], 0
    )
  }

  /// u'Qu with u = (free, held) = u_f' Q_ff u_f + 2 u_f' Q_fh u_h + u_h' Q_hh u_h.
  ///
  /// The map of a quadratic form is the identity on a range of masses, and so is the one returned.
  private func quadratic(
    _ q: Matrix, _ slack: Double, _ selection: EntrySelection
  ) -> (composite: Composite, linear: [Double], constant: Double) {
    var home = [Int](repeating: 0, count: q.rows)
    for j in 0..<q.rows { map.forEachEntry(ofRow: j) { if $1 != 0 { home[j] = $0 } } }
    let free = home.indices.filter { selection.position[home[$0]] >= 0 }
    // Zeros contribute nothing.
    let held = home.indices.filter {
      selection.position[home[$0]] < 0 && selection.values[home[$0]] + offset[$0] != 0
    }
    var part = Matrix(rows: free.count, columns: free.count, repeating: 0)
    for (a, i) in free.enumerated() {
      for (b, j) in free.enumerated() { part[a, b] = q[i, j] }
    }
    let u = held.map { selection.values[home[$0]] + offset[$0] }
    var linear = [Double](repeating: 0, count: selection.kept.count)
    var constant = 0.0
    for (a, i) in free.enumerated() {
      var cross = 0.0
      for (b, j) in held.enumerated() { cross += q[i, j] * u[b] }
      linear[selection.position[home[i]]] += 2 * weight * cross
      constant += 2 * weight * cross * offset[free[a]]
    }
    for (a, i) in held.enumerated() {
      for (b, j) in held.enumerated() { constant += weight * u[a] * q[i, j] * u[b] }
    }
    let rows = free.map { [(column: selection.position[home[$0]], value: 1.0)] }
    let composite = Composite(
      weight: weight, outer: .quadratic(part, slack: slack),
      map: .sparse(SparseMatrix(columns: selection.kept.count, rows: rows)), offset: free.map { offset[$0] })
    return (composite, linear, constant)
  }
}

extension ConditionalEntropy {
  /// Held masses join the offset of their sum; their own x log x is a constant.
  func restricted(to selection: EntrySelection) -> (part: ConditionalEntropy, constant: Double) {
    var offset = offset
    var constant = 0.0
    for j in 0..<map.rows {
      for e in map.rowStart[j]..<map.rowStart[j + 1] where selection.position[map.column[e]] < 0 {
        let x = selection.values[map.column[e]]
        offset[j] += map.value[e] * x
        if x > 0 { constant += weight[j] * map.value[e] * x * Kernel.log(x) }
      }
    }
    return (
      ConditionalEntropy(weight: weight, map: map.restricted(to: selection), offset: offset), constant
    )
  }
}

extension InformationTerm {
  /// Held outcomes join the base matrix.
  func restricted(to selection: EntrySelection) -> InformationTerm {
    let rows = selection.range(first, regressors.rows)
    var masses = [Double](repeating: 0, count: regressors.rows)
    for i in masses.indices where selection.position[first + i] < 0 {
      masses[i] = scale[i] * selection.values[first + i]
    }
    var fixed = regressors.gram(weights: masses)
    if let base {
      for e in fixed.elements.indices { fixed.elements[e] += base.elements[e] }
    }
    let d = regressors.columns
    var part = Matrix(rows: rows.count, columns: d, repeating: 0)
    for (k, i) in rows.enumerated() {
      for j in 0..<d { part[k, j] = regressors[i - first, j] }
    }
    let start = rows.first.map { selection.position[$0] } ?? 0
    return InformationTerm(
      weight: weight, kind: kind, regressors: part, scale: rows.map { scale[$0 - first] }, first: start,
      base: fixed)
  }
}

extension SmoothFunction {
  func restricted(to selection: EntrySelection) -> SmoothFunction {
    SmoothFunction(
      name: name, isConvex: isConvex, value: { evaluate(selection.expand($0)) },
      valueAndGradient: { p in
        let both = evaluateWithGradient(selection.expand(p))
        return (both.value, selection.restrict(both.gradient))
      })
  }
}
