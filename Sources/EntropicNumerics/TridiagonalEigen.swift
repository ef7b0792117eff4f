internal import CBLAS

/// Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer, in steps that can be
/// stopped.
///
/// The matrix is torn at the middle by a change of rank one, T = diag(T1, T2) + rho v v', down to blocks that
/// the QR iteration takes. Two halves D + rho z z' are merged in three steps: equal poles and small z_j are
/// deflated; the roots of the secular equation
///
///     1 + rho sum_j z_j^2 / (d_j - x) = 0
///
/// are found one by one; z is computed anew so that they are the exact eigenvalues of a close problem, which
/// keeps the eigenvectors orthogonal, and those of the halves are multiplied by the new ones.
/// - Complexity: up to 8/3 n^3 operations, mostly products of matrices, far fewer where much is deflated.
/// - Source: J. J. M. Cuppen, Numer. Math. 36 (1981), doi:10.1007/BF01396757; M. Gu, S. C. Eisenstat, SIAM J.
///   Matrix Anal. Appl. 16 (1995), doi:10.1137/S0895479892241287.
struct TridiagonalEigen {
  typealias Numbers = UnsafeMutablePointer<Double>

  /// Orders up to this are left to the QR iteration.
  private static let leaf = 64

  private let order: Int
  private let d: Numbers
  private let e: Numbers
  private let q: Numbers
  private let stop: StopCheck?
  /// For each eigenvalue of a block, the place of the next larger one, counted from 1.
  private var sorting: [entropic_int]

  /// - Parameters:
  ///   - d: the diagonal, then the eigenvalues in ascending order.
  ///   - e: the n - 1 elements beside it; overwritten.
  ///   - q: n x n, zeros, then the eigenvectors by columns.
  /// - Returns: false when stopped or when an iteration fails.
  static func solve(_ n: Int, _ d: Numbers, _ e: Numbers, _ q: Numbers, _ stop: StopCheck?) -> Bool {
    var solver = TridiagonalEigen(
      order: n, d: d, e: e, q: q, stop: stop, sorting: [entropic_int](repeating: 0, count: n))
    return solver.run()
  }

  private mutating func run() -> Bool {
    var blocks = [0..<order]
    while let longest = blocks.map(\.count).max(), longest > Self.leaf {
      blocks = blocks.flatMap { block in
        let middle = block.lowerBound + block.count / 2
        return [block.lowerBound..<middle, middle..<block.upperBound]
      }
    }
    for block in blocks.dropFirst() {
      let coupling = e[block.lowerBound - 1].magnitude
      d[block.lowerBound - 1] -= coupling
      d[block.lowerBound] -= coupling
    }
    for block in blocks {
      if let stop, stop() { return false }
      guard solveLeaf(block) else { return false }
    }
    while blocks.count > 1 {
      var merged: [Range<Int>] = []
      for k in stride(from: 0, to: blocks.count, by: 2) {
        let whole = blocks[k].lowerBound..<blocks[k + 1].upperBound
        guard merge(whole, at: blocks[k + 1].lowerBound) else { return false }
        merged.append(whole)
      }
      blocks = merged
    }
    return sort()
  }

  private mutating func solveLeaf(_ block: Range<Int>) -> Bool {
    let first = block.lowerBound
    var work = [Double](repeating: 0, count: max(1, 2 * block.count))
    let info = entropic_steqr(
      BLASPanels.dimension(block.count), d + first, e + first, q + (first + first * order),
      BLASPanels.dimension(order), &work)
    for i in block { sorting[i] = entropic_int(truncatingIfNeeded: i - first + 1) }
    return info == 0
  }

  /// Joins the blocks on both sides of `middle`.
  private mutating func merge(_ whole: Range<Int>, at middle: Int) -> Bool {
    let first = whole.lowerBound
    let n = whole.count
    let cut = middle - first
    let vectors = q + (first + first * order)
    // The last row of the first eigenvectors and the first row of the second.
    var z = (0..<n).map { vectors[($0 < cut ? cut - 1 : cut) + $0 * order] }
    var rho = e[middle - 1]
    var kept: entropic_int = 0
    var poles = [Double](repeating: 0, count: n)
    var weights = poles
    // Columns of the halves by kind, deflated ones in full.
    var packed = [Double](repeating: 0, count: n * n)
    var indx = [entropic_int](repeating: 0, count: n)
    var (grouped, indxp) = (indx, indx)
    var kinds = [entropic_int](repeating: 0, count: max(n, 4))
    var own = Array(sorting[whole])
    if let stop, stop() { return false }
    let info = entropic_laed2(
      &kept, BLASPanels.dimension(n), BLASPanels.dimension(cut), d + first, vectors,
      BLASPanels.dimension(order), &own, &rho, &z, &poles, &weights, &packed, &indx, &grouped, &indxp, &kinds)
    guard info == 0 else { return false }
    let k = Int(kept)
    if k == 0 {
      for i in 0..<n { sorting[first + i] = entropic_int(truncatingIfNeeded: i + 1) }
      return true
    }
    // Reduced eigenvectors go where those of the halves were, which are packed now.
    guard secular(k, poles, weights, rho, grouped.prefix(k).map { Int($0) - 1 }, d + first, vectors) else {
      return false
    }
    let upper = Int(kinds[0]) + Int(kinds[1])
    let lower = Int(kinds[1]) + Int(kinds[2])
    let done = packed.withUnsafeBufferPointer { packed in
      guard let base = packed.baseAddress else { return true }
      let below = base + cut * upper
      return multiply(below, n - cut, lower, k, rows: Int(kinds[0]), of: vectors, into: vectors + cut)
        && multiply(base, cut, upper, k, rows: 0, of: vectors, into: vectors)
    }
    if done { mergeOrder(whole, k) }
    return done
  }

