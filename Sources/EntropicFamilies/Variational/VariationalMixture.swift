import EntropicNumerics

/// Variational inference of a potential by a mixture of normal laws, from several seeded starts.
///
/// F is not convex in a mixture. Natural gradient steps with backtracking on fixed nodes, a set for each
/// component, go downhill from starts whose centres are drawn at random; the best end is judged by fresh
/// nodes. With random nodes the answer is at best `estimated`.
public struct VariationalMixture: Sendable {
  public var components: Int
  public var structure = NormalStructure.full
  /// Nodes for each component in the first search.
  public var nodes = 512
  /// At most so many nodes for each component, for the best of the starts.
  public var maximumNodes = 2048
  /// The standard error of F that is good enough, in nats.
  public var goal = 1e-3
  public var iterations = 300
  public var starts = 4
  public var seed: UInt64 = 1
  public var stop: @Sendable () -> Bool = { false }

  public init(components: Int, structure: NormalStructure = .full, seed: UInt64 = 1) {
    self.components = components
    self.structure = structure
    self.seed = seed
  }

  public typealias Outcome = VariationalOutcome<Mixture<MultivariateNormal>>

  /// Centres of the components are drawn from `region`, N(0, 4 I) unless given.
  public func approximate(_ potential: Potential, around region: MultivariateNormal? = nil) -> Outcome {
    let d = potential.dimension
    let wide = try? MultivariateNormal(
      mean: [Double](repeating: 0, count: d), covariance: .isotropic(4, dimension: d))
    guard let region = region ?? wide, region.dimension == d else {
      return .stalled("the region has the wrong number of coordinates", nil)
    }
    guard components >= 1, var sets = searchNodes(d, nodes) else { return .stalled("no nodes", nil) }
    var best: (point: MixturePoint, value: Double, steps: Int)?
    for attempt in 0..<max(1, starts) {
      guard let start = start(region, attempt) else { continue }
      let found = descend(potential, start, sets)
      if stop() { return .interrupted }
      guard let found else { continue }
      if found.value < best?.value ?? .infinity { best = found }
    }
    guard var best else {
      return .stalled("the potential is not finite around any starting mixture", nil)
    }
    var count = nodes
    while true {
      if best.point.parts.contains(where: {
        $0.extremes.largest > 1e30 || $0.mean.contains { abs($0) > 1e30 }
      }) {
        return .unbounded("the objective falls without limit along mixtures")
      }
      guard let law = best.point.law() else { return .stalled("the law left the range of doubles", nil) }
      let outcome = judged(potential, best.point, law, best.steps, max(64, count))
      guard let answer = outcome.answer, count < maximumNodes else { return outcome }
      let excess = answer.gradientNorm * answer.gradientNorm / 2
      if answer.standardError <= goal, excess <= goal { return outcome }
      count = min(4 * max(1, count), maximumNodes)
      guard let more = searchNodes(d, count) else { return outcome }
      sets = more
      guard let found = descend(potential, best.point, sets) else { return outcome }
      if stop() { return .interrupted }
      best = (found.point, found.value, best.steps + found.steps)
    }
  }

  /// A set of nodes for each component.
  private func searchNodes(_ d: Int, _ count: Int) -> [NormalNodes]? {
    let sets = (0..<components).compactMap { drawn(d, max(count, 4 * d), UInt64($0))?.balanced() }
    return sets.count == components ? sets : nil
  }

  private func drawn(_ d: Int, _ count: Int, _ stream: UInt64) -> NormalNodes? {
    d <= 40
      ? .sobol(count, dimension: d, seed: seed, stream: stream)
      : .antithetic(count, dimension: d, seed: seed, stream: stream)
  }

