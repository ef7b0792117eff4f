import EntropicModel
import EntropicNumerics

/// Maxima of functionals as constraints: max_j g_j becomes t with g_j(p) <= t.
///
/// The level t = low + (high - low) s lives in a private simplex (s, 1 - s), so that the lowered program is one of the
/// ordinary kind. `low` is a proved lower bound of the maximum; `high` lies well above its value at the centre. The
/// multipliers of g_j <= t are the weights omega that the certificate of the original program wants. A constraint
/// r(p) + w max_j g_j(p) <= c needs no level: it is r + w g_j <= c for every j. A program without maxima stays what it is.
struct EpigraphLowering {
  private let original: Program
  let program: Program
  /// For every maximum: the constraint it stands in (nil for the objective), its place there, its first convex constraint.
  private var places: [(constraint: Int?, index: Int, first: Int, count: Int)] = []

  /// Constraints that became one constraint a part: the first stands in their place, the others from `first` on.
  private var split: [(constraint: Int, first: Int, count: Int)] = []

  static func isNeeded(_ program: Program) -> Bool {
    !program.objective.maxima.isEmpty || program.convex.contains { !$0.functional.maxima.isEmpty }
  }

  /// nil when some part has no finite value at the centre, or no lower bound.
  init?(_ original: Program) {
    self.original = original
    let centre = original.layout.centre()
    var terms: [(constraint: Int?, index: Int, term: MaximumTerm, low: Double, high: Double)] = []
    func collect(_ f: Functional, _ constraint: Int?) -> Bool {
      for (k, term) in f.maxima.enumerated() {
        var low = -Double.infinity
        var high = -Double.infinity
        for part in term.parts {
          let bare = Program(layout: original.layout, objective: part)
          let certificate = Certificate(bare, point: centre, evidence: .none(for: bare))
          low = max(low, certificate.lower)
          high = max(high, certificate.value)
        }
        guard low > -.infinity, high < .infinity else { return false }
        let spread = max(high - low, 1e-3 * abs(high), .leastNormalMagnitude)
        terms.append((constraint, k, term, low - 0.25 * spread, high + 4 * spread))
      }
      return true
    }
    guard collect(original.objective, nil) else { return nil }
    let isSplit = original.convex.map { EpigraphLowering.isSplit($0.functional) }
    for (j, constraint) in original.convex.enumerated() where !isSplit[j] {
      guard collect(constraint.functional, j) else { return nil }
    }
    var layout = original.layout
    for k in terms.indices { layout.append(name: "level \(k + 1)", kind: .simplex, shape: [2]) }
    func widened(_ f: Functional, _ constraint: Int?) -> Functional {
      var copy = f.padded(to: layout.count)
      copy.maxima = []
      for (k, item) in terms.enumerated() where item.constraint == constraint {
        let entry = original.count + 2 * k
        copy.linear[entry] += item.term.weight * (item.high - item.low)
        copy.constant += item.term.weight * item.low
      }
      return copy
    }
    var lowered = original
    lowered.layout = layout
    lowered.start = nil
    lowered.objective = widened(original.objective, nil)
    lowered.convex = original.convex.enumerated().map { j, constraint in
      if isSplit[j] { return EpigraphLowering.part(0, of: constraint, count: layout.count) }
      var f = widened(constraint.functional, j)
      let bound = constraint.bound - f.constant
      f.constant = 0
      return ConvexConstraint(name: constraint.name, functional: f, bound: bound)
    }
    for (k, item) in terms.enumerated() {
      let entry = original.count + 2 * k
      places.append((item.constraint, item.index, lowered.convex.count, item.term.parts.count))
      for (j, part) in item.term.parts.enumerated() {
        var f = part.padded(to: layout.count)
        f.linear[entry] -= item.high - item.low
        let bound = item.low - f.constant
        f.constant = 0
        lowered.convex.append(
          ConvexConstraint(name: "part \(j + 1) of maximum \(k + 1)", functional: f, bound: bound))
      }
    }
    for (j, constraint) in original.convex.enumerated() where isSplit[j] {
      let count = constraint.functional.maxima[0].parts.count
      split.append((j, lowered.convex.count, count))
      for k in 1..<count {
        lowered.convex.append(EpigraphLowering.part(k, of: constraint, count: layout.count))
      }
    }
    program = lowered
  }

  /// True for a constraint on one maximum beside separable parts, none of which has slopes of its own.
  private static func isSplit(_ f: Functional) -> Bool {
    var rest = f
    rest.maxima = []
    return f.maxima.count == 1 && rest.hasNoComposites && !f.maxima[0].parts.isEmpty
      && f.maxima[0].weight > 0
      && f.maxima[0].parts.allSatisfy(\.maxima.isEmpty)
  }

