import EntropicModel
import EntropicNumerics

/// A set with its projection in the Kullback-Leibler divergence.
///
///     P(y) = argmin { sum_i omega_i (q_i log(q_i / y_i) - q_i + y_i) : q in the set and on its simplices }
///
///     moments      A q = b                one dual Newton method, q_i ~ y_i e^(-(A' lambda)_i / omega)
///     halfspace    a . q <= b             one scalar root; nothing to do where y is inside
///     caps         l <= q <= u            q = clip(t y, l, u), one scalar root a simplex
///     level        g(q) <= c              g separable and convex, e.g. a KL ball: a root of the multiplier
///
/// All of them in the log domain: y is given by its logarithms and may underflow. Zeros of y stay zeros.
/// - Sources: I. Csiszar, Ann. Probab. 3 (1975), doi:10.1214/aop/1176996454; L. M. Bregman, USSR Comput. Math. Math.
///   Phys. 7 (1967), doi:10.1016/0041-5553(67)90040-7.
public enum KLProjection: Sendable {
  case moments([ConstraintRow])
  case halfspace(ConstraintRow)
  case caps
  case level(ConvexConstraint)

  /// A projected point with the multipliers that say how it was moved.
  public struct Result: Sendable {
    public var law: [Double]
    public var logarithms: [Double]
    /// One a row of `moments`, one for a halfspace or a level, none for caps.
    public var multipliers: [Double]
  }

  public enum Failure: Error, Equatable, Sendable {
    /// The set does not meet the support of the point; the multipliers prove it for rows.
    case empty([Double])
    case notFinite
    /// The functional of a level set is not separable.
    case unsuitable
  }

  /// The projection of exp(logY).
  ///
  /// - Parameters:
  ///   - layout: the simplices, and the bounds that `caps` means.
  ///   - weights: omega, one a simplex.
  ///   - warm: multipliers to start from, for `moments`.
  public func project(
    _ logY: [Double], in layout: Layout, weights: [Double]? = nil, warm: [Double]? = nil
  ) throws(Failure) -> Result {
    precondition(logY.count == layout.count, "\(logY.count) masses for a layout of \(layout.count)")
    guard !logY.contains(where: { $0.isNaN || $0 == .infinity }) else { throw .notFinite }
    let omega = weights ?? layout.simplices.map { _ in 1 }
    switch self {
    case .moments(let rows): return try KLProjection.tilted(rows, logY, layout, omega, warm)
    case .halfspace(let row): return try KLProjection.cut(row, logY, layout, omega)
    case .caps: return try KLProjection.capped(logY, layout)
    case .level(let constraint): return try KLProjection.lowered(constraint, logY, layout, omega)
    }
  }

  // MARK: - Rows

  private static func tilted(
    _ rows: [ConstraintRow], _ logY: [Double], _ layout: Layout, _ omega: [Double], _ warm: [Double]?
  ) throws(Failure) -> Result {
    var plain = layout
    for i in logY.indices {
      plain.lower[i] = 0
      plain.upper[i] = logY[i] > -.infinity && layout.upper[i] > 0 ? .infinity : 0
    }
    let program = Program(layout: plain, objective: Functional(count: layout.count), equalities: rows)
    let moments = MomentRows(program)
    let unit = omega.max() ?? 1
    var linear = logY
    for (s, slice) in layout.simplices.enumerated() {
      for i in slice.range { linear[i] = plain.upper[i] > 0 ? -omega[s] * logY[i] : 0 }
    }
    var dual = EntropyDual(
      moments, cost: DualNewton.costs(program, linear, unit: unit), omega: omega.map { $0 / unit },
      warm: warm.map { zip($0, moments.scale).map { $0 * $1 / unit } })
    switch dual.solve(limit: 200, stop: nil) {
    case .infeasible(let ray):
      throw .empty(ray.indices.map { moments.scale[$0] > 0 ? ray[$0] / moments.scale[$0] : 0 })
    case .broken, .stopped: throw .notFinite
    case .moved, .converged: break
    }
    guard dual.relativeResidual < 1e-9 else { throw .notFinite }
    var logarithms = Kernel.log(dual.p)
    for (s, slice) in layout.simplices.enumerated() {
      guard let top = slice.range.max(by: { dual.p[$0] < dual.p[$1] }) else { continue }
      for i in slice.range where dual.p[i] < 1e-290 && dual.cost[i] < .infinity {
        let difference = dual.cost[top] + dual.tilt[top] - dual.cost[i] - dual.tilt[i]
        logarithms[i] = logarithms[top] + difference / dual.omega[s]
      }
    }
    return Result(
      law: dual.p, logarithms: logarithms,
      multipliers: dual.nu.indices.map { moments.scale[$0] > 0 ? unit * dual.nu[$0] / moments.scale[$0] : 0 })
  }

