import EntropicFlows
import EntropicModel
import EntropicNumerics

extension Report {
  /// A flow in a report: the states with their energies, and of particles what is known about them at the end.
  package struct Flow: Sendable {
    package var name: String
    package var kind: String
    package var time: Double
    package var step: Double
    package var steps: Int
    package var halvings: Int
    package var massDefect: Double?
    package var failure: String?
    package var valueNames: [String]
    package var states: [FlowProblem.State]
    package var grid: Grid?
    /// The shape of the masses, or of the coordinates of particles.
    package var shape: [Int]
    package var diagnostics: CloudFlow.Diagnostics?
  }

  /// The report of a flow.
  package init(_ run: FlowProblem.Run, of problem: FlowProblem) {
    self.init(status: run.isComplete ? "estimated" : "limit", exitCode: run.isComplete ? 13 : 20)
    if !run.isComplete { reason = run.failure == nil ? "interrupted" : "flow" }
    if run.failure != nil { (status, exitCode, reason) = ("stalled", 22, "progress") }
    var record = RunRecord()
    record.methods = [problem.method]
    record.iterations = run.steps
    record.evaluations = run.steps
    record.why = problem.why
    self.record = record
    let last = run.states.last
    objective = Objective(sense: problem.sense, value: last?.energy)
    var kind = "fisher-rao"
    var shape: [Int] = []
    switch problem.course {
    case .density: (kind, shape) = ("wasserstein", [problem.grid?.count ?? 0])
    case .masses: shape = problem.unknown?.shape ?? []
    case .cloud(let flow): (kind, shape) = ("particles", [flow.start.count, flow.start.dimension])
    }
    flow = Flow(
      name: problem.name, kind: kind, time: problem.time, step: problem.step, steps: run.steps,
      halvings: run.halvings, massDefect: run.massDefect, failure: run.failure,
      valueNames: run.diagnostics == nil ? problem.evaluations.map(\.name) : ["mean_potential"],
      states: run.states, grid: problem.grid, shape: shape, diagnostics: run.diagnostics)
    proof = .words(
      level: run.diagnostics == nil ? "numerical" : "statistical", explanation(run), multipliers: [])
    if let unknown = problem.unknown, let last {
      laws = [
        Law(
          name: unknown.name, kind: unknown.kind, shape: unknown.shape, mass: 1, labels: unknown.labels,
          outcomes: unknown.outcomes, masses: last.masses)
      ]
    }
    if problem.grid != nil { flags = [.discretised] }
  }

  private func explanation(_ run: FlowProblem.Run) -> String {
    if let failure = run.failure { return failure }
    return run.diagnostics == nil
      ? "errors of the steps are estimated by halving them; the error of a grid comes on top"
      : "diagnostics of the particles, no proof"
  }
}

extension Report.Flow {
  package var document: DocumentValue {
    .object([
      "kind": .text(kind),
      "time": .number(time),
      "step": .number(step),
      "steps": .integer(steps),
      "halvings": .integer(halvings),
      "mass_defect": massDefect.map { .number($0) },
      "grid": grid.map { grid in
        .object([
          "from": .numbers(grid.axes.map(\.from)), "to": .numbers(grid.axes.map(\.to)),
          "points": .list(grid.axes.map { .integer($0.cells) }),
          "ends": .text(grid.axes[0].ends == .periodic ? "periodic" : "reflecting"),
        ])
      },
      "diagnostics": diagnostics?.document,
      "states": .list(states.map(document)),
    ])
  }

  private func document(_ state: FlowProblem.State) -> DocumentValue {
    .object([
      "time": .number(state.time),
      "energy": state.energy.map { .number($0) },
      "energy_error": state.energyError.map { .number($0) },
      "values": valueNames.isEmpty
        ? nil : .object(zip(valueNames, state.values).map { .init(key: $0, value: .number($1)) }),
      "value_errors": state.valueErrors.map { errors in
        .object(zip(valueNames, errors).map { .init(key: $0, value: .number($1)) })
      },
      "probabilities": state.masses.isEmpty ? nil : .array(state.masses, shape: shape),
      "points": state.points.isEmpty ? nil : .array(state.points, shape: shape),
    ])
  }

