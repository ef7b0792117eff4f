#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A function of one real number as it is written: what can be proved about it on whole intervals, not at points alone.
///
///     let x = OutcomeFormula.variable
///     let f = (x * x - 4).power(2)
///
/// A list of steps, each with the places of its operands; the last one is the function.
public struct OutcomeFormula: Sendable {
  public enum Function: String, Sendable, CaseIterable {
    case log, exp, sqrt, abs, sin, cos, tanh, log1p, expm1
  }

  enum Step: Sendable {
    case variable
    case constant(Double)
    case sum(Int, Int)
    case product(Int, Int)
    case quotient(Int, Int)
    case power(Int, Double)
    case maximum(Int, Int)
    case apply(Function, Int)
  }

  let steps: [Step]

  /// The longest formula that is worth a proof.
  public static let longest = 2000

  public static let variable = OutcomeFormula(steps: [.variable])

  init(steps: [Step]) { self.steps = steps }

  public init(_ constant: Double) { steps = [.constant(constant)] }

  public var isShort: Bool { steps.count <= OutcomeFormula.longest }

  private static func joined(
    _ a: OutcomeFormula, _ b: OutcomeFormula, _ make: (Int, Int) -> Step
  ) -> OutcomeFormula {
    let shift = a.steps.count
    let moved = b.steps.map { step -> Step in
      switch step {
      case .variable, .constant: step
      case .sum(let i, let j): .sum(i + shift, j + shift)
      case .product(let i, let j): .product(i + shift, j + shift)
      case .quotient(let i, let j): .quotient(i + shift, j + shift)
      case .power(let i, let r): .power(i + shift, r)
      case .maximum(let i, let j): .maximum(i + shift, j + shift)
      case .apply(let f, let i): .apply(f, i + shift)
      }
    }
    let last = make(shift - 1, shift + moved.count - 1)
    return OutcomeFormula(steps: a.steps + moved + [last])
  }

  public static func + (a: OutcomeFormula, b: OutcomeFormula) -> OutcomeFormula {
    joined(a, b) { .sum($0, $1) }
  }
  public static func + (a: OutcomeFormula, b: Double) -> OutcomeFormula { b == 0 ? a : a + OutcomeFormula(b) }
  public static func - (a: OutcomeFormula, b: OutcomeFormula) -> OutcomeFormula { a + -1 * b }
  public static func - (a: OutcomeFormula, b: Double) -> OutcomeFormula { a + -b }
  public static func / (a: OutcomeFormula, b: OutcomeFormula) -> OutcomeFormula {
    joined(a, b) { .quotient($0, $1) }
  }
  public static func * (factor: Double, a: OutcomeFormula) -> OutcomeFormula {
    factor == 1 ? a : OutcomeFormula(factor) * a
  }

  /// The square of one formula is known not to be negative.
  public static func * (a: OutcomeFormula, b: OutcomeFormula) -> OutcomeFormula {
    if case .variable? = a.steps.last, case .variable? = b.steps.last { return a.power(2) }
    return joined(a, b) { .product($0, $1) }
  }

  public func power(_ exponent: Double) -> OutcomeFormula {
    OutcomeFormula(steps: steps + [.power(steps.count - 1, exponent)])
  }

  public func applying(_ function: Function) -> OutcomeFormula {
    OutcomeFormula(steps: steps + [.apply(function, steps.count - 1)])
  }

  public static func maximum(_ a: OutcomeFormula, _ b: OutcomeFormula) -> OutcomeFormula {
    joined(a, b) { .maximum($0, $1) }
  }

  public static func minimum(_ a: OutcomeFormula, _ b: OutcomeFormula) -> OutcomeFormula {
    -1 * maximum(-1 * a, -1 * b)
  }

  /// The value at a number; NaN where it is not defined.
  public func value(at x: Double) -> Double {
    var values: [Double] = []
    values.reserveCapacity(steps.count)
    for step in steps {
      switch step {
      case .variable: values.append(x)
      case .constant(let c): values.append(c)
      case .sum(let i, let j): values.append(values[i] + values[j])
      case .product(let i, let j): values.append(values[i] * values[j])
      case .quotient(let i, let j): values.append(values[i] / values[j])
      case .power(let i, let r): values.append(r == 2 ? values[i] * values[i] : pow(values[i], r))
      case .maximum(let i, let j): values.append(max(values[i], values[j]))
      case .apply(let f, let i): values.append(f(values[i]))
      }
    }
    return values.last ?? .nan
  }
}

extension OutcomeFormula.Function {
  func callAsFunction(_ x: Double) -> Double { OutcomeFormula.library(self, x) }
}

extension OutcomeFormula {
  fileprivate static func library(_ function: Function, _ x: Double) -> Double {
    switch function {
    case .log: return x < 0 ? .nan : log(x)
    case .exp: return exp(x)
    case .sqrt: return x.squareRoot()
    case .abs: return x.magnitude
    case .sin: return sin(x)
    case .cos: return cos(x)
    case .tanh: return tanh(x)
    case .log1p: return log1p(x)
    case .expm1: return expm1(x)
    }
  }
}
