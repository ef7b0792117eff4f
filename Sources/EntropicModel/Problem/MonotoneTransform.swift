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

  /// An interval that holds the exact image of [low, high] under the steps as they are stated.
  ///
  /// Each step maps both ends and moves them outwards by the rounding of its own operation; what the ends already
  /// carry, the next step stretches like the rest of the interval. A plain change of sign is exact.
  ///
  /// - Complexity: O(steps).
  public func interval(_ low: Double, _ high: Double) -> (lower: Double, upper: Double) {
    var (lower, upper) = (low, high)
    for step in steps {
      let (a, b) = (step.bounds(lower), step.bounds(upper))
      // Ends of a decreasing step change places. An end that is not a number says nothing.
      lower = a.lower.isNaN || b.lower.isNaN ? -.infinity : min(a.lower, b.lower)
      upper = a.upper.isNaN || b.upper.isNaN ? .infinity : max(a.upper, b.upper)
    }
    return (lower, upper)
  }
}

extension MonotoneTransform.Step {
  /// Bounds on the exact value at one number.
  fileprivate func bounds(_ x: Double) -> (lower: Double, upper: Double) {
    if x.isNaN { return (x, x) }
    switch self {
    case .affine(let scale, let offset):
      var (lower, upper) = (scale * x, scale * x)
      // The scale may be a rounded quotient: it is off by half a unit, and so is the product.
      if abs(scale) != 1 { (lower, upper) = Self.widened(lower, 0x1p-51, of: x) }
      if offset != 0 {
        lower = Self.widened(lower + offset, 0x1p-52, of: x).lower
        upper = Self.widened(upper + offset, 0x1p-52, of: x).upper
      }
      return (lower, upper)
    case .log: return x > 0 ? Self.widened(Kernel.log(x), 0x1p-50, of: x) : (-.infinity, -.infinity)
    case .exp:
      let image = Self.widened(Kernel.exp(x), 0x1p-50, of: x)
      return (max(image.lower, 0), image.upper)
    case .power(let a):
      guard x > 0 else { return a > 0 ? (0, 0) : (.infinity, .infinity) }
      let image = Self.widened(Scalar.pow(x, a), 0x1p-50, of: x)
      return (max(image.lower, 0), image.upper)
    }
  }

  /// y with a relative error and the least numbers added; the image of a finite x is finite, whatever was computed.
  private static func widened(
    _ y: Double, _ relative: Double, of x: Double
  ) -> (lower: Double, upper: Double) {
    if y.isNaN || x.isInfinite { return (y, y) }
    let largest = Double.greatestFiniteMagnitude
    if y.isInfinite { return y > 0 ? (largest, y) : (y, -largest) }
    let margin = relative * abs(y) + 0x1p-1072
    return (y - margin, y + margin)
  }
}
