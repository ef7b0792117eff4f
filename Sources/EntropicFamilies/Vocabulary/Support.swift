/// Where a scalar law puts its mass: an interval of real numbers, or the integers of an interval.
public struct Support: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// A density with respect to length.
    case interval
    /// A mass function on the integers of the interval.
    case integers
    /// A mass function on finitely many points.
    case points
  }

  public let lower: Double
  public let upper: Double
  public let kind: Kind

  public init(_ lower: Double, _ upper: Double, _ kind: Kind = .interval) {
    self.lower = lower
    self.upper = upper
    self.kind = kind
  }

  public static let line = Support(-.infinity, .infinity)
  public static let positive = Support(0, .infinity)
  public static let unit = Support(0, 1)
  public static let counts = Support(0, .infinity, .integers)

  /// True where the interval holds x; for `.integers` x must be whole.
  public func contains(_ x: Double) -> Bool {
    x >= lower && x <= upper && (kind != .integers || x.rounded() == x)
  }

  /// True when every point of `other` is a point of this support, and both measure mass in the same way.
  public func covers(_ other: Support) -> Bool {
    (kind == .interval) == (other.kind == .interval) && lower <= other.lower && upper >= other.upper
  }
}
