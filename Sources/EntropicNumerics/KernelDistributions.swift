internal import CEntropicKernels

extension Kernel {
  /// log sum exp x in one pass, with a number near the maximum removed before exponentiation.
  ///
  /// Absolute error at most (44 + 2 log2 n + 2 max|x|) 2^-53. Entries of -inf are allowed and count
  /// nothing; all -inf (or no entries) gives -inf, +inf gives +inf, NaN gives NaN.
  public static func logSumExp(_ x: UnsafeBufferPointer<Double>) -> Double {
    ek_log_sum_exp(x.baseAddress, x.count)
  }
  public static func logSumExp(_ x: [Double]) -> Double { x.withUnsafeBufferPointer { logSumExp($0) } }

  /// p = exp(x) / sum exp(x), and log sum exp x.
  ///
  /// Two passes over x, the second of which writes p. Relative error of p_i at most
  /// (66 + 2 log2 n + 2 |x_i - max x|) 2^-53 while p_i is not subnormal. If the log-sum-exp is -inf there is no
  /// distribution and p is 0; if it is +inf or NaN, p is NaN.
  /// - Returns: log sum exp x.
  @discardableResult
  public static func softmax(
    _ x: UnsafeBufferPointer<Double>, into p: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    precondition(x.count == p.count, "softmax: \(x.count) elements into \(p.count)")
    return ek_softmax(x.baseAddress, p.baseAddress, nil, x.count)
  }

  /// As `softmax(_:into:)`, and logp = x - log sum exp x, which does not underflow where p does.
  @discardableResult
  public static func softmax(
    _ x: UnsafeBufferPointer<Double>, into p: UnsafeMutableBufferPointer<Double>,
    logarithms logp: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    precondition(x.count == p.count && x.count == logp.count, "softmax: lengths differ")
    return ek_softmax(x.baseAddress, p.baseAddress, logp.baseAddress, x.count)
  }

  /// As the buffer version; `p` gets the length of `x`.
  @discardableResult
  public static func softmax(_ x: [Double], into p: inout [Double]) -> Double {
    if p.count != x.count { p = [Double](repeating: 0, count: x.count) }
    return x.withUnsafeBufferPointer { source in
      p.withUnsafeMutableBufferPointer { softmax(source, into: $0) }
    }
  }

  public static func softmax(_ x: [Double]) -> (probabilities: [Double], logSumExp: Double) {
    var level = -Double.infinity
    let p = [Double].written(count: x.count) { target in
      level = x.withUnsafeBufferPointer { softmax($0, into: target) }
    }
    return (p, level)
  }

  /// Probabilities, their logarithms, and log sum exp x.
  public static func softmaxWithLogarithms(
    _ x: [Double]
  ) -> (probabilities: [Double], logarithms: [Double], logSumExp: Double) {
    var logp = [Double](repeating: 0, count: x.count)
    var p = logp
    let level = x.withUnsafeBufferPointer { source in
      p.withUnsafeMutableBufferPointer { target in
        logp.withUnsafeMutableBufferPointer { softmax(source, into: target, logarithms: $0) }
      }
    }
    return (p, logp, level)
  }

  /// sum p_i (t_i log p_i + c_i) with 0 log 0 = 0; without temperatures t = 1, without costs c = 0.
  ///
  /// Error at most `kappa(n)` times `absoluteEntropySum` of the same arguments.
  public static func entropySum(_ p: [Double], temperatures: [Double]? = nil, costs: [Double]? = nil)
    -> Double
  {
    entropy(p, temperatures, costs) { ek_entropy_sum($0, $1, $2, $3) }
  }

  /// sum |p_i t_i log p_i| + |p_i c_i|: the scale of the rounding error of `entropySum`.
  public static func absoluteEntropySum(
    _ p: [Double], temperatures: [Double]? = nil, costs: [Double]? = nil
  ) -> Double {
    entropy(p, temperatures, costs) { ek_absolute_entropy_sum($0, $1, $2, $3) }
  }

  private typealias Pointer = UnsafePointer<Double>

  private static func entropy(
    _ p: [Double], _ t: [Double]?, _ c: [Double]?, _ body: (Pointer?, Pointer?, Pointer?, Int) -> Double
  ) -> Double {
    precondition(t.map { $0.count == p.count } ?? true, "entropySum: wrong number of temperatures")
    precondition(c.map { $0.count == p.count } ?? true, "entropySum: wrong number of costs")
    return p.withUnsafeBufferPointer { p in
      (t ?? []).withUnsafeBufferPointer { t0 in
        (c ?? []).withUnsafeBufferPointer { c0 in
          body(p.baseAddress, t == nil ? nil : t0.baseAddress, c == nil ? nil : c0.baseAddress, p.count)
        }
      }
    }
  }
}

/// The Kullback-Leibler divergence of two non-negative vectors, sum p log(p/q) - p + q, without cancellation.
///
/// With d = (p - q)/q and g = log(1 + d) - d a term is q (d^2 + (1 + d) g), used for -1/2 <= d <= 1;
/// elsewhere the plain form. All terms are >= 0 but for rounding, so that the relative error is a few ulp
/// plus `Kernel.kappa(n)`, also where p and q agree to many digits. 0 log 0 = 0; p_i = 0 contributes q_i.
///
/// - Returns: +inf if q_i = 0 < p_i for some i; NaN if an entry is negative or NaN.
public func klDivergence(_ p: [Double], _ q: [Double]) -> Double {
  precondition(p.count == q.count, "klDivergence: \(p.count) and \(q.count) elements")
  return Kernel.both(p, q) { klDivergence($0, $1) }
}

public func klDivergence(_ p: UnsafeBufferPointer<Double>, _ q: UnsafeBufferPointer<Double>) -> Double {
  precondition(p.count == q.count, "klDivergence: \(p.count) and \(q.count) elements")
  return ek_kl_divergence(p.baseAddress, q.baseAddress, p.count)
}

/// log(1 + x) - x without cancellation near 0: relative error at most 4 ulp for -1/2 <= x <= 1, and a few
/// ulp of the larger term elsewhere.
///
/// - Returns: -inf at x = -1 and x = +inf, NaN below -1.
public func log1pMinus(_ x: Double) -> Double { ek_log1p_minus(x) }
