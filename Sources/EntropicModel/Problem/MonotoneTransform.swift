import EntropicNumerics

/// A monotone function between what the program minimises and what the user wrote.
///
/// log, exp, roots and powers at the root of an objective or of a constraint side keep the minimisers: they are peeled,
/// and intervals and multipliers are mapped through.
public struct MonotoneTransform: Sendable, Equatable {
  public enum Step: Sendable, Equatable {
    /// scale x + offset
    case affine(scale: Double, offset: Double)
    case log
    case exp
    case power(Double)
  }
  /// Innermost first.
  public var steps: [Step] = []

  public init(_ steps: [Step] = []) { self.steps = steps }

  public func value(_ x: Double) -> Double {
    steps.reduce(x) { y, step in
      switch step {
      case .affine(let scale, let offset): scale * y + offset
      case .log: y > 0 ? Kernel.log(y) : -.infinity
      case .exp: Kernel.exp(y)
      case .power(let a): y >= 0 ? Scalar.pow(y, a) : (a > 0 ? 0 : .infinity)
      }
    }
  }

  /// The derivative at x.
  public func derivative(_ x: Double) -> Double {
    var y = x
    var slope = 1.0
    for step in steps {
      switch step {
      case .affine(let scale, let offset):
        slope *= scale
        y = scale * y + offset
      case .log:
        slope /= y
        y = Kernel.log(max(y, 0))
      case .exp:
        y = Kernel.exp(y)
        slope *= y
      case .power(let a):
        slope *= a * Scalar.pow(max(y, 0), a - 1)
        y = Scalar.pow(max(y, 0), a)
      }
    }
    return slope
  }

  /// True when larger x gives larger values.
  public var isIncreasing: Bool {
    steps.reduce(true) { up, step in
      switch step {
      case .affine(let scale, _): scale >= 0 ? up : !up
      case .log, .exp: up
      case .power(let a): a > 0 ? up : !up
      }
    }
  }

  /// x with value(x) = y, when the range holds y.
  public func inverse(_ y: Double) -> Double? {
    var x = y
    for step in steps.reversed() {
      switch step {
      case .affine(let scale, let offset): x = (x - offset) / scale
      case .log: x = Kernel.exp(x)
      case .exp:
        guard x > 0 else { return nil }
        x = Kernel.log(x)
      case .power(let a):
        guard x >= 0 else { return nil }
        x = Scalar.pow(x, 1 / a)
      }
      guard !x.isNaN else { return nil }
    }
    return x
  }

  /// The image of an interval, a few last digits wider for the rounding of the steps.
  public func interval(_ low: Double, _ high: Double) -> (lower: Double, upper: Double) {
    func widened(_ x: Double, _ up: Bool) -> Double {
      let y = value(x)
      if steps.isEmpty || !y.isFinite { return y }
      var size = abs(y)
      if case .affine(let scale, let offset)? = steps.last {
        size = max(size, abs(offset), abs(y - offset) + abs(scale) * 0)
      }
      let margin = 0x1p-50 * Double(steps.count) * size
      return up ? y + margin : y - margin
    }
    return isIncreasing
      ? (widened(low, false), widened(high, true)) : (widened(high, false), widened(low, true))
  }
}
