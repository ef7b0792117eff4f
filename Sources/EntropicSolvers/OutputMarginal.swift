import EntropicModel
import EntropicNumerics

/// Rate-distortion and its kin: the channel in closed form, the output law by Newton.
///
///     min_x  c . x + sum_j sigma ( sum_i S_ji x_i log x_i - v_j log v_j ),  v = S x       (+ one row  a . x <= b)
///
/// A negative conditional entropy is a minimum over the output law r, so that the problem is, for a multiplier lambda,
///
///     min_r  -sum_s tau_s m_s log( sum_j r_j exp(-(c + lambda a)_sj / tau_s) ) + const,   r >= 0,  sum r = W,
///
/// a log-mixture with as many unknowns as outputs; x_sj is proportional to r_j exp(-(c + lambda a)_sj / tau_s). The
/// multiplier is found by bracketing the row's value, which falls with lambda; the two ends of the bracket are mixed so
/// that the row holds exactly, which is right also where the curve has a straight piece.
///
/// - Accepts objectives of a linear part and one level of conditional entropy with at most one row.
/// - Guarantee: a feasible point; the tangent at a law with all outputs positive makes the certificate tight.
/// - Complexity: one interior point of order m (outputs) for every value of lambda, 1 or about 10 of them.
/// - Source: R. Blahut, IEEE Trans. Inf. Theory 18 (1972), doi:10.1109/TIT.1972.1054855; T. Berger, Rate Distortion
///   Theory, 1971.
public struct OutputMarginal: Method {
  /// Values of the multiplier that are tried.
  public var trialLimit: Int

  public init(trialLimit: Int = 80) { self.trialLimit = trialLimit }

  public var name: String { "output-marginal" }
  public var isSecondOrder: Bool { true }

  /// The answer for one value of the multiplier.
  struct Trial {
    let lambda: Double
    let point: [Double]
    let tangent: [Double]
    /// a . x - b
    let excess: Double
  }

  public struct State {
    let program: Program
    let shape: Shape
    /// Excess positive: the multiplier is too small.
    var low: Trial?
    /// Excess at most 0.
    var high: Trial?
    var trials = 0
    var evaluations = 0
    var failure: StallReason?
    var isDone = false
  }

  /// What the method reads from the structure.
  struct Shape {
    /// tau of every simplex.
    let temperatures: [Double]
    /// Output of every mass.
    let output: [Int]
    let outputs: Int
    /// sum of v
    let mass: Double
    let sigma: Double
    let row: ConstraintRow?
    let isEquality: Bool
    let coefficients: [Double]
  }

  public func accepts(_ program: Program) -> Acceptance {
    guard OutputMarginal.shape(program) != nil else {
      return .declines("not a linear function plus a conditional entropy with at most one row")
    }
    return .accepts("conditional entropy: the channel is closed form, the output law is a log-mixture")
  }

  static func shape(_ program: Program) -> Shape? {
    let f = program.objective
    let n = program.count
    guard program.isConvex, program.convex.isEmpty,
      program.equalities.count + program.inequalities.count <= 1,
      f.composites.isEmpty, f.information.isEmpty, f.maxima.isEmpty, f.smooth.isEmpty, f.powers.isEmpty,
      f.barrier.isEmpty, !f.entropic.contains(where: { $0 != 0 }), !f.conditionals.isEmpty,
      !program.layout.lower.contains(where: { $0 > 0 }), program.layout.upper.allSatisfy({ $0 == .infinity })
    else { return nil }
    var output = [Int](repeating: -1, count: n)
    var tau = [Double](repeating: 0, count: n)
    var outputs = 0
    var sigma: Double?
    for term in f.conditionals {
      for j in 0..<term.map.rows {
        guard term.offset[j] == 0, term.weight[j] > 0, term.weight[j] == sigma ?? term.weight[j] else {
          return nil
        }
        sigma = term.weight[j]
        for k in term.map.rowStart[j]..<term.map.rowStart[j + 1] {
          let i = term.map.column[k]
          guard output[i] < 0, term.map.value[k] > 0 else { return nil }
          output[i] = outputs
          tau[i] = term.weight[j] * term.map.value[k]
        }
        outputs += 1
      }
    }
    var temperatures: [Double] = []
    var mass = 0.0
    guard let sigma, !output.contains(-1) else { return nil }
    for slice in program.layout.simplices {
      let t = tau[slice.first]
      var seen: Set<Int> = []
      for i in slice.range {
        guard abs(tau[i] - t) <= 1e-12 * t, seen.insert(output[i]).inserted else { return nil }
      }
      temperatures.append(t)
      mass += t / sigma * slice.mass
    }
    let row = program.equalities.first ?? program.inequalities.first
    var coefficients = [Double](repeating: 0, count: n)
    if let row { for k in row.columns.indices { coefficients[row.columns[k]] = row.values[k] } }
    return Shape(
      temperatures: temperatures, output: output, outputs: outputs, mass: mass, sigma: sigma, row: row,
      isEquality: !program.equalities.isEmpty, coefficients: coefficients)
  }

