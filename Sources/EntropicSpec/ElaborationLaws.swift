import EntropicFamilies
import EntropicModel

/// A law that is not a list of masses: given by its family and parameters, or sought.
enum LawReference: Sendable {
  case given(any ScalarLaw)
  case sought(SoughtLaw)
}

/// An unknown law on the line.
package struct SoughtLaw: Sendable {
  package let name: String
  package let kind: LawProblem.Unknown
}

/// A number that depends on the sought law: a weighted sum of functionals.
struct LawFormula: Sendable {
  var functional: LawFunctional
  var unknown: SoughtLaw
}

// Arithmetic with functionals of a sought law: sums, and products with numbers.
extension ExpressionEvaluator {
  /// The value of an operator one of whose operands is a functional; nil when none is.
  func lawArithmetic(
    _ node: Int, _ values: ArraySlice<ElaborationValue>
  ) throws(SpecError) -> ElaborationValue? {
    let holds = values.contains { if case .functional = $0 { true } else { false } }
    guard holds else { return nil }
    let first = values[values.startIndex]
    switch syntax.kind(of: node) {
    case .negation:
      guard case .functional(let formula) = first else { return nil }
      return .functional(LawFormula(functional: -1 * formula.functional, unknown: formula.unknown))
    case .sum:
      var total = LawFunctional()
      var unknown: SoughtLaw?
      for (child, value) in zip(syntax.children(of: node), values) {
        let sign = child.operation == .minus ? -1.0 : 1
        switch value {
        case .functional(let formula):
          total = total + sign * formula.functional
          unknown = formula.unknown
        default: total.constant += sign * (try scalar(value, child.node))
        }
      }
      guard let unknown else { return nil }
      return try functional(total, of: unknown, at: node)
    case .product:
      var factor = 1.0
      var formula: LawFormula?
      for (child, value) in zip(syntax.children(of: node), values) {
        if case .functional(let found) = value {
          guard formula == nil, child.operation != .divide else { throw nonlinear(child.node) }
          formula = found
          continue
        }
        let number = try scalar(value, child.node)
        if child.operation == .divide {
          if number == 0 { throw failure(.nonFiniteValue, atOperator: child, "division by 0") }
          factor /= number
        } else {
          factor *= number
        }
      }
      guard let formula else { return nil }
      return try functional(factor * formula.functional, of: formula.unknown, at: node)
    case .namedArgument, .comparison, .call: return nil
    default: throw nonlinear(node)
    }
  }

  /// A functional whose weights are finite, and their sum, too.
  private func functional(
    _ functional: LawFunctional, of unknown: SoughtLaw, at node: Int
  ) throws(SpecError) -> ElaborationValue {
    guard functional.size.isFinite else {
      throw failure(
        .nonFiniteValue, at: node,
        "a weight in \(Diagnostic.quoted(syntax.shortText(of: node))) is not finite",
        hint: "numbers reach from 1e-308 to 1e308")
    }
    return .functional(LawFormula(functional: functional, unknown: unknown))
  }

  private func nonlinear(_ node: Int) -> SpecError {
    failure(
      .unsupportedForm, at: node,
      "\(Diagnostic.quoted(syntax.shortText(of: node))): functionals of a continuous law can be added and multiplied "
        + "by numbers only")
  }

  private func scalar(_ value: ElaborationValue, _ node: Int) throws(SpecError) -> Double {
    guard case .constant(let constant) = try array(value, node), constant.isScalar else {
      throw failure(
        .shapeMismatch, at: node, "\(Diagnostic.quoted(syntax.shortText(of: node))) is no number",
        hint: "functionals of a continuous law are added to numbers and multiplied by them")
    }
    guard constant.values[0].isFinite else {
      throw failure(
        .nonFiniteValue, at: node, "\(Diagnostic.quoted(syntax.shortText(of: node))) is not finite")
    }
    return constant.values[0]
  }

