import EntropicNumerics

/// An energy of densities on a grid and its first variation.
///
///     F(p) = integral V p + T integral p log p + c integral p^m / (m - 1) + 1/2 double integral p W p
///
/// potential energy, entropy (with the sign of a cost) at temperature T, an internal energy of the porous
/// medium with exponent m > 1 (0 < m < 1 is fast diffusion), and interaction. With cell masses m_i and
/// volume h it is the sum of m_i V_i + T m_i log(m_i / h) + c h (m_i / h)^m / (m - 1) + m_i (W * m)_i / 2.
///
/// The first variation is V + T (1 + log p) + c m p^(m-1) / (m - 1) + W * p.
public struct FreeEnergy: Sendable {
  /// c p^m / (m - 1).
  public struct PowerTerm: Sendable, Equatable {
    public let exponent: Double
    public let weight: Double

    /// - Throws: unless the exponent is positive and not 1 (that is the entropy) and the weight positive.
    public init(exponent: Double, weight: Double = 1) throws(FlowError) {
      guard exponent > 0, exponent != 1, exponent <= 100 else {
        throw .parameter(name: "the exponent", value: exponent, expected: "a number in (0, 100], not 1")
      }
      guard weight > 0, weight.isFinite else {
        throw .parameter(name: "the weight", value: weight, expected: "a positive number")
      }
      self.exponent = exponent
      self.weight = weight
    }
  }

  /// A further term of the energy, as functions of the cell masses.
  public struct Field: Sendable {
    public let value: @Sendable ([Double]) -> Double
    /// The derivatives by the masses: the first variation at the midpoints.
    public let variation: @Sendable ([Double]) -> [Double]

    public init(
      value: @escaping @Sendable ([Double]) -> Double, variation: @escaping @Sendable ([Double]) -> [Double]
    ) {
      self.value = value
      self.variation = variation
    }
  }

  public let grid: Grid
  /// V at the midpoints; +inf is a wall.
  public let potential: [Double]
  /// T >= 0.
  public let temperature: Double
  public let power: PowerTerm?
  public let interaction: InteractionKernel?
  public let field: Field?

  /// - Throws: when V is NaN or -inf somewhere or +inf everywhere, or T is not a number >= 0.
  public init(
    _ grid: Grid, potential: [Double]? = nil, temperature: Double = 1, power: PowerTerm? = nil,
    interaction: InteractionKernel? = nil, field: Field? = nil
  ) throws(FlowError) {
    let values = potential ?? [Double](repeating: 0, count: grid.count)
    try FreeEnergy.check(potential: values, on: grid)
    guard temperature >= 0, temperature.isFinite else {
      throw .parameter(name: "the temperature", value: temperature, expected: "a number >= 0")
    }
    if let interaction, interaction.grid != grid {
      throw .unsupported("the interaction belongs to another grid")
    }
    self.grid = grid
    self.potential = values
    self.temperature = temperature
    self.power = power
    self.interaction = interaction
    self.field = field
  }

  static func check(potential: [Double], on grid: Grid) throws(FlowError) {
    guard potential.count == grid.count else {
      throw .count(what: "the potential", found: potential.count, expected: grid.count)
    }
    for (i, v) in potential.enumerated() where v.isNaN || v == -.infinity {
      throw .value(of: "the potential", index: i, value: v)
    }
    guard potential.contains(where: { $0 < .infinity }) else { throw .noCell }
  }

  /// A value with a bound on what rounding may have added or taken.
  public struct Value: Sendable, Equatable {
    public let value: Double
    public let rounding: Double
  }

  /// F(p); +inf when mass lies on a wall.
  public func value(at density: GridDensity) -> Value {
    let masses = density.masses
    let n = masses.count
    let h = grid.cellVolume
    var total = 0.0
    var size = 0.0
    func add(_ terms: [Double]) {
      total += Kernel.sum(terms)
      size += Kernel.absoluteSum(terms)
    }
    add((0..<n).map { masses[$0] == 0 ? 0 : masses[$0] * potential[$0] })
    if temperature > 0 {
      let level = -Kernel.log(h)
      total += temperature * (Kernel.entropySum(masses) + level)
      size += temperature * (Kernel.absoluteEntropySum(masses) + abs(level))
    }
    if let power {
      let factor = power.weight / (power.exponent - 1)
      // p^(m-1) by logarithms: the kernels are accurate to one ulp, the product of exponent and logarithm
      // adds |(m - 1) log p| more.
      let logs = Kernel.log(density.densities)
      let powers = Kernel.exp(logs.map { (power.exponent - 1) * $0 })
      let terms = (0..<n).map { masses[$0] == 0 ? 0 : factor * masses[$0] * powers[$0] }
      add(terms)
      let growth = (0..<n).map { masses[$0] == 0 ? 0 : abs(terms[$0] * (power.exponent - 1) * logs[$0]) / 32 }
      size += Kernel.sum(growth)
    }
    if let interaction {
      let field = interaction.variation(at: masses)
      add((0..<n).map { 0.5 * masses[$0] * field[$0] })
    }
    if let field {
      let own = field.value(masses)
      total += own
      // What the sum of its parts may have lost is of the size of the first variation times the masses.
      size +=
        abs(own) + Kernel.absoluteSum(zip(masses, field.variation(masses)).map { $0 == 0 ? 0 : $0 * $1 })
    }
    return Value(value: total, rounding: total.isFinite ? Kernel.kappa(n) * size : 0)
  }

  /// dF/dp at the midpoints: +inf on walls, -inf where the mass is 0 and there is entropy.
  public func variation(at density: GridDensity) -> [Double] {
    var out = potential
    let n = out.count
    if temperature > 0 {
      let logs = Kernel.log(density.densities)
      for i in 0..<n where out[i] < .infinity { out[i] += temperature * (1 + logs[i]) }
    }
    if let power {
      let logs = Kernel.log(density.densities)
      let factor = power.weight * power.exponent / (power.exponent - 1)
      for i in 0..<n { out[i] += factor * Kernel.exp((power.exponent - 1) * logs[i]) }
    }
    if let interaction {
      let field = interaction.variation(at: density.masses)
      for i in 0..<n { out[i] += field[i] }
    }
    if let field {
      let own = field.variation(density.masses)
      for i in 0..<n { out[i] += own[i] }
    }
    return out
  }
}
