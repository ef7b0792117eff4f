/// What a scalar expression is made of, as data: signed primitive terms, before anything is known about their convexity.
///
/// `Parts` fills it, `Resolution` judges it.
struct CollectedTerms {
  /// sum_j weight_j f(u_j), with the node of the user's formula that it came from.
  struct Group {
    let weights: [Double]
    let form: LinearForm
    let node: Int
  }
  /// sum_j weight_j f(u_j, v_j)
  struct PairGroup {
    let weights: [Double]
    let first: LinearForm
    let second: LinearForm
    let node: Int
  }
  struct OuterTerm {
    let weight: Double
    let outer: Outer
    let form: LinearForm
    let node: Int
  }
  struct InformationPart {
    let weight: Double
    let kind: InformationTerm.Kind
    let node: Int
    let argument: Int
  }

  var constant = 0.0
  var linear: [Double]
  /// Rounding of the coefficients: of decimals, of logarithms of data, and of the sums they enter.
  var linearError: [Double]
  var constantError = 0.0
  /// Masses that must be 0 because their cost is infinite.
  var forcedZeros: Set<Int> = []
  /// weight u log v; entropies are those with u = v.
  var crosses: [PairGroup] = []
  /// weight log u
  var logs: [Group] = []
  /// weight u^a
  var powers: [(exponent: Double, group: Group)] = []
  /// weight u^a v^(1 - a)
  var perspectives: [(exponent: Double, group: PairGroup)] = []
  /// weight u v
  var bilinears: [PairGroup] = []
  var exponentials: [Group] = []
  var absolutes: [Group] = []
  /// weight max(u, 0)^2
  var positiveSquares: [Group] = []
  var outers: [OuterTerm] = []
  var information: [InformationPart] = []
  /// Scalar terms that have no canonical form: weight times the node, which rewriting may have made.
  var others: [(weight: Double, node: Int, origin: Int)] = []

  /// True when the formula multiplies out to more products than can be collected; the terms are then not all.
  var isTooLarge = false

  init(count: Int) {
    linear = [Double](repeating: 0, count: count)
    linearError = linear
  }
}
