import EntropicNumerics

/// A lower bound on the optimum of a program from any multipliers and any slopes.
///
///     F* >= sum_a -f_a*(s_a) - lambda . b - mu . d - nu . c + min_q [ h(q) + q . (c + sum_a K_a' s_a + A' lambda + C' mu + ...) ]
///
/// Proof: Fenchel-Young on every part that is not kept in h, then the constraint terms, which are zero or not positive
/// at feasible points, then the relaxation to the simplices with their bounds. Nothing about the point, the
/// multipliers or the slopes is used. h keeps p log p and squares; every other separable part is linearised at the
/// tangent point, which may be any point.
///
/// Rounding: every number that enters a reduced cost carries its own bound (`slack`), which is subtracted from the
/// cost before the inner minimum; sums of constants are reduced by kappa(m) times their absolute sum. Constraint data
/// carry theta = 2^-46 (see `dataUncertainty`) unless a row is exact. Sources: A. Neumaier, O. Shcherbina, Math.
/// Program. 99 (2004), doi:10.1007/s10107-003-0433-3; C. Jansson, SIAM J. Optim. 14 (2004), doi:10.1137/S1052623402416839.
struct LowerBound {
  private let program: Program
  private let tangent: [Double]
  private var costs: [Double]
  private var slack: [Double]
  private var entropic: [Double]
  private var quadratic: [Double]
  private var constants: [Double] = []
  private var error = 0.0
  private var isValid = true
  /// Largest value of every mass, for bounds on the image of a map.
  private let largest: [Double]

  /// The bound for the program's objective.
  static func value(_ program: Program, _ evidence: Evidence, at p: [Double]) -> Double {
    var bound = LowerBound(program, tangent: evidence.tangent ?? p)
    bound.absorb(
      program.objective, weight: 1, slopes: evidence.objectiveSlopes, spectral: evidence.spectral,
      maxima: evidence.maximumWeights)
    return bound.finish(evidence)
  }

  /// The same bound with F = 0: positive exactly when the evidence proves that no point is feasible.
  static func emptiness(_ program: Program, _ evidence: Evidence, at p: [Double]) -> Double {
    LowerBound(program, tangent: evidence.tangent ?? p).finish(evidence)
  }

  private init(_ program: Program, tangent: [Double]) {
    self.program = program
    self.tangent = tangent
    let n = program.count
    costs = [Double](repeating: 0, count: n)
    slack = costs
    entropic = []
    quadratic = []
    var largest = [Double](repeating: 0, count: n)
    for slice in program.layout.simplices {
      for i in slice.range { largest[i] = min(slice.mass, program.layout.upper[i]) }
    }
    self.largest = largest
  }

  private mutating func absorb(
    _ f: Functional, weight: Double, slopes: [[Double]?] = [], spectral: [[Double]?] = [],
    maxima: [[Double]?] = []
  ) {
    let eps = 0x1p-53
    let n = program.count
    constants.append(weight * f.constant)
    error += weight * f.constantError
    for i in 0..<n where f.linear[i] != 0 { add(weight * f.linear[i], to: i) }
    if !f.linearError.isEmpty { for i in 0..<n { slack[i] += weight * f.linearError[i] } }
    if !f.entropic.isEmpty {
      if entropic.isEmpty { entropic = [Double](repeating: 0, count: n) }
      for i in 0..<n { entropic[i] += weight * f.entropic[i] }
    }
    if !f.barrier.isEmpty {
      for i in 0..<n where f.barrier[i] > 0 {
        absorbScalar(.log([f.barrier[i]]), weight, at: i)
      }
    }
    for term in f.powers {
      if term.exponent == 2 {
        if quadratic.isEmpty { quadratic = [Double](repeating: 0, count: n) }
        for i in 0..<n { quadratic[i] += weight * term.weights[i] }
      } else {
        for i in 0..<n where term.weights[i] > 0 {
          absorbScalar(.power(term.exponent, [term.weights[i]]), weight, at: i)
        }
      }
    }
    for (k, term) in f.composites.enumerated() {
      absorb(term, weight: weight * term.weight, slope: k < slopes.count ? slopes[k] : nil)
    }
    for term in f.conditionals { absorb(term, weight: weight) }
    for (k, term) in f.information.enumerated() {
      guard
        let part = term.addMinorant(
          at: tangent, weight: weight * term.weight, spectral: k < spectral.count ? spectral[k] : nil,
          costs: &costs, slack: &slack)
      else {
        isValid = false
        return
      }
      constants.append(part.constant)
      error += part.error
    }
    for (k, term) in f.maxima.enumerated() {
      // max_j g_j >= sum omega_j g_j; the weights sum to 1 up to rounding, which is charged to the size of the parts.
      if let omega = term.admissible(k < maxima.count ? maxima[k] : nil) {
        for (part, share) in zip(term.parts, omega) where share > 0 {
          absorb(part, weight: weight * term.weight * share)
          let size = part.evaluate(tangent).magnitude
          if size < .infinity { error += Kernel.kappa(omega.count) * weight * term.weight * share * size }
        }
      } else if let active = term.active(tangent) {
        absorb(active, weight: weight * term.weight)
      }
    }
    for function in f.smooth {
      guard function.isConvex else {
        isValid = false
        return
      }
      let (value, gradient) = function.evaluateWithGradient(tangent)
      let inner = Kernel.compensatedDot(gradient, tangent)
      constants.append(weight * (value - inner))
      error += 16 * eps * weight * (abs(value) + Kernel.absoluteDot(gradient, tangent))
      for i in 0..<n { add(weight * gradient[i], to: i) }
    }
  }

