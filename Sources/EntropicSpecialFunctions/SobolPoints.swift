internal import CGSL

/// The Sobol sequence in the unit cube of 1 to 40 dimensions, without its first point, the origin.
public enum SobolPoints {
  /// `count` points, one a row, flattened.
  ///
  /// - Source: I. Sobol, USSR Comput. Math. Math. Phys. 7 (1967), doi:10.1016/0041-5553(67)90144-9.
  public static func points(
    _ count: Int, dimension: Int
  ) throws(SpecialFunctionError) -> [Double] {
    let f = Arguments("sobol")
    try f.supported(Double(dimension), "dimension", in: 1...40)
    try f.supported(Double(count), "count", in: 1...1e8)
    precondition(GSL.handlerIsOff)
    guard let sequence = gsl_qrng_alloc(cgsl_sobol(), UInt32(dimension)) else {
      throw .failed(function: f.function, message: "no sequence")
    }
    defer { gsl_qrng_free(sequence) }
    var points = [Double](repeating: 0, count: count * dimension)
    points.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      for i in 0..<count { gsl_qrng_get(sequence, base + i * dimension) }
    }
    return points
  }
}
