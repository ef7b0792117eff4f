import EntropicFlows
import EntropicNumerics
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Flows with known states: the numbers come from closed forms, to 25 digits.
@Suite("Flows against closed forms")
struct FlowReferenceTests {
  private func near(_ found: Double, _ exact: Double, _ tolerance: Double) -> Bool {
    abs(found - exact) <= tolerance * (1 + abs(exact))
  }

  // Ornstein-Uhlenbeck: potential 0.375 x^2, temperature 1/2, from N(2, 1/4).
  static let relaxation: [(time: Double, mean: Double, variance: Double, energy: Double)] = [
    (0.5, 1.374578557581944397090405, 0.4698472696912438720258139, 0.3641101874414258637674925),
    (2.0, 0.4462603202968596578665609, 0.6459220548467233570919407, -0.2832987833301891021520559),
  ]

  @Test("Ornstein-Uhlenbeck relaxation on the grid, extrapolated: 1e-10, and inside the stated error")
  func relaxationOnGrid() throws {
    for row in Self.relaxation {
      let found = try Extrapolation.quantities(levels: 6) { (level) throws(FlowError) -> [Double] in
        let grid = Grid(try GridAxis(from: -8, to: 9, cells: 64 << level))
        let start = try GridDensity(grid) { -2 * ($0[0] - 2) * ($0[0] - 2) }
        let energy = try FreeEnergy(
          grid, potential: grid.values { 0.375 * $0[0] * $0[0] }, temperature: 0.5)
        let flow = try GridFlow(
          energy, from: start, time: row.time, step: row.time / Double(16 << (2 * level)))
        let record = flow.run()
        guard let state = record.states.last, record.isComplete else { return [] }
        return [state.density.mean[0], state.density.covariance[0][0], state.energy.value]
      }
      try #require(found.count == 3)
      for (quantity, exact) in zip(found, [row.mean, row.variance, row.energy]) {
        #expect(near(quantity.value, exact, 1e-10), "\(quantity) \(exact)")
        #expect(abs(quantity.value - exact) <= quantity.error, "\(quantity) \(exact)")
      }
    }
  }

  @Test("Ornstein-Uhlenbeck relaxation and heat as normal laws, exactly")
  func normalLaws() throws {
    let flow = try LinearGaussianFlow(stiffness: .diagonal([0.75]), temperature: 0.5)
    let start = LinearGaussianFlow.State(mean: [2], covariance: .diagonal([0.25]))
    #expect(near(try #require(flow.freeEnergy(of: start)), 1.230854323677636283818451, 1e-15))
    for row in Self.relaxation {
      let state = try flow.state(from: start, at: row.time)
      #expect(near(state.mean[0], row.mean, 1e-15) && near(state.covariance[0, 0], row.variance, 1e-15))
      #expect(near(try #require(flow.freeEnergy(of: state)), row.energy, 1e-15))
    }
    let heat = try LinearGaussianFlow(stiffness: .diagonal([0]))
    let warm = try heat.state(from: .init(mean: [0], covariance: .diagonal([0.25])), at: 1)
    #expect(warm.covariance[0, 0] == 2.25)
    #expect(near(-(try #require(heat.freeEnergy(of: warm))), 1.824403641312837123758343, 1e-15))
  }

