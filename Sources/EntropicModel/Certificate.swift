import EntropicNumerics

/// When an answer is good enough: gap <= max(relative * max(|lower|, |upper|), absolute * scale).
public struct Tolerance: Sendable, Hashable {
  public var relative: Double
  /// In units of the objective; nil for 1e-12 times the scale of the objective's data.
  public var absolute: Double?

  public init(relative: Double = 1e-9, absolute: Double? = nil) {
    self.relative = relative
    self.absolute = absolute
  }

  /// Only the gap relative to the value counts.
  public static func gap(_ relative: Double) -> Tolerance { Tolerance(relative: relative) }
}

/// An interval that holds the optimum, proved from (program, point, evidence) alone.
///
/// `lower <= F* <= upper` for every problem whose constraint data lie within theta of the stated ones. It does not
/// matter who found the point: nothing of a method enters.
public struct Certificate: Sendable, Equatable {
  /// How much stands behind the interval.
  public enum Level: String, Sendable {
    /// Both ends include rounding and data uncertainty.
    case rigorous
    /// First-order stationarity only: the problem is not known to be convex.
    case stationarity
    /// Error bars from independent draws, which hold the optimum with the stated confidence.
    case statistical
  }

  /// F at the point, as computed.
  public let value: Double
  public let lower: Double
  /// +inf when the point is not feasible.
  public let upper: Double
  /// theta sum |multiplier| (|b| + sum |a| p), or the actual residual's effect where that is larger.
  public let dataUncertainty: Double
  /// Largest violation in units of the allowance; feasible iff at most 1.
  public let infeasibility: Double
  public let level: Level
  /// The probability with which a statistical interval holds the optimum; nil for proved ones.
  public let confidence: Double?

  public var isFeasible: Bool { infeasibility <= 1 }

  /// True when the two ends exclude each other: then one of them is wrong, and the point must not be used.
  public var isContradictory: Bool { isFeasible && level == .rigorous && lower > upper }
  public var gap: Double { upper - lower }

  /// gap / max(|lower|, |upper|), nil at 0.
  public var relativeGap: Double? {
    let size = max(abs(lower), abs(upper))
    return size > 0 && size < .infinity ? gap / size : nil
  }

  /// True when the gap is within the tolerance.
  public func satisfies(_ tolerance: Tolerance, scale: Double) -> Bool {
    guard isFeasible, level == .rigorous, lower.isFinite, upper.isFinite, value.isFinite, lower <= upper
    else { return false }
    let size = max(abs(lower), abs(upper))
    return gap <= max(tolerance.relative * size, tolerance.absolute ?? 1e-12 * scale)
  }

  /// Judges a point with its evidence. The point should be normalised (`Program.normalised`).
  ///
  /// - Complexity: one evaluation of F and of its gradient, and one pass over the constraint data.
  public init(_ program: Program, point p: [Double], evidence: Evidence) {
    let evaluation = program.objective.evaluate(p)
    let infeasibility = program.infeasibility(p)
    let lower = program.isConvex ? LowerBound.value(program, evidence, at: p) : -.infinity
    var uncertainty = 0.0
    for (row, multiplier) in zip(program.equalities, evidence.equality) where multiplier.isFinite {
      uncertainty += abs(multiplier) * Certificate.effect(of: row, p, sided: false)
    }
    for (row, multiplier) in zip(program.inequalities, evidence.inequality)
    where multiplier > 0 && multiplier.isFinite {
      uncertainty += multiplier * Certificate.effect(of: row, p, sided: true)
    }
    for (constraint, multiplier) in zip(program.convex, evidence.convex)
    where multiplier > 0 && multiplier.isFinite && constraint.functional.isPolyhedral {
      uncertainty += multiplier * constraint.band(constraint.functional.evaluate(p))
    }
    var upper = Double.infinity
    if infeasibility <= 1, evaluation.value < .infinity {
      if program.isConvex { uncertainty += program.retreat(from: p, evaluation, tangent: evidence.tangent) }
      // Normalisation is right to the last bit of every simplex.
      let gradient = program.objective.gradient(p)
      let drift = zip(p, gradient).reduce(0) { $0 + ($1.0 > 0 ? abs($1.0 * $1.1) : 0) }
      upper =
        evaluation.value + evaluation.error + 0x1p-52 * min(drift, .greatestFiniteMagnitude) + uncertainty
    }
    if upper.isNaN { upper = .infinity }
    self.value = evaluation.value
    // The ends cross only by the last digits of F, or because something is wrong: see `isContradictory`.
    self.lower = lower > upper && lower - upper <= 0x1p-46 * evaluation.magnitude ? upper : lower
    self.upper = upper
    self.dataUncertainty = uncertainty
    self.infeasibility = infeasibility
    self.level = program.isConvex ? .rigorous : .stationarity
    confidence = nil
  }

  public init(
    value: Double, lower: Double, upper: Double, dataUncertainty: Double, infeasibility: Double,
    level: Level
  ) {
    self.value = value
    self.lower = lower
    self.upper = upper
    self.dataUncertainty = dataUncertainty
    self.infeasibility = infeasibility
    self.level = level
    confidence = nil
  }

  /// An interval from independent draws at a point of the simplices.
  ///
  /// - Precondition: 0 < confidence < 1.
  public init(value: Double, lower: Double, upper: Double, confidence: Double) {
    precondition(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1")
    self.value = value
    self.lower = lower
    self.upper = upper
    dataUncertainty = 0
    infeasibility = 0
    level = .statistical
    self.confidence = confidence
  }

  /// How far the bound of a row may be from what the point attains: the band of its data, or the residual itself where
  /// the data are exact.
  private static func effect(of row: ConstraintRow, _ p: [Double], sided: Bool) -> Double {
    if !row.isExact { return row.allowance(p) }
    let residual = row.value(p) - row.bound
    var size = abs(row.bound)
    for k in row.columns.indices { size += abs(row.values[k]) * p[row.columns[k]] }
    let rounding = residual == 0 ? 0 : 0x1p-52 * size
    return max(sided ? residual : abs(residual), 0) + rounding
  }
}

/// Why no feasible point with a finite objective exists.
public enum InfeasibilityProof: Sendable, Equatable {
  /// The bound with F = 0 is positive: multipliers of constraints that cannot hold together.
  case multipliers(Evidence, bound: Double)
  /// F is +inf on the whole feasible set.
  case domain(String)
}

extension Program {
  /// The proof that bounds and sums of masses alone leave no point, when they do.
  public func contradictionOfBounds() -> InfeasibilityProof? {
    layout.isBounded ? infeasibilityProof(.none(for: self), at: layout.centre()) : nil
  }

  /// The proof, when the evidence is one; `at` is the linearisation point of convex constraints.
  public func infeasibilityProof(_ evidence: Evidence, at p: [Double]) -> InfeasibilityProof? {
    var stated = evidence
    // The point where convex constraints are linearised is part of the proof.
    if !convex.isEmpty, stated.tangent == nil { stated.tangent = p }
    let bound = LowerBound.emptiness(self, stated, at: p)
    return bound > 0 ? .multipliers(stated, bound: bound) : nil
  }
}
