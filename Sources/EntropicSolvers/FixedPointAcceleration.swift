import EntropicModel
import EntropicNumerics

/// How the repetition of a monotone map p -> M(p) is sped up.
///
///     plain      p+ = M(p)
///     squarem    r = log M(p) - log p,  v = log M(M(p)) - log M(p) - r,  alpha = -|r| / |v|
///                z = log p - 2 alpha r + alpha^2 v,   p+ = M(z)
///     anderson   z = sum gamma_i log M(x_i) with the least |sum gamma_i (log M(x_i) - log x_i)|, sum gamma = 1, over
///                the last few x_i;   p+ = M(z)
///
/// Extrapolation happens in the log domain, where masses stay positive, and norms are weighted by the masses. Safeguard:
/// p+ is taken only where F(p+) is at most the value that the plain map reached, else the plain point is; then the
/// longest alpha shrinks, or the memory is cleared. So F falls monotonically whatever the extrapolation does.
/// - Cost of a step in maps and values of F: 1 for plain, 3 for squarem, 2 for anderson.
/// - Sources: R. Varadhan, C. Roland, Scand. J. Stat. 35 (2008), doi:10.1111/j.1467-9469.2007.00585.x; D. G. Anderson,
///   J. ACM 12 (1965), doi:10.1145/321296.321305; H. Walker, P. Ni, SIAM J. Numer. Anal. 49 (2011), doi:10.1137/10078356X.
public enum Acceleration: String, Sendable, Hashable, CaseIterable {
  case plain, squarem, anderson

  public static let words = Acceleration.allCases.map(\.rawValue)
}

/// The repetition of one monotone map with its acceleration.
struct FixedPointAcceleration: Sendable {
  typealias Point = ProximalStep.Trial

  let kind: Acceleration
  let slices: [SimplexSlice]
  /// Pairs (log x, log M(x)), the newest last.
  private var memory: [(x: [Double], image: [Double])] = []
  private var longest = 4.0
  private(set) var evaluations = 0

  private static let depth = 5

  init(_ kind: Acceleration, _ layout: Layout) {
    self.kind = kind
    slices = layout.simplices
  }

  /// One step; nil when the map fails.
  mutating func step(
    from here: Point, map: (Point) -> Point?, objective: (Point) -> Double
  ) -> (point: Point, value: Double)? {
    guard let first = image(here, map) else { return nil }
    switch kind {
    case .plain: return (first, objective(first))
    case .squarem: return squared(here, first, map, objective)
    case .anderson: return mixed(here, first, map, objective)
    }
  }

  private mutating func image(_ x: Point, _ map: (Point) -> Point?) -> Point? {
    evaluations += 1
    guard let y = map(x), y.p.allSatisfy(\.isFinite) else { return nil }
    return y
  }

  private mutating func squared(
    _ here: Point, _ first: Point, _ map: (Point) -> Point?, _ objective: (Point) -> Double
  ) -> (point: Point, value: Double)? {
    guard let second = image(first, map) else { return nil }
    let plain = objective(second)
    let r = difference(first.logp, here.logp)
    let s = difference(second.logp, first.logp)
    let v = difference(s, r)
    let (sizeR, sizeV) = (norm(r, second.p), norm(v, second.p))
    guard sizeR > 0, sizeV > 0 else { return (second, plain) }
    let ratio = sizeR / sizeV
    let alpha = min(max(ratio, 1), longest)
    if alpha > 1 {
      var z = here.logp
      for i in z.indices where z[i] > -.infinity { z[i] += 2 * alpha * r[i] + alpha * alpha * v[i] }
      if let far = extrapolated(z, second), let image = image(far, map) {
        let value = objective(image)
        if value <= plain {
          if ratio >= longest { longest = min(4 * longest, 1e8) }
          return (image, value)
        }
      }
      longest = max(longest / 4, 4)
      return (second, plain)
    }
    return (second, plain)
  }

  private mutating func mixed(
    _ here: Point, _ first: Point, _ map: (Point) -> Point?, _ objective: (Point) -> Double
  ) -> (point: Point, value: Double)? {
    let plain = objective(first)
    memory.append((here.logp, first.logp))
    if memory.count > FixedPointAcceleration.depth + 1 { memory.removeFirst() }
    if let z = combination(first.p), let far = extrapolated(z, first), let image = image(far, map) {
      let value = objective(image)
      if value <= plain {
        memory.append((far.logp, image.logp))
        if memory.count > FixedPointAcceleration.depth + 1 { memory.removeFirst() }
        return (image, value)
      }
      memory = []
    }
    return (first, plain)
  }

  /// sum gamma log M(x), gamma by weighted least squares on differences; directions of a condition beyond 1e10 drop out.
  private func combination(_ weights: [Double]) -> [Double]? {
    guard let newest = memory.last, memory.count > 1 else { return nil }
    let residual = difference(newest.image, newest.x)
    let older = memory.dropLast().map { difference(difference($0.image, $0.x), residual) }
    let m = older.count
    var gram = Matrix(rows: m, columns: m, repeating: 0)
    for a in 0..<m {
      for b in 0...a {
        gram[a, b] = inner(older[a], older[b], weights)
        gram[b, a] = gram[a, b]
      }
    }
    let right = older.map { -inner($0, residual, weights) }
    guard gram.elements.allSatisfy(\.isFinite), let eigen = SymmetricEigen(gram) else { return nil }
    let gamma = eigen.minimumNormSolve(right, tolerance: 1e-10)
    var z = newest.image
    for (a, entry) in memory.dropLast().enumerated() {
      Kernel.axpy(gamma[a], difference(entry.image, newest.image), into: &z)
    }
    for i in z.indices where newest.image[i] == -.infinity { z[i] = -.infinity }
    return z
  }

  /// A normalised point of logarithms z; nil when they are not finite.
  private func extrapolated(_ z: [Double], _ near: Point) -> Point? {
    var point = near
    point.logp = z
    for slice in slices where slice.count > 0 {
      let part = slice.range.map { z[$0] }
      guard !part.contains(where: { $0.isNaN || $0 == .infinity }) else { return nil }
      let soft = Kernel.softmax(part)
      guard soft.logSumExp.isFinite else { return nil }
      let shift = Kernel.log(slice.mass) - soft.logSumExp
      for (k, i) in slice.range.enumerated() {
        point.p[i] = slice.mass * soft.probabilities[k]
        point.logp[i] = z[i] + shift
      }
    }
    return point
  }

  /// a - b, 0 where both are -inf.
  private func difference(_ a: [Double], _ b: [Double]) -> [Double] {
    zip(a, b).map { ($0 - $1).isFinite ? $0 - $1 : 0 }
  }

  private func inner(_ a: [Double], _ b: [Double], _ weights: [Double]) -> Double {
    Kernel.dot(zip(a, b).map { $0 * $1 }, weights)
  }

  private func norm(_ a: [Double], _ weights: [Double]) -> Double { inner(a, a, weights).squareRoot() }
}
