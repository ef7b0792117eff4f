internal import CGSL

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Random variates by libgsl's algorithms, driven by any Swift generator.
///
/// The caller's generator supplies the bits (the upper 32, or the upper 53 for uniform numbers), so that a
/// seed means the same on every machine. Parameters are checked by the callers: families are valid values.
public enum Variate {
  /// A uniform number in (0, 1): never one of the ends.
  public static func uniform(_ generator: inout some RandomNumberGenerator) -> Double {
    (Double(generator.next() >> 12) + 0.5) * 0x1p-52
  }

  /// A standard normal variate, by the ziggurat.
  public static func normal(_ generator: inout some RandomNumberGenerator) -> Double {
    drive(&generator) { gsl_ran_gaussian_ziggurat($0, 1) }
  }

  /// An exponential variate of mean 1.
  public static func exponential(_ generator: inout some RandomNumberGenerator) -> Double {
    -log(uniform(&generator))
  }

  /// A gamma variate of rate 1.
  public static func gamma(shape: Double, _ generator: inout some RandomNumberGenerator) -> Double {
    drive(&generator) { gsl_ran_gamma($0, shape, 1) }
  }

  /// The logarithm of a gamma variate of rate 1, finite also where the variate underflows.
  public static func logGamma(shape: Double, _ generator: inout some RandomNumberGenerator) -> Double {
    if shape >= 1 { return log(gamma(shape: shape, &generator)) }
    return log(gamma(shape: shape + 1, &generator)) + log(uniform(&generator)) / shape
  }

  /// A Poisson variate, for rates up to 1e9.
  public static func poisson(rate: Double, _ generator: inout some RandomNumberGenerator) -> Double {
    rate == 0 ? 0 : drive(&generator) { Double(gsl_ran_poisson($0, rate)) }
  }

  /// The number of successes in `trials` trials, at most 1e9.
  public static func binomial(
    trials: Double, probability: Double, _ generator: inout some RandomNumberGenerator
  ) -> Double {
    guard let n = UInt32(exactly: trials) else { return .nan }
    if probability <= 0 || probability >= 1 || n == 0 { return probability >= 1 ? trials : 0 }
    return drive(&generator) { Double(gsl_ran_binomial($0, probability, n)) }
  }

  private struct Bits {
    let next: () -> UInt64
  }

  /// Runs a libgsl routine with a `gsl_rng` whose state is the caller's generator.
  private static func drive<G: RandomNumberGenerator>(
    _ generator: inout G, _ body: (UnsafePointer<gsl_rng>) -> Double
  ) -> Double {
    precondition(GSL.handlerIsOff)
    return withUnsafeMutablePointer(to: &generator) { pointer in
      var bits = Bits { pointer.pointee.next() }
      var kind = gsl_rng_type()
      kind.min = 0
      kind.max = UInt(UInt32.max)
      kind.get = { state in
        guard let state else { return 0 }
        return UInt(state.assumingMemoryBound(to: Bits.self).pointee.next() >> 32)
      }
      kind.get_double = { state in
        guard let state else { return 0 }
        return Double(state.assumingMemoryBound(to: Bits.self).pointee.next() >> 11) * 0x1p-53
      }
      return withUnsafeMutablePointer(to: &bits) { state in
        withUnsafePointer(to: &kind) { type in
          var source = gsl_rng(type: type, state: UnsafeMutableRawPointer(state))
          return withUnsafePointer(to: &source) { body($0) }
        }
      }
    }
  }
}
