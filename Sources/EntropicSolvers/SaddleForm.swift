import EntropicModel
import EntropicNumerics

/// A program as the saddle problem that the interior point solves.
///
///     min over p, t   max over beta     f(p) + beta . r(p) + t . (balance of beta)
///
/// f is the smooth part of the objective. `beta` stacks the multipliers of the equalities (the sums of the
/// simplices first), of the inequalities, of the convex constraints, and the slopes of every non-smooth
/// composite, because
///
///     |u|           = max { omega . u : -w <= omega <= w }
///     maximum(caps) = max { omega . u : 0 <= omega <= caps, sum omega = 1 }
///     norm          = max { omega . u : |omega| <= 1 }
///     -lambda_min M = max { -<Z, M> : Z >= 0, tr Z = 1 }
///
/// so that a kink needs no epigraph variable of its own: its slopes live in a box, a ball or a
/// spectrahedron, and they are what the certificate wants. Inside a convex constraint all of this is
/// multiplied by the constraint's multiplier, which makes the sets cones. The epigraph value appears only
/// as the free multiplier `t` of `sum omega = 1` and `tr Z = 1`.
///
/// Everything is scaled: the objective by its variation at the start, rows by their largest entry after the
/// bound is spread over the simplex (a . p = b is (a - b 1) . p = 0 there), convex constraints by their
/// variation.
struct SaddleForm: Sendable {
  /// Rows `first...` of r: scale map p + offset.
  struct Piece: Sendable {
    let map: LinearMap
    let scale: Double
    let offset: [Double]
    let first: Int
  }

  /// A sign condition on beta: constant + a beta_i + b beta_j >= 0.
  struct Form: Sendable {
    let i: Int
    let a: Double
    var j = -1
    var b = 0.0
    var constant = 0.0

    func value(_ beta: [Double]) -> Double { constant + direction(beta) }
    func direction(_ d: [Double]) -> Double { a * d[i] + (j >= 0 ? b * d[j] : 0) }
  }

  /// A second-order or semidefinite condition on the entries `range` of beta.
  struct Cone: Sendable {
    enum Kind: Sendable, Equatable {
      /// (weight y, nu) in the second-order cone.
      case ball
      /// The packed symmetric matrix of this order is positive semidefinite.
      case spectral(Int)
    }
    let kind: Kind
    let range: Range<Int>
    let host: Int?
    let weight: Double
  }

  /// The balance weight y - sum of some beta = 0, with multiplier t.
  struct Balance: Sendable {
    let members: [Int]
    let host: Int?
    let weight: Double
  }

  /// Where the slopes of a non-smooth term are.
  struct Kink: Sendable {
    /// Index of the convex constraint, nil for the objective.
    let owner: Int?
    /// Index among the composites, or among the information terms.
    let term: Int
    /// Order of the matrix of an information term.
    let order: Int?
    let isBall: Bool
    /// Rows of the image that carry weight, and the length of the image.
    let rows: [Int]
    let count: Int
    let range: Range<Int>
    let weight: Double
  }

  let program: Program
  let count: Int
  /// How small a product of a pair may be, relative to the average.
  ///
  /// 1e-8 suits almost everything. In a conditional entropy the slope log(x / v) of a mass that a step takes almost to
  /// 0, while the sum v stays, has little to do with its linear model, and the way back takes many short steps; near
  /// the central path x moves with mu. Measured on 48 rate-distortion problems with 2 or 3 rows: 35 iterations on
  /// average and 169 at most with 1e-8, 22 and 35 with 1e-2.
  let centrality: Double
  let smooth: Functional
  let constraints: [Functional]
  let objectiveScale: Double
  let constraintScale: [Double]
  let rowScale: [Double]
  /// For every kept equality row of beta, behind the simplices: its index in the program.
  let equalityIndex: [Int]
  let equalities: Range<Int>
  let inequalities: Range<Int>
  let convex: Range<Int>
  let pieces: [Piece]
  let forms: [Form]
  let cones: [Cone]
  let balances: [Balance]
  let kinks: [Kink]
  /// Length of beta.
  let multipliers: Int
  /// Multipliers of equalities that contradict each other, when there are some.
  let contradiction: Evidence?