  /// A function of one mass, linearised at the tangent point.
  private mutating func absorbScalar(_ outer: Outer, _ weight: Double, at i: Int) {
    guard largest[i] > 0 else { return }
    let s = outer.slope(at: [tangent[i]])
    guard let part = outer.minorantConstant(slope: s, bound: largest[i]) else {
      isValid = false
      return
    }
    constants.append(weight * part.constant)
    error += weight * part.error
    add(weight * s[0], to: i)
  }

  private mutating func absorb(_ term: Composite, weight: Double, slope: [Double]?) {
    let eps = 0x1p-53
    let u = term.image(tangent)
    if case .quadratic(let q, let psdSlack) = term.outer {
      // f(q) >= 2 (Q u) . x - u' Q u - slack |x - u|^2, entry errors from the product Q u.
      let image = q.times(u)
      var range = [Int]()
      term.map.forEachEntry(ofRow: 0) { column, value in if value != 0 { range.append(column) } }
      let first = range.first ?? 0
      let square = Kernel.compensatedDot(u, image)
      constants.append(-weight * square)
      let relative = Kernel.kappa(q.columns) + Double(q.columns) * eps
      for i in 0..<q.rows {
        var size = 0.0
        for j in 0..<q.columns { size += abs(q.elements[i * q.columns + j] * u[j]) }
        add(2 * weight * image[i], to: first + i)
        slack[first + i] += 2 * weight * relative * size
        error += weight * relative * size * abs(u[i])
      }
      let diameter = program.layout.simplices.reduce(0) { $0 + 2 * $1.mass * $1.mass }
      error += weight * psdSlack * diameter
      return
    }
    var bound = 0.0
    if !term.outer.isSmooth || term.outer == .logSumExp {
      let reach = term.map.applyAbsolute(largest)
      for j in reach.indices { bound = max(bound, reach[j] + abs(term.offset[j])) }
    }
    let offered = slope.flatMap { $0.count == u.count ? term.outer.admissible($0) : nil }
    var chosen = offered ?? term.outer.slope(at: u)
    var part = term.outer.minorantConstant(slope: chosen, bound: bound)
    if part == nil, offered != nil {
      chosen = term.outer.slope(at: u)
      part = term.outer.minorantConstant(slope: chosen, bound: bound)
    }
    guard let part, chosen.allSatisfy(\.isFinite) else {
      isValid = false
      return
    }
    constants.append(weight * part.constant)
    error += weight * part.error
    for j in chosen.indices where term.offset[j] != 0 {
      constants.append(weight * chosen[j] * term.offset[j])
      error += 2 * eps * weight * abs(chosen[j] * term.offset[j])
    }
    term.map.addTransposed(chosen, scale: weight, to: &costs)
    term.map.addAbsoluteTransposed(
      chosen, scale: weight * (term.map.transposedError + 4 * eps), to: &slack)
  }

  private mutating func absorb(_ term: ConditionalEntropy, weight: Double) {
    let eps = 0x1p-53
    let s = term.slopes(tangent)
    for j in 0..<term.map.rows where term.weight[j] > 0 {
      let range = term.map.rowStart[j]..<term.map.rowStart[j + 1]
      // x log(x / v) >= s x - exp(s - 1) v, and -k log v >= t v + k + k log(-t / k).
      var rate = 0.0
      var rateError = 0.0
      for k in range {
        let w = weight * term.weight[j] * term.map.value[k]
        add(w * s[k], to: term.map.column[k])
        let t = w * Kernel.exp(s[k] - 1)
        rate += t
        rateError += t * eps * (12 + 4 * abs(s[k]) + Double(range.count))
      }
      if term.offset[j] > 0 {
        let v = max(term.sums(tangent)[j], Scalar.tiny)
        let w = weight * term.weight[j] * term.offset[j]
        let outer = Outer.log([w])
        let t = outer.slope(at: [v])
        if let part = outer.minorantConstant(slope: t, bound: 0) {
          constants.append(part.constant)
          error += part.error
          rate -= t[0]
        }
      }
      // -rate * v, with v = S x + k
      for k in range {
        add(-rate * term.map.value[k], to: term.map.column[k])
        slack[term.map.column[k]] += rateError * term.map.value[k]
      }
      constants.append(-rate * term.offset[j])
      error += rateError * term.offset[j]
    }
  }

