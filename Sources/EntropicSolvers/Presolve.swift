import EntropicModel
import EntropicNumerics

/// What presolve made of a program.
public enum Presolved: Sendable {
  /// A smaller program with the same optimum, and the way back.
  case reduced(Program, Restoration)
  /// No point is feasible; the evidence is in terms of the original program and has been checked.
  case infeasible(Evidence)
  /// Everything is fixed; the candidate is in terms of the original program.
  case solved(Candidate)
}

/// Removes what the constraints decide by themselves.
///
/// - Outcomes with equal bounds (forced zeros first) leave the program; what they contribute becomes
///   constants.
/// - A row that can hold only at its largest or smallest value puts all mass on the outcomes that attain it;
///   a row with one outcome left fixes its mass; until nothing changes.
/// - Rows that always hold, rows parallel to a simplex sum, and duplicates of other rows go; two opposite
///   inequalities with one bound become an equation; contradictions end in evidence.
/// - Rows of extreme size are divided by a power of two.
/// - Outcomes that the program cannot tell apart become one (see `DuplicateOutcomes`).
///
/// Every decision is recorded, so that `Restoration` can give multipliers to the rows that are gone. Nothing
/// is believed: the certificate judges the restored point on the original program.
/// - Complexity: O(stored entries) a round, few rounds.
/// - Source: E. Andersen, K. Andersen, Math. Program. 71 (1995), doi:10.1007/BF01586000, for the row rules.
public struct Presolve: Sendable {
  /// The steps, each of which may be left out.
  public struct Steps: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let fixedEntries = Steps(rawValue: 1)
    public static let singletonRows = Steps(rawValue: 2)
    public static let activityBounds = Steps(rawValue: 4)
    public static let redundantRows = Steps(rawValue: 8)
    public static let parallelRows = Steps(rawValue: 16)
    public static let rowScaling = Steps(rawValue: 32)
    public static let duplicateOutcomes = Steps(rawValue: 64)
    public static let all: Steps = [
      .fixedEntries, .singletonRows, .activityBounds, .redundantRows, .parallelRows, .rowScaling,
      .duplicateOutcomes,
    ]
  }

  public static func run(_ program: Program) -> Presolved { run(program, steps: .all) }

  public static func run(_ program: Program, steps: Steps) -> Presolved {
    let presolved = rows(program, steps)
    guard steps.contains(.duplicateOutcomes), case .reduced(let reduced, let back) = presolved,
      let merged = MergedOutcomes(reduced)
    else { return presolved }
    let whole = back.followed(by: .merged(merged))
    guard merged.leavesPoints else { return .reduced(merged.program, whole) }
    // A simplex with one outcome left is decided, and with it perhaps some rows.
    switch rows(merged.program, steps) {
    case .reduced(let program, let inner): return .reduced(program, whole.followed(by: .rows(inner)))
    case .solved(let candidate): return .solved(whole.restore(candidate))
    case .infeasible: return presolved
    }
  }

  /// What the rows, the bounds and the sums decide.
  private static func rows(_ program: Program, _ steps: Steps) -> Presolved {
    var reduction = Reduction(program, steps: steps)
    if let evidence = reduction.reduce() { return .infeasible(evidence) }
    let selection = EntrySelection(isFixed: reduction.isFixed, values: reduction.value)
    if selection.isIdentity, !reduction.hasChangedRows,
      !steps.contains(.rowScaling) || !reduction.hasExtremeRows
    {
      return .reduced(program, .identity(for: program))
    }
    if selection.kept.isEmpty {
      let restoration = Restoration(
        original: program, selection: selection, equalities: [], inequalities: [], events: reduction.events)
      return .solved(
        restoration.restore(Candidate(point: [], evidence: Evidence(convex: program.convex.map { _ in 0 }))))
    }
    return assemble(program, reduction, selection, steps)
  }

  private static func assemble(
    _ program: Program, _ reduction: Reduction, _ selection: EntrySelection, _ steps: Steps
  ) -> Presolved {
    let layout = reducedLayout(program.layout, selection)
    var equalities: [ConstraintRow] = []
    var inequalities: [ConstraintRow] = []
    var equalitySources: [RowSource] = []
    var inequalitySources: [RowSource] = []
    for row in reduction.rows where row.isAlive {
      let part = reduction.freePart(of: row)
      let size = part.values.reduce(0) { max($0, abs($1)) }
      var factor = 1.0
      if steps.contains(.rowScaling), size > 0, size.isFinite, Reduction.isExtreme(size) {
        factor = Double(sign: .plus, exponent: -size.exponent, significand: 1)
      }
      let reduced = ConstraintRow(
        name: row.name, columns: part.columns.map { selection.position[$0] },
        values: part.values.map { $0 * factor }, bound: part.bound * factor)
      if row.isEquality {
        equalities.append(reduced)
        equalitySources.append(row.source.scaled(by: factor))
      } else {
        inequalities.append(reduced)
        inequalitySources.append(row.source.scaled(by: factor))
      }
    }
    let reduced = Program(
      layout: layout, objective: program.objective.restricted(to: selection), equalities: equalities,
      inequalities: inequalities,
      convex: program.convex.map {
        ConvexConstraint(name: $0.name, functional: $0.functional.restricted(to: selection), bound: $0.bound)
      },
      isConvex: program.isConvex, start: program.start.map { selection.restrict($0) })
    let restoration = Restoration(
      original: program, selection: selection, equalities: equalitySources, inequalities: inequalitySources,
      events: reduction.events)
    return .reduced(reduced, restoration)
  }

  /// One block a simplex that has free entries left, with the mass that they share.
  private static func reducedLayout(_ layout: Layout, _ selection: EntrySelection) -> Layout {
    if selection.isIdentity { return layout }
    var out = Layout()
    for (s, slice) in layout.simplices.enumerated() {
      let free = slice.range.filter { selection.position[$0] >= 0 }
      guard !free.isEmpty else { continue }
      let rest = slice.range.map { -selection.values[$0] }
      let mass = free.count == slice.count ? slice.mass : Kernel.compensatedSum([slice.mass] + rest)
      out.append(name: "simplex \(s + 1)", kind: .simplex, shape: [free.count], mass: mass)
    }
    out.lower = selection.restrict(layout.lower)
    out.upper = selection.restrict(layout.upper)
    return out
  }
}
