internal import CBLAS

/// Q' A Q = T: a symmetric matrix to a tridiagonal one by Householder reflectors, in panels that can be
/// stopped.
///
/// Within a panel the columns are brought up to date one by one; the rest of the matrix gets the whole panel
/// at once, A - V W' - W V', as products of matrices.
/// - Complexity: 4/3 n^3 operations, half of them products of the matrix with a vector.
/// - Source: J. J. Dongarra, D. C. Sorensen, S. J. Hammarling, J. Comput. Appl. Math. 27 (1989),
///   doi:10.1016/0377-0427(89)90367-1.
struct Tridiagonalisation {
  typealias Numbers = UnsafeMutablePointer<Double>

  private static let width = 64

  /// The diagonal of T and the elements beside it.
  private(set) var diagonal: [Double]
  private(set) var beside: [Double]
  /// Below the first subdiagonal, the reflectors; by columns.
  private var reflectors: [Double]
  private var scales: [Double]
  private let order: Int

  /// Reduces the matrix whose lower triangle stands in `elements` by columns; nil when stopped.
  init?(order n: Int, elements: consuming [Double], stop: StopCheck?) {
    BLASPanels.prepare()
    order = n
    diagonal = [Double](repeating: 0, count: n)
    beside = [Double](repeating: 0, count: max(n - 1, 0))
    scales = beside
    reflectors = []
    var matrix = elements
    var w = [Double](repeating: 0, count: n * Self.width)
    let done = matrix.withUnsafeMutableBufferPointer { a in
      w.withUnsafeMutableBufferPointer { w in
        guard let a = a.baseAddress, let w = w.baseAddress else { return true }
        for first in stride(from: 0, to: n, by: Self.width) {
          guard panel(first, a, w, stop) else { return false }
        }
        return true
      }
    }
    if !done { return nil }
    reflectors = matrix
  }

  /// Reduces the columns of one panel, then brings the rest of the matrix up to date.
  private mutating func panel(_ first: Int, _ a: Numbers, _ w: Numbers, _ stop: StopCheck?) -> Bool {
    let n = order
    let end = min(first + Self.width, n)
    let ld = BLASPanels.dimension(n)
    func at(_ i: Int, _ j: Int) -> Numbers { a + (i + j * n) }
    // Row i of W stands at w + i, its column for the panel's column j at (j - first) * n.
    func wAt(_ i: Int, _ j: Int) -> Numbers { w + (i + (j - first) * n) }
    for j in first..<end {
      // A product with the remaining matrix takes a few milliseconds at the most.
      if let stop, stop() { return false }
      let done = BLASPanels.dimension(j - first)
      let height = BLASPanels.dimension(n - j)
      if j > first {
        // a_j -= V w_j + W v_j, w_j and v_j the rows of this column; the ones of V are in their places.
        entropic_gemv("N".code, height, done, -1, at(j, first), ld, wAt(j, first), ld, 1, at(j, j))
        entropic_gemv("N".code, height, done, -1, wAt(j, first), ld, at(j, first), ld, 1, at(j, j))
      }
      diagonal[j] = at(j, j).pointee
      let below = n - j - 1
      if below == 0 { break }
      let size = BLASPanels.dimension(below)
      let v = at(j + 1, j)
      let tau = entropic_larfg(size, v, v + min(1, below - 1))
      beside[j] = v.pointee
      scales[j] = tau
      v.pointee = 1
      // w = tau (A v - V (W'v) - W (V'v)), then made orthogonal to v up to half.
      let product = wAt(j + 1, j)
      entropic_symv(size, at(j + 1, j + 1), ld, v, product)
      if j > first {
        let short = wAt(first, j)
        entropic_gemv("T".code, size, done, 1, wAt(j + 1, first), ld, v, 1, 0, short)
        entropic_gemv("N".code, size, done, -1, at(j + 1, first), ld, short, 1, 1, product)
        entropic_gemv("T".code, size, done, 1, at(j + 1, first), ld, v, 1, 0, short)
        entropic_gemv("N".code, size, done, -1, wAt(j + 1, first), ld, short, 1, 1, product)
      }
      var dot = 0.0
      for i in 0..<below {
        product[i] *= tau
        dot += product[i] * v[i]
      }
      let half = -tau * dot / 2
      for i in 0..<below { product[i] += half * v[i] }
    }
    guard end < n else { return true }
    // The lower triangle of the rest in strips of columns.
    let k = end - first
    for j in stride(from: end, to: n, by: 256) {
      let columns = min(256, n - j)
      for (left, right) in [(at(j, first), wAt(j, first)), (wAt(j, first), at(j, first))] {
        guard BLASPanels.multiply("N", "T", n - j, columns, k, -1, left, n, right, n, at(j, j), n, stop)
        else {
          return false
        }
      }
    }
    return true
  }

  /// Z = Q Z for n x n numbers by columns; false when stopped.
  mutating func applyQ(to z: Numbers, _ stop: StopCheck?) -> Bool {
    let n = order
    let width = max(64, min(n, BLASPanels.piece / (4 * n * Self.width)))
    var work = [Double](repeating: 0, count: width * 64 + 65 * 64)
    let ld = BLASPanels.dimension(n)
    return reflectors.withUnsafeMutableBufferPointer { a in
      guard let a = a.baseAddress else { return true }
      for first in stride(from: (n - 2) / Self.width * Self.width, through: 0, by: -Self.width) where n > 1 {
        let count = min(Self.width, n - 1 - first)
        let rows = n - first - 1
        for j in stride(from: 0, to: n, by: width) {
          if let stop, stop() { return false }
          let info = scales.withUnsafeBufferPointer { scales in
            entropic_ormqr(
              BLASPanels.dimension(rows), BLASPanels.dimension(min(width, n - j)),
              BLASPanels.dimension(count), a + (first + 1 + first * n), ld,
              scales.baseAddress.map { $0 + first },
              z + (first + 1 + j * n), ld, &work, BLASPanels.dimension(work.count))
          }
          guard info == 0 else { return false }
        }
      }
      return true
    }
  }
}

extension String {
  /// The letter of an option of BLAS.
  fileprivate var code: CChar { utf8.first.map { CChar(bitPattern: $0) } ?? 0 }
}
