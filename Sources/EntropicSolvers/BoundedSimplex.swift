import EntropicNumerics

/// The revised simplex method with bounded variables: vertices and multipliers of
///
///     min c . x,   A x = b,   l <= x <= u
///
/// for few rows and many sparse columns. The inverse of the basis is explicit, updated at every pivot and computed anew
/// every 40 pivots; a new cost vector starts from the last basis, so that a sequence of similar problems costs a few
/// pivots each. Artificial columns find the first basis and stay, fixed at 0, where rows depend on one another.
///
/// - Pricing: the most negative reduced cost, the lowest index on ties; after a run of steps of length 0 the first one
///   (R. Bland, Math. Oper. Res. 2 (1977), doi:10.1287/moor.2.2.103), so that it ends.
/// - Complexity: O(m^2 + stored entries) a pivot.
struct BoundedSimplex: Sendable {
  enum End: Sendable { case optimal, infeasible, stopped, failed }

  /// Entries of every column: structural ones, then slacks, then one artificial a row.
  private var columns: [[(row: Int, value: Double)]]
  private let right: [Double]
  private var lower: [Double]
  private var upper: [Double]
  let structural: Int
  private var basis: [Int] = []
  /// Position in the basis, or -1.
  private var place: [Int]
  private(set) var x: [Double]
  private var inverse: [Double] = []
  private var age = 0
  /// Multipliers of the last solved problem: c - A' y >= 0 at lower bounds.
  private(set) var y: [Double] = []
  private(set) var pivots = 0

  var rows: Int { right.count }

  /// - Parameters: `slacks`: rows that hold with <= (a slack column each); `lower` is finite.
  init(
    columns entries: [[(row: Int, value: Double)]], slacks: [Int], right: [Double], lower: [Double],
    upper: [Double]
  ) {
    structural = entries.count
    self.right = right
    columns = entries + slacks.map { [(row: $0, value: 1.0)] }
    self.lower = lower + slacks.map { _ in 0 }
    self.upper = upper + slacks.map { _ in .infinity }
    x = self.lower
    var rest = right
    for (j, column) in columns.enumerated() where x[j] != 0 {
      for (i, a) in column { rest[i] -= a * x[j] }
    }
    for (i, value) in rest.enumerated() {
      columns.append([(row: i, value: value < 0 ? -1.0 : 1.0)])
      self.lower.append(0)
      self.upper.append(.infinity)
      x.append(abs(value))
    }
    place = [Int](repeating: -1, count: columns.count)
    for i in right.indices {
      basis.append(columns.count - right.count + i)
      place[basis[i]] = i
    }
    refactor()
  }

  private var firstArtificial: Int { columns.count - rows }

  /// Finds a first vertex. After `infeasible`, -y combines the rows to a contradiction.
  mutating func start(stop: StopCheck?) -> End {
    var costs = [Double](repeating: 0, count: columns.count)
    for j in firstArtificial..<columns.count { costs[j] = 1 }
    let end = run(costs, stop)
    guard end == .optimal else { return end }
    var missing = 0.0
    for j in firstArtificial..<columns.count { missing = max(missing, x[j]) }
    let size = right.reduce(0) { max($0, abs($1)) }
    if missing > 1e-11 * max(size, 1e-300) { return .infeasible }
    for j in firstArtificial..<columns.count {
      upper[j] = 0
      x[j] = 0
    }
    correct()
    return .optimal
  }

  /// The vertex of least cost, from the last basis; `start` has ended with `optimal`.
  mutating func minimise(_ costs: [Double], stop: StopCheck?) -> End {
    let end = run(costs + [Double](repeating: 0, count: columns.count - costs.count), stop)
    if end == .optimal { correct() }
    return end
  }

  private mutating func run(_ given: [Double], _ stop: StopCheck?) -> End {
    var unit = 0.0
    for c in given { unit = max(unit, abs(c)) }
    guard unit.isFinite else { return .failed }
    let scale = unit > 0 ? unit : 1
    let costs = given.map { $0 / scale }
    var idle = 0
    for round in 0..<(5000 + 20 * rows + 2 * columns.count) {
      if round % 16 == 15, stop?() == true { return .stopped }
      let multipliers = leftProduct(basis.map { costs[$0] })
      guard let j = entering(costs, multipliers, byIndex: idle > 2 * rows + 20) else {
        y = multipliers.map { $0 * scale }
        return .optimal
      }
      guard
        let length = pivot(j, ascending: x[j] - lower[j] <= upper[j] - x[j], byIndex: idle > 2 * rows + 20)
      else { return .failed }
      idle = length > 0 ? 0 : idle + 1
      if age >= 40 { if refactor() { correct() } else { return .failed } }
    }
    return .failed
  }

