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
    NegativeEntropy.excess(q, p, change: q - p)
  }

  /// q log (q / p) - q + p; `change` is q - p, which may be known better than its parts.
  static func excess(_ q: Double, _ p: Double, change: Double) -> Double {
    if change == 0 { return 0 }
    if q <= 0 { return p }
    if p <= 0 { return .infinity }
    let d = change / p
    // d log1p(d) + log1p(d) - d, both parts without cancellation
    if abs(d) < 0.5 { return max(p * (d * (log1pMinus(d) + d) + log1pMinus(d)), 0) }
    return max(q * Kernel.log(q / p) - change, 0)
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
    q > 0 ? q * (expm1((order - 1) * Kernel.log(q)) / (order - 1)) / order : 0
  }

  // With e = a - 1: h' = (q^e - 1) / e + 1 / a, in which nothing cancels as a -> 1.
  public func derivatives(_ q: Double, cap: Double) -> (first: Double, second: Double) {
    let e = order - 1
    return (expm1(e * Kernel.log(q)) / e + 1 / order, pow(q, order - 2))
  }

  public func inverse(_ slope: Double, cap: Double) -> Double {
    let e = order - 1
    let base = e * (slope - 1 / order)
    if base <= -1 { return e > 0 ? 0 : cap }
    return min(Kernel.exp(log1p(base) / e), cap)
  }

  public func divergence(from p: Double, to q: Double, cap: Double) -> Double {
    if q == p { return 0 }
    let a = order
    let e = a - 1
    if p <= 0 { return e > 0 ? pow(q, a) / (a * e) : .infinity }
    if q <= 0 { return pow(p, a) / a }
    let d = (q - p) / p
    if abs(d) >= 0.5 {
      // ( q (q^e - p^e) / e - p^e (q - p) ) / a
      let ratio = e * Kernel.log(q / p)
      let scale = slope(p)
      let rise = abs(ratio) < 1 ? scale * expm1(ratio) : slope(q) - scale
      return max((q * rise / e - scale * (q - p)) / a, 0)
    }
    // ((1 + d)^a - 1 - a d) / (a e), from the divergences of the nearer of the limits a = 0 and a = 1
    let bend = log1pMinus(d)
    let log = bend + d
    if a < 0.5 { return max(pow(p, a) * (bend + Self.expMinus(a * log) / a) / e, 0) }
    return max(pow(p, a) * (d * log + bend + (1 + d) * Self.expMinus(e * log) / e) / a, 0)
  }

  /// x^(a - 1); a - 1 is rounded for a < 1/2, which powers of small masses would show.
  private func slope(_ x: Double) -> Double { order < 0.5 ? pow(x, order) / x : pow(x, order - 1) }

  /// e^x - 1 - x without cancellation near 0, |x| < 10.
  private static func expMinus(_ x: Double) -> Double {
    if abs(x) > 0.5 { return expm1(x) - x }
    var sum = 0.0
    for k in stride(from: 16.0, through: 3, by: -1) { sum = (1 + sum) * x / k }
    return x * x / 2 * (1 + sum)
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
    NegativeEntropy.excess(q, p, change: q - p) + NegativeEntropy.excess(cap - q, cap - p, change: p - q)
  }
}
