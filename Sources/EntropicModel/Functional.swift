import EntropicNumerics

/// A convex function of the masses in canonical parts.
///
///     F(p) = constant + linear . p
///          + sum_i tau_i p_i log p_i - sum_i beta_i log p_i + sum_a sum_i w_ai sign_a p_i^a      separable
///          + sum_a weight_a outer_a(K_a p + k_a)                                                composites
///          + conditional entropies + functions of information matrices + functions of the user
///
/// tau, beta, w >= 0. A relative entropy tau KL(p, q) is stored as tau p log p with -tau log q in `linear`, so that
/// every spelling of it gives the same bytes. The objective and the left sides of convex constraints are of this type.
public struct Functional: Sendable {
  public var constant: Double = 0
  public var linear: [Double]
  /// How far the coefficients may be from what the user's decimals and formulas mean, one bound an entry; empty for 0.
  public var linearError: [Double] = []
  /// The same for the constant.
  public var constantError: Double = 0
  /// tau, empty when there is none.
  public var entropic: [Double] = []
  /// beta, empty when there is none.
  public var barrier: [Double] = []
  public var powers: [PowerTerm] = []
  public var composites: [Composite] = []
  public var conditionals: [ConditionalEntropy] = []
  public var information: [InformationTerm] = []
  public var maxima: [MaximumTerm] = []
  public var smooth: [SmoothFunction] = []

  /// sum_i weights_i sign p_i^exponent
  public struct PowerTerm: Sendable, Equatable {
    public let exponent: Double
    public var weights: [Double]
    public init(exponent: Double, weights: [Double]) {
      self.exponent = exponent
      self.weights = weights
    }
  }

  public init(count: Int) { linear = [Double](repeating: 0, count: count) }

  public var count: Int { linear.count }

  /// True when F is linear plus a constant.
  public var isLinear: Bool { hasNoComposites && entropic.isEmpty && barrier.isEmpty && powers.isEmpty }

  /// True when F is a sum of functions of single masses.
  public var hasNoComposites: Bool {
    composites.isEmpty && conditionals.isEmpty && information.isEmpty && maxima.isEmpty && smooth.isEmpty
  }

  /// True when every part is differentiable inside the simplex.
  public var isSmooth: Bool {
    composites.allSatisfy(\.outer.isSmooth)
      && information.allSatisfy { $0.kind != .negativeSmallestEigenvalue } && maxima.isEmpty
  }

  /// Why iterations in double precision cannot see the entropy, when the costs are 1e15 times its weight or more.
  public var swampedEntropy: String? {
    guard let tau = entropic.max(), tau > 0 else { return nil }
    let size = linear.reduce(0) { max($0, abs($1)) }
    return size > 1e15 * tau ? "costs of size \(size) leave nothing of an entropy of weight \(tau)" : nil
  }

  /// True when every part knows second derivatives or is a kink with an epigraph form.
  public var hasHessian: Bool { smooth.isEmpty && maxima.isEmpty }

  /// A value with the sum of the absolute values of its terms and a bound on its rounding error.
  public struct Evaluation: Sendable, Equatable {
    public var value: Double
    public var magnitude: Double
    public var error: Double
  }

  /// F(p). Outside the domain +inf, never NaN.
  ///
  /// The error bound is (kappa(n) + 8 2^-53) times the sum of absolute terms: sums run in fixed order and the
  /// elementary functions are within 1 ulp (N. Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapter 4).
  public func evaluate(_ p: [Double]) -> Evaluation { evaluate(p, bounded: true) }

  /// As `evaluate`; without bounds of the images' rounding, which cost two more passes over their maps.
  private func evaluate(_ p: [Double], bounded: Bool) -> Evaluation {
    var parts: [Double] = [constant]
    var magnitude = abs(constant)
    var error = 0.0
    func add(_ part: (value: Double, magnitude: Double), _ weight: Double = 1, own: Double? = nil) {
      parts.append(weight * part.value)
      magnitude += weight * part.magnitude
      error += weight * (own ?? (Kernel.kappa(count) + 0x1p-50) * part.magnitude)
    }
    add(linearPart(p), own: Kernel.absoluteDot(linear, p) * 0x1p-51)
    if !linearError.isEmpty { error += Kernel.absoluteDot(linearError, p) }
    error += constantError
    if !entropic.isEmpty {
      add(separable { entropic[$0] == 0 ? 0 : Scalar.xlogx(entropic[$0], p[$0]) })
    }
    if !barrier.isEmpty { add(separable { Scalar.negativeLog(barrier[$0], p[$0]) }) }
    for term in powers { add(separable { Scalar.power(term.exponent, term.weights[$0], p[$0]) }) }
    for term in composites { add(term.value(p), term.weight, own: bounded ? term.rounding(p) : 0) }
    for term in conditionals { add(term.value(p)) }
    for term in information {
      let part = term.evaluate(p)
      add((part.value, abs(part.value)), term.weight, own: part.error)
    }
    for term in maxima {
      let part = term.evaluate(p)
      add((part.value, part.magnitude), term.weight, own: part.error)
    }
    for function in smooth {
      let value = function.evaluate(p)
      add((value.isNaN ? .infinity : value, abs(value)))
    }
    let value = Kernel.compensatedSum(parts)
    if value.isNaN || value == .infinity || parts.contains(.infinity) {
      return Evaluation(value: .infinity, magnitude: .infinity, error: .infinity)
    }
    return Evaluation(value: value, magnitude: magnitude, error: error + 0x1p-52 * magnitude)
  }

