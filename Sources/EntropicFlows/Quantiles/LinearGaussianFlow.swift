import EntropicNumerics

/// The transport flow of (x - a)' K (x - a) / 2 in the mean plus T times the (negative) entropy, from a
/// normal law: exact.
///
///     mean' = -K (mean - a),    S' = 2 T I - K S - S K
///
/// A normal law stays normal (Ornstein-Uhlenbeck). In the eigenbasis of K with eigenvalues k
///
///     mean_i(t) = e^(-k_i t) mean_i(0)
///     S_ij(t)   = e^(-(k_i + k_j) t) S_ij(0) + 2 T delta_ij (1 - e^(-2 k_i t)) / (2 k_i)
///
/// with the limit 2 T t for k_i = 0: heat. K is symmetric; negative eigenvalues, hills, are legal.
///
/// - Accuracy: a few ulp of the largest entries times the condition of the change of basis, which is 1.
/// - Source: H. Risken, The Fokker-Planck Equation (1989), section 3.2.
public struct LinearGaussianFlow: Sendable {
  public let stiffness: Matrix
  public let centre: [Double]
  public let temperature: Double
  private let eigen: SymmetricEigen

  /// - Throws: when K is not a finite symmetric matrix, the centre has another length, or T is negative.
  public init(stiffness: Matrix, centre: [Double]? = nil, temperature: Double = 1) throws(FlowError) {
    let d = stiffness.rows
    let centre = centre ?? [Double](repeating: 0, count: d)
    guard d >= 1, stiffness.columns == d else {
      throw .count(what: "the stiffness", found: stiffness.elements.count, expected: d * d)
    }
    guard centre.count == d else { throw .count(what: "the centre", found: centre.count, expected: d) }
    for (i, value) in stiffness.elements.enumerated()
    where !value.isFinite || value != stiffness[i % d, i / d] {
      throw .value(of: "the stiffness, which must be symmetric,", index: i, value: value)
    }
    for (i, value) in centre.enumerated() where !value.isFinite {
      throw .value(of: "the centre", index: i, value: value)
    }
    guard temperature >= 0, temperature.isFinite else {
      throw .parameter(name: "the temperature", value: temperature, expected: "a number >= 0")
    }
    guard let eigen = SymmetricEigen(stiffness) else {
      throw .unsupported("the eigenvalues of the stiffness were not found")
    }
    self.stiffness = stiffness
    self.centre = centre
    self.temperature = temperature
    self.eigen = eigen
  }

  public struct State: Sendable, Equatable {
    public let mean: [Double]
    public let covariance: Matrix

    public init(mean: [Double], covariance: Matrix) {
      self.mean = mean
      self.covariance = covariance
    }
  }

  /// The law at a time >= 0.
  public func state(from start: State, at time: Double) throws(FlowError) -> State {
    let d = centre.count
    guard start.mean.count == d, start.covariance.rows == d, start.covariance.columns == d else {
      throw .count(what: "the start", found: start.mean.count, expected: d)
    }
    guard time >= 0, time.isFinite else {
      throw .parameter(name: "the time", value: time, expected: "a number >= 0")
    }
    let u = eigen.vectors
    let decay = eigen.values.map { Kernel.exp(-$0 * time) }
    let shifted = u.transposedTimes(zip(start.mean, centre).map { $0 - $1 })
    let mean = u.times(zip(decay, shifted).map { $0 * $1 })
    // In the eigenbasis, U' S U.
    var inner = Matrix(rows: d, columns: d)
    let half = (0..<d).map { start.covariance.times(u.column($0)) }
    for i in 0..<d {
      for j in 0..<d { inner[i, j] = decay[i] * decay[j] * Kernel.dot(u.column(i), half[j]) }
      inner[i, i] += 2 * temperature * LinearGaussianFlow.growth(eigen.values[i], time)
    }
    let columns = (0..<d).map { i in inner.times((0..<d).map { u[i, $0] }) }
    var covariance = Matrix(rows: d, columns: d)
    for i in 0..<d {
      for j in 0...i {
        var sum = 0.0
        for k in 0..<d { sum += u[j, k] * columns[i][k] }
        covariance[i, j] = sum
        covariance[j, i] = sum
      }
    }
    return State(mean: zip(mean, centre).map { $0 + $1 }, covariance: covariance)
  }

  /// The free energy of a normal law: ((mean - a)' K (mean - a) + tr K S) / 2 - T (d log(2 pi e) + log det
  /// S) / 2; nil when S is not positive definite.
  public func freeEnergy(of state: State) -> Double? {
    let d = centre.count
    guard let spectrum = SymmetricEigen(state.covariance), spectrum.values.allSatisfy({ $0 > 0 }) else {
      return nil
    }
    let offset = zip(state.mean, centre).map { $0 - $1 }
    let spread = Kernel.dot(stiffness.elements, state.covariance.elements)
    let logarithm = Kernel.sum(Kernel.log(spectrum.values))
    let level = Double(d) * (1 + Kernel.log(2 * Double.pi))
    return 0.5 * (Kernel.dot(offset, stiffness.times(offset)) + spread - temperature * (level + logarithm))
  }

  /// (1 - e^(-2 k t)) / (2 k), also for k = 0 and k < 0.
  private static func growth(_ k: Double, _ t: Double) -> Double {
    let x = 2 * k * t
    if abs(x) < 0.03 {
      // t (1 - x/2 + x^2/6 - ...)
      var (term, sum) = (1.0, 1.0)
      for j in 2..<12 {
        term *= -x / Double(j)
        sum += term
      }
      return t * sum
    }
    return (1 - Kernel.exp(-x)) / (2 * k)
  }
}
