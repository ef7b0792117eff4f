/// What kind of law a block of unknown masses is.
public enum BlockKind: String, Sendable, Hashable {
  /// One distribution on a list of outcomes.
  case simplex
  /// One distribution on a product of two or three finite sets, stored row by row.
  case joint
  /// One distribution a row.
  case channel
}

/// The masses of one declared unknown inside the flat buffer of a program.
///
/// A simplex of n outcomes has shape [n]; a joint law has two or three axes; a channel has shape
/// [rows, columns] and every row is a distribution of its own. Entries are stored row by row.
public struct Block: Sendable, Hashable {
  public let name: String
  public let kind: BlockKind
  public let shape: [Int]
  /// The mass of every simplex of the block.
  public let mass: Double
  /// Index of the first entry in the flat buffer.
  public let first: Int
  /// Names of the outcomes, one list an axis; an empty list where an axis has none.
  public let labels: [[String]]

  public init(
    name: String, kind: BlockKind, shape: [Int], mass: Double = 1, first: Int, labels: [[String]] = []
  ) {
    self.name = name
    self.kind = kind
    self.shape = shape
    self.mass = mass
    self.first = first
    self.labels = labels
  }

  /// Number of masses.
  public var count: Int { shape.reduce(1, *) }
  /// Number of independent distributions.
  public var simplexCount: Int { kind == .channel ? shape[0] : 1 }
  /// The entries of the block in the flat buffer.
  public var range: Range<Int> { first..<first + count }
}

/// One probability simplex {q >= 0, sum q = mass} inside the flat buffer.
public struct SimplexSlice: Sendable, Hashable {
  public let first: Int
  public let count: Int
  public let mass: Double
  public var range: Range<Int> { first..<first + count }
}

/// The unknown masses of a program: blocks over one flat buffer, with bounds.
///
/// Every entry belongs to exactly one simplex, and the simplices are contiguous and in order. A forced zero
/// (an outcome that no admissible law may charge) is an upper bound of 0.
public struct Layout: Sendable, Hashable {
  public private(set) var blocks: [Block] = []
  public private(set) var simplices: [SimplexSlice] = []
  /// Lower bounds, one an entry, at least 0.
  public var lower: [Double] = []
  /// Upper bounds, one an entry; +inf where there is none.
  public var upper: [Double] = []

  public init() {}

  /// Number of unknown masses.
  public var count: Int { lower.count }

  /// Adds a block behind the others and returns its index.
  @discardableResult
  public mutating func append(
    name: String, kind: BlockKind, shape: [Int], mass: Double = 1, labels: [[String]] = []
  ) -> Int {
    let block = Block(
      name: name, kind: kind, shape: shape, mass: mass, first: count, labels: labels)
    let rows = block.simplexCount
    let width = block.count / max(rows, 1)
    for row in 0..<rows {
      simplices.append(SimplexSlice(first: block.first + row * width, count: width, mass: mass))
    }
    lower += [Double](repeating: 0, count: block.count)
    upper += [Double](repeating: .infinity, count: block.count)
    blocks.append(block)
    return blocks.count - 1
  }

  /// True when some entry has a bound beyond non-negativity.
  public var isBounded: Bool {
    lower.contains { $0 > 0 } || upper.contains { $0 < .infinity }
  }

  /// The uniform point, moved inside the bounds where they exclude it.
  public func centre() -> [Double] {
    var p = [Double](repeating: 0, count: count)
    for slice in simplices {
      var free = slice.range.filter { upper[$0] > lower[$0] }
      for i in slice.range { p[i] = lower[i] }
      var rest = slice.mass
      for i in slice.range { rest -= lower[i] }
      while rest > 0, !free.isEmpty {
        let share = rest / Double(free.count)
        let full = free.filter { upper[$0] - p[$0] <= share }
        if full.isEmpty {
          for i in free { p[i] += share }
          rest = 0
        } else {
          for i in full {
            rest -= upper[i] - p[i]
            p[i] = upper[i]
          }
          free.removeAll { p[$0] >= upper[$0] }
        }
      }
    }
    return p
  }
}
