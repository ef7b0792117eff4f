import EntropicNumerics
import EntropicSpecialFunctions

/// The normal law N(m, s^2) that minimises -tau H(p) + E_p U, by Newton's method in (m, s):
///
///     F(m, s) = -tau log s + E U(m + s z) - tau log(2 pi e) / 2,      z standard normal
///
/// All derivatives are expectations of U alone, times Hermite polynomials (Stein's identity), over one
/// Gauss-Hermite rule: U needs no derivatives. If U is convex, F is convex in (m, s), for E U(m + s z) is; then a
/// verified ball makes the minimum certain: where F is larger on the boundary of a ball than at its centre, the
/// minimiser lies inside, and F cannot fall by more than |gradient| radius.
///
/// - Source: C. Stein, Ann. Statist. 9 (1981), doi:10.1214/aos/1176345632; E. Challis, D. Barber, JMLR 14 (2013).
struct NormalSearch {
  private let problem: FamilyProblem
  private let temperature: Double
  private let potential: @Sendable ([Double]) -> [Double]
  /// U as it is written, where that is known.
  private let formula: OutcomeFormula?
  /// U is proved to be convex on the whole line.
  private let isConvex: Bool
  private let constant: Double
  private let stop: @Sendable () -> Bool
  private let nodes: [Double]
  private let weights: [Double]

  /// Nil when the problem has another form.
  init?(_ problem: FamilyProblem, stop: @escaping @Sendable () -> Bool) {
    guard problem.family.name == "normal", problem.given.allSatisfy({ $0 == nil }) else { return nil }
    var tau = 0.0
    var parts: [(weight: Double, function: PointFunction)] = []
    var curved: [(weight: Double, function: PointFunction)] = []
    for item in problem.objective.terms {
      switch item.term {
      case .entropy: tau -= item.weight
      case .expectation(let f):
        parts.append((item.weight, f))
        curved.append((item.weight, f))
      case .divergenceTo(let q):
        guard q.support == .line else { return nil }
        tau += item.weight
        let cost = PointFunction.negativeLogDensity(of: q)
        parts.append((item.weight, cost))
        // The logistic density is log-concave.
        if !(q is Logistic && item.weight > 0) { curved.append((item.weight, cost)) }
      default: return nil
      }
    }
    guard tau > 0, let rule = try? Quadrature.normal(128) else { return nil }
    self.problem = problem
    temperature = tau
    let whole = PointFunction.combination("U", parts)
    potential = whole.values
    formula = whole.formula
    let rest = PointFunction.combination("U", curved)
    isConvex = curved.isEmpty || rest.formula?.isConvex(from: -.infinity, to: .infinity) ?? false
    constant = problem.objective.constant
    self.stop = stop
    nodes = rule.nodes
    weights = rule.weights
  }

  private struct State {
    var m: Double
    var s: Double
    var value: Double
    /// By m and by s.
    var slope: (Double, Double)
    var curvature: (mm: Double, ms: Double, ss: Double)
  }

  private func state(_ m: Double, _ s: Double) -> State? {
    guard s > 0, s.isFinite, m.isFinite else { return nil }
    let u = potential(nodes.map { m + s * $0 })
    var sums = (value: 0.0, m: 0.0, s: 0.0, mm: 0.0, ms: 0.0, ss: 0.0)
    for i in nodes.indices where weights[i] > 1e-300 {
      let z = nodes[i]
      // Far nodes weigh nothing: a potential that overflows there is cut off.
      if !u[i].isFinite, weights[i] < 1e-30 { continue }
      let w = weights[i] * u[i]
      sums.value += w
      sums.m += w * z
      sums.s += w * (z * z - 1)
      sums.ms += w * z * (z * z - 3)
      sums.ss += w * (z * z * (z * z - 5) + 2)
    }
    let state = State(
      m: m, s: s, value: sums.value - temperature * Kernel.log(s) + entropyConstant,
      slope: (sums.m / s, (sums.s - temperature) / s),
      curvature: (sums.s / (s * s), sums.ms / (s * s), (sums.ss + temperature) / (s * s)))
    return state.value.isFinite ? state : nil
  }

  private var entropyConstant: Double { constant - temperature * 1.4189385332046727 }

  func outcome() -> FamilyProblem.Outcome {
    if fallsWithoutLimit { return .unbounded("the objective falls without limit along normal laws") }
    var starts: [State] = []
    for (m, s) in [(0.0, 1.0), (0, 0.1), (0, 10), (3, 1), (-3, 1), (0, 100), (0, 0.01), (30, 3), (-30, 3)] {
      if let state = state(m, s) { starts.append(state) }
    }
    starts.sort { $0.value < $1.value }
    if starts.isEmpty {
      return .stalled("the potential is not finite around any starting law", nil)
    }
    var best: (value: Double, outcome: FamilyProblem.Outcome)?
    for start in starts {
      if stop() { return .interrupted }
      let outcome = outcome(from: start)
      switch outcome {
      case .optimal, .unbounded, .infeasible, .unsuitable, .interrupted: return outcome
      case .local(let answer), .stalled(_, let answer?):
        if let best, answer.value >= best.value - 1e-9 * abs(answer.value) { continue }
        best = (answer.value, outcome)
      case .stalled(_, nil): continue
      }
    }
    return best?.outcome ?? .stalled("no stationary point was found", nil)
  }

  private func outcome(from start: State) -> FamilyProblem.Outcome {
    var here = start
    var iterations = 0
    while iterations < 300 {
      if stop() { return .interrupted }
      iterations += 1
      guard let next = step(from: here) else { break }
      let change = max(abs(next.m - here.m), abs(next.s - here.s)) / here.s
      here = next
      if change < 1e-15 { break }
      if here.s > 1e50 || here.s < 1e-50 || abs(here.m) > 1e50 {
        return .stalled(
          "the objective falls along normal laws of any size; whether it has a limit is not known", nil)
      }
    }
    return conclusion(here, iterations)
  }

