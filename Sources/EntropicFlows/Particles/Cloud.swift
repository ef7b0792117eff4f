import EntropicNumerics

/// Particles with equal masses: an empirical law.
///
/// Coordinates are stored one after another, coordinate k of particle i at index k * count + i.
public struct Cloud: Sendable, Equatable {
  public let dimension: Int
  public let count: Int
  public internal(set) var coordinates: [Double]

  /// One particle a row.
  ///
  /// - Throws: when there is no particle or no coordinate, or a coordinate is not finite.
  public init(_ points: Matrix) throws(FlowError) {
    guard points.rows >= 1, points.columns >= 1 else {
      throw .count(what: "particles", found: points.rows * points.columns, expected: 1)
    }
    for (i, x) in points.elements.enumerated() where !x.isFinite {
      throw .value(of: "a coordinate of the particles", index: i, value: x)
    }
    dimension = points.columns
    count = points.rows
    coordinates = points.transposed().elements
  }

  /// Particles from a normal law with independent coordinates.
  public init(
    count: Int, mean: [Double], deviation: Double = 1, seed: UInt64
  ) throws(FlowError) {
    guard count >= 1, !mean.isEmpty, count <= Grid.limit / mean.count else {
      throw .count(what: "particles", found: count, expected: 1)
    }
    guard deviation >= 0, deviation.isFinite, mean.allSatisfy(\.isFinite) else {
      throw .parameter(name: "the deviation", value: deviation, expected: "a number >= 0")
    }
    var noise = [Double](repeating: 0, count: count * mean.count)
    var generator = NormalGenerator(seed: seed)
    generator.fill(&noise)
    for k in mean.indices {
      for i in 0..<count { noise[k * count + i] = mean[k] + deviation * noise[k * count + i] }
    }
    self.init(dimension: mean.count, count: count, noise)
  }

  init(dimension: Int, count: Int, _ coordinates: [Double]) {
    self.dimension = dimension
    self.count = count
    self.coordinates = coordinates
  }

  public func point(_ i: Int) -> [Double] { (0..<dimension).map { coordinates[$0 * count + i] } }

  /// One particle a row.
  public var points: Matrix { Matrix(rows: dimension, columns: count, elements: coordinates).transposed() }

  public var mean: [Double] {
    (0..<dimension).map { k in
      Kernel.sum(Array(coordinates[(k * count)..<((k + 1) * count)])) / Double(count)
    }
  }

  /// Covariances with the divisor `count`.
  public var covariance: Matrix {
    let centre = mean
    let shifted = (0..<dimension).map { k in (0..<count).map { coordinates[k * count + $0] - centre[k] } }
    var out = Matrix(rows: dimension, columns: dimension)
    for a in 0..<dimension {
      for b in 0...a {
        out[a, b] = Kernel.dot(shifted[a], shifted[b]) / Double(count)
        out[b, a] = out[a, b]
      }
    }
    return out
  }

  /// The number of places for sums over pairs: the next multiple of 8.
  static func padded(_ count: Int) -> Int { (count + 7) & ~7 }

  /// Columns of `count` numbers in columns of the padded length, filled up with one number.
  static func pad(_ values: [Double], _ count: Int, fill: Double) -> [Double] {
    let n = padded(count)
    let columns = values.count / count
    var out = [Double](repeating: fill, count: n * columns)
    for c in 0..<columns {
      for i in 0..<count { out[c * n + i] = values[c * count + i] }
    }
    return out
  }

  /// Where particles stand that only fill up: pairs with them count nothing.
  static let away = 1e100
}
