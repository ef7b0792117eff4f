// What is proved about a function on an interval by cutting it into cells: bounds that hold at every number, not at
// the nodes of a rule.
extension OutcomeFormula {
  /// Whether the function is proved to exceed a level everywhere in (a, b).
  ///
  /// Each cell is judged by its plain enclosure, by the mean value form around its middle, by its behaviour towards an
  /// end, or is halved. False means that no proof was found.
  public func exceeds(_ level: Double, from a: Double, to b: Double, cells limit: Int = 20_000) -> Bool {
    provedOnCells(a, b, limit) { cell in
      guard let jet = jet(cell) else { return .failed }
      if jet.value.lower > level { return .proved }
      if let place = FormulaEnd.Place(cell), let end = end(place), end.bounds(place).lower > level {
        return .proved
      }
      let middle = OutcomeFormula.middle(of: cell)
      guard let there = self.jet(Interval(middle))?.value else { return .failed }
      if there.upper <= level { return .failed }
      if cell.isBounded, (there + jet.slope * (cell - Interval(middle))).lower > level { return .proved }
      return .open
    }
  }

  /// Whether the function is proved to be convex on (a, b).
  public func isConvex(from a: Double, to b: Double, cells limit: Int = 5_000) -> Bool {
    provedOnCells(a, b, limit) { cell in
      guard let jet = jet(cell) else { return .failed }
      if jet.curvature.lower >= 0 { return .proved }
      if let there = self.jet(Interval(OutcomeFormula.middle(of: cell))), there.curvature.upper < 0 {
        return .failed
      }
      return .open
    }
  }

  /// Bounds near an end of an interval: of the numbers beyond `size`, or within `size` of a finite end.
  func bounds(_ cell: Interval) -> Interval? {
    guard let plain = jet(cell)?.value else { return nil }
    guard let place = FormulaEnd.Place(cell), let end = end(place) else { return plain }
    return plain.narrowed(to: end.bounds(place))
  }

  /// Whether the function is proved to be bounded above on (a, b).
  func isBoundedAbove(from a: Double, to b: Double) -> Bool {
    provedOnCells(a, b, 400) { cell in
      guard let bounds = bounds(cell) else { return .failed }
      return bounds.upper < .infinity ? .proved : .open
    }
  }

  private enum Verdict { case proved, failed, open }

  private func provedOnCells(
    _ a: Double, _ b: Double, _ limit: Int, _ judge: (Interval) -> Verdict
  ) -> Bool {
    guard a < b, isShort else { return false }
    var open = [Interval(a, b)]
    var count = 0
    while let cell = open.popLast() {
      count += 1
      guard count <= limit else { return false }
      switch judge(cell) {
      case .proved: continue
      case .failed: return false
      case .open:
        let middle = OutcomeFormula.middle(of: cell)
        guard middle > cell.lower, middle < cell.upper else { return false }
        open.append(Interval(cell.lower, middle))
        open.append(Interval(middle, cell.upper))
      }
    }
    return true
  }

  /// Where a cell is cut: at 0, else between the exponents of its ends where these differ much, else in the middle.
  private static func middle(of cell: Interval) -> Double {
    let (a, b) = (cell.lower, cell.upper)
    if a < 0, b > 0 { return 0 }
    if b <= 0 { return -middle(of: -cell) }
    if b == .infinity { return a == 0 ? 1 : a < 1 ? 1 : a < 1e3 ? 8 * a + 1 : min(a * a, 1e300) }
    if a == 0 { return b > 1e-3 ? b / 8 : max(b * b, 1e-300) }
    if b > 16 * a { return a.squareRoot() * b.squareRoot() }
    return a + (b - a) / 2
  }
}