  /// The roots of the secular equation into `values`, and the eigenvectors of the reduced problem, of length
  /// k, into the columns of `s`, their elements in the order `grouped`.
  private func secular(
    _ k: Int, _ poles: [Double], _ weights: [Double], _ rho: Double, _ grouped: [Int], _ values: Numbers,
    _ s: Numbers
  ) -> Bool {
    let count = BLASPanels.dimension(k)
    for j in 0..<k {
      if j % 32 == 0, let stop, stop() { return false }
      let index = BLASPanels.dimension(j + 1)
      guard entropic_laed4(count, index, poles, weights, s + j * order, rho, values + j) == 0 else {
        return false
      }
    }
    // For orders 1 and 2 the vectors are there already.
    var vector = [Double](repeating: 0, count: k)
    if k > 2 {
      var product = (0..<k).map { s[$0 + $0 * order] }
      for j in 0..<k {
        if j % 256 == 0, let stop, stop() { return false }
        let column = s + j * order
        for i in 0..<k where i != j { product[i] *= column[i] / (poles[i] - poles[j]) }
      }
      let exact = (0..<k).map { i in
        let root = max(-product[i], 0).squareRoot()
        return weights[i] < 0 ? -root : root
      }
      for j in 0..<k {
        if j % 256 == 0, let stop, stop() { return false }
        let column = s + j * order
        var sum = 0.0
        for i in 0..<k {
          vector[i] = exact[i] / column[i]
          sum += vector[i] * vector[i]
        }
        let length = sum.squareRoot()
        for i in 0..<k { column[i] = vector[grouped[i]] / length }
      }
    } else if k == 2 {
      for j in 0..<k {
        let column = s + j * order
        (vector[0], vector[1]) = (column[0], column[1])
        for i in 0..<k { column[i] = vector[grouped[i]] }
      }
    }
    return true
  }

  /// The product of packed columns of `height` with `depth` rows of the reduced eigenvectors.
  private func multiply(
    _ columns: UnsafePointer<Double>, _ height: Int, _ depth: Int, _ k: Int, rows: Int, of s: Numbers,
    into target: Numbers
  ) -> Bool {
    // The rows are read from where the product of the other half is not written.
    var copy = [Double](repeating: 0, count: depth * k)
    for j in 0..<k {
      for i in 0..<depth { copy[j * depth + i] = s[rows + i + j * order] }
    }
    if let stop, stop() { return false }
    for j in 0..<k { (target + j * order).update(repeating: 0, count: height) }
    if depth == 0 { return true }
    return copy.withUnsafeBufferPointer { copy in
      guard let copy = copy.baseAddress else { return true }
      return BLASPanels.multiply(
        "N", "N", height, k, depth, 1, columns, height, copy, depth, target, order, stop)
    }
  }

  /// Ascending places of the roots, which ascend, and the deflated values after them, which descend.
  private mutating func mergeOrder(_ whole: Range<Int>, _ k: Int) {
    let first = whole.lowerBound
    var (i, j) = (0, whole.count - 1)
    for place in whole {
      let takesRoot = j < k || i < k && d[first + i] <= d[first + j]
      sorting[place] = entropic_int(truncatingIfNeeded: (takesRoot ? i : j) + 1)
      if takesRoot { i += 1 } else { j -= 1 }
    }
  }

  /// Puts values and vectors in ascending order, column by column along the cycles of the permutation.
  private mutating func sort() -> Bool {
    let n = order
    let values = Array(UnsafeBufferPointer(start: d, count: n))
    let source = sorting.map { Int($0) - 1 }
    var isPlaced = [Bool](repeating: false, count: n)
    var spare = [Double](repeating: 0, count: n)
    for start in 0..<n {
      d[start] = values[source[start]]
      if isPlaced[start] || source[start] == start { continue }
      if let stop, stop() { return false }
      for i in 0..<n { spare[i] = q[i + start * n] }
      var place = start
      while source[place] != start {
        (q + place * n).update(from: q + source[place] * n, count: n)
        isPlaced[place] = true
        place = source[place]
      }
      for i in 0..<n { q[i + place * n] = spare[i] }
      isPlaced[place] = true
    }
    return true
  }
}
