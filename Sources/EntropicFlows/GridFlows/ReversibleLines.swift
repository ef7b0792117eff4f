/// One implicit step of mass moving between neighbours on many parallel lines of cells.
///
///     m_i = x_i + sum over neighbours j of (rate(i, j) x_i - rate(j, i) x_j)
///
/// Goals, ranked: 1. masses stay >= 0, 2. every mass has a small relative error however large the rates
/// are, 3. speed. The diagonal of a column is 1 plus its outgoing rates; when cells are removed one after
/// another that stays true with new positive numbers, so that the elimination adds, multiplies and divides
/// positive numbers and never subtracts: nothing cancels, no step is too long, and no mass can become
/// negative.
///
/// Lines may be closed to circles. Their last cell is then a neighbour of the first, and is removed last.
///
/// - Complexity: O(cells) to prepare and to apply.
/// - Source: W. Grassmann, M. Taksar, D. Heyman, Oper. Res. 33 (1985), doi:10.1287/opre.33.5.1107, for
///   stationary laws of Markov chains.
struct ReversibleLines {
  private let lines: Grid.Lines
  private let isPeriodic: Bool
  /// Per cell: the share of the arriving mass that goes on to the next cell, what stays per arriving mass,
  /// and what comes back per mass of the next cell.
  private var onward: [Double]
  private var kept: [Double]
  private var returned: [Double]
  /// The same towards and from the last cell of a circle.
  private var toLast: [Double] = []
  private var fromLast: [Double] = []

  /// `up` holds the rate from each cell to the next one (of the last cell of a circle: to the first),
  /// `down` the rate back. On open lines the last entries do not count. Rates are finite and >= 0.
  init(_ lines: Grid.Lines, isPeriodic: Bool, up: [Double], down: [Double]) {
    self.lines = lines
    self.isPeriodic = isPeriodic
    let count = lines.outer * lines.length * lines.inner
    precondition(up.count == count && down.count == count)
    onward = [Double](repeating: 0, count: count)
    kept = onward
    returned = onward
    if isPeriodic {
      toLast = onward
      fromLast = onward
    }
    for outer in 0..<lines.outer {
      for line in 0..<lines.inner {
        let first = outer * lines.length * lines.inner + line
        if isPeriodic { prepareCircle(first, up, down) } else { prepareLine(first, up, down) }
      }
    }
  }

  private mutating func prepareLine(_ first: Int, _ up: [Double], _ down: [Double]) {
    var excess = 1.0
    for i in 0..<lines.length {
      let k = first + i * lines.inner
      let isLast = i == lines.length - 1
      let (forward, back) = isLast ? (0, 0) : (up[k], down[k])
      let pivot = excess + forward
      kept[k] = 1 / pivot
      onward[k] = forward / pivot
      returned[k] = back / pivot
      excess = 1 + back * (excess / pivot)
    }
  }

  private mutating func prepareCircle(_ first: Int, _ up: [Double], _ down: [Double]) {
    let n = lines.length
    let end = first + (n - 1) * lines.inner
    var excess = 1.0
    var excessOfLast = 1.0
    var (forward, back) = (up[first], down[first])
    var (across, fromEnd) = (down[end], up[end])
    for i in 0..<(n - 1) {
      let k = first + i * lines.inner
      if i == n - 2 {
        // The next cell is the last one.
        (forward, back) = (forward + across, back + fromEnd)
        (across, fromEnd) = (0, 0)
      }
      let pivot = excess + forward + across
      let leaving = excess / pivot
      kept[k] = 1 / pivot
      onward[k] = forward / pivot
      returned[k] = back / pivot
      toLast[k] = across / pivot
      fromLast[k] = fromEnd / pivot
      excessOfLast += fromEnd * leaving
      if i == n - 2 {
        excessOfLast += back * leaving
      } else {
        excess = 1 + back * leaving
        (across, fromEnd) = (back * toLast[k], fromEnd * onward[k])
        (forward, back) = (up[k + lines.inner], down[k + lines.inner])
      }
    }
    kept[end] = 1 / excessOfLast
  }

  /// Replaces the masses by those after the step.
  func apply(to masses: inout [Double]) {
    precondition(masses.count == onward.count)
    let (length, inner) = (lines.length, lines.inner)
    masses.withUnsafeMutableBufferPointer { m in
      onward.withUnsafeBufferPointer { onward in
        kept.withUnsafeBufferPointer { kept in
          returned.withUnsafeBufferPointer { returned in
            for outer in 0..<lines.outer {
              let first = outer * length * inner
              let end = first + (length - 1) * inner
              if isPeriodic {
                circle(m, first, end)
                continue
              }
              if inner == 1 {
                var arriving = m[first]
                for k in first..<end {
                  arriving = m[k + 1] + onward[k] * arriving
                  m[k + 1] = arriving
                }
                var mass = kept[end] * m[end]
                m[end] = mass
                for k in stride(from: end - 1, through: first, by: -1) {
                  mass = kept[k] * m[k] + returned[k] * mass
                  m[k] = mass
                }
                continue
              }
              for k in first..<end { m[k + inner] += onward[k] * m[k] }
              for k in end..<(end + inner) { m[k] *= kept[k] }
              for k in stride(from: end - 1, through: first, by: -1) {
                m[k] = kept[k] * m[k] + returned[k] * m[k + inner]
              }
            }
          }
        }
      }
    }
  }

  private func circle(_ m: UnsafeMutableBufferPointer<Double>, _ first: Int, _ end: Int) {
    let inner = lines.inner
    for k in first..<end {
      let line = end + (k - first) % inner
      if k + inner < end { m[k + inner] += onward[k] * m[k] } else { m[line] += onward[k] * m[k] }
      m[line] += toLast[k] * m[k]
    }
    for k in end..<(end + inner) { m[k] *= kept[k] }
    for k in stride(from: end - 1, through: first, by: -1) {
      let line = end + (k - first) % inner
      m[k] = kept[k] * m[k] + returned[k] * m[k + inner] + fromLast[k] * m[line]
    }
  }
}
