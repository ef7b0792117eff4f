import EntropicModel
import EntropicNumerics

/// The sense in which a step is short: a mirror map on every simplex.
///
///     entropy       h = sum q log q                    the default: multiplicative steps, no zeros
///     euclidean     h = |q|^2 / 2                      sparse iterates, exact zeros
///     burg          h = -sum log q                     for log-likelihoods and log-determinants
///     tsallis(a)    h = sum (q^a - q) / (a (a - 1))    entmax: sparse for a > 1
///     fermi-dirac   h = sum q log q + (u - q) log (u - q)   smooth caps u
///     product       one geometry and one weight a simplex
///     custom        a mirror map of one's own
///
/// A proximal step min <g, q> + L D(q, p) is separable over every simplex: one scalar root each, whatever the map.
/// - Sources: A. Beck, M. Teboulle, Oper. Res. Lett. 31 (2003), doi:10.1016/S0167-6377(02)00231-6; H. Bauschke,
///   J. Bolte, M. Teboulle, Math. Oper. Res. 42 (2017), doi:10.1287/moor.2016.0817.
public enum Geometry: Sendable {
  case entropy
  case euclidean
  case burg
  /// Order > 0, not 1.
  case tsallis(Double)
  case fermiDirac
  /// One factor a simplex of the layout, in order; simplices beyond the list use the last factor.
  case product([Factor])
  case custom(any MirrorMap)

  /// A weight and the geometry of one simplex.
  public struct Factor: Sendable {
    public let geometry: Geometry
    public let weight: Double

    /// - Precondition: weight > 0, and the geometry is no product.
    public init(_ geometry: Geometry, weight: Double = 1) {
      precondition(weight > 0, "the weight of a factor is positive")
      if case .product = geometry { preconditionFailure("a product of products is one product") }
      self.geometry = geometry
      self.weight = weight
    }
  }

  /// The word of the method's argument: `entropy`, `tsallis(1.5)`, ...
  public var name: String {
    switch self {
    case .product(let factors): "product(\(factors.map(\.geometry.name).joined(separator: ", ")))"
    default: map(ofSimplex: 0).name
    }
  }

  /// The geometry that a word in a file or an option names; nil for unknown words.
  public static func named(_ text: String) -> Geometry? {
    switch text {
    case "entropy": return .entropy
    case "euclidean": return .euclidean
    case "burg": return .burg
    case "fermi-dirac": return .fermiDirac
    default:
      guard text.hasPrefix("tsallis("), text.hasSuffix(")"),
        let order = Double(text.dropFirst(8).dropLast()), order > 0, order != 1, order.isFinite
      else { return nil }
      return .tsallis(order)
    }
  }

  /// The words that `named` knows.
  public static let words = ["entropy", "euclidean", "burg", "tsallis(1.5)", "fermi-dirac"]

  public var isEntropy: Bool {
    if case .entropy = self { return true }
    return false
  }

  func factor(_ s: Int) -> Factor {
    guard case .product(let factors) = self else { return Factor(self) }
    return s < factors.count ? factors[s] : factors.last ?? Factor(.entropy)
  }

  /// The mirror map of one simplex.
  public func map(ofSimplex s: Int) -> any MirrorMap {
    switch self {
    case .entropy: NegativeEntropy()
    case .euclidean: SquaredNorm()
    case .burg: BurgEntropy()
    case .tsallis(let order): TsallisEntropy(order: order)
    case .fermiDirac: FermiDirac()
    case .product: factor(s).geometry.map(ofSimplex: 0)
    case .custom(let map): map
    }
  }

  /// The largest mass that an outcome may have.
  static func cap(_ i: Int, _ slice: SimplexSlice, _ layout: Layout) -> Double {
    min(layout.upper[i], slice.mass)
  }

  /// h(q), the distance-generating function.
  public func value(_ q: [Double], in layout: Layout) -> Double {
    total(layout) { i, map, cap in map.value(q[i], cap: cap) }
  }

  /// The dual map: h'(p) entry by entry, in the units of the factors.
  public func dual(_ p: [Double], in layout: Layout) -> [Double] {
    var out = [Double](repeating: 0, count: p.count)
    for (s, slice) in layout.simplices.enumerated() {
      let (map, weight) = (map(ofSimplex: s), factor(s).weight)
      for i in slice.range {
        out[i] = weight * map.derivatives(p[i], cap: Geometry.cap(i, slice, layout)).first
      }
    }
    return out
  }

