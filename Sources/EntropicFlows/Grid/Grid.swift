/// Equal cells on an interval or a rectangle.
///
/// Cells of a rectangle are counted row by row: cell (i, j) of axes with n and m cells has index i m + j.
public struct Grid: Sendable, Equatable {
  /// The most cells of a grid: 2^24, so that a state takes at most 128 megabytes.
  public static let limit = 1 << 24

  /// One or two.
  public let axes: [GridAxis]

  public init(_ axis: GridAxis) { axes = [axis] }

  /// - Throws: when the product of the numbers of cells exceeds `limit`.
  public init(_ first: GridAxis, _ second: GridAxis) throws(FlowError) {
    let (count, overflow) = first.cells.multipliedReportingOverflow(by: second.cells)
    guard !overflow, count <= Grid.limit else { throw .cells(found: count, least: 1, most: Grid.limit) }
    axes = [first, second]
  }

  public var dimension: Int { axes.count }
  /// Number of cells.
  public var count: Int { axes.reduce(1) { $0 * $1.cells } }
  /// Length or area of a cell.
  public var cellVolume: Double { axes.reduce(1) { $0 * $1.width } }

  /// The midpoint of a cell.
  public func point(_ index: Int) -> [Double] {
    if dimension == 1 { return [axes[0].midpoint(index)] }
    let m = axes[1].cells
    return [axes[0].midpoint(index / m), axes[1].midpoint(index % m)]
  }

  /// A function at all midpoints.
  public func values(_ f: ([Double]) -> Double) -> [Double] { (0..<count).map { f(point($0)) } }

  /// How the lines along an axis lie in the array of cells: index = (outer * length + position) * inner +
  /// line.
  func lines(along axis: Int) -> Lines {
    dimension == 1
      ? Lines(outer: 1, length: axes[0].cells, inner: 1)
      : axis == 0
        ? Lines(outer: 1, length: axes[0].cells, inner: axes[1].cells)
        : Lines(outer: axes[0].cells, length: axes[1].cells, inner: 1)
  }

  struct Lines: Sendable {
    let outer: Int
    let length: Int
    let inner: Int
  }

  /// The same region with every cell cut into `factor` cells along each axis.
  public func refined(by factor: Int) throws(FlowError) -> Grid {
    let first = try axes[0].refined(by: factor)
    return dimension == 1 ? Grid(first) : try Grid(first, axes[1].refined(by: factor))
  }
}
