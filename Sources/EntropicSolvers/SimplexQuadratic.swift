import EntropicNumerics

/// min g . x + x' H x / 2  subject to  sum x = 0 inside every group,  floor <= x <= ceiling, with floor <= 0 <= ceiling.
///
/// H is positive semidefinite; a ridge makes the minimiser one, 1e-13 in units of its diagonal at least. Block exchanges
/// first: solve on the free entries, fix what leaves its bounds, free what has the wrong multiplier, all at once. Where
/// these do not settle, single exchanges from x = 0 follow, which fall monotonically.
/// - Complexity: k^3 / 3 an exchange; a few block exchanges in practice.
/// - Sources: J. Judice, F. Pires, Comput. Oper. Res. 21 (1994), doi:10.1016/0305-0548(94)90106-6; J. Nocedal, S.
///   Wright, Numerical Optimization, 2006, chapter 16.
struct SimplexQuadratic {
  private let h: Matrix
  private let g: [Double]
  private let group: [Int]
  private let groups: Int
  private let floor: [Double]
  private let ceiling: [Double]
  private let stop: StopCheck?
  private let ridge: Double

  private enum Place { case free, floor, ceiling }

  /// The minimiser; nil when stopped, or when no system could be factored.
  static func minimise(
    _ h: Matrix, _ g: [Double], group: [Int], groups: Int, floor: [Double], ceiling: [Double],
    ridge: Double, stop: StopCheck?
  ) -> [Double]? {
    var largest = 0.0
    for i in g.indices { largest = max(largest, h[i, i]) }
    let problem = SimplexQuadratic(
      h: h, g: g, group: group, groups: groups, floor: floor, ceiling: ceiling, stop: stop,
      ridge: max(1e-13 * largest, ridge, 0x1p-900))
    return problem.blocks() ?? problem.singles()
  }

  /// Exchanges of everything that is wrong; nil when their number does not fall any more.
  private func blocks() -> [Double]? {
    let k = g.count
    var places = [Place](repeating: .free, count: k)
    for i in 0..<k where floor[i] == 0 && ceiling[i] == 0 { places[i] = .floor }
    var fewest = Int.max
    var patience = 6
    for _ in 0..<60 {
      guard let (x, r) = solved(places, nil) else { return nil }
      var wrong = 0
      var next = places
      for i in 0..<k {
        switch places[i] {
        case .free where x[i] < floor[i]:
          next[i] = .floor
          wrong += 1
        case .free where x[i] > ceiling[i]:
          next[i] = .ceiling
          wrong += 1
        case .floor where isWrong(i, r[i], .floor), .ceiling where isWrong(i, r[i], .ceiling):
          next[i] = .free
          wrong += 1
        default: break
        }
      }
      if wrong == 0 { return x }
      if wrong < fewest {
        fewest = wrong
        patience = 6
      } else {
        patience -= 1
        if patience == 0 { return nil }
      }
      // Every group keeps a free entry: the one that went furthest inside its bounds.
      for s in 0..<groups where !(0..<k).contains(where: { group[$0] == s && next[$0] == .free }) {
        let own = (0..<k).filter { group[$0] == s && ceiling[$0] > floor[$0] }
        if let best = own.max(by: { x[$0] - floor[$0] < x[$1] - floor[$1] }) { next[best] = .free }
      }
      places = next
    }
    return nil
  }

  /// One exchange at a time along feasible points.
  private func singles() -> [Double]? {
    let k = g.count
    var x = [Double](repeating: 0, count: k)
    var places = [Place](repeating: .free, count: k)
    for i in 0..<k {
      if floor[i] == 0 { places[i] = .floor } else if ceiling[i] == 0 { places[i] = .ceiling }
    }
    for _ in 0..<(4 * k + 20) {
      guard let (y, r) = solved(places, x) else { return nil }
      var length = 1.0
      var blocking: (Int, Place)?
      for i in 0..<k where places[i] == .free {
        let bound = y[i] < x[i] ? floor[i] : ceiling[i]
        guard y[i] < floor[i] || y[i] > ceiling[i] else { continue }
        let room = (bound - x[i]) / (y[i] - x[i])
        if room < length {
          length = max(room, 0)
          blocking = (i, y[i] < x[i] ? .floor : .ceiling)
        }
      }
      for i in 0..<k where places[i] == .free {
        x[i] = min(max(x[i] + length * (y[i] - x[i]), floor[i]), ceiling[i])
      }
      if let (i, place) = blocking {
        places[i] = place
        x[i] = place == .floor ? floor[i] : ceiling[i]
        continue
      }
      var worst: Int?
      for i in 0..<k where places[i] != .free && ceiling[i] > floor[i] && isWrong(i, r[i], places[i]) {
        if abs(r[i]) > (worst.map { abs(r[$0]) } ?? 0) { worst = i }
      }
      guard let worst else { return x }
      places[worst] = .free
    }
    return x
  }

