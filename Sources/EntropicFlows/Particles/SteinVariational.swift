import EntropicNumerics

/// Stein variational gradient descent: particles move together towards exp(-V / T), without noise,
///
///     x_i += (step / n) sum_j [k(x_j, x_i) s(x_j) + grad_(x_j) k(x_j, x_i)]
///     k = exp(-|x - y|^2 / h),   s = -grad V / T
///
/// The first term pulls neighbours uphill together, the second keeps them apart. One particle climbs to a
/// mode.
///
/// - Complexity: O(n^2 d) a step; a pair is visited once.
/// - Source: Q. Liu, D. Wang, NIPS (2016), arXiv:1608.04471.
public struct SteinVariational: Sendable {
  /// How long steps are.
  public enum Step: Sendable, Equatable {
    case fixed(Double)
    /// Halved until the kernel Stein discrepancy falls, from twice the last one that did; the run ends when
    /// none is left.
    case backtracking(Double)
  }

  public let potential: ParticlePotential
  public let temperature: Double
  public let bandwidth: KernelBandwidth
  public let step: Step

  /// - Throws: unless step, temperature and a fixed bandwidth are positive numbers, in at most 64 dimensions.
  public init(
    _ potential: ParticlePotential, temperature: Double = 1, bandwidth: KernelBandwidth = .median,
    step: Step = .backtracking(0.1)
  ) throws(FlowError) {
    let length =
      switch step {
      case .fixed(let h), .backtracking(let h): h
      }
    guard length > 0, length.isFinite else {
      throw .parameter(name: "the step", value: length, expected: "a positive number")
    }
    guard temperature > 0, temperature.isFinite else {
      throw .parameter(name: "the temperature", value: temperature, expected: "a positive number")
    }
    try bandwidth.check()
    guard potential.dimension <= Kernel.pairDimensions else {
      throw .count(
        what: "coordinates of a particle", found: potential.dimension, expected: Kernel.pairDimensions)
    }
    self.potential = potential
    self.temperature = temperature
    self.bandwidth = bandwidth
    self.step = step
  }

  public struct Result: Sendable {
    public let cloud: Cloud
    public let steps: Int
    /// Of the cloud; nil for one particle or more than 65536.
    public let discrepancy: SteinDiscrepancy?
    public enum End: Sendable, Equatable {
      /// All steps were made.
      case steps
      /// No shorter step lowers the discrepancy.
      case settled
      /// A particle would have left the finite numbers; the cloud is the last good one.
      case notFinite
      case stopped
    }
    public let end: End
  }

  /// - Throws: for another dimension and a start at which V or its gradient is not finite.
  public func run(from start: Cloud, steps: Int, stop: () -> Bool = { false }) throws(FlowError) -> Result {
    try potential.check(start)
    var cloud = start
    var sums = PairSums(start)
    var scores = [Double](repeating: 0, count: start.coordinates.count)
    var values = [Double](repeating: 0, count: start.count)
    evaluate(cloud, &values, &scores)
    var made = 0
    var end = Result.End.steps
    switch step {
    case .fixed(let length):
      var previous = cloud
      while made < steps {
        if stop() {
          end = .stopped
          break
        }
        previous.coordinates = cloud.coordinates
        move(&cloud, scores, &sums, length, bandwidth.value(for: cloud))
        evaluate(cloud, &values, &scores)
        guard isFinite(cloud, scores) else {
          cloud = previous
          end = .notFinite
          break
        }
        made += 1
      }
    case .backtracking(let first):
      var length = first
      var best = SteinDiscrepancy(of: cloud, scores: scores)?.distance ?? .infinity
      search: while made < steps {
        if stop() {
          end = .stopped
          break
        }
        let h = bandwidth.value(for: cloud)
        while true {
          var trial = cloud
          var slopes = scores
          move(&trial, scores, &sums, length, h)
          evaluate(trial, &values, &slopes)
          // For one particle, and for more than the discrepancy takes, any finite step is good.
          let after =
            isFinite(trial, slopes) ? SteinDiscrepancy(of: trial, scores: slopes)?.distance : .infinity
          if let after, !(after < best) {
            length /= 2
            if length < 1e-10 * first {
              end = .settled
              break search
            }
            continue
          }
          (cloud, scores, best) = (trial, slopes, after ?? best)
          break
        }
        length *= 2
        made += 1
      }
    }
    return Result(
      cloud: cloud, steps: made, discrepancy: SteinDiscrepancy(of: cloud, scores: scores), end: end)
  }

  private func isFinite(_ cloud: Cloud, _ scores: [Double]) -> Bool {
    (Kernel.absoluteSum(cloud.coordinates) + Kernel.absoluteSum(scores)).isFinite
  }

  /// Scores -grad V / T.
  private func evaluate(_ cloud: Cloud, _ values: inout [Double], _ scores: inout [Double]) {
    cloud.coordinates.withUnsafeBufferPointer { x in
      values.withUnsafeMutableBufferPointer { v in
        scores.withUnsafeMutableBufferPointer { g in
          potential.evaluate(.init(points: x, count: cloud.count, values: v, gradients: g))
        }
      }
    }
    Kernel.scale(-1 / temperature, &scores)
  }

  /// With c = 2 / h, the sum over j is sum_j k_ij (s_j - c x_j) + c x_i sum_j k_ij.
  private func move(
    _ cloud: inout Cloud, _ scores: [Double], _ sums: inout PairSums, _ length: Double, _ h: Double
  ) {
    let (n, d, places) = (cloud.count, cloud.dimension, sums.places)
    let c = 2 / h
    for k in 0..<d {
      for i in 0..<n {
        sums.columns[k * places + i] = scores[k * n + i] - c * cloud.coordinates[k * n + i]
      }
    }
    for i in 0..<n { sums.columns[d * places + i] = 1 }
    sums.evaluate(cloud, bandwidth: h)
    let share = length / Double(n)
    for k in 0..<d {
      for i in 0..<n {
        let x = cloud.coordinates[k * n + i]
        cloud.coordinates[k * n + i] =
          x + share * (sums.sums[k * places + i] + c * x * sums.sums[d * places + i])
      }
    }
  }
}
