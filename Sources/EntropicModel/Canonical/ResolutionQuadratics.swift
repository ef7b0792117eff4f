import EntropicNumerics

/// Sums of products of two affine rows: squares stay composites, everything else is one quadratic form.
extension Resolution {
  /// sum w u v: squares of rows with positive weights stay composites, everything else is assembled into p' Q p.
  mutating func resolveBilinears() throws(ProblemError) {
    var squares: [Term] = []
    var mixed: [PairTerm] = []
    for group in terms.bilinears {
      for j in group.weights.indices where group.weights[j] != 0 {
        let w = group.weights[j]
        let u = group.first.row(j)
        let v = group.second.row(j)
        if let known = fixed.value(of: u) {
          addLinear(v, w * known.value, error: abs(w) * known.band)
          continue
        }
        if let known = fixed.value(of: v) {
          addLinear(u, w * known.value, error: abs(w) * known.band)
          continue
        }
        if w > 0, u == v {
          if u.entries.count == 1 {
            let (i, s) = u.entries[0]
            addPowerTerm(2, i, w * s * s)
            addCost(at: i, 2 * w * u.offset * s)
            addConstant(w * u.offset * u.offset)
          } else {
            squares.append(Term(weight: w, row: u, node: group.node))
          }
          continue
        }
        // (u + a)(v + b) = u v + a v + b u + a b
        if u.offset != 0 { addLinear(v.linear, w * u.offset) }
        if v.offset != 0 { addLinear(u.linear, w * v.offset) }
        addConstant(w * u.offset * v.offset)
        if u.entries.isEmpty || v.entries.isEmpty { continue }
        let isOrdered = u.entries.count <= v.entries.count
        mixed.append(
          PairTerm(
            weight: w, first: isOrdered ? u.linear : v.linear, second: isOrdered ? v.linear : u.linear,
            node: group.node))
      }
    }
    if !mixed.isEmpty {
      try assemble(mixed, squares)
    } else if !squares.isEmpty {
      functional.composites.append(
        Composite(
          outer: .power(2, squares.map(\.weight)),
          map: .from(rows: squares.map(\.row.entries), columns: count), offset: squares.map(\.row.offset)))
    }
  }

  private mutating func assemble(_ mixed: [PairTerm], _ squares: [Term]) throws(ProblemError) {
    var low = Int.max
    var high = -1
    func widen(_ row: AffineRow) {
      for entry in row.entries {
        low = min(low, entry.column)
        high = max(high, entry.column)
      }
    }
    for item in mixed {
      widen(item.first)
      widen(item.second)
    }
    for square in squares { widen(square.row) }
    let n = high - low + 1
    guard n <= 8192 else {
      throw ProblemError(
        .unsupported, "a quadratic form over \(n) masses (at most 8192)",
        hint: "write it as sum_squares(A @ p)")
    }
    var q = Matrix(rows: n, columns: n, repeating: 0)
    for item in mixed {
      for left in item.first.entries {
        let c = item.weight * left.value / 2
        for right in item.second.entries {
          q.elements[(left.column - low) * n + right.column - low] += c * right.value
          q.elements[(right.column - low) * n + left.column - low] += c * right.value
        }
      }
    }
    for square in squares {
      let offset = square.row.offset
      for left in square.row.entries {
        for right in square.row.entries {
          q.elements[(left.column - low) * n + right.column - low] +=
            square.weight * left.value * right.value
        }
        addCost(at: left.column, 2 * square.weight * offset * left.value)
      }
      addConstant(square.weight * offset * offset)
    }
    let diagonal = (0..<n).map { q[$0, $0] }
    let isDiagonal = (0..<n * n).allSatisfy { $0 / n == $0 % n || q.elements[$0] == 0 }
    if isDiagonal {
      guard diagonal.allSatisfy({ $0 >= 0 }) else {
        throw guilty(indefiniteNode(mixed, squares), "not convex: a square of the wrong sign")
      }
      for i in 0..<n where diagonal[i] > 0 { addPowerTerm(2, low + i, diagonal[i]) }
      return
    }
    let simplices = parts.layout.simplices.count
    guard let slack = SemidefiniteSlack.of(q, diagonal: diagonal, simplices: simplices) else {
      throw guilty(
        indefiniteNode(mixed, squares), "not convex: a quadratic form that is not positive semidefinite")
    }
    let identity = SparseMatrix(
      rows: n, columns: count, rowStart: Array(0...n), column: Array(low...high),
      value: [Double](repeating: 1, count: n))
    functional.composites.append(
      Composite(outer: .quadratic(q, slack: slack), map: .sparse(identity)))
  }

  /// The first node whose own form is not positive semidefinite: in a sum that is not, there is one.
  private func indefiniteNode(_ mixed: [PairTerm], _ squares: [Term]) -> Int {
    var seen: Set<Int> = []
    for node in mixed.map(\.node) where seen.insert(node).inserted {
      let own = mixed.filter { $0.node == node }
      if !isSemidefinite(own, squares.filter { $0.node == node }) { return node }
    }
    return mixed[0].node
  }

  /// On the masses that occur, at most 512 of them: this only chooses what a message names.
  private func isSemidefinite(_ mixed: [PairTerm], _ squares: [Term]) -> Bool {
    let pairs =
      mixed + squares.map { PairTerm(weight: $0.weight, first: $0.row, second: $0.row, node: $0.node) }
    var columns: Set<Int> = []
    for pair in pairs {
      for entry in pair.first.entries + pair.second.entries { columns.insert(entry.column) }
      if columns.count > 512 { return false }
    }
    let place = Dictionary(zip(columns.sorted(), 0..<columns.count)) { first, _ in first }
    var q = Matrix(rows: columns.count, columns: columns.count, repeating: 0)
    for pair in pairs {
      for left in pair.first.entries {
        for right in pair.second.entries {
          let (i, j) = (place[left.column] ?? 0, place[right.column] ?? 0)
          q[i, j] += pair.weight * left.value * right.value / 2
          q[j, i] += pair.weight * left.value * right.value / 2
        }
      }
    }
    let slack = 64 * Double(q.rows) * 0x1p-53 * q.elements.reduce(0) { max($0, abs($1)) }
    return (0..<q.rows).allSatisfy { q[$0, $0] >= -slack } && (slack == 0 || Cholesky(q, shift: slack) != nil)
  }
}
