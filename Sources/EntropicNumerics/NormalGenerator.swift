internal import CEntropicKernels

/// Standard normal variates in large numbers, from a seed: the same on every machine.
///
/// Eight generators xoshiro256++ run side by side, their states filled by `SeededGenerator`; pairs of
/// variates by Box and Muller, with 52 bits for the radius (the largest variate is 8.5) and 52 for the
/// angle.
///
/// - Source: D. Blackman, S. Vigna, ACM Trans. Math. Softw. 47 (2021), doi:10.1145/3460772; G. Box, M.
///   Muller, Ann. Math. Stat. 29 (1958), doi:10.1214/aoms/1177706645.
public struct NormalGenerator: Sendable {
  private var state: [UInt64]

  /// Different streams of one seed are independent for all practical purposes.
  public init(seed: UInt64, stream: UInt64 = 0) {
    var source = SeededGenerator(seed: seed ^ 0x6E6F_726D_616C_2121, stream: stream)
    state = (0..<32).map { _ in source.next() }
  }

  /// Fills a buffer with independent standard normal variates.
  public mutating func fill(_ out: UnsafeMutableBufferPointer<Double>) {
    guard let target = out.baseAddress else { return }
    state.withUnsafeMutableBufferPointer { ek_normals($0.baseAddress, target, out.count) }
  }

  public mutating func fill(_ out: inout [Double]) { out.withUnsafeMutableBufferPointer { fill($0) } }
}
