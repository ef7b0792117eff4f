import EntropicFlows
import EntropicNumerics
import Testing

@Suite("Flows: hostile input")
struct HostileFlowTests {
  static let line = try? Grid(GridAxis(from: -1, to: 1, cells: 10))

  @Test("grids without cells, ends or room are refused")
  func grids() throws {
    for (from, to, cells) in [
      (0.0, 1.0, 0), (0, 1, -3), (1, 1, 5), (2, 1, 5), (.nan, 1, 5), (0, .infinity, 5), (-1e308, 1e308, 5),
      (0, 1, 1 << 30), (1, 1 + 0x1p-50, 1000), (0, 1e-300, 10),
    ] {
      #expect(throws: FlowError.self) { try GridAxis(from: from, to: to, cells: cells) }
    }
    #expect(throws: FlowError.self) { try GridAxis(from: 0, to: 1, cells: 2, ends: .periodic) }
    let long = try GridAxis(from: 0, to: 1, cells: 1 << 20)
    #expect(throws: FlowError.self) { try Grid(long, long) }
    #expect(throws: FlowError.self) { try Grid(long).refined(by: 1 << 62) }
  }

  @Test("masses and log densities")
  func densities() throws {
    let grid = try #require(Self.line)
    for bad in [Double.nan, -1, .infinity, -.infinity] {
      var masses = [Double](repeating: 1, count: 10)
      masses[4] = bad
      #expect(throws: FlowError.self) { try GridDensity(grid, masses: masses) }
    }
    #expect(throws: FlowError.self) { try GridDensity(grid, masses: [1, 2]) }
    #expect(throws: FlowError.self) { try GridDensity(grid, masses: [Double](repeating: 0, count: 10)) }
    #expect(throws: FlowError.self) { try GridDensity(grid) { _ in .nan } }
    #expect(throws: FlowError.self) { try GridDensity(grid) { _ in .infinity } }
    #expect(throws: FlowError.self) { try GridDensity(grid) { _ in -.infinity } }
    // The largest and the smallest doubles are masses like others.
    let wide = try GridDensity(grid, masses: [1.7e308, 1.7e308, 5e-324, 0, 0, 0, 0, 0, 0, 1.7e308])
    #expect(wide.masses[0] == wide.masses[9] && abs(wide.masses[0] - 1 / 3.0) < 1e-15)
  }

  @Test("potentials: NaN and -inf are refused, +inf is a wall, steep ones are followed or refused")
  func potentials() throws {
    let grid = try #require(Self.line)
    let flat = [Double](repeating: 0, count: 10)
    for bad in [Double.nan, -.infinity] {
      var v = flat
      v[2] = bad
      #expect(throws: FlowError.self) { try FreeEnergy(grid, potential: v) }
      #expect(throws: FlowError.self) { try FokkerPlanck(grid, potential: v, step: 0.1) }
      #expect(throws: FlowError.self) { try GridDensity.gibbs(grid, potential: v) }
    }
    let walls = [Double](repeating: .infinity, count: 10)
    #expect(throws: FlowError.noCell) { try FreeEnergy(grid, potential: walls) }

    // A wall in the middle: two rooms that keep their masses.
    var room = flat
    room[4] = .infinity
    let energy = try FreeEnergy(grid, potential: room)
    #expect(throws: FlowError.massOnWall(index: 4)) {
      try GridFlow(energy, from: GridDensity(grid, masses: flat.map { _ in 1 }), time: 1, step: 0.1)
    }
    let start = try GridDensity(grid, masses: [3, 0, 0, 0, 0, 1, 0, 0, 0, 0])
    let end = try #require(try GridFlow(energy, from: start, time: 1000, step: 10).run().states.last)
    #expect(abs(end.density.masses[0..<4].reduce(0, +) - 0.75) < 1e-14 && end.density.masses[4] == 0)
    #expect(abs(end.density.masses[9] - 0.05) < 1e-12)
    #expect(energy.value(at: try GridDensity(grid, masses: flat.map { _ in 1 })).value == .infinity)

