/// Random numbers from a seed: the same on every machine.
///
/// xoshiro256** with its state filled by SplitMix64; period 2^256 - 1. Source: D. Blackman, S. Vigna, ACM
/// Trans. Math. Softw. 47 (2021), doi:10.1145/3460772.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// Different streams of one seed are independent for all practical purposes.
  public init(seed: UInt64, stream: UInt64 = 0) {
    var x = seed &+ stream &* 0xD1B5_4A32_D192_ED03
    func next() -> UInt64 {
      x &+= 0x9E37_79B9_7F4A_7C15
      var z = x
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    state = (next(), next(), next(), next())
  }

  public mutating func next() -> UInt64 {
    let product = state.1 &* 5
    let result = (product << 7 | product >> 57) &* 9
    let t = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= t
    state.3 = state.3 << 45 | state.3 >> 19
    return result
  }

  /// Uniform on [0, 1): multiples of 2^-53.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}
