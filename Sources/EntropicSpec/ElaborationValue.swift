import EntropicFlows
import EntropicModel
import EntropicNumerics

/// Names of the entries along each axis of an array; an empty list where an axis has none.
final class AxisLabels: Sendable {
  let lists: [[String]]
  private let positions: [[String: Int]]

  init(_ lists: [[String]]) {
    self.lists = lists
    positions = lists.map { list in
      Dictionary(zip(list, list.indices), uniquingKeysWith: { first, _ in first })
    }
  }

  /// The position of a label, from 0.
  func position(of label: String, axis: Int) -> Int? {
    axis < positions.count ? positions[axis][label] : nil
  }

  func list(axis: Int) -> [String] { axis < lists.count ? lists[axis] : [] }

  var transposed: AxisLabels { AxisLabels([list(axis: 1), list(axis: 0)]) }
}

/// Numbers that are known before anything is solved, by rows.
struct ConstantArray: Sendable {
  var shape: [Int]
  var values: [Double]
  var labels: AxisLabels?

  init(_ number: Double) { self.init(shape: [], values: [number]) }

  init(shape: [Int], values: [Double], labels: AxisLabels? = nil) {
    self.shape = shape
    self.values = values
    self.labels = labels
  }

  init(_ tensor: Tensor) { self.init(shape: tensor.shape, values: tensor.values) }

  var isScalar: Bool { shape.isEmpty }
  var tensor: Tensor { Tensor(shape: shape, values: values) }
  var isFinite: Bool { values.allSatisfy(\.isFinite) }

  /// The entry that goes with entry `i` of a larger array: a number goes with all.
  func entry(_ i: Int) -> Double { values.count == 1 ? values[0] : values[i] }

  /// The values as a matrix; a vector is one row.
  var matrix: Matrix { tensor.matrix }

  var transposed: ConstantArray {
    guard shape.count == 2 else { return self }
    return ConstantArray(
      shape: [shape[1], shape[0]], values: matrix.transposed().elements, labels: labels?.transposed)
  }
}

/// A formula over unknowns, with what is known about the law that it is, if it is one.
struct FormulaValue: Sendable {
  var expression: Expression
  /// One row an outcome.
  var outcomes: Tensor?
  var labels: AxisLabels?
  /// The sum of all masses.
  var mass: Double?
  /// The grid of an unknown density.
  var grid: Grid?

  init(_ expression: Expression) { self.expression = expression }

  init(_ unknown: Unknown) {
    expression = Expression(unknown)
    outcomes = unknown.outcomes
    labels = unknown.labels.isEmpty ? nil : AxisLabels(unknown.labels)
    mass = unknown.mass * Double(unknown.kind == .channel ? unknown.shape[0] : 1)
  }
}

/// Numbers or a formula: what arithmetic works on. Large parts are boxed, because values are copied often.
enum ArrayValue: Sendable {
  case constant(ConstantArray)
  indirect case formula(FormulaValue)

  var shape: [Int] {
    switch self {
    case .constant(let array): array.shape
    case .formula(let formula): formula.expression.shape
    }
  }

  var expression: Expression {
    switch self {
    case .constant(let array): Expression(array.tensor)
    case .formula(let formula): formula.expression
    }
  }

  var labels: AxisLabels? {
    switch self {
    case .constant(let array): array.labels
    case .formula(let formula): formula.labels
    }
  }

  var count: Int { shape.reduce(1, *) }
  var isConstant: Bool { if case .constant = self { true } else { false } }
}

/// True or false for every entry of an array: what a comparison of constants says.
struct Condition: Sendable {
  var shape: [Int]
  var holds: [Bool]
  /// The node of the comparison, for messages.
  var node: Int

  func entry(_ i: Int) -> Bool { holds.count == 1 ? holds[0] : holds[i] }
}

/// What a part of an expression stands for.
enum ElaborationValue: Sendable {
  case array(ArrayValue)
  indirect case condition(Condition)
  case text(String)
  indirect case function(OutcomeFunction)
  /// The components of all outcomes, along the last axis: `x` where `x[1]` is meant.
  case components(ConstantArray)
  /// An index `from:to`, counted from 1.
  indirect case range(ArrayValue, ArrayValue)
  /// An index `:`.
  case all
  /// A word that is a constraint, and its place.
  indirect case constraint(Constraint, node: Int)
  /// Unknown particles, by their name.
  case cloud(String)
  /// A law of a family, or a sought law that is no list of masses.
  indirect case law(LawReference)
  /// A number that depends on such a law.
  indirect case functional(LawFormula)

  static func constant(_ array: ConstantArray) -> ElaborationValue { .array(.constant(array)) }
  static func number(_ value: Double) -> ElaborationValue { .array(.constant(ConstantArray(value))) }

  /// The kind of thing, for messages.
  var kind: String {
    switch self {
    case .array(let array): shapeText(array.shape)
    case .condition: "a condition"
    case .text: "a text"
    case .function: "a function"
    case .components: "an outcome with several components"
    case .range, .all: "a range"
    case .constraint: "a constraint"
    case .law: "a law"
    case .cloud: "a cloud of particles"
    case .functional: "a functional of a continuous law"
    }
  }
}

/// A shape in words: a number, 3 entries, 2 x 3.
func shapeText(_ shape: [Int]) -> String {
  switch shape.count {
  case 0: "a number"
  case 1: "\(shape[0]) \(shape[0] == 1 ? "entry" : "entries")"
  default: shape.map(String.init).joined(separator: " x ")
  }
}

/// The place of entry `i` of an array, counted from 1: empty for a number, `2`, `[2, 3]`.
func placeText(_ i: Int, in shape: [Int]) -> String {
  if shape.isEmpty { return "" }
  var rest = i
  var place: [Int] = []
  for length in shape.reversed() where length > 0 {
    place.append(rest % length + 1)
    rest /= length
  }
  return place.count == 1
    ? "\(place[0])" : "[" + place.reversed().map(String.init).joined(separator: ", ") + "]"
}
