/// A relation between two formulas; elementwise when they are arrays.
public struct Constraint: Sendable {
  public enum Relation: String, Sendable {
    case equal = "=="
    case atMost = "<="
    case atLeast = ">="

    var flipped: Relation {
      switch self {
      case .equal: .equal
      case .atMost: .atLeast
      case .atLeast: .atMost
      }
    }
  }

  public var name: String?
  public let left: Expression
  public let relation: Relation
  public let right: Expression
  /// What missing the bound costs; nil for a constraint that must hold.
  public private(set) var weight: Expression?

  public init(_ left: some Formula, _ relation: Relation, _ right: some Formula, name: String? = nil) {
    self.left = left.expression
    self.relation = relation
    self.right = right.expression
    self.name = name
  }

  /// The same constraint under a name, which reports use.
  public func named(_ name: String) -> Constraint {
    var copy = self
    copy.name = name
    return copy
  }

  func softened(weight: Expression) -> Constraint {
    var copy = self
    copy.weight = weight
    return copy
  }
}

// One side at least is an expression or an unknown, so that comparisons of plain numbers stay what they are.
public func == (a: Expression, b: some Formula) -> Constraint { Constraint(a, .equal, b) }
public func == (a: Unknown, b: some Formula) -> Constraint { Constraint(a, .equal, b) }
public func == (a: Double, b: Expression) -> Constraint { Constraint(a, .equal, b) }
public func == (a: Double, b: Unknown) -> Constraint { Constraint(a, .equal, b) }
public func == (a: [Double], b: Expression) -> Constraint { Constraint(a, .equal, b) }
public func == (a: [Double], b: Unknown) -> Constraint { Constraint(a, .equal, b) }
public func <= (a: Expression, b: some Formula) -> Constraint { Constraint(a, .atMost, b) }
public func <= (a: Unknown, b: some Formula) -> Constraint { Constraint(a, .atMost, b) }
public func <= (a: Double, b: Expression) -> Constraint { Constraint(a, .atMost, b) }
public func <= (a: Double, b: Unknown) -> Constraint { Constraint(a, .atMost, b) }
public func <= (a: [Double], b: Expression) -> Constraint { Constraint(a, .atMost, b) }
public func <= (a: [Double], b: Unknown) -> Constraint { Constraint(a, .atMost, b) }
public func >= (a: Expression, b: some Formula) -> Constraint { Constraint(a, .atLeast, b) }
public func >= (a: Unknown, b: some Formula) -> Constraint { Constraint(a, .atLeast, b) }
public func >= (a: Double, b: Expression) -> Constraint { Constraint(a, .atLeast, b) }
public func >= (a: Double, b: Unknown) -> Constraint { Constraint(a, .atLeast, b) }
public func >= (a: [Double], b: Expression) -> Constraint { Constraint(a, .atLeast, b) }
public func >= (a: [Double], b: Unknown) -> Constraint { Constraint(a, .atLeast, b) }

/// Collects constraints line by line.
@resultBuilder
public enum ConstraintBuilder {
  public static func buildExpression(_ constraint: Constraint) -> [Constraint] { [constraint] }
  public static func buildExpression(_ list: [Constraint]) -> [Constraint] { list }
  public static func buildBlock(_ parts: [Constraint]...) -> [Constraint] { parts.flatMap { $0 } }
  public static func buildArray(_ parts: [[Constraint]]) -> [Constraint] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [Constraint]?) -> [Constraint] { part ?? [] }
  public static func buildEither(first part: [Constraint]) -> [Constraint] { part }
  public static func buildEither(second part: [Constraint]) -> [Constraint] { part }
}
