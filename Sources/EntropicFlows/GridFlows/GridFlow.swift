import EntropicNumerics

/// The gradient flow of a free energy on a grid, dp/dt = div(p grad dF/dp), in implicit steps.
///
///     let flow = try GridFlow(energy, from: start, time: 2, step: 0.01, saves: 4)
///     for state in flow.run().states { print(state.time, state.energy.value) }
///
/// Potential energy and entropy move by `FokkerPlanck`, a power of the density alone by `PorousMedium`. The
/// field W * p of an interaction, and the variation of a further term, is taken from before the step. For W of attractive kind (a concave
/// quadratic form on differences of densities, such as |z|^2 / 2) that is the convex splitting, and the
/// energy falls at every step; for other W a step after which the energy has risen by more than its
/// rounding bound is taken again in two halves.
///
/// So in every record the energies do not rise by more than their rounding bounds.
public struct GridFlow: Sendable {
  public let energy: FreeEnergy
  public let start: GridDensity
  public let time: Double
  /// Equal steps that end at `time`.
  public let steps: Int
  /// The start and this many states at equal distances, or as nearly as the steps allow.
  public let saves: Int

  /// - Throws: for another grid, a step that is not positive, a time that is negative or more than 1e9
  ///   steps, mass on a wall, and a power of the density beside other terms.
  public init(
    _ energy: FreeEnergy, from start: GridDensity, time: Double, step: Double, saves: Int = 1
  ) throws(FlowError) {
    guard start.grid == energy.grid else { throw .unsupported("the start lies on another grid") }
    guard step > 0, step.isFinite else {
      throw .parameter(name: "the step", value: step, expected: "a positive number")
    }
    guard time >= 0, time / step <= 1e9 else {
      throw .parameter(name: "the time", value: time, expected: "a number from 0 to 1e9 steps")
    }
    guard saves >= 1 else {
      throw .parameter(name: "the number of saved states", value: Double(saves), expected: "at least 1")
    }
    for i in 0..<start.masses.count where start.masses[i] > 0 && energy.potential[i] == .infinity {
      throw .massOnWall(index: i)
    }
    if energy.power != nil {
      let isFlat = energy.potential.allSatisfy { $0 == energy.potential[0] }
      guard isFlat, energy.temperature == 0, energy.interaction == nil, energy.field == nil else {
        throw .unsupported(
          "on a grid a power of the density flows alone, without entropy and potential")
      }
    }
    self.energy = energy
    self.start = start
    self.time = time
    steps = Int((time / step * (1 - 1e-12)).rounded(.up))
    self.saves = saves
  }

  public struct State: Sendable {
    public let time: Double
    public let density: GridDensity
    public let energy: FreeEnergy.Value
  }

  public struct Record: Sendable {
    /// The start, the saved states, and the last one.
    public fileprivate(set) var states: [State]
    public fileprivate(set) var steps = 0
    /// Steps that were cut in two because the energy rose or no solution was found.
    public fileprivate(set) var halvings = 0
    /// The largest |sum of masses - 1| after a step, before it was removed.
    public fileprivate(set) var massDefect = 0.0
    /// The largest rise of the energy in a step beyond its rounding bound; 0 unless shorter steps did not
    /// help.
    public fileprivate(set) var rise = 0.0
    /// False when the flow was stopped, or no step could be made, before the end.
    public fileprivate(set) var isComplete = true
    /// Why it was not complete.
    public fileprivate(set) var failure: FlowError?
  }

  /// Halvings of one step before it is accepted as it is.
  private static let depth = 30

  public func run(stop: () -> Bool = { false }) -> Record {
    var density = start
    var value = energy.value(at: density)
    var record = Record(states: [State(time: 0, density: density, energy: value)])
    let length = steps > 0 ? time / Double(steps) : 0
    var chain: FokkerPlanck?
    var saved = 0
    for k in 0..<steps {
      if stop() {
        record.isComplete = false
        break
      }
      do throws(FlowError) {
        try advance(&density, &value, &chain, by: length, depth: 0, &record)
      } catch {
        record.isComplete = false
        record.failure = error
        break
      }
      record.steps += 1
      // Both products are at most 1e9 times the number of saves.
      let due = Int(Double(k + 1) / Double(steps) * Double(min(saves, steps)) + 1e-9)
      if due > saved {
        saved = due
        if k + 1 < steps {
          record.states.append(State(time: Double(k + 1) * length, density: density, energy: value))
        }
      }
    }
    if record.steps > 0 {
      let end = record.isComplete ? time : Double(record.steps) * length
      record.states.append(State(time: end, density: density, energy: value))
    }
    return record
  }

  private func advance(
    _ density: inout GridDensity, _ value: inout FreeEnergy.Value, _ chain: inout FokkerPlanck?,
    by length: Double, depth: Int, _ record: inout Record
  ) throws(FlowError) {
    var next = density
    var defect: Double? = 0
    if let power = energy.power {
      defect = PorousMedium(energy.grid, power).advance(&next, step: length)
    } else {
      if energy.interaction != nil || energy.field != nil || chain?.step != length {
        var field = energy.potential
        if let interaction = energy.interaction {
          let own = interaction.variation(at: density.masses)
          for i in 0..<field.count { field[i] += own[i] }
        }
        if let further = energy.field {
          let own = further.variation(density.masses)
          for i in 0..<field.count { field[i] += own[i] }
        }
        chain = try FokkerPlanck(
          energy.grid, potential: field, temperature: energy.temperature, step: length)
      }
      defect = chain?.advance(&next)
    }
    let after = energy.value(at: next)
    let slack = after.rounding + value.rounding
    let falls = after.value <= value.value + slack
    if let defect, falls || depth == GridFlow.depth {
      density = next
      record.rise = max(record.rise, after.value - value.value - slack)
      value = after
      record.massDefect = max(record.massDefect, defect)
      return
    }
    guard depth < GridFlow.depth else { throw .noStep(time: Double(record.steps) * length) }
    record.halvings += 1
    try advance(&density, &value, &chain, by: length / 2, depth: depth + 1, &record)
    try advance(&density, &value, &chain, by: length / 2, depth: depth + 1, &record)
  }
}
