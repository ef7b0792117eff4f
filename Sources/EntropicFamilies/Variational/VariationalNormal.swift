import EntropicNumerics

/// Variational inference of a potential by a normal law: the law that minimises `F = E U - H`.
///
/// Expectations are means over nodes that stay fixed during a search, which makes F an ordinary function with
/// exact derivatives; natural gradient steps and Newton's method find its minimum. Then other nodes judge: a
/// finer rule, or fresh random ones with their standard error. More nodes are taken until the error meets
/// `goal`.
///
///     rule             coordinates   error               best status
///     Gauss-Hermite    1 to 3        a second rule       optimal where U is strongly convex, else local
///     Sobol points     1 to 40       16 random shifts    estimated
///     sampling         any           16 fresh samples    estimated
public struct VariationalNormal: Sendable {
  public var structure = NormalStructure.full
  public var rule = ExpectationRule.automatic
  /// The standard error of F that is good enough, in nats.
  public var goal = 1e-3
  /// At most so many nodes.
  public var maximumNodes = 65_536
  public var iterations = 300
  /// Searches from so many laws; those after the first are placed at random.
  public var starts = 1
  public var seed: UInt64 = 1
  /// Asked between steps.
  public var stop: @Sendable () -> Bool = { false }

  public init(
    _ structure: NormalStructure = .full, rule: ExpectationRule = .automatic, goal: Double = 1e-3,
    seed: UInt64 = 1
  ) {
    self.structure = structure
    self.rule = rule
    self.goal = goal
    self.seed = seed
  }

  public typealias Outcome = VariationalOutcome<MultivariateNormal>

  /// The best law found, starting at `start` or around 0.
  public func approximate(_ potential: Potential, from start: MultivariateNormal? = nil) -> Outcome {
    let d = potential.dimension
    if let start, start.dimension != d {
      return .stalled("the starting law has \(start.dimension) coordinates, expected \(d)", nil)
    }
    var best: Outcome?
    for k in 0..<max(1, starts) {
      let outcome = approximate(potential, start, attempt: k)
      if case .interrupted = outcome { return outcome }
      if case .unbounded = outcome { return outcome }
      if isBetter(outcome, than: best) { best = outcome }
      if case .optimal = outcome { break }
    }
    return best ?? .stalled("no start", nil)
  }

  private func isBetter(_ outcome: Outcome, than best: Outcome?) -> Bool {
    guard let best, let other = best.answer else { return true }
    guard let answer = outcome.answer else { return false }
    let hasStalled = outcome.status == "stalled"
    if hasStalled != (best.status == "stalled") { return !hasStalled }
    return answer.value < other.value - answer.error - other.error
  }

  private func approximate(_ potential: Potential, _ start: MultivariateNormal?, attempt: Int) -> Outcome {
    let d = potential.dimension
    switch rule {
    case .gaussHermite where d > 3:
      return .stalled("Gauss-Hermite rules are for at most 3 coordinates, not \(d)", nil)
    case .quasiMonteCarlo where d > 40:
      return .stalled("Sobol points are for at most 40 coordinates, not \(d)", nil)
    case .gaussHermite: return byQuadrature(potential, start, attempt)
    case .automatic where d <= 3:
      let outcome = byQuadrature(potential, start, attempt)
      // On the line nothing converges faster than the finest rule.
      guard d > 1, case .stalled(_, let answer?) = outcome else { return outcome }
      return byNodes(potential, answer.law, attempt, isQuasi: true)
    case .automatic: return byNodes(potential, start, attempt, isQuasi: d <= 40)
    case .quasiMonteCarlo: return byNodes(potential, start, attempt, isQuasi: true)
    case .monteCarlo: return byNodes(potential, start, attempt, isQuasi: false)
    }
  }

  /// The given law or N(0, s^2 I), the scale s with the least F; at random for later attempts.
  private func start(_ energy: NodeEnergy, _ law: MultivariateNormal?, _ attempt: Int) -> NormalPoint? {
    let d = energy.dimension
    var mean = law?.mean ?? [Double](repeating: 0, count: d)
    if attempt > 0 {
      var generator = SeededGenerator(seed: seed, stream: 500 + UInt64(attempt))
      for i in 0..<d { mean[i] += 3 * (law?.covariance.variances[i].squareRoot() ?? 1) * normal(&generator) }
    }
    if let law { return NormalPoint(structure: structure, mean: mean, covariance: law.covariance.matrix) }
    let descent = NormalDescent(energy: energy)
    var best: (value: Double, point: NormalPoint)?
    for scale in [1, 0.1, 0.01, 10, 1e-4] {
      let root = Matrix.diagonal([Double](repeating: scale, count: d))
      let point = NormalPoint(structure: structure, mean: mean, root: root)
      if let state = descent.state(point), state.value < best?.value ?? .infinity {
        best = (state.value, point)
      }
    }
    return best?.point
  }

