import EntropicModel
import EntropicNumerics

/// The columns of the outcomes of a program: everything that tells one outcome of a simplex from another, as numbers
/// in places. Outcomes with equal columns are duplicates (see `DuplicateOutcomes`).
///
/// Columns are compared by a 64-bit fingerprint first, and entry by entry where fingerprints agree, so that the cost is
/// one pass over the stored entries, and a second one over those of the candidates.
struct OutcomeColumns {
  private let program: Program
  private let functionals: [Functional]
  /// The functional whose costs decide the shares of an outcome; -1 where all costs belong to the column.
  private let decisive: [Int]
  /// Outcomes with a bound, a barrier or a power: their costs belong to the column.
  let needsEqualCosts: [Bool]
  /// Outcomes that share their fingerprint with another, by fingerprint, in the order of their first member.
  private(set) var repeated: [[Int]]

  init(_ program: Program, _ functionals: [Functional], _ weights: [[Double]]) {
    self.program = program
    self.functionals = functionals
    let layout = program.layout
    let needsEqualCosts = (0..<program.count).map { i in
      layout.lower[i] > 0 || layout.upper[i] < .infinity
        || functionals.contains { f in
          !f.barrier.isEmpty && f.barrier[i] > 0 || f.powers.contains { $0.weights[i] > 0 }
        }
    }
    self.needsEqualCosts = needsEqualCosts
    decisive = (0..<program.count).map { i in
      if needsEqualCosts[i] { return -1 }
      var found = 0
      var curved = 0
      for f in weights.indices where weights[f][i] > 0 {
        curved += 1
        found = f
      }
      return curved > 1 ? -1 : found
    }
    repeated = []
    // The first rows tell most columns apart; all of them are read only where some agree so far.
    if !OutcomeColumns.repeated(marks(rows: 16)).isEmpty {
      repeated = OutcomeColumns.repeated(marks(rows: .max))
    }
  }

  /// A fingerprint of every column from its first entries in every map.
  private func marks(rows: Int) -> [UInt64] {
    var marks = [UInt64](repeating: 0x9E37_79B9_7F4A_7C15, count: program.count)
    forEachEntry(rows) { i, place, value in
      var h = marks[i] ^ (UInt64(truncatingIfNeeded: place) &* 0xBF58_476D_1CE4_E5B9) ^ value.bitPattern
      h = (h ^ (h >> 30)) &* 0xBF58_476D_1CE4_E5B9
      h = (h ^ (h >> 27)) &* 0x94D0_49BB_1331_11EB
      marks[i] = h ^ (h >> 31)
    }
    return marks
  }

  /// Outcomes that share their fingerprint with another, by fingerprint, in the order of their first member.
  private static func repeated(_ marks: [UInt64]) -> [[Int]] {
    // An open table of first members: nothing is allocated for outcomes that are alone.
    var size = 2
    while size < 2 * marks.count { size *= 2 }
    var seats = [Int](repeating: -1, count: size)
    var lists: [Int: [Int]] = [:]
    for (i, mark) in marks.enumerated() {
      var seat = Int(truncatingIfNeeded: mark & UInt64(size - 1))
      while seats[seat] >= 0, marks[seats[seat]] != mark { seat = (seat + 1) & (size - 1) }
      if seats[seat] < 0 {
        seats[seat] = i
      } else {
        lists[seats[seat], default: [seats[seat]]].append(i)
      }
    }
    return lists.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The candidates whose columns agree with that of the first one of their list, entry by entry.
  func confirmed(_ candidates: [[Int]]) -> [[Int]] {
    var isWanted = [Bool](repeating: false, count: program.count)
    for list in candidates { for i in list { isWanted[i] = true } }
    var columns = [[(place: Int, value: Double)]](repeating: [], count: program.count)
    forEachEntry { i, place, value in if isWanted[i] { columns[i].append((place, value)) } }
    return candidates.compactMap { list in
      let model = columns[list[0]]
      let equal = list.filter { i in
        columns[i].count == model.count
          && zip(columns[i], model).allSatisfy { $0.place == $1.place && $0.value == $1.value }
      }
      return equal.count > 1 ? equal : nil
    }
  }

  /// Calls `body(outcome, place, value)` for the entries that are not 0, in a fixed order; of every map at most `most`
  /// rows.
  private func forEachEntry(_ most: Int = .max, _ body: (Int, Int, Double) -> Void) {
    let layout = program.layout
    for (s, slice) in layout.simplices.enumerated() { for i in slice.range { body(i, 0, Double(s + 1)) } }
    var place = 1
    func put(_ list: [Double]) {
      for i in list.indices where list[i] != 0 { body(i, place, list[i]) }
      place += 1
    }
    func put(_ map: LinearMap) {
      for r in 0..<min(map.rows, most) {
        map.forEachEntry(ofRow: r) { if $1 != 0 { body($0, place + r, $1) } }
      }
      place += map.rows
    }
    for row in program.equalities + program.inequalities {
      for (i, a) in zip(row.columns, row.values) where a != 0 { body(i, place, a) }
      place += 1
    }
    put(layout.lower)
    put(layout.upper.map { $0 == .infinity ? 0 : $0 + 1 })
    for (f, functional) in functionals.enumerated() {
      put(costs(f))
      put(functional.entropic)
      put(functional.barrier)
      for term in functional.powers { put(term.weights) }
      for term in functional.composites {
        if case .quadratic(let q, _) = term.outer {
          putForm(q, term.map, most, at: &place, body)
        } else {
          put(term.map)
        }
      }
      for term in functional.conditionals { put(.sparse(term.map)) }
      for term in functional.information { putRegressors(term, at: &place, body) }
    }
  }

  /// Costs that duplicates must share: all of them for some outcomes, otherwise those of every functional but the one
  /// that decides the shares.
  private func costs(_ f: Int) -> [Double] {
    functionals[f].linear.enumerated().map { decisive[$0.offset] == f ? 0 : $0.element }
  }

  /// A quadratic form sees only p_i + p_j when its rows i and j are equal.
  private func putForm(
    _ q: Matrix, _ map: LinearMap, _ most: Int, at place: inout Int, _ body: (Int, Int, Double) -> Void
  ) {
    for r in 0..<q.rows {
      var home = 0
      map.forEachEntry(ofRow: r) { if $1 != 0 { home = $0 } }
      for c in 0..<min(q.columns, most) where q[r, c] != 0 { body(home, place + c, q[r, c]) }
    }
    place += q.columns
  }

  /// Regressors x and -x have the same x x'.
  private func putRegressors(
    _ term: InformationTerm, at place: inout Int, _ body: (Int, Int, Double) -> Void
  ) {
    let d = term.regressors.columns
    for i in 0..<term.regressors.rows where term.scale[i] != 0 {
      var sign = 0.0
      body(term.first + i, place, term.scale[i])
      for b in 0..<d where term.regressors[i, b] != 0 {
        if sign == 0 { sign = term.regressors[i, b] > 0 ? 1 : -1 }
        body(term.first + i, place + 1 + b, sign * term.regressors[i, b])
      }
    }
    place += d + 1
  }
}