  private static func cut(
    _ row: ConstraintRow, _ logY: [Double], _ layout: Layout, _ omega: [Double]
  ) throws(Failure) -> Result {
    let (law, logarithms) = normalised(logY, layout)
    guard law.allSatisfy(\.isFinite) else { throw .notFinite }
    if row.value(law) <= row.bound { return Result(law: law, logarithms: logarithms, multipliers: [0]) }
    return try tilted([row], logY, layout, omega, nil)
  }

  /// The law proportional to exp(logY) on every simplex, with its logarithms.
  static func normalised(_ logY: [Double], _ layout: Layout) -> (law: [Double], logarithms: [Double]) {
    var (law, logarithms) = (logY, logY)
    for slice in layout.simplices where slice.count > 0 {
      let soft = Kernel.softmax(Array(logY[slice.range]))
      let shift = Kernel.log(slice.mass) - soft.logSumExp
      for (k, i) in slice.range.enumerated() {
        law[i] = slice.mass * soft.probabilities[k]
        logarithms[i] = logY[i] + shift
      }
    }
    return (law, logarithms)
  }

  // MARK: - Bounds

  private static func capped(_ logY: [Double], _ layout: Layout) throws(Failure) -> Result {
    var (law, logarithms) = (logY, logY)
    for slice in layout.simplices where slice.count > 0 {
      let part = Array(logY[slice.range])
      let lower = Array(layout.lower[slice.range])
      let upper = slice.range.map { logY[$0] > -.infinity ? min(layout.upper[$0], slice.mass) : 0 }
      let top = part.max() ?? 0
      guard top > -.infinity, zip(lower, upper).allSatisfy({ $0 <= $1 }) else { throw .empty([]) }
      let room = Kernel.compensatedSum(upper) - slice.mass
      let floor = Kernel.compensatedSum(lower) - slice.mass
      guard room >= -0x1p-46 * slice.mass, floor <= 0x1p-46 * slice.mass else { throw .empty([]) }
      let level = level(part, lower, upper, mass: slice.mass)
      for (k, i) in slice.range.enumerated() {
        // The smaller of two logarithms: masses at their bounds are exact.
        let free = part[k] + level
        let mass = min(max(Kernel.exp(free), lower[k]), upper[k])
        law[i] = mass
        logarithms[i] = mass == 0 && upper[k] > 0 ? free : Kernel.log(mass)
      }
    }
    return Result(law: law, logarithms: logarithms, multipliers: [])
  }