  private func entering(_ costs: [Double], _ y: [Double], byIndex: Bool) -> Int? {
    var best = 1e-12
    var found: Int?
    for j in columns.indices where place[j] < 0 && upper[j] > lower[j] {
      var reduced = costs[j]
      var size = abs(reduced)
      for (i, a) in columns[j] {
        reduced -= y[i] * a
        size += abs(y[i] * a)
      }
      let isLow = x[j] - lower[j] <= upper[j] - x[j]
      let gain = (isLow ? -reduced : reduced) - 0x1p-49 * size
      if gain > best {
        best = gain
        found = j
        if byIndex { return j }
      }
    }
    return found
  }

  /// Moves a column into the basis, or to its other bound; the length of the step, nil without an end.
  private mutating func pivot(_ j: Int, ascending: Bool, byIndex: Bool) -> Double? {
    let w = column(j)
    let sign = ascending ? 1.0 : -1.0
    var size = 0.0
    for value in w { size = max(size, abs(value)) }
    let least = 1e-9 * max(size, 1e-3)
    func room(_ i: Int) -> Double? {
      let change = -sign * w[i]
      let b = basis[i]
      if change < -least { return max(x[b] - lower[b], 0) / -change }
      if change > least, upper[b] < .infinity { return max(upper[b] - x[b], 0) / change }
      return nil
    }
    var limit = Double.infinity
    for i in 0..<rows { if let r = room(i) { limit = min(limit, r) } }
    let flip = upper[j] - lower[j]
    guard min(limit, flip) < .infinity else { return nil }
    pivots += 1
    let length = min(limit, flip)
    var leaving: Int?
    if limit < flip {
      for i in 0..<rows {
        guard let r = room(i), r <= limit * (1 + 1e-12) + 1e-300 else { continue }
        guard let old = leaving else {
          leaving = i
          continue
        }
        if byIndex ? basis[i] < basis[old] : abs(w[i]) > abs(w[old]) { leaving = i }
      }
    }
    for i in 0..<rows where w[i] != 0 { x[basis[i]] -= sign * length * w[i] }
    guard let leaving else {
      x[j] = ascending ? upper[j] : lower[j]
      return length
    }
    x[j] += sign * length
    let out = basis[leaving]
    x[out] = -sign * w[leaving] < 0 ? lower[out] : upper[out]
    place[out] = -1
    place[j] = leaving
    basis[leaving] = j
    update(leaving, w)
    return length
  }

  // MARK: - The basis

  /// B^-1 A_j
  private func column(_ j: Int) -> [Double] {
    let m = rows
    var w = [Double](repeating: 0, count: m)
    for (r, a) in columns[j] { for i in 0..<m { w[i] += inverse[i * m + r] * a } }
    return w
  }

  /// c_B B^-1
  private func leftProduct(_ c: [Double]) -> [Double] {
    let m = rows
    var out = [Double](repeating: 0, count: m)
    for i in 0..<m where c[i] != 0 { for r in 0..<m { out[r] += c[i] * inverse[i * m + r] } }
    return out
  }

  private mutating func update(_ pivot: Int, _ w: [Double]) {
    let m = rows
    let head = 1 / w[pivot]
    for r in 0..<m { inverse[pivot * m + r] *= head }
    for i in 0..<m where i != pivot && w[i] != 0 {
      for r in 0..<m { inverse[i * m + r] -= w[i] * inverse[pivot * m + r] }
    }
    age += 1
  }

  /// The inverse of the basis by Gauss-Jordan elimination with row exchanges; false when it is singular.
  @discardableResult
  private mutating func refactor() -> Bool {
    let m = rows
    var a = [Double](repeating: 0, count: m * m)
    for (k, j) in basis.enumerated() { for (i, value) in columns[j] { a[i * m + k] = value } }
    var b = [Double](repeating: 0, count: m * m)
    for i in 0..<m { b[i * m + i] = 1 }
    for k in 0..<m {
      var top = k
      for i in k..<m where abs(a[i * m + k]) > abs(a[top * m + k]) { top = i }
      guard abs(a[top * m + k]) > 1e-14 else { return false }
      if top != k {
        for r in 0..<m {
          a.swapAt(top * m + r, k * m + r)
          b.swapAt(top * m + r, k * m + r)
        }
      }
      let head = 1 / a[k * m + k]
      for r in 0..<m {
        a[k * m + r] *= head
        b[k * m + r] *= head
      }
      for i in 0..<m where i != k {
        let factor = a[i * m + k]
        guard factor != 0 else { continue }
        for r in 0..<m {
          a[i * m + r] -= factor * a[k * m + r]
          b[i * m + r] -= factor * b[k * m + r]
        }
      }
    }
    inverse = b
    age = 0
    return true
  }

  /// x_B <- x_B + B^-1 (b - A x), twice: the values of the vertex to the last digits.
  private mutating func correct() {
    for _ in 0..<2 {
      var rest = right
      for (j, column) in columns.enumerated() where x[j] != 0 {
        for (i, a) in column { rest[i] -= a * x[j] }
      }
      for i in 0..<rows {
        var change = 0.0
        for r in 0..<rows { change += inverse[i * rows + r] * rest[r] }
        let b = basis[i]
        x[b] = min(max(x[b] + change, lower[b]), upper[b])
      }
    }
  }
}