  /// The inverse dual map: the point of the simplices and bounds that minimises h(q) - <s, q>.
  public func primal(_ dual: [Double], in layout: Layout) -> [Double]? {
    var model = Functional(count: dual.count)
    model.linear = dual.map { -$0 }
    return minimum(model, length: 1, in: layout)
  }

  /// argmin <gradient, q> + length D(q, p) over the simplices and bounds; nil when the bounds exclude every point.
  public func step(
    from p: [Double], gradient: [Double], length: Double, in layout: Layout
  ) -> [Double]? {
    var model = Functional(count: p.count)
    let logarithms = isEntropy ? Kernel.log(p) : []
    for (i, slope) in shift(p, logarithms: logarithms, in: layout).enumerated() {
      model.linear[i] = gradient[i] - length * slope
    }
    return minimum(model, length: length, in: layout)
  }

  /// D(q, p), without cancellation when q is near p. `logarithms` are those of p and q, used where masses underflow.
  public func divergence(
    from p: [Double], to q: [Double], in layout: Layout, logarithms: (p: [Double], q: [Double])? = nil
  ) -> Double {
    if isEntropy {
      let plain = klDivergence(q, p)
      if plain.isFinite { return plain }
      guard let logarithms else { return plain }
      var sum = 0.0
      for i in q.indices {
        sum += q[i] > 0 ? q[i] * (logarithms.q[i] - logarithms.p[i]) - q[i] + p[i] : p[i]
      }
      return sum
    }
    return total(layout) { i, map, cap in
      cap > 0 ? map.divergence(from: p[i], to: q[i], cap: cap) : 0
    }
  }

  private func total(_ layout: Layout, _ term: (Int, any MirrorMap, Double) -> Double) -> Double {
    var sums: [Double] = []
    for (s, slice) in layout.simplices.enumerated() {
      let map = map(ofSimplex: s)
      let values = slice.range.map { term($0, map, Geometry.cap($0, slice, layout)) }
      sums.append(factor(s).weight * Kernel.sum(values))
    }
    return Kernel.sum(sums)
  }

  // MARK: - Separable models

  /// h'(p) where masses may be 0; 0 for outcomes that are held at 0. In entropic geometries logarithms of masses that
  /// underflow are used.
  func shift(_ p: [Double], logarithms: [Double], in layout: Layout) -> [Double] {
    var out = [Double](repeating: 0, count: p.count)
    for (s, slice) in layout.simplices.enumerated() {
      let (map, weight) = (map(ofSimplex: s), factor(s).weight)
      for i in slice.range {
        let cap = Geometry.cap(i, slice, layout)
        guard cap > 0 else { continue }
        if map is NegativeEntropy, !logarithms.isEmpty {
          out[i] = logarithms[i] > -.infinity ? weight * (1 + logarithms[i]) : 0
        } else {
          let slope = map.derivatives(p[i], cap: cap).first
          out[i] = slope.isFinite ? weight * slope : 0
        }
      }
    }
    return out
  }

  /// argmin of model(q) + length h(q) over the simplices and bounds.
  func minimum(_ model: Functional, length: Double, in layout: Layout) -> [Double]? {
    var p = [Double](repeating: 0, count: layout.count)
    for (s, slice) in layout.simplices.enumerated() {
      var part = SeparableMinimum(model, layout, slice)
      if length > 0 { part.add(map(ofSimplex: s), weight: length * factor(s).weight) }
      guard let solved = part.solve() else { return nil }
      p.replaceSubrange(slice.range, with: solved.point)
    }
    return p
  }
}

extension Geometry: Hashable {
  public static func == (a: Geometry, b: Geometry) -> Bool {
    guard case .product(let left) = a, case .product(let right) = b else {
      if case .product = a { return false }
      if case .product = b { return false }
      return a.name == b.name
    }
    return left.map(\.geometry) == right.map(\.geometry) && left.map(\.weight) == right.map(\.weight)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Functional {
  /// The separable parts of the function.
  var separablePart: Functional {
    var f = Functional(count: count)
    f.linear = linear
    f.entropic = entropic
    f.barrier = barrier
    f.powers = powers
    return f
  }

  /// The parts that are not separable, with the constant.
  var coupledPart: Functional {
    var f = Functional(count: count)
    f.constant = constant
    f.composites = composites
    f.conditionals = conditionals
    f.information = information
    f.smooth = smooth
    return f
  }
}