  private func isWrong(_ i: Int, _ r: Double, _ place: Place) -> Bool {
    guard ceiling[i] > floor[i] else { return false }
    let noise = 1e-13 * (abs(g[i]) + abs(r))
    return place == .floor ? r < -noise : r > noise
  }

  /// The minimiser on the free entries with the others at their bounds (at `held` where that is given), and the
  /// reduced costs of all entries.
  private func solved(_ places: [Place], _ held: [Double]?) -> (x: [Double], reduced: [Double])? {
    let k = g.count
    var x = [Double](repeating: 0, count: k)
    var free: [Int] = []
    for i in 0..<k {
      switch places[i] {
      case .free: free.append(i)
      case .floor: x[i] = held?[i] ?? floor[i]
      case .ceiling: x[i] = held?[i] ?? ceiling[i]
      }
    }
    let hasFixed = x.contains { $0 != 0 }
    var image = hasFixed ? h.times(x) : x
    var multipliers = [Double](repeating: 0, count: groups)
    var missing = [Double](repeating: 0, count: groups)
    for i in 0..<k { missing[group[i]] -= x[i] }
    if !free.isEmpty {
      var part = Matrix(rows: free.count, columns: free.count, repeating: 0)
      h.elements.withUnsafeBufferPointer { from in
        part.elements.withUnsafeMutableBufferPointer { to in
          for (a, i) in free.enumerated() {
            for (b, j) in free.enumerated() { to[a * free.count + b] = from[i * k + j] }
          }
        }
      }
      var shift = ridge
      var factor = Cholesky(part, shift: shift, stop: stop)
      for _ in 0..<6 where factor == nil {
        if stop?() == true { return nil }
        shift *= 100
        factor = Cholesky(part, shift: shift, stop: stop)
      }
      guard let factor else { return nil }
      guard let system = GroupedSystem(part, factor, shift, free.map { group[$0] }, stop),
        let (solution, nu) = system.solve(
          free.map { -(g[$0] + image[$0]) }, system.present.map { missing[$0] })
      else { return nil }
      for (a, i) in free.enumerated() { x[i] = solution[a] }
      for (a, s) in system.present.enumerated() { multipliers[s] = nu[a] }
    }
    image = h.times(x)
    return (x, (0..<k).map { g[$0] + image[$0] + multipliers[group[$0]] })
  }
}

/// [H + shift I, E; E', 0] with E one column of ones a group.
private struct GroupedSystem {
  private let h: Matrix
  private let factor: Cholesky
  private let shift: Double
  private let seat: [Int]
  /// (H + shift I)^-1 E
  private let columns: Matrix
  private let schur: Cholesky
  /// The groups that have entries.
  let present: [Int]

  init?(_ h: Matrix, _ factor: Cholesky, _ shift: Double, _ group: [Int], _ stop: StopCheck?) {
    self.h = h
    self.factor = factor
    self.shift = shift
    present = Array(Set(group)).sorted()
    var place: [Int: Int] = [:]
    for (a, s) in present.enumerated() { place[s] = a }
    seat = group.map { place[$0] ?? 0 }
    let m = present.count
    var sides = Matrix(rows: group.count, columns: m)
    for (a, s) in seat.enumerated() { sides.elements[a * m + s] = 1 }
    guard let columns = factor.solve(columnsOf: sides, stop: stop) else { return nil }
    self.columns = columns
    var gram = Matrix(rows: m, columns: m)
    for (a, s) in seat.enumerated() {
      for b in 0..<m { gram.elements[s * m + b] += columns.elements[a * m + b] }
    }
    var largest = 0.0
    for b in 0..<m { largest = max(largest, gram[b, b]) }
    guard let schur = Cholesky(gram) ?? Cholesky(gram, shift: 1e-14 * largest) else { return nil }
    self.schur = schur
  }

  /// x and the multipliers; twice refined, because H may be singular but for the shift.
  func solve(_ right: [Double], _ sums: [Double]) -> (x: [Double], multipliers: [Double])? {
    var x = [Double](repeating: 0, count: right.count)
    var nu = [Double](repeating: 0, count: sums.count)
    var (above, below) = (right, sums)
    for round in 0..<3 {
      if round > 0 {
        let image = h.times(x)
        above = x.indices.map { right[$0] - image[$0] - shift * x[$0] - nu[seat[$0]] }
        below = sums
        for (a, s) in seat.enumerated() { below[s] -= x[a] }
      }
      let part = factor.solve(above)
      var rest = below.map { -$0 }
      for (a, s) in seat.enumerated() { rest[s] += part[a] }
      let change = schur.solve(rest)
      let m = sums.count
      for a in x.indices {
        var value = part[a]
        for b in 0..<m { value -= columns.elements[a * m + b] * change[b] }
        x[a] += value
      }
      for b in 0..<m { nu[b] += change[b] }
    }
    return x.allSatisfy(\.isFinite) ? (x, nu) : nil
  }
}
