/// The Cholesky factor with the largest remaining diagonal element as pivot: P A P' = L L' up to `tolerance`.
///
/// For a positive semidefinite matrix this shows the rank and a set of independent rows. It ends when all
/// remaining diagonal elements are at most `tolerance` times the largest diagonal element of A; ties go to
/// the lowest place. Columns are made in panels: within one by plain sums in a fixed order, between panels
/// the rest of the matrix is brought up to date by BLAS.
/// - Complexity: n^2 rank operations.
/// - Source: N. J. Higham, in Reliable Numerical Computation, Oxford University Press (1990), pp. 161-185.
public struct PivotedCholesky: Sendable {
  /// The number of pivots that were accepted.
  public let rank: Int
  /// Row i of the permuted matrix is row `permutation[i]` of A.
  public let permutation: [Int]
  /// L: one row for each row of the permuted matrix, `rank` columns, lower trapezoidal.
  public let factor: Matrix
  /// The largest diagonal element that was left, 0 if none.
  public let residual: Double

  private static let width = 64

  /// Factors `a`; only the lower triangle is read. A NaN on the diagonal ends the factorisation before it.
  public init(_ a: Matrix, tolerance: Double) {
    var work = Work(a, tolerance)
    while work.panel(width: Self.width, nil) == true {}
    self.init(work)
  }

  /// As `init(_:tolerance:)`; nil when stopped.
  public init?(_ a: Matrix, tolerance: Double, stop: StopCheck?) {
    var work = Work(a, tolerance)
    while true {
      guard let goesOn = work.panel(width: Self.width, stop) else { return nil }
      if !goesOn { break }
    }
    self.init(work)
  }

  private init(_ work: Work) {
    let (n, k) = (work.order, work.rank)
    rank = k
    permutation = work.places
    residual = work.diagonal[k...].reduce(0) { max($0, $1) }
    var factor = Matrix(rows: n, columns: k)
    for (i, row) in work.places.enumerated() {
      for j in 0..<min(k, i + 1) { factor.elements[i * k + j] = work.columns[j * n + row] }
    }
    self.factor = factor
  }

  /// The matrix as it is used up. Rows stay where they are; only their places in the permutation change.
  private struct Work {
    let order: Int
    let threshold: Double
    /// What is left of A, in its lower triangle.
    var rest: Matrix
    var places: [Int]
    /// The remaining diagonal, by place.
    var diagonal: [Double]
    /// L by columns, rows in the order of A, 0 in the rows of earlier pivots.
    var columns: [Double] = []
    var rank = 0

    init(_ a: Matrix, _ tolerance: Double) {
      precondition(a.rows == a.columns, "pivoted Cholesky factor of a \(a.rows) x \(a.columns) matrix")
      order = a.rows
      rest = a
      places = Array(0..<order)
      diagonal = (0..<a.rows).map { a.elements[$0 * a.rows + $0] }
      threshold = tolerance * diagonal.reduce(0) { max($0, $1) }
    }

    /// Makes up to `width` columns; false at the end, nil when stopped.
    mutating func panel(width: Int, _ stop: StopCheck?) -> Bool? {
      let n = order
      let start = rank
      let end = min(n, start + width)
      if start == end { return false }
      columns.append(contentsOf: repeatElement(0, count: (end - start) * n))
      while rank < end {
        if let stop, rank % 8 == 0, stop() { return nil }
        guard column(from: start) else { return false }
      }
      if rank == n { return false }
      let fits = columns.withUnsafeBufferPointer { l in
        rest.elements.withUnsafeMutableBufferPointer { a in
          guard let l = l.baseAddress, let a = a.baseAddress else { return true }
          return BLASPanels.rankUpdate(n, end - start, -1, l + start * n, a, stop)
        }
      }
      return fits ? true : nil
    }

    /// The next column; false if no pivot is large enough.
    private mutating func column(from start: Int) -> Bool {
      let n = order
      let k = rank
      var pivot = k
      for i in k..<n where diagonal[i] > diagonal[pivot] { pivot = i }
      guard diagonal[pivot] > threshold, diagonal[pivot].isFinite else { return false }
      places.swapAt(pivot, k)
      diagonal.swapAt(pivot, k)
      let row = places[k]
      let root = diagonal[k].squareRoot()
      columns.withUnsafeMutableBufferPointer { l in
        rest.elements.withUnsafeBufferPointer { a in
          let own = k * n
          for i in 0..<row { l[own + i] = a[row * n + i] }
          for i in row..<n { l[own + i] = a[i * n + row] }
          for j in start..<k {
            let weight = l[j * n + row]
            for i in 0..<n { l[own + i] -= weight * l[j * n + i] }
          }
          for place in 0..<k { l[own + places[place]] = 0 }
          for i in 0..<n { l[own + i] /= root }
          l[own + row] = root
          for place in (k + 1)..<max(n, k + 1) {
            let value = l[own + places[place]]
            diagonal[place] -= value * value
          }
        }
      }
      rank += 1
      return true
    }
  }
}
