import EntropicModel
import EntropicNumerics

/// The rows of a program as moments with mean zero: B = (A - b) / scale.
///
/// Row j is centred simplex by simplex, b_j being shared out so that B p = (A p - b) / scale for every p with
/// the right masses, and divided by its largest absolute entry. Newton's method is then blind to the size and
/// the origin of the moments, and where B p = 0 the second moments of B are its covariances, without
/// cancellation.
///
/// Dense rows are stored with one line an outcome, so that every product is one pass over memory; rows with
/// few entries keep only these (transport plans).
/// - Complexity: `tilt`, `means` O(nnz); `covariance` O(n k^2), or the sum of squared column counts.
struct MomentRows: Sendable {
  let slices: [SimplexSlice]
  let count: Int
  /// Number of rows k; the first `equalities` of them are equations, the others a . p <= b.
  let rows: Int
  let equalities: Int
  /// Largest absolute entry of every centred row; 0 for a row that says 0 = 0.
  let scale: [Double]
  private let storage: Storage
  private let list: [ConstraintRow]
  private let centres: [[(simplex: Int, centre: Double)]]

  private enum Storage: Sendable {
    case dense(Matrix)
    case sparse(SparseRows)
  }

  /// Entries by outcome, already scaled but not centred, and the centres that belong to them.
  private struct SparseRows: Sendable {
    var start: [Int]
    var row: [Int]
    var value: [Double]
    /// For every row the simplices that it touches, with the centre there.
    var centres: [[(simplex: Int, centre: Double)]]
    /// b / scale
    var bound: [Double]
  }

  init(_ program: Program, scaling: Bool = true) {
    let list = program.equalities + program.inequalities
    let slices = program.layout.simplices
    let n = program.count
    let k = list.count
    var home = [Int](repeating: 0, count: n)
    for (s, slice) in slices.enumerated() {
      for i in slice.range { home[i] = s }
    }
    var scale = [Double](repeating: 0, count: k)
    var centres: [[(simplex: Int, centre: Double)]] = []
    var touchedEntries = 0
    for (j, row) in list.enumerated() {
      let centre = MomentRows.centres(of: row, home: home, slices: slices)
      for (s, _) in centre { touchedEntries += slices[s].count }
      scale[j] = MomentRows.largest(row, centre, home: home, slices: slices, upper: program.layout.upper)
      centres.append(centre)
    }
    if !scaling { scale = scale.map { $0 > 0 ? 1 : 0 } }
    let stored = list.reduce(0) { $0 + $1.columns.count }
    let cells = n.multipliedReportingOverflow(by: max(k, 1))
    let isSparse = cells.overflow || (cells.partialValue > 20_000 && stored * 8 < cells.partialValue)
    if isSparse {
      storage = .sparse(MomentRows.sparse(list, count: n, scale: scale, centres: centres))
    } else {
      let b = MomentRows.dense(list, count: n, scale: scale, centres: centres, slices: slices)
      storage = .dense(Matrix(rows: n, columns: k, elements: b))
    }
    self.slices = slices
    self.scale = scale
    self.list = list
    self.centres = centres
    count = n
    rows = k
    equalities = program.equalities.count
  }

  /// B' y: one number an outcome.
  func tilt(_ y: [Double]) -> [Double] {
    switch storage {
    case .dense(let b):
      return b.times(y)
    case .sparse(let b):
      var out = [Double](repeating: 0, count: count)
      var shift = [Double](repeating: 0, count: slices.count)
      for j in 0..<rows where y[j] != 0 {
        for (s, centre) in b.centres[j] { shift[s] += centre * y[j] }
      }
      for (s, slice) in slices.enumerated() {
        for i in slice.range {
          var sum = 0.0
          for e in b.start[i]..<b.start[i + 1] { sum += b.value[e] * y[b.row[e]] }
          out[i] = sum - shift[s]
        }
      }
      return out
    }
  }