  public func value(_ p: [Double]) -> Double { evaluate(p, bounded: false).value }

  /// The gradient (first variation) at p. Where it is infinite at a zero mass, the derivative at the least
  /// positive number is returned.
  public func gradient(_ p: [Double]) -> [Double] {
    var g = linear
    if !entropic.isEmpty {
      for i in g.indices where entropic[i] != 0 {
        g[i] += entropic[i] * (1 + Kernel.log(max(p[i], Scalar.tiny)))
      }
    }
    if !barrier.isEmpty {
      for i in g.indices where barrier[i] != 0 { g[i] -= barrier[i] / max(p[i], Scalar.tiny) }
    }
    for term in powers {
      for i in g.indices where term.weights[i] != 0 {
        g[i] += Scalar.powerSlope(term.exponent, term.weights[i], p[i])
      }
    }
    for term in composites {
      term.map.addTransposed(term.outer.slope(at: term.image(p)), scale: term.weight, to: &g)
    }
    for term in conditionals {
      let s = term.slopes(p)
      for j in 0..<term.map.rows {
        for k in term.map.rowStart[j]..<term.map.rowStart[j + 1] {
          // d/dx_i ( S x log x - v log v ) = S log(x / v): the mass terms cancel.
          g[term.map.column[k]] += term.weight[j] * term.map.value[k] * (s[k] - 1)
        }
      }
    }
    for term in information {
      let d = term.gradient(p)
      for i in d.indices { g[term.first + i] += term.weight * d[i] }
    }
    for term in maxima {
      if let active = term.active(p) { Kernel.axpy(term.weight, active.gradient(p), into: &g) }
    }
    for function in smooth {
      let d = function.evaluateWithGradient(p).gradient
      for i in g.indices { g[i] += d[i] }
    }
    return g
  }

  /// The sum with `weight` times another functional, weight >= 0.
  public mutating func add(_ other: Functional, weight: Double = 1) {
    constant += weight * other.constant
    Kernel.axpy(weight, other.linear, into: &linear)
    let n = count
    func merged(_ a: [Double], _ b: [Double]) -> [Double] {
      if b.isEmpty { return a }
      var sum = a.isEmpty ? [Double](repeating: 0, count: n) : a
      Kernel.axpy(weight, b, into: &sum)
      return sum
    }
    linearError = merged(linearError, other.linearError)
    constantError += weight * other.constantError
    entropic = merged(entropic, other.entropic)
    barrier = merged(barrier, other.barrier)
    for term in other.powers {
      if let k = powers.firstIndex(where: { $0.exponent == term.exponent }) {
        powers[k].weights = merged(powers[k].weights, term.weights)
      } else {
        powers.append(
          PowerTerm(exponent: term.exponent, weights: term.weights.map { weight * $0 }))
      }
    }
    for var term in other.composites {
      term.weight *= weight
      composites.append(term)
    }
    for var term in other.conditionals {
      term.weight = term.weight.map { $0 * weight }
      conditionals.append(term)
    }
    for var term in other.information {
      term.weight *= weight
      information.append(term)
    }
    for var term in other.maxima {
      term.weight *= weight
      maxima.append(term)
    }
    for function in other.smooth {
      smooth.append(
        SmoothFunction(
          name: function.name, isConvex: function.isConvex, signature: "\(weight) \(function.signature)",
          value: { weight * function.evaluate($0) },
          valueAndGradient: { p in
            let both = function.evaluateWithGradient(p)
            return (weight * both.value, both.gradient.map { weight * $0 })
          }))
    }
  }

