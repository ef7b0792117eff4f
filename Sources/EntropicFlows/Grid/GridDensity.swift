import EntropicNumerics

/// A distribution on the cells of a grid: one mass a cell, with sum 1.
///
/// As a density it is constant on every cell, mass / cell volume.
public struct GridDensity: Sendable, Equatable {
  public let grid: Grid
  public internal(set) var masses: [Double]

  /// Masses are divided by their sum.
  ///
  /// - Throws: when there is not one mass a cell, a mass is negative or not finite, or the sum is 0.
  public init(_ grid: Grid, masses: [Double]) throws(FlowError) {
    guard masses.count == grid.count else {
      throw .count(what: "masses", found: masses.count, expected: grid.count)
    }
    for (i, m) in masses.enumerated() where !(m >= 0 && m.isFinite) {
      throw .masses(reason: "mass \(i + 1) is \(m)")
    }
    let top = Kernel.maximum(masses)
    guard top > 0 else { throw .masses(reason: "all masses are 0") }
    // The largest mass is removed first: the sum cannot overflow.
    let scaled = masses.map { $0 / top }
    let total = Kernel.compensatedSum(scaled)
    self.grid = grid
    self.masses = scaled.map { $0 / total }
  }

  /// p proportional to exp of the log density at the midpoints; -inf is 0.
  ///
  /// - Throws: when the log density is NaN or +inf somewhere, or -inf everywhere.
  public init(_ grid: Grid, logDensity: ([Double]) -> Double) throws(FlowError) {
    let values = grid.values(logDensity)
    for (i, v) in values.enumerated() where v.isNaN || v == .infinity {
      throw .value(of: "the log density", index: i, value: v)
    }
    guard Kernel.maximum(values) > -.infinity else { throw .masses(reason: "the density is 0 in every cell") }
    self.grid = grid
    masses = Kernel.softmax(values).probabilities
  }

  /// The law exp(-V / T) / Z over the cells, with log Z of the integral of exp(-V / T) by the midpoint rule.
  ///
  /// It is the minimiser of potential energy plus T times (negative) entropy, and on a circle or for a
  /// potential that grows at both ends the rule converges faster than every power of the cell width.
  ///
  /// - Throws: when a value is NaN or -inf, all are +inf, or the temperature is not a positive number.
  public static func gibbs(
    _ grid: Grid, potential: [Double], temperature: Double = 1
  ) throws(FlowError) -> (density: GridDensity, logPartition: Double) {
    try FreeEnergy.check(potential: potential, on: grid)
    guard temperature > 0, temperature.isFinite else {
      throw .parameter(name: "the temperature", value: temperature, expected: "a positive number")
    }
    let (masses, total) = Kernel.softmax(potential.map { -$0 / temperature })
    guard total.isFinite else {
      throw .parameter(name: "the temperature", value: temperature, expected: "one that keeps V / T finite")
    }
    return (GridDensity(unchecked: grid, masses), total + Kernel.log(grid.cellVolume))
  }

  init(unchecked grid: Grid, _ masses: [Double]) {
    self.grid = grid
    self.masses = masses
  }

  /// The density, mass / cell volume.
  public var densities: [Double] {
    let volume = grid.cellVolume
    return masses.map { $0 / volume }
  }

  /// The expectation of a function of the midpoints.
  public func expectation(_ f: ([Double]) -> Double) -> Double {
    // A cell without mass does not count, whatever the function is there.
    Kernel.sum((0..<grid.count).map { masses[$0] == 0 ? 0 : masses[$0] * f(grid.point($0)) })
  }

  public var mean: [Double] { (0..<grid.dimension).map { k in expectation { $0[k] } } }

  /// Covariances of the midpoints, row by row.
  public var covariance: [[Double]] {
    let centre = mean
    return (0..<grid.dimension).map { a in
      (0..<grid.dimension).map { b in expectation { ($0[a] - centre[a]) * ($0[b] - centre[b]) } }
    }
  }

  /// Differential entropy of the piecewise constant density, -sum m log(m / h), in nats.
  public var entropy: Double { Kernel.log(grid.cellVolume) - Kernel.entropySum(masses) }
}