  /// B p = (A p - b) / scale.
  func means(_ p: [Double]) -> [Double] {
    switch storage {
    case .dense(let b): return b.transposedTimes(p)
    case .sparse(let b):
      var sum = b.bound.map { -$0 }
      var lost = [Double](repeating: 0, count: rows)
      for i in 0..<count where p[i] != 0 {
        for e in b.start[i]..<b.start[i + 1] {
          // Kahan's summation: thousands of terms meet in one row.
          let term = b.value[e] * p[i] - lost[b.row[e]]
          let next = sum[b.row[e]] + term
          lost[b.row[e]] = (next - sum[b.row[e]]) - term
          sum[b.row[e]] = next
        }
      }
      return sum
    }
  }

  /// B w for weights that need not add up to the masses.
  func product(_ w: [Double]) -> [Double] {
    switch storage {
    case .dense(let b): return b.transposedTimes(w)
    case .sparse(let b):
      var sum = [Double](repeating: 0, count: rows)
      for i in 0..<count where w[i] != 0 {
        for e in b.start[i]..<b.start[i + 1] { sum[b.row[e]] += b.value[e] * w[i] }
      }
      let totals = slices.map { mass(w, $0) }
      for j in 0..<rows {
        for (s, centre) in b.centres[j] { sum[j] -= centre * totals[s] }
      }
      return sum
    }
  }

  /// |B| p, the scale of the rounding error of `means`.
  func absoluteMeans(_ p: [Double]) -> [Double] {
    switch storage {
    case .dense(let b): return b.absoluteTransposedTimes(p)
    case .sparse(let b):
      var sum = b.bound.map(abs)
      for i in 0..<count where p[i] != 0 {
        for e in b.start[i]..<b.start[i + 1] { sum[b.row[e]] += abs(b.value[e]) * p[i] }
      }
      return sum
    }
  }

  /// sum_j |y_j| (|a_ji| + |b_j| share) / scale_j: what the uncertainty of the data is relative to.
  func magnitude(_ y: [Double]) -> [Double] {
    var out = [Double](repeating: 0, count: count)
    for (j, row) in list.enumerated() where y[j] != 0 && scale[j] > 0 {
      let factor = abs(y[j]) / scale[j]
      for (i, a) in zip(row.columns, row.values) { out[i] += factor * abs(a) }
      for (s, centre) in centres[j] {
        for i in slices[s].range { out[i] += factor * abs(centre) }
      }
    }
    return out
  }

  /// sum_s 1 / omega_s sum_i p_i (B_i - mean_s)(B_i - mean_s)': the covariance over each simplex, added up.
  ///
  /// Second moments minus squared means where that loses no digits, else from a centred copy. nil when
  /// stopped.
  func covariance(_ p: [Double], omega: [Double], stop: StopCheck?) -> Matrix? {
    var weights = p
    for (s, slice) in slices.enumerated() where omega[s] != 1 {
      for i in slice.range { weights[i] /= omega[s] }
    }
    switch storage {
    case .dense(let b):
      guard var h = b.gram(weights: weights, stop: stop) else { return nil }
      let means = simplexMeans(b, p)
      let k = rows
      var correction = Matrix(rows: k, columns: k, repeating: 0)
      for (s, slice) in slices.enumerated() {
        let factor = mass(p, slice) / omega[s]
        for a in 0..<k where means[s * k + a] != 0 {
          let left = factor * means[s * k + a]
          for c in 0..<k { correction.elements[a * k + c] += left * means[s * k + c] }
        }
      }
      let cancels = (0..<k).contains { correction[$0, $0] > 0.75 * h[$0, $0] && h[$0, $0] > 0 }
      if cancels { return centred(b, means).gram(weights: weights, stop: stop) }
      for e in h.elements.indices { h.elements[e] -= correction.elements[e] }
      return h
    case .sparse(let b):
      return sparseCovariance(b, p, weights, omega)
    }
  }

