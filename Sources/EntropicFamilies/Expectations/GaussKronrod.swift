import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Adaptive Gauss-Kronrod quadrature (7 and 15 nodes) with a global error budget.
///
/// The error is the sum over the pieces of the difference of the two rules plus rounding; it is an estimate,
/// not a bound. Source: R. Piessens and others, QUADPACK (1983).
public struct GaussKronrod: Sendable {
  /// Wanted error relative to the integral of the absolute value.
  public var relativeTolerance = 1e-14
  public var maximalPieces = 2000

  public init() {}

  private struct Piece {
    var lower: Double
    var upper: Double
    var value: Double
    var magnitude: Double
    var error: Double
  }

  /// The integral from a to b, both finite; the integrand is smooth between neighbouring cuts.
  public func integrate(
    from a: Double, to b: Double, cuts: [Double] = [], _ f: (Double) -> Double
  ) -> Estimate {
    let ends = [a] + cuts.filter { $0 > a && $0 < b }.sorted() + [b]
    var pieces: [Piece] = []
    for (l, u) in zip(ends, ends.dropFirst()) where l < u { pieces.append(piece(l, u, f)) }
    var magnitude = pieces.reduce(0) { $0 + $1.magnitude }
    var finished: [Piece] = []
    while !pieces.isEmpty && finished.count + pieces.count < maximalPieces {
      // Halve every piece that takes more than its share of the budget.
      let budget = max(relativeTolerance * magnitude, 1e-300)
      let count = Double(finished.count + pieces.count)
      var next: [Piece] = []
      for p in pieces {
        let middle = p.lower + (p.upper - p.lower) / 2
        if !(p.error > budget / count) || middle <= p.lower || middle >= p.upper {
          finished.append(p)
        } else {
          next.append(piece(p.lower, middle, f))
          next.append(piece(middle, p.upper, f))
        }
      }
      pieces = next
      magnitude = (finished + pieces).reduce(0) { $0 + $1.magnitude }
    }
    let all = (finished + pieces).sorted { abs($0.value) < abs($1.value) }
    let value = all.reduce(0) { $0 + $1.value }
    let error = all.reduce(0) { $0 + $1.error } + 4e-16 * magnitude
    return Estimate(value, error: error, basis: .quadrature)
  }

  private func piece(_ a: Double, _ b: Double, _ f: (Double) -> Double) -> Piece {
    let (middle, half) = (a + (b - a) / 2, (b - a) / 2)
    let center = f(middle)
    var kronrod = Self.kronrodWeights[7] * center
    var gauss = Self.gaussWeights[3] * center
    var magnitude = Self.kronrodWeights[7] * abs(center)
    for i in 0..<7 {
      let (left, right) = (f(middle - half * Self.nodes[i]), f(middle + half * Self.nodes[i]))
      kronrod += Self.kronrodWeights[i] * (left + right)
      magnitude += Self.kronrodWeights[i] * (abs(left) + abs(right))
      if i % 2 == 1 { gauss += Self.gaussWeights[i / 2] * (left + right) }
    }
    // QUADPACK's power: the Kronrod rule is far better than its difference from the Gauss rule.
    let difference = abs(kronrod - gauss) * half
    let size = magnitude * half
    let sharpened = size > 0 ? size * min(1, pow(200 * difference / size, 1.5)) : 0
    return Piece(
      lower: a, upper: b, value: kronrod * half, magnitude: size,
      error: difference.isFinite ? min(difference, sharpened) : .infinity)
  }

  private static let nodes = [
    0.9914553711208126, 0.9491079123427585, 0.8648644233597691, 0.7415311855993945, 0.5860872354676911,
    0.4058451513773972, 0.20778495500789848, 0,
  ]
  private static let kronrodWeights = [
    0.022935322010529224, 0.06309209262997856, 0.10479001032225019, 0.14065325971552592,
    0.1690047266392679, 0.19035057806478542, 0.20443294007529889, 0.20948214108472782,
  ]
  private static let gaussWeights = [
    0.1294849661688697, 0.27970539148927664, 0.3818300505051189, 0.4179591836734694,
  ]
}
