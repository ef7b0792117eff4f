import EntropicNumerics

/// The normal law with the least `F = E U - H`, by natural gradient steps and Newton's method.
///
/// With g = L' E grad U and M = L' E[Hess U] L, in the units of the law (P the precision):
///
///     natural step   P+ = (1 - rho) P + rho E Hess U,   m+ = m - rho P+^(-1) E grad U
///     Newton step    minimise the quadratic model of F in (u, T) by conjugate gradients
///
/// The natural step is a mirror step with KL(q+ || q) as proximity, exact for rho = 1 where U is quadratic.
/// Where the new precision is not positive definite, `P - rho G + rho^2 G P^(-1) G / 2`, G = P - E Hess U,
/// is. Newton's method takes over as soon as a natural step does not reduce the residual to a quarter.
///
/// Sources: M. Khan, H. Rue, JMLR 24 (2023), arXiv:2107.04562; W. Lin, M. Schmidt, M. Khan, arXiv:2002.10060;
/// M. Opper, C. Archambeau, Neural Comput. 21 (2009), doi:10.1162/neco.2008.08-07-592.
struct NormalDescent {
  let energy: any NormalEnergy
  var iterations = 500
  /// The residual that is small enough.
  var goal = 0.0
  var stop: @Sendable () -> Bool = { false }

  enum End: Sendable, Equatable { case settled, limit, interrupted, unbounded, notFinite }

  struct State {
    var point: NormalPoint
    var energy: EnergyEvaluation
    /// F
    var value: Double
    /// The scale of what F was summed from: its rounding error is a few units of it.
    var size: Double
    /// By (u, T), in the structure.
    var gradient: NormalStep
    /// `|gradient|`; about twice the square root of the excess of F, in the quadratic model.
    var residual: Double

    var noise: Double { 4e-15 * size }
  }

  struct Run {
    var state: State?
    var naturalSteps = 0
    var newtonSteps = 0
    var end: End
  }

  func state(_ point: NormalPoint) -> State? {
    guard let at = energy.evaluation(at: point) else { return nil }
    let entropy = point.entropy
    let d = point.dimension
    let value = at.value - entropy
    var gradient = NormalStep(shift: at.slope, stretch: at.tilt)
    for i in 0..<d { gradient.stretch.elements[i * d + i] -= 1 }
    gradient = gradient.projected(point.structure)
    let residual = gradient.norm
    guard value.isFinite, residual.isFinite else { return nil }
    return State(
      point: point, energy: at, value: value, size: at.size + abs(entropy) + Double(d), gradient: gradient,
      residual: residual)
  }

  func run(from start: NormalPoint) -> Run {
    guard let here = state(start) else { return Run(state: nil, end: .notFinite) }
    return run(from: here)
  }

  func run(from first: State) -> Run {
    let start = first.point
    var here = first
    var run = Run(state: here, end: .limit)
    var isNatural = true
    while run.naturalSteps + run.newtonSteps < iterations {
      if stop() {
        run.end = .interrupted
        return run
      }
      if isLost(here, start) {
        run.end = .unbounded
        return run
      }
      if here.residual <= max(1e-15, 1e-16 * here.size, goal) { break }
      var next: State?
      if isNatural {
        next = naturalStep(from: here)
        isNatural = next.map { $0.residual <= 0.25 * here.residual || $0.value < here.value - 1 } ?? false
        run.naturalSteps += next == nil ? 0 : 1
      }
      if next == nil {
        next = newtonStep(from: here)
        run.newtonSteps += next == nil ? 0 : 1
      }
      guard let next else { break }
      here = next
      run.state = here
    }
    if run.naturalSteps + run.newtonSteps < iterations { run.end = .settled }
    return run
  }

  /// Thirty powers of ten away from the start, and still falling.
  private func isLost(_ here: State, _ start: NormalPoint) -> Bool {
    let (largest, smallest) = here.point.extremes
    let scale = start.extremes
    let far = 1e30 * max(scale.largest, start.mean.reduce(0) { max($0, abs($1)) })
    return largest > far || smallest < 1e-30 * scale.smallest || here.point.mean.contains { abs($0) > far }
  }

  /// F falls; or, within its rounding, the residual does.
  private func isBetter(_ next: State, than here: State, by gain: Double) -> Bool {
    if next.value <= here.value - gain, next.value < here.value - here.noise { return true }
    return abs(next.value - here.value) <= here.noise && next.residual < 0.9 * here.residual
  }

  // MARK: Natural gradient

  private func naturalStep(from here: State) -> State? {
    var rho = 1.0
    while rho > 0.1 {
      if let point = naturalPoint(here, rho), let next = state(point),
        isBetter(next, than: here, by: 1e-4 * rho * here.residual * here.residual / (1 + here.residual))
      {
        return next
      }
      rho /= 2
    }
    return nil
  }

