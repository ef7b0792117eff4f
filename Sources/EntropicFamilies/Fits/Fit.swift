/// What is known about the maximum of a likelihood.
public enum FitStatus: Sendable, Equatable {
  /// The maximum is attained at the law.
  case maximum
  /// The maximum is attained on the boundary of the parameters, where standard errors mean nothing.
  case boundary
  /// The likelihood has no upper bound; the reason says in which direction.
  case unbounded(reason: String)
  /// The likelihood increases towards a limit that no law of the family attains.
  case unattained(reason: String)
  /// A stationary point of a likelihood that is not concave.
  case stationary
}

/// Why the law is the maximiser. Rounding errors of the special functions are not part of the proof.
public enum FitProof: Sendable, Equatable {
  /// A formula.
  case closedForm
  /// A monotone score changes its sign between two values of the parameter.
  case bracket(lower: Double, upper: Double)
  /// The maximiser lies within `2 decrement` of the law in the norm of a Hessian that is a lower bound there;
  /// the log-likelihood per unit of weight is within `decrement^2 / 2` of the maximum.
  case newtonBall(decrement: Double)
  case none
}

/// A law of maximal likelihood.
public struct Fit<Law: Distribution>: Sendable {
  /// nil where no law attains the supremum.
  public var law: Law?
  /// The sum of weighted log densities at the law; +infinity where it is unbounded.
  public var logLikelihood: Double
  /// One standard error a parameter of the initialiser, by the inverse of the expected information; empty
  /// where there is none.
  public var standardErrors: [Double]
  public var proof: FitProof
  public var status: FitStatus

  public init(
    law: Law?, logLikelihood: Double, standardErrors: [Double] = [], proof: FitProof, status: FitStatus
  ) {
    self.law = law
    self.logLikelihood = logLikelihood
    self.standardErrors = standardErrors
    self.proof = proof
    self.status = status
  }
}
