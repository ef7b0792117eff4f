import Entropic
import EntropicTestSupport
import Testing

/// Problems with an optimum in closed form at the edges of double precision: far and near orders, tiny balls, values far
/// from 0. Whatever the status, the interval that is reported must hold the optimum.
@Suite("intervals at the edges of double precision")
struct SoundIntervalTests {
  private func check(
    _ outcome: Outcome, _ optimum: Double, within relative: Double = 1e-13, _ what: String,
    mustSolve: Bool = false
  ) {
    if let answer = outcome.answerIfAny {
      let (value, lower, upper) = answer.objective
      // The closed form itself is known to `relative`.
      let noise = relative * Swift.abs(optimum)
      #expect(!(lower > optimum + noise), "\(what): lower \(lower) above \(optimum)")
      #expect(!(upper < optimum - noise), "\(what): upper \(upper) below \(optimum)")
      if case .optimal = outcome {
        #expect(value.isFinite && lower.isFinite && upper.isFinite, "\(what): \(lower), \(value), \(upper)")
        #expect(
          upper - lower <= 1e-9 * max(Swift.abs(lower), Swift.abs(upper)) + 2e-12,
          "\(what): \(lower)...\(upper)")
      }
    } else {
      Issue.record("\(what): \(outcome.status)")
    }
    if mustSolve { #expect(outcome.exitCode == 0, "\(what): \(outcome.status)") }
  }

  @Test(
    "Renyi divergence of any order: mass 0.9 on two of three",
    arguments: [0.01, 0.5, 0.9, 1.5, 2, 5, 30, 60, 100, 200, 300, 430, 500, 1000, 3000])
  func renyiDivergences(order: Double) throws {
    for q in [[0.5, 0.2, 0.3], [0.13, 0.57, 0.3], [0.01, 0.01, 0.98]] {
      let p = Unknown.simplex(3)
      let outcome = try minimize(renyiDivergence(p, q, order: order)) { p[0] + p[1] == 0.9 }
      // p / q is constant on both groups: log(r^a Q^(1-a) + ...) / (a - 1) with the larger term taken out.
      let first = order * Kernel.log(0.9) + (1 - order) * Kernel.log(q[0] + q[1])
      let second = order * Kernel.log(0.1) + (1 - order) * Kernel.log(q[2])
      let top = max(first, second)
      let optimum = (top + Kernel.log(Kernel.exp(first - top) + Kernel.exp(second - top))) / (order - 1)
      check(outcome, optimum, "order \(order) of \(q)")
    }
  }

  @Test(
    "Renyi entropy of any order: one mass fixed",
    arguments: [0.3, 2, 10, 100, 700, 1000, 1 + 1e-10, 1 + 1e-14])
  func renyiEntropies(order: Double) throws {
    let p = Unknown.simplex(4)
    let outcome = try maximize(renyi(p, order: order)) { p[0] == 0.4 }
    let first = order * Kernel.log(0.4)
    let rest = Kernel.log(3.0) + order * Kernel.log(0.2)
    let top = max(first, rest)
    let isNear = Swift.abs(order - 1) < 1e-9
    let shannon = -0.4 * Kernel.log(0.4) - 0.6 * Kernel.log(0.2)
    let optimum =
      isNear ? shannon : (top + Kernel.log(Kernel.exp(first - top) + Kernel.exp(rest - top))) / (1 - order)
    check(outcome, optimum, within: isNear ? 1e-10 : 1e-13, "order \(order)")
  }

  @Test("alpha divergences", arguments: [-20.0, -3, 0.5, 2, 30, 100, 1000])
  func alphaDivergences(order: Double) throws {
    let p = Unknown.simplex(3)
    let q = [0.13, 0.57, 0.3]
    let outcome = try minimize(alphaDivergence(p, q, order)) { p[0] + p[1] == 0.9 }
    let sum =
      Kernel.exp(order * Kernel.log(0.9) + (1 - order) * Kernel.log(0.7))
      + Kernel.exp(order * Kernel.log(0.1) + (1 - order) * Kernel.log(0.3))
    check(outcome, (1 - sum) / (order * (1 - order)), within: 1e-11, "order \(order)")
  }