  /// The precision after the step is `L^(-T) B L^(-1)`, `B = (1 - rho) I + rho M`.
  private func naturalPoint(_ here: State, _ rho: Double) -> NormalPoint? {
    let point = here.point
    let d = point.dimension
    let tilt = NormalStep(shift: here.energy.slope, stretch: symmetric(here.energy.tilt))
    if point.structure != .full {
      let m = tilt.projected(point.structure).stretch
      var shift = here.energy.slope
      var factor = Matrix.identity(d)
      for i in 0..<d {
        let g = 1 - m[i, i]
        let b = 1 - rho * g > 0.01 ? 1 - rho * g : 1 - rho * g + rho * rho * g * g / 2
        shift[i] *= -rho / b
        factor[i, i] = 1 / b.squareRoot()
      }
      return point.moved(shift: shift, factor: factor)
    }
    var b = tilt.stretch
    for i in 0..<d {
      for j in 0..<d { b[i, j] = rho * b[i, j] + (i == j ? 1 - rho : 0) }
    }
    var precision = Cholesky(b)
    if precision == nil {
      var g = tilt.stretch
      for i in g.elements.indices { g.elements[i] = -g.elements[i] }
      for i in 0..<d { g[i, i] += 1 }
      let square = g.gram()
      var corrected = Matrix.identity(d)
      for i in g.elements.indices {
        corrected.elements[i] += -rho * g.elements[i] + rho * rho / 2 * square.elements[i]
      }
      precision = Cholesky(corrected)
    }
    guard let precision else { return nil }
    let shift = precision.solve(here.energy.slope).map { -rho * $0 }
    let covariance = symmetric(precision.solve(columnsOf: .identity(d)))
    guard let factor = Cholesky(covariance) else { return nil }
    return point.moved(shift: shift, factor: factor.factor)
  }

  // MARK: Newton's method

  private func newtonStep(from here: State) -> State? {
    let direction = newtonDirection(here)
    let slope = here.gradient.dot(direction)
    guard slope < 0 else { return nil }
    let d = here.point.dimension
    var fall = 0.0
    for i in 0..<d { fall = max(fall, -direction.stretch[i, i]) }
    var length = min(1, 0.9 / max(fall, 1e-300))
    for _ in 0..<40 {
      if let point = here.point.moved(direction, by: length), let next = state(point),
        isBetter(next, than: here, by: -1e-4 * length * slope)
      {
        return next
      }
      length /= 2
    }
    return nil
  }

  /// The second derivative of F in a direction.
  private func curvature(_ here: State, _ step: NormalStep) -> NormalStep {
    var out = here.energy.product(step)
    let d = step.shift.count
    for i in 0..<d { out.stretch.elements[i * d + i] += step.stretch.elements[i * d + i] }
    return out.projected(here.point.structure)
  }

  /// Conjugate gradients on `H step = -gradient`, ended where the curvature is not positive; preconditioned
  /// by the diagonal that H has for a quadratic U.
  ///
  /// - Source: R. Dembo, T. Steihaug, Math. Program. 26 (1983), doi:10.1007/BF02592055.
  private func newtonDirection(_ here: State) -> NormalStep {
    let d = here.point.dimension
    let tilt = here.energy.tilt
    let scales = (0..<d).map { max(1e-3, abs(tilt[$0, $0])) }
    func preconditioned(_ r: NormalStep) -> NormalStep {
      var out = r
      for i in 0..<d {
        out.shift[i] /= scales[i]
        for j in 0...i { out.stretch.elements[i * d + j] /= scales[i] + (i == j ? 1 : 0) }
      }
      return here.point.structure == .isotropic ? out.projected(.isotropic) : out
    }
    var residual = here.gradient
    Kernel.scale(-1, &residual.shift)
    Kernel.scale(-1, &residual.stretch.elements)
    let goal = min(0.1, here.residual) * here.residual
    var step = NormalStep(shift: [Double](repeating: 0, count: d), stretch: Matrix(rows: d, columns: d))
    var z = preconditioned(residual)
    var direction = z
    var product = residual.dot(z)
    for k in 0..<min(300, 2 * d * d + 20) {
      let bent = curvature(here, direction)
      let curve = direction.dot(bent)
      if !(curve > 1e-14 * direction.dot(direction)) {
        if k == 0 { step = direction }
        break
      }
      let length = product / curve
      step.add(direction, times: length)
      residual.add(bent, times: -length)
      if residual.norm <= goal || stop() { break }
      z = preconditioned(residual)
      let next = residual.dot(z)
      var following = z
      following.add(direction, times: next / product)
      direction = following
      product = next
    }
    return step
  }
}