  /// r + w g_k <= c
  private static func part(_ k: Int, of constraint: ConvexConstraint, count: Int) -> ConvexConstraint {
    let term = constraint.functional.maxima[0]
    var f = constraint.functional.padded(to: count)
    f.maxima = []
    f.add(term.parts[k].padded(to: count), weight: term.weight)
    let bound = constraint.bound - f.constant
    f.constant = 0
    return ConvexConstraint(name: constraint.name, functional: f, bound: bound)
  }

  /// A candidate of the lowered program in terms of the original.
  func restore(_ candidate: Candidate) -> Candidate {
    var result = candidate
    result.point = Array(candidate.point.prefix(original.count))
    result.evidence.tangent = candidate.evidence.tangent.map { Array($0.prefix(original.count)) }
    let multipliers = candidate.evidence.convex
    result.evidence.convex = Array(multipliers.prefix(original.convex.count))
    result.evidence.constraintSlopes = Array(
      candidate.evidence.constraintSlopes.prefix(original.convex.count))
    result.evidence.constraintSpectral = Array(
      candidate.evidence.constraintSpectral.prefix(original.convex.count))
    result.evidence.maximumWeights = [[Double]?](repeating: nil, count: original.objective.maxima.count)
    result.evidence.constraintMaximumWeights = original.convex.map {
      [[Double]?](repeating: nil, count: $0.functional.maxima.count)
    }
    for item in split where item.first + item.count - 1 <= multipliers.count {
      let omega = [multipliers[item.constraint]] + multipliers[item.first..<item.first + item.count - 1]
      result.evidence.convex[item.constraint] = Kernel.sum(omega.map { max($0, 0) })
      result.evidence.constraintSlopes.replace(item.constraint, with: [])
      result.evidence.constraintSpectral.replace(item.constraint, with: [])
      result.evidence.constraintMaximumWeights[item.constraint][0] = omega
    }
    for place in places where place.first + place.count <= multipliers.count {
      let omega = Array(multipliers[place.first..<place.first + place.count])
      if let constraint = place.constraint {
        result.evidence.constraintMaximumWeights[constraint][place.index] = omega
      } else {
        result.evidence.maximumWeights[place.index] = omega
      }
    }
    return result
  }

  /// A point of the original program with every level at the value of its maximum.
  func extend(_ p: [Double]) -> [Double] {
    p + [Double](repeating: 0.5, count: program.count - original.count)
  }
}

extension Functional {
  /// The same functional over a longer buffer, whose new entries do not enter.
  func padded(to count: Int) -> Functional {
    let extra = [Double](repeating: 0, count: count - self.count)
    var copy = self
    copy.linear += extra
    if !linearError.isEmpty { copy.linearError += extra }
    if !entropic.isEmpty { copy.entropic += extra }
    if !barrier.isEmpty { copy.barrier += extra }
    for k in copy.powers.indices { copy.powers[k].weights += extra }
    copy.composites = composites.map {
      Composite(weight: $0.weight, outer: $0.outer, map: $0.map.padded(to: count), offset: $0.offset)
    }
    copy.conditionals = conditionals.map { term in
      let m = term.map
      return ConditionalEntropy(
        weight: term.weight,
        map: SparseMatrix(
          rows: m.rows, columns: count, rowStart: m.rowStart, column: m.column, value: m.value),
        offset: term.offset)
    }
    let old = self.count
    copy.smooth = smooth.map { function in
      SmoothFunction(
        name: function.name, isConvex: function.isConvex, value: { function.evaluate(Array($0.prefix(old))) },
        valueAndGradient: { p in
          let both = function.evaluateWithGradient(Array(p.prefix(old)))
          return (both.value, both.gradient + extra)
        })
    }
    copy.maxima = maxima.map { MaximumTerm(weight: $0.weight, parts: $0.parts.map { $0.padded(to: count) }) }
    return copy
  }
}

extension LinearMap {
  fileprivate func padded(to count: Int) -> LinearMap {
    switch self {
    case .dense(let matrix, let first, _): .dense(matrix, firstColumn: first, columns: count)
    case .sparse(let m):
      .sparse(
        SparseMatrix(rows: m.rows, columns: count, rowStart: m.rowStart, column: m.column, value: m.value))
    }
  }
}

extension [[[Double]?]] {
  /// Sets an entry that exists.
  fileprivate mutating func replace(_ index: Int, with new: [[Double]?]) {
    if indices.contains(index) { self[index] = new }
  }
}
