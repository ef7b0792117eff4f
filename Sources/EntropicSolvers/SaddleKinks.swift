import EntropicModel
import EntropicNumerics

/// Lays out the slopes of non-smooth terms in the saddle form.
struct KinkBuilder {
  var next: Int
  let columns: Int
  var pieces: [SaddleForm.Piece] = []
  var forms: [SaddleForm.Form] = []
  var cones: [SaddleForm.Cone] = []
  var balances: [SaddleForm.Balance] = []
  var kinks: [SaddleForm.Kink] = []

  init(next: Int, columns: Int) {
    self.next = next
    self.columns = columns
  }

  /// Adds the kinks of a functional whose multiplier is beta[host], or 1.
  mutating func add(_ f: Functional, owner: Int?, host: Int?, scale: Double) {
    for (k, term) in f.composites.enumerated() where !term.outer.isSmooth {
      add(term, k, owner: owner, host: host, scale: scale)
    }
    for (k, term) in f.information.enumerated() where term.kind == .negativeSmallestEigenvalue {
      add(term, k, owner: owner, host: host, scale: scale)
    }
  }

  private mutating func add(_ term: Composite, _ k: Int, owner: Int?, host: Int?, scale: Double) {
    let m = term.map.rows
    let rows: [Int]
    switch term.outer {
    case .absolute(let w): rows = (0..<m).filter { w[$0] > 0 }
    case .maximum(let caps): rows = caps.map { caps in (0..<m).filter { caps[$0] > 0 } } ?? Array(0..<m)
    default: rows = Array(0..<m)
    }
    guard !rows.isEmpty else { return }
    let map = term.map.selecting(rows)
    let offset = rows.map { term.offset[$0] }
    let size = KinkBuilder.size(map, offset)
    let weight = scale * term.weight * size
    let range = next..<next + rows.count
    pieces.append(
      SaddleForm.Piece(map: map, scale: 1 / size, offset: offset.map { $0 / size }, first: next))
    next += rows.count
    var isBall = false
    switch term.outer {
    case .absolute(let w):
      for (j, row) in rows.enumerated() {
        addPair(range.lowerBound + j, sigma: -1, limit: weight * w[row], host)
      }
    case .maximum(let caps):
      for (j, row) in rows.enumerated() {
        if let caps {
          addPair(range.lowerBound + j, sigma: 0, limit: weight * caps[row], host)
        } else {
          forms.append(SaddleForm.Form(i: range.lowerBound + j, a: 1))
        }
      }
      balances.append(SaddleForm.Balance(members: Array(range), host: host, weight: weight))
    default:
      isBall = true
      cones.append(SaddleForm.Cone(kind: .ball, range: range, host: host, weight: weight))
    }
    kinks.append(
      SaddleForm.Kink(
        owner: owner, term: k, order: nil, isBall: isBall, rows: rows, count: m, range: range, weight: weight)
    )
  }

  /// (nu - sigma limit y) / (1 - sigma) >= 0 and (limit y - nu) / (1 - sigma) >= 0: from sigma to 1 times
  /// the limit.
  private mutating func addPair(_ i: Int, sigma: Double, limit: Double, _ host: Int?) {
    let c = 1 / (1 - sigma)
    if let host {
      forms.append(SaddleForm.Form(i: i, a: c, j: sigma == 0 ? -1 : host, b: -sigma * limit * c))
      forms.append(SaddleForm.Form(i: i, a: -c, j: host, b: limit * c))
    } else {
      forms.append(SaddleForm.Form(i: i, a: c, constant: -sigma * limit * c))
      forms.append(SaddleForm.Form(i: i, a: -c, constant: limit * c))
    }
  }