  /// sum_i w_i B_i B_i'
  func secondMoments(_ w: [Double]) -> Matrix {
    switch storage {
    case .dense(let b): return b.gram(weights: w)
    case .sparse(let b):
      // sum w (a - c)(a - c)' = sum w a a' - (sum w a) c' - c (sum w a)' + (sum w) c c', simplex by simplex.
      let k = rows
      var h = Matrix(rows: k, columns: k, repeating: 0)
      h.elements.withUnsafeMutableBufferPointer { h in
        for (s, slice) in slices.enumerated() {
          var sums = [Double](repeating: 0, count: k)
          for i in slice.range where w[i] != 0 {
            for e in b.start[i]..<b.start[i + 1] {
              let left = w[i] * b.value[e]
              sums[b.row[e]] += left
              for f in b.start[i]..<b.start[i + 1] { h[b.row[e] * k + b.row[f]] += left * b.value[f] }
            }
          }
          var centre = [Double](repeating: 0, count: k)
          for j in 0..<k { for (t, value) in b.centres[j] where t == s { centre[j] = value } }
          let total = mass(w, slice)
          for a in 0..<k where centre[a] != 0 || sums[a] != 0 {
            for c in 0..<k {
              h[a * k + c] += total * centre[a] * centre[c] - sums[a] * centre[c] - centre[a] * sums[c]
            }
          }
        }
      }
      return h
    }
  }

  private func sparseCovariance(
    _ b: SparseRows, _ p: [Double], _ weights: [Double], _ omega: [Double]
  ) -> Matrix {
    let k = rows
    var h = Matrix(rows: k, columns: k, repeating: 0)
    h.elements.withUnsafeMutableBufferPointer { h in
      for (s, slice) in slices.enumerated() {
        var mean = [Int: Int]()
        var touched: [Int] = []
        var sums: [Double] = []
        for i in slice.range where p[i] != 0 {
          for e in b.start[i]..<b.start[i + 1] {
            let left = weights[i] * b.value[e]
            for f in b.start[i]..<b.start[i + 1] { h[b.row[e] * k + b.row[f]] += left * b.value[f] }
            if let at = mean[b.row[e]] {
              sums[at] += p[i] * b.value[e]
            } else {
              mean[b.row[e]] = touched.count
              touched.append(b.row[e])
              sums.append(p[i] * b.value[e])
            }
          }
        }
        let total = mass(p, slice)
        guard total > 0 else { continue }
        for (x, a) in touched.enumerated() {
          let left = sums[x] / (total * omega[s])
          for (y, c) in touched.enumerated() { h[a * k + c] -= left * sums[y] }
        }
      }
    }
    return h
  }

  /// What the weights of a simplex add up to: its mass for a law, less where some outcomes are held.
  private func mass(_ p: [Double], _ slice: SimplexSlice) -> Double {
    p.withUnsafeBufferPointer { Kernel.sum(UnsafeBufferPointer(rebasing: $0[slice.range])) }
  }

  /// Mean of B over every simplex, one row a simplex.
  private func simplexMeans(_ b: Matrix, _ p: [Double]) -> [Double] {
    let k = rows
    var means = [Double](repeating: 0, count: slices.count * k)
    if slices.count == 1 {
      let whole = b.transposedTimes(p)
      let total = mass(p, slices[0])
      if total > 0 { for j in 0..<k { means[j] = whole[j] / total } }
      return means
    }
    for (s, slice) in slices.enumerated() {
      let total = mass(p, slice)
      guard total > 0 else { continue }
      for i in slice.range where p[i] != 0 {
        for j in 0..<k { means[s * k + j] += p[i] * b.elements[i * k + j] }
      }
      for j in 0..<k { means[s * k + j] /= total }
    }
    return means
  }

  private func centred(_ b: Matrix, _ means: [Double]) -> Matrix {
    var copy = b
    let k = rows
    copy.elements.withUnsafeMutableBufferPointer { c in
      for (s, slice) in slices.enumerated() {
        for i in slice.range {
          for j in 0..<k { c[i * k + j] -= means[s * k + j] }
        }
      }
    }
    return copy
  }