  /// A damped Newton step; nil at the end of the digits.
  private func step(from here: State) -> State? {
    let s = here.s
    // In units of s the curvatures are of one size.
    let (gm, gs) = (here.slope.0 * s, here.slope.1 * s)
    var (a, b, c) = (here.curvature.mm * s * s, here.curvature.ms * s * s, here.curvature.ss * s * s)
    var shift = 0.0
    while a + shift <= 0 || (a + shift) * (c + shift) - b * b <= 1e-12 * abs((a + shift) * (c + shift)) {
      shift = shift == 0 ? 1e-3 * (abs(a) + abs(c) + temperature) : 4 * shift
      if shift > 1e30 { return nil }
    }
    a += shift
    c += shift
    let determinant = a * c - b * b
    let dm = -(c * gm - b * gs) / determinant
    let ds = -(a * gs - b * gm) / determinant
    var length = min(1, 0.9 / max(-ds, 1e-300))
    length = min(length, 4 / max(abs(dm), 1e-300) > 1 ? length : 4 / abs(dm))
    for _ in 0..<50 {
      if let next = state(here.m + length * dm * s, s * (1 + length * ds)) {
        let gain = length * (gm * dm + gs * ds)
        if next.value <= here.value + 1e-4 * gain { return next }
        let size = abs(next.slope.0 * next.s) + abs(next.slope.1 * next.s)
        if abs(next.value - here.value) <= 1e-13 * max(1, abs(here.value)), size < abs(gm) + abs(gs) {
          return next
        }
      }
      length /= 2
    }
    return nil
  }

  private func conclusion(_ here: State, _ iterations: Int) -> FamilyProblem.Outcome {
    guard let law = try? Normal(mean: here.m, variance: here.s * here.s) else {
      return .stalled("the variance left the range of doubles", nil)
    }
    // The rule is checked against adaptive quadrature, which knows its error.
    let value = problem.objective.value(at: law)
    let size = max(abs(here.slope.0), abs(here.slope.1)) * here.s
    let error = value.error + 1e-14 * max(1, abs(value.value))
    let ruleError = abs(value.value - here.value)
    let isSettled = ruleError <= 1e-9 * max(1, abs(value.value))
    let radius = radius(here)
    let gap = radius.map { $0 * size * 2 + error + ruleError }
    let room = max(1e-9 * abs(value.value), 1e-12 * max(1, temperature))
    let proved = isSettled ? gap.flatMap { $0 <= room ? $0 : nil } : nil
    let answer = FamilyProblem.Answer(
      law: law, parameters: [here.m, here.s * here.s], value: value.value,
      lower: proved.map { value.value - $0 }, upper: proved.map { _ in value.value + error },
      standardErrors: nil,
      proof: proved != nil
        ? "convex in mean and standard deviation; a ball around the answer holds the minimiser"
        : "stationary: the gradient vanishes to the digits", residual: size, method: "gaussian-newton",
      iterations: iterations)
    if !isSettled {
      return .stalled("the quadrature of the potential does not settle (difference \(ruleError))", answer)
    }
    if proved != nil { return .optimal(answer) }
    return size <= 1e-7 * max(1, abs(value.value)) ? .local(answer) : .stalled("no further progress", answer)
  }

  /// In units of s: the radius of a ball around the point on whose boundary F is larger, for a convex U.
  private func radius(_ here: State) -> Double? {
    guard isConvex else { return nil }
    let s = here.s
    let (a, b, c) = (here.curvature.mm * s * s, here.curvature.ms * s * s, here.curvature.ss * s * s)
    let least = ((a + c) - ((a - c) * (a - c) + 4 * b * b).squareRoot()) / 2
    let size = max(abs(here.slope.0), abs(here.slope.1)) * s
    guard least > 0 else { return nil }
    let radius = max(8 * size / least, 1e-6)
    guard radius < 0.1 else { return nil }
    // The curvature is looked at on the boundary, too.
    for k in 0..<8 {
      let (dx, dy) = [(1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (0.7, -0.7), (-0.7, 0.7), (-0.7, -0.7)][k]
      guard let there = state(here.m + radius * dx * s, s * (1 + radius * dy)) else { return nil }
      let (p, q, r) = (there.curvature.mm, there.curvature.ms, there.curvature.ss)
      let other = ((p + r) - ((p - r) * (p - r) + 4 * q * q).squareRoot()) / 2 * s * s
      guard other > least / 2 else { return nil }
    }
    return radius
  }

  /// A proof that laws have arbitrarily low values: U is bounded above, and the entropy grows with the variance; or U
  /// falls to -infinity at one end, grows at most like a power at the other, and the mean goes where it falls.
  private var fallsWithoutLimit: Bool {
    guard let formula else { return false }
    let ends = [Interval(100, .infinity), Interval(-.infinity, -100)]
    if ends.allSatisfy({ formula.bounds($0).map { $0.upper < .infinity } ?? false }) {
      return formula.isBoundedAbove(from: -100, to: 100)
    }
    let found = ends.map { cell in FormulaEnd.Place(cell).flatMap { formula.end($0) } }
    guard let right = found[0], let left = found[1] else { return false }
    let falls = [right, left].contains { $0.power > 0 && $0.coefficient.upper < 0 }
    return falls && right.coefficient.upper < .infinity && left.coefficient.upper < .infinity
      && formula.isBoundedAbove(from: -100, to: 100)
  }
}
