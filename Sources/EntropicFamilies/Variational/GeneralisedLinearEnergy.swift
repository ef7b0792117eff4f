import EntropicNumerics

/// Expectations of a generalised linear potential, exact to the digits of a one-dimensional rule.
///
/// With `w_i = L' a_i` the predictor of row i has mean `a_i . m + b_i` and variance `|w_i|^2`; moving (u, T)
/// shifts its mean by `w_i . u` and its variance by `2 w_i' T w_i + |T' w_i|^2`.
///
/// - Complexity: one product of the design with L and one Gram matrix, 2 n d^2 operations, and 4 to 30 n
///   values of phi.
struct GeneralisedLinearEnergy: NormalEnergy {
  let potential: GeneralisedLinearPotential
  /// With the rules that check the others.
  var isFine = false

  var dimension: Int { potential.dimension }

  func evaluation(at point: NormalPoint) -> EnergyEvaluation? {
    let u = potential
    let (n, d) = (u.design.rows, u.dimension)
    let white = u.design.times(point.root)
    let centre = zip(u.design.times(point.mean), u.offsets).map { $0 + $1 }
    var deviations = [Double](repeating: 0, count: n)
    white.elements.withUnsafeBufferPointer { w in
      for i in 0..<n {
        let row = UnsafeBufferPointer(rebasing: w[i * d..<(i + 1) * d])
        deviations[i] = Kernel.dot(row, row).squareRoot()
      }
    }
    guard centre.allSatisfy(\.isFinite), deviations.allSatisfy(\.isFinite) else { return nil }
    var e = u.curve.moments(means: centre, deviations: deviations, isFine: isFine)
    e.scale(by: u.weights)
    let quadratic = whitened(at: point)
    let pull = u.quadratic.times(point.mean)
    let trace = (0..<d).reduce(0) { $0 + quadratic[$1, $1] }
    let parts = [
      Kernel.compensatedSum(e.value), Kernel.compensatedDot(point.mean, pull) / 2, trace / 2,
      Kernel.compensatedDot(u.linear, point.mean), u.constant,
    ]
    let value = Kernel.compensatedSum(parts)
    var slope = white.transposedTimes(e.first)
    let force = point.root.transposedTimes(zip(pull, u.linear).map { $0 + $1 })
    for j in 0..<d { slope[j] += force[j] }
    var tilt = white.gram(weights: e.second)
    for i in tilt.elements.indices { tilt.elements[i] += quadratic.elements[i] }
    guard value.isFinite, slope.allSatisfy(\.isFinite), tilt.elements.allSatisfy(\.isFinite) else {
      return nil
    }
    let moments = e
    let bend = tilt
    return EnergyEvaluation(
      value: value,
      size: Kernel.absoluteSum(e.value) + parts.dropFirst().reduce(0) { $0 + abs($1) }
        + Kernel.absoluteDot(point.mean, pull) + Kernel.absoluteDot(u.linear, point.mean),
      slope: slope, tilt: tilt
    ) { step in
      product(step, white, moments, quadratic, bend)
    }
  }

  /// `L' Q L`
  func whitened(at point: NormalPoint) -> Matrix {
    symmetric(point.root.transposed().times(potential.quadratic).times(point.root))
  }

  private func product(
    _ step: NormalStep, _ white: Matrix, _ e: PredictorCurve.Moments, _ quadratic: Matrix, _ tilt: Matrix
  ) -> NormalStep {
    let (n, d) = (white.rows, white.columns)
    let shift = white.times(step.shift)
    let turned = white.times(step.stretch)
    var (a, b) = (shift, shift)
    white.elements.withUnsafeBufferPointer { w in
      turned.elements.withUnsafeBufferPointer { t in
        for i in 0..<n {
          let range = i * d..<(i + 1) * d
          let bend = Kernel.dot(
            UnsafeBufferPointer(rebasing: w[range]), UnsafeBufferPointer(rebasing: t[range]))
          a[i] = e.second[i] * shift[i] + e.third[i] * bend
          b[i] = e.third[i] * shift[i] + e.fourth[i] * bend
        }
      }
    }
    var out = NormalStep(shift: white.transposedTimes(a), stretch: white.gram(weights: b))
    Kernel.axpy(1, quadratic.times(step.shift), into: &out.shift)
    Kernel.axpy(1, tilt.times(step.stretch).elements, into: &out.stretch.elements)
    return out
  }
}
