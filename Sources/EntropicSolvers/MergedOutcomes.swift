import EntropicModel
import EntropicNumerics

/// A program with one outcome for every group of duplicates, and the way back.
///
/// Rows, maps and their multipliers stay what they are, so that evidence needs no translation; points (the tangent point
/// too) are shared out, and the bound of the original program at the shared point is the bound of the merged one.
struct MergedOutcomes: Sendable {
  let program: Program
  private let selection: EntrySelection
  /// For every outcome its place in the merged program and its share of the mass there.
  private let place: [Int]
  private let share: [Double]
  /// Merged outcomes whose mass may be shared in more than one way.
  private let ties: [Int]

  /// nil when there is nothing to merge.
  init?(_ original: Program) {
    guard let duplicates = DuplicateOutcomes(original) else { return nil }
    var isGone = [Bool](repeating: false, count: original.count)
    for group in duplicates.groups { for i in group.members.dropFirst() { isGone[i] = true } }
    let selection = EntrySelection(
      isFixed: isGone, values: [Double](repeating: 0, count: original.count))
    var place = selection.position
    var share = [Double](repeating: 1, count: original.count)
    var lower = original.layout.lower
    var upper = original.layout.upper
    for group in duplicates.groups {
      let first = group.members[0]
      for (i, w) in zip(group.members, group.shares) {
        place[i] = selection.position[first]
        share[i] = w
      }
      lower[first] *= Double(group.members.count)
      upper[first] *= Double(group.members.count)
    }
    var layout = Layout()
    for (s, slice) in original.layout.simplices.enumerated() {
      let count = slice.range.reduce(0) { $0 + (isGone[$1] ? 0 : 1) }
      layout.append(name: "simplex \(s + 1)", kind: .simplex, shape: [count], mass: slice.mass)
    }
    layout.lower = selection.restrict(lower)
    layout.upper = selection.restrict(upper)
    func row(_ row: ConstraintRow) -> ConstraintRow {
      let kept = row.columns.indices.filter { !isGone[row.columns[$0]] }
      return ConstraintRow(
        name: row.name, columns: kept.map { selection.position[row.columns[$0]] },
        values: kept.map { row.values[$0] }, bound: row.bound)
    }
    func functional(_ f: Functional, _ index: Int) -> Functional {
      duplicates.merged(f, index: index).restricted(to: selection)
    }
    self.selection = selection
    self.place = place
    self.share = share
    ties = duplicates.groups.filter(\.isTie).map { selection.position[$0.members[0]] }
    var merged = Program(
      layout: layout, objective: functional(original.objective, 0),
      equalities: original.equalities.map(row), inequalities: original.inequalities.map(row),
      convex: original.convex.enumerated().map { k, constraint in
        ConvexConstraint(
          name: constraint.name, functional: functional(constraint.functional, k + 1),
          bound: constraint.bound)
      })
    if let start = original.start { merged.start = MergedOutcomes.gathered(start, place, layout.count) }
    program = merged
  }

  /// Some simplex is one outcome now, and with it decided.
  var leavesPoints: Bool { program.layout.simplices.contains { $0.count == 1 } }

  private static func gathered(_ full: [Double], _ place: [Int], _ count: Int) -> [Double] {
    var part = [Double](repeating: 0, count: count)
    for (i, mass) in full.enumerated() { part[place[i]] += mass }
    return part
  }

  /// Masses of the original program, added up.
  func gather(_ full: [Double]) -> [Double] { MergedOutcomes.gathered(full, place, program.count) }

  private func spread(_ part: [Double]) -> [Double] { place.indices.map { share[$0] * part[place[$0]] } }

  func restore(_ candidate: Candidate) -> Candidate {
    var out = candidate
    out.point = spread(candidate.point)
    out.evidence.tangent = candidate.evidence.tangent.map(spread)
    if ties.contains(where: { candidate.point[$0] > 0 }), !out.flags.contains(.nonunique) {
      out.flags.append(.nonunique)
    }
    return out
  }

  func reduce(_ candidate: Candidate) -> Candidate {
    var out = candidate
    out.point = gather(candidate.point)
    out.evidence.tangent = candidate.evidence.tangent.map(gather)
    return out
  }
}
