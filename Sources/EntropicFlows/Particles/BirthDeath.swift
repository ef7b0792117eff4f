import EntropicNumerics

/// Langevin dynamics with birth and death: particles where there are too many die, where there are too few
/// they double.
///
///     a_i = log r(x_i) + V(x_i) / T - mean over j of the same,   r the kernel density of the particles
///
/// In each step of length h, a particle with a_i > 0 is replaced by a copy of another one with probability
/// 1 - exp(-rate h a_i), and one with a_i < 0 replaces another one with probability 1 - exp(rate h a_i);
/// the other one is drawn uniformly. Mass so crosses barriers that noise would not pass in any time one can
/// wait for. It is the flow of Wasserstein and Fisher-Rao for particles; the number of particles stays. The
/// long-run law has a bias of the order of the bandwidth.
///
/// - Complexity: O(n^2 d) a step.
/// - Source: Y. Lu, J. Lu, J. Nolen (2019), arXiv:1905.09863.
public struct BirthDeath: Sendable {
  public let potential: ParticlePotential
  public let temperature: Double
  public let step: Double
  public let rate: Double
  public let bandwidth: KernelBandwidth
  public let seed: UInt64

  /// - Throws: unless step and temperature are positive and the rate is not negative, in at most 64
  ///   dimensions.
  public init(
    _ potential: ParticlePotential, temperature: Double = 1, step: Double, rate: Double = 1,
    bandwidth: KernelBandwidth = .median, seed: UInt64 = 0
  ) throws(FlowError) {
    _ = try Langevin(potential, temperature: temperature, step: step)
    guard rate >= 0, rate.isFinite else {
      throw .parameter(name: "the rate", value: rate, expected: "a number >= 0")
    }
    try bandwidth.check()
    guard potential.dimension <= Kernel.pairDimensions else {
      throw .count(
        what: "coordinates of a particle", found: potential.dimension, expected: Kernel.pairDimensions)
    }
    self.potential = potential
    self.temperature = temperature
    self.step = step
    self.rate = rate
    self.bandwidth = bandwidth
    self.seed = seed
  }

  /// - Returns: the particles, and how many were replaced.
  /// - Throws: for another dimension, and a start at which V is not finite.
  public func run(
    from start: Cloud, steps: Int, stop: () -> Bool = { false }
  ) throws(FlowError) -> (cloud: Cloud, replaced: Int) {
    var cloud = start
    var sums = PairSums(start)
    var random = SeededGenerator(seed: seed, stream: 1 << 40)
    var replaced = 0
    for k in 0..<max(steps, 0) {
      if stop() { break }
      // Every step has streams of its own.
      let noise = try Langevin(
        potential, temperature: temperature, step: step, isAdjusted: false,
        seed: seed &+ UInt64(truncatingIfNeeded: k) &* 0x9E37_79B9_7F4A_7C15)
      cloud = try noise.run(from: cloud, steps: 1).cloud
      if rate > 0 && cloud.count > 1 { replaced += exchange(&cloud, &sums, &random) }
    }
    return (cloud, replaced)
  }

  private func exchange(
    _ cloud: inout Cloud, _ sums: inout PairSums, _ random: inout SeededGenerator
  ) -> Int {
    let n = cloud.count
    let h = bandwidth.value(for: cloud)
    for i in 0..<n { sums.columns[cloud.dimension * sums.places + i] = 1 }
    sums.evaluate(cloud, bandwidth: h)
    let first = cloud.dimension * sums.places
    let values = potential.evaluated(at: cloud).values
    let logs = Kernel.log(Array(sums.sums[first..<(first + n)]))
    var excess = zip(logs, values).map { $0 + $1 / temperature }
    let level = Kernel.sum(excess) / Double(n)
    guard level.isFinite else { return 0 }
    var replaced = 0
    for i in 0..<n {
      let a = excess[i] - level
      let (u, v) = (random.uniform(), random.uniform())
      guard u < 1 - Kernel.exp(-rate * step * abs(a)) else { continue }
      // One of the others, uniformly; v < 1.
      var j = min(Int(v * Double(n - 1)), n - 2)
      if j >= i { j += 1 }
      let (to, from) = a > 0 ? (i, j) : (j, i)
      for k in 0..<cloud.dimension { cloud.coordinates[k * n + to] = cloud.coordinates[k * n + from] }
      excess[to] = excess[from]
      replaced += 1
    }
    return replaced
  }
}
