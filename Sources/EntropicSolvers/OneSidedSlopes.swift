import EntropicModel

/// The slopes of an optimum on both sides of a parameter's value, from problems that are solved there.
///
///     right = (4 V(t + h/2) - V(t + h) - 3 V(t)) / h,   left alike with -h for h
///
/// Where the optimum has a kink (a linear program whose vertex changes, a constraint that begins to bind) it has no
/// derivative, but one on each side. Both ends of every optimum enter, so that what is given are intervals: they hold the
/// extrapolated secants, which differ from the slopes by O(h^2).
///
/// - Complexity: four solutions of the problem.
public struct OneSidedSlopes: Sendable, Equatable {
  /// Lower and upper end of the slope to the left; nil where the problem has no optimum there.
  public let left: ClosedRange<Double>?
  public let right: ClosedRange<Double>?
  /// h
  public let step: Double

  /// True when the slopes differ by more than the intervals and the curvature leave open, or one side has no optimum.
  public var isKink: Bool {
    guard let left, let right else { return (left == nil) != (right == nil) }
    let noise = 1e-6 * max(abs(left.lowerBound), abs(right.upperBound), abs(right.lowerBound), 1e-300)
    return left.upperBound + noise < right.lowerBound || right.upperBound + noise < left.lowerBound
  }

  /// - Parameters:
  ///   - answer: the optimum at the present value.
  ///   - build: the problem at an offset from it.
  public init(
    of answer: Answer, step h: Double, shouldStop: @escaping @Sendable () -> Bool = { false },
    _ build: (_ offset: Double) throws -> Problem
  ) {
    step = h
    let here = answer.objective
    func optimum(_ offset: Double) -> (lower: Double, upper: Double)? {
      guard let problem = try? build(offset) else { return nil }
      let options = SolveOptions(
        tolerance: Tolerance(relative: 1e-12), iterations: 3000, shouldStop: shouldStop, warm: answer.point)
      guard let found = Solver.run(problem, options).answerIfAny, found.certificate.isFeasible else {
        return nil
      }
      let (_, lower, upper) = found.objective
      return lower.isFinite && upper.isFinite ? (lower, upper) : nil
    }
    func slope(_ sign: Double) -> ClosedRange<Double>? {
      guard let near = optimum(sign * h / 2), let far = optimum(sign * h) else { return nil }
      // 4 (near - here) / h - (far - here) / h = (4 near - far - 3 here) / h, times the sign.
      let low = (4 * near.lower - far.upper - 3 * here.upper) / h
      let high = (4 * near.upper - far.lower - 3 * here.lower) / h
      guard low.isFinite, high.isFinite, low <= high else { return nil }
      return sign > 0 ? low...high : -high ... -low
    }
    left = slope(-1)
    right = slope(1)
  }
}