  /// Adds a term to a reduced cost, with a rounding allowance of 32 additions.
  private mutating func add(_ value: Double, to i: Int) {
    costs[i] += value
    slack[i] += 0x1p-48 * abs(value)
  }

  /// Adds multiplier * (a . p - b). Where a bound is not 0 and the row touches a simplex, b is spread over that simplex
  /// (sum q = mass there), so that a large multiplier meets the small differences a_j - b / mass.
  private mutating func add(_ row: ConstraintRow, multiplier: Double) {
    let theta = row.isExact ? 0 : dataUncertainty
    let size = abs(multiplier)
    guard let touched = row.columns.first,
      let home = program.layout.simplices.first(where: { $0.range.contains(touched) })
    else {
      constants.append(-multiplier * row.bound)
      error += (theta + 0x1p-52) * size * abs(row.bound)
      return
    }
    if row.bound == 0 {
      // Nothing to spread: the entries of the row are all that changes.
      for (i, a) in zip(row.columns, row.values) where a != 0 {
        costs[i] += multiplier * a
        slack[i] += size * (theta + 0x1p-48) * abs(a)
      }
      return
    }
    let share = row.bound / home.mass
    let shareError = home.mass == 1 ? 0 : 0x1p-53 * abs(share)
    var k = 0
    func put(_ i: Int, _ a: Double, _ b: Double) {
      costs[i] += multiplier * (a - b)
      slack[i] +=
        size * (theta * (abs(a) + abs(b)) + 0x1p-48 * abs(a - b) + (b == 0 ? 0 : shareError))
    }
    while k < row.columns.count, row.columns[k] < home.first {
      put(row.columns[k], row.values[k], 0)
      k += 1
    }
    for i in home.range {
      var a = 0.0
      if k < row.columns.count, row.columns[k] == i {
        a = row.values[k]
        k += 1
      }
      if a != 0 || share != 0 { put(i, a, share) }
    }
    while k < row.columns.count {
      put(row.columns[k], row.values[k], 0)
      k += 1
    }
  }

  private consuming func finish(_ evidence: Evidence) -> Double {
    var bound = self
    return bound.close(evidence)
  }

  private mutating func close(_ evidence: Evidence) -> Double {
    guard evidence.equality.count == program.equalities.count,
      evidence.inequality.count == program.inequalities.count,
      evidence.convex.count == program.convex.count,
      tangent.count == program.count, tangent.allSatisfy(\.isFinite)
    else { return -.infinity }
    for (row, multiplier) in zip(program.equalities, evidence.equality)
    where multiplier != 0 && multiplier.isFinite { add(row, multiplier: multiplier) }
    for (row, multiplier) in zip(program.inequalities, evidence.inequality)
    where multiplier > 0 && multiplier.isFinite { add(row, multiplier: multiplier) }
    if !evidence.domain.isEmpty {
      let rows = program.domainRows
      guard rows.count == evidence.domain.count else { return -.infinity }
      for (row, multiplier) in zip(rows, evidence.domain) where multiplier > 0 && multiplier.isFinite {
        add(row, multiplier: multiplier)
      }
    }
    for (k, constraint) in program.convex.enumerated() {
      let multiplier = evidence.convex[k]
      guard multiplier > 0, multiplier.isFinite else { continue }
      absorb(
        constraint.functional, weight: multiplier,
        slopes: k < evidence.constraintSlopes.count ? evidence.constraintSlopes[k] : [],
        spectral: k < evidence.constraintSpectral.count ? evidence.constraintSpectral[k] : [],
        maxima: k < evidence.constraintMaximumWeights.count ? evidence.constraintMaximumWeights[k] : [])
      constants.append(-multiplier * constraint.bound)
      let size = constraint.functional.evaluate(tangent).magnitude
      error += multiplier * dataUncertainty * (abs(constraint.bound) + (size < .infinity ? size : 0))
    }
    guard isValid else { return -.infinity }
    var rows: [Double] = []
    let layout = program.layout
    for slice in layout.simplices {
      func part(_ a: [Double]) -> [Double] { a.isEmpty ? [] : Array(a[slice.range]) }
      let minimum = SimplexMinimum(
        entropic: part(entropic), quadratic: part(quadratic),
        costs: slice.range.map { costs[$0] - slack[$0] },
        lower: slice.range.map { Program.relaxed(layout.lower[$0], by: -1) },
        upper: slice.range.map { Program.relaxed(layout.upper[$0], by: 1) }, mass: slice.mass)
      rows.append(minimum.bound)
    }
    let terms = constants + rows
    if rows.contains(.infinity) { return .infinity }
    let value = Kernel.compensatedSum(terms)
    let result = value - error - 0x1p-51 * Kernel.absoluteSum(terms)
    return result.isNaN ? -.infinity : result
  }
}

extension Program {
  /// A bound of a mass, relaxed by the uncertainty of its data.
  static func relaxed(_ bound: Double, by sign: Double) -> Double {
    if bound == 0 || bound == .infinity || ConstraintRow.isExact(bound) { return bound }
    return bound * (1 + sign * dataUncertainty)
  }
}
