import EntropicNumerics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Mean-field inference in a conditionally conjugate model: a product of scalar laws of exponential families.
///
/// Where the conditional law of every coordinate is in its family, the best factor given the others has
/// natural parameters that are a function of the others' mean parameters (expected statistics). Factors are
/// updated in turn; each update minimises `F = E U - H` over one factor, so F never rises. Coordinate ascent
/// finds a stationary product, not always the best one.
///
/// - Source: D. Blei, A. Kucukelbir, J. McAuliffe, JASA 112 (2017), doi:10.1080/01621459.2017.1285773.
public struct MeanFieldModel: Sendable {
  /// One coordinate and its family.
  public struct Factor: Sendable {
    /// The law to start from; it also says which family is meant.
    public let start: any ScalarLaw & ExponentialFamily
    /// The natural parameters of the best law, in the order and with the carrier of its family, from the mean
    /// parameters of all factors.
    public let natural: @Sendable ([[Double]]) -> [Double]

    public init(
      start: any ScalarLaw & ExponentialFamily, natural: @escaping @Sendable ([[Double]]) -> [Double]
    ) {
      self.start = start
      self.natural = natural
    }
  }

  public let factors: [Factor]
  /// E U from the mean parameters of all factors.
  public let energy: @Sendable ([[Double]]) -> Double

  /// - Throws: `FamilyError.shape` without factors.
  public init(
    factors: [Factor], energy: @escaping @Sendable ([[Double]]) -> Double
  ) throws(FamilyError) {
    if factors.isEmpty {
      throw .shape(family: "mean-field model", parameter: "factors", expected: 1, found: 0)
    }
    self.factors = factors
    self.energy = energy
  }

  private typealias Law = any ScalarLaw & ExponentialFamily

  /// Sweeps until the natural parameters repeat to the digits.
  ///
  /// `local` at a stationary product; `stalled` where an update raises F, which means that `energy` and
  /// `natural` are not of the same model, or where a factor leaves its family.
  public func approximation(
    sweeps: Int = 10_000, stop: @Sendable () -> Bool = { false }
  ) -> VariationalOutcome<ProductLaw> {
    var laws: [Law] = factors.map { $0.start }
    var means = laws.map { $0.meanParameters }
    var value = objective(laws, means)
    guard value.value.isFinite else { return .stalled("F is \(value.value) at the starting laws", nil) }
    var sweep = 0
    var smallest = Double.infinity
    var stalls = 0
    while sweep < sweeps, stalls < 3 {
      if stop() { return .interrupted }
      sweep += 1
      var square = 0.0
      for k in factors.indices {
        let natural = factors[k].natural(means)
        let old = laws[k].naturalParameters
        guard natural.count == old.count else {
          return .stalled(
            "factor \(k + 1) has \(old.count) natural parameters, \(natural.count) were given", nil)
        }
        guard let next = Self.law(laws[k], natural) else {
          return .stalled("natural parameters \(natural) of factor \(k + 1) are outside of its family", nil)
        }
        square += Self.squaredStep(laws[k], from: old, to: natural)
        laws[k] = next
        means[k] = next.meanParameters
        let after = objective(laws, means)
        if !(after.value <= value.value + 1e-11 * (value.size + after.size)) {
          let rise = after.value - value.value
          return .stalled(
            "the update of factor \(k + 1) raises F by \(rise): energy and natural parameters disagree", nil)
        }
        value = after
      }
      let residual = square.squareRoot()
      stalls = residual < 0.9 * smallest ? 0 : stalls + 1
      smallest = min(smallest, residual)
      if residual <= 1e-15 { break }
    }
    let answer = VariationalAnswer(
      law: ProductLaw(laws), value: value.value, error: 4e-15 * value.size, lower: nil, upper: nil,
      standardError: 0, gradientNorm: smallest, gradientError: 0, expectations: "closed form",
      method: "coordinate-ascent", iterations: sweep,
      proof: "stationary: every factor is the best one given the others")
    return smallest <= 1e-6 ? .local(answer) : .stalled("the sweeps ended", answer)
  }

  private static func law(_ law: Law, _ natural: [Double]) -> Law? {
    guard natural.allSatisfy(\.isFinite) else { return nil }
    func changed<L: ScalarLaw & ExponentialFamily>(_ law: L) -> Law? { try? law.with(natural: natural) }
    return changed(law)
  }

  /// The change in the metric of the Fisher information.
  private static func squaredStep(_ law: Law, from old: [Double], to new: [Double]) -> Double {
    let change = zip(new, old).map { $0 - $1 }
    return max(0, Kernel.dot(change, law.fisherInformation.times(change)))
  }

  private func objective(_ laws: [Law], _ means: [[Double]]) -> (value: Double, size: Double) {
    let e = energy(means)
    var (value, size) = (e, abs(e))
    for law in laws {
      let h = law.entropy.value
      value -= h
      size += abs(h) + 1
    }
    return (value, size)
  }
}
