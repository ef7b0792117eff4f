import EntropicNumerics

// When an answer is good enough in the units of the user. Where a root function was peeled (log, exp, a power), the program
// minimises something else, and a small gap there says nothing: log of an interval that reaches 0 is infinite.
extension Problem {
  /// True when the interval in the user's units is finite and within the tolerance.
  public func satisfies(_ certificate: Certificate, _ tolerance: Tolerance) -> Bool {
    let scale = program.objective.scale(in: program.layout)
    if transform.isAffine { return certificate.satisfies(tolerance, scale: scale) }
    guard certificate.isFeasible, certificate.level == .rigorous, !certificate.isContradictory else {
      return false
    }
    let (value, lower, upper) = interval(of: certificate)
    guard value.isFinite, lower.isFinite, upper.isFinite, lower <= upper else { return false }
    let size = max(abs(lower), abs(upper))
    let absolute =
      tolerance.absolute ?? 1e-12 * transform.scale(scale, closeness: program.objective.closeness)
    return upper - lower <= max(tolerance.relative * size, absolute)
  }

  /// A proof that the user's objective is infinite on the whole feasible set: the program's value is exactly 0 there,
  /// because every part of it stands on masses that the constraints force to 0, and the peeled function is infinite at 0.
  ///
  /// `vanishes` is what presolve says of the program.
  public func domainProof(vanishes: Bool) -> InfeasibilityProof? {
    guard vanishes, !transform.isAffine else { return nil }
    let worst = sense == .minimize ? Double.infinity : -.infinity
    guard transform.value(0) == worst || transform.value(-0.0) == worst else { return nil }
    return .domain(
      "the objective is infinite everywhere: the constraints leave no mass where it would be finite")
  }
}

extension Functional {
  /// True when the value is exactly 0 whatever the listed masses are, the others being 0.
  public func isZero(on members: [Int]) -> Bool {
    guard hasNoComposites, constant == 0, constantError == 0 else { return false }
    let isNegativePower = powers.contains { $0.exponent < 0 && $0.weights.contains { $0 > 0 } }
    if isNegativePower || barrier.contains(where: { $0 > 0 }) { return false }
    return members.allSatisfy { i in
      linear[i] == 0 && (entropic.isEmpty || entropic[i] == 0) && powers.allSatisfy { $0.weights[i] == 0 }
    }
  }

  /// The least |a - 1| of its powers, at most 1.
  var closeness: Double {
    var least = 1.0
    for term in powers { least = min(least, abs(term.exponent - 1)) }
    for term in composites {
      if case .power(let a, _) = term.outer { least = min(least, abs(a - 1)) }
    }
    return least
  }
}

extension MonotoneTransform {
  /// True when only signs, factors and offsets stand between the program and the user.
  public var isAffine: Bool {
    steps.allSatisfy {
      if case .affine = $0 { true } else { false }
    }
  }

  /// The scale of the user's objective from that of the program: 1 for logarithms, the smallest numbers for exponentials
  /// (only relative accuracy counts there), factors and powers carried along.
  ///
  /// `closeness` is |a - 1| of an order near 1, whose logarithm varies by so much only.
  func scale(_ inner: Double, closeness: Double) -> Double {
    steps.reduce(inner) { scale, step in
      switch step {
      case .affine(let factor, _): abs(factor) * scale
      case .log: closeness
      case .exp: 0x1p-960
      case .power(let a): Scalar.pow(scale, a)
      }
    }
  }
}
