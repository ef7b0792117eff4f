import EntropicModel
import EntropicNumerics

/// Rows that contradict one another, and rows that say nothing new.
extension EntropyDual {
  /// The current multipliers, when every law has B' nu > 0.
  func farkasRay() -> [Double]? {
    // Rows that may be missed contradict nothing.
    if isSoft { return hard(nu).flatMap { isRay(moments.tilt($0)) ? $0 : nil } }
    return isRay(tilt) ? nu : nil
  }

  /// The part of a direction on the rows that must hold; nil where there is none.
  private func hard(_ d: [Double]) -> [Double]? {
    let part = d.indices.map { compliance[$0] > 0 ? 0 : d[$0] }
    return part.contains { $0 != 0 } ? part : nil
  }

  func farkasRay(_ d: [Double], _ change: [Double]) -> [Double]? {
    if d.indices.contains(where: { isInequality($0) && d[$0] < 0 }) { return nil }
    if isSoft { return hard(d).flatMap { isRay(moments.tilt($0)) ? $0 : nil } }
    return isRay(change) ? d : nil
  }

  /// sum_s mass_s min_(i in s) tilt_i > 0, beyond rounding.
  func isRay(_ tilt: [Double]) -> Bool {
    var sum = 0.0
    var size = 0.0
    for slice in moments.slices {
      var low = Double.infinity
      var high = 0.0
      for i in slice.range where cost[i] < .infinity {
        low = min(low, tilt[i])
        high = max(high, abs(tilt[i]))
      }
      guard low < .infinity else { continue }
      sum += slice.mass * low
      size += slice.mass * high
    }
    return sum > 0x1p-44 * size
  }

  /// Freezes equations that are combinations of others, as seen from the uniform law.
  ///
  /// Returns a ray when a combination contradicts the others, an empty array when none does, nil when
  /// stopped.
  mutating func dropDependentRows(_ current: Matrix, stop: StopCheck?) -> [Double]? {
    let rows = (0..<moments.equalities).filter { !isDropped[$0] && compliance[$0] == 0 }
    guard !rows.isEmpty else { return [] }
    let bounds = (moments.equalities..<max(moments.rows, moments.equalities)).filter {
      !isDropped[$0] && compliance[$0] == 0
    }
    let uniform = uniformLaw()
    // A law that is nearly concentrated hides independent rows.
    guard
      let h = iterations == 0 && uniform == p
        ? current : moments.covariance(uniform, omega: omega, stop: stop)
    else { return nil }
    for j in rows where h[j, j] <= 0 {
      var unit = [Double](repeating: 0, count: nu.count)
      unit[j] = 1
      if let ray = contradiction(unit) { return ray }
      if isConstant(unit) { isDropped[j] = true }
    }
    let alive = rows.filter { !isDropped[$0] && h[$0, $0] > 0 }
    let unit = alive.map { 1 / h[$0, $0].squareRoot() }
    var scaled = Matrix(rows: alive.count, columns: alive.count, repeating: 0)
    for (a, i) in alive.enumerated() {
      for (c, j) in alive.enumerated() { scaled[a, c] = h[i, j] * unit[a] * unit[c] }
    }
    // Generous: every suspicion is checked on the rows themselves.
    guard let factor = PivotedCholesky(scaled, tolerance: 1e-9, stop: stop) else { return nil }
    let kept = (0..<factor.rank).map { factor.permutation[$0] }
    /// row j = sum_c alpha_c row c over the kept rows: least squares, refined twice because the Gram matrix
    /// halves the digits.
    func combination(_ j: Int) -> [Double] {
      var y = [Double](repeating: 0, count: nu.count)
      y[j] = 1 / (h[j, j] > 0 ? h[j, j].squareRoot() : 1)
      for _ in 0..<3 {
        let pull = moments.product(centredProduct(uniform, moments.tilt(y)))
        let alpha = solve(factor, kept.map { pull[alive[$0]] * unit[$0] })
        for (c, at) in kept.enumerated() { y[alive[at]] -= alpha[c] * unit[at] }
      }
      return y
    }
    for r in factor.rank..<max(alive.count, factor.rank) {
      let j = alive[factor.permutation[r]]
      let y = combination(j)
      if let ray = contradiction(y) { return ray }
      if isConstant(y) { isDropped[j] = true }
    }
    // Inequalities that the equations decide, as they do on small faces; many of them are not worth the
    // passes.
    guard bounds.count <= 20 || (!recessions.isEmpty && bounds.count <= 200) else { return [] }
    for j in bounds {
      let y = combination(j)
      guard isConstant(y) else { continue }
      if let ray = contradiction(y), ray[j] > 0 { return ray }
      isDropped[j] = true
      // Its multiplier does the same as one of the equations.
      let share = nu[j] / y[j]
      for c in nu.indices { nu[c] = c == j ? 0 : nu[c] - share * y[c] }
    }
    return []
  }

  /// Equal shares of every simplex for the outcomes that may carry mass.
  func uniformLaw() -> [Double] {
    var law = [Double](repeating: 0, count: cost.count)
    for slice in moments.slices {
      let alive = slice.range.filter { cost[$0] < .infinity }
      for i in alive { law[i] = slice.mass / Double(alive.count) }
    }
    return law
  }

  /// p_i (v_i - mean of v) / omega, simplex by simplex.
  func centredProduct(_ p: [Double], _ v: [Double]) -> [Double] {
    var out = p
    for (s, slice) in moments.slices.enumerated() where slice.mass > 0 {
      var mean = 0.0
      for i in slice.range { mean += p[i] * v[i] }
      mean /= slice.mass
      for i in slice.range { out[i] *= (v[i] - mean) / omega[s] }
    }
    return out
  }

  /// L11 L11' x = b
  func solve(_ factor: PivotedCholesky, _ b: [Double]) -> [Double] {
    var x = b
    let l = factor.factor
    for c in x.indices {
      for e in 0..<c { x[c] -= l[c, e] * x[e] }
      x[c] /= l[c, c]
    }
    for c in x.indices.reversed() {
      x[c] /= l[c, c]
      for e in 0..<c { x[e] -= l[c, e] * x[c] }
    }
    return x
  }

  func contradiction(_ y: [Double]) -> [Double]? {
    // A combination of dependent rows is rounding, which may well have one sign: the data decide what is
    // more.
    let size = Kernel.maximum(moments.magnitude(y))
    let tilt = moments.tilt(y)
    let reach = tilt.indices.reduce(0) { cost[$1] < .infinity ? max($0, abs(tilt[$1])) : $0 }
    guard reach > dataUncertainty * size else { return nil }
    if isRay(tilt) { return y }
    if isRay(tilt.map { -$0 }) { return y.map { -$0 } }
    return nil
  }

  /// True when B' y is constant on every simplex, up to rounding.
  func isConstant(_ y: [Double]) -> Bool {
    let tilt = moments.tilt(y)
    let size = y.reduce(0) { max($0, abs($1)) }
    for slice in moments.slices {
      var low = Double.infinity
      var high = -Double.infinity
      for i in slice.range where cost[i] < .infinity {
        low = min(low, tilt[i])
        high = max(high, tilt[i])
      }
      if high - low > 1e-11 * size { return false }
    }
    return true
  }
}
