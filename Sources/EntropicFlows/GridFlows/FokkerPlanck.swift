import EntropicNumerics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Implicit steps of dp/dt = div(T grad p + p grad V) on a grid.
///
///     J_(i+1/2) = (T / h) (B(w) p_i - B(-w) p_(i+1)),   w = (V_(i+1) - V_i) / T,   B(x) = x / (e^x - 1)
///
/// The flux is exact for a constant force between two midpoints (exponential fitting). Each step is a step
/// of a reversible Markov chain whose stationary law is exp(-V / T) / Z on the cells, whatever the step.
/// So, up to rounding:
///
/// - the Gibbs law stays where it is; masses stay >= 0; the sum of the masses is kept;
/// - every divergence from the Gibbs law falls, in particular the free energy F = sum m V + T sum m log(m /
///   h).
///
/// On a rectangle one step along the first axis is followed by one along the second. Each has the same
/// properties, so has the pair. The error is of second order in the cell width and of first order in the
/// step.
///
/// A cell with V = +inf is a wall: no mass enters or leaves it. With T = 0 mass moves down the potential
/// (upwind).
///
/// - Complexity: O(cells) a step, after O(cells) exponentials for a new step length or potential.
/// - Source: D. Scharfetter, H. Gummel, IEEE Trans. Electron Devices 16 (1969), doi:10.1109/T-ED.1969.16566;
///   J. Chang, G. Cooper, J. Comput. Phys. 6 (1970), doi:10.1016/0021-9991(70)90001-X.
public struct FokkerPlanck: Sendable {
  public let grid: Grid
  public let step: Double
  private let sweeps: [ReversibleLines]

  /// - Throws: for potentials with NaN or -inf, a step that is not positive, and differences of
  ///   neighbouring values of the potential that overflow when multiplied by step / width^2.
  public init(
    _ grid: Grid, potential: [Double], temperature: Double = 1, step: Double
  ) throws(FlowError) {
    try FreeEnergy.check(potential: potential, on: grid)
    guard temperature >= 0, temperature.isFinite else {
      throw .parameter(name: "the temperature", value: temperature, expected: "a number >= 0")
    }
    guard step > 0, step.isFinite else {
      throw .parameter(name: "the step", value: step, expected: "a positive number")
    }
    self.grid = grid
    self.step = step
    var sweeps: [ReversibleLines] = []
    for axis in 0..<grid.dimension {
      let lines = grid.lines(along: axis)
      let isPeriodic = grid.axes[axis].ends == .periodic
      let width = grid.axes[axis].width
      let (up, down) = try FokkerPlanck.rates(
        potential, lines, isPeriodic: isPeriodic, temperature: temperature, factor: step / (width * width))
      sweeps.append(ReversibleLines(lines, isPeriodic: isPeriodic, up: up, down: down))
    }
    self.sweeps = sweeps
  }

  /// One step. The masses are divided by their sum afterwards.
  ///
  /// - Returns: |sum - 1| before the division: what the step lost or gained by rounding, at most n 2^-52.
  @discardableResult
  public func advance(_ density: inout GridDensity) -> Double {
    precondition(density.grid == grid, "the density lies on another grid")
    for sweep in sweeps { sweep.apply(to: &density.masses) }
    return density.renormalize()
  }

  /// Rates up and down from each cell to the next one along an axis, times the step.
  private static func rates(
    _ potential: [Double], _ lines: Grid.Lines, isPeriodic: Bool, temperature: Double, factor: Double
  ) throws(FlowError) -> ([Double], [Double]) {
    var up = [Double](repeating: 0, count: potential.count)
    var down = up
    let length = lines.length
    for outer in 0..<lines.outer {
      for i in 0..<(isPeriodic ? length : length - 1) {
        let j = i + 1 == length ? 0 : i + 1
        for line in 0..<lines.inner {
          let k = (outer * length + i) * lines.inner + line
          let next = (outer * length + j) * lines.inner + line
          guard potential[k] < .infinity, potential[next] < .infinity else { continue }
          let difference = potential[next] - potential[k]
          up[k] = factor * flux(difference, temperature)
          down[k] = factor * flux(-difference, temperature)
          // A sum of two rates and 1 must stay finite.
          guard up[k] < 1e300, down[k] < 1e300 else { throw .steep(index: k, difference: difference) }
        }
      }
    }
    return (up, down)
  }

  /// T B(difference / T), and its limit for T = 0.
  private static func flux(_ difference: Double, _ temperature: Double) -> Double {
    let w = difference / temperature
    if temperature == 0 || w.isInfinite { return max(-difference, 0) }
    return w == 0 ? temperature : temperature * (w / expm1(w))
  }
}

extension GridDensity {
  /// Divides by the sum of the masses; returns |sum - 1| before.
  mutating func renormalize() -> Double {
    let total = Kernel.compensatedSum(masses)
    if total == 1 || !(total > 0) { return abs(total - 1) }
    let factor = 1 / total
    if factor.isFinite { Kernel.scale(factor, &masses) }
    return abs(total - 1)
  }
}
