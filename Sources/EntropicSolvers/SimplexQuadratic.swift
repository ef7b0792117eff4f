import EntropicNumerics

/// min g . x + x' H x / 2  subject to  sum x = 0 inside every group,  floor <= x <= ceiling, with floor <= 0 <= ceiling.
///
/// H is positive semidefinite; a ridge of 1e-13 in units of its diagonal makes the minimiser one. Block exchanges
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
    stop: StopCheck?
  ) -> [Double]? {
    // In units of the curvature the system is even.
    var largest = 0.0
    for i in g.indices { largest = max(largest, h[i, i]) }
    let least = largest > 0 ? 1e-12 * largest : 1
    let problem = SimplexQuadratic(
      h: h, g: g, group: group, groups: groups, floor: floor, ceiling: ceiling, stop: stop,
      ridge: 1e-13 * max(largest, least))
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
      while factor == nil, shift < 1e-3 * max(ridge, 1e-290) * 1e13 {
        if stop?() == true { return nil }
        shift *= 100
        factor = Cholesky(part, shift: shift, stop: stop)
      }
      guard let factor else { return nil }
      // One column a group, then the costs.
      let present = (0..<groups).filter { s in free.contains { group[$0] == s } }
      var seat = [Int](repeating: -1, count: groups)
      for (a, s) in present.enumerated() { seat[s] = a }
      let m = present.count
      var sides = Matrix(rows: free.count, columns: m + 1, repeating: 0)
      for (a, i) in free.enumerated() {
        sides.elements[a * (m + 1) + seat[group[i]]] = 1
        sides.elements[a * (m + 1) + m] = -(g[i] + image[i])
      }
      guard let lower = factor.solveLower(columnsOf: sides, stop: stop) else { return nil }
      let gram = lower.gram()
      var schur = Matrix(rows: m, columns: m, repeating: 0)
      for a in 0..<m { for b in 0..<m { schur[a, b] = gram[a, b] } }
      guard let inner = Cholesky(schur, shift: 0) else { return nil }
      let nu = inner.solve((0..<m).map { gram[$0, m] - missing[present[$0]] })
      var right = (0..<free.count).map { lower.elements[$0 * (m + 1) + m] }
      for a in 0..<free.count {
        for b in 0..<m { right[a] -= lower.elements[a * (m + 1) + b] * nu[b] }
      }
      let solution = factor.solveUpper(right)
      guard solution.allSatisfy(\.isFinite) else { return nil }
      for (a, i) in free.enumerated() { x[i] = solution[a] }
      for (a, s) in present.enumerated() { multipliers[s] = nu[a] }
    }
    image = h.times(x)
    return (x, (0..<k).map { g[$0] + image[$0] + multipliers[group[$0]] })
  }
}
