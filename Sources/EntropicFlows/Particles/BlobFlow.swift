import EntropicNumerics

/// The transport flow of a free energy followed by particles without noise, with the density estimated by a
/// kernel:
///
///     F(x) = 1/n sum_i V(x_i) + T/n sum_i log r(x_i)
///     r(x) = 1/n sum_j exp(-|x - x_j|^2 / h) / (pi h)^(d/2)
///
/// Particles move against n grad F (the blob method): F is an energy of the particles themselves, and each
/// step is halved until F falls. `.score` leaves out the second part of the gradient, the influence of a
/// particle on the density at the others: dx/dt = -grad V - T grad log r, the plain kernel estimate of the
/// score; then F is only watched.
///
/// The kernel blurs: the particles settle where density and blurred density balance, with a bias of order h.
///
/// - Complexity: O(n^2 d) a step.
/// - Source: J. Carrillo, K. Craig, F. Patacchini, Calc. Var. 58 (2019), doi:10.1007/s00526-019-1486-3.
public struct BlobFlow: Sendable {
  public enum Form: Sendable, Equatable { case blob, score }

  public let potential: ParticlePotential
  public let temperature: Double
  public let bandwidth: Double
  public let form: Form

  /// - Throws: unless T >= 0 and h > 0 are numbers, in at most 64 dimensions.
  public init(
    _ potential: ParticlePotential, temperature: Double = 1, bandwidth: Double, form: Form = .blob
  ) throws(FlowError) {
    guard temperature >= 0, temperature.isFinite else {
      throw .parameter(name: "the temperature", value: temperature, expected: "a number >= 0")
    }
    try KernelBandwidth.fixed(bandwidth).check()
    guard potential.dimension <= Kernel.pairDimensions else {
      throw .count(
        what: "coordinates of a particle", found: potential.dimension, expected: Kernel.pairDimensions)
    }
    self.potential = potential
    self.temperature = temperature
    self.bandwidth = bandwidth
    self.form = form
  }

  public struct Result: Sendable {
    public let cloud: Cloud
    /// F at the start and after every step.
    public let energies: [Double]
    /// Steps that were halved.
    public let halvings: Int
    /// False when it was stopped or no step, however short, could be made.
    public let isComplete: Bool
  }

  /// Moves for `steps` steps of the given length.
  ///
  /// - Throws: for another dimension, a step that is not positive, and a start at which V is not finite.
  public func run(
    from start: Cloud, step: Double, steps: Int, stop: () -> Bool = { false }
  ) throws(FlowError) -> Result {
    try potential.check(start)
    guard step > 0, step.isFinite else {
      throw .parameter(name: "the step", value: step, expected: "a positive number")
    }
    var sums = PairSums(start)
    var cloud = start
    guard var state = evaluate(cloud, &sums) else {
      throw .parameter(name: "the bandwidth", value: bandwidth, expected: "one with a finite energy")
    }
    var energies = [state.energy]
    var halvings = 0
    for _ in 0..<max(steps, 0) {
      var remaining = step
      var length = step
      while remaining > 0 {
        if stop() { return Result(cloud: cloud, energies: energies, halvings: halvings, isComplete: false) }
        var trial = cloud
        Kernel.axpy(length, state.velocity, into: &trial.coordinates)
        if let next = evaluate(trial, &sums), form == .score || next.energy <= state.energy {
          (cloud, state) = (trial, next)
          remaining = length == remaining ? 0 : remaining - length
          length = min(length, remaining)
          continue
        }
        // At rest no step lowers the energy, and there is no need for one.
        let speed = state.velocity.reduce(0) { max($0, abs($1)) }
        if length < 1e-9 * step || speed * length < 1e-13 * (1 + Kernel.absoluteSum(cloud.coordinates)) {
          if speed * step < 1e-6 { break }
          return Result(cloud: cloud, energies: energies, halvings: halvings, isComplete: false)
        }
        length /= 2
        halvings += 1
      }
      energies.append(state.energy)
    }
    return Result(cloud: cloud, energies: energies, halvings: halvings, isComplete: true)
  }

  private struct State {
    let energy: Double
    let velocity: [Double]
  }

  /// Energy and velocity; nil where one is not finite.
  private func evaluate(_ cloud: Cloud, _ sums: inout PairSums) -> State? {
    let (n, d, places) = (cloud.count, cloud.dimension, sums.places)
    let (values, gradients) = potential.evaluated(at: cloud)
    var velocity = gradients.map { -$0 }
    var energy = Kernel.sum(values) / Double(n)
    if temperature > 0 {
      for k in 0..<d {
        for i in 0..<n { sums.columns[k * places + i] = cloud.coordinates[k * n + i] }
      }
      for i in 0..<n { sums.columns[d * places + i] = 1 }
      sums.evaluate(cloud, bandwidth: bandwidth)
      let mass = Array(sums.sums[(d * places)..<(d * places + n)])
      let level = Kernel.log(Double(n)) + 0.5 * Double(d) * Kernel.log(.pi * bandwidth)
      energy += temperature * (Kernel.sum(Kernel.log(mass)) / Double(n) - level)
      // grad_i of the sum over j of k(x_i - x_j) w_j is -2/h (x_i sum_j k w_j - sum_j k w_j x_j).
      let c = 2 * temperature / bandwidth
      for k in 0..<d {
        for i in 0..<n {
          let away = cloud.coordinates[k * n + i] * mass[i] - sums.sums[k * places + i]
          velocity[k * n + i] += c * away / mass[i]
        }
      }
      if form == .blob {
        for i in 0..<n {
          let w = 1 / mass[i]
          sums.columns[d * places + i] = w
          for k in 0..<d { sums.columns[k * places + i] = w * cloud.coordinates[k * n + i] }
        }
        sums.evaluate(cloud, bandwidth: bandwidth)
        for k in 0..<d {
          for i in 0..<n {
            velocity[k * n + i] +=
              c * (cloud.coordinates[k * n + i] * sums.sums[d * places + i] - sums.sums[k * places + i])
          }
        }
      }
    }
    guard energy.isFinite, Kernel.absoluteSum(velocity).isFinite else { return nil }
    return State(energy: energy, velocity: velocity)
  }
}
