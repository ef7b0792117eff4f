/// What a method offers in support of a point: multipliers and slopes. The certificate uses whatever is
/// admissible and believes none of it.
///
/// Signs are those of the Lagrangian of the minimisation,
/// F(p) + equality . (A p - b) + inequality . (C p - d) + convex . (g(p) - c), with inequality, convex >= 0.
public struct Evidence: Sendable, Equatable {
  public var equality: [Double]
  public var inequality: [Double]
  public var convex: [Double]
  /// Slopes of the composites of the objective, nil where the gradient at the point shall serve.
  public var objectiveSlopes: [[Double]?]
  /// Slopes of the composites of every convex constraint.
  public var constraintSlopes: [[[Double]?]]
  /// Where smooth parts are linearised, when that is not the offered point.
  public var tangent: [Double]?
  /// Factor vectors of the matrix Z >= 0 of trace 1 for smallest-eigenvalue terms: one matrix a term, rows v with Z = sum v v'.
  public var spectral: [[Double]?]
  /// The same for the terms of every convex constraint.
  public var constraintSpectral: [[[Double]?]]
  /// Weights of the parts of every maximum of functionals in the objective.
  public var maximumWeights: [[Double]?]
  /// The same for every convex constraint.
  public var constraintMaximumWeights: [[[Double]?]]
  /// Multipliers of `Program.domainRows`, which hold wherever the objective and the constraints are finite; empty for none.
  public var domain: [Double] = []

  public init(
    equality: [Double] = [], inequality: [Double] = [], convex: [Double] = [],
    objectiveSlopes: [[Double]?] = [], constraintSlopes: [[[Double]?]] = [], tangent: [Double]? = nil,
    spectral: [[Double]?] = [], constraintSpectral: [[[Double]?]] = [], maximumWeights: [[Double]?] = [],
    constraintMaximumWeights: [[[Double]?]] = []
  ) {
    self.equality = equality
    self.inequality = inequality
    self.convex = convex
    self.objectiveSlopes = objectiveSlopes
    self.constraintSlopes = constraintSlopes
    self.tangent = tangent
    self.spectral = spectral
    self.constraintSpectral = constraintSpectral
    self.maximumWeights = maximumWeights
    self.constraintMaximumWeights = constraintMaximumWeights
  }

  /// No multipliers at all: the first-order bound of the plain simplex.
  public static func none(for program: Program) -> Evidence {
    Evidence(
      equality: [Double](repeating: 0, count: program.equalities.count),
      inequality: [Double](repeating: 0, count: program.inequalities.count),
      convex: [Double](repeating: 0, count: program.convex.count))
  }
}
