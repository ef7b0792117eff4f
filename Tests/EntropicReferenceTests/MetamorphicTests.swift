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

  /// Without entropy or other curvature of single masses a second copy of an outcome changes nothing.
  @Test("the first outcome twice")
  func duplicated() throws {
    var count = 0
    for test in Self.cases {
      let program = try #require(CatalogueProblem(test)).build().program
      let f = program.objective
      let isPlain = f.entropic.isEmpty && f.barrier.isEmpty && f.powers.isEmpty && f.conditionals.isEmpty
      let hasOnlyRows = f.composites.allSatisfy { if case .quadratic = $0.outer { false } else { true } }
      guard isPlain, hasOnlyRows, f.information.isEmpty, f.maxima.isEmpty, f.smooth.isEmpty,
        program.convex.isEmpty,
        program.layout.simplices.count == 1, !program.layout.isBounded
      else { continue }
      count += 1
      let n = program.count
      var layout = Layout()
      layout.append(name: "p", kind: .simplex, shape: [n + 1], mass: program.layout.simplices[0].mass)
      var objective = Functional(count: n + 1)
      objective.linear = f.linear + [f.linear[0]]
      objective.linearError = f.linearError.isEmpty ? [] : f.linearError + [f.linearError[0]]
      objective.constant = f.constant
      objective.constantError = f.constantError
      objective.composites = f.composites.map { term in
        let rows = (0..<term.map.rows).map { j -> SparseRow in
          var row: SparseRow = []
          term.map.forEachEntry(ofRow: j) { column, value in
            row.append((column, value))
            if column == 0 { row.append((n, value)) }
          }
          return row
        }
        return Composite(
          weight: term.weight, outer: term.outer, map: .from(rows: rows, columns: n + 1), offset: term.offset)
      }
      func twice(_ row: ConstraintRow) -> ConstraintRow {
        guard row.columns.first == 0 else { return row }
        return ConstraintRow(
          name: row.name, columns: row.columns + [n], values: row.values + [row.values[0]], bound: row.bound)
      }
      let changed = Program(
        layout: layout, objective: objective, equalities: program.equalities.map(twice),
        inequalities: program.inequalities.map(twice))
      compare(test, Solver.run(program), Solver.run(changed), by: 1, "the first outcome twice")
    }
    #expect(count >= 30, "\(count) cases")
  }
}
