import EntropicModel
import EntropicNumerics

/// Problems whose multipliers go to infinity: the feasible laws live on a face of the simplices.
extension EntropyDual {
  /// True when a Newton direction raises costs and lowers none: what it does on the way to infinity, where
  /// the law on the face has settled and only the rest still shrinks.
  func isTail(_ change: [Double]) -> Bool {
    var low = 0.0
    var high = 0.0
    for i in change.indices where cost[i] < .infinity {
      low = min(low, change[i])
      high = max(high, change[i])
    }
    return high > 0 && low >= -0.05 * high
  }

  /// Looks for a direction v with B'v = 0 on the outcomes that keep their mass and B'v > 0 on those that lose
  /// it. Every feasible law has sum p_i (B'v)_i = 0 (or <= 0), so that the latter must be 0: they are fixed
  /// and the iteration goes on on the face, where the multipliers are finite.
  ///
  /// Sources: C. Geyer, Electron. J. Stat. 3 (2009), doi:10.1214/08-EJS349; I. Csiszar, F. Matus, Probab.
  /// Theory Relat. Fields 141 (2008), doi:10.1007/s00440-007-0084-z.
  mutating func reduceToFace(_ h: Matrix, stop: StopCheck?) -> Bool {
    let largest = Kernel.maximum(p)
    for threshold in [1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13] {
      let isSmall = p.indices.map { cost[$0] < .infinity && p[$0] < threshold * largest }
      guard isSmall.contains(true) else { return false }
      guard let v = recession(leaving: isSmall, stop: stop) else { continue }
      let tilt = moments.tilt(v)
      for i in p.indices where isSmall[i] && tilt[i] > 1e-7 { cost[i] = .infinity }
      recessions.append(Recession(direction: v))
      // The part of the multipliers along v does nothing on the face: as much of it goes as the signs allow.
      var share = Kernel.dot(v, nu) / Kernel.dot(v, v)
      for j in nu.indices where isInequality(j) && v[j] > 0 { share = min(share, nu[j] / v[j]) }
      Kernel.axpy(-share, v, into: &nu)
      for j in nu.indices where isInequality(j) { nu[j] = max(nu[j], 0) }
      self.tilt = moments.tilt(nu)
      p = EntropyDual.law(cost: cost, tilt: self.tilt, omega: omega, slices: moments.slices)
      residual = moments.means(p)
      takeCompliance()
      checkedRank = false
      fullSteps = 0
      stale = 0
      bestResidual = .infinity
      return true
    }
    return false
  }

  /// A unit vector v with B'v = 0 where `isSmall` is false and B'v >= 0 where it is true, somewhere > 0; nil
  /// if none is found.
  func recession(leaving isSmall: [Bool], stop: StopCheck?) -> [Double]? {
    let k = nu.count
    let kept = p.indices.map { isSmall[$0] || cost[$0] == .infinity ? 0.0 : 1.0 }
    // Not the law itself: small masses would hide their outcomes.
    guard kept.contains(1), let eigen = faceEigen(kept, stop: stop) else { return nil }
    let limit = 1e-13 * max(eigen.values.last ?? 0, 0)
    var v = [Double](repeating: 0, count: k)
    for c in 0..<k where eigen.values[c] <= limit {
      var share = 0.0
      for j in 0..<k where !isDropped[j] { share += eigen.vectors[j, c] * nu[j] }
      for j in 0..<k where !isDropped[j] { v[j] += share * eigen.vectors[j, c] }
    }
    let size = v.reduce(0) { max($0, abs($1)) }
    let whole = nu.reduce(0) { max($0, abs($1)) }
    guard size > 1e-6 * whole, size > 0 else { return nil }
    v = v.map { $0 / size }
    for j in v.indices where isInequality(j) && abs(v[j]) < 1e-12 { v[j] = 0 }
    if v.indices.contains(where: { isInequality($0) && v[$0] < 0 }) { return nil }
    let tilt = moments.tilt(v)
    let magnitude = moments.magnitude(v)
    var found = false
    for i in p.indices where cost[i] < .infinity {
      // What the data leave open, and what the eigenvectors lose.
      let limit = min(1e-12, 0x1p-44 * magnitude[i])
      if kept[i] == 1, abs(tilt[i]) > limit { return nil }
      if isSmall[i] {
        if tilt[i] < -limit { return nil }
        if tilt[i] > 1e-7 { found = true }
      }
    }
    return found ? v : nil
  }

  /// Eigenvectors of sum over the kept outcomes of B_i B_i', about zero: the face has B'v = 0, not merely
  /// constant.
  func faceEigen(_ kept: [Double], stop: StopCheck?) -> SymmetricEigen? {
    SymmetricEigen(moments.secondMoments(kept), stop: stop)
  }
}
