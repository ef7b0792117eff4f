import EntropicNumerics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A convex function of one mass: what a geometry is made of.
///
///     h on [0, cap], h' increasing;   D(q, p) = h(q) - h(p) - h'(p) (q - p)
///
/// The distance-generating function of a simplex is the sum of h over its masses. `cap` is the upper bound of the
/// mass, at most the mass of its simplex. A geometry of one's own is a type with this protocol.
public protocol MirrorMap: Sendable {
  /// The word behind the method's name.
  var name: String { get }

  func value(_ q: Double, cap: Double) -> Double

  /// h'(q) and h''(q) for 0 < q < cap.
  func derivatives(_ q: Double, cap: Double) -> (first: Double, second: Double)

  /// The mass with h' = slope, clipped into [0, cap].
  func inverse(_ slope: Double, cap: Double) -> Double

  /// D(q, p); without cancellation where q is near p, if that matters.
  func divergence(from p: Double, to q: Double, cap: Double) -> Double
}

extension MirrorMap {
  /// By the definition; loses digits where q is near p.
  public func divergence(from p: Double, to q: Double, cap: Double) -> Double {
    if q == p { return 0 }
    let slope = derivatives(p, cap: cap).first
    return max(value(q, cap: cap) - value(p, cap: cap) - slope * (q - p), 0)
  }
}

/// h = q log q:  D = q log (q / p) - q + p, the summand of the Kullback-Leibler divergence.
public struct NegativeEntropy: MirrorMap {
  public var name: String { "entropy" }
  public init() {}
  public func value(_ q: Double, cap: Double) -> Double { q > 0 ? q * Kernel.log(q) : 0 }
  public func derivatives(_ q: Double, cap: Double) -> (first: Double, second: Double) {
    (1 + Kernel.log(q), 1 / q)
  }
  public func inverse(_ slope: Double, cap: Double) -> Double { min(Kernel.exp(slope - 1), cap) }
  public func divergence(from p: Double, to q: Double, cap: Double) -> Double {
    NegativeEntropy.excess(q, p)
  }

  /// q log (q / p) - q + p
  static func excess(_ q: Double, _ p: Double) -> Double {
    if q == p { return 0 }
    if q <= 0 { return p }
    if p <= 0 { return .infinity }
    let d = (q - p) / p
    // d log1p(d) + log1p(d) - d, both parts without cancellation
    if abs(d) < 0.3 { return max(p * (d * (log1pMinus(d) + d) + log1pMinus(d)), 0) }
    return max(q * Kernel.log(q / p) - q + p, 0)
  }
}

/// h = q^2 / 2:  D = (q - p)^2 / 2.
public struct SquaredNorm: MirrorMap {
  public var name: String { "euclidean" }
  public init() {}
  public func value(_ q: Double, cap: Double) -> Double { q * q / 2 }
  public func derivatives(_ q: Double, cap: Double) -> (first: Double, second: Double) { (q, 1) }
  public func inverse(_ slope: Double, cap: Double) -> Double { min(max(slope, 0), cap) }
  public func divergence(from p: Double, to q: Double, cap: Double) -> Double { (q - p) * (q - p) / 2 }
}

/// h = -log q:  D = q / p - log (q / p) - 1, the Itakura-Saito divergence.
public struct BurgEntropy: MirrorMap {
  public var name: String { "burg" }
  public init() {}
  public func value(_ q: Double, cap: Double) -> Double { q > 0 ? -Kernel.log(q) : .infinity }
  public func derivatives(_ q: Double, cap: Double) -> (first: Double, second: Double) {
    (-1 / q, 1 / q / q)
  }
  public func inverse(_ slope: Double, cap: Double) -> Double { slope < 0 ? min(-1 / slope, cap) : cap }
  public func divergence(from p: Double, to q: Double, cap: Double) -> Double {
    if q == p { return 0 }
    guard p > 0, q > 0 else { return .infinity }
    let d = (q - p) / p
    return abs(d) < 0.5 ? -log1pMinus(d) : d - Kernel.log(q / p)
  }
}

/// h = (q^a - q) / (a (a - 1)), a > 0, a != 1: entmax steps. Exact zeros for a > 1, none below.
///
/// a -> 1 is the entropy, a = 2 the Euclidean geometry, a -> 0 Burg's. Source: B. Peters, V. Niculae, A. Martins,
/// Sparse sequence-to-sequence models, 2019, arXiv:1905.05702.
public struct TsallisEntropy: MirrorMap {
  public let order: Double
  public var name: String { "tsallis(\(order))" }

  /// - Precondition: order > 0 and not 1.
  public init(order: Double) {
    precondition(
      order > 0 && order != 1 && order.isFinite, "the order of a Tsallis geometry is positive and not 1")
    self.order = order
  }

  public func value(_ q: Double, cap: Double) -> Double {
    (pow(q, order) - q) / (order * (order - 1))
  }

  public func derivatives(_ q: Double, cap: Double) -> (first: Double, second: Double) {
    let power = pow(q, order - 1)
    return ((power - 1 / order) / (order - 1), power / q)
  }

  public func inverse(_ slope: Double, cap: Double) -> Double {
    let base = (order - 1) * slope + 1 / order
    if base <= 0 { return order > 1 ? 0 : cap }
    return min(pow(base, 1 / (order - 1)), cap)
  }

  public func divergence(from p: Double, to q: Double, cap: Double) -> Double {
    if q == p { return 0 }
    let a = order
    if p <= 0 { return a > 1 ? pow(q, a) / (a * (a - 1)) : .infinity }
    let d = (q - p) / p
    let scale = pow(p, a)
    if abs(d) < 1e-2 {
      // ((1 + d)^a - 1 - a d) / (a (a - 1)) by its binomial series
      var term = d * d / 2
      var sum = term
      for k in 3..<12 {
        term *= d * (a - Double(k) + 1) / Double(k)
        sum += term
      }
      return max(scale * sum, 0)
    }
    return max(scale * (pow(1 + d, a) - 1 - a * d) / (a * (a - 1)), 0)
  }
}

/// h = q log q + (u - q) log (u - q), u the cap: smooth upper bounds. The step is a sigmoid.
public struct FermiDirac: MirrorMap {
  public var name: String { "fermi-dirac" }
  public init() {}
  public func value(_ q: Double, cap: Double) -> Double {
    let rest = cap - q
    return (q > 0 ? q * Kernel.log(q) : 0) + (rest > 0 ? rest * Kernel.log(rest) : 0)
  }
  public func derivatives(_ q: Double, cap: Double) -> (first: Double, second: Double) {
    let rest = max(cap - q, cap * 0x1p-53)
    return (Kernel.log(q) - Kernel.log(rest), 1 / q + 1 / rest)
  }
  public func inverse(_ slope: Double, cap: Double) -> Double {
    // u / (1 + e^-s), by the side that does not overflow
    if slope >= 0 { return cap / (1 + Kernel.exp(-slope)) }
    let e = Kernel.exp(slope)
    return cap * e / (1 + e)
  }
  public func divergence(from p: Double, to q: Double, cap: Double) -> Double {
    NegativeEntropy.excess(q, p) + NegativeEntropy.excess(cap - q, cap - p)
  }
}
