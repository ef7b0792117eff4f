internal import CEntropicKernels

extension Kernel {
  /// sum x, error at most `kappa(n)` sum |x|.
  public static func sum(_ x: UnsafeBufferPointer<Double>) -> Double { ek_sum(x.baseAddress, x.count) }
  public static func sum(_ x: [Double]) -> Double { x.withUnsafeBufferPointer { sum($0) } }

  /// sum |x|.
  public static func absoluteSum(_ x: UnsafeBufferPointer<Double>) -> Double {
    ek_absolute_sum(x.baseAddress, x.count)
  }
  public static func absoluteSum(_ x: [Double]) -> Double { x.withUnsafeBufferPointer { absoluteSum($0) } }

  /// sum x y, error at most `kappa(n)` sum |x y|.
  public static func dot(_ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>) -> Double {
    precondition(x.count == y.count, "dot: \(x.count) and \(y.count) elements")
    return ek_dot(x.baseAddress, y.baseAddress, x.count)
  }
  public static func dot(_ x: [Double], _ y: [Double]) -> Double { both(x, y) { dot($0, $1) } }

  /// sum |x y|.
  public static func absoluteDot(_ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>) -> Double
  {
    precondition(x.count == y.count, "absoluteDot: \(x.count) and \(y.count) elements")
    return ek_absolute_dot(x.baseAddress, y.baseAddress, x.count)
  }
  public static func absoluteDot(_ x: [Double], _ y: [Double]) -> Double {
    both(x, y) { absoluteDot($0, $1) }
  }

  /// sum x as if computed with twice the digits: error at most 2^-53 |sum| + (n + 8)^2 2^-105 sum |x|.
  ///
  /// Where a partial sum overflows, the plain sum is returned.
  /// - Source: T. Ogita, S. M. Rump, S. Oishi, SIAM J. Sci. Comput. 26 (2005), doi:10.1137/030601818.
  public static func compensatedSum(_ x: UnsafeBufferPointer<Double>) -> Double {
    ek_compensated_sum(x.baseAddress, x.count)
  }
  public static func compensatedSum(_ x: [Double]) -> Double {
    x.withUnsafeBufferPointer { compensatedSum($0) }
  }

  /// sum x y as if computed with twice the digits: error at most 2^-53 |sum| + (n + 8)^2 2^-105 sum |x y|,
  /// provided that the products neither overflow nor underflow.
  /// - Source: T. Ogita, S. M. Rump, S. Oishi, SIAM J. Sci. Comput. 26 (2005), doi:10.1137/030601818.
  public static func compensatedDot(
    _ x: UnsafeBufferPointer<Double>, _ y: UnsafeBufferPointer<Double>
  ) -> Double {
    precondition(x.count == y.count, "compensatedDot: \(x.count) and \(y.count) elements")
    return ek_compensated_dot(x.baseAddress, y.baseAddress, x.count)
  }
  public static func compensatedDot(_ x: [Double], _ y: [Double]) -> Double {
    both(x, y) { compensatedDot($0, $1) }
  }

  /// The largest element; NaN if there is a NaN, -inf for no elements.
  public static func maximum(_ x: UnsafeBufferPointer<Double>) -> Double {
    ek_maximum(x.baseAddress, x.count)
  }
  public static func maximum(_ x: [Double]) -> Double { x.withUnsafeBufferPointer { maximum($0) } }

  /// The smallest element; NaN if there is a NaN, +inf for no elements.
  public static func minimum(_ x: UnsafeBufferPointer<Double>) -> Double {
    ek_minimum(x.baseAddress, x.count)
  }
  public static func minimum(_ x: [Double]) -> Double { x.withUnsafeBufferPointer { minimum($0) } }

  static func both(
    _ x: [Double], _ y: [Double],
    _ body: (UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>) -> Double
  ) -> Double {
    x.withUnsafeBufferPointer { u in y.withUnsafeBufferPointer { v in body(u, v) } }
  }
}
