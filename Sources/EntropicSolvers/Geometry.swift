import EntropicModel
import EntropicNumerics

/// A mirror map: the sense in which a step of mirror descent is short.
///
///     entropy     h = sum q log q      D(q, p) = sum q log (q / p) - q + p   the default
///     euclidean   h = |q|^2 / 2        D(q, p) = |q - p|^2 / 2                 sparse iterates, exact zeros
///     burg        h = -sum log q       D(q, p) = sum q / p - log (q / p) - 1   for log-likelihoods
///
/// A proximal step min <g, q> + L D(q, p) is separable over every simplex: one scalar root each.
public enum Geometry: String, Sendable, Hashable, CaseIterable {
  case entropy, euclidean, burg

  /// D(q, p), without cancellation when q is near p. `logarithms` are those of q and p where masses
  /// underflow.
  func divergence(
    from p: [Double], to q: [Double], logarithms: (p: [Double], q: [Double])? = nil
  ) -> Double {
    switch self {
    case .entropy:
      let plain = klDivergence(q, p)
      if plain.isFinite { return plain }
      guard let logarithms else { return plain }
      var sum = 0.0
      for i in q.indices {
        sum += q[i] > 0 ? q[i] * (logarithms.q[i] - logarithms.p[i]) - q[i] + p[i] : p[i]
      }
      return sum
    case .euclidean:
      return 0.5 * Kernel.sum(zip(q, p).map { ($0 - $1) * ($0 - $1) })
    case .burg:
      return Kernel.sum(
        zip(q, p).map { q, p in
          if q == p { return 0 }
          guard p > 0, q > 0 else { return .infinity }
          let d = (q - p) / p
          return abs(d) < 0.5 ? -log1pMinus(d) : d - Kernel.log(q / p)
        })
    }
  }

  /// Adds L D(., p) to a separable functional, up to a constant.
  func add(_ length: Double, at p: [Double], logarithms: [Double], to f: inout Functional) {
    let n = p.count
    switch self {
    case .entropy:
      if f.entropic.isEmpty { f.entropic = [Double](repeating: 0, count: n) }
      for i in 0..<n {
        f.entropic[i] += length
        // A mass of 0 stays 0: the layout says so.
        if logarithms[i] > -.infinity { f.linear[i] -= length * logarithms[i] + length }
      }
    case .euclidean:
      f.add(Functional.squares(length / 2, at: p))
    case .burg:
      if f.barrier.isEmpty { f.barrier = [Double](repeating: 0, count: n) }
      for i in 0..<n where p[i] > 0 {
        f.barrier[i] += length
        f.linear[i] += length / p[i]
      }
    }
  }
}

extension Functional {
  /// w |q - p|^2 less the constant.
  static func squares(_ w: Double, at p: [Double]) -> Functional {
    var f = Functional(count: p.count)
    f.linear = p.map { -2 * w * $0 }
    f.powers = [PowerTerm(exponent: 2, weights: [Double](repeating: w, count: p.count))]
    return f
  }

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
