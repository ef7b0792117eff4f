/// Why a law, a fit or a projection cannot be formed: a code and its facts.
public enum FamilyError: Error, Sendable, Equatable {
  /// The parameter of the family lies outside of its domain.
  case parameter(family: String, parameter: String, value: Double, domain: String)

  /// Two parts of the parameters, or values and weights, do not fit together.
  case shape(family: String, parameter: String, expected: Int, found: Int)

  /// The observation lies outside of the support of every law of the family.
  case observation(family: String, index: Int, value: Double, domain: String)

  /// The mean parameters are not the moments of any law of the family.
  case unreachableMoments(family: String, reason: String)

  /// The sentence for a reader.
  public var message: String {
    switch self {
    case .parameter(let family, let parameter, let value, let domain):
      return "\(family): \(parameter) is \(value), expected \(domain)"
    case .shape(let family, let parameter, let expected, let found):
      return "\(family): \(parameter) has \(found) entries, expected \(expected)"
    case .observation(let family, let index, let value, let domain):
      return "\(family): observation \(index + 1) is \(value), expected \(domain)"
    case .unreachableMoments(let family, let reason):
      return "\(family): \(reason)"
    }
  }
}

/// The checks of one family's parameters.
struct Check {
  let family: String

  init(_ family: String) { self.family = family }

  func require(
    _ claim: Bool, _ value: Double, _ parameter: String, _ domain: String
  ) throws(FamilyError) {
    if !claim { throw .parameter(family: family, parameter: parameter, value: value, domain: domain) }
  }

  func finite(_ value: Double, _ parameter: String) throws(FamilyError) {
    try require(value.isFinite, value, parameter, "a finite number")
  }

  /// Positive and small enough that reciprocals and products with other parameters stay finite.
  func scale(_ value: Double, _ parameter: String) throws(FamilyError) {
    try require(value >= 1e-150 && value <= 1e150, value, parameter, "a positive number in [1e-150, 1e150]")
  }

  /// A shape, which the distribution functions support up to 1e9.
  func shape(_ value: Double, _ parameter: String) throws(FamilyError) {
    try require(value >= 1e-150 && value <= 1e9, value, parameter, "a positive number, at most 1e9")
  }

  func probability(_ value: Double, _ parameter: String) throws(FamilyError) {
    try require(value >= 0 && value <= 1, value, parameter, "a probability")
  }

  /// Two probabilities that sum to one up to 1e-9; the larger one is made the complement of the smaller.
  func chances(_ success: Double, _ failure: Double) throws(FamilyError) -> (Double, Double) {
    try probability(success, "probability")
    try probability(failure, "failure")
    try require(abs(success + failure - 1) <= 1e-9, success + failure, "sum of the probabilities", "one")
    return success <= failure ? (success, 1 - success) : (1 - failure, failure)
  }

  /// A success probability that leaves the waiting time finite.
  func positiveProbability(_ value: Double, _ parameter: String) throws(FamilyError) {
    try require(value >= 1e-150 && value <= 1, value, parameter, "a positive probability")
  }

  func count(_ value: Double, _ parameter: String, from least: Double = 0) throws(FamilyError) {
    try require(
      value.rounded() == value && value >= least && value <= 1e9, value, parameter,
      "a whole number from \(Int(least)) to 1e9")
  }

  /// Nonnegative weights that sum to one up to 1e-9 are divided by their sum.
  func weights(_ values: [Double], _ parameter: String) throws(FamilyError) -> [Double] {
    if values.isEmpty { throw .shape(family: family, parameter: parameter, expected: 1, found: 0) }
    for w in values { try require(w >= 0 && w.isFinite, w, parameter, "nonnegative numbers") }
    let total = values.reduce(0, +)
    try require(abs(total - 1) <= 1e-9, total, "sum of \(parameter)", "one")
    return total == 1 ? values : values.map { $0 / total }
  }

  func length(_ found: Int, _ expected: Int, _ parameter: String) throws(FamilyError) {
    if found != expected {
      throw .shape(family: family, parameter: parameter, expected: expected, found: found)
    }
  }
}
