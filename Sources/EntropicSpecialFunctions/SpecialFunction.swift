/// One row of the table of functions that objective files may call, under the name used there.
///
/// A function named `..._pdf` or `..._pmf` has a companion `..._log_pdf` or `..._log_pmf` with its natural
/// logarithm, -infinity where the density is 0. All other values are finite.
public struct SpecialFunction: Sendable {
  /// The name in snake case, such as `normal_pdf`.
  public let name: String
  /// The names of the arguments, in order.
  public let parameters: [String]
  /// Where the function is defined and supported.
  public let domain: String
  /// One line: what it is.
  public let summary: String
  /// The value at as many finite numbers as there are parameters.
  ///
  /// - Throws: `.arity` for another number of arguments, otherwise as the function of `Special`.
  public let evaluate: @Sendable ([Double]) throws(SpecialFunctionError) -> Double

  /// The function of that name, if there is one.
  public static func named(_ name: String) -> SpecialFunction? { table[name] }

  /// Every function, by subject.
  public static let all: [SpecialFunction] =
    gammaFamily + errorFunctions + bessel + otherFunctions + continuousDensities + masses + distributions

  private static let table: [String: SpecialFunction] =
    Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}

extension SpecialFunction {
  typealias One = @Sendable (Double) throws(SpecialFunctionError) -> Double
  typealias Two = @Sendable (Double, Double) throws(SpecialFunctionError) -> Double
  typealias Three = @Sendable (Double, Double, Double) throws(SpecialFunctionError) -> Double

  init(_ name: String, _ parameter: String, _ domain: String, _ summary: String, one f: @escaping One) {
    self.init(name: name, parameters: [parameter], domain: domain, summary: summary) {
      (x: [Double]) throws(SpecialFunctionError) in
      try Self.count(x, 1, name)
      return try f(x[0])
    }
  }

  init(_ name: String, _ parameters: [String], _ domain: String, _ summary: String, two f: @escaping Two) {
    self.init(name: name, parameters: parameters, domain: domain, summary: summary) {
      (x: [Double]) throws(SpecialFunctionError) in
      try Self.count(x, 2, name)
      return try f(x[0], x[1])
    }
  }

  init(_ name: String, _ parameters: [String], _ domain: String, _ summary: String, three f: @escaping Three)
  {
    self.init(name: name, parameters: parameters, domain: domain, summary: summary) {
      (x: [Double]) throws(SpecialFunctionError) in
      try Self.count(x, 3, name)
      return try f(x[0], x[1], x[2])
    }
  }

  private static func count(_ x: [Double], _ n: Int, _ name: String) throws(SpecialFunctionError) {
    if x.count != n { throw .arity(function: name, expected: n, found: x.count) }
  }

  /// The two rows of a density: its value and its logarithm.
  static func density(
    _ name: String, _ parameters: [String], _ domain: String, _ summary: String,
    _ f: @escaping @Sendable ([Double]) throws(SpecialFunctionError) -> Density
  ) -> [SpecialFunction] {
    let kind = name.hasSuffix("_pmf") ? "_pmf" : "_pdf"
    let logName = String(name.dropLast(kind.count)) + "_log" + kind
    let n = parameters.count
    return [
      SpecialFunction(name: name, parameters: parameters, domain: domain, summary: summary) {
        (x: [Double]) throws(SpecialFunctionError) in
        try count(x, n, name)
        return try f(x).value
      },
      SpecialFunction(name: logName, parameters: parameters, domain: domain, summary: "log of \(name)") {
        (x: [Double]) throws(SpecialFunctionError) in
        try count(x, n, logName)
        return try f(x).log
      },
    ]
  }
}