  /// A scale of F from data alone: 1 for information, logarithm and log-det terms, max |c| for linear ones,
  /// the largest coefficient for powers and quadratic forms, times their weights (spread over the masses).
  public func scale(in layout: Layout) -> Double {
    var scale = 0.0
    for slice in layout.simplices {
      var low = Double.infinity
      var high = -Double.infinity
      var tau = 0.0
      for i in slice.range where layout.upper[i] > 0 {
        low = min(low, linear[i])
        high = max(high, linear[i])
        if !entropic.isEmpty { tau = max(tau, entropic[i]) }
        if !barrier.isEmpty { tau = max(tau, barrier[i]) }
      }
      for term in powers {
        let logs = slice.range.filter { layout.upper[$0] > 0 && term.weights[$0] > 0 }.map {
          Kernel.log(term.weights[$0])
        }
        scale = max(scale, Outer.powerScale(term.exponent, logs) * Scalar.pow(slice.mass, term.exponent))
      }
      if high.isFinite { scale = max(scale, max(abs(low), abs(high)) * slice.mass) }
      scale = max(scale, tau * slice.mass)
    }
    for term in composites { scale = max(scale, term.weight * term.outer.scale(term.map, term.offset)) }
    for term in conditionals { scale = max(scale, term.weight.max() ?? 0) }
    for term in information { scale = max(scale, term.weight * term.scaleOfData) }
    for term in maxima {
      for part in term.parts { scale = max(scale, term.weight * part.scale(in: layout)) }
    }
    if !smooth.isEmpty { scale = max(scale, 1) }
    return scale
  }

  private func linearPart(_ p: [Double]) -> (value: Double, magnitude: Double) {
    let value = Kernel.compensatedDot(linear, p)
    return (value, Kernel.absoluteDot(linear, p))
  }

  private func separable(_ term: (Int) -> Double) -> (value: Double, magnitude: Double) {
    var terms = [Double](repeating: 0, count: count)
    for i in 0..<count {
      terms[i] = term(i)
      if terms[i] == .infinity || terms[i].isNaN { return (.infinity, .infinity) }
    }
    return (Kernel.compensatedSum(terms), Kernel.absoluteSum(terms))
  }
}

extension Outer {
  /// The scale of sum w_i p_i^a, a != 1, from log w_i: its least value (greatest for 0 < a < 1) over the simplex,
  ///
  ///     (sum w_i^(1 / (1 - a)))^(1 - a),   times |a - 1| near 1,
  ///
  /// which is 1 for w = q^(1 - a): the largest weight says nothing about a term whose masses are small where it is large.
  static func powerScale(_ a: Double, _ logs: [Double]) -> Double {
    guard let first = logs.first, a != 1 else { return 0 }
    let exponents = logs.map { $0 / (1 - a) }
    let top = exponents.reduce(first / (1 - a)) { max($0, $1) }
    let sum = exponents.reduce(0) { $0 + Kernel.exp($1 - top) }
    let scale = Kernel.exp((1 - a) * (top + Kernel.log(sum))) * min(1, abs(a - 1))
    return scale.isNaN ? 0 : min(scale, .greatestFiniteMagnitude)
  }

  /// The scale of the function from its data: weights for logarithms and entropies, the largest entry of the map
  /// for positively homogeneous functions.
  func scale(_ map: LinearMap, _ offset: [Double]) -> Double {
    func largestEntry() -> Double {
      var high = offset.map(abs).max() ?? 0
      for i in 0..<map.rows { map.forEachEntry(ofRow: i) { high = max(high, abs($1)) } }
      return high
    }
    switch self {
    case .log(let w), .entropy(let w), .relativeEntropy(let w), .perspective(_, let w),
      .exponential(let w):
      return w.reduce(0, +)
    case .power(let a, let w):
      var logs: [Double] = []
      for i in w.indices where w[i] > 0 {
        var size = 0.0
        map.forEachEntry(ofRow: i) { size = max(size, abs($1)) }
        if offset[i] != 0 { return (w.max() ?? 0) * max(1, largestEntry()) }
        if size > 0 { logs.append(Kernel.log(w[i]) + a * Kernel.log(size)) }
      }
      return Outer.powerScale(a, logs)
    case .positiveSquare(let w): return (w.max() ?? 0) * max(1, largestEntry())
    case .absolute(let w): return (w.max() ?? 0) * largestEntry()
    case .maximum, .norm: return largestEntry()
    case .logSumExp: return max(1, largestEntry())
    case .quadratic(let q, _): return q.elements.map(abs).max() ?? 0
    }
  }
}

extension InformationTerm {
  var scaleOfData: Double {
    switch kind {
    case .negativeLogDeterminant: 1
    case .traceInverse: 1
    case .negativeSmallestEigenvalue: regressors.elements.map { $0 * $0 }.max() ?? 1
    }
  }
}
