import EntropicNumerics

extension GeneralisedLinearPotential {
  /// The normal law that minimises `E U - H`: variational inference without sampling.
  ///
  /// U convex makes F convex in the mean and the factor of the covariance, so that what is found is the best
  /// law of its structure. Where Q is positive definite too, the answer is `optimal`, by the bound along
  /// displacements.
  ///
  /// - Parameter stop: asked between steps.
  /// - Complexity: some ten evaluations of O(n d^2 + d^3 + 30 n values of phi).
  public func normalApproximation(
    _ structure: NormalStructure = .full, iterations: Int = 500,
    stop: @escaping @Sendable () -> Bool = { false }
  ) -> VariationalOutcome<MultivariateNormal> {
    let energy = GeneralisedLinearEnergy(potential: self)
    let descent = NormalDescent(energy: energy, iterations: iterations, stop: stop)
    guard let start = start(structure, energy) else {
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

  /// The normal law of the curvature at 0, in wider and narrower versions; the first that is finite.
  private func start(_ structure: NormalStructure, _ energy: GeneralisedLinearEnergy) -> NormalPoint? {
    let d = dimension
    let zero = [Double](repeating: 0, count: d)
    let bends = zip(curve.values(offsets).second, weights).map { $0.isFinite ? max(0, $0) * $1 : 0 }
    var curvature = design.gram(weights: bends)
    for i in curvature.elements.indices { curvature.elements[i] += quadratic.elements[i] }
    let largest = (0..<d).map { curvature[$0, $0] }.max() ?? 0
    for i in 0..<d {
      curvature[i, i] += curvature[i, i] > 0 ? 1e-10 * curvature[i, i] : max(1e-10 * largest, 1e-10)
    }
    guard largest.isFinite, let precision = Cholesky(curvature) else { return nil }
    let covariance = symmetric(precision.solve(columnsOf: .identity(d)))
    for scale in [1, 1e-2, 1e-4, 1e-8] {
      var smaller = covariance
      Kernel.scale(scale, &smaller.elements)
      if let point = NormalPoint(structure: structure, mean: zero, covariance: smaller),
        energy.evaluation(at: point) != nil
      {
        return point
      }
    }
    return nil
  }

  private func conclusion(
    _ last: NormalDescent.State, _ run: NormalDescent.Run, _ energy: GeneralisedLinearEnergy
  ) -> VariationalOutcome<MultivariateNormal> {
    // All numbers of the answer come from the rule with half the step; its difference from the first is the
    // error.
    var finer = energy
    finer.refinement = 2
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
      expectations: curve.closed == nil ? "trapezoidal rule along the predictors" : "closed form",
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