  /// log t of q = clip(t y, l, u), sum q = mass. The sum rises with log t: bisection finds which masses are free, and their
  /// sum gives t exactly.
  private static func level(_ part: [Double], _ lower: [Double], _ upper: [Double], mass: Double) -> Double {
    let carriers = part.indices.filter { upper[$0] > 0 }
    let soft = Kernel.logSumExp(carriers.map { part[$0] })
    guard soft.isFinite else { return 0 }
    func total(_ t: Double) -> Double {
      Kernel.compensatedSum(carriers.map { min(max(Kernel.exp(part[$0] + t), lower[$0]), upper[$0]) })
    }
    var low = Kernel.log(mass) - soft
    var high = low
    var width = 1.0
    while total(high) < mass, width < 0x1p40 {
      high += width
      width *= 2
    }
    width = 1
    while total(low) > mass, width < 0x1p40 {
      low -= width
      width *= 2
    }
    for _ in 0..<80 {
      let middle = low / 2 + high / 2
      guard middle > low, middle < high else { break }
      // The free masses between the two ends: where they are the same, t is known.
      func free(_ t: Double) -> [Int] {
        carriers.filter { part[$0] + t > Kernel.log(lower[$0]) && part[$0] + t < Kernel.log(upper[$0]) }
      }
      let set = free(middle)
      if !set.isEmpty, set == free(low), set == free(high) {
        let t = middle
        let isFree = Set(set)
        let held = carriers.filter { !isFree.contains($0) }
          .map { min(max(Kernel.exp(part[$0] + t), lower[$0]), upper[$0]) }
        let rest = mass - Kernel.compensatedSum(held)
        if rest > 0 { return Kernel.log(rest) - Kernel.logSumExp(set.map { part[$0] }) }
      }
      if total(middle) < mass { low = middle } else { high = middle }
    }
    return high
  }

  // MARK: - Level sets

  /// q(t) = argmin KL(q, y) + t g(q), g(q(t)) falls with t; the root of g(q(t)) = c by a bracketed secant on log t.
  private static func lowered(
    _ constraint: ConvexConstraint, _ logY: [Double], _ layout: Layout, _ omega: [Double]
  ) throws(Failure) -> Result {
    let g = constraint.functional
    guard g.hasNoComposites else { throw .unsuitable }
    func point(_ t: Double) -> [Double]? {
      var model = Functional(count: g.count)
      model.add(g.separablePart, weight: t)
      if model.entropic.isEmpty { model.entropic = [Double](repeating: 0, count: g.count) }
      var held = layout
      for (s, slice) in layout.simplices.enumerated() {
        for i in slice.range {
          held.lower[i] = 0
          held.upper[i] = logY[i] > -.infinity && layout.upper[i] > 0 ? .infinity : 0
          model.entropic[i] += omega[s]
          if held.upper[i] > 0 { model.linear[i] -= omega[s] * logY[i] }
        }
      }
      return Geometry.entropy.minimum(model, length: 0, in: held)
    }
    func logarithms(_ q: [Double]) -> [Double] {
      let shifted = normalised(logY, layout).logarithms
      return q.indices.map { q[$0] > 1e-290 ? Kernel.log(q[$0]) : min(shifted[$0], -667) }
    }
    let (law, plain) = normalised(logY, layout)
    guard law.allSatisfy(\.isFinite) else { throw .notFinite }
    if g.value(law) <= constraint.bound { return Result(law: law, logarithms: plain, multipliers: [0]) }
    let unit = (omega.max() ?? 1) / max(g.scale(in: layout), .leastNormalMagnitude)
    var low = 0.0
    var high = unit
    var best: [Double]?
    for _ in 0..<200 {
      guard let q = point(high) else { throw .notFinite }
      if g.value(q) <= constraint.bound {
        best = q
        break
      }
      low = high
      high *= 4
      if high > 1e17 * unit { break }
    }
    guard var best else { throw .empty([]) }
    for _ in 0..<120 {
      let middle = low > 0 && high > 2 * low ? (low * high).squareRoot() : low / 2 + high / 2
      guard middle > low, middle < high, let q = point(middle) else { break }
      let excess = g.value(q) - constraint.bound
      if excess <= 0 {
        high = middle
        best = q
        if excess >= -0x1p-50 * max(abs(constraint.bound), 1e-3 * g.evaluate(q).magnitude) { break }
      } else {
        low = middle
      }
    }
    return Result(law: best, logarithms: logarithms(best), multipliers: [high])
  }
}
