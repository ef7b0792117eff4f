import EntropicNumerics

/// The law on an interval that minimises tau int p log p + int p c under constraints on its moments: maximum
/// entropy for tau = 1, c = 0, and the law nearest to q in KL for c = -log q.
///
///     let p = try MaximumEntropy(from: 0, to: .infinity, [.init("mean", PointFunction("x") { $0 }, .equal, 2)])
///     p.solved()                                     // the exponential law of rate 1/2
///
/// The optimum has Gibbs form with one multiplier a moment, found by Newton's method on the dual over the
/// nodes of a rule that covers every scale of the interval; unbounded intervals are approached through
/// growing boxes, so that no starting law is needed. By weak duality every dual value bounds the optimum:
/// the gap is the violation of the moments priced by the multipliers, plus the error of the rule, which is
/// found by halving its step.
///
/// - Complexity: O(nodes * moments^2) a Newton step; about 1e4 nodes.
/// - Source: E. T. Jaynes, Phys. Rev. 106 (1957), doi:10.1103/PhysRev.106.620; I. Csiszar, Ann. Probab. 3
///   (1975), doi:10.1214/aop/1176996454.
public struct MaximumEntropy: Sendable {
  public enum Relation: String, Sendable { case equal = "==", atMost = "<=", atLeast = ">=" }

  /// E f (relation) b.
  public struct Moment: Sendable {
    public let name: String
    public let function: PointFunction
    public let relation: Relation
    public let bound: Double

    public init(_ name: String, _ function: PointFunction, _ relation: Relation, _ bound: Double) {
      self.name = name
      self.function = function
      self.relation = relation
      self.bound = bound
    }
  }

  public let from: Double
  public let to: Double
  /// tau > 0.
  public let temperature: Double
  public let cost: PointFunction?
  public let moments: [Moment]

  /// - Throws: `FamilyError.parameter` unless from < to, and temperature and bounds are numbers of the domain.
  public init(
    from: Double, to: Double, temperature: Double = 1, cost: PointFunction? = nil, _ moments: [Moment]
  ) throws(FamilyError) {
    let check = Check("law")
    try check.require(from < to && from < .infinity && to > -.infinity, to, "to", "an end above \(from)")
    try check.scale(temperature, "the weight of the entropy")
    for moment in moments { try check.finite(moment.bound, "the bound of \(moment.name)") }
    self.from = from
    self.to = to
    self.temperature = temperature
    self.cost = cost
    self.moments = moments
  }

  /// The answer: the law, the interval that holds the optimum of tau int p log p + int p c, and the values.
  public struct Answer: Sendable {
    public let law: GibbsLaw
    public let value: Double
    public let lower: Double
    public let upper: Double
    public let dataUncertainty: Double
    /// d(optimum) / d(bound), one a moment.
    public let multipliers: [Double]
    public let means: [Double]
    /// The largest violation of a moment, relative to the sizes of its terms.
    public let residual: Double
    public let iterations: Int
  }

  public enum Outcome: Sendable {
    case optimal(Answer)
    /// No law has the moments: sum y_k (f_k(x) - b_k) >= margin > 0 on the whole interval.
    case infeasible(multipliers: [Double], margin: Double)
    /// Laws with the moments have arbitrarily good values.
    case unbounded(String)
    /// A function of the problem is not defined on a part of the interval.
    case undefined(String)
    case stalled(String, Answer?)
    case interrupted
  }

  /// Solves the problem. `stop` is asked between steps.
  public func solved(stop: @escaping @Sendable () -> Bool = { false }) -> Outcome {
    var search = MaximumEntropySearch(problem: self, stop: stop)
    return search.outcome()
  }
}
