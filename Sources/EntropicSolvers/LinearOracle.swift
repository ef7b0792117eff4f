import EntropicModel
import EntropicNumerics

/// Few masses of a flat buffer; the others are 0.
public struct Vertex: Sendable, Hashable {
  /// Ascending.
  public let indices: [Int]
  public let masses: [Double]

  /// - Precondition: one mass an index, indices ascending.
  public init(indices: [Int], masses: [Double]) {
    precondition(indices.count == masses.count, "one mass an index")
    precondition(zip(indices, indices.dropFirst()).allSatisfy { $0 < $1 }, "indices of a vertex ascend")
    self.indices = indices
    self.masses = masses
  }

  /// The masses that are not 0.
  public init(dense p: [Double]) {
    let indices = p.indices.filter { p[$0] != 0 }
    self.init(indices: indices, masses: indices.map { p[$0] })
  }

  /// <costs, vertex>
  public func dot(_ costs: [Double]) -> Double {
    if indices.count == 1 { return masses[0] * costs[indices[0]] }
    return Kernel.dot(masses, indices.map { costs[$0] })
  }

  /// True when every index is one of `count` masses, and every mass finite and not negative.
  func fits(_ count: Int) -> Bool {
    (indices.first ?? 0) >= 0 && (indices.last ?? -1) < count
      && masses.allSatisfy { $0 >= 0 && $0 < .infinity }
  }

  /// The whole buffer of `count` masses.
  public func dense(_ count: Int) -> [Double] {
    var p = [Double](repeating: 0, count: count)
    for (i, mass) in zip(indices, masses) { p[i] = mass }
    return p
  }
}

/// What a linear oracle answers.
public struct LinearMinimum: Sendable, Equatable {
  public var vertex: Vertex
  /// A number that <costs, q> does not fall below on the set, rounding included.
  public var lowerBound: Double
  /// Multipliers of the program's rows that prove the bound, in the signs of `Evidence`; empty where the oracle knows
  /// none.
  public var equality: [Double]
  public var inequality: [Double]

  public init(vertex: Vertex, lowerBound: Double, equality: [Double] = [], inequality: [Double] = []) {
    self.vertex = vertex
    self.lowerBound = lowerBound
    self.equality = equality
    self.inequality = inequality
  }
}

/// Minimises linear functions over a bounded convex set of laws: all that the search methods know about the set.
///
///     v = argmin <costs, q>  over the set,  an extreme point with few masses
///
/// A set of one's own needs one function. Methods that are given such an oracle believe its vertices; the certificate
/// believes nothing and judges against the program.
public protocol LinearOracle: Sendable {
  /// The vertex of least cost, the lowest index on ties; nil when none was found or the run should stop.
  ///
  /// Mutating, so that an oracle may start from its last answer.
  mutating func minimum(_ costs: [Double], stop: StopCheck?) -> LinearMinimum?
}

extension LinearOracle {
  public mutating func minimum(_ costs: [Double]) -> LinearMinimum? { minimum(costs, stop: nil) }
}

/// A function as an oracle: costs to a point of least cost, nil where it knows none.
public struct FunctionOracle: LinearOracle {
  private let find: @Sendable (_ costs: [Double]) -> [Double]?

  public init(_ find: @escaping @Sendable (_ costs: [Double]) -> [Double]?) { self.find = find }

  /// nil as well for an answer that is not one finite, non-negative mass a cost.
  public mutating func minimum(_ costs: [Double], stop: StopCheck?) -> LinearMinimum? {
    guard let p = find(costs), p.count == costs.count, p.allSatisfy({ $0 >= 0 && $0 < .infinity }) else {
      return nil
    }
    let vertex = Vertex(dense: p)
    let value = vertex.dot(costs)
    return value.isNaN ? nil : LinearMinimum(vertex: vertex, lowerBound: value)
  }
}

/// Sets side by side in one buffer: every oracle minimises over its own range.
public struct ProductOracle: LinearOracle {
  private let counts: [Int]
  private var parts: [any LinearOracle]