  init(_ program: Program, at p: [Double]) {
    self.program = program
    count = program.count
    let functionals = [program.objective] + program.convex.map(\.functional)
    centrality = functionals.allSatisfy(\.conditionals.isEmpty) ? 1e-8 : 1e-2
    let (smooth, kinked) = SaddleForm.split(program.objective)
    self.smooth = smooth
    let splits = program.convex.map { SaddleForm.split($0.functional) }
    constraints = splits.map(\.0)
    let layout = program.layout
    let phi = 1 / SaddleForm.variation(smooth, kinked, layout, p)
    objectiveScale = phi
    let psi = splits.map { 1 / SaddleForm.variation($0.0, $0.1, layout, p) }
    constraintScale = psi

    let rows = EqualityRows(program)
    contradiction = rows.contradiction
    equalityIndex = rows.kept
    equalities = 0..<rows.scales.count
    var pieces = rows.pieces
    var next = rows.scales.count

    let scaled = program.inequalities.map { ScaledRow($0, program.layout) }
    inequalities = next..<next + scaled.count
    if !scaled.isEmpty {
      pieces.append(
        Piece(
          map: .from(rows: scaled.map(\.entries), columns: program.count), scale: 1,
          offset: scaled.map { -$0.bound }, first: next))
    }
    rowScale = rows.scales + scaled.map(\.scale)
    next += scaled.count
    convex = next..<next + program.convex.count
    next += program.convex.count
    var forms = (inequalities.lowerBound..<convex.upperBound).map { Form(i: $0, a: 1) }

    var builder = KinkBuilder(next: next, columns: program.count)
    builder.add(program.objective, owner: nil, host: nil, scale: phi)
    for (c, constraint) in program.convex.enumerated() {
      builder.add(constraint.functional, owner: c, host: convex.lowerBound + c, scale: psi[c])
    }
    pieces += builder.pieces
    forms += builder.forms
    self.pieces = pieces
    self.forms = forms
    cones = builder.cones
    balances = builder.balances
    kinks = builder.kinks
    multipliers = builder.next
  }

  /// True when some part has second derivatives by differences only.
  var hasFunctionsOfUser: Bool { ([smooth] + constraints).contains { !$0.smooth.isEmpty } }

  /// A functional without its kinks, and the scaled sizes of the kinks.
  private static func split(_ f: Functional) -> (Functional, Double) {
    var smooth = f
    var size = 0.0
    for term in f.composites where !term.outer.isSmooth {
      size = max(size, term.weight * KinkBuilder.size(term.map, term.offset) * KinkBuilder.reach(term.outer))
    }
    for term in f.information where term.kind == .negativeSmallestEigenvalue {
      size = max(size, term.weight * KinkBuilder.size(term))
    }
    smooth.composites = f.composites.filter(\.outer.isSmooth)
    smooth.information = f.information.filter { $0.kind != .negativeSmallestEigenvalue }
    return (smooth, size)
  }

  /// How much a functional varies near p: the range of its gradient, its curvature, and its kinks.
  private static func variation(_ f: Functional, _ kinks: Double, _ layout: Layout, _ p: [Double]) -> Double {
    let g = f.gradient(p)
    var range = 0.0
    for slice in layout.simplices {
      let part = Array(g[slice.range])
      range = max(range, (Kernel.maximum(part) - Kernel.minimum(part)) * slice.mass)
    }
    var parts = HessianParts(count: f.count)
    f.addHessian(at: p, to: &parts)
    let size = max(range, abs(Kernel.dot(parts.apply(p), p)), kinks)
    let scale = f.scale(in: layout)
    if size.isFinite, size > 1e-8 * scale { return size }
    return scale.isFinite && scale > 0 ? scale : 1
  }
}

/// A linear row with its bound spread over the simplex it fills, divided by its largest entry.
struct ScaledRow: Sendable {
  let entries: SparseRow
  let bound: Double
  let scale: Double

  init(_ row: ConstraintRow, _ layout: Layout) {
    var entries = zip(row.columns, row.values).map { (column: $0, value: $1) }
    var bound = row.bound
    if bound != 0, let first = row.columns.first, let last = row.columns.last,
      let home = layout.simplices.first(where: { $0.range.contains(first) }), home.range.contains(last),
      3 * entries.count > home.count
    {
      var dense = [Double](repeating: -row.bound / home.mass, count: home.count)
      for entry in entries { dense[entry.column - home.first] += entry.value }
      entries = dense.enumerated().map { (column: home.first + $0.offset, value: $0.element) }
      bound = 0
    }
    let size = entries.reduce(0) { max($0, abs($1.value)) }
    scale = size > 0 && size.isFinite ? 1 / size : 1
    let factor = scale
    self.entries = entries.map { (column: $0.column, value: $0.value * factor) }
    self.bound = bound * factor
  }
}

/// The sums of the simplices and the independent equalities.
private struct EqualityRows {
  /// The factor of every kept row.
  var scales: [Double] = []
  var kept: [Int] = []
  var pieces: [SaddleForm.Piece] = []
  var contradiction: Evidence?