  private func start(_ region: MultivariateNormal, _ attempt: Int) -> MixturePoint? {
    var generator = SeededGenerator(seed: seed, stream: 700 + UInt64(attempt))
    var spread = region.covariance.matrix
    let k = Double(components)
    Kernel.scale(1 / (k * k), &spread.elements)
    var parts: [NormalPoint] = []
    for _ in 0..<components {
      guard
        let part = NormalPoint(
          structure: structure, mean: region.sample(using: &generator), covariance: spread)
      else { return nil }
      parts.append(part)
    }
    return MixturePoint(logWeights: [Double](repeating: 0, count: components), parts: parts)
  }

  private func descend(
    _ potential: Potential, _ start: MixturePoint, _ sets: [NormalNodes]
  ) -> (point: MixturePoint, value: Double, steps: Int)? {
    var here = start
    guard var at = here.evaluation(potential, sets) else { return nil }
    var (rho, steps) = (0.5, 0)
    var residual = at.residual(here.weights, structure)
    var lowest = at.value
    var mark = (value: at.value, residual: residual)
    while steps < iterations, rho > 1e-4, residual > 1e-9, !stop() {
      guard let next = here.moved(at, by: rho), let there = next.evaluation(potential, sets) else {
        rho /= 2
        continue
      }
      let after = there.residual(next.weights, structure)
      // The steps solve `gradient = 0` for expectations; on nodes this differs a little from the lowest F, so
      // that near the end the residual decides.
      let isLower = there.value < at.value - 1e-4 * rho * min(1, residual * residual)
      guard isLower || (after < 0.98 * residual && there.value < lowest + 1e-2) else {
        rho /= 2
        continue
      }
      (here, at, residual) = (next, there, after)
      lowest = min(lowest, at.value)
      steps += 1
      if steps % 25 == 0 {
        // Along a flat valley neither F nor the residual says more.
        if at.value > mark.value - 1e-7 * max(1, abs(at.value)), residual > 0.5 * mark.residual { break }
        mark = (at.value, residual)
      }
      rho = min(1, 1.5 * rho)
    }
    return (here, at.value, steps)
  }

  private func judged(
    _ potential: Potential, _ point: MixturePoint, _ law: Mixture<MultivariateNormal>, _ steps: Int,
    _ count: Int
  ) -> Outcome {
    let d = potential.dimension
    let weights = point.weights
    var values: [Double] = []
    var gradients: [[NormalStep]] = []
    for r in 0..<FreshEstimate.replicates {
      let sets = (0..<components).compactMap {
        drawn(d, count, 2000 + UInt64(r * components + $0))
      }
      guard sets.count == components, let at = point.evaluation(potential, sets) else {
        return .stalled("the potential is not finite at fresh nodes", nil)
      }
      values.append(at.value)
      gradients.append(at.gradient(weights, structure))
    }
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n * (n - 1))).squareRoot()
    var (total, spread) = (0.0, 0.0)
    for k in 0...components {
      var average = gradients[0][k]
      for other in gradients.dropFirst() { average.add(other[k], times: 1) }
      Kernel.scale(1 / n, &average.shift)
      Kernel.scale(1 / n, &average.stretch.elements)
      total += average.dot(average)
      for one in gradients {
        var gap = one[k]
        gap.add(average, times: -1)
        spread += gap.dot(gap)
      }
    }
    let gradientError = (spread / (n * (n - 1))).squareRoot()
    let rounding = 4e-15 * max(1, abs(mean))
    let answer = VariationalAnswer(
      law: law, value: mean, error: error + rounding, lower: nil,
      upper: mean + FreshEstimate.quantile * error + rounding, standardError: error,
      gradientNorm: total.squareRoot(), gradientError: gradientError,
      expectations: "\(count) nodes a component, 16 fresh sets", method: "natural-gradient",
      iterations: steps, proof: "downhill on fixed nodes, judged on fresh ones")
    if gradientError > 0.1 * Double(6 * components * d).squareRoot() {
      return .stalled("the sampling error is too large", answer)
    }
    return total.squareRoot() <= max(0.1, 4 * gradientError)
      ? .estimated(answer) : .stalled("no further progress", answer)
  }
}
