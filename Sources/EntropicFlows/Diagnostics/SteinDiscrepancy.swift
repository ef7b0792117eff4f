import EntropicNumerics

/// How far particles are from the density exp(-V / T), without its normalisation: the kernel Stein
/// discrepancy.
///
///     D^2 = E h(X, Y),   s = -grad V / T
///     h(x, y) = s_x . s_y k + s_x . grad_y k + s_y . grad_x k + div_x grad_y k
///
/// for independent X, Y from the law of the particles and the kernel k = (c^2 + |x - y|^2)^(-1/2), with
/// which the discrepancy of well-behaved targets goes to 0 only when the law goes to the target. D^2 is 0
/// for the target.
///
/// - Complexity: O(n^2 d) for n particles.
/// - Source: J. Gorham, L. Mackey, ICML (2017), arXiv:1703.01717; Q. Liu, J. Lee, M. Jordan, ICML (2016),
///   arXiv:1602.03253.
public struct SteinDiscrepancy: Sendable, Equatable {
  /// The mean of h over pairs of different particles: without bias for D^2, and negative about half of the
  /// time when the particles are draws from the target.
  public let squared: Double
  /// One standard error of `squared` for independent particles, from the variance of U-statistics: the
  /// linear part, 0 for draws from the target, and the quadratic part.
  public let standardError: Double
  /// sqrt of the mean over all pairs, (i, i) included: a distance, of order n^(-1/2) for draws from the
  /// target.
  public let distance: Double

  /// squared +- 3 standard errors: by Cantelli's inequality the share of surprises is at most 1/10 on each
  /// side whatever the law, and it is far less in practice.
  public var interval: ClosedRange<Double> {
    (squared - 3 * standardError)...(squared + 3 * standardError)
  }

  /// True when the particles are told from the target.
  public var isFar: Bool { squared - 3 * standardError > 0 }

  /// The discrepancy of a cloud; nil for one particle, more than 65536, or where a gradient is not finite.
  public init?(
    of cloud: Cloud, under potential: ParticlePotential, temperature: Double = 1, width: Double = 1
  ) {
    guard cloud.dimension == potential.dimension, temperature > 0 else { return nil }
    let scores = potential.evaluated(at: cloud).gradients.map { -$0 / temperature }
    self.init(of: cloud, scores: scores, width: width)
  }

  /// With the scores at the particles, stored like their coordinates.
  public init?(of cloud: Cloud, scores: [Double], width: Double = 1) {
    let n = cloud.count
    guard n >= 2, n <= 65536, scores.count == cloud.coordinates.count, scores.allSatisfy(\.isFinite),
      width > 0, width.isFinite
    else { return nil }
    let x = Cloud.pad(cloud.coordinates, n, fill: Cloud.away)
    let s = Cloud.pad(scores, n, fill: 0)
    var rows = [Double](repeating: 0, count: Cloud.padded(n))
    let squares = x.withUnsafeBufferPointer { x in
      s.withUnsafeBufferPointer { s in
        rows.withUnsafeMutableBufferPointer {
          Kernel.steinSums(
            x, scores: s, dimension: cloud.dimension, count: n, c2: width * width, into: $0)
        }
      }
    }
    let count = Double(n)
    let pairs = count * (count - 1)
    let means = rows[..<n].map { $0 / (count - 1) }
    let centre = Kernel.sum(means) / count
    // Var U = 4 (n - 2) / (n (n - 1)) zeta_1 + 2 / (n (n - 1)) zeta_2. The spread of row means holds zeta_1
    // and a share of zeta_2 / n that is taken off again.
    let second = max(0, 2 * squares / pairs - centre * centre)
    let spread = Kernel.sum(means.map { ($0 - centre) * ($0 - centre) }) / (count - 1)
    let first = max(0, spread - second / (count - 1))
    squared = centre
    standardError = ((4 * (count - 2) * first + 2 * second) / pairs).squareRoot()
    // h(x, x) = |s|^2 / c + d / c^3.
    let own =
      Kernel.dot(scores, scores) / width + count * Double(cloud.dimension) / (width * width * width)
    distance = max(0, (pairs * centre + own) / (count * count)).squareRoot()
    guard squared.isFinite, standardError.isFinite, distance.isFinite else { return nil }
  }
}
