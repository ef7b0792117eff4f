import EntropicModel
import EntropicNumerics

/// Error bars on an optimum from an independent batch of draws at a point that was chosen before.
///
///     F(q) = h(q) + f(q) + E g(q, xi)
///     upper = h(p) + f(p) + mean v + c_0
///     lower = min_q [ h(q) + sum_i q_i (mean z_i - c_i) ],   z_i = v - <s, p> + s_i  for one law of mass 1
///
/// Linear constraints enter the lower end with multipliers that were chosen before: lambda . (A q - b) is added, which is 0
/// or not positive at feasible q.
///
/// with v, s a draw of the value and of the subgradient of g at p; f enters by its own gradient. Both ends
/// hold together with the stated confidence: half of what may fail goes to the upper end, and the other half
/// is shared by all outcomes (a union bound), because the minimum looks at all of them.
///
/// c is a Student quantile times the standard error, or, where the oracle states the range of a draw, the
/// empirical bound of Bernstein: deviation sqrt(2 l / m) + 7 range l / (3 (m - 1)), l = log(2 / failure),
/// which holds for every m.
/// - Source: A. Maurer, M. Pontil, 2009, arXiv:0907.3740.
struct StatisticalInterval: Sendable {
  let value: Double
  let lower: Double
  let upper: Double
  let draws: Int

  /// nil when a draw is not finite, or the run was stopped before there were enough of them.
  init?(
    _ program: Program, _ oracle: SampledGradient, at p: [Double], draws: Int, confidence: Double,
    _ generator: inout SeededGenerator, multipliers: [Double] = [], stop: StopCheck
  ) {
    let layout = program.layout
    let n = program.count
    guard let home = layout.simplices.first, draws > 1 else { return nil }
    var values = Moments(count: 1)
    var costs = Moments(count: n)
    for k in 0..<draws {
      if k % 64 == 63, stop() { break }
      let sample = oracle.draw(p, &generator)
      guard sample.value.isFinite, sample.gradient.count == n, sample.gradient.allSatisfy(\.isFinite) else {
        return nil
      }
      values.add([sample.value])
      // The constant of the linearisation is spread over the first law.
      let share = (sample.value - Kernel.compensatedDot(sample.gradient, p)) / home.mass
      var z = sample.gradient
      for i in home.range { z[i] += share }
      costs.add(z)
    }
    guard values.draws >= 32 else { return nil }
    let outcomes = (0..<n).reduce(0) { $0 + (layout.upper[$1] > 0 ? 1 : 0) }
    let failure = (1 - confidence) / 2

    let exact = program.objective.separablePart
    let rest = program.objective.coupledPart
    let known = rest.value(p)
    let slope = rest.gradient(p)
    var model = exact
    let constant = (known - Kernel.compensatedDot(slope, p)) / home.mass
    for i in 0..<n {
      let margin = costs.margin(i, failure: failure / Double(max(outcomes, 1)), range: oracle.range)
      model.linear[i] += slope[i] + costs.mean[i] - margin
    }
    for i in home.range { model.linear[i] += constant }
    var offset = 0.0
    let k = program.equalities.count
    for (j, row) in (program.equalities + program.inequalities).enumerated() where j < multipliers.count {
      let multiplier = j < k ? multipliers[j] : max(multipliers[j], 0)
      for (i, a) in zip(row.columns, row.values) { model.linear[i] += multiplier * a }
      offset -= multiplier * row.bound
    }
    for i in home.range { model.linear[i] += offset / home.mass }
    guard let q = Geometry.entropy.minimum(model, length: 0, in: layout) else { return nil }
    let bound = model.evaluate(q)
    let here = exact.evaluate(p)
    let margin = values.margin(0, failure: failure, range: oracle.range)
    value = here.value + known + values.mean[0]
    upper = value + margin + here.error
    lower = bound.value - bound.error - 0x1p-40 * bound.magnitude
    self.draws = values.draws
    guard value.isFinite, upper.isFinite, lower.isFinite, program.isFeasible(p) else { return nil }
  }

  /// Means and sums of squared deviations, updated draw by draw (Welford, Technometrics 4, 1962).
  private struct Moments {
    var mean: [Double]
    var squares: [Double]
    var draws = 0

    init(count: Int) {
      mean = [Double](repeating: 0, count: count)
      squares = mean
    }

    mutating func add(_ x: [Double]) {
      draws += 1
      let share = 1 / Double(draws)
      for i in x.indices {
        let d = x[i] - mean[i]
        mean[i] += share * d
        squares[i] += d * (x[i] - mean[i])
      }
    }

    /// How far the mean may be from the expectation on one side.
    func margin(_ i: Int, failure: Double, range: Double?) -> Double {
      let m = Double(draws)
      let deviation = (max(squares[i], 0) / (m - 1)).squareRoot()
      if let range {
        let l = -Kernel.log(failure / 2)
        return deviation * (2 * l / m).squareRoot() + 7 * range * l / (3 * (m - 1))
      }
      return StudentQuantile.value(tail: failure, degrees: m - 1) * deviation / m.squareRoot()
    }
  }
}
