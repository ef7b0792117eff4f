import EntropicNumerics

/// Turns collected terms into a convex functional, or names the part that is not convex: the order of the steps, and
/// what all of them share.
///
/// Order matters: first what is fixed by the constraints becomes constant, then negative entropies of sums are covered
/// by entropies of their members (conditional entropy, relative entropy), then every part that is left must be convex
/// by itself.
struct Resolution {
  /// weight f(row), with the node that it came from.
  struct Term {
    var weight: Double
    let row: AffineRow
    let node: Int
  }
  /// weight f(first, second)
  struct PairTerm {
    let weight: Double
    let first: AffineRow
    let second: AffineRow
    let node: Int
  }

  let parts: Parts
  var terms: CollectedTerms
  let fixed: FixedRows
  var functional: Functional
  /// Coefficients of p_i log p_i, signed while parts are being matched.
  var tau: [Double]
  /// The node that a negative entropy of single masses came from.
  var entropyNode: Int?
  /// Entropies of sums that are available for covering.
  var sums: [Term] = []
  /// weight u log v that is not yet covered.
  var pending: [PairTerm] = []
  private var rounding: [Double]

  /// - Throws: `notConvex` with the node of the smallest guilty part.
  static func functional(
    of parts: Parts, fixed: FixedRows
  ) throws(ProblemError) -> (functional: Functional, forcedZeros: Set<Int>) {
    var resolution = Resolution(parts, fixed)
    try resolution.run()
    return (resolution.functional, resolution.terms.forcedZeros)
  }

  private init(_ parts: Parts, _ fixed: FixedRows) {
    self.parts = parts
    self.fixed = fixed
    terms = parts.terms
    functional = Functional(count: parts.layout.count)
    tau = [Double](repeating: 0, count: parts.layout.count)
    rounding = tau
  }

  var count: Int { parts.layout.count }

  private mutating func run() throws(ProblemError) {
    if terms.isTooLarge {
      throw ProblemError(
        .unsupported, "the formula multiplies out to more than \(Parts.productLimit) factors",
        hint: "powers of powers of sums grow exponentially: state the inner ones as unknowns with constraints"
      )
    }
    resolveCrosses()
    try coverSums()
    try coverCrosses()
    try finishEntropies()
    try resolveLogs()
    try resolvePowers()
    try resolveExponentials()
    try resolvePositiveSquares()
    try resolveAbsolutes()
    try resolveBilinears()
    try resolvePerspectives()
    try resolveOuters()
    try resolveInformation()
    try resolveOthers()
    addConstant(terms.constant)
    functional.constantError += terms.constantError
    for i in 0..<count { functional.linear[i] += terms.linear[i] }
    functional.linearError = zip(rounding, terms.linearError).map { $0 + $1 }
  }

  func guilty(_ node: Int, _ what: String, hint: String? = nil) -> ProblemError {
    let subject = Expression.describe(parts.graph, node, depth: 6)
    return ProblemError(.notConvex, "\(what): \(subject)", hint: hint, subject: subject, node: node)
  }

  /// A linear coefficient; its rounding and that of its factors is charged to the certificate.
  mutating func addCost(at i: Int, _ value: Double) {
    functional.linear[i] += value
    rounding[i] += 0x1p-51 * abs(value)
  }

  /// `error` is what the value may be off beyond its rounding.
  mutating func addConstant(_ value: Double, error: Double = 0) {
    functional.constant += value
    functional.constantError += 0x1p-51 * abs(value) + error
  }

  /// weight times the row, the weight known to `error`.
  mutating func addLinear(_ row: AffineRow, _ weight: Double, error: Double = 0) {
    for entry in row.entries {
      addCost(at: entry.column, weight * entry.value)
      rounding[entry.column] += error * abs(entry.value)
    }
    addConstant(weight * row.offset, error: error * abs(row.offset))
  }

  /// A composite over the kept rows of a form.
  mutating func add(_ outer: Outer, _ form: LinearForm, _ kept: [Int]) {
    let picked = form.picked(kept, columns: count)
    functional.composites.append(
      Composite(outer: outer, map: picked.linearMap(columns: count), offset: picked.offset))
  }

  /// weight sign p_i^exponent
  mutating func addPowerTerm(_ exponent: Double, _ i: Int, _ weight: Double) {
    let k: Int
    if let known = functional.powers.firstIndex(where: { $0.exponent == exponent }) {
      k = known
    } else {
      functional.powers.append(
        Functional.PowerTerm(exponent: exponent, weights: [Double](repeating: 0, count: count)))
      k = functional.powers.count - 1
    }
    functional.powers[k].weights[i] += weight
  }
}
