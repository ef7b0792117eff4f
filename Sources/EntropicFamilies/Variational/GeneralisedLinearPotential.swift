import EntropicNumerics
import EntropicSpecialFunctions

/// A potential of functions of linear predictors and a quadratic:
///
///     U(x) = sum_i w_i phi(a_i . x + b_i) + x' Q x / 2 + c . x + k
///
/// The negative log posterior of generalised linear models has this form. Its expectation under a normal law
/// is a sum of one-dimensional integrals, so that variational inference is free of sampling.
///
/// `design` has the a_i as rows; w_i >= 0; Q is symmetric and positive semidefinite. Where Q is positive
/// definite and phi convex, answers are proved.
public struct GeneralisedLinearPotential: Sendable {
  public let design: Matrix
  public let offsets: [Double]
  public let weights: [Double]
  public let curve: PredictorCurve
  /// Q
  public let quadratic: Matrix
  /// c
  public let linear: [Double]
  /// k
  public let constant: Double

  public var dimension: Int { design.columns }

  public init(
    design: Matrix, curve: PredictorCurve, offsets: [Double]? = nil, weights: [Double]? = nil,
    quadratic: Matrix? = nil, linear: [Double]? = nil, constant: Double = 0
  ) throws(FamilyError) {
    let check = Check("generalised linear potential")
    let (n, d) = (design.rows, design.columns)
    try check.require(d >= 1, Double(d), "columns of the design", "at least 1")
    if !Kernel.absoluteSum(design.elements).isFinite {
      for a in design.elements { try check.finite(a, "design") }
    }
    self.design = design
    self.curve = curve
    self.offsets = offsets ?? [Double](repeating: 0, count: n)
    self.weights = weights ?? [Double](repeating: 1, count: n)
    self.linear = linear ?? [Double](repeating: 0, count: d)
    let q = quadratic ?? Matrix(rows: d, columns: d)
    try check.length(self.offsets.count, n, "offsets")
    try check.length(self.weights.count, n, "weights")
    try check.length(self.linear.count, d, "linear")
    try check.length(q.rows, d, "quadratic")
    try check.length(q.columns, d, "quadratic")
    for b in self.offsets { try check.finite(b, "offsets") }
    for w in self.weights { try check.require(w >= 0 && w.isFinite, w, "weights", "nonnegative numbers") }
    for c in self.linear { try check.finite(c, "linear") }
    try check.finite(constant, "constant")
    for i in 0..<d {
      try check.require(
        q[i, i] >= 0 && q[i, i].isFinite, q[i, i], "quadratic", "a positive semidefinite matrix")
      for j in 0..<i {
        try check.finite(q[i, j], "quadratic")
        let gap = abs(q[i, j] - q[j, i])
        try check.require(
          gap <= 1e-12 * (q[i, i] * q[j, j]).squareRoot(), gap, "quadratic", "a symmetric matrix")
      }
    }
    self.quadratic = symmetric(q)
    self.constant = constant
  }

  public func value(_ x: [Double]) -> Double {
    guard x.count == dimension else { return .nan }
    let t = zip(design.times(x), offsets).map { $0 + $1 }
    return Kernel.dot(weights, curve.values(t).value) + Kernel.dot(x, quadratic.times(x)) / 2
      + Kernel.dot(linear, x) + constant
  }

  /// The negative log density of a normal law.
  public static func normal(_ law: MultivariateNormal) throws(FamilyError) -> GeneralisedLinearPotential {
    let d = law.dimension
    let (q, c, k) = parts(of: law)
    return try GeneralisedLinearPotential(
      design: Matrix(rows: 0, columns: d), curve: .square, quadratic: q, linear: c, constant: k)
  }

  /// The negative log of likelihood times prior for y_i successes in n_i trials, `log odds = a_i . x + b_i`.
  public static func logisticRegression(
    design: Matrix, successes: [Double], trials: [Double]? = nil, offsets: [Double]? = nil,
    prior: MultivariateNormal
  ) throws(FamilyError) -> GeneralisedLinearPotential {
    let check = Check("logistic regression")
    let n = design.rows
    let total = trials ?? [Double](repeating: 1, count: n)
    try check.length(successes.count, n, "successes")
    try check.length(total.count, n, "trials")
    var constant = 0.0
    for i in 0..<n {
      try check.count(total[i], "trials")
      try check.count(successes[i], "successes")
      try check.require(successes[i] <= total[i], successes[i], "successes", "at most the trials")
      if successes[i] == 0 || successes[i] == total[i] { continue }
      constant -=
        Settled.logGamma(total[i] + 1) - Settled.logGamma(successes[i] + 1)
        - Settled.logGamma(total[i] - successes[i] + 1)
    }
    return try regression(design, .softplus, successes, total, offsets, prior, constant)
  }

  /// The negative log of likelihood times prior for counts y_i, `log mean = a_i . x + b_i` (b the log
  /// exposure).
  public static func poissonRegression(
    design: Matrix, counts: [Double], offsets: [Double]? = nil, prior: MultivariateNormal
  ) throws(FamilyError) -> GeneralisedLinearPotential {
    let check = Check("poisson regression")
    try check.length(counts.count, design.rows, "counts")
    var constant = 0.0
    for y in counts {
      try check.count(y, "counts")
      constant += Settled.logGamma(y + 1)
    }
    return try regression(design, .exponential, counts, nil, offsets, prior, constant)
  }

  /// The negative log of likelihood times prior for y_i normal around `a_i . x` with a known variance.
  public static func linearRegression(
    design: Matrix, responses: [Double], variance: Double, prior: MultivariateNormal
  ) throws(FamilyError) -> GeneralisedLinearPotential {
    let check = Check("linear regression")
    try check.length(responses.count, design.rows, "responses")
    try check.scale(variance, "variance")
    let n = Double(design.rows)
    return try regression(
      design, .square, [Double](repeating: 0, count: design.rows),
      [Double](repeating: 1 / variance, count: design.rows), responses.map { -$0 }, prior,
      n / 2 * Kernel.log(2 * .pi * variance))
  }

  /// `sum_i w_i phi(t_i) - y_i t_i`, and the prior.
  private static func regression(
    _ design: Matrix, _ curve: PredictorCurve, _ responses: [Double], _ weights: [Double]?,
    _ offsets: [Double]?, _ prior: MultivariateNormal, _ constant: Double
  ) throws(FamilyError) -> GeneralisedLinearPotential {
    try Check("regression").length(prior.dimension, design.columns, "prior")
    if let offsets { try Check("regression").length(offsets.count, design.rows, "offsets") }
    var (q, c, k) = parts(of: prior)
    Kernel.axpy(-1, design.transposedTimes(responses), into: &c)
    k += constant
    if let offsets { k -= Kernel.dot(offsets, responses) }
    return try GeneralisedLinearPotential(
      design: design, curve: curve, offsets: offsets, weights: weights, quadratic: q, linear: c, constant: k)
  }

  private static func parts(of law: MultivariateNormal) -> (Matrix, [Double], Double) {
    let q = law.root.precision()
    let z = law.root.whitened(law.mean)
    let k =
      0.5 * (Kernel.dot(z, z) + law.root.logDeterminant + Double(law.dimension) * Kernel.log(2 * .pi))
    return (q, q.times(law.mean).map { -$0 }, k)
  }
}
