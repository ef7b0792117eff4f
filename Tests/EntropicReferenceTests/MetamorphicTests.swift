import Entropic
import Testing

/// The same problem in other units, order or with something superfluous: same status, overlapping intervals.
@Suite("metamorphic relations")
struct MetamorphicTests {
  /// Convex cases small enough to be solved many times; units of 1e300 leave no room for scaling.
  static let cases = ReferenceTests.cases.filter {
    $0.status != "nonconvex-stationary" && !$0.tags.contains("extreme") && !$0.tags.contains("large")
      && !$0.tags.contains("approximate")
  }

  private func compare(
    _ test: CatalogueCase, _ base: Outcome, _ changed: Outcome, by factor: Double, _ what: String
  ) {
    #expect(
      changed.status == base.status,
      "\(test.id), \(what): \(changed.status) for \(base.status), \(ReferenceTests.describe(changed))")
    guard let a = base.answerIfAny?.certificate, let b = changed.answerIfAny?.certificate,
      base.status == "optimal",
      changed.status == "optimal"
    else { return }
    #expect(
      a.lower * factor <= b.upper && b.lower <= a.upper * factor, "\(test.id), \(what): intervals are apart")
  }

  @Test("objective times 1e6 and 1e-6", arguments: cases)
  func objective(test: CatalogueCase) throws {
    let program = try #require(CatalogueProblem(test)).build().program
    let base = Solver.run(program)
    for factor in [1e6, 1e-6] {
      var changed = program
      changed.objective = Functional(count: program.count)
      changed.objective.add(program.objective, weight: factor)
      compare(test, base, Solver.run(changed), by: factor, "objective times \(factor)")
    }
  }

  @Test("rows times 1e12 and 1e-12, and a redundant row", arguments: cases)
  func rows(test: CatalogueCase) throws {
    let program = try #require(CatalogueProblem(test)).build().program
    guard !program.equalities.isEmpty || !program.inequalities.isEmpty else { return }
    let base = Solver.run(program)
    func scaled(_ row: ConstraintRow, _ c: Double) -> ConstraintRow {
      ConstraintRow(
        name: row.name, columns: row.columns, values: row.values.map { c * $0 }, bound: c * row.bound)
    }
    for factor in [1e12, 1e-12] {
      var changed = program
      changed.equalities = program.equalities.map { scaled($0, factor) }
      changed.inequalities = program.inequalities.map { scaled($0, factor) }
      compare(test, base, Solver.run(changed), by: 1, "rows times \(factor)")
    }
    var redundant = program
    if let row = program.equalities.first { redundant.equalities.append(scaled(row, 2)) }
    if let row = program.inequalities.first { redundant.inequalities.append(scaled(row, 2)) }
    compare(test, base, Solver.run(redundant), by: 1, "a redundant row")
  }

  @Test("outcomes in reverse order", arguments: cases)
  func permuted(test: CatalogueCase) throws {
    let program = try #require(CatalogueProblem(test)).build().program
    let f = program.objective
    guard f.hasNoComposites, program.convex.isEmpty else { return }
    var changed = program
    for slice in program.layout.simplices {
      for k in slice.range {
        let from = slice.first + slice.count - 1 - (k - slice.first)
        changed.objective.linear[k] = f.linear[from]
        if !f.entropic.isEmpty { changed.objective.entropic[k] = f.entropic[from] }
        if !f.barrier.isEmpty { changed.objective.barrier[k] = f.barrier[from] }
        if !f.linearError.isEmpty { changed.objective.linearError[k] = f.linearError[from] }
        for t in f.powers.indices { changed.objective.powers[t].weights[k] = f.powers[t].weights[from] }
        changed.layout.upper[k] = program.layout.upper[from]
        changed.layout.lower[k] = program.layout.lower[from]
      }
    }
    func turned(_ row: ConstraintRow) -> ConstraintRow {
      var dense = [Double](repeating: 0, count: program.count)
      for k in row.columns.indices { dense[row.columns[k]] = row.values[k] }
      var entries: [(Int, Double)] = []
      for slice in program.layout.simplices {
        for k in slice.range {
          let value = dense[slice.first + slice.count - 1 - (k - slice.first)]
          if value != 0 { entries.append((k, value)) }
        }
      }
      return ConstraintRow(
        name: row.name, columns: entries.map(\.0), values: entries.map(\.1), bound: row.bound)
    }
    changed.equalities = program.equalities.map(turned)
    changed.inequalities = program.inequalities.map(turned)
    compare(test, Solver.run(program), Solver.run(changed), by: 1, "reversed")
  }
}
