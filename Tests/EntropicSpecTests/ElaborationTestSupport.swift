import EntropicModel

import EntropicSpec

/// Elaborates the text of an objective file.
func elaborated(_ text: String, set: [String: String] = [:], limits: SpecLimits = SpecLimits())
  throws(SpecError)
  -> ElaboratedFile
{
  var overrides: [String: Syntax] = [:]
  for (name, value) in set {
    overrides[name] = try ObjectiveFile.parse(argument: value, named: "--set \(name)")
  }
  return try Elaboration(read(text), overrides: overrides, limits: limits).run()
}

/// The errors of a file as `code line:column`, empty if there are none.
func faults(_ text: String, set: [String: String] = [:], limits: SpecLimits = SpecLimits()) -> String {
  do throws(SpecError) {
    _ = try elaborated(text, set: set, limits: limits)
    return ""
  } catch {
    return summary(error)
  }
}

/// The first error of a file.
func fault(_ text: String) -> Diagnostic? {
  do throws(SpecError) {
    _ = try elaborated(text)
    return nil
  } catch {
    return error.diagnostics.first { $0.severity == .error }
  }
}

/// A file that evaluates one expression: constants, and laws p on 1 ... 4, P on 2 x 3, W with two rows.
func evaluation(of expression: String) -> String {
  """
  entropic: 1
  data:
    v: [1, 2, 4]
    q: [0.5, 0.25, 0.25]
    M: [[1, 2], [3, 4]]
    L: [[1, 2, 3], [4, 5, 6]]
    X: [[1, 0], [0, 1], [1, 1], [2, 3]]
  unknowns:
    p: simplex([1, 2, 3, 4])
    P: simplex(2, 3)
    W: channel(2, 2)
    r: simplex(X)
    t: {in: simplex(2), labels: [rain, sun]}
  evaluate:
    result: '\(expression.replacingQuotes)'
  """
}

/// The masses at which formulas are compared with their values.
let masses: [String: [Double]] = [
  "p": [0.1, 0.2, 0.3, 0.4], "P": [0.1, 0.2, 0.05, 0.25, 0.15, 0.25], "W": [0.9, 0.1, 0.25, 0.75],
  "r": [0.1, 0.2, 0.3, 0.4], "t": [0.375, 0.625],
]

/// Shape and values of an expression at these masses.
func value(of expression: String) throws(SpecError) -> Tensor? {
  let file = try elaborated(evaluation(of: expression))
  return file.value(of: file.evaluations[0].expression, at: masses)
}

/// The errors of an expression as `code column`, the column counted in the expression.
func faults(in expression: String) -> String {
  do throws(SpecError) {
    _ = try elaborated(evaluation(of: expression))
    return ""
  } catch {
    return error.diagnostics.filter { $0.severity == .error }.map {
      "\($0.code.rawValue) \(($0.column ?? 0) - 11)"
    }
    .joined(separator: ", ")
  }
}

extension String {
  /// Inside a YAML text in single quotes, a quote is written twice.
  fileprivate var replacingQuotes: String { reduce(into: "") { $0 += $1 == "'" ? "''" : String($1) } }
}
