import EntropicNumerics

/// A proximal step of a function of one mass in the Kullback-Leibler geometry, in closed form.
///
///     x = argmin over x > 0 of   a f(x) + c x + (1 / eta) (x log(x / y) - x + y)
///
///     f                                     x
///     linear     0                          y e^(-eta c)
///     divergence KL(x, b)                   exp((eta a log b + log y - eta c) / (1 + eta a))
///     reversed   KL(b, x)                   y e^(s - eta (c + a)),  s = omega(log(a b eta) - log y + eta (c + a))
///     logarithm  -log x                     a eta / s,              s = omega(log(a eta) - log y + eta c)
///     square     (x - b)^2 / 2              omega(log(eta a y) - eta (c - a b)) / (eta a)
///     chi-square (x - b)^2 / b              the square with weight 2 a / b
///     distance   |x - b|                    clip(b, y e^(-eta (c + a)), y e^(-eta (c - a)))
///
/// with KL(x, b) = x log(x / b) - x + b and omega the Wright function, w + log w = z. On a simplex the mass constraint
/// turns c into c + nu, one scalar root for all outcomes; see `onSimplex`.
///
/// Goals, in order: 1. no overflow and no underflow, the masses being carried as logarithms; 2. relative accuracy of x;
/// 3. speed. Where log y is -inf, x is 0: the support of y is part of the contract.
/// - Cost: one evaluation of omega, 3 or 4 elementary functions.
/// - Sources: the conditions of first order; omega after F. N. Fritsch, R. E. Shafer, W. P. Crowley, Commun. ACM 16
///   (1973), doi:10.1145/361952.361970; the geometry of Y. Censor, S. A. Zenios, J. Optim. Theory Appl. 73 (1992),
///   doi:10.1007/BF00940051.
public struct ProximalOperator: Sendable, Hashable {
  /// The function f.
  public enum Part: Sendable, Hashable {
    case linear
    /// KL(x, b), b >= 0; b = 0 leaves only x = 0.
    case divergence(to: Double)
    /// KL(b, x), b >= 0.
    case reversedDivergence(from: Double)
    case negativeLogarithm
    /// (x - b)^2 / 2, b any number.
    case square(around: Double)
    /// (x - b)^2 / b, b > 0.
    case chiSquare(from: Double)
    /// |x - b|, b any number.
    case distance(to: Double)
  }

  public let part: Part
  /// a >= 0
  public let weight: Double

  /// - Precondition: the weight is finite and not negative, and b is in the domain that the part states.
  public init(_ part: Part, weight: Double = 1) {
    precondition(weight >= 0 && weight < .infinity, "the weight is \(weight), not a number of [0, inf)")
    switch part {
    case .divergence(let b), .reversedDivergence(let b):
      precondition(b >= 0 && b < .infinity, "the reference mass is \(b), not a number of [0, inf)")
    case .chiSquare(let b): precondition(b > 0 && b < .infinity, "the reference mass is \(b), not positive")
    case .square(let b), .distance(let b): precondition(b.isFinite, "the centre is \(b), not finite")
    case .linear, .negativeLogarithm: break
    }
    self.part = part
    self.weight = weight
  }

  public static let linear = ProximalOperator(.linear, weight: 0)

  /// a f(x); +inf outside the domain.
  public func value(_ x: Double) -> Double {
    guard weight > 0 else { return x >= 0 ? 0 : .infinity }
    guard x >= 0 else { return .infinity }
    switch part {
    case .linear: return 0
    case .divergence(let b): return weight * NegativeEntropy.excess(x, b, change: x - b)
    case .reversedDivergence(let b): return weight * NegativeEntropy.excess(b, x, change: b - x)
    case .negativeLogarithm: return x > 0 ? -weight * Kernel.log(x) : .infinity
    case .square(let b): return weight * (x - b) * (x - b) / 2
    case .chiSquare(let b): return weight * (x - b) * (x - b) / b
    case .distance(let b): return weight * abs(x - b)
    }
  }

  /// The step from `y`.
  /// - Precondition: y >= 0, step > 0, all finite.
  public func callAsFunction(at y: Double, cost c: Double = 0, step eta: Double) -> Double {
    Kernel.exp(logarithm(at: Kernel.log(y), cost: c, step: eta).value)
  }

  /// log x from log y, with the sensitivity kappa = -(d log x / d c) / eta, which is in [0, 1].
  public func logarithm(
    at logY: Double, cost c: Double = 0, step eta: Double
  ) -> (value: Double, sensitivity: Double) {
    let a = weight
    guard logY > -.infinity else { return (-.infinity, 0) }
    guard a > 0 else { return (logY - eta * c, 1) }
    switch part {
    case .linear: return (logY - eta * c, 1)
    case .divergence(let b):
      let ratio = 1 / (1 + eta * a)
      if b == 0 { return (-.infinity, 0) }
      // eta a / (1 + eta a) = 1 - ratio loses digits when eta a is small.
      return (eta * a * ratio * Kernel.log(b) + (logY - eta * c) * ratio, ratio)
    case .reversedDivergence(let b):
      if b == 0 { return (logY - eta * (c + a), 1) }
      return ProximalOperator.hyperbolic(
        Kernel.log(a) + Kernel.log(b) + Kernel.log(eta), logY - eta * (c + a))
    case .negativeLogarithm:
      return ProximalOperator.hyperbolic(Kernel.log(a) + Kernel.log(eta), logY - eta * c)
    case .square(let b): return ProximalOperator.quadratic(a, b, logY, c, eta)
    case .chiSquare(let b): return ProximalOperator.quadratic(2 * a / b, b, logY, c, eta)
    case .distance(let b):
      let low = logY - eta * (c + a)
      let high = logY - eta * (c - a)
      let wall = b > 0 ? Kernel.log(b) : -.infinity
      if wall < low { return (low, 1) }
      return wall > high ? (high, 1) : (wall, 0)
    }
  }

