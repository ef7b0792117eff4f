import EntropicNumerics

/// A named linear constraint, a . p = bound or a . p <= bound.
public struct ConstraintRow: Sendable, Equatable {
  public let name: String
  /// Stored entries, columns ascending.
  public let columns: [Int]
  public let values: [Double]
  public let bound: Double

  public init(name: String, columns: [Int], values: [Double], bound: Double) {
    self.name = name
    self.columns = columns
    self.values = values
    self.bound = bound
  }

  /// a . p, compensated.
  public func value(_ p: [Double]) -> Double {
    Kernel.compensatedDot(values, columns.map { p[$0] })
  }

  /// True when the numbers are taken as meant, without uncertainty: all on one binary grid of at most 40 digits below
  /// the largest (integers, halves, ...), or small-integer multiples of the least of them (such a row in other units).
  ///
  /// Rounding a decimal text to a double leaves 52 digits, so that it meets neither by accident. Without this an
  /// optimum at a vertex with an infinite multiplier could never be certified.
  public var isExact: Bool {
    let sizes = (values + [bound]).filter { $0 != 0 }.map { abs($0) }
    guard let largest = sizes.max(), let least = sizes.min(), largest < .infinity, least >= 0x1p-900 else {
      return sizes.isEmpty
    }
    let grid = Double(sign: .plus, exponent: largest.exponent - 40, significand: 1)
    if sizes.allSatisfy({ ($0 / grid).rounded() == $0 / grid }) { return true }
    return sizes.allSatisfy { size in
      let ratio = size / least
      return ratio < 0x1p20 && abs(ratio - ratio.rounded()) <= 0x1p-50 * ratio
    }
  }

  static func isExact(_ x: Double) -> Bool {
    abs(x) < 0x1p32 && (x * 0x1p20).rounded() == x * 0x1p20
  }
}

/// A named convex constraint, g(p) <= bound.
public struct ConvexConstraint: Sendable {
  public let name: String
  public let functional: Functional
  public let bound: Double

  public init(name: String, functional: Functional, bound: Double) {
    self.name = name
    self.functional = functional
    self.bound = bound
  }
}

/// The relative uncertainty of constraint data, 2^-46: it covers the rounding of decimal text to doubles.
public let dataUncertainty = 0x1p-46

/// What a problem is: minimise a convex functional over products of simplices under rows and convex constraints.
///
/// Always a minimisation. Whatever was said in other words is here in canonical form, so that two spellings of
/// one problem give the same program.
public struct Program: Sendable {
  public var layout: Layout
  public var objective: Functional
  public var equalities: [ConstraintRow]
  public var inequalities: [ConstraintRow]
  public var convex: [ConvexConstraint]
  /// False for a functional that is not known to be convex: the best possible outcome is then `local`.
  public var isConvex: Bool
  /// A starting point of the user, or nil.
  public var start: [Double]?

  public init(
    layout: Layout, objective: Functional, equalities: [ConstraintRow] = [],
    inequalities: [ConstraintRow] = [], convex: [ConvexConstraint] = [], isConvex: Bool = true,
    start: [Double]? = nil
  ) {
    self.layout = layout
    self.objective = objective
    self.equalities = equalities
    self.inequalities = inequalities
    self.convex = convex
    self.isConvex = isConvex
    self.start = start
  }

  /// Number of unknown masses.
  public var count: Int { layout.count }

  /// True when only the simplices, bounds and the objective make up the problem.
  public var isUnconstrained: Bool { equalities.isEmpty && inequalities.isEmpty && convex.isEmpty }

  /// Rows as a linear map.
  public static func map(_ rows: [ConstraintRow], columns: Int) -> LinearMap {
    .from(
      rows: rows.map { row in zip(row.columns, row.values).map { (column: $0, value: $1) } }, columns: columns
    )
  }

  /// The largest violation of each kind, in units of its own allowance: feasible iff at most 1.
  ///
  ///     |Ap - b|_i <= theta (|b_i| + sum_j |A_ij| p_j),   theta = 2^-46
  ///
  /// one-sided for inequalities; g(p) <= c + theta (|c| + sum |summands|) for convex constraints. The masses of every
  /// simplex sum to its mass up to 2^-50 of it: points are normalised before they are judged.
  public func infeasibility(_ p: [Double]) -> Double {
    guard p.count == count, p.allSatisfy(\.isFinite) else { return .infinity }
    var worst = 0.0
    for slice in layout.simplices {
      let total = Kernel.compensatedSum(Array(p[slice.range]))
      worst = max(worst, Program.excess(abs(total - slice.mass), 0x1p-50 * slice.mass))
    }
    for row in equalities {
      worst = max(worst, Program.excess(abs(row.value(p) - row.bound), row.allowance(p)))
    }
    for row in inequalities {
      worst = max(worst, Program.excess(row.value(p) - row.bound, row.allowance(p)))
    }
    for constraint in convex {
      let left = constraint.functional.evaluate(p)
      let allowance = dataUncertainty * (abs(constraint.bound) + left.magnitude)
      worst = max(worst, Program.excess(left.value - constraint.bound, allowance))
    }
    for i in 0..<count {
      if p[i] < 0 || p[i].isNaN { return .infinity }
      let allowance = dataUncertainty * max(abs(layout.lower[i]), p[i])
      worst = max(worst, Program.excess(layout.lower[i] - p[i], allowance))
      worst = max(worst, Program.excess(p[i] - layout.upper[i], allowance))
    }
    return worst
  }

  public func isFeasible(_ p: [Double]) -> Bool { infeasibility(p) <= 1 }

  private static func excess(_ violation: Double, _ allowance: Double) -> Double {
    if violation <= 0 { return 0 }
    // Also where nothing can be said: a violation that is not a number.
    if violation.isNaN { return .infinity }
    return allowance > 0 ? violation / allowance : .infinity
  }

  /// Divides every simplex by its sum times its mass: the answer is p / sum p by definition.
  public func normalised(_ p: [Double]) -> [Double] {
    var q = p
    for slice in layout.simplices {
      let total = Kernel.compensatedSum(Array(q[slice.range]))
      guard total > 0, total.isFinite, total != slice.mass else { continue }
      let factor = slice.mass / total
      for i in slice.range { q[i] *= factor }
      // The last bit goes to the largest entry.
      let rest = slice.mass - Kernel.compensatedSum(Array(q[slice.range]))
      if rest != 0, let largest = slice.range.max(by: { q[$0] < q[$1] }), abs(rest) < q[largest] {
        q[largest] += rest
      }
    }
    return q
  }
}

extension ConstraintRow {
  /// theta (|b| + sum |a_j| p_j)
  public func allowance(_ p: [Double]) -> Double {
    var sum = abs(bound)
    for k in columns.indices { sum += abs(values[k]) * p[columns[k]] }
    return dataUncertainty * sum
  }
}
