import EntropicNumerics

/// A law on the line by its quantiles: n equal masses between n + 1 knots in order.
///
/// The density is 1 / (n gap) between two knots. Transport between two such laws moves knot to knot: the
/// quadratic distance is the sum of w_i (x_i - y_i)^2 with trapezoid weights, 1 / n and half of it at the
/// ends.
public struct QuantileLaw: Sendable, Equatable {
  public let knots: [Double]

  /// - Throws: unless there are two knots or more, finite and strictly increasing.
  public init(knots: [Double]) throws(FlowError) {
    guard knots.count >= 2 else { throw .count(what: "knots", found: knots.count, expected: 2) }
    for i in 0..<knots.count where !knots[i].isFinite || (i > 0 && knots[i] <= knots[i - 1]) {
      throw .value(of: "the knot, which must exceed the one before,", index: i, value: knots[i])
    }
    self.knots = knots
  }

  /// The quantiles of a density on a line of cells, which lie on straight pieces of its distribution
  /// function.
  ///
  /// Where cells without mass separate two parts, the quantile jumps, and the piece of law there is thin.
  public init(_ density: GridDensity, pieces: Int) throws(FlowError) {
    guard density.grid.dimension == 1 else { throw .unsupported("quantiles belong to laws on a line") }
    guard pieces >= 1, pieces <= Grid.limit else { throw .cells(found: pieces, least: 1, most: Grid.limit) }
    let axis = density.grid.axes[0]
    let masses = density.masses
    guard let first = masses.firstIndex(where: { $0 > 0 }), let last = masses.lastIndex(where: { $0 > 0 })
    else {
      throw .masses(reason: "all masses are 0")
    }
    var knots = [axis.from + Double(first) * axis.width]
    var cell = first
    var below = 0.0
    for k in 1..<max(pieces, 1) {
      let level = Double(k) / Double(pieces)
      while cell < last, below + masses[cell] < level {
        below += masses[cell]
        cell += 1
      }
      let share = masses[cell] > 0 ? min(max((level - below) / masses[cell], 0), 1) : 0
      knots.append(axis.from + (Double(cell) + share) * axis.width)
    }
    knots.append(axis.from + Double(last + 1) * axis.width)
    try self.init(knots: knots)
  }

  init(unchecked knots: [Double]) { self.knots = knots }

  public var pieces: Int { knots.count - 1 }

  /// The weight of a knot in sums over the law.
  func weight(_ i: Int) -> Double { (i == 0 || i == pieces ? 0.5 : 1) / Double(pieces) }

  /// The expectation of a function by the trapezoid rule over quantiles.
  public func expectation(_ f: (Double) -> Double) -> Double {
    Kernel.sum(knots.indices.map { weight($0) * f(knots[$0]) })
  }

  public var mean: Double { expectation { $0 } }

  public var variance: Double {
    let centre = mean
    return expectation { ($0 - centre) * ($0 - centre) }
  }

  /// The density on each piece.
  public var densities: [Double] { (0..<pieces).map { 1 / (Double(pieces) * (knots[$0 + 1] - knots[$0])) } }

  /// The squared quadratic Wasserstein distance to a law with as many pieces.
  public func squaredDistance(to other: QuantileLaw) -> Double {
    precondition(other.pieces == pieces, "\(other.pieces) pieces beside \(pieces)")
    return Kernel.sum(
      knots.indices.map { weight($0) * (knots[$0] - other.knots[$0]) * (knots[$0] - other.knots[$0]) })
  }
}

/// The mean of laws on the line in the quadratic transport distance: quantiles are averaged.
public enum QuantileMean {
  /// The law of equal masses at atoms that minimises sum_k weight_k W2^2(law_k, .), and that minimum.
  ///
  /// Each row holds the atoms of one law, all with equal masses and equally many. Weights are divided by
  /// their sum. In one dimension the best coupling sorts, so that the sorted atoms are averaged; ties may
  /// come in any order.
  ///
  /// - Throws: for no laws, rows of different lengths, and numbers that are not finite.
  /// - Source: M. Agueh, G. Carlier, SIAM J. Math. Anal. 43 (2011), doi:10.1137/100805741.
  public static func barycentre(
    of laws: [[Double]], weights: [Double]
  ) throws(FlowError) -> (atoms: [Double], value: Double) {
    guard let n = laws.first?.count, n > 0 else { throw .masses(reason: "there are no atoms") }
    guard weights.count == laws.count else {
      throw .count(what: "weights", found: weights.count, expected: laws.count)
    }
    for (k, law) in laws.enumerated() {
      guard law.count == n else {
        throw .count(what: "the atoms of law \(k + 1)", found: law.count, expected: n)
      }
      for (i, x) in law.enumerated() where !x.isFinite {
        throw .value(of: "an atom of law \(k + 1)", index: i, value: x)
      }
    }
    for (k, w) in weights.enumerated() where !(w >= 0 && w.isFinite) {
      throw .value(of: "the weight", index: k, value: w)
    }
    let total = Kernel.compensatedSum(weights)
    guard total > 0, total.isFinite else { throw .masses(reason: "the weights sum to \(total)") }
    let shares = weights.map { $0 / total }
    let sorted = laws.map { $0.sorted() }
    let atoms = (0..<n).map { i in Kernel.compensatedDot(shares, sorted.map { $0[i] }) }
    let costs = zip(shares, sorted).map { share, law in
      share * Kernel.sum(zip(law, atoms).map { ($0 - $1) * ($0 - $1) }) / Double(n)
    }
    return (atoms, Kernel.sum(costs))
  }
}
