internal import CBLAS

/// Returns true when work should stop. Long linear algebra asks between pieces of at most about 20 ms.
public typealias StopCheck = () -> Bool

/// BLAS in pieces of bounded work. Matrices are stored by columns here; a row-major matrix is its own
/// transpose.
enum BLASPanels {
  typealias Source = UnsafePointer<Double>
  typealias Target = UnsafeMutablePointer<Double>

  /// Floating-point operations of one piece: 20 ms at 10 GFLOP/s.
  static let piece = 200_000_000

  private static let singleThread: Void = entropic_blas_single_thread()

  static func prepare() { _ = singleThread }

  /// A dimension for BLAS. A matrix with a longer side does not fit any memory at which this code is aimed.
  static func dimension(_ n: Int) -> entropic_int {
    guard let value = entropic_int(exactly: n) else {
      preconditionFailure("dimension \(n) is too large for BLAS")
    }
    return value
  }

  /// C += alpha op(A) op(B). Returns false when stopped, with C half done.
  static func multiply(
    _ ta: Character, _ tb: Character, _ m: Int, _ n: Int, _ k: Int, _ alpha: Double,
    _ a: Source, _ lda: Int, _ b: Source, _ ldb: Int, _ c: Target, _ ldc: Int, _ stop: StopCheck?
  ) -> Bool {
    if m == 0 || n == 0 || k == 0 { return true }
    prepare()
    let whole = m.multipliedReportingOverflow(by: n).partialValue.multipliedReportingOverflow(by: 2 * k)
    let fits = !whole.overflow && whole.partialValue <= piece
    let (mc, nc, kc) = fits ? (m, n, k) : (min(m, 768), min(n, 256), min(k, 508))
    let (down, across) = ((m + mc - 1) / mc, (n + nc - 1) / nc)
    for l in stride(from: 0, to: k, by: kc) {
      let done = Parallel.pieces(down * across, stop: stop) { block in
        let (i, j) = (block % down * mc, block / down * nc)
        entropic_gemm(
          code(ta), code(tb), dimension(min(mc, m - i)), dimension(min(nc, n - j)),
          dimension(min(kc, k - l)),
          alpha, a + (ta == "N" ? i + l * lda : l + i * lda), dimension(lda),
          b + (tb == "N" ? l + j * ldb : j + l * ldb), dimension(ldb), 1, c + (i + j * ldc), dimension(ldc))
      }
      if !done { return false }
    }
    return true
  }

  /// Columns of the result of a rank update that are one piece of work; smaller results are one piece.
  static let strip = 512

  /// Upper triangle of C += alpha P P', P of n rows and k columns stored by columns with leading dimension n.
  static func rankUpdate(_ n: Int, _ k: Int, _ alpha: Double, _ p: Source, _ c: Target, _ stop: StopCheck?)
    -> Bool
  {
    if n == 0 || k == 0 { return true }
    prepare()
    let width = n <= strip ? n : 256
    let strips = (n + width - 1) / width
    // The last strips are the longest: they go first.
    return Parallel.pieces(strips, stop: stop) { piece in
      let j = (strips - 1 - piece) * width
      let w = min(width, n - j)
      _ = multiply("N", "T", j, w, k, alpha, p, n, p + j, n, c + j * n, n, nil)
      entropic_syrk(
        code("U"), code("N"), dimension(w), dimension(k), alpha, p + j, dimension(n), 1, c + (j + j * n),
        dimension(n))
    }
  }

  static func code(_ letter: Character) -> CChar { CChar(bitPattern: letter.asciiValue ?? 0) }

  /// Copies one triangle over the other, in a matrix of n rows: the upper of column storage, which is the
  /// lower of row storage, is the source.
  static func mirror(_ n: Int, _ c: Target) {
    for i0 in stride(from: 0, to: n, by: 32) {
      for j0 in stride(from: 0, through: i0, by: 32) {
        for i in i0..<min(i0 + 32, n) {
          for j in j0..<min(j0 + 32, i + 1) { c[j * n + i] = c[i * n + j] }
        }
      }
    }
  }
}