  /// The flow for people: a table of times.
  var lines: [String] {
    var lines = [
      "flow of \(Diagnostic.escaped(name)), \(steps) step\(steps == 1 ? "" : "s") to the time \(NumberText.short(time))"
    ]
    let hasEnergy = states.contains { $0.energy != nil }
    let heads = ["time"] + (hasEnergy ? ["energy", "error"] : []) + valueNames.map { Diagnostic.escaped($0) }
    lines.append("  " + heads.map { LawText.padded($0, to: 14) }.joined())
    let stride = max(1, (states.count + 19) / 20)
    for (k, state) in states.enumerated() where k % stride == 0 || k + 1 == states.count {
      var cells = [NumberText.short(state.time)]
      if hasEnergy {
        cells.append(state.energy.map { NumberText.short($0, digits: 9) } ?? "")
        cells.append(state.energyError.map { NumberText.short($0, digits: 2) } ?? "")
      }
      cells += state.values.map { NumberText.short($0, digits: 9) }
      var line = "  " + cells.map { LawText.padded($0, to: 14) }.joined()
      while line.last == " " { line.removeLast() }
      lines.append(line)
    }
    if let diagnostics { lines += [""] + diagnostics.lines(name) }
    return lines
  }
}

extension CloudFlow.Diagnostics {
  var document: DocumentValue {
    .object([
      "mean": .numbers(mean),
      "covariance": .array(covariance.elements, shape: [covariance.rows, covariance.columns]),
      "stein_discrepancy": discrepancy.map { found in
        .object([
          "squared": .number(found.squared), "standard_error": .number(found.standardError),
          "interval": .numbers([found.interval.lowerBound, found.interval.upperBound]),
          "distance": .number(found.distance), "told_from_target": .bool(found.isFar),
        ])
      },
      "chains": chains.isEmpty
        ? nil
        : .list(
          chains.map { chain in
            .object([
              "mean": .number(chain.mean), "standard_error": .number(chain.standardError),
              "interval": .numbers([chain.interval.lowerBound, chain.interval.upperBound]),
              "effective_sample_size": .number(chain.effectiveSampleSize),
              "split_r_hat": .optional(chain.splitRHat.isFinite ? chain.splitRHat : nil),
            ])
          }),
      "acceptance": acceptance.map { .number($0) },
    ])
  }

  func lines(_ name: String) -> [String] {
    var lines = ["\(Diagnostic.escaped(name)), particles at the end"]
    for k in mean.indices.prefix(12) {
      var line =
        "  \(k + 1)  mean \(NumberText.short(mean[k], digits: 6)), standard deviation "
        + NumberText.short(covariance[k, k].squareRoot(), digits: 6)
      if chains.indices.contains(k) {
        let chain = chains[k]
        line +=
          "; long run \(NumberText.short(chain.mean, digits: 6)) +- "
          + "\(NumberText.short(chain.standardError, digits: 2)), effective draws "
          + "\(NumberText.short(chain.effectiveSampleSize, digits: 3)), split R-hat "
          + NumberText.short(chain.splitRHat, digits: 4)
      }
      lines.append(line)
    }
    if let discrepancy {
      lines.append(
        "  kernel Stein discrepancy \(NumberText.short(discrepancy.distance, digits: 3)); squared, without bias, "
          + "\(NumberText.short(discrepancy.squared, digits: 3)) +- "
          + "\(NumberText.short(discrepancy.standardError, digits: 2))"
          + (discrepancy.isFar ? ": told from the target" : ": not told from the target"))
    }
    if let acceptance {
      lines.append("  moves taken \(NumberText.short(acceptance, digits: 3))")
    }
    return lines
  }
}