  public func start(_ program: Program, warm: Candidate?) -> State {
    let shape =
      OutputMarginal.shape(program)
      ?? Shape(
        temperatures: [], output: [], outputs: 0, mass: 0, sigma: 1, row: nil, isEquality: false,
        coefficients: [])
    return State(program: program, shape: shape)
  }

  public func step(_ state: inout State, _ context: StepContext) -> Step {
    if state.isDone { return .converged }
    guard state.shape.outputs > 0 else { return .stalled(.unsuitable) }
    guard state.trials < trialLimit, let lambda = next(state) else {
      state.isDone = true
      return state.high == nil ? .stalled(.precision) : .converged
    }
    if state.trials == 0, let ray = contradiction(state) { return .infeasible(ray) }
    state.trials += 1
    guard let trial = solve(state, lambda, context) else {
      return context.shouldStop() ? .progress : .stalled(.precision)
    }
    state.evaluations += 20
    if trial.excess > 0 { state.low = trial } else { state.high = trial }
    guard let row = state.shape.row else {
      state.high = trial
      state.isDone = true
      return .converged
    }
    if lambda == 0, !state.shape.isEquality, trial.excess <= 0 { state.isDone = true }
    let size = 0x1p-50 * row.allowanceScale(trial.point)
    if abs(trial.excess) <= size { state.isDone = true }
    return state.isDone ? .converged : .progress
  }

  public func bound(_ state: State) -> Double { state.isDone ? 0 : .infinity }

  public func evaluations(_ state: State) -> Int { state.evaluations }

  public func finish(_ state: State) -> Candidate {
    var evidence = Evidence.none(for: state.program)
    guard let end = state.high ?? state.low else {
      return Candidate(point: state.program.layout.centre(), evidence: evidence)
    }
    var point = end.point
    var multiplier = end.lambda
    evidence.tangent = end.tangent
    if let low = state.low, let high = state.high, low.excess > 0, high.excess < 0 {
      // The mixture that meets the row exactly.
      let share = low.excess / (low.excess - high.excess)
      for i in point.indices { point[i] = (1 - share) * low.point[i] + share * high.point[i] }
      let nearer = low.excess < -high.excess ? low : high
      multiplier = nearer.lambda
      evidence.tangent = nearer.tangent
    }
    if state.shape.row != nil {
      if state.shape.isEquality {
        evidence.equality = [multiplier]
      } else {
        evidence.inequality = [max(multiplier, 0)]
      }
    }
    return Candidate(point: point, evidence: evidence)
  }

  // MARK: one multiplier

