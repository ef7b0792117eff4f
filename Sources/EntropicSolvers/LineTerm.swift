import EntropicModel
import EntropicNumerics

/// One summand of an objective along a line, t -> weight f(u + t v), in the space of its image.
struct LineTerm {
  let weight: Double
  let outer: Outer
  let u: [Double]
  let v: [Double]
  /// For quadratic forms: v . Q u and v . Q v.
  var quadratic: (mixed: Double, square: Double)?

  /// First and second derivative by t; nil outside the domain, no second derivative where it is not known.
  func derivatives(_ t: Double) -> (first: Double, second: Double?)? {
    if let quadratic {
      return (weight * 2 * (quadratic.mixed + t * quadratic.square), weight * 2 * quadratic.square)
    }
    switch outer {
    case .log(let w):
      var first = 0.0
      var second = 0.0
      for j in u.indices where v[j] != 0 && w[j] > 0 {
        let x = u[j] + t * v[j]
        guard x > 0 else { return nil }
        let ratio = v[j] / x
        first -= w[j] * ratio
        second += w[j] * ratio * ratio
      }
      return (weight * first, weight * second)
    case .entropy(let w):
      var first = 0.0
      var second = 0.0
      for j in u.indices where v[j] != 0 && w[j] > 0 {
        guard let x = inside(j, t) else { return nil }
        first += w[j] * v[j] * (1 + Kernel.log(max(x, 0x1p-1022)))
        second += w[j] * v[j] * v[j] / x
      }
      return (weight * first, weight * second)
    default: return general(t)
    }
  }

  private func general(_ t: Double) -> (first: Double, second: Double?)? {
    var x = [Double](repeating: 0, count: u.count)
    for j in u.indices {
      if v[j] == 0 {
        x[j] = u[j]
      } else if isHalfLine {
        guard let inner = inside(j, t) else { return nil }
        x[j] = inner
      } else {
        x[j] = u[j] + t * v[j]
      }
    }
    guard outer.value(x).value < .infinity else { return nil }
    let slope = outer.slope(at: x)
    var first = 0.0
    for j in v.indices where v[j] != 0 { first += slope[j] * v[j] }
    guard !first.isNaN else { return nil }
    var second: Double?
    if let curvature = outer.diagonalCurvature(at: x) {
      var sum = 0.0
      for j in v.indices where v[j] != 0 { sum += curvature[j] * v[j] * v[j] }
      second = weight * sum
    } else if case .relativeEntropy(let w) = outer {
      let m = w.count
      var sum = 0.0
      for j in 0..<m where w[j] > 0 && (v[j] != 0 || v[m + j] != 0) {
        let bend = v[j] - x[j] / x[m + j] * v[m + j]
        sum += w[j] * bend * bend / x[j]
      }
      second = sum.isNaN ? nil : weight * sum
    } else if case .logSumExp = outer {
      var sum = 0.0
      for j in v.indices { sum += slope[j] * (v[j] - first) * (v[j] - first) }
      second = weight * sum
    }
    return (weight * first, second)
  }

  private var isHalfLine: Bool {
    switch outer {
    case .log, .entropy, .relativeEntropy, .perspective: true
    case .power(let a, _): !(a > 0 && a.truncatingRemainder(dividingBy: 2) == 0)
    default: false
    }
  }

  /// u_j + t v_j where that is not negative but for rounding.
  private func inside(_ j: Int, _ t: Double) -> Double? {
    let x = u[j] + t * v[j]
    if x >= 0 { return x }
    return -x <= 0x1p-48 * (abs(u[j]) + abs(t * v[j])) ? 0 : nil
  }
}

/// weight f(M + t D) for a function of an information matrix: exact along the line, by the eigenvalues lambda of the
/// direction relative to M.
///
///     -log det:  -sum log(1 + t lambda_j),     tr M^-1:  sum c_j / (1 + t lambda_j)
struct DesignLine {
  let weight: Double
  let lambda: [Double]
  /// c_j for the trace; nil for the log-determinant.
  let share: [Double]?

  func derivatives(_ t: Double) -> (first: Double, second: Double?)? {
    var first = 0.0
    var second = 0.0
    for (j, l) in lambda.enumerated() where l != 0 {
      let x = 1 + t * l
      guard x > 0 else { return nil }
      let ratio = l / x
      if let share {
        first -= share[j] * ratio / x
        second += 2 * share[j] * ratio * ratio / x
      } else {
        first -= ratio
        second += ratio * ratio
      }
    }
    return (weight * first, weight * second)
  }
}
