import EntropicNumerics

/// min x' H x / 2 + g . x  subject to  x >= floor, H symmetric positive definite.
///
/// Block principal pivoting: solve on the free set, exchange everything that has the wrong sign, and fall
/// back to the single exchange of the largest index (Murty) when the number of wrong signs stops falling.
/// Finite.
/// - Complexity: k^3 / 3 a round, usually fewer than five rounds, one when nothing is bounded.
/// - Source: J. Judice, F. Pires, Comput. Oper. Res. 21 (1994), doi:10.1016/0305-0548(94)90106-6.
enum BoundedQuadratic {
  /// The minimiser; nil when stopped.
  static func minimise(
    _ h: Matrix, _ g: [Double], floor: [Double], stop: StopCheck?
  ) -> [Double]? {
    let k = g.count
    // Start from the bounds that the gradient presses against.
    var isFree = (0..<k).map { floor[$0] < 0 || g[$0] < 0 }
    var fewest = Int.max
    var patience = 5
    for _ in 0..<(20 * k + 20) {
      if let stop, stop() { return nil }
      guard let x = solution(h, g, floor, isFree, stop) else { return nil }
      let image = isFree.contains(false) ? h.times(x) : []
      let wrong = (0..<k).filter { j in
        if isFree[j] { return x[j] < floor[j] - 0x1p-48 * (abs(floor[j]) + abs(x[j])) }
        return image[j] + g[j] < -0x1p-48 * (abs(image[j]) + abs(g[j]))
      }
      guard let last = wrong.last else {
        return (0..<k).map { max(x[$0], floor[$0]) }
      }
      if wrong.count < fewest {
        fewest = wrong.count
        patience = 5
      } else {
        patience -= 1
      }
      for j in patience > 0 ? wrong : [last] { isFree[j].toggle() }
    }
    return solution(h, g, floor, isFree, stop).map { x in (0..<k).map { max(x[$0], floor[$0]) } }
  }

  private static func solution(
    _ h: Matrix, _ g: [Double], _ floor: [Double], _ isFree: [Bool], _ stop: StopCheck?
  ) -> [Double]? {
    let free = isFree.indices.filter { isFree[$0] }
    var x = (0..<g.count).map { isFree[$0] ? 0 : floor[$0] }
    guard !free.isEmpty else { return x }
    let image = free.count < g.count ? h.times(x) : [Double](repeating: 0, count: g.count)
    var part = h
    if free.count < g.count {
      part = Matrix(rows: free.count, columns: free.count, repeating: 0)
      for (a, i) in free.enumerated() {
        for (c, j) in free.enumerated() { part[a, c] = h[i, j] }
      }
    }
    let right = free.map { -g[$0] - image[$0] }
    var shift = 0.0
    for _ in 0..<8 {
      if let factor = Cholesky(part, shift: shift, stop: stop) {
        var solved = factor.solve(right)
        // One refinement: with unit diagonals it gives back what the shift and the rounding took.
        let defect = zip(right, part.times(solved)).map { $0 - $1 }
        let more = factor.solve(defect)
        if more.allSatisfy(\.isFinite) { Kernel.axpy(1, more, into: &solved) }
        if solved.allSatisfy(\.isFinite) {
          for (a, j) in free.enumerated() { x[j] = solved[a] }
          return x
        }
      }
      if let stop, stop() { return nil }
      shift = shift == 0 ? 1e-13 : shift * 100
    }
    return x
  }
}
