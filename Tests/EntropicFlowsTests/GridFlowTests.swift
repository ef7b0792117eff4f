import EntropicFlows
import EntropicNumerics
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Flows on grids")
struct GridFlowTests {
  static let wells: @Sendable ([Double]) -> Double = {
    0.25 * $0[0] * $0[0] * $0[0] * $0[0] - 0.5 * $0[0] * $0[0]
  }

  @Test("the Gibbs law stays where it is, at every step, on lines, circles and rectangles")
  func stationary() throws {
    let line = Grid(try GridAxis(from: -4, to: 4, cells: 400))
    let circle = Grid(try GridAxis(from: 0, to: 2 * .pi, cells: 333, ends: .periodic))
    let plane = try Grid(
      GridAxis(from: -3, to: 3, cells: 40), GridAxis(from: 0, to: 1, cells: 30, ends: .periodic))
    let potentials: [(Grid, [Double])] = [
      (line, line.values(Self.wells)),
      (line, line.values { 30 * $0[0] }),
      (circle, circle.values { 3 * cos($0[0]) }),
      (plane, plane.values { $0[0] * $0[0] + sin(2 * .pi * $0[1]) * $0[0] }),
    ]
    for (grid, potential) in potentials {
      for step in [1e-6, 0.01, 3, 1e8] {
        let gibbs = try GridDensity.gibbs(grid, potential: potential, temperature: 0.7).density
        let chain = try FokkerPlanck(grid, potential: potential, temperature: 0.7, step: step)
        var density = gibbs
        for _ in 0..<100 { #expect(chain.advance(&density) <= Double(grid.count) * 0x1p-52) }
        let distance = zip(density.masses, gibbs.masses).reduce(0) { $0 + abs($1.0 - $1.1) }
        #expect(distance <= 1e-13, "step \(step): \(distance)")
      }
    }
  }

  @Test("from one cell: masses stay positive, are kept, and every step lowers the free energy")
  func structure() throws {
    let line = Grid(try GridAxis(from: -4, to: 4, cells: 200))
    let circle = Grid(try GridAxis(from: 0, to: 1, cells: 50, ends: .periodic))
    let plane = try Grid(GridAxis(from: -2, to: 2, cells: 25), GridAxis(from: -2, to: 2, cells: 20))
    let rows: [(Grid, [Double], Double)] = [
      (line, line.values(Self.wells), 1), (line, line.values { 500 * abs($0[0]) }, 0.1),
      (line, line.values { -$0[0] }, 0), (circle, circle.values { 40 * sin(2 * .pi * $0[0]) }, 1),
      (plane, plane.values { 4 * $0[0] * $0[1] }, 0.5),
    ]
    for (grid, potential, temperature) in rows {
      var masses = [Double](repeating: 0, count: grid.count)
      masses[3] = 1
      let start = try GridDensity(grid, masses: masses)
      let energy = try FreeEnergy(grid, potential: potential, temperature: temperature)
      for step in [1e-5, 0.02, 50] {
        let flow = try GridFlow(energy, from: start, time: 60 * step, step: step, saves: 60)
        let record = flow.run()
        #expect(record.states.count == 61 && record.halvings == 0 && record.rise <= 0)
        #expect(record.massDefect <= Double(grid.count) * 0x1p-52, "\(record.massDefect)")
        for (a, b) in zip(record.states, record.states.dropFirst()) {
          #expect(b.energy.value <= a.energy.value + a.energy.rounding + b.energy.rounding)
          #expect(b.density.masses.allSatisfy { $0 >= 0 })
        }
        // A mass 200 cells away may be too small for a Double, but not after long steps.
        if step == 50, temperature == 1 { #expect(record.states[60].density.masses.allSatisfy { $0 > 0 }) }
      }
    }
  }

  @Test("heat on a circle: second order in space")
  func secondOrder() throws {
    // The exact solution 1 + cos(2 pi x) exp(-4 pi^2 t) / 2; the step is small enough not to count.
    var errors: [Double] = []
    for cells in [16, 32, 64, 128] {
      let grid = Grid(try GridAxis(from: 0, to: 1, cells: cells, ends: .periodic))
      let start = try GridDensity(grid, masses: grid.values { 1 + 0.5 * cos(2 * .pi * $0[0]) })
      let chain = try FokkerPlanck(grid, potential: grid.values { _ in 0 }, step: 1e-6)
      var density = start
      for _ in 0..<20_000 { chain.advance(&density) }
      let amplitude = density.expectation { 4 * cos(2 * .pi * $0[0]) }
      // Implicit steps alone would give (1 + 4 pi^2 step)^-steps.
      errors.append(abs(amplitude - exp(-20_000 * log1p(4 * .pi * .pi * 1e-6))))
    }
    for (coarse, fine) in zip(errors, errors.dropFirst()) {
      #expect(coarse / fine > 3.8 && coarse / fine < 4.2, "\(errors)")
    }
  }

  @Test("attraction and repulsion: energies fall, attraction keeps the mean and contracts at the exact rate")
  func aggregation() throws {
    let grid = Grid(try GridAxis(from: -5, to: 5, cells: 250))
    let start = try GridDensity(grid) { -2 * ($0[0] - 1) * ($0[0] - 1) }
    let attraction = try InteractionKernel(grid) { 0.5 * $0[0] * $0[0] }
    let energy = try FreeEnergy(grid, temperature: 0.25, interaction: attraction)
    for step in [0.001, 0.5, 20] {
      let record = try GridFlow(energy, from: start, time: 40 * step, step: step, saves: 40).run()
      #expect(record.halvings == 0 && record.rise <= 0 && record.isComplete)
      for (a, b) in zip(record.states, record.states.dropFirst()) {
        #expect(b.energy.value <= a.energy.value + a.energy.rounding + b.energy.rounding)
      }
    }
    // The variance follows s' = 2 T - 2 s from 1/4: the stationary law of attraction is normal with
    // variance T.
    let hot = try FreeEnergy(grid, temperature: 0.5, interaction: attraction)
    let last = try #require(try GridFlow(hot, from: start, time: 0.5, step: 0.0005).run().states.last)
    #expect(abs(last.density.mean[0] - 1) <= 2e-3)
    #expect(abs(last.density.covariance[0][0] - (0.5 - 0.25 * exp(-1))) <= 2e-3)

    let repulsion = try InteractionKernel(grid) { 20 * exp(-$0[0] * $0[0]) }
    let convex = try FreeEnergy(
      grid, potential: grid.values { 0.5 * $0[0] * $0[0] }, temperature: 0.05, interaction: repulsion)
    let record = try GridFlow(convex, from: start, time: 5, step: 0.5, saves: 10).run()
    #expect(record.isComplete && record.rise <= 0)
    #expect(record.halvings > 0)
  }

  @Test("the field of an interaction agrees with the double sum, on two axes and on circles")
  func interaction() throws {
    let grid = try Grid(
      GridAxis(from: 0, to: 2, cells: 4), GridAxis(from: 0, to: 3, cells: 5, ends: .periodic))
    let w: @Sendable ([Double]) -> Double = { exp(-$0[0] * $0[0]) + cos($0[1]) * $0[1] + $0[0] }
    let kernel = try InteractionKernel(grid, w)
    let masses = (0..<20).map { Double(1 + $0 * $0 % 7) / 80 }
    let found = kernel.variation(at: masses)
    for i in 0..<20 {
      var sum = 0.0
      for j in 0..<20 {
        var z = zip(grid.point(i), grid.point(j)).map { $0 - $1 }
        if z[1] > 1.5 { z[1] -= 3 }
        if z[1] < -1.5 { z[1] += 3 }
        sum += 0.5 * (w(z) + w(z.map { -$0 })) * masses[j]
      }
      #expect(abs(found[i] - sum) <= 1e-14)
    }
  }

  @Test("first variations are the derivatives of the energies")
  func variations() throws {
    let grid = Grid(try GridAxis(from: -1, to: 2, cells: 12))
    let energy = try FreeEnergy(
      grid, potential: grid.values { $0[0] * $0[0] }, temperature: 0.3,
      power: .init(exponent: 1.7, weight: 0.4), interaction: InteractionKernel(grid) { abs($0[0]) })
    let p = try GridDensity(grid) { -$0[0] * $0[0] }
    let g = energy.variation(at: p)
    for i in 0..<11 {
      // Mass goes from cell i to cell i + 1.
      func moved(_ amount: Double) throws -> Double {
        var masses = p.masses
        masses[i] -= amount
        masses[i + 1] += amount
        return energy.value(at: try GridDensity(grid, masses: masses)).value
      }
      let slope = (try moved(1e-6) - (try moved(-1e-6))) / 2e-6
      #expect(abs(slope - (g[i + 1] - g[i])) <= 1e-7 * max(1, abs(slope)))
    }
  }

  @Test("porous medium in one and two dimensions: mass, sign and energy at every step")
  func porous() throws {
    let line = Grid(try GridAxis(from: -3, to: 3, cells: 120))
    let circle = Grid(try GridAxis(from: -3, to: 3, cells: 60, ends: .periodic))
    let plane = try Grid(GridAxis(from: -2, to: 2, cells: 30), GridAxis(from: -2, to: 2, cells: 24))
    for grid in [line, circle, plane] {
      for exponent in [0.6, 1.5, 2, 3, 5] {
        let start = try GridDensity(grid) { p in
          p.reduce(0) { $0 + $1 * $1 } < 0.8 ? p[0] : (exponent < 1 ? -8 : -.infinity)
        }
        let energy = try FreeEnergy(grid, temperature: 0, power: .init(exponent: exponent))
        for step in [1e-4, 0.02, 1] {
          let record = try GridFlow(energy, from: start, time: 20 * step, step: step, saves: 20).run()
          #expect(
            record.isComplete && record.rise <= 0,
            "\(exponent) \(step) \(record.rise) \(record.failure as Any)")
          #expect(record.massDefect <= 1e-12, "\(exponent) \(step): \(record.massDefect)")
          for (a, b) in zip(record.states, record.states.dropFirst()) {
            #expect(b.energy.value <= a.energy.value + a.energy.rounding + b.energy.rounding)
            #expect(b.density.masses.allSatisfy { $0 >= 0 })
          }
        }
      }
    }
  }
}
