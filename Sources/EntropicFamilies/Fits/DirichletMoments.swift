import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Dirichlet law with given means of logarithms: maximum likelihood, and the inverse mean map.
///
///     psi(a_i) - psi(sum a) = t_i
///
/// The function `sum log Gamma(a_i) - log Gamma(sum a) - a . t` is convex with a Hessian of a diagonal minus
/// rank one. Newton's method with a step kept inside of positive numbers. Source: T. Minka, Estimating a
/// Dirichlet distribution (2000, revised 2012).
struct DirichletMoments {
  let meanLogs: [Double]
  let family: String

  struct Solution {
    var concentration: [Double]
    /// What is proved about the maximiser, see `ball`.
    var proof: FitProof
  }

  func solve() throws(FamilyError) -> Solution {
    // Some law has these means exactly when the exponentials sum to less than 1 (Jensen's inequality).
    let geometric = meanLogs.map { exp($0) }
    let slack = 1 - geometric.reduce(0, +)
    guard meanLogs.allSatisfy({ $0.isFinite && $0 < 0 }), slack > 0 else {
      throw .unreachableMoments(
        family: family, reason: "the exponentials of the mean logarithms must sum to less than 1")
    }
    // For large totals the slack is (k - 1) / (2 n).
    let k = Double(meanLogs.count)
    let n = max(1e-3, (k - 1) / (2 * slack))
    var a = geometric.map { max(1e-10, $0 * n / (1 - slack)) }
    if slack > 0.5 { a = smallStart() }
    for _ in 0..<200 {
      let (g, d, z) = parts(a)
      let step = direction(g, d, z)
      var length = 1.0
      for (x, s) in zip(a, step) where s < 0 { length = min(length, -0.9 * x / s) }
      let before = value(a)
      var next = zip(a, step).map { $0 + length * $1 }
      var halvings = 0
      while !(value(next) <= before + 1e-12 * abs(before)), halvings < 40 {
        length /= 2
        halvings += 1
        next = zip(a, step).map { $0 + length * $1 }
      }
      let change = zip(a, next).reduce(0) { max($0, abs($1.1 - $1.0) / $1.0) }
      a = next
      if change < 4e-16 || (change < 1e-13 && length == 1) { break }
    }
    return Solution(concentration: a, proof: ball(a))
  }

  private func value(_ a: [Double]) -> Double {
    var sum = -Settled.logGamma(a.reduce(0, +))
    for (x, t) in zip(a, meanLogs) { sum += Settled.logGamma(x) - x * t }
    return sum
  }

  /// The solution where psi(a) is nearly -1 / a: `1 / a_i = -t_i + x` with `sum x / (x - t_i) = 1`, x = 1 /
  /// sum a.
  private func smallStart() -> [Double] {
    let found = MonotoneRoot.solve(from: 0, to: 1e300, start: 1) { x in
      meanLogs.reduce(-1) { $0 + x / (x - $1) }
    }
    return meanLogs.map { 1 / (found.root - $0) }
  }

  /// Gradient, diagonal of the Hessian, and the coefficient of its rank-one part.
  private func parts(_ a: [Double]) -> (gradient: [Double], diagonal: [Double], shared: Double) {
    let n = a.reduce(0, +)
    // psi(a_i) - psi(n) = log(a_i / n) - gap(a_i) + gap(n): accurate for large totals.
    let gap = Settled.logMinusDigamma(n)
    let g = zip(a, meanLogs).map { log($0 / n) - Settled.logMinusDigamma($0) + gap - $1 }
    return (g, a.map { Settled.trigamma($0) }, Settled.trigamma(n))
  }

  /// `-(D - z 1 1')^(-1) g` by Sherman and Morrison.
  private func direction(_ g: [Double], _ d: [Double], _ z: Double) -> [Double] {
    let weighted = zip(g, d).reduce(0) { $0 + $1.0 / $1.1 }
    let inverse = d.reduce(0) { $0 + 1 / $1 }
    let shift = z * weighted / (1 - z * inverse)
    return zip(g, d).map { -($0 + shift) / $1 }
  }

  /// A ball around the point that holds the maximiser.
  ///
  /// On the box `|a_i / a*_i - 1| <= r` the Hessian is at least `H = diag psi'((1 + r) a_i) - psi'((1 - r)
  /// n)`. With `decrement^2 = g' H^(-1) g` the sublevel set of the point lies within `2 decrement` in the
  /// norm of H; if that ball stays in the box, the maximiser lies in it, and the value is within
  /// `decrement^2 / 2`.
  private func ball(_ a: [Double]) -> FitProof {
    let r = 1e-3
    let (g, _, _) = parts(a)
    let n = a.reduce(0, +)
    let d = a.map { Settled.trigamma((1 + r) * $0) }
    let z = Settled.trigamma((1 - r) * n)
    let room = 1 - z * d.reduce(0) { $0 + 1 / $1 }
    guard room > 1e-12 else { return .none }
    let step = direction(g, d, z)
    let decrement = max(0, -zip(g, step).reduce(0) { $0 + $1.0 * $1.1 }).squareRoot()
    for (x, curvature) in zip(a, d) {
      // The diagonal of H^(-1).
      let spread = (1 / curvature + z / (curvature * curvature * room)).squareRoot()
      if 2 * decrement * spread > r * x { return .none }
    }
    return .newtonBall(decrement: decrement)
  }
}