  /// In the order of the buffer, each set with the number of its masses.
  public init(_ parts: [(count: Int, oracle: any LinearOracle)]) {
    counts = parts.map(\.count)
    self.parts = parts.map(\.oracle)
  }

  /// The multipliers of the parts follow one another.
  public mutating func minimum(_ costs: [Double], stop: StopCheck?) -> LinearMinimum? {
    guard counts.allSatisfy({ $0 >= 0 }), costs.count == counts.reduce(0, +) else { return nil }
    var whole = LinearMinimum(vertex: Vertex(indices: [], masses: []), lowerBound: 0)
    var (indices, masses): ([Int], [Double]) = ([], [])
    var first = 0
    for k in parts.indices {
      guard let part = parts[k].minimum(Array(costs[first..<first + counts[k]]), stop: stop) else {
        return nil
      }
      indices += part.vertex.indices.map { $0 + first }
      masses += part.vertex.masses
      // One addition a part, rounded down.
      let sum = whole.lowerBound + part.lowerBound
      whole.lowerBound = sum - 0x1p-52 * abs(sum)
      whole.equality += part.equality
      whole.inequality += part.inequality
      first += counts[k]
    }
    whole.vertex = Vertex(indices: indices, masses: masses)
    return whole
  }
}

/// The products of the simplices of a layout, with their bounds.
///
///     {q : sum of every simplex = its mass, lower <= q <= upper}
///
/// Without bounds a vertex has one outcome a simplex; capped simplices are filled greedily in the order of their
/// costs, which is exact (the fractional knapsack).
/// - Complexity: O(n), O(n log n) under bounds.
public struct LayoutOracle: LinearOracle {
  public let layout: Layout
  private let isOpen: Bool

  public init(_ layout: Layout) {
    self.layout = layout
    isOpen =
      layout.lower.allSatisfy { $0 == 0 } && layout.upper.allSatisfy { $0 == .infinity || $0 == 0 }
  }

  /// One simplex of n outcomes, with caps where they are given.
  public static func simplex(_ n: Int, mass: Double = 1, upper: [Double]? = nil) -> LayoutOracle {
    var layout = Layout()
    layout.append(name: "p", kind: .simplex, shape: [n], mass: mass)
    if let upper { layout.upper = upper }
    return LayoutOracle(layout)
  }

  /// True when vertices have one outcome a simplex.
  public var hasSingleOutcomes: Bool { isOpen }

  public mutating func minimum(_ costs: [Double], stop: StopCheck?) -> LinearMinimum? { vertex(costs) }

  func vertex(_ costs: [Double]) -> LinearMinimum? {
    guard costs.count == layout.count else { return nil }
    var indices: [Int] = []
    var masses: [Double] = []
    var bounds: [Double] = []
    for slice in layout.simplices {
      if isOpen {
        var best: Int?
        for i in slice.range where layout.upper[i] > 0 && costs[i] < (best.map { costs[$0] } ?? .infinity) {
          best = i
        }
        guard let best else { return nil }
        indices.append(best)
        masses.append(slice.mass)
        let value = slice.mass * costs[best]
        bounds.append(value - abs(value) * 0x1p-52)
        continue
      }
      let minimum = SimplexMinimum(
        entropic: [], quadratic: [], costs: Array(costs[slice.range]),
        lower: Array(layout.lower[slice.range]), upper: Array(layout.upper[slice.range]), mass: slice.mass)
      guard minimum.bound < .infinity, minimum.bound > -.infinity else { return nil }
      for (k, mass) in minimum.point.enumerated() where mass > 0 {
        indices.append(slice.first + k)
        masses.append(mass)
      }
      bounds.append(minimum.bound)
    }
    let sum = Kernel.sum(bounds)
    return LinearMinimum(
      vertex: Vertex(indices: indices, masses: masses),
      lowerBound: sum - Kernel.kappa(bounds.count) * Kernel.absoluteSum(bounds))
  }
}
