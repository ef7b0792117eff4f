import EntropicNumerics

/// What chains of draws say about a mean: the estimate, its error, and whether the chains agree.
public struct ChainSummary: Sendable, Equatable {
  public let mean: Double
  /// One standard error of the mean, from the effective sample size; from the spread of chain means where
  /// there are twenty chains or more.
  public let standardError: Double
  /// Draws that independent draws of the same precision would need, at most twice the number of draws.
  public let effectiveSampleSize: Double
  /// Split R-hat: the ratio of the deviation over all half-chains to that inside of them. Below 1.01 the
  /// halves agree.
  public let splitRHat: Double
  private let quantile: Double

  /// Draws of one observable: one list a chain, of equal lengths.
  ///
  /// nil for no chains, chains of different lengths or with fewer than four draws, and numbers that are not
  /// finite. Chains without any spread have R-hat 1 when they agree and infinity when they do not.
  ///
  /// - Source: A. Vehtari et al., Bayesian Anal. 16 (2021), doi:10.1214/20-BA1221; C. Geyer, Stat. Sci. 7
  ///   (1992), doi:10.1214/ss/1177011137, for the positive, monotone sequence of autocorrelations.
  public init?(_ chains: [[Double]]) {
    guard let length = chains.first?.count, length >= 4,
      chains.allSatisfy({ $0.count == length && $0.allSatisfy(\.isFinite) })
    else { return nil }
    let half = length / 2
    let halves = chains.flatMap { [Array($0[..<half]), Array($0[(length - half)...])] }
    splitRHat = ChainSummary.ratio(halves)
    let means = chains.map { Kernel.sum($0) / Double(length) }
    let centre = Kernel.sum(means) / Double(chains.count)
    mean = centre
    let draws = Double(length * chains.count)
    effectiveSampleSize = ChainSummary.effectiveSize(halves, limit: 2 * draws)
    let degrees = chains.count >= 20 ? Double(chains.count - 1) : effectiveSampleSize - 1
    quantile = ChainSummary.studentQuantile(degrees)
    if chains.count >= 20 {
      let spread = Kernel.sum(means.map { ($0 - centre) * ($0 - centre) }) / Double(chains.count - 1)
      standardError = (spread / Double(chains.count)).squareRoot()
    } else {
      let total = Kernel.sum(chains.flatMap { $0.map { ($0 - centre) * ($0 - centre) } }) / (draws - 1)
      standardError = effectiveSampleSize > 0 ? (total / effectiveSampleSize).squareRoot() : .infinity
    }
  }

  /// The 95 % interval, mean +- quantile of Student times standard error.
  public var interval: ClosedRange<Double> {
    let reach = standardError.isFinite ? quantile * standardError : .greatestFiniteMagnitude
    return (mean - reach)...(mean + reach)
  }

  /// The 97.5 % point of Student's law, by its expansion in 1 / degrees; three correct digits from 5
  /// degrees on.
  static func studentQuantile(_ degrees: Double) -> Double {
    let u = 1 / max(degrees, 3)
    return 1.959964 + u * (2.372271 + u * (2.822499 + u * 2.555852))
  }

  private static func moments(_ chains: [[Double]]) -> (within: Double, means: [Double], between: Double) {
    let n = Double(chains[0].count)
    let means = chains.map { Kernel.sum($0) / n }
    let within =
      zip(chains, means).reduce(0) { sum, chain in
        sum + Kernel.sum(chain.0.map { ($0 - chain.1) * ($0 - chain.1) }) / max(n - 1, 1)
      } / Double(chains.count)
    let centre = Kernel.sum(means) / Double(means.count)
    let between =
      Kernel.sum(means.map { ($0 - centre) * ($0 - centre) }) / Double(max(means.count - 1, 1))
    return (within, means, between)
  }

  private static func ratio(_ halves: [[Double]]) -> Double {
    let n = Double(halves[0].count)
    let (within, _, between) = moments(halves)
    if within == 0 { return between == 0 ? 1 : .infinity }
    return (((n - 1) / n * within + between) / within).squareRoot()
  }

  private static func effectiveSize(_ chains: [[Double]], limit: Double) -> Double {
    let n = chains[0].count
    let (within, means, between) = moments(chains)
    let total = Double(n - 1) / Double(n) * within + between
    if total == 0 { return limit }
    // The autocorrelation at a lag, over all chains.
    func correlation(_ lag: Int) -> Double {
      var sum = 0.0
      for (chain, mean) in zip(chains, means) {
        for i in 0..<(n - lag) { sum += (chain[i] - mean) * (chain[i + lag] - mean) }
      }
      return 1 - (within - sum / Double(chains.count * n)) / total
    }
    // Sums of neighbouring correlations are positive and fall; what does not is noise.
    var time = -1.0
    var last = Double.infinity
    var lag = 0
    while lag + 1 < n {
      let pair = min(last, (lag == 0 ? 1 : correlation(lag)) + correlation(lag + 1))
      if pair <= 0 { break }
      time += 2 * pair
      last = pair
      lag += 2
    }
    return min(limit, Double(chains.count * n) / max(time, 1e-300))
  }
}