  @Test("heat on a wide grid, extrapolated")
  func heat() throws {
    for (time, variance, entropy) in [(1.0, 2.25, 1.824403641312837123758343), (3.0, 6.25, nil as Double?)] {
      let found = try Extrapolation.quantities(levels: 6) { (level) throws(FlowError) -> [Double] in
        let grid = Grid(try GridAxis(from: -20, to: 20, cells: 128 << level))
        let start = try GridDensity(grid) { -2 * $0[0] * $0[0] }
        let energy = try FreeEnergy(grid)
        let record = try GridFlow(energy, from: start, time: time, step: time / Double(16 << (2 * level)))
          .run()
        guard let state = record.states.last else { return [] }
        return [state.density.covariance[0][0], state.density.entropy]
      }
      try #require(found.count == 2)
      #expect(near(found[0].value, variance, 1e-10) && abs(found[0].value - variance) <= found[0].error)
      if let entropy { #expect(near(found[1].value, entropy, 1e-10), "\(found[1]) \(entropy)") }
    }
  }

  @Test("a correlated normal law flows to another: exactly, and on a rectangle within the stated error")
  func plane() throws {
    let exact = [
      0.2231301601484298289332805, -0.6872892787909721985452023, 0.5248935341839319714896712,
      0.07667748342246423164778224, 2.0,
    ]
    let flow = try LinearGaussianFlow(stiffness: .diagonal([2, 0.5]))
    let start = LinearGaussianFlow.State(
      mean: [1, -1], covariance: Matrix(rows: 2, columns: 2, elements: [1, 0.5, 0.5, 2]))
    let state = try flow.state(from: start, at: 0.75)
    let found = [
      state.mean[0], state.mean[1], state.covariance[0, 0], state.covariance[0, 1], state.covariance[1, 1],
    ]
    for (a, b) in zip(found, exact) { #expect(near(a, b, 1e-14)) }

    // The density on cells: exp(-(x - a)' S^-1 (x - a) / 2), S^-1 = [2, -1/2; -1/2, 1] / 1.75.
    let onGrid = try Extrapolation.quantities(levels: 3) { (level) throws(FlowError) -> [Double] in
      let grid = try Grid(
        GridAxis(from: -6, to: 7, cells: 48 << level), GridAxis(from: -9, to: 8, cells: 48 << level))
      let law = try GridDensity(grid) { p in
        let (x, y) = (p[0] - 1, p[1] + 1)
        return -0.5 * (2 * x * x - x * y + y * y) / 1.75
      }
      let energy = try FreeEnergy(grid, potential: grid.values { $0[0] * $0[0] + 0.25 * $0[1] * $0[1] })
      let record = try GridFlow(energy, from: law, time: 0.75, step: 0.75 / Double(12 << (2 * level))).run()
      guard let end = record.states.last?.density else { return [] }
      let s = end.covariance
      return [end.mean[0], end.mean[1], s[0][0], s[0][1], s[1][1]]
    }
    for (quantity, value) in zip(onGrid, exact) {
      #expect(abs(quantity.value - value) <= max(quantity.error, 1e-9), "\(quantity) \(value)")
      #expect(near(quantity.value, value, 1e-4), "\(quantity) \(value)")
    }
  }

  @Test("a double well: the minimiser itself, and the limit of the flow")
  func doubleWell() throws {
    let grid = Grid(try GridAxis(from: -7, to: 7, cells: 700))
    let potential = grid.values { 0.25 * $0[0] * $0[0] * $0[0] * $0[0] - 0.5 * $0[0] * $0[0] }
    let (gibbs, logPartition) = try GridDensity.gibbs(grid, potential: potential)
    #expect(near(-logPartition, -1.362292909398741171319185, 1e-14))
    #expect(near(gibbs.expectation { $0[0] * $0[0] }, 1.041797296487155951906706, 1e-13))
    let energy = try FreeEnergy(grid, potential: potential)
    #expect(near(energy.value(at: gibbs).value, -1.362292909398741171319185, 1e-14))
    // From one well only: half of the mass crosses.
    let start = try GridDensity(grid) { -10 * ($0[0] - 1) * ($0[0] - 1) }
    let end = try #require(try GridFlow(energy, from: start, time: 1e9, step: 1e8).run().states.last)
    #expect(near(end.energy.value, -1.362292909398741171319185, 1e-13))
    #expect(near(end.density.expectation { $0[0] > 0 ? 1 : 0 }, 0.5, 1e-9))
  }

  // p = t^(-1/3) (C - x^2 t^(-2/3) / 12)_+ with mass one.
  static let constant = 0.3605623925768520955804096

  private func barenblatt(_ x: Double, _ t: Double) -> Double {
    let s = cbrt(t)
    return max(0, Self.constant - x * x / (12 * s * s)) / s
  }

  @Test("porous medium: moments, height and front of the Barenblatt solution")
  func porousMedium() throws {
    let grid = Grid(try GridAxis(from: -4, to: 4, cells: 801))
    let start = try GridDensity(grid, masses: grid.values { self.barenblatt($0[0], 1) })
    #expect(near(start.covariance[0][0], 0.865349742184445029392983, 1e-4))
    let energy = try FreeEnergy(grid, temperature: 0, power: .init(exponent: 2))
    let found = try Extrapolation.quantities(levels: 2) { (level) throws(FlowError) -> [Double] in
      let record = try GridFlow(energy, from: start, time: 1, step: 0.002 / Double(1 << (2 * level))).run()
      guard let state = record.states.last else { return [] }
      // Grid fixed: only the step is refined, by a factor of four.
      let p = state.density.densities
      let width = grid.axes[0].width
      let front = (p.lastIndex { $0 > 1e-4 }).map { grid.axes[0].midpoint($0) } ?? .nan
      let exact = sqrt(12 * Self.constant) * cbrt(2.0)
      #expect(abs(front - exact) <= width, "front \(front), exact \(exact), cell \(width)")
      return [state.density.covariance[0][0], p[400]]
    }
    #expect(near(found[0].value, 1.373657091063998241369651, 1e-4), "\(found)")
    #expect(near(found[1].value, 0.2861785606383329669520106, 1e-4), "\(found)")
  }

  @Test("the replicator flow is exact at any time")
  func replicator() throws {
    let costs = [1.0, 0.0, 2.5, -0.5]
    let start = [0.4, 0.3, 0.2, 0.1]
    let rows: [(Double, [Double])] = [
      (
        1.0,
        [
          0.2341537218606344906177111, 0.4773718553998621760686222, 0.02612337872905713423645665,
          0.26235104401044619907721,
        ]
      ),
      (
        5.0,
        [
          0.001772041876744580785143902, 0.1972457497422914304677588, 4.900443326374307072556823e-7,
          0.8009817183366313513163901,
        ]
      ),
    ]
    for (time, exact) in rows {
      let found = try ReactionFlow.fisherRao(from: start, costs: costs, time: time).masses
      for (a, b) in zip(found, exact) { #expect(abs(a - b) <= 1e-14 * b) }
    }
    // Two times one after the other are their sum.
    let half = try ReactionFlow.fisherRao(from: start, costs: costs, temperature: 0.3, time: 0.7).masses
    let twice = try ReactionFlow.fisherRao(from: half, costs: costs, temperature: 0.3, time: 1.1).masses
    let once = try ReactionFlow.fisherRao(from: start, costs: costs, temperature: 0.3, time: 1.8).masses
    for (a, b) in zip(twice, once) { #expect(abs(a - b) <= 1e-14 * b) }
    // With entropy the limit is the Gibbs law, also where masses underflow on the way.
    let far = try ReactionFlow.fisherRao(from: start, costs: [0, 2000, 1, 1], temperature: 1, time: 60)
    #expect(far.masses[1] == 0 && abs(far.logarithms[1] + 2000 + Kernel.log(1 + 2 * exp(-1.0))) < 1e-9)
  }

  @Test("transport with reaction: energies fall, the Gibbs law stays, a mode far away is found sooner")
  func transportWithReaction() throws {
    let grid = Grid(try GridAxis(from: -6, to: 6, cells: 240))
    // Two wells 6 apart behind a barrier of 20.
    let potential = grid.values { 20 * ($0[0] * $0[0] / 9 - 1) * ($0[0] * $0[0] / 9 - 1) }
    let energy = try FreeEnergy(grid, potential: potential)
    let gibbs = try GridDensity.gibbs(grid, potential: potential).density
    let start = try GridDensity(grid) { -0.3 * ($0[0] - 3) * ($0[0] - 3) }
    let states = try ReactionFlow.wassersteinFisherRao(
      energy, from: start, reaction: 1, step: 0.05, steps: 200)
    for (a, b) in zip(states, states.dropFirst()) {
      #expect(b.energy.value <= a.energy.value + a.energy.rounding + b.energy.rounding)
    }
    let transportOnly = try #require(
      try GridFlow(energy, from: start, time: 10, step: 0.05).run().states.last)
    let with = try #require(states.last).energy.value
    let least = energy.value(at: gibbs).value
    #expect(with - least < 1e-3 && transportOnly.energy.value - least > 0.3)
    let still = try ReactionFlow.wassersteinFisherRao(energy, from: gibbs, reaction: 2, step: 0.5, steps: 50)
    let moved = zip(try #require(still.last).density.masses, gibbs.masses).reduce(0) { $0 + abs($1.0 - $1.1) }
    #expect(moved <= 1e-13)
  }

  @Test("the barycentre of laws with equal atoms averages quantiles")
  func barycentre() throws {
    let (atoms, value) = try QuantileMean.barycentre(
      of: [[0, 2, 3], [6, 1, 1.5]], weights: [0.25, 0.75])
    #expect(atoms == [0.75, 1.625, 5.25] && near(value, 0.640625, 1e-15))
    #expect(throws: FlowError.self) { try QuantileMean.barycentre(of: [[0, 1], [2]], weights: [1, 1]) }
    #expect(throws: FlowError.self) { try QuantileMean.barycentre(of: [[0], [2]], weights: [0, 0]) }
  }

  @Test("minimising movements in quantiles: porous medium, relaxation, aggregation; energies never rise")
  func quantiles() throws {
    func run(_ flow: QuantileFlow, _ law: QuantileLaw, _ step: Double, _ steps: Int) throws -> QuantileLaw {
      var law = law
      var energy = flow.energy(of: law)
      for _ in 0..<steps {
        let next = try #require(flow.step(from: law, step: step))
        #expect(next.energy <= energy && next.decrement < 1e-10, "\(next.energy) \(energy) \(next.decrement)")
        (law, energy) = (next.law, next.energy)
      }
      return law
    }
    let fine = Grid(try GridAxis(from: -4, to: 4, cells: 20_000))
    let profile = try QuantileLaw(
      GridDensity(fine, masses: fine.values { self.barenblatt($0[0], 1) }), pieces: 200)
    let porous = try QuantileFlow(temperature: 0, power: .init(exponent: 2))
    let spread = try run(porous, profile, 0.01, 100)
    #expect(near(spread.variance, 1.373657091063998241369651, 3e-3), "\(spread.variance)")
    // The last piece of mass holds the front.
    let edge = sqrt(12 * Self.constant) * cbrt(2.0)
    #expect(spread.knots[199] < edge && abs(spread.knots[200] - edge) < spread.knots[200] - spread.knots[199])

    let line = Grid(try GridAxis(from: -1, to: 5, cells: 6000))
    let normal = try QuantileLaw(GridDensity(line) { -2 * ($0[0] - 2) * ($0[0] - 2) }, pieces: 200)
    let relaxing = try QuantileFlow(potential: { (0.375 * $0 * $0, 0.75 * $0) }, temperature: 0.5)
    let relaxed = try run(relaxing, normal, 0.005, 100)
    #expect(near(relaxed.mean, Self.relaxation[0].mean, 2e-3))
    #expect(near(relaxed.variance, Self.relaxation[0].variance, 2e-2), "\(relaxed.variance)")

    // A quartic double well and quadratic attraction: not convex, and still falling.
    let wells = try QuantileFlow(
      potential: { (0.25 * $0 * $0 * $0 * $0 - 0.5 * $0 * $0, $0 * $0 * $0 - $0) }, temperature: 0.1,
      interaction: { (0.5 * $0 * $0, $0) })
    let knots = (0...60).map { -2 + Double($0) / 15 }
    _ = try run(wells, QuantileLaw(knots: knots), 0.5, 20)
  }
}
