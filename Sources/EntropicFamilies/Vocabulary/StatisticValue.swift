import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Statistic {
  /// The value at x.
  public func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .power(let r): return r == 1 ? x : r == 2 ? x * x : pow(x, r)
    case .squaredDeviation(let c): return (x - c) * (x - c)
    case .absoluteDeviation(let c): return abs(x - c)
    case .log: return naturalLog(x)
    case .logSquaredDeviation(let c):
      let d = naturalLog(x) - c
      return d * d
    case .logComplement: return log1p(-x)
    case .exponential(let t): return exp(t * x)
    case .cosine(let c): return cos(x - c)
    case .logGamma(let r): return Settled.logGamma(x + r)
    case .logGammaReflected(let n):
      return Settled.logGamma(n - x + 1)
    }
  }

  /// Points where the statistic is not smooth.
  var kinks: [Double] {
    if case .absoluteDeviation(let c) = self { return [c] }
    return []
  }
}

/// The logarithm, for types with a member of that name.
func naturalLog(_ x: Double) -> Double { log(x) }
