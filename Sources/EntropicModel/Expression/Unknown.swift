import Synchronization

/// A declared distribution: what is sought.
///
///     let p = Unknown.simplex(over: [1, 2, 3, 4, 5, 6])       // one law on six outcomes with values
///     let q = Unknown.simplex(4)                              // four outcomes without values
///     let P = Unknown.joint([3, 4])                           // a joint law
///     let W = Unknown.channel(rows: 3, columns: 2)            // three laws on two outcomes
///
/// Two unknowns are the same only when they come from one declaration.
public struct Unknown: Sendable, Hashable {
  public let name: String
  public let kind: BlockKind
  public let shape: Shape
  /// The mass of every simplex.
  public let mass: Double
  /// Names of outcomes, one list an axis; empty where there are none.
  public let labels: [[String]]
  /// Values of the outcomes: one row an outcome, or nil.
  public let outcomes: Tensor?
  let identity: UInt64

  private static let counter = Mutex<UInt64>(0)

  public init(
    name: String? = nil, kind: BlockKind, shape: Shape, mass: Double = 1, labels: [[String]] = [],
    outcomes: Tensor? = nil
  ) {
    let identity = Unknown.counter.withLock { count -> UInt64 in
      count += 1
      return count
    }
    self.name = name ?? "p\(identity)"
    self.kind = kind
    self.shape = shape
    self.mass = mass
    self.labels = labels
    self.outcomes = outcomes
    self.identity = identity
  }

  /// A law on n outcomes without values.
  public static func simplex(
    _ n: Int, total: Double = 1, labels: [String] = [], name: String? = nil
  ) -> Unknown {
    Unknown(name: name, kind: .simplex, shape: [n], mass: total, labels: labels.isEmpty ? [] : [labels])
  }

  /// A law on the given outcomes.
  public static func simplex(
    over outcomes: [Double], total: Double = 1, labels: [String] = [], name: String? = nil
  ) -> Unknown {
    Unknown(
      name: name, kind: .simplex, shape: [outcomes.count], mass: total,
      labels: labels.isEmpty ? [] : [labels], outcomes: Tensor(outcomes))
  }

  /// A joint law on two or three axes.
  public static func joint(
    _ shape: Shape, total: Double = 1, labels: [[String]] = [], name: String? = nil
  ) -> Unknown {
    Unknown(name: name, kind: .joint, shape: shape, mass: total, labels: labels)
  }

  /// `rows` laws on `columns` outcomes.
  public static func channel(
    rows: Int, columns: Int, total: Double = 1, labels: [[String]] = [], name: String? = nil
  ) -> Unknown {
    Unknown(name: name, kind: .channel, shape: [rows, columns], mass: total, labels: labels)
  }

  public static func == (a: Unknown, b: Unknown) -> Bool { a.identity == b.identity }
  public func hash(into hasher: inout Hasher) { hasher.combine(identity) }

  public var count: Int { shape.reduce(1, *) }
}
