internal import CGSL

/// Nodes in increasing order and positive weights of a Gauss rule.
///
/// libgsl gives the starting nodes; Newton steps on the orthogonal polynomial and its closed-form weights
/// give the last digits (libgsl's weight next to 1 is off by 7e-12 in the Legendre rule of 1000 nodes).
public struct Quadrature: Sendable, Equatable {
  public let nodes: [Double]
  public let weights: [Double]

  /// The rule of n nodes exact for polynomials of degree 2 n - 1 integrated over [a, b].
  ///
  /// Relative error of every weight below 1e-12. Domain: 1 <= n <= 1000, finite a < b.
  ///
  /// - Complexity: O(n^2); 1000 nodes take a few milliseconds.
  public static func gaussLegendre(
    _ n: Int, from a: Double = -1, to b: Double = 1
  ) throws(SpecialFunctionError) -> Quadrature {
    let f = Arguments("gauss_legendre")
    try f.supported(Double(n), "n", in: 1...1000)
    try f.finite(a, "a")
    try f.require(b.isFinite && b > a, b, "b")
    let (x, w) = try legendre(n)
    let half = b / 2 - a / 2
    let middle = a / 2 + b / 2
    return Quadrature(nodes: x.map { middle + half * $0 }, weights: w.map { half * $0 })
  }

  /// The rule of n nodes exact for polynomials of degree 2 n - 1 against `exp(-x^2)` on the whole line.
  ///
  /// Relative error of every weight below 1e-12, the smallest (1e-250 for 300 nodes) included.
  /// Domain: 1 <= n <= 300.
  ///
  /// - Complexity: O(n^2).
  public static func gaussHermite(_ n: Int) throws(SpecialFunctionError) -> Quadrature {
    try Arguments("gauss_hermite").supported(Double(n), "n", in: 1...300)
    let (x, w) = try hermite(n)
    return Quadrature(nodes: x, weights: w)
  }

  /// The rule for expectations under a normal distribution: the weights sum to 1.
  ///
  ///     E f(X)  ~  sum_i w_i f(x_i),     X normal with the given mean and standard deviation > 0
  public static func normal(
    _ n: Int, mean: Double = 0, deviation: Double = 1
  ) throws(SpecialFunctionError) -> Quadrature {
    let f = Arguments("gauss_hermite")
    try Special.location(mean, "mean", scale: deviation, "sd", f)
    let rule = try gaussHermite(n)
    let root = Double.pi.squareRoot()
    let stretch = deviation * 2.0.squareRoot()
    let nodes = rule.nodes.map { mean + stretch * $0 }
    for x in nodes where !x.isFinite { throw .overflow(function: f.function) }
    return Quadrature(nodes: nodes, weights: rule.weights.map { $0 / root })
  }

  private static func legendre(_ n: Int) throws(SpecialFunctionError) -> ([Double], [Double]) {
    precondition(GSL.handlerIsOff)
    guard let table = gsl_integration_glfixed_table_alloc(n) else {
      throw .failed(function: "gauss_legendre", message: "no table")
    }
    defer { gsl_integration_glfixed_table_free(table) }
    var nodes = [Double](repeating: 0, count: n)
    var weights = nodes
    for i in (n / 2)..<n {
      var (x, w) = (0.0, 0.0)
      guard gsl_integration_glfixed_point(-1, 1, i, &x, &w, table) == Int32(GSL_SUCCESS) else {
        throw .failed(function: "gauss_legendre", message: "no node \(i)")
      }
      // Half a unit in the last place of a node next to 1 would cost n^2 units in its weight: t = 1 - x has
      // the digits, and takes the Newton steps.
      var t = 1 - x
      var (value, slope) = legendrePolynomial(n, t)
      for _ in 0..<3 {
        t += value / slope
        (value, slope) = legendrePolynomial(n, t)
      }
      nodes[i] = 2 * i + 1 == n ? 0 : 1 - t
      weights[i] = 2 / (t * (2 - t) * slope * slope)
      nodes[n - 1 - i] = -nodes[i]
      weights[n - 1 - i] = weights[i]
    }
    return (nodes, weights)
  }

  /// P_n(1 - t) and P_n'(1 - t) for 0 < t <= 1, by the recurrence of the differences D_k = P_k - P_{k-1}:
  ///
  ///     (k + 1) D_{k+1} = k D_k - (2 k + 1) t P_k,     (1 - x^2) P_n' = n (t P_n - D_n)
  private static func legendrePolynomial(_ n: Int, _ t: Double) -> (value: Double, slope: Double) {
    var value = 1.0
    var difference = 0.0
    for k in 0..<n {
      let k = Double(k)
      difference = (k * difference - (2 * k + 1) * t * value) / (k + 1)
      value += difference
    }
    return (value, Double(n) * (t * value - difference) / (t * (2 - t)))
  }

  private static func hermite(_ n: Int) throws(SpecialFunctionError) -> ([Double], [Double]) {
    precondition(GSL.handlerIsOff)
    guard let work = gsl_integration_fixed_alloc(cgsl_fixed_hermite(), n, 0, 1, 0, 0) else {
      throw .failed(function: "gauss_hermite", message: "no nodes")
    }
    defer { gsl_integration_fixed_free(work) }
    guard let start = gsl_integration_fixed_nodes(work) else {
      throw .failed(function: "gauss_hermite", message: "no nodes")
    }
    var nodes = (0..<n).map { start[$0] }
    var weights = [Double](repeating: 0, count: n)
    for i in 0..<n {
      for _ in 0..<3 { nodes[i] -= hermitePolynomial(n, nodes[i]).step }
      weights[i] = 1 / hermitePolynomial(n, nodes[i]).squares
    }
    return (nodes, weights)
  }

  /// The Newton step of the orthonormal polynomial p_n at x, and the sum of p_k(x)^2 over k < n.
  private static func hermitePolynomial(_ n: Int, _ x: Double) -> (step: Double, squares: Double) {
    var previous = 0.0
    var current = 1 / Double.pi.squareRoot().squareRoot()
    var squares = 0.0
    for k in 0..<n {
      squares += current * current
      let k = Double(k)
      let next = (2 / (k + 1)).squareRoot() * x * current - (k / (k + 1)).squareRoot() * previous
      (previous, current) = (current, next)
    }
    // p_n' = sqrt(2 n) p_{n-1}.
    return (current / ((2 * Double(n)).squareRoot() * previous), squares)
  }
}