  /// The constraints of a comparison with functionals of a sought law; nil when no side has one.
  func lawConstraints(at root: Int) throws(SpecError) -> [(
    functional: LawFunctional, relation: MaximumEntropy.Relation, bound: Double
  )]? {
    guard syntax.kind(of: root) == .comparison else { return nil }
    let children = Array(syntax.children(of: root))
    var sides: [ElaborationValue] = []
    for child in children { sides.append(try value(of: child.node)) }
    let holds = sides.contains { if case .functional = $0 { true } else { false } }
    guard holds else { return nil }
    let found: MaximumEntropy.Relation =
      switch try relation(children, root) {
      case .equal: .equal
      case .atMost: .atMost
      case .atLeast: .atLeast
      }
    var result: [(functional: LawFunctional, relation: MaximumEntropy.Relation, bound: Double)] = []
    for k in 1..<sides.count {
      var difference = LawFunctional()
      for (side, sign) in [(k - 1, 1.0), (k, -1.0)] {
        if case .functional(let formula) = sides[side] {
          difference = difference + sign * formula.functional
        } else {
          difference.constant += sign * (try scalar(sides[side], children[side].node))
        }
      }
      guard difference.size.isFinite else {
        throw failure(
          .nonFiniteValue, at: children[k].node, "a weight or the bound of the constraint is not finite")
      }
      // unknown part (relation) constant.
      let bound = -difference.constant
      difference.constant = 0
      // A bound written on the left reads the other way round.
      if case .functional = sides[k - 1] {
        result.append((difference, found, bound))
      } else {
        let turned: MaximumEntropy.Relation =
          switch found {
          case .equal: .equal
          case .atMost: .atLeast
          case .atLeast: .atMost
          }
        result.append((-1 * difference, turned, bound == 0 ? 0 : -bound))
      }
    }
    return result
  }

  /// A function of outcomes as a function of numbers: NaN where it is not defined.
  func pointFunction(_ function: OutcomeFunction, at node: Int) throws(SpecError) -> PointFunction {
    guard function.names.count == 1 else {
      throw failure(
        .shapeMismatch, at: node, "the function has \(function.names.count) arguments (expected 1)")
    }
    // Unchecked: elaboration is over when the function is called, and names are only read.
    nonisolated(unsafe) let evaluator = self
    let text = syntax.shortText(of: node)
    let formula = FormulaReading(function: function, evaluator: self).formula()
    let result = PointFunction(text, formula: formula) { points in
      evaluator.values(of: function, at: points)
    }
    // What is wrong with the function wherever it is evaluated is told now.
    for point in [0.3, 1.7, -0.8, 3.0] where try problem(with: function, at: point) == nil { return result }
    if let error = try problem(with: function, at: 0.5) { throw error }
    return result
  }

  private func problem(with function: OutcomeFunction, at point: Double) throws(SpecError) -> SpecError? {
    do throws(SpecError) {
      _ = try function.applied(to: [.numbers([point])], shape: [1], in: self)
      return nil
    } catch {
      return error
    }
  }

  /// The values at all points; a range of points where the function fails is halved until single points are left.
  private func values(of function: OutcomeFunction, at points: [Double]) -> [Double] {
    if points.isEmpty { return [] }
    if let result = try? function.applied(to: [.numbers(points)], shape: [points.count], in: self),
      case .numbers(let array) = result
    {
      return array.values
    }
    if points.count == 1 { return [.nan] }
    // Where the function fails at both ends and in the middle, it is not defined in between.
    let ends = [points[0], points[points.count / 2], points[points.count - 1]]
    if points.count > 3, ends.allSatisfy({ values(of: function, at: [$0])[0].isNaN }) {
      return [Double](repeating: .nan, count: points.count)
    }
    let middle = points.count / 2
    return values(of: function, at: Array(points[..<middle]))
      + values(of: function, at: Array(points[middle...]))
  }
}
