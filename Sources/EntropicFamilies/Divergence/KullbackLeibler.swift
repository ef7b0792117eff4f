import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The registry of Kullback-Leibler divergences between scalar laws of any families.
///
/// In order:
/// 1. +infinity where the supports demand it;
/// 2. the closed form within a family, also of the larger family that holds both laws (an exponential and a
/// gamma
///    law are gamma laws);
/// 3. `-H(p) - sum_j c_j E_p S_j - c` where log q is a combination of statistics whose expectations p knows
/// in
///    closed form (or where one of them diverges);
/// 4. a series or a quadrature of the nonnegative integrand `p (q / p - 1 - log(q / p))`.
public enum KullbackLeibler {
  /// `E_p log(p / q)`, with an error.
  public static func divergence(from p: some ScalarLaw, to q: some ScalarLaw) -> Estimate {
    if let same = within(p, q) { return same }
    for left in ladder(p) {
      for right in ladder(q) {
        if let same = withinAny(left, right) { return same }
      }
    }
    if !q.support.covers(p.support) && !isAtomic(p, inside: q) { return .infinite }
    if let closed = expanded(p, q) { return closed }
    return Expectation.divergence(of: p, to: q)
  }

  /// `-E_p log q`, with an error.
  public static func crossEntropy(from p: some ScalarLaw, to q: some ScalarLaw) -> Estimate {
    if !q.support.covers(p.support) && !isAtomic(p, inside: q) { return .infinite }
    if let terms = q.expansion, let sum = expectation(of: terms, under: p, closedOnly: false) {
      return Estimate(-sum.value, error: sum.error, basis: sum.basis)
    }
    let d = divergence(from: p, to: q)
    return d.value == .infinity ? d : p.entropy.adding(d)
  }

  /// The law and the larger families that hold it.
  private static func ladder(_ law: any ScalarLaw) -> [any ScalarLaw] {
    var steps: [any ScalarLaw] = [law]
    while let last = steps.last, let next = last.embedding, steps.count < 4 { steps.append(next) }
    return steps
  }

  private static func withinAny(_ p: any ScalarLaw, _ q: any ScalarLaw) -> Estimate? {
    within(p, q)
  }

  private static func within<P: ScalarLaw>(_ p: P, _ q: any ScalarLaw) -> Estimate? {
    (q as? P).map { p.divergence(to: $0) }
  }

  /// A law on points whose points all lie on integers that q charges.
  private static func isAtomic(_ p: some ScalarLaw, inside q: some ScalarLaw) -> Bool {
    guard let points = p as? any FiniteScalarLaw, q.support.kind != .interval else { return false }
    return zip(points.points, points.masses).allSatisfy { $1 == 0 || q.logDensity($0) > -.infinity }
  }

  private static func expanded(_ p: some ScalarLaw, _ q: some ScalarLaw) -> Estimate? {
    guard let terms = q.expansion else { return nil }
    guard let sum = expectation(of: terms, under: p, closedOnly: true) else { return nil }
    if sum.value == -.infinity { return .infinite }
    let h = p.entropy
    let value = -h.value - sum.value
    // A small difference of large numbers is left to the nonnegative integrand.
    let error = h.error + sum.error
    guard value.isFinite, value > 1e-3 * max(abs(h.value), abs(sum.value)) else { return nil }
    return Estimate(value, error: error, basis: h.basis == .closedForm ? sum.basis : h.basis)
  }

  /// `E_p log q` from the expansion; nil where a statistic has no closed form.
  private static func expectation(
    of q: LogDensityExpansion, under p: some ScalarLaw, closedOnly: Bool
  ) -> Estimate? {
    var sum = Estimate(closed: q.constant)
    var open: [(coefficient: Double, statistic: Statistic)] = []
    for term in q.terms {
      guard let value = p.closedExpectation(term.statistic) else {
        open.append(term)
        continue
      }
      if value.isNaN { return nil }
      if value.isInfinite {
        return term.coefficient * value == -.infinity
          ? Estimate(-.infinity, error: 0, basis: .closedForm) : nil
      }
      sum = sum.adding(Estimate(closed: value), times: term.coefficient)
    }
    if closedOnly && !open.isEmpty { return nil }
    for term in open {
      sum = sum.adding(Expectation.value(of: term.statistic, under: p), times: term.coefficient)
    }
    return sum
  }
}
