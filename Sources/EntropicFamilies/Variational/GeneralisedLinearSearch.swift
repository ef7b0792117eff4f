import EntropicNumerics

extension GeneralisedLinearPotential {
  /// The normal law that minimises `E U - H`: variational inference without sampling.
  ///
  /// U convex makes F convex in the mean and the factor of the covariance, so that what is found is the best
  /// law of its structure. Where Q is positive definite too, the answer is `optimal`, by the bound along
  /// displacements.
  ///
  /// - Parameter stop: asked between steps.
  /// - Complexity: some ten evaluations of O(n d^2 + d^3), with 4 to 30 n values of phi.
  public func normalApproximation(
    _ structure: NormalStructure = .full, iterations: Int = 500,
    stop: @escaping @Sendable () -> Bool = { false }
  ) -> VariationalOutcome<MultivariateNormal> {
    let energy = GeneralisedLinearEnergy(potential: self)
    var descent = NormalDescent(energy: energy, iterations: iterations, stop: stop)
    descent.goal = 1e-10
    guard let start = start(structure, descent) else {
      return .stalled("the potential is not finite around any starting law", nil)
    }
    let run = descent.run(from: start)
    guard let last = run.state else {
      return .stalled("the potential is not finite around the starting law", nil)
    }
    switch run.end {
    case .interrupted: return .interrupted
    case .unbounded: return .unbounded("the objective falls without limit along normal laws")
    case .settled, .limit, .notFinite: break
    }
    return conclusion(last, run, energy)
  }

  /// The normal law of the curvature at the mode, in wider and narrower versions; the first that is finite.
  private func start(_ structure: NormalStructure, _ descent: NormalDescent) -> NormalDescent.State? {
    guard let (mode, precision) = mode() else { return nil }
    let covariance = symmetric(precision.solve(columnsOf: .identity(dimension)))
    let zero = [Double](repeating: 0, count: dimension)
    for (mean, scale) in [(mode, 1), (zero, 1), (zero, 1e-2), (zero, 1e-4), (zero, 1e-8)] {
      var smaller = covariance
      Kernel.scale(scale, &smaller.elements)
      if let point = NormalPoint(structure: structure, mean: mean, covariance: smaller),
        let state = descent.state(point)
      {
        return state
      }
    }
    return nil
  }

  /// The minimum of the potential, roughly, by damped Newton steps from 0, and the curvature there: a step
  /// costs a thirtieth of the values of phi that an expectation takes.
  private func mode() -> (point: [Double], precision: Cholesky)? {
    var x = [Double](repeating: 0, count: dimension)
    guard var here = curvature(at: x), here.value.isFinite, curve.isConvex else {
      return curvature(at: x).map { (x, $0.precision) }
    }
    for _ in 0..<20 {
      let step = here.precision.solve(here.slope)
      let decrement = Kernel.dot(step, here.slope)
      if !(decrement > 1e-3) { break }
      var length = 1.0
      var next: (value: Double, slope: [Double], precision: Cholesky)?
      while next == nil, length > 1e-3 {
        let trial = zip(x, step).map { $0 - length * $1 }
        if let there = curvature(at: trial), there.value <= here.value - 0.1 * length * decrement {
          (next, x) = (there, trial)
        }
        length /= 2
      }
      guard let next else { break }
      here = next
    }
    return (x, here.precision)
  }

  /// U, its gradient and the factor of its Hessian, on the diagonal a little more where it vanishes.
  private func curvature(at x: [Double]) -> (value: Double, slope: [Double], precision: Cholesky)? {
    let at = curve.values(zip(design.times(x), offsets).map { $0 + $1 })
    let pull = quadratic.times(x)
    let value = Kernel.dot(weights, at.value) + Kernel.dot(x, pull) / 2 + Kernel.dot(linear, x) + constant
    var slope = design.transposedTimes(zip(at.first, weights).map { $0 * $1 })
    for i in slope.indices { slope[i] += pull[i] + linear[i] }
    let bends = zip(at.second, weights).map { $0.isFinite ? max(0, $0) * $1 : 0 }
    var curvature = design.gram(weights: bends)
    Kernel.axpy(1, quadratic.elements, into: &curvature.elements)
    let largest = (0..<dimension).map { curvature[$0, $0] }.max() ?? 0
    for i in 0..<dimension {
      curvature[i, i] += curvature[i, i] > 0 ? 1e-10 * curvature[i, i] : max(1e-10 * largest, 1e-10)
    }
    guard largest.isFinite, let precision = Cholesky(curvature) else { return nil }
    return (value, slope, precision)
  }

  private func conclusion(
    _ last: NormalDescent.State, _ run: NormalDescent.Run, _ energy: GeneralisedLinearEnergy
  ) -> VariationalOutcome<MultivariateNormal> {
    // All numbers of the answer come from the rule with half the step; its difference from the first is the
    // error.
    var finer = energy
    finer.isFine = true
    guard let fine = NormalDescent(energy: finer).state(last.point), let law = try? last.point.law() else {
      return .stalled("the law left the range of doubles", nil)
    }
    var difference = fine.gradient
    difference.add(last.gradient, times: -1)
    let ruleError = abs(fine.value - last.value)
    let error = ruleError + fine.noise
    let gradientError = difference.norm + 4e-16 * Double(design.rows + dimension).squareRoot() * fine.size
    let isSettled = ruleError <= max(1e-9 * abs(fine.value), fine.noise)
    let bound =
      curve.isConvex
      ? DisplacementBound.excess(fine, curvature: energy.whitened(at: last.point), error: gradientError) : nil
    let total = bound.map { $0 + 2 * error }
    let isProved = isSettled && (total ?? .infinity) <= max(1e-9 * abs(fine.value), 1e-12 * max(1, fine.size))
    let answer = VariationalAnswer(
      law: law, value: fine.value, error: error, lower: isProved ? fine.value - (bound ?? 0) - error : nil,
      upper: isProved ? fine.value + error : nil, standardError: 0, gradientNorm: fine.residual,
      gradientError: gradientError,
      expectations: curve.closed == nil
        ? "Gauss-Hermite and trapezoidal rules along the predictors" : "closed form",
      method: run.newtonSteps > 0 ? "natural-gradient, newton" : "natural-gradient",
      iterations: run.naturalSteps + run.newtonSteps,
      proof: isProved
        ? "convex along displacements, at least as curved as the quadratic part"
        : "stationary: the gradient vanishes to the digits")
    if isProved { return .optimal(answer) }
    if run.end == .limit { return .stalled("the iterations ended", answer) }
    if !isSettled { return .stalled("the quadrature does not settle (difference \(ruleError))", answer) }
    return fine.residual <= 1e-6 ? .local(answer) : .stalled("no further progress", answer)
  }
}
