import EntropicNumerics

/// Langevin dynamics: independent particles that move down the potential with noise,
///
///     y = x - h grad V(x) + sqrt(2 h T) xi,    xi standard normal
///
/// Unadjusted, the long-run law differs from exp(-V / T) by a bias of first order in h. Adjusted (MALA),
/// the move is taken with the probability of Metropolis, and the law is exact in the long run. The step of
/// the adjusted form is adapted during the burn-in, so that 57 in 100 moves are taken, and then frozen.
///
/// Particles are worked on in blocks of 256 with a stream of random numbers each: the same seed gives the
/// same bytes for every number of threads. A move to a place where the potential (adjusted form) or a
/// coordinate is not finite is not made.
///
/// - Source: G. Roberts, R. Tweedie, Bernoulli 2 (1996), doi:10.2307/3318418; G. Roberts, J. Rosenthal, J.
///   R. Stat. Soc. B 60 (1998), doi:10.1111/1467-9868.00123, for the acceptance 0.574; M. Hutzenthaler, A.
///   Jentzen, P. Kloeden, Ann. Appl. Probab. 22 (2012), doi:10.1214/11-AAP803, for taming.
public struct Langevin: Sendable {
  public let potential: ParticlePotential
  public let temperature: Double
  /// h; of the adjusted form the first one.
  public let step: Double
  public let isAdjusted: Bool
  /// The drift h g is divided by 1 + h |g|: for potentials that grow faster than quadratically. Unadjusted
  /// only.
  public let isTamed: Bool
  public let seed: UInt64

  /// - Throws: unless step and temperature are positive numbers.
  public init(
    _ potential: ParticlePotential, temperature: Double = 1, step: Double, isAdjusted: Bool = true,
    isTamed: Bool = false, seed: UInt64 = 0
  ) throws(FlowError) {
    guard step > 0, step.isFinite else {
      throw .parameter(name: "the step", value: step, expected: "a positive number")
    }
    guard temperature > 0, temperature.isFinite else {
      throw .parameter(name: "the temperature", value: temperature, expected: "a positive number")
    }
    self.potential = potential
    self.temperature = temperature
    self.step = step
    self.isAdjusted = isAdjusted
    self.isTamed = isTamed && !isAdjusted
    self.seed = seed
  }

  public struct Result: Sendable {
    /// The particles at the end.
    public let cloud: Cloud
    /// Observables of every particle: draws[o][c] are those of observable o along particle c.
    public let draws: [[[Double]]]
    /// The share of moves that were made after the burn-in.
    public let acceptance: Double
    /// The mean step after adaptation.
    public let step: Double
    /// False when it was stopped; particles may then have moved unequally far.
    public let isComplete: Bool
  }

  /// Particles of a block: coordinates, gradients and noise of a few dimensions fit into the first cache.
  private static let block = 256

  /// Moves every particle `burnIn + steps` times; after the burn-in `observe` is asked at every `every`-th
  /// place.
  ///
  /// `observe` gives the same number of observables for every point; without it nothing is kept.
  ///
  /// - Throws: for another dimension, numbers of steps that are negative, and a start at which V is not
  ///   finite.
  public func run(
    from start: Cloud, burnIn: Int = 0, steps: Int, every: Int = 1,
    observe: (@Sendable ([Double]) -> [Double])? = nil, stop: StopCheck? = nil
  ) throws(FlowError) -> Result {
    try potential.check(start)
    guard burnIn >= 0, steps >= 0, every >= 1, burnIn <= 1 << 40, steps <= 1 << 40 else {
      throw .parameter(name: "the number of steps", value: Double(steps), expected: "a number >= 0")
    }
    let width = observe.map { $0(start.point(0)).count } ?? 0
    let kept = observe == nil ? 0 : steps / every
    let (product, overflow) = kept.multipliedReportingOverflow(by: width * start.count)
    guard !overflow, product <= Grid.limit * 4 else {
      throw .parameter(
        name: "the number of kept draws", value: Double(kept) * Double(width * start.count),
        expected: "at most \(Grid.limit * 4)")
    }
    let blocks = (start.count + Langevin.block - 1) / Langevin.block
    var parts = [LangevinBlock?](repeating: nil, count: blocks)
    let complete = parts.withUnsafeMutableBufferPointer { parts in
      // Unchecked: every block writes to its own place.
      nonisolated(unsafe) let parts = parts
      return Parallel.pieces(blocks, stop: stop) { b in
        let range = b * Langevin.block..<min((b + 1) * Langevin.block, start.count)
        var part = LangevinBlock(self, start, range, stream: UInt64(b))
        part.run(burnIn: burnIn, steps: steps, every: every, width: width, observe: observe)
        parts[b] = part
      }
    }
    return assembled(start, parts, width, steps, complete)
  }

  private func assembled(
    _ start: Cloud, _ parts: [LangevinBlock?], _ width: Int, _ steps: Int, _ complete: Bool
  ) -> Result {
    var cloud = start
    var draws = [[[Double]]](repeating: [], count: width)
    var (moves, length, particles) = (0.0, 0.0, 0)
    for (b, part) in parts.enumerated() {
      guard let part else { continue }
      let count = part.count
      for k in 0..<start.dimension {
        for i in 0..<count {
          cloud.coordinates[k * start.count + b * Langevin.block + i] = part.x[k * count + i]
        }
      }
      for o in 0..<width {
        for i in 0..<count { draws[o].append(part.draws[i * width + o]) }
      }
      moves += part.moves
      length += part.step * Double(count)
      particles += count
    }
    let asked = Double(particles) * Double(steps)
    return Result(
      cloud: cloud, draws: draws, acceptance: asked > 0 ? moves / asked : 1,
      step: particles > 0 ? length / Double(particles) : step, isComplete: complete)
  }
}
