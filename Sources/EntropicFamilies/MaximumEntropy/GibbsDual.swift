import EntropicNumerics

/// The dual of a maximum-entropy problem over the nodes of an integration rule:
///
///     g(lambda) = tau log sum_j w_j exp(-(c_j + sum_k lambda_k f_kj) / tau) + sum_k lambda_k b_k
///
/// whose minimiser gives the Gibbs law p_j = w_j exp(-(c_j + lambda' f_j) / tau) / Z, the law with
/// E f_k = b_k that minimises tau sum p log(p / w) + sum p c. The gradient is b - E f, the Hessian
/// Cov(f) / tau. Rows that bound from above have lambda >= 0.
struct GibbsDual {
  /// tau > 0.
  let temperature: Double
  let logWeights: [Double]
  let cost: [Double]
  /// One row a moment.
  let moments: Matrix
  let bounds: [Double]
  /// True for rows E f <= b.
  let isBound: [Bool]

  /// A point of the dual with its first two derivatives.
  struct State {
    var multipliers: [Double]
    var value: Double
    var masses: [Double]
    var logNormaliser: Double
    var means: [Double]
    /// E|f_k|, the scale of the rounding of a mean.
    var scales: [Double]
  }

  func state(at multipliers: [Double]) -> State {
    var exponents = moments.transposedTimes(multipliers)
    for j in exponents.indices { exponents[j] = logWeights[j] - (cost[j] + exponents[j]) / temperature }
    let (masses, total) = Kernel.softmax(exponents)
    return State(
      multipliers: multipliers,
      value: temperature * total + Kernel.compensatedDot(multipliers, bounds), masses: masses,
      logNormaliser: total, means: moments.times(masses), scales: moments.absoluteTimes(masses))
  }

  /// b - E f.
  func gradient(_ state: State) -> [Double] { zip(bounds, state.means).map { $0 - $1 } }

  /// The violation of the rows, relative to the sizes of their terms.
  func residual(_ state: State) -> Double {
    var worst = 0.0
    for k in bounds.indices {
      let slack = state.means[k] - bounds[k]
      let size = abs(bounds[k]) + state.scales[k]
      let isFree = isBound[k] && state.multipliers[k] <= 0
      let miss = isFree ? max(slack, 0) : abs(slack)
      if miss > 0 { worst = max(worst, miss / max(size, .leastNormalMagnitude)) }
    }
    return worst
  }

  /// How a minimisation ended.
  enum End { case solved, diverged, stopped }

  /// Newton's method with projection on the signs of the multipliers and backtracking; ends when every row
  /// holds within rounding.
  func minimised(
    from start: [Double], steps: Int, count: inout Int, stop: StopCheck
  ) -> (state: State, end: End) {
    var state = state(at: start)
    guard state.value.isFinite else { return (state, .diverged) }
    var idle = 0
    for _ in 0..<steps {
      if stop() { return (state, .stopped) }
      if residual(state) <= 4e-16 { return (state, .solved) }
      count += 1
      let slope = gradient(state)
      guard let direction = feasibleDirection(state, slope) else { return (state, .diverged) }
      let before = residual(state)
      guard let next = searched(state, slope, direction) else {
        return (state, before < 1e-9 ? .solved : .diverged)
      }
      // At the end of the digits the residual stops falling.
      let after = residual(next)
      idle = after < 0.5 * before ? 0 : idle + 1
      if before < 1e-12, after >= before { return (state, .solved) }
      state = next
      if idle > 12, before < 1e-11 { return (state, .solved) }
    }
    return (state, residual(state) < 1e-10 ? .solved : .diverged)
  }

  /// The Newton direction over the rows whose multipliers may move, none of them across its sign.
  private func feasibleDirection(_ state: State, _ slope: [Double]) -> [Double]? {
    var free = bounds.indices.filter { !isBound[$0] || state.multipliers[$0] > 0 || slope[$0] < 0 }
    while true {
      guard let direction = newtonDirection(state, slope, free) else { return nil }
      let kept = free.filter { !isBound[$0] || state.multipliers[$0] > 0 || direction[$0] > 0 }
      if kept.count == free.count { return direction }
      free = kept
    }
  }

  private func newtonDirection(_ state: State, _ slope: [Double], _ free: [Int]) -> [Double]? {
    if free.isEmpty { return [Double](repeating: 0, count: bounds.count) }
    // Centred and scaled to variance 1: moments of any units are alike.
    var centred = Matrix(rows: free.count, columns: state.masses.count)
    var scale = [Double](repeating: 0, count: free.count)
    for (i, k) in free.enumerated() {
      let row = moments.row(k)
      var variance = 0.0
      for (j, value) in row.enumerated() {
        let difference = value - state.means[k]
        centred[i, j] = difference
        variance += state.masses[j] * difference * difference
      }
      guard variance.isFinite else { return nil }
      scale[i] = variance > 0 ? 1 / variance.squareRoot() : 0
    }
    for i in free.indices {
      for j in state.masses.indices { centred[i, j] *= scale[i] }
    }
    let covariance = centred.rowGram(weights: state.masses)
    let right = free.indices.map { -slope[free[$0]] * scale[$0] * temperature }
    for shift in [0, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-3] {
      guard let factor = Cholesky(covariance, shift: shift) else { continue }
      let solution = factor.solve(right)
      guard solution.allSatisfy(\.isFinite) else { continue }
      var direction = [Double](repeating: 0, count: bounds.count)
      for (i, k) in free.enumerated() { direction[k] = solution[i] * scale[i] }
      return direction
    }
    return nil
  }

  /// The first point along a direction that lowers the dual enough, or its gradient at the end of the digits.
  private func searched(_ state: State, _ slope: [Double], _ direction: [Double]) -> State? {
    let before = residual(state)
    // Not across the sign of a multiplier: the first that reaches 0 stays there for a step.
    var length = 1.0
    for k in direction.indices where isBound[k] && direction[k] < 0 {
      length = min(length, -state.multipliers[k] / direction[k])
    }
    for _ in 0..<60 {
      var trial = zip(state.multipliers, direction).map { $0 + length * $1 }
      for k in trial.indices where isBound[k] && direction[k] < 0 {
        if trial[k] <= 1e-15 * state.multipliers[k] { trial[k] = 0 }
      }
      let next = self.state(at: trial)
      if next.value.isFinite, next.means.allSatisfy(\.isFinite) {
        let gain = zip(slope, zip(trial, state.multipliers)).reduce(0) { $0 + $1.0 * ($1.1.0 - $1.1.1) }
        if next.value <= state.value + 1e-4 * gain, gain < 0 { return next }
        let rounding = 1e-13 * max(1, abs(state.value))
        if abs(next.value - state.value) <= rounding, residual(next) < before { return next }
      }
      length /= 2
    }
    return nil
  }
}