  init(_ program: Program) {
    let n = program.count
    let layout = program.layout
    // Every sum divided by its mass: entries 1 / mass, bound 1.
    let sums = layout.simplices.map { slice in
      (slice.range.map { (column: $0, value: 1 / slice.mass) }, 1.0)
    }
    let rows = program.equalities.map { ScaledRow($0, layout) }
    let all = sums.map(\.0) + rows.map(\.entries)
    let bounds = sums.map(\.1) + rows.map(\.bound)
    var independent = Array(all.indices)
    if !rows.isEmpty {
      let gram = SparseGram.matrix(all, columns: n)
      let lengths = (0..<gram.rows).map { max(gram[$0, $0].squareRoot(), 0x1p-500) }
      var unit = gram
      for i in 0..<gram.rows {
        for j in 0..<gram.rows { unit.elements[i * gram.rows + j] /= lengths[i] * lengths[j] }
      }
      // The sums of the simplices come first and are independent: only what is left of the rows is judged.
      let reduced = SparseGram.complement(unit, leading: sums.count)
      let factor = PivotedCholesky(reduced, tolerance: 0)
      var rank = 0
      while rank < factor.rank, factor.factor[rank, rank] > 1e-7 { rank += 1 }
      let chosen = factor.permutation.prefix(rank).sorted()
      independent = Array(0..<sums.count) + chosen.map { $0 + sums.count }
      kept = chosen
      contradiction = EqualityRows.contradiction(
        unit, lengths, bounds, independent, rows, sums.count, program)
    }
    scales = layout.simplices.map { 1 / $0.mass } + kept.map { rows[$0].scale }
    if !sums.isEmpty {
      pieces.append(
        SaddleForm.Piece(
          map: .sparse(SparseMatrix(columns: n, rows: sums.map(\.0))), scale: 1, offset: sums.map { -$0.1 },
          first: 0))
    }
    if !kept.isEmpty {
      pieces.append(
        SaddleForm.Piece(
          map: .from(rows: kept.map { rows[$0].entries }, columns: n), scale: 1,
          offset: kept.map { -rows[$0].bound }, first: sums.count))
    }
  }

  /// A dropped row is a combination of kept ones; its bound must be the same combination.
  private static func contradiction(
    _ gram: Matrix, _ lengths: [Double], _ bounds: [Double], _ independent: [Int], _ rows: [ScaledRow],
    _ simplices: Int, _ program: Program
  ) -> Evidence? {
    let dropped = Set(simplices..<gram.rows).subtracting(independent).sorted()
    if dropped.isEmpty { return nil }
    let k = independent.count
    var inner = Matrix(rows: k, columns: k, repeating: 0)
    for (a, i) in independent.enumerated() {
      for (b, j) in independent.enumerated() { inner.elements[a * k + b] = gram[i, j] }
    }
    guard let factor = Cholesky(inner) else { return nil }
    for i in dropped {
      let c = factor.solve(independent.map { gram[i, $0] })
      var excess = bounds[i] / lengths[i]
      var size = abs(excess)
      for (a, j) in independent.enumerated() {
        excess -= c[a] * bounds[j] / lengths[j]
        size += abs(c[a] * bounds[j] / lengths[j])
      }
      guard abs(excess) > 1e-10 * max(size, 1e-3) else { continue }
      var evidence = Evidence.none(for: program)
      let sign = excess > 0 ? -1.0 : 1
      evidence.equality[i - simplices] = sign / lengths[i] * rows[i - simplices].scale
      for (a, j) in independent.enumerated() where j >= simplices {
        evidence.equality[j - simplices] = -sign * c[a] / lengths[j] * rows[j - simplices].scale
      }
      return evidence
    }
    return nil
  }
}

/// Inner products of rows with few entries.
enum SparseGram {
  static func matrix(_ rows: [SparseRow], columns: Int) -> Matrix {
    let k = rows.count
    var gram = Matrix(rows: k, columns: k, repeating: 0)
    var lists = [[(row: Int, value: Double)]](repeating: [], count: columns)
    for (i, row) in rows.enumerated() {
      for entry in row where entry.value != 0 { lists[entry.column].append((i, entry.value)) }
    }
    for list in lists {
      for a in list {
        for b in list { gram.elements[a.row * k + b.row] += a.value * b.value }
      }
    }
    return gram
  }

  /// The Schur complement of the leading diagonal block (the simplices do not overlap).
  static func complement(_ a: Matrix, leading m: Int) -> Matrix {
    let k = a.rows - m
    var out = Matrix(rows: k, columns: k, repeating: 0)
    for i in 0..<k {
      for j in 0...i {
        var value = a[m + i, m + j]
        for s in 0..<m where a[s, s] > 0 { value -= a[m + i, s] * a[m + j, s] / a[s, s] }
        out.elements[i * k + j] = value
        out.elements[j * k + i] = value
      }
    }
    return out
  }
}
