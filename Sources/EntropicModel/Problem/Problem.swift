import EntropicNumerics

/// Which way the objective goes.
public enum Sense: String, Sendable {
  case minimize, maximize
}

/// What to do with a formula that is not convex by the rules.
public enum ConvexityRule: String, Sendable {
  /// Refuse it.
  case checked
  /// Search for stationary points; the best possible outcome is `local`.
  case unchecked
}

/// A problem as its user said it, together with its canonical program.
///
/// Building it checks everything: shapes, convexity, constraints. Files and Swift code both end here.
public struct Problem: Sendable {
  public let sense: Sense
  public let unknowns: [Unknown]
  /// The objective with the penalties of soft constraints.
  public let objective: Expression
  public let program: Program
  /// From the value of the program to the user's objective.
  public let transform: MonotoneTransform
  public let constraints: [ReportedConstraint]
  /// Remarks on the problem that are not errors.
  public let warnings: [String]
  /// A feasible point where the objective is infinitely good, when one was found.
  public let unbounded: UnboundednessProof?

  public init(
    _ sense: Sense, _ objective: Expression, unknowns declared: [Unknown]? = nil,
    subjectTo constraints: [Constraint] = [], convexity: ConvexityRule = .checked,
    start: [Unknown: [Double]] = [:]
  ) throws(ProblemError) {
    var builder = ProblemBuilder()
    let unknowns = try builder.declare(declared, objective, constraints)
    try builder.addConstraints(constraints)
    let objective = try builder.soften(objective, sense, constraints)
    let result = try builder.addObjective(sense, objective, convexity)
    builder.setStart(start)
    self.sense = sense
    self.unknowns = unknowns
    self.objective = objective
    program = builder.program.withImpliedZeros()
    transform = result.transform
    self.constraints = builder.reported
    warnings = builder.warnings
    unbounded = result.unbounded
  }

  /// The interval of the program in the user's units: lower <= optimum <= upper whatever the sense.
  public func interval(of certificate: Certificate) -> (value: Double, lower: Double, upper: Double) {
    let (lower, upper) = transform.interval(certificate.lower, certificate.upper)
    return (transform.value(certificate.value), lower, upper)
  }
}

/// Where a user's constraint went, and how its value, bound and multiplier are reported.
public struct ReportedConstraint: Sendable {
  /// One scalar constraint inside a program.
  public struct Element: Sendable {
    public enum Place: Sendable {
      case equality(Int)
      case inequality(Int)
      case convex(Int)
      case upper(Int)
      case lower(Int)
      /// No unknown is in it.
      case constant
    }
    public let place: Place
    /// The bound in the user's units.
    public let bound: Double
    /// d(bound in the program) / d(bound of the user), with the sign of a turned inequality.
    public let rate: Double
    /// From what the program bounds to the user's side.
    let transform: MonotoneTransform
    /// For a row that stands for a bound on a ratio.
    var ratio: RatioTerm? = nil
    /// True for a row that stands for a bound on a ratio.
    public var isRatio: Bool { ratio != nil }
  }
  public let name: String
  public let relation: Constraint.Relation
  public let elements: [Element]
  /// True for a scalar constraint; arrays report arrays.
  public let isScalar: Bool
  /// For a constraint that may be missed at a price; it has no elements in the program.
  public var soft: SoftTerm? = nil
}
