import EntropicFlows
import EntropicNumerics

/// Particles that follow the flow of a potential and entropy, and what is found out about them.
package struct CloudFlow: Sendable {
  package enum Method: String, Sendable, CaseIterable {
    /// Noise and drift: unadjusted Langevin dynamics.
    case langevin
    /// The same with the test of Metropolis.
    case mala
    /// Stein variational gradient descent.
    case svgd
    /// Deterministic, with the density estimated by a kernel.
    case blob
  }

  package let method: Method
  package let potential: ParticlePotential
  package let temperature: Double
  package let start: Cloud
  package let time: Double
  package let step: Double
  package let saves: Int
  package let seed: UInt64

  package struct Diagnostics: Sendable {
    /// How far the particles are from the Gibbs law at the end.
    package var discrepancy: SteinDiscrepancy?
    /// Of every coordinate, from the second half of the time, for dynamics with noise.
    package var chains: [ChainSummary] = []
    /// The share of moves that the test of Metropolis took.
    package var acceptance: Double?
    /// Of the particles at the end.
    package var mean: [Double]
    package var covariance: Matrix
  }

  package var why: String {
    switch method {
    case .langevin: "unadjusted Langevin dynamics: drift down the potential, and noise"
    case .mala: "Langevin dynamics with the test of Metropolis: exact in the long run"
    case .svgd: "Stein variational descent: particles move together, without noise"
    case .blob: "the blob method: particles without noise, their density estimated by a kernel"
    }
  }

  package func run(stop: @escaping @Sendable () -> Bool) -> FlowProblem.Run {
    let total = Int((time / step * (1 - 1e-12)).rounded(.up))
    let length = total > 0 ? time / Double(total) : step
    let parts = max(1, min(saves, total))
    var cloud = start
    var run = FlowProblem.Run(states: [state(0, cloud)], steps: 0)
    var draws = [[[Double]]](repeating: [], count: start.dimension)
    var moves = 0.0
    for part in 0..<(total > 0 ? parts : 0) {
      let first = total * part / parts
      let count = total * (part + 1) / parts - first
      if stop() {
        run.isComplete = false
        break
      }
      do throws(FlowError) {
        // Draws are kept from the second half of the time on.
        let keeps = 2 * part >= parts || parts == 1
        let (next, seen, taken) = try moved(cloud, count, length, part, keeps: keeps, stop)
        cloud = next
        moves += taken * Double(count)
        for (k, chains) in seen.enumerated() {
          draws[k] = draws[k].isEmpty ? chains : zip(draws[k], chains).map { $0 + $1 }
        }
      } catch {
        run.failure = error.message
        run.isComplete = false
        break
      }
      run.steps += count
      run.states.append(state(Double(run.steps) * length, cloud))
    }
    var found = Diagnostics(mean: cloud.mean, covariance: cloud.covariance)
    if temperature > 0 {
      found.discrepancy = SteinDiscrepancy(of: cloud, under: potential, temperature: temperature)
    }
    found.chains = draws.compactMap { $0.isEmpty ? nil : ChainSummary($0) }
    if method == .mala, run.steps > 0 { found.acceptance = moves / Double(run.steps) }
    run.diagnostics = found
    return run
  }

  private func state(_ time: Double, _ cloud: Cloud) -> FlowProblem.State {
    let values = potential.evaluated(at: cloud).values
    return FlowProblem.State(
      time: time, values: [Kernel.sum(values) / Double(cloud.count)], points: cloud.points.elements)
  }

  /// Numbers of draws beyond which the summary of chains gains nothing.
  private static let draws = 200

  private func moved(
    _ cloud: Cloud, _ steps: Int, _ length: Double, _ part: Int, keeps: Bool,
    _ stop: @escaping @Sendable () -> Bool
  ) throws(FlowError) -> (cloud: Cloud, draws: [[[Double]]], acceptance: Double) {
    switch method {
    case .langevin, .mala:
      // Every part has random numbers of its own.
      let dynamics = try Langevin(
        potential, temperature: temperature, step: length, isAdjusted: method == .mala,
        seed: seed &+ UInt64(truncatingIfNeeded: part) &* 0x9E37_79B9_7F4A_7C15)
      let every = max(1, steps * cloud.count / (CloudFlow.draws * max(cloud.count, 50)))
      let whole: @Sendable ([Double]) -> [Double] = { $0 }
      let keep = keeps ? whole : nil
      let result = try dynamics.run(from: cloud, steps: steps, every: every, observe: keep, stop: stop)
      return (result.cloud, result.draws, result.acceptance)
    case .svgd:
      let flow = try SteinVariational(potential, temperature: temperature, step: .fixed(length))
      let result = try flow.run(from: cloud, steps: steps, stop: stop)
      return (result.cloud, [], 1)
    case .blob:
      let flow = try BlobFlow(potential, temperature: temperature, bandwidth: bandwidth(cloud))
      let result = try flow.run(from: cloud, step: length, steps: steps, stop: stop)
      return (result.cloud, [], 1)
    }
  }

  /// h of exp(-|z|^2 / h): two thirds of the mean variance times n^(-2/(d+4)), Silverman's rule for the
  /// kernel of the blob method, so that the bias falls with the number of particles.
  private func bandwidth(_ cloud: Cloud) -> Double {
    let covariance = cloud.covariance
    let d = cloud.dimension
    let variance = (0..<d).reduce(0) { $0 + covariance[$1, $1] } / Double(d)
    let shrink = Kernel.exp(-2 / Double(d + 4) * Kernel.log(Double(cloud.count)))
    return max(2 * variance * shrink, 1e-12)
  }
}
