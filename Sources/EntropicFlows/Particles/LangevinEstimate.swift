import EntropicNumerics

/// Expectations under exp(-V / T) from unadjusted Langevin dynamics with two step lengths.
///
/// The bias of the unadjusted form is a series in the step h. With means a at h and b at h / 2 of
/// independent runs over the same time, 2 b - a has a bias of second order; its standard error counts both
/// runs. The 95 % interval covers the noise only: the bias that is left is smaller than `correction` when h
/// is short enough for the series to mean anything.
///
/// - Source: D. Talay, L. Tubaro, Stoch. Anal. Appl. 8 (1990), doi:10.1080/07362999008809220.
public struct LangevinEstimate: Sendable, Equatable {
  public let mean: Double
  public let standardError: Double
  /// |b - a|: what the extrapolation changed.
  public let correction: Double
  public let interval: ClosedRange<Double>

  /// One estimate an observable. Every particle of the start is a chain; at least two are needed.
  ///
  /// - Throws: as `Langevin.run`.
  public static func estimates(
    _ potential: ParticlePotential, temperature: Double = 1, from start: Cloud, step: Double, burnIn: Int,
    steps: Int, every: Int = 1, seed: UInt64, observe: @escaping @Sendable ([Double]) -> [Double]
  ) throws(FlowError) -> [LangevinEstimate] {
    guard start.count >= 2 else { throw .count(what: "particles", found: start.count, expected: 2) }
    guard steps / every >= 1 else {
      throw .parameter(name: "the number of steps", value: Double(steps), expected: "at least one kept draw")
    }
    let (coarse, fine) = (
      try Langevin(potential, temperature: temperature, step: step, isAdjusted: false, seed: seed)
        .run(from: start, burnIn: burnIn, steps: steps, every: every, observe: observe).draws,
      // Another seed: the two runs must be independent.
      try Langevin(potential, temperature: temperature, step: step / 2, isAdjusted: false, seed: ~seed)
        .run(from: start, burnIn: 2 * burnIn, steps: 2 * steps, every: 2 * every, observe: observe).draws
    )
    return zip(coarse, fine).map { a, b in
      let (first, second) = (spread(a), spread(b))
      let value = 2 * second.mean - first.mean
      let error = (4 * second.variance + first.variance).squareRoot()
      let reach = ChainSummary.studentQuantile(Double(start.count - 1)) * error
      let interval = reach.isFinite ? (value - reach)...(value + reach) : -Double.infinity...Double.infinity
      return LangevinEstimate(
        mean: value, standardError: error, correction: abs(second.mean - first.mean), interval: interval)
    }
  }

  /// The mean over chains, and its variance from the spread of chain means.
  private static func spread(_ chains: [[Double]]) -> (mean: Double, variance: Double) {
    let means = chains.map { Kernel.sum($0) / Double($0.count) }
    let n = Double(means.count)
    let centre = Kernel.sum(means) / n
    return (centre, Kernel.sum(means.map { ($0 - centre) * ($0 - centre) }) / (n * (n - 1)))
  }
}
