import EntropicModel
import EntropicSpec
import Foundation
import Testing

/// Objective files with densities on grids, flows and particles.
@Suite("flows in files")
struct FlowFileTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/flows")

  private func flow(_ name: String) throws -> FlowProblem {
    let file = try ObjectiveFile.read(path: Self.folder.appendingPathComponent(name + ".yaml").path)
    return try #require(try Elaboration(file, folder: Self.folder.path).run().flow)
  }

  /// A number of a closed form, at a saved state of a flow. `grid` is a bound on the error of the cells:
  /// a twelfth of the squared width is the variance of a cell, and a few of them for energies.
  struct Row: Sendable, CustomTestStringConvertible {
    let file: String
    let state: Int
    let name: String
    let exact: Double
    let grid: Double
    var testDescription: String { "\(file) \(name) \(state)" }
  }

  static let rows: [Row] = [
    Row(file: "flw-ou", state: 1, name: "mean", exact: 1.374578557581944397, grid: 2e-4),
    Row(file: "flw-ou", state: 4, name: "mean", exact: 0.4462603202968596579, grid: 2e-4),
    Row(file: "flw-ou", state: 1, name: "variance", exact: 0.4698472696912438720, grid: 2e-4),
    Row(file: "flw-ou", state: 4, name: "variance", exact: 0.6459220548467233571, grid: 2e-4),
    Row(file: "flw-ou", state: 0, name: "", exact: 1.230854323677636283818, grid: 2e-4),
    Row(file: "flw-ou", state: 1, name: "", exact: 0.3641101874414258637675, grid: 2e-4),
    Row(file: "flw-ou", state: 4, name: "", exact: -0.2832987833301891021521, grid: 2e-4),
    Row(file: "flw-heat", state: 1, name: "variance", exact: 2.25, grid: 1e-9),
    Row(file: "flw-heat", state: 3, name: "variance", exact: 6.25, grid: 1e-5),
    Row(file: "flw-heat", state: 1, name: "", exact: 1.824403641312837123758, grid: 1e-6),
    Row(file: "flw-barenblatt-2", state: 0, name: "second_moment", exact: 0.865349742184445, grid: 1e-4),
    Row(file: "flw-barenblatt-2", state: 4, name: "second_moment", exact: 1.373657091063998241, grid: 1e-4),
    Row(file: "flw-barenblatt-2", state: 4, name: "height", exact: 0.2861785606383329670, grid: 1e-4),
    Row(file: "flw-gauss-2d", state: 3, name: "mean1", exact: 0.2231301601484298289333, grid: 1e-3),
    Row(file: "flw-gauss-2d", state: 3, name: "mean2", exact: -0.6872892787909721985452, grid: 1e-3),
    Row(file: "flw-gauss-2d", state: 3, name: "cov11", exact: 0.5248935341839319714897, grid: 1e-3),
    Row(file: "flw-gauss-2d", state: 3, name: "cov12", exact: 0.07667748342246423164779, grid: 1e-3),
    Row(file: "flw-gauss-2d", state: 3, name: "cov22", exact: 2, grid: 1e-3),
  ]

  @Test("states of closed form, within the stated error of the steps and that of the cells")
  func closedForms() throws {
    for name in ["flw-ou", "flw-heat", "flw-barenblatt-2", "flw-gauss-2d"] {
      let problem = try flow(name)
      let run = problem.run { false }
      #expect(run.isComplete && run.massDefect.map { $0 < 1e-10 } == true)
      for row in Self.rows where row.file == name {
        let state = try #require(run.states.indices.contains(row.state) ? run.states[row.state] : nil)
        let (value, error): (Double, Double)
        if row.name.isEmpty {
          (value, error) = (try #require(state.energy), try #require(state.energyError))
        } else {
          let k = try #require(problem.evaluations.firstIndex { $0.name == row.name })
          (value, error) = (state.values[k], try #require(state.valueErrors)[k])
        }
        #expect(abs(value - row.exact) <= 2 * error + row.grid, "\(row): \(value) +- \(error)")
        #expect(error <= 1e-2, "\(row): \(error)")
      }
    }
  }

  @Test("energies fall along every flow")
  func energies() throws {
    for name in ["flw-ou", "flw-heat", "flw-gauss-2d", "aggregation", "flw-replicator"] {
      let problem = try flow(name)
      let sign = problem.sense == .minimize ? 1.0 : -1
      let states = problem.single { false }.states
      for (a, b) in zip(states, states.dropFirst()) {
        let (before, after) = (try #require(a.energy), try #require(b.energy))
        #expect(sign * after <= sign * before + a.rounding + b.rounding, "\(name) at \(b.time)")
      }
    }
  }

  @Test("the replicator flow to twelve digits")
  func replicator() throws {
    let run = try flow("flw-replicator").run { false }
    let exact: [(Int, [Double])] = [
      (1, [0.2341537218606344906, 0.4773718553998621761, 0.02612337872905713423, 0.2623510440104461991]),
      (5, [0.001772041876744580785, 0.1972457497422914305, 4.900443326374307073e-7, 0.8009817183366313514]),
    ]
    for (state, masses) in exact {
      for (a, b) in zip(run.states[state].masses, masses) { #expect(abs(a - b) <= 1e-12 * b) }
    }
  }

  @Test("attraction against noise settles on the normal law of variance temperature")
  func aggregation() throws {
    // Drift -(x - mean), noise 1/4: the variance goes to 1/4, the mean stays.
    let last = try #require(try flow("aggregation").run { false }.states.last)
    #expect(abs(last.values[0] - 0.25) < 1e-9)
    // From 1.625 - 1/4 the excess falls by exp(-2 t); the steps add first-order errors.
    #expect(abs(last.values[1] - (0.25 + 1.375 * 0.0024787521766663585)) < 1e-3)
  }

  @Test("a density is minimised directly: the law of Gibbs, certified")
  func doubleWell() throws {
    let path = Self.folder.appendingPathComponent("flw-langevin-doublewell.yaml").path
    let elaborated = try Elaboration(try ObjectiveFile.read(path: path), folder: Self.folder.path).run()
    let problem = try #require(elaborated.problem)
    #expect(elaborated.grids.count == 1)
    let unknown = try #require(problem.unknowns.first)
    let x = try #require(unknown.outcomes).values
    // The objective at the law of Gibbs is -log Z: 25 digits from quadrature.
    let weights = x.map { exp(-($0 * $0 * $0 * $0 / 4 - $0 * $0 / 2)) }
    let total = weights.reduce(0, +)
    let value = FlowProblem.value(of: problem.objective, at: weights.map { $0 / total })
    #expect(abs(value + 1.362292909398741171319) < 1e-12)
  }

  @Test("particles: the same seed gives the same bytes, another seed others; laws within the error")
  func particles() throws {
    let problem = try flow("banana")
    let first = problem.run { false }
    let again = problem.run { false }
    let other = try problem.with(method: nil, seed: 8).run { false }
    #expect(first.states.last?.points == again.states.last?.points)
    #expect(first.states.last?.points != other.states.last?.points)
    // x is normal with variance 4, y has the mean 1 and the variance 1/4 + Var(x^2) / 16 = 2.25.
    for method in ["langevin", "mala"] {
      let run = try problem.with(method: method, seed: 11).run { false }
      let found = try #require(run.diagnostics)
      #expect(abs(found.mean[0]) < 0.45 && abs(found.covariance[0, 0] - 4) < 1.2, "\(method) \(found.mean)")
      #expect(abs(found.mean[1] - 1) < 0.35, "\(method) \(found.mean)")
      #expect(found.chains.count == 2 && found.discrepancy.map { !$0.isFar } == true)
    }
    for method in ["svgd", "blob"] {
      let run = try problem.with(method: method, seed: nil).run { false }
      let (start, end) = (try #require(run.states.first), try #require(run.states.last))
      #expect(end.values[0] < 0.5 * start.values[0] && run.isComplete, "\(method)")
    }
    #expect(throws: SpecError.self) { try problem.with(method: "newton", seed: nil) }
  }

  private func story(_ path: String) throws -> FlowProblem.Run {
    let notebooks = Self.folder.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Notebooks")
    let file = notebooks.appendingPathComponent(path)
    let elaborated = try Elaboration(
      try ObjectiveFile.read(path: file.path), folder: file.deletingLastPathComponent().path
    ).run()
    return try #require(elaborated.flow).run { false }
  }

  @Test("the stories of the gallery: the rate over a barrier, the front of a gas")
  func stories() throws {
    let well = try story("double-well/flow.yaml").states
    let (a, b) = (try #require(well.first { abs($0.time - 20) < 1e-9 }), try #require(well.last))
    // The second eigenvalue of the generator, from a discretised Schroedinger operator.
    let rate = log((0.5 - a.values[0]) / (0.5 - b.values[0])) / (b.time - a.time)
    #expect(abs(rate - 0.11912) < 1e-4, "\(rate)")
    #expect(abs(try #require(b.energy) - 0.05357185361589505949807) < 1e-3)
    let gas = try #require(try story("porous-medium/flow.yaml").states.last)
    let errors = try #require(gas.valueErrors)
    #expect(abs(gas.values[0] - 3.744150881493407406154) < 4e-4 && errors[0] < 1e-3)
    #expect(abs(gas.values[1] - 0.1733403185876586762108) < 2e-5)
    #expect(abs(try #require(gas.energy) - 0.1386722548701269409687) < 1e-5)
    // The front within one cell: beyond it there is no mass.
    #expect(1 - gas.values[2] < 1e-5)
  }

  @Test("gradients by differentiation and by differences move particles alike")
  func gradients() throws {
    func end(_ potential: String) throws -> [Double] {
      let file = """
        entropic: 1
        unknowns:
          q: {in: 'particles(3, dimension=2)', start: [[1, 2], [-1, 0.5], [0.1, -2]]}
        minimize: 'expect(q, \(potential)) - 0.5 * entropy(q)'
        flow: {time: 1, step: 0.05}
        solve: {seed: 3}
        """
      return try #require(try elaborated(file).flow).run { false }.states.last?.points ?? []
    }
    let known = try end("(x, y) -> x^2 + x * y / 2 + exp(y / 2) + y^2")
    // tanh is a function of constants only: its gradient is a difference.
    let differences = try end("(x, y) -> x^2 + x * y / 2 + exp(y / 2) + y^2 + 0 * tanh(x)")
    let vector = try end("z -> z[1]^2 + z[1] * z[2] / 2 + exp(z[2] / 2) + z[2]^2")
    #expect(known.count == 6)
    for (a, b) in zip(known, differences) { #expect(abs(a - b) < 1e-8) }
    for (a, b) in zip(known, vector) { #expect(abs(a - b) < 1e-8) }
  }

  @Test(
    "what cannot flow is said with its place",
    arguments: [
      ("density(-1, 1, points=9)", "-entropy(p)", "flow: {time: 1, step: 0}", "E0609"),
      ("density(-1, 1, points=9)", "-entropy(p)", "flow: {time: -1, step: 0.1}", "E0609"),
      ("density(-1, 1, points=9)", "-entropy(p)", "flow: {time: 1e9, step: 1e-9}", "E0609"),
      ("density(-1, 1, points=9)", "-entropy(p)", "flow: {time: 1, step: 0.1, save: 0}", "E0608"),
      ("density(-1, 1, points=9)", "-entropy(p)", "flow: {step: 0.1}", "E0205"),
      ("density(-1, 1, points=9)", "entropy(p)", "flow: {time: 1, step: 0.1}", "E0404"),
      (
        "density(-1, 1, points=9)", "internal_energy(p, 2) - entropy(p)", "flow: {time: 1, step: 0.1}",
        "E0404"
      ),
      (
        "density(-1, 1, points=9)", "expect(p, x -> log(x)) - entropy(p)", "flow: {time: 1, step: 0.1}",
        "E0604"
      ),
      (
        "density(-1, 1, points=9)", "-entropy(p)", "flow: {time: 1, step: 0.1}\nsolve: {method: svgd}",
        "E0213"
      ),
      ("law(-1, 1)", "-entropy(p)", "flow: {time: 1, step: 0.1}", "E0404"),
      ("channel(2, 2)", "sum(p)", "flow: {time: 1, step: 0.1}", "E0404"),
      ("particles(9)", "-entropy(p)", "flow: {time: 1, step: 0.1}", "E0404"),
      ("particles(9)", "expect(p, x -> x^2) + variance(p, x -> x)", "flow: {time: 1, step: 0.1}", "E0404"),
      ("particles(9)", "expect(p, x -> log(x)) - entropy(p)", "flow: {time: 1, step: 0.1}", "E0604"),
      ("particles(9)", "expect(p, x -> x^2)", "flow: {time: 1, step: 0.1}\nsolve: {method: mala}", "E0404"),
      ("particles(9)", "expect(p, (x, y) -> x^2) - entropy(p)", "flow: {time: 1, step: 0.1}", "E0601"),
      ("simplex(3)", "interaction(p, z -> z^2)", "", "E0322"),
    ])
  func refused(_ unknown: String, _ objective: String, _ rest: String, _ code: String) {
    let text = "entropic: 1\nunknowns:\n  p: '\(unknown)'\nminimize: '\(objective)'\n\(rest)\n"
    #expect(fault(text)?.code.rawValue == code, "\(fault(text)?.text ?? "accepted")")
    #expect(fault(text)?.line != nil)
  }

  @Test("degenerate flows have answers: one particle, time 0, one cell")
  func degenerate() throws {
    func run(_ unknown: String, _ objective: String, _ time: Double) throws -> FlowProblem.Run {
      try #require(
        try elaborated(
          "entropic: 1\nunknowns:\n  p: '\(unknown)'\nminimize: '\(objective)'\nflow: {time: \(time), step: 0.1}\n"
        ).flow
      ).run { false }
    }
    let one = try run("particles(1)", "expect(p, x -> x^2 / 2) - entropy(p)", 1)
    #expect(one.isComplete && one.diagnostics?.discrepancy == nil && one.states.count == 11)
    let still = try run("density(-1, 1, points=9)", "-entropy(p)", 0)
    #expect(still.states.count == 1 && still.isComplete)
    let cell = try run("density(-1, 1, points=1)", "expect(p, x -> x) - entropy(p)", 1)
    #expect(cell.states.last?.masses == [1])
    // A cliff that no step can follow ends the flow with a reason.
    let cliff = try run("density(-1, 1, points=10)", "expect(p, x -> 1e308 * x^2) - entropy(p)", 1)
    #expect(!cliff.isComplete && cliff.failure != nil && cliff.states.count == 1)
  }
}
