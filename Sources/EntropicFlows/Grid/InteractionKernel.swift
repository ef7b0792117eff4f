import EntropicNumerics

/// The interaction energy of pairs, half the sum over cells of m_i W(x_i - x_j) m_j.
///
/// Only the even part of W matters, (W(z) + W(-z)) / 2. On a circle W is read at the shortest displacement.
///
/// - Complexity: O(n^2) for n cells; the table of W takes 2^d n numbers.
public struct InteractionKernel: Sendable {
  let grid: Grid
  /// W at the displacements of cells, for two axes row by row; the displacement 0 lies in the middle.
  private let table: [Double]
  private let width: Int

  /// - Throws: when W is not finite at a displacement of two cells; for W(0) = inf give the mean of W over
  ///   a cell.
  public init(_ grid: Grid, _ kernel: ([Double]) -> Double) throws(FlowError) {
    self.grid = grid
    let n = grid.axes[0].cells
    let m = grid.dimension == 2 ? grid.axes[1].cells : 1
    width = 2 * m - 1
    func displacement(_ axis: GridAxis, _ steps: Int) -> Double {
      let wrapped = axis.ends == .periodic && 2 * abs(steps) > axis.cells
      return Double(wrapped ? steps - steps.signum() * axis.cells : steps) * axis.width
    }
    var table: [Double] = []
    table.reserveCapacity((2 * n - 1) * width)
    for a in (1 - n)..<n {
      for b in (1 - m)..<m {
        var z = [displacement(grid.axes[0], a)]
        if grid.dimension == 2 { z.append(displacement(grid.axes[1], b)) }
        let value = 0.5 * (kernel(z) + kernel(z.map { -$0 }))
        guard value.isFinite else { throw .value(of: "the interaction", index: table.count, value: value) }
        table.append(value)
      }
    }
    self.table = table
  }

  /// (W * m)_i = sum_j W(x_i - x_j) m_j: the first variation.
  public func variation(at masses: [Double]) -> [Double] {
    let n = grid.axes[0].cells
    let m = width / 2 + 1
    precondition(masses.count == n * m, "\(masses.count) masses on a grid of \(n * m) cells")
    var out = [Double](repeating: 0, count: n * m)
    if grid.dimension == 1 {
      // W is even, so the table can be read upwards: W(x_i - x_j) = table[n - 1 + j - i].
      table.withUnsafeBufferPointer { t in
        masses.withUnsafeBufferPointer { p in
          for i in 0..<n {
            out[i] = Kernel.dot(UnsafeBufferPointer(rebasing: t[(n - 1 - i)..<(2 * n - 1 - i)]), p)
          }
        }
      }
      return out
    }
    table.withUnsafeBufferPointer { t in
      masses.withUnsafeBufferPointer { p in
        for i in 0..<n {
          for k in 0..<n {
            let row = UnsafeBufferPointer(rebasing: p[(k * m)..<((k + 1) * m)])
            let line = (n - 1 + k - i) * width
            for j in 0..<m {
              let first = line + m - 1 - j
              out[i * m + j] += Kernel.dot(UnsafeBufferPointer(rebasing: t[first..<(first + m)]), row)
            }
          }
        }
      }
    }
    return out
  }
}