  /// Shares of the bound: the plain mean of the row in every simplex that it touches, moved so that they add
  /// up to b.
  private static func centres(
    of row: ConstraintRow, home: [Int], slices: [SimplexSlice]
  ) -> [(simplex: Int, centre: Double)] {
    var list: [(simplex: Int, centre: Double)] = []
    for (column, value) in zip(row.columns, row.values) {
      let s = home[column]
      if list.last?.simplex != s { list.append((s, 0)) }
      list[list.count - 1].centre += value / Double(slices[s].count)
    }
    let mass = list.reduce(0) { $0 + slices[$1.simplex].mass }
    guard mass > 0 else { return list }
    if list.count == 1 { return [(list[0].simplex, row.bound / mass)] }
    let level = list.reduce(0) { $0 + slices[$1.simplex].mass * $1.centre }
    let rest = (row.bound - level) / mass
    return list.map { ($0.simplex, $0.centre + rest) }
  }

  private static func largest(
    _ row: ConstraintRow, _ centres: [(simplex: Int, centre: Double)], home: [Int],
    slices: [SimplexSlice], upper: [Double]
  ) -> Double {
    var high = 0.0
    var next = 0
    for (s, centre) in centres {
      var present = 0
      while next < row.columns.count, row.columns[next] < slices[s].range.upperBound {
        if upper[row.columns[next]] > 0 { high = max(high, abs(row.values[next] - centre)) }
        present += 1
        next += 1
      }
      if present < slices[s].count { high = max(high, abs(centre)) }
    }
    // Rounding of the centre is not a moment.
    let size = row.values.reduce(abs(row.bound)) { max($0, abs($1)) }
    guard high > 0x1p-50 * size, high.isFinite else { return 0 }
    return Double(sign: .plus, exponent: high.exponent, significand: 1)
  }

  /// Outcomes by rows, filled in blocks of outcomes so that a line of memory is written once.
  private static func dense(
    _ list: [ConstraintRow], count n: Int, scale: [Double],
    centres: [[(simplex: Int, centre: Double)]], slices: [SimplexSlice]
  ) -> [Double] {
    let k = list.count
    var b = [Double](repeating: 0, count: n * k)
    var next = [Int](repeating: 0, count: k)
    var at = [Int](repeating: 0, count: k)
    let factor = scale.map { $0 > 0 ? 1 / $0 : 0 }
    b.withUnsafeMutableBufferPointer { b in
      for (s, slice) in slices.enumerated() {
        // Rows that touch the simplex, with their centres.
        var touching: [(row: Int, centre: Double)] = []
        for j in 0..<k where at[j] < centres[j].count && centres[j][at[j]].simplex == s {
          touching.append((j, centres[j][at[j]].centre))
          at[j] += 1
        }
        for low in stride(from: slice.first, to: slice.first + slice.count, by: 256) {
          let high = min(low + 256, slice.first + slice.count)
          for (j, centre) in touching where factor[j] > 0 {
            let columns = list[j].columns
            let values = list[j].values
            var e = next[j]
            // A power of two is exact, and so is the division by it.
            for i in low..<high {
              var value = -centre
              if e < columns.count, columns[e] == i {
                value = values[e] - centre
                e += 1
              }
              b[i * k + j] = value * factor[j]
            }
            next[j] = e
          }
        }
      }
    }
    return b
  }

  private static func sparse(
    _ list: [ConstraintRow], count n: Int, scale: [Double], centres: [[(simplex: Int, centre: Double)]]
  ) -> SparseRows {
    var start = [Int](repeating: 0, count: n + 1)
    for (j, row) in list.enumerated() where scale[j] > 0 {
      for i in row.columns { start[i + 1] += 1 }
    }
    for i in 0..<n { start[i + 1] += start[i] }
    var fill = start
    var index = [Int](repeating: 0, count: start[n])
    var value = [Double](repeating: 0, count: start[n])
    for (j, row) in list.enumerated() where scale[j] > 0 {
      for (i, a) in zip(row.columns, row.values) {
        index[fill[i]] = j
        value[fill[i]] = a / scale[j]
        fill[i] += 1
      }
    }
    return SparseRows(
      start: start, row: index, value: value,
      centres: list.indices.map { j in
        scale[j] > 0 ? centres[j].map { ($0.simplex, $0.centre / scale[j]) } : []
      },
      bound: list.indices.map { scale[$0] > 0 ? list[$0].bound / scale[$0] : 0 })
  }
}
