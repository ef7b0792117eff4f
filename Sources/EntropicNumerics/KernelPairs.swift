internal import CEntropicKernels

/// Sums over all pairs of particles.
///
/// Coordinates are stored one after another: coordinate k of particle i has index k n + i. n is a multiple of
/// 8; unused places hold particles so far away (1e100) that they do not count, with values 0.
extension Kernel {
  /// The most dimensions of a sum over pairs.
  public static let pairDimensions = 64

  /// sum_j exp(-scale |x_i - x_j|^2) u_c(j) for every particle i and column c, j = i included.
  ///
  /// Each term has a relative error below 2^-50 times the size of the exponent's argument plus one. Cost:
  /// n^2 / 2 exponentials.
  public static func gaussianSums(
    _ x: UnsafeBufferPointer<Double>, dimension: Int, columns: UnsafeBufferPointer<Double>, scale: Double,
    into out: UnsafeMutableBufferPointer<Double>
  ) {
    precondition(dimension >= 1 && dimension <= pairDimensions, "\(dimension) dimensions")
    let n = x.count / dimension
    guard n > 0 else { return }
    let m = columns.count / n
    precondition(n % 8 == 0 && x.count == n * dimension, "gaussianSums: \(x.count) coordinates")
    precondition(m >= 1 && m <= pairDimensions + 1 && columns.count == n * m, "gaussianSums: \(m) columns")
    precondition(out.count == columns.count, "gaussianSums: \(out.count) results")
    ek_gaussian_sums(x.baseAddress, n, dimension, columns.baseAddress, m, scale, out.baseAddress)
  }

  /// sum over j != i of the Stein kernel for the inverse multiquadric (c2 + |x - y|^2)^(-1/2) and scores s,
  /// over the first `count` particles; returns the sum of the squares over pairs.
  public static func steinSums(
    _ x: UnsafeBufferPointer<Double>, scores: UnsafeBufferPointer<Double>, dimension: Int, count: Int,
    c2: Double, into rows: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    let n = rows.count
    precondition(n % 8 == 0 && count <= n && x.count == n * dimension && scores.count == x.count)
    return ek_stein_sums(x.baseAddress, scores.baseAddress, n, count, dimension, c2, rows.baseAddress)
  }
}
