import EntropicNumerics

/// An affine image of the flat buffer: the canonical form of an affine node.
///
/// Images that pick or scale single masses, the common case, are kept as such; everything else is a linear map.
struct LinearForm: Sendable {
  enum Storage: Sendable {
    /// Row j is scale[j] times mass index[j]; index -1 is no mass at all.
    case entries(index: [Int], scale: [Double])
    case map(LinearMap)
  }
  var storage: Storage
  var offset: [Double]

  var rows: Int { offset.count }

  static func constant(_ values: [Double]) -> LinearForm {
    LinearForm(
      storage: .entries(
        index: [Int](repeating: -1, count: values.count), scale: [Double](repeating: 0, count: values.count)),
      offset: values)
  }

  static func masses(_ range: Range<Int>) -> LinearForm {
    LinearForm(
      storage: .entries(index: Array(range), scale: [Double](repeating: 1, count: range.count)),
      offset: [Double](repeating: 0, count: range.count))
  }

  /// The one mass of a row, when it has at most one; index -1 when it has none.
  func single(_ row: Int) -> (index: Int, scale: Double)? {
    switch storage {
    case .entries(let index, let scale): return scale[row] == 0 ? (-1, 0) : (index[row], scale[row])
    case .map(let map):
      var found: (Int, Double) = (-1, 0)
      var count = 0
      map.forEachEntry(ofRow: row) { column, value in
        if value != 0 {
          found = (column, value)
          count += 1
        }
      }
      return count <= 1 ? found : nil
    }
  }

  func entries(_ row: Int) -> SparseRow {
    switch storage {
    case .entries(let index, let scale):
      return scale[row] == 0 || index[row] < 0 ? [] : [(index[row], scale[row])]
    case .map(let map):
      var list: SparseRow = []
      map.forEachEntry(ofRow: row) { if $1 != 0 { list.append(($0, $1)) } }
      return list
    }
  }

  /// Every row times its factor.
  func scaled(_ factor: (Int) -> Double) -> LinearForm {
    var result = self
    for j in 0..<rows { result.offset[j] = Evaluation.product(factor(j), offset[j]) }
    switch storage {
    case .entries(let index, let scale):
      result.storage = .entries(
        index: index, scale: scale.indices.map { Evaluation.product(factor($0), scale[$0]) })
    case .map(.dense(var m, let first, let columns)):
      for i in 0..<m.rows {
        let c = factor(i)
        for j in 0..<m.columns { m.elements[i * m.columns + j] *= c }
      }
      result.storage = .map(.dense(m, firstColumn: first, columns: columns))
    case .map(.sparse(let s)):
      var value = s.value
      for i in 0..<s.rows {
        for k in s.rowStart[i]..<s.rowStart[i + 1] { value[k] *= factor(i) }
      }
      result.storage = .map(
        .sparse(
          SparseMatrix(
            rows: s.rows, columns: s.columns, rowStart: s.rowStart, column: s.column, value: value)))
    }
    return result
  }

  /// The sum; a form of one row goes with anything.
  func plus(_ other: LinearForm, columns: Int) -> LinearForm {
    let n = max(rows, other.rows)
    func row(_ f: LinearForm, _ j: Int) -> Int { f.rows == 1 ? 0 : j }
    let offset = (0..<n).map { self.offset[row(self, $0)] + other.offset[row(other, $0)] }
    if other.isConstant, rows == n { return LinearForm(storage: storage, offset: offset) }
    if isConstant, other.rows == n { return LinearForm(storage: other.storage, offset: offset) }
    if case .entries(let a, let s) = storage, case .entries(let b, let t) = other.storage {
      let fits = (0..<n).allSatisfy { j in
        let (x, y) = (row(self, j), row(other, j))
        return a[x] == b[y] || s[x] == 0 || t[y] == 0
      }
      if fits {
        return LinearForm(
          storage: .entries(
            index: (0..<n).map { s[row(self, $0)] == 0 ? b[row(other, $0)] : a[row(self, $0)] },
            scale: (0..<n).map { s[row(self, $0)] + t[row(other, $0)] }), offset: offset)
      }
    }
    if case .map(.dense(let a, let i, let c)) = storage, case .map(.dense(let b, let k, _)) = other.storage,
      i == k, a.rows == b.rows, a.columns == b.columns
    {
      var sum = a
      Kernel.axpy(1, b.elements, into: &sum.elements)
      return LinearForm(storage: .map(.dense(sum, firstColumn: i, columns: c)), offset: offset)
    }
    let list = (0..<n).map { entries(row(self, $0)) + other.entries(row(other, $0)) }
    return LinearForm(storage: .map(.from(rows: list, columns: columns)), offset: offset)
  }

  var isConstant: Bool {
    if case .entries(_, let scale) = storage { return scale.allSatisfy { $0 == 0 } }
    return false
  }

  /// M applied to the form, M given row by row.
  func mapped(
    by rowsOfM: Int, columns: Int, _ row: (Int, (Int, Double) -> Void) -> Void
  ) -> LinearForm {
    var list: [SparseRow] = []
    var offset = [Double](repeating: 0, count: rowsOfM)
    var isSingle = true
    list.reserveCapacity(rowsOfM)
    for i in 0..<rowsOfM {
      var terms: SparseRow = []
      row(i) { j, m in
        if m == 0 { return }
        offset[i] += m * self.offset[j]
        for entry in entries(j) { terms.append((entry.column, Evaluation.product(m, entry.value))) }
      }
      if terms.count > 1 { isSingle = false }
      list.append(terms)
    }
    if isSingle {
      return LinearForm(
        storage: .entries(
          index: list.map { $0.first?.column ?? -1 }, scale: list.map { $0.first?.value ?? 0 }),
        offset: offset)
    }
    return LinearForm(storage: .map(.from(rows: list, columns: columns)), offset: offset)
  }

  /// A dense matrix times the form; no copy through lists when the form is a plain run of masses.
  func multiplied(by m: Matrix, columns: Int) -> LinearForm {
    if case .entries(let index, let scale) = storage, let first = index.first, first >= 0,
      index.indices.allSatisfy({ index[$0] == first + $0 && scale[$0] == 1 })
    {
      return LinearForm(
        storage: .map(.dense(m, firstColumn: first, columns: columns)),
        offset: offset.contains { $0 != 0 } ? m.times(offset) : [Double](repeating: 0, count: m.rows))
    }
    return mapped(by: m.rows, columns: columns) { i, body in
      for j in 0..<m.columns { body(j, m.elements[i * m.columns + j]) }
    }
  }

  /// The rows that are listed.
  func picked(_ list: [Int], columns: Int) -> LinearForm {
    if list.count == rows, list.indices.allSatisfy({ list[$0] == $0 }) { return self }
    return mapped(by: list.count, columns: columns) { i, body in body(list[i], 1) }
  }

  /// The map and offset of a composite.
  func linearMap(columns: Int) -> LinearMap {
    switch storage {
    case .map(let map): return map
    case .entries(let index, let scale):
      let rows = index.indices.map { j -> SparseRow in
        index[j] < 0 || scale[j] == 0 ? [] : [(index[j], scale[j])]
      }
      return .sparse(SparseMatrix(columns: columns, rows: rows))
    }
  }
}