  /// The next value of lambda: 0, then doubling, then regula falsi with bisection.
  private func next(_ state: State) -> Double? {
    guard state.shape.row != nil else { return state.trials == 0 ? 0 : nil }
    let unit =
      (state.shape.temperatures.max() ?? 1)
      / max(state.shape.coefficients.map(abs).max() ?? 1, .leastNormalMagnitude)
    if state.trials == 0 { return 0 }
    guard let low = state.low else {
      // An equality may need a negative multiplier.
      guard state.shape.isEquality, let high = state.high else { return nil }
      let next = high.lambda == 0 ? -unit : 2 * high.lambda
      return next.isFinite && abs(next) < 1e8 * unit ? next : nil
    }
    guard let high = state.high else {
      let next = low.lambda <= 0 ? max(unit, -low.lambda / 2) : 2 * low.lambda
      return next < 1e8 * unit ? next : nil
    }
    let width = high.lambda - low.lambda
    guard width > 0x1p-50 * max(abs(high.lambda), abs(low.lambda)) else { return nil }
    let secant = low.lambda + width * low.excess / (low.excess - high.excess)
    // Every third trial halves the bracket.
    let guess = state.trials % 3 == 2 ? low.lambda + width / 2 : secant
    let margin = 0x1p-40 * width
    return min(max(guess, low.lambda + margin), high.lambda - margin)
  }

  private func contradiction(_ state: State) -> Evidence? {
    guard state.shape.row != nil else { return nil }
    for sign in state.shape.isEquality ? [1.0, -1.0] : [1.0] {
      var evidence = Evidence.none(for: state.program)
      if state.shape.isEquality { evidence.equality = [sign] } else { evidence.inequality = [sign] }
      if state.program.infeasibilityProof(evidence, at: state.program.layout.centre()) != nil {
        return evidence
      }
    }
    return nil
  }

  private func solve(_ state: State, _ lambda: Double, _ context: StepContext) -> Trial? {
    let shape = state.shape
    let simplices = state.program.layout.simplices
    var kernel = Matrix(rows: simplices.count, columns: shape.outputs, repeating: 0)
    var weights: [Double] = []
    for (s, slice) in simplices.enumerated() {
      let tau = shape.temperatures[s]
      let logits = slice.range.map {
        -(state.program.objective.linear[$0] + lambda * shape.coefficients[$0]) / tau
      }
      let top = logits.max() ?? 0
      for (k, i) in slice.range.enumerated() { kernel[s, shape.output[i]] = Kernel.exp(logits[k] - top) }
      weights.append(tau * slice.mass)
    }
    var layout = Layout()
    layout.append(name: "r", kind: .simplex, shape: [shape.outputs])
    var objective = Functional(count: shape.outputs)
    objective.composites = [
      Composite(outer: .log(weights), map: .dense(kernel, firstColumn: 0, columns: shape.outputs))
    ]
    let inner = Program(layout: layout, objective: objective)
    let options = SolveOptions(
      tolerance: Tolerance(relative: 1e-13, absolute: 0), shouldStop: context.shouldStop)
    guard let answer = Solver.run(inner, options).answerIfAny else { return nil }
    let r = answer.point
    func channel(_ law: [Double]) -> [Double] {
      var x = [Double](repeating: 0, count: state.program.count)
      for (s, slice) in simplices.enumerated() {
        let terms = slice.range.map { law[shape.output[$0]] * kernel[s, shape.output[$0]] }
        let total = Kernel.compensatedSum(terms)
        for (k, i) in slice.range.enumerated() { x[i] = slice.mass * terms[k] / total }
      }
      return x
    }
    let point = channel(r)
    let tangent = channel(r.map { max($0, 1e-30) })
    guard point.allSatisfy(\.isFinite), tangent.allSatisfy(\.isFinite) else { return nil }
    let excess = shape.row.map { $0.value(point) - $0.bound } ?? 0
    return Trial(lambda: lambda, point: point, tangent: tangent, excess: excess)
  }
}

extension ConstraintRow {
  /// |b| + sum |a_j| p_j
  fileprivate func allowanceScale(_ p: [Double]) -> Double {
    var sum = abs(bound)
    for k in columns.indices { sum += abs(values[k]) * p[columns[k]] }
    return sum
  }
}