  /// The root of log x - k e^(-log x) = free: a log-barrier of weight k against the free step.
  private static func hyperbolic(_ logK: Double, _ free: Double) -> (value: Double, sensitivity: Double) {
    let z = logK - free
    let s = wrightOmega(z)
    // x = k / s, with log s = z - s where s is small.
    return (z < 1 ? free + s : logK - Kernel.log(s), 1 / (1 + s))
  }

  private static func quadratic(
    _ a: Double, _ b: Double, _ logY: Double, _ c: Double, _ eta: Double
  ) -> (value: Double, sensitivity: Double) {
    let unit = Kernel.log(eta) + Kernel.log(a)
    let free = logY - eta * (c - a * b)
    let w = wrightOmega(unit + free)
    return (unit + free < 1 ? free - w : Kernel.log(w) - unit, 1 / (1 + w))
  }

  // MARK: - On a simplex

  /// argmin  sum_i a_i f_i(x_i) + c_i x_i + (1 / eta) KL(x, y)   over  {x >= 0, sum x = mass}
  ///
  /// log sum_i x_i(c_i + nu) falls with nu: Newton's method on it inside a bracket; one step when all parts are linear.
  /// The result sums to the mass to the last bit.
  /// - Parameters:
  ///   - parts: one an outcome.
  ///   - logY: log y, -inf for outcomes without mass.
  /// - Returns: the law, its logarithms and nu; nil when no outcome can carry the mass or an argument is not finite.
  /// - Complexity: O(n) a step, 1 to 15 steps.
  public static func onSimplex(
    _ parts: [ProximalOperator], from logY: [Double], cost: [Double], step eta: Double, mass: Double = 1
  ) -> (law: [Double], logarithms: [Double], multiplier: Double)? {
    precondition(
      parts.count == logY.count && cost.count == logY.count,
      "\(parts.count) parts and \(cost.count) costs for \(logY.count) masses")
    guard mass > 0, eta > 0, mass < .infinity, eta < .infinity,
      !logY.contains(where: { $0.isNaN || $0 == .infinity }),
      cost.allSatisfy(\.isFinite)
    else { return nil }
    let goal = Kernel.log(mass)
    // The least cost goes into nu, so that large equal costs do not hide small differences.
    let shift = logY.indices.reduce(Double.infinity) { logY[$1] > -.infinity ? min($0, cost[$1]) : $0 }
    guard shift.isFinite else { return nil }
    func state(_ nu: Double) -> (total: Double, slope: Double, logarithms: [Double]) {
      var logarithms = logY
      var kappa = logY
      for i in logY.indices {
        let part = parts[i].logarithm(at: logY[i], cost: cost[i] - shift + nu, step: eta)
        logarithms[i] = part.value
        kappa[i] = part.sensitivity
      }
      let soft = Kernel.softmax(logarithms)
      return (soft.logSumExp - goal, -eta * Kernel.dot(soft.probabilities, kappa), logarithms)
    }
    var nu = 0.0
    var now = state(nu)
    var low = -Double.infinity
    var high = Double.infinity
    var width = 1 / eta
    for _ in 0..<4000 {
      guard !now.total.isNaN else { return nil }
      if abs(now.total) <= 0x1p-51 { break }
      if now.total > 0 { low = nu } else { high = nu }
      var next = now.slope < 0 && now.total.isFinite ? nu - now.total / now.slope : .nan
      if low > -.infinity, high < .infinity {
        if !(next > low && next < high) { next = low / 2 + high / 2 }
        if !(next > low && next < high) { break }
      } else {
        // Not further than doubling steps beyond the end that is known.
        let end = now.total > 0 ? nu + width : nu - width
        if !next.isFinite || abs(next - nu) > abs(end - nu) { next = end }
        width *= 2
        guard next.isFinite else { return nil }
      }
      if next == nu { break }
      nu = next
      now = state(nu)
    }
    guard now.total > -.infinity else { return nil }
    let soft = Kernel.softmax(now.logarithms)
    var law = soft.probabilities.map { $0 * mass }
    let rest = mass - Kernel.compensatedSum(law)
    if rest != 0, let top = law.indices.max(by: { law[$0] < law[$1] }) { law[top] += rest }
    return (law, now.logarithms.map { $0 - now.total }, nu - shift)
  }
}