  private func normal(_ generator: inout SeededGenerator) -> Double {
    Normal.standardQuantile(max(0x1p-53, generator.uniform()))
  }

  /// Why nothing could be evaluated.
  private func complaint(_ potential: Potential, _ law: MultivariateNormal?) -> String {
    let d = potential.dimension
    let at = potential.evaluate(
      Matrix(rows: 1, columns: d, elements: law?.mean ?? [Double](repeating: 0, count: d)))
    guard at.values.count == 1 else { return "the potential returns \(at.values.count) values for one point" }
    if !at.values[0].isFinite { return "the potential is \(at.values[0]) at the mean of the starting law" }
    guard at.gradients.elements.count == d else { return "the gradient has the wrong shape" }
    if let bad = at.gradients.elements.first(where: { !$0.isFinite }) {
      return "the gradient of the potential holds \(bad) at the mean of the starting law"
    }
    return "the potential is not finite around any starting law"
  }

  /// What a search on fixed nodes found, or the outcome that ends it all.
  private func search(
    _ energy: NodeEnergy, _ potential: Potential, _ law: MultivariateNormal?, _ from: NormalPoint?,
    _ attempt: Int
  ) -> (run: NormalDescent.Run, state: NormalDescent.State?, end: Outcome?) {
    let descent = NormalDescent(energy: energy, iterations: iterations, stop: stop)
    guard let start = from ?? start(energy, law, attempt) else {
      return (.init(state: nil, end: .notFinite), nil, .stalled(complaint(potential, law), nil))
    }
    let run = descent.run(from: start)
    switch run.end {
    case .interrupted: return (run, nil, .interrupted)
    case .unbounded: return (run, nil, .unbounded("the objective falls without limit along normal laws"))
    case .notFinite: return (run, nil, .stalled(complaint(potential, law), nil))
    case .settled, .limit: return (run, run.state, nil)
    }
  }

  // MARK: Gauss-Hermite

  /// A rule of the ladder: Gauss-Hermite, or in one dimension the trapezoidal rule, which copes with kinks
  /// and with potentials that are singular near the line.
  private enum Rung {
    case gauss(Int)
    case trapezoid(Double)

    func nodes(_ d: Int) -> NormalNodes? {
      switch self {
      case .gauss(let n): return .tensor(n, dimension: d)
      case .trapezoid(let step): return .line(step: step)
      }
    }

    var text: String {
      switch self {
      case .gauss(let n): return "Gauss-Hermite, \(n) nodes a coordinate"
      case .trapezoid(let step): return "trapezoidal rule, steps of \(step) deviations"
      }
    }
  }

  private static func ladder(_ d: Int) -> [Rung] {
    switch d {
    case 1:
      return [32, 64, 128].map { Rung.gauss($0) } + [4, 16, 64, 256, 1024].map { Rung.trapezoid(1 / $0) }
    case 2: return [16, 24, 36, 54, 80].map { Rung.gauss($0) }
    default: return [12, 18, 26, 36].map { Rung.gauss($0) }
    }
  }

  private func byQuadrature(_ potential: Potential, _ law: MultivariateNormal?, _ attempt: Int) -> Outcome {
    let d = potential.dimension
    let ladder = Self.ladder(d)
    var point: NormalPoint?
    var last: (answer: VariationalAnswer<MultivariateNormal>, isSettled: Bool, isProved: Bool)?
    var total = 0
    for (coarse, fine) in zip(ladder, ladder.dropFirst()) {
      guard let nodes = coarse.nodes(d), let finer = fine.nodes(d) else {
        return .stalled("no rule", nil)
      }
      let found = search(NodeEnergy(potential: potential, nodes: nodes), potential, law, point, attempt)
      if let end = found.end { return end }
      guard let state = found.state else { break }
      total += found.run.naturalSteps + found.run.newtonSteps
      point = state.point
      let judge = NormalDescent(energy: NodeEnergy(potential: potential, nodes: finer))
      guard let checked = judge.state(state.point), let best = try? state.point.law() else { continue }
      let answer = answer(potential, best, state, checked, found.run, total, fine.text)
      last = answer
      if answer.isSettled { break }
    }
    guard let last else { return .stalled("the potential is not finite around the law that was found", nil) }
    if last.isProved { return .optimal(last.answer) }
    // A difference that is small, but not to the digits, stands in the answer.
    let isNear =
      last.answer.error <= 1e-6 * max(1, abs(last.answer.value)) && last.answer.gradientError <= 1e-3
    if !last.isSettled, !isNear {
      return .stalled("the quadrature does not settle (difference \(last.answer.error))", last.answer)
    }
    let residual = max(0, last.answer.gradientNorm - 2 * last.answer.gradientError)
    let isStationary = residual <= 1e-6 * max(1, abs(last.answer.value)).squareRoot()
    return isStationary ? .local(last.answer) : .stalled("no further progress", last.answer)
  }