  /// -<Z, M(p)> with Z packed: diagonal entries as they are, the others times the square root of 2.
  private mutating func add(_ term: InformationTerm, _ k: Int, owner: Int?, host: Int?, scale: Double) {
    let d = term.regressors.columns
    let n = term.regressors.rows
    let size = KinkBuilder.size(term)
    let weight = scale * term.weight * size
    let packed = PackedSymmetric.count(d)
    var features = Matrix(rows: packed, columns: n, repeating: 0)
    for i in 0..<n {
      for (r, pair) in PackedSymmetric.pairs(d).enumerated() {
        let factor = pair.0 == pair.1 ? 1 : 2.0.squareRoot()
        features.elements[r * n + i] =
          -term.scale[i] * factor * term.regressors[i, pair.0] * term.regressors[i, pair.1]
      }
    }
    let offset = term.base.map { PackedSymmetric.pack($0).map { -$0 / size } }
    let range = next..<next + packed
    pieces.append(
      SaddleForm.Piece(
        map: .dense(features, firstColumn: term.first, columns: columns), scale: 1 / size,
        offset: offset ?? [Double](repeating: 0, count: packed), first: next))
    next += packed
    cones.append(SaddleForm.Cone(kind: .spectral(d), range: range, host: host, weight: weight))
    let diagonal = PackedSymmetric.pairs(d).enumerated().filter { $0.element.0 == $0.element.1 }
    balances.append(
      SaddleForm.Balance(
        members: diagonal.map { range.lowerBound + $0.offset }, host: host, weight: weight))
    kinks.append(
      SaddleForm.Kink(
        owner: owner, term: k, order: d, isBall: false, rows: [], count: packed, range: range, weight: weight)
    )
  }

  /// The largest entry of a map, the unit of its image.
  static func size(_ map: LinearMap, _ offset: [Double]) -> Double {
    var size = 0.0
    switch map {
    case .dense(let m, _, _): for x in m.elements { size = max(size, abs(x)) }
    case .sparse(let m): for x in m.value { size = max(size, abs(x)) }
    }
    if size == 0 { size = offset.reduce(0) { max($0, abs($1)) } }
    return size > 0 && size.isFinite ? size : 1
  }

  static func size(_ term: InformationTerm) -> Double {
    var size = 0.0
    let d = term.regressors.columns
    for i in 0..<term.regressors.rows {
      for a in 0..<d { size = max(size, term.scale[i] * term.regressors[i, a] * term.regressors[i, a]) }
    }
    return size > 0 && size.isFinite ? size : 1
  }

  static func reach(_ outer: Outer) -> Double {
    if case .absolute(let w) = outer { return w.max() ?? 0 }
    return 1
  }
}

/// Symmetric matrices as vectors with the same inner product.
enum PackedSymmetric {
  static func count(_ d: Int) -> Int { d * (d + 1) / 2 }

  static func pairs(_ d: Int) -> [(Int, Int)] { (0..<d).flatMap { a in (a..<d).map { (a, $0) } } }

  static func pack(_ m: Matrix) -> [Double] {
    pairs(m.rows).map {
      $0.0 == $0.1 ? m[$0.0, $0.1] : 2.0.squareRoot() * (m[$0.0, $0.1] + m[$0.1, $0.0]) / 2
    }
  }

  static func unpack(_ v: ArraySlice<Double>, order d: Int) -> Matrix {
    var m = Matrix(rows: d, columns: d, repeating: 0)
    for (r, pair) in pairs(d).enumerated() {
      let x = v[v.startIndex + r]
      let entry = pair.0 == pair.1 ? x : x / 2.0.squareRoot()
      m.elements[pair.0 * d + pair.1] = entry
      m.elements[pair.1 * d + pair.0] = entry
    }
    return m
  }
}

extension LinearMap {
  /// The map of some of the rows.
  func selecting(_ chosen: [Int]) -> LinearMap {
    if chosen.count == rows { return self }
    switch self {
    case .dense(let m, let first, let columns):
      var elements: [Double] = []
      for i in chosen { elements += m.row(i) }
      return .dense(
        Matrix(rows: chosen.count, columns: m.columns, elements: elements), firstColumn: first,
        columns: columns)
    case .sparse(let m):
      return .sparse(
        SparseMatrix(
          columns: m.columns,
          rows: chosen.map { i in
            (m.rowStart[i]..<m.rowStart[i + 1]).map { (column: m.column[$0], value: m.value[$0]) }
          }))
    }
  }
}
