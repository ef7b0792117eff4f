import EntropicNumerics

// Where the objective and the left sides of convex constraints are finite, as far as data and intervals tell.
//
// An argument u = K p + k of a logarithm or of a negative power must be positive, that of an entropy or of another power
// not negative; a relative entropy u log(u / v) wants v > 0 wherever u > 0. Where the interval of an argument excludes
// this, the function is +inf at every feasible point, and that is a proof.
extension Program {
  /// A proof that the objective, or the left side of a convex constraint, is +inf on the whole set: a zero row under a
  /// logarithm, a forced zero under a logarithm, a null vector of every information matrix, a clash of supports.
  public func domainProof() -> InfeasibilityProof? {
    guard ([objective] + convex.map(\.functional)).contains(where: \.hasDomain) else { return nil }
    let rows = domainRows
    let intervals = MassIntervals(self, with: rows)
    if let reason = emptyDomain(objective, intervals) {
      return .domain("the objective is infinite everywhere: \(reason)")
    }
    for constraint in convex {
      if let reason = emptyDomain(constraint.functional, intervals) {
        return .domain("the left side of \(constraint.name) is infinite everywhere: \(reason)")
      }
    }
    return nil
  }

  /// Linear inequalities that hold wherever the objective and the convex constraints are finite: arguments of
  /// logarithms, entropies and powers are not negative. Arguments without negative coefficients need none.
  ///
  /// They are not constraints of the program: evidence of emptiness may use them through `Evidence.domain`.
  public var domainRows: [ConstraintRow] {
    var rows: [ConstraintRow] = []
    var stored = 0
    for (name, f) in [("the objective", objective)] + convex.map({ ($0.name, $0.functional) }) {
      for (k, term) in f.composites.enumerated() {
        let needed = term.outer.nonnegativeArguments
        for j in needed where term.offset[j].isFinite {
          var isNegative = term.offset[j] < 0
          term.map.forEachEntry(ofRow: j) { if $1 < 0 { isNegative = true } }
          guard isNegative else { continue }
          var entries: SparseRow = []
          term.map.forEachEntry(ofRow: j) { if $1 != 0 { entries.append(($0, $1)) } }
          if entries.isEmpty { continue }
          stored += entries.count
          // So many numbers are not copied for a rare proof.
          if stored > 1 << 22 { return rows }
          rows.append(
            ConstraintRow(
              name: "the domain of \(name) (term \(k + 1), row \(j + 1))", columns: entries.map(\.column),
              values: entries.map { -$0.value }, bound: term.offset[j]))
        }
      }
    }
    return rows
  }

  /// The program with the zeros that its domain implies: where v is 0 in u log(u / v), u is 0 too, and with it every mass
  /// that u is made of. Points that are given up have an infinite value.
  func withImpliedZeros() -> Program {
    var program = self
    guard ([objective] + convex.map(\.functional)).contains(where: \.hasPairs) else { return program }
    for _ in 0..<8 {
      let intervals = MassIntervals(program)
      var zeros: Set<Int> = []
      for f in [objective] + convex.map(\.functional) { f.collectImpliedZeros(intervals, into: &zeros) }
      let new = zeros.filter { program.layout.upper[$0] > 0 }
      if new.isEmpty { break }
      for i in new { program.layout.upper[i] = 0 }
    }
    return program
  }

  private func emptyDomain(_ f: Functional, _ intervals: MassIntervals) -> String? {
    if f.constant == .infinity { return "a term without unknowns is infinite" }
    if !f.barrier.isEmpty,
      let i = f.barrier.indices.first(where: { f.barrier[$0] > 0 && intervals.upper[$0] <= 0 })
    {
      return "the logarithm of mass \(i + 1), which must be 0"
    }
    for term in f.powers where term.exponent < 0 {
      if let i = term.weights.indices.first(where: { term.weights[$0] > 0 && intervals.upper[$0] <= 0 }) {
        return "a negative power of mass \(i + 1), which must be 0"
      }
    }
    for term in f.composites {
      if let reason = term.emptyDomain(intervals) { return reason }
    }
    for term in f.maxima {
      for part in term.parts {
        if let reason = emptyDomain(part, intervals) { return reason }
      }
    }
    for term in f.information where term.kind != .negativeSmallestEigenvalue {
      if let direction = term.nullVector(intervals) {
        let text = direction.map { "\(($0 * 1e6).rounded() / 1e6)" }.joined(separator: ", ")
        return "every information matrix is singular along (\(text))"
      }
    }
    return nil
  }
}

extension Outer {
  /// Rows of the image that may not be negative where the function is finite.
  fileprivate var nonnegativeArguments: [Int] {
    switch self {
    case .log(let w), .entropy(let w): return w.indices.filter { w[$0] > 0 }
    case .power(let a, let w): return Outer.isEven(a) ? [] : w.indices.filter { w[$0] > 0 }
    case .relativeEntropy(let w), .perspective(_, let w):
      return w.indices.filter { w[$0] > 0 } + w.indices.filter { w[$0] > 0 }.map { w.count + $0 }
    default: return []
    }
  }
}

extension Composite {
  fileprivate func interval(_ j: Int, _ intervals: MassIntervals) -> (low: Double, high: Double) {
    var entries: SparseRow = []
    map.forEachEntry(ofRow: j) { if $1 != 0 { entries.append(($0, $1)) } }
    return intervals.range(entries, offset: offset[j])
  }

  /// True without negative coefficients where some mass may make the argument positive: most rows, at no cost.
  private func isPlainlyPositive(_ j: Int, _ intervals: MassIntervals) -> Bool {
    guard offset[j] >= 0 else { return false }
    var isNegative = false
    var isPositive = offset[j] > 0
    map.forEachEntry(ofRow: j) { column, value in
      if value < 0 { isNegative = true }
      if value > 0, intervals.upper[column] > 0 { isPositive = true }
    }
    return isPositive && !isNegative
  }