    for height in [1e3, 1e8, 1e100, 1e290] {
      let steep = grid.values { $0[0] < 0 ? 0 : height * $0[0] }
      let density = try GridDensity(grid, masses: flat.map { _ in 1 })
      let record = try GridFlow(FreeEnergy(grid, potential: steep), from: density, time: 50, step: 5).run()
      let last = try #require(record.states.last)
      #expect(record.isComplete && last.energy.value.isFinite && last.density.masses.allSatisfy { $0 >= 0 })
      #expect(abs(last.density.masses[0..<5].reduce(0, +) - 1) < 1e-12, "\(height)")
    }
    let cliff = grid.values { $0[0] < 0 ? 0 : 1.7e308 }
    #expect(throws: FlowError.self) { try FokkerPlanck(grid, potential: cliff, step: 1e10) }
  }

  @Test("steps and times: 0, negative, NaN, infinite, and too many")
  func steps() throws {
    let grid = try #require(Self.line)
    let energy = try FreeEnergy(grid)
    let start = try GridDensity(grid, masses: (1...10).map(Double.init))
    for step in [0, -1, Double.nan, .infinity] {
      #expect(throws: FlowError.self) { try GridFlow(energy, from: start, time: 1, step: step) }
      #expect(throws: FlowError.self) {
        try FokkerPlanck(grid, potential: energy.potential, step: step)
      }
    }
    for time in [-1, Double.nan, .infinity, 1e12] {
      #expect(throws: FlowError.self) { try GridFlow(energy, from: start, time: time, step: 1) }
    }
    let nothing = try GridFlow(energy, from: start, time: 0, step: 1).run()
    #expect(nothing.states.count == 1 && nothing.states[0].density == start && nothing.isComplete)
    // A last step is not left over: 1 / 0.3 makes four equal ones.
    let four = try GridFlow(energy, from: start, time: 1, step: 0.3, saves: 100).run()
    #expect(four.steps == 4 && four.states.map(\.time) == [0, 0.25, 0.5, 0.75, 1])
    var asked = 0
    let stopped = try GridFlow(energy, from: start, time: 1, step: 1e-3).run {
      asked += 1
      return asked > 5
    }
    #expect(!stopped.isComplete && stopped.steps == 5 && stopped.states.count == 2)
    #expect(throws: FlowError.self) {
      try GridFlow(
        FreeEnergy(grid, temperature: 1, power: .init(exponent: 2)), from: start, time: 1, step: 1)
    }
  }

  @Test("one cell, one piece, energies without knots")
  func smallest() throws {
    let one = Grid(try GridAxis(from: 0, to: 2, cells: 1))
    let whole = try GridDensity(one, masses: [7])
    let record = try GridFlow(FreeEnergy(one, potential: [3]), from: whole, time: 5, step: 1).run()
    #expect(record.states.last?.density.masses == [1])
    #expect(abs((record.states.last?.energy.value ?? 0) - (3 - Kernel.log(2))) < 1e-15)
    #expect(throws: FlowError.self) { try QuantileLaw(knots: [1]) }
    #expect(throws: FlowError.self) { try QuantileLaw(knots: [1, 1]) }
    #expect(throws: FlowError.self) { try QuantileLaw(knots: [0, .nan]) }
    #expect(throws: FlowError.self) { try QuantileFlow(temperature: 0) }
    let nan = try QuantileFlow(potential: { _ in (.nan, .nan) })
    #expect(nan.step(from: try QuantileLaw(knots: [0, 1]), step: 1) == nil)
    let heat = try QuantileFlow()
    #expect(heat.step(from: try QuantileLaw(knots: [0, 1]), step: 0) == nil)
    // One piece of length g: g grows by the Euler step, g' = 4 T / g, whose root is (g0 + sqrt(g0^2 + 16
    // h)) / 2.
    let next = try #require(heat.step(from: try QuantileLaw(knots: [0, 1]), step: 0.5))
    #expect(abs(next.law.knots[1] - next.law.knots[0] - 2) < 1e-7)
  }

  @Test("10,000 cells, 1000 implicit steps with energies: less than a second of processor time")
  func speed() throws {
    let grid = Grid(try GridAxis(from: -8, to: 8, cells: 10_000))
    let energy = try FreeEnergy(grid, potential: grid.values { 0.5 * $0[0] * $0[0] })
    let start = try GridDensity(grid) { -8 * ($0[0] - 2) * ($0[0] - 2) }
    let flow = try GridFlow(energy, from: start, time: 1, step: 1e-3)
    let clock = ContinuousClock()
    var record: GridFlow.Record?
    // The best of three: others may be busy.
    let best = (0..<3).map { _ in clock.measure { record = flow.run() } }.min() ?? .seconds(9)
    #expect(best < .seconds(1), "\(best)")
    #expect(record?.steps == 1000)
    let mean = record?.states.last?.density.mean[0] ?? 0
    #expect(abs(mean - 2 * 0.36806343) < 1e-3)
  }
}
