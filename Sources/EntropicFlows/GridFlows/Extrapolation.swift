/// Numbers of a computation on finer and finer grids, extrapolated to cells of width 0.
///
/// When the number of cells is doubled and the number of steps quadrupled, the error of a flow of second
/// order in the width h and first order in the step is a series in h^2. From level to level the width
/// halves, and
///
///     T(k, j) = T(k, j - 1) + (T(k, j - 1) - T(k - 1, j - 1)) / (4^j - 1)
///
/// removes one power after another. The stated error is the distance of the last two diagonal entries plus
/// what rounding is worth: an estimate, not a bound; where the solution has fronts or corners the series
/// holds other powers.
///
/// - Source: L. F. Richardson, J. A. Gaunt, Philos. Trans. R. Soc. A 226 (1927), doi:10.1098/rsta.1927.0008.
public struct Extrapolation: Sendable {
  /// A number with its estimated error.
  public struct Quantity: Sendable, Equatable {
    public let value: Double
    public let error: Double
  }

  /// The quantities of `run(0)`, ..., `run(levels - 1)`; level r has 2^r times the cells and 4^r times the
  /// steps.
  public static func quantities<E: Error>(
    levels: Int, of run: (Int) throws(E) -> [Double]
  ) throws(E) -> [Quantity] {
    precondition(levels >= 2 && levels <= 12, "\(levels) levels of refinement")
    var rows: [[Double]] = []
    for level in 0..<levels { rows.append(try run(level)) }
    let count = rows.map(\.count).min() ?? 0
    return (0..<count).map { q in quantity(rows.map { $0[q] }) }
  }

  static func quantity(_ values: [Double]) -> Quantity {
    var row = [values[0]]
    var diagonal = values[0]
    var error = Double.infinity
    for k in 1..<values.count {
      var next = [values[k]]
      var power = 1.0
      for j in 1...k {
        power *= 4
        next.append(next[j - 1] + (next[j - 1] - row[j - 1]) / (power - 1))
      }
      error = abs(next[k] - diagonal)
      diagonal = next[k]
      row = next
    }
    return Quantity(value: diagonal, error: error + 1e-14 * abs(diagonal))
  }
}
