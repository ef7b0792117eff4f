/// One direction of a grid: equal cells, and what happens at the two ends.
public struct GridAxis: Sendable, Equatable {
  public enum Ends: Sendable, Equatable {
    /// No mass passes the ends.
    case reflecting
    /// The ends are one point.
    case periodic
  }

  public let from: Double
  public let to: Double
  public let cells: Int
  public let ends: Ends

  /// - Throws: when the ends are not finite and in order, or there are no cells (fewer than three on a
  ///   circle).
  public init(from: Double, to: Double, cells: Int, ends: Ends = .reflecting) throws(FlowError) {
    guard from.isFinite, to.isFinite, from < to, (to - from).isFinite else {
      throw .ends(from: from, to: to)
    }
    let least = ends == .periodic ? 3 : 1
    guard cells >= least, cells <= Grid.limit else {
      throw .cells(found: cells, least: least, most: Grid.limit)
    }
    // Cells so narrow that neighbouring midpoints agree would lose every difference.
    let width = (to - from) / Double(cells)
    guard from + width > from, to - width < to, 1 / (width * width) < .infinity else {
      throw .ends(from: from, to: to)
    }
    self.from = from
    self.to = to
    self.cells = cells
    self.ends = ends
  }

  /// The width h of a cell.
  public var width: Double { (to - from) / Double(cells) }

  /// The midpoint of cell i, counted from 0.
  public func midpoint(_ i: Int) -> Double { from + (Double(i) + 0.5) * width }

  public var midpoints: [Double] { (0..<cells).map(midpoint) }

  /// The same axis with every cell cut into `factor` cells.
  public func refined(by factor: Int) throws(FlowError) -> GridAxis {
    let (fine, overflow) = cells.multipliedReportingOverflow(by: factor)
    guard !overflow else { throw .cells(found: cells, least: 1, most: Grid.limit) }
    return try GridAxis(from: from, to: to, cells: fine, ends: ends)
  }
}