  @Test("reference masses whose coefficients overflow are not zeros")
  func overflow() throws {
    let p = Unknown.simplex(3)
    let outcome = try minimize(renyiDivergence(p, [1e-170, 0.5, 0.5], order: 3)) { p[0] >= 0.01 }
    // log(0.01^3 1e340 + 0.99^3) / 2
    check(outcome, (3 * Kernel.log(0.01) + 340 * Kernel.log(10.0)) / 2, within: 1e-12, "order 3")
    let chi = try minimize(chiSquared(p, [1e-170, 0.5, 0.5])) { p[0] >= 0 }
    if case .infeasible = chi { Issue.record("chi squared: infeasible") }
    if let answer = chi.answerIfAny { #expect(answer.objective.lower <= 1e-12) }
  }

  @Test("disjoint supports leave nothing finite")
  func disjoint() throws {
    let p = Unknown.simplex(4)
    let outcome = try minimize(renyiDivergence(p, [0, 0, 0.5, 0.5], order: 0.5)) { p[0] + p[1] == 1 }
    guard case .infeasible(.domain, _) = outcome else {
      Issue.record("\(outcome.status)")
      return
    }
  }

  @Test(
    "balls of every radius",
    arguments: [0, 1e-300, 1e-20, 1e-16, 1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2])
  func balls(radius: Double) throws {
    let q = [0.4, 0.3, 0.15, 0.1, 0.05]
    for shift in [0.0, 1000] {
      let c = [0.0, 1, 2, 5, 9].map { $0 + shift }
      let mean = 1.55 + shift
      // Variance of c under q, 7.5475 - 1.55^2... of 0, 1, 2, 5, 9: 0.3 + 0.6 + 2.5 + 4.05 = 7.45.
      let deviation = (7.45 - 1.55 * 1.55).squareRoot()
      let p = Unknown.simplex(5)
      let chi = try maximize(expect(p, c)) { chiSquared(p, q) <= radius }
      check(chi, mean + radius.squareRoot() * deviation, "chi squared \(radius) \(shift)")
      // |c - mean of c| of 0, 1, 2, 5, 9 is sqrt(111 - 289 / 5) = sqrt(53.2).
      if radius < 0.01 {
        let norm = try maximize(expect(p, c)) { norm2(Expression(p) - Expression(q)) <= radius }
        check(norm, mean + radius * (53.2).squareRoot(), "norm \(radius) \(shift)")
        let square = try maximize(expect(p, c)) { sumSquares(Expression(p) - Expression(q)) <= radius }
        if radius <= 1e-4 {
          check(square, mean + (radius * 53.2).squareRoot(), "sum of squares \(radius) \(shift)")
        }
      }
      if radius == 0 {
        check(try maximize(expect(p, c)) { kl(p, q) <= 0 }, mean, "kl 0 \(shift)")
        check(try maximize(expect(p, c)) { hellinger(p, q) <= 0 }, mean, "hellinger 0 \(shift)")
      } else if let answer = try maximize(expect(p, c), subjectTo: { kl(p, q) <= radius }).answerIfAny {
        // Between the value at q and Pinsker's bound.
        #expect(!(answer.objective.upper < mean - 1e-12))
        #expect(!(answer.objective.lower > mean + 9 * (radius / 2).squareRoot() + 1e-12))
      }
    }
  }

  @Test("balls with room are still solved", arguments: [1e-6, 1e-4, 1e-2])
  func room(radius: Double) throws {
    let q = [0.4, 0.3, 0.15, 0.1, 0.05]
    let p = Unknown.simplex(5)
    let outcome = try maximize(expect(p, [0, 1, 2, 5, 9])) { chiSquared(p, q) <= radius }
    #expect(outcome.exitCode == 0, "\(outcome.status)")
    let other = try maximize(expect(p, [0, 1, 2, 5, 9])) { kl(p, q) <= radius }
    #expect(other.exitCode == 0, "\(other.status)")
  }

  @Test("variances do not depend on the origin", arguments: [0, 1e4, 1e8, 1e12])
  func variances(origin: Double) throws {
    let x = [origin, origin + 1, origin + 3]
    let p = Unknown.simplex(3)
    check(try maximize(variance(p, x)), 2.25, "origin \(origin)", mustSolve: true)
  }
}
