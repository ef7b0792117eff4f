internal import CEntropicKernels

/// Array kernels: elementary functions, sums and products in one fixed order.
///
/// Goals, ranked: 1. the stated error bounds hold over the whole range of `Double`, 2. the same bytes on
/// every processor and for every number of threads, 3. speed.
///
/// Sums fold 32 lanes inside blocks of 256 elements and the blocks by a pairwise tree, so that a sum of m
/// terms, or a dot product of m elements, has an error of at most `kappa(m)` times the sum of the absolute
/// terms. Nothing is contracted to fused multiply-add; therefore every copy of a kernel, whatever
/// instruction set it was compiled for, performs the same operations.
///
/// Lengths of arguments that belong together are preconditions. Output may be the same memory as the input.
public enum Kernel {
  /// exp of each element, within 1 ulp (2 ulp where the result is subnormal). exp(-inf) = 0.
  public static func exp(_ x: UnsafeBufferPointer<Double>, into out: UnsafeMutableBufferPointer<Double>) {
    precondition(x.count == out.count, "exp: \(x.count) elements into \(out.count)")
    guard let source = x.baseAddress, let target = out.baseAddress else { return }
    Parallel.ranges(x.count, of: Parallel.least) {
      ek_exp_array(source + $0.lowerBound, target + $0.lowerBound, $0.count)
    }
  }

  public static func exp(_ x: [Double]) -> [Double] {
    x.withUnsafeBufferPointer { source in made(x.count) { exp(source, into: $0) } }
  }

  /// The same bytes as an element of the array version.
  public static func exp(_ x: Double) -> Double { ek_exp(x) }

  /// The natural logarithm of each element, within 1 ulp (2 ulp where the argument is subnormal).
  /// log(0) = -inf, and NaN for negative numbers.
  public static func log(_ x: UnsafeBufferPointer<Double>, into out: UnsafeMutableBufferPointer<Double>) {
    precondition(x.count == out.count, "log: \(x.count) elements into \(out.count)")
    guard let source = x.baseAddress, let target = out.baseAddress else { return }
    Parallel.ranges(x.count, of: Parallel.least) {
      ek_log_array(source + $0.lowerBound, target + $0.lowerBound, $0.count)
    }
  }

  public static func log(_ x: [Double]) -> [Double] {
    x.withUnsafeBufferPointer { source in made(x.count) { log(source, into: $0) } }
  }

  /// The same bytes as an element of the array version.
  public static func log(_ x: Double) -> Double { ek_log(x) }

  /// y += a x.
  public static func axpy(
    _ a: Double, _ x: UnsafeBufferPointer<Double>, into y: UnsafeMutableBufferPointer<Double>
  ) {
    precondition(x.count == y.count, "axpy: \(x.count) elements into \(y.count)")
    ek_axpy(a, x.baseAddress, y.baseAddress, x.count)
  }

  public static func axpy(_ a: Double, _ x: [Double], into y: inout [Double]) {
    x.withUnsafeBufferPointer { source in y.withUnsafeMutableBufferPointer { axpy(a, source, into: $0) } }
  }

  /// y *= a.
  public static func scale(_ a: Double, _ y: UnsafeMutableBufferPointer<Double>) {
    ek_scale(a, y.baseAddress, y.count)
  }

  public static func scale(_ a: Double, _ y: inout [Double]) {
    y.withUnsafeMutableBufferPointer { scale(a, $0) }
  }

  /// The factor of the rounding bounds: (40 + log2 max(m, 2)) 2^-53.
  ///
  /// |fl(sum) - sum| <= kappa(m) sum |terms| for `sum`, `dot` and all products of this module that say so,
  /// provided that no partial sum overflows and products do not underflow. The kernels need fewer than 20 +
  /// log2 m roundings; the rest is room for a few roundings in the terms themselves.
  public static func kappa(_ m: Int) -> Double {
    (40 + log(Double(max(m, 2))) * 1.4426950408889634) * 0x1p-53
  }

  static func made(_ count: Int, _ fill: (UnsafeMutableBufferPointer<Double>) -> Void) -> [Double] {
    [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }
}
