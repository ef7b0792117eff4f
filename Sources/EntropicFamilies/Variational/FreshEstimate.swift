import EntropicNumerics

/// F and its gradient at a law that was found on other nodes, by 16 independent sets of fresh nodes.
///
/// The quadratic `g' z + z' M z / 2` with the g and M of the search is subtracted from U and its known
/// expectation `tr M / 2` added: what remains to be sampled is what U has beyond a quadratic. The estimate is
/// unbiased, for the quadratic does not depend on the fresh nodes.
struct FreshEstimate {
  static let replicates = 16
  /// The quantile of Student's law with 15 degrees of freedom for 95 per cent.
  static let quantile = 2.131449546

  let value: Double
  let standardError: Double
  let gradientNorm: Double
  let gradientError: Double

  /// Nil where the potential is not finite at a node.
  init?(
    _ potential: Potential, _ state: NormalDescent.State, isQuasi: Bool, count: Int, seed: UInt64,
    round: UInt64
  ) {
    let point = state.point
    let d = point.dimension
    let (g, m) = (state.energy.slope, symmetric(state.energy.tilt))
    var values: [Double] = []
    var gradients: [NormalStep] = []
    for r in 0..<Self.replicates {
      let stream = 1000 + round * 100 + UInt64(r)
      guard
        let nodes = isQuasi
          ? NormalNodes.sobol(max(16, count / Self.replicates), dimension: d, seed: seed, stream: stream)
          : NormalNodes.antithetic(
            max(16, count / Self.replicates), dimension: d, seed: seed, stream: stream),
        let at = NodeEnergy.finite(potential, at: NodeEnergy.placed(nodes.points, at: point))
      else { return nil }
      let z = nodes.points
      let bent = z.times(m)
      var white = at.gradients.times(point.root)
      var rest = at.values
      for k in 0..<z.rows {
        for i in 0..<d {
          let j = k * d + i
          rest[k] -= z.elements[j] * (g[i] + bent.elements[j] / 2)
          white.elements[j] -= g[i] + bent.elements[j]
        }
      }
      values.append(Kernel.compensatedSum(rest) / Double(z.rows))
      var stretch = white.transposed().times(z)
      Kernel.scale(1 / Double(z.rows), &stretch.elements)
      gradients.append(
        NormalStep(shift: white.transposedTimes(nodes.weights), stretch: stretch).projected(point.structure))
    }
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let spread = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n * (n - 1))
    let trace = (0..<d).reduce(0) { $0 + m[$1, $1] }
    value = mean + trace / 2 - point.entropy
    standardError = spread.squareRoot()
    var average = gradients[0]
    for other in gradients.dropFirst() { average.add(other, times: 1) }
    Kernel.scale(1 / n, &average.shift)
    Kernel.scale(1 / n, &average.stretch.elements)
    var square = 0.0
    for one in gradients {
      var gap = one
      gap.add(average, times: -1)
      square += gap.dot(gap)
    }
    gradientError = (square / (n * (n - 1))).squareRoot()
    var expected = NormalStep(shift: g, stretch: m)
    for i in 0..<d { expected.stretch.elements[i * d + i] -= 1 }
    average.add(expected.projected(point.structure), times: 1)
    gradientNorm = average.norm
    guard value.isFinite, standardError.isFinite, gradientNorm.isFinite else { return nil }
  }
}