  /// Why no feasible point has a finite value, when the intervals of the arguments say so.
  fileprivate func emptyDomain(_ intervals: MassIntervals) -> String? {
    let needed = outer.nonnegativeArguments
    guard !needed.isEmpty else { return nil }
    var ranges: [Int: (low: Double, high: Double)] = [:]
    let isPair = outer.hasPairs
    for j in needed where isPair || !isPlainlyPositive(j, intervals) {
      let range = interval(j, intervals)
      if range.high < 0 { return "argument \(j + 1) of the \(outer.noun) is negative" }
      ranges[j] = range
    }
    func never(_ j: Int) -> Bool { (ranges[j]?.high ?? 1) <= 0 }
    func always(_ j: Int) -> Bool { (ranges[j]?.low ?? 0) > 0 }
    switch outer {
    case .log:
      if let j = needed.first(where: never) {
        return "row \(j + 1) under the logarithm has no positive entry"
      }
    case .power(let a, _) where a < 0:
      if let j = needed.first(where: never) { return "row \(j + 1) under a negative power is 0" }
    case .relativeEntropy(let w):
      if let j = w.indices.first(where: { always($0) && never(w.count + $0) }) {
        return "supports clash in entry \(j + 1): a mass that must be positive over one that must be 0"
      }
    case .perspective(let a, let w) where a > 1:
      if let j = w.indices.first(where: { always($0) && never(w.count + $0) }) {
        return "supports clash in entry \(j + 1): a mass that must be positive over one that must be 0"
      }
    case .perspective(let a, let w) where a < 0:
      if let j = w.indices.first(where: { never($0) && always(w.count + $0) }) {
        return "supports clash in entry \(j + 1): a mass that must be positive over one that must be 0"
      }
    default: break
    }
    return nil
  }

  /// Masses that must be 0 because the other argument of a pair is.
  fileprivate func collectImpliedZeros(_ intervals: MassIntervals, into zeros: inout Set<Int>) {
    let pairs: (count: Int, cause: Int, effect: Int)
    switch outer {
    case .relativeEntropy(let w): pairs = (w.count, w.count, 0)
    case .perspective(let a, let w) where a > 1: pairs = (w.count, w.count, 0)
    case .perspective(let a, let w) where a < 0: pairs = (w.count, 0, w.count)
    default: return
    }
    let needed = Set(outer.nonnegativeArguments)
    for j in 0..<pairs.count where needed.contains(j) {
      guard interval(pairs.cause + j, intervals).high <= 0, offset[pairs.effect + j] >= 0 else { continue }
      var entries: SparseRow = []
      map.forEachEntry(ofRow: pairs.effect + j) { if $1 != 0 { entries.append(($0, $1)) } }
      guard entries.allSatisfy({ $0.value > 0 }) else { continue }
      for entry in entries { zeros.insert(entry.column) }
    }
  }
}

extension Outer {
  /// True for quotients u log(u / v) and the like.
  fileprivate var hasPairs: Bool {
    switch self {
    case .relativeEntropy, .perspective: true
    default: false
    }
  }

  fileprivate var noun: String {
    switch self {
    case .log: "logarithm"
    case .entropy: "entropy"
    case .relativeEntropy: "relative entropy"
    case .perspective: "divergence"
    default: "power"
    }
  }
}

extension Functional {
  /// True where some masses may have an infinite value.
  fileprivate var hasDomain: Bool {
    constant == .infinity || barrier.contains { $0 > 0 } || powers.contains { $0.exponent < 0 }
      || !information.isEmpty || composites.contains { !$0.outer.nonnegativeArguments.isEmpty }
      || maxima.contains { $0.parts.contains(where: \.hasDomain) }
  }

  /// True where a quotient of two unknown arguments occurs.
  fileprivate var hasPairs: Bool {
    composites.contains(where: \.outer.hasPairs) || maxima.contains { $0.parts.contains(where: \.hasPairs) }
  }

  fileprivate func collectImpliedZeros(_ intervals: MassIntervals, into zeros: inout Set<Int>) {
    for term in composites { term.collectImpliedZeros(intervals, into: &zeros) }
    for term in maxima { for part in term.parts { part.collectImpliedZeros(intervals, into: &zeros) } }
  }
}

extension InformationTerm {
  /// A vector v with v . x_i = 0 up to rounding for every usable row, and M0 v = 0.
  fileprivate func nullVector(_ intervals: MassIntervals) -> [Double]? {
    let d = regressors.columns
    let usable = (0..<regressors.rows).filter { scale[$0] > 0 && intervals.upper[first + $0] > 0 }
    var m = Matrix(rows: d, columns: d, repeating: 0)
    for i in usable {
      for a in 0..<d { for b in 0..<d { m[a, b] += regressors[i, a] * regressors[i, b] } }
    }
    if let base { for k in m.elements.indices { m.elements[k] += base.elements[k] } }
    guard let eigen = SymmetricEigen(m), let top = eigen.values.last, eigen.values[0] <= 1e-13 * max(top, 0)
    else {
      return nil
    }
    let v = (0..<d).map { eigen.vectors[$0, 0] }
    let tolerance = 256 * Double(d) * 0x1p-53
    for i in usable {
      var s = 0.0
      var size = 0.0
      for a in 0..<d {
        s += regressors[i, a] * v[a]
        size += abs(regressors[i, a])
      }
      if abs(s) > tolerance * size { return nil }
    }
    if let base {
      let image = base.times(v)
      let size = base.elements.reduce(0) { max($0, abs($1)) }
      if image.contains(where: { abs($0) > tolerance * size }) { return nil }
    }
    return v
  }
}