  private func answer(
    _ potential: Potential, _ law: MultivariateNormal, _ state: NormalDescent.State,
    _ checked: NormalDescent.State, _ run: NormalDescent.Run, _ iterations: Int, _ expectations: String
  ) -> (answer: VariationalAnswer<MultivariateNormal>, isSettled: Bool, isProved: Bool) {
    var difference = checked.gradient
    difference.add(state.gradient, times: -1)
    var (value, ruleError) = (checked.value, abs(checked.value - state.value))
    if potential.dimension == 1,
      let scalar = try? Normal(mean: law.mean[0], variance: law.covariance.variances[0])
    {
      // In one dimension adaptive quadrature, which knows kinks better, has the last word.
      let e = Expectation.value(under: scalar) {
        potential.evaluate(Matrix(rows: 1, columns: 1, elements: [$0])).values.first ?? .nan
      }
      if e.value.isFinite {
        value = e.value - state.point.entropy
        ruleError = e.error + abs(value - checked.value)
      }
    }
    let error = ruleError + checked.noise
    let isSettled = ruleError <= max(1e-9 * abs(value), 1e-12, checked.noise) && difference.norm <= 1e-5
    var bound: Double?
    if let alpha = potential.strongConvexity, alpha > 0, alpha.isFinite {
      var q = symmetric(state.point.root.gram())
      Kernel.scale(alpha, &q.elements)
      bound = DisplacementBound.excess(
        checked, curvature: q, error: difference.norm + 1e-15 * checked.size)
    }
    let total = bound.map { $0 + 2 * error }
    let isProved = isSettled && (total ?? .infinity) <= max(1e-9 * abs(value), 1e-12 * max(1, checked.size))
    let answer = VariationalAnswer(
      law: law, value: value, error: error, lower: isProved ? value - (bound ?? 0) - error : nil,
      upper: isProved ? value + error : nil, standardError: 0, gradientNorm: checked.residual,
      gradientError: difference.norm, expectations: expectations, method: method(run), iterations: iterations,
      proof: isProved
        ? "the potential is strongly convex, as given; convex along displacements"
        : "stationary: the gradient vanishes to the digits")
    return (answer, isSettled, isProved)
  }

  private func method(_ run: NormalDescent.Run) -> String {
    run.newtonSteps > 0 ? "natural-gradient, newton" : "natural-gradient"
  }

  // MARK: Random nodes

  private func byNodes(
    _ potential: Potential, _ law: MultivariateNormal?, _ attempt: Int, isQuasi: Bool
  ) -> Outcome {
    let d = potential.dimension
    let unknowns = structure == .full ? d * (d + 3) / 2 : 2 * d
    var count = min(max(64, maximumNodes), max(512, 16 * unknowns))
    var point: NormalPoint?
    var last: VariationalAnswer<MultivariateNormal>?
    var (total, round) = (0, UInt64(0))
    while true {
      let drawn =
        isQuasi
        ? NormalNodes.sobol(count, dimension: d, seed: seed, stream: round)
        : NormalNodes.antithetic(count, dimension: d, seed: seed, stream: round)
      guard let nodes = drawn?.balanced() else { return .stalled("no Sobol points", last) }
      let found = search(NodeEnergy(potential: potential, nodes: nodes), potential, law, point, attempt)
      if let end = found.end { return end }
      guard let state = found.state, let best = try? state.point.law() else { break }
      total += found.run.naturalSteps + found.run.newtonSteps
      point = state.point
      let judged = FreshEstimate(potential, state, isQuasi: isQuasi, count: count, seed: seed, round: round)
      if let judged {
        let error = judged.standardError + state.noise
        last = VariationalAnswer(
          law: best, value: judged.value, error: error, lower: nil,
          upper: judged.value + FreshEstimate.quantile * error, standardError: judged.standardError,
          gradientNorm: judged.gradientNorm, gradientError: judged.gradientError,
          expectations: isQuasi ? "\(count) shifted Sobol points" : "\(count) antithetic variates",
          method: method(found.run), iterations: total,
          proof: "stationary on \(count) nodes, judged on as many fresh ones")
        let excess = judged.gradientNorm * judged.gradientNorm / 2
        if found.run.end == .settled, state.residual <= 1e-4, judged.standardError <= goal, excess <= goal {
          break
        }
      }
      if count >= maximumNodes || stop() { break }
      count = min(4 * count, maximumNodes)
      round += 1
    }
    guard let last else { return .stalled("the potential is not finite at fresh nodes", nil) }
    // Stationary as far as sampling can tell, and sampling can tell.
    if last.gradientError > 0.1 * max(6, Double(unknowns)).squareRoot() {
      return .stalled("the sampling error is too large", last)
    }
    let isStationary = last.gradientNorm <= max(0.1, 4 * last.gradientError)
    return isStationary ? .estimated(last) : .stalled("no further progress", last)
  }
}
