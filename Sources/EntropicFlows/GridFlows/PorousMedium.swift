import EntropicNumerics

/// Implicit steps of dp/dt = c Laplace p^m on a grid: slow diffusion with fronts for m > 1, fast for m < 1.
///
///     m_i = x_i + (step / h^2) h sum over neighbours (phi(x_i / h) - phi(x_j / h)),   phi(p) = c p^m
///
/// along one axis after the other. The scheme is monotone: masses stay >= 0, the sum is kept, and every
/// convex energy of the density, in particular integral c p^m / (m - 1), falls at every step, however long.
/// The nonlinear equation is solved by Newton's method; each iteration is the step of a Markov chain with
/// rates phi'(p).
///
/// - Error: second order in the cell width away from fronts, first order in the step.
/// - Source: J. L. Vazquez, The Porous Medium Equation (2007), section 3 for the equation; R. Eymard, T.
///   Gallouet, R. Herbin, Finite Volume Methods (2000), for monotone schemes.
public struct PorousMedium: Sendable {
  public let grid: Grid
  public let power: FreeEnergy.PowerTerm

  public init(_ grid: Grid, _ power: FreeEnergy.PowerTerm) {
    self.grid = grid
    self.power = power
  }

  /// One step; nil when Newton's method does not settle, and then the density is as before.
  ///
  /// - Returns: |sum - 1| before the masses are divided by their sum.
  public func advance(_ density: inout GridDensity, step: Double) -> Double? {
    precondition(density.grid == grid, "the density lies on another grid")
    guard step > 0, step.isFinite else { return nil }
    let before = density.masses
    for axis in 0..<grid.dimension {
      guard sweep(axis, &density.masses, step) else {
        density.masses = before
        return nil
      }
    }
    return density.renormalize()
  }

  private func sweep(_ axis: Int, _ masses: inout [Double], _ step: Double) -> Bool {
    let lines = grid.lines(along: axis)
    let isPeriodic = grid.axes[axis].ends == .periodic
    let volume = grid.cellVolume
    let factor = step / (grid.axes[axis].width * grid.axes[axis].width)
    let exponent = power.exponent
    let n = masses.count
    // Above the size of a neighbour's share a slope means nothing; it keeps phi' finite where p = 0 and m <
    // 1.
    let least = 1e-30 / volume
    var x = masses
    var last = Double.infinity
    for iteration in 0..<60 {
      // phi'(p) = c m p^(m-1), by logarithms.
      let slopes = Kernel.exp(Kernel.log(x.map { max($0 / volume, least) }).map { (exponent - 1) * $0 })
        .map { factor * power.weight * exponent * $0 }
      guard Kernel.maximum(slopes) < 1e300 else { return false }
      // h (phi - phi' p) = phi' x (1 / m - 1).
      var right = masses
      var up = [Double](repeating: 0, count: n)
      var down = up
      lines.forEachPair(isPeriodic) { k, next in
        up[k] = slopes[k]
        down[k] = slopes[next]
        let rest = (slopes[k] * x[k] - slopes[next] * x[next]) * (1 / exponent - 1)
        right[k] -= rest
        right[next] += rest
      }
      ReversibleLines(lines, isPeriodic: isPeriodic, up: up, down: down).apply(to: &right)
      var change = 0.0
      for i in 0..<n {
        let value = max(right[i], 0)
        change += abs(value - x[i])
        x[i] = value
      }
      guard change.isFinite else { return false }
      // Quadratic convergence: once small, the next change is rounding.
      if change <= 1e-13 || (iteration > 3 && change <= 1e-11 && change >= last) {
        masses = x
        return true
      }
      last = change
    }
    return false
  }
}

extension Grid.Lines {
  /// Calls `body` with every cell and its next cell along the lines.
  func forEachPair(_ isPeriodic: Bool, _ body: (Int, Int) -> Void) {
    for o in 0..<outer {
      for i in 0..<(isPeriodic ? length : length - 1) {
        let j = i + 1 == length ? 0 : i + 1
        for line in 0..<inner { body((o * length + i) * inner + line, (o * length + j) * inner + line) }
      }
    }
  }
}
