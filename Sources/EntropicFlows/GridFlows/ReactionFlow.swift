import EntropicNumerics

/// Flows in which mass grows and shrinks in place: Fisher-Rao (mirror) flow, alone and mixed with transport.
///
///     dp_i/dt = -p_i (g_i - E_p[g]),   g = dF/dp
///
/// For F(p) = c . p + T KL(p, q) the equation is linear in log p, and every step is exact whatever its
/// length:
///
///     log p(t) = s log p(0) + (1 - s) (log q - c / T) + constant,   s = exp(-T t);   T = 0: log p(0) - t c
///
/// - Source: S. Amari, H. Nagaoka, Methods of Information Geometry (2000); T. Gallouet, L. Monsaingeon,
///   SIAM J. Math. Anal. 49 (2017), doi:10.1137/15M106666X, and L. Chizat et al., Found. Comput. Math. 18
///   (2018), doi:10.1007/s10208-016-9331-y, for the mixture with transport.
public enum ReactionFlow {
  /// The Fisher-Rao flow of c . p + T sum p log p after the time t: exact, by logarithms.
  ///
  /// - Returns: masses and their logarithms, which stay finite where masses underflow. A cost of +inf takes
  ///   all mass away at once, a mass of 0 stays 0.
  /// - Throws: for costs NaN or -inf, times and temperatures that are negative or not finite, and when
  ///   nothing is left.
  public static func fisherRao(
    from masses: [Double], costs: [Double], temperature: Double = 0, time: Double
  ) throws(FlowError) -> (masses: [Double], logarithms: [Double]) {
    guard costs.count == masses.count else {
      throw .count(what: "the costs", found: costs.count, expected: masses.count)
    }
    for (i, m) in masses.enumerated() where !(m >= 0 && m.isFinite) {
      throw .masses(reason: "mass \(i + 1) is \(m)")
    }
    for (i, c) in costs.enumerated() where c.isNaN || c == -.infinity {
      throw .value(of: "the cost", index: i, value: c)
    }
    guard temperature >= 0, temperature.isFinite else {
      throw .parameter(name: "the temperature", value: temperature, expected: "a number >= 0")
    }
    guard time >= 0, time.isFinite else {
      throw .parameter(name: "the time", value: time, expected: "a number >= 0")
    }
    let kept = Kernel.exp(-temperature * time)
    // (1 - s) / T without the difference of two near numbers.
    let weight = temperature == 0 ? time : -minusOne(-temperature * time) / temperature
    let logs = Kernel.log(masses)
    var scores = [Double](repeating: -.infinity, count: masses.count)
    for i in 0..<masses.count where masses[i] > 0 && (costs[i] < .infinity || weight == 0) {
      scores[i] = kept * logs[i] - (weight == 0 ? 0 : weight * costs[i])
    }
    guard Kernel.maximum(scores) > -.infinity else {
      throw .masses(reason: "no outcome has mass and a finite cost")
    }
    let (p, logarithms, _) = Kernel.softmaxWithLogarithms(scores)
    return (p, logarithms)
  }

  /// The Wasserstein-Fisher-Rao flow of integral V p + T integral p log p on a grid: transport and reaction
  /// with weights.
  ///
  /// Each step is half a reaction, a transport step and half a reaction. Both lower the free energy,
  /// neither can make a mass negative, and the Gibbs law stays where it is; the error is of first order in
  /// the step.
  ///
  /// - Parameter reaction: the weight of the reaction; transport has weight 1.
  /// - Returns: the states after every step, with the energies, the start first.
  /// - Throws: as `FokkerPlanck` and `fisherRao`; when mass lies on a wall.
  public static func wassersteinFisherRao(
    _ energy: FreeEnergy, from start: GridDensity, reaction: Double, step: Double, steps: Int
  ) throws(FlowError) -> [GridFlow.State] {
    guard energy.power == nil, energy.interaction == nil else {
      throw .unsupported("transport with reaction takes potential energy and entropy only")
    }
    guard reaction >= 0, reaction.isFinite else {
      throw .parameter(name: "the weight of the reaction", value: reaction, expected: "a number >= 0")
    }
    guard steps >= 0, steps <= 1_000_000_000 else {
      throw .parameter(name: "the number of steps", value: Double(steps), expected: "a number from 0 to 1e9")
    }
    // The checks of grid, start and step are those of the flow.
    _ = try GridFlow(energy, from: start, time: 0, step: step)
    let transport = try FokkerPlanck(
      energy.grid, potential: energy.potential, temperature: energy.temperature, step: step)
    var density = start
    var states = [GridFlow.State(time: 0, density: density, energy: energy.value(at: density))]
    for k in 0..<steps {
      for half in 0..<2 {
        density.masses = try fisherRao(
          from: density.masses, costs: energy.potential, temperature: energy.temperature,
          time: 0.5 * step * reaction
        ).masses
        if half == 0 { transport.advance(&density) }
      }
      states.append(
        GridFlow.State(time: Double(k + 1) * step, density: density, energy: energy.value(at: density)))
    }
    return states
  }

  /// e^x - 1 for x <= 0.
  private static func minusOne(_ x: Double) -> Double {
    // e^x - 1 = tanh(x / 2) (e^x + 1); near 0 the series has the digits.
    if x > -0.03 {
      var (term, sum) = (x, x)
      for k in 2..<10 {
        term *= x / Double(k)
        sum += term
      }
      return sum
    }
    return Kernel.exp(x) - 1
  }
}
