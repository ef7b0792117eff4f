import EntropicModel

/// Rows p_i <= p_j of a program as a forest: every mass has at most one neighbour above it.
///
///     parent(i) = j      p_i <= p_j        (the mirror image where isReversed: p_i >= p_j)
///
/// Monotone laws are a path, laws with a known mode a tree with the mode as its root, laws with a known trough the
/// mirror image of one. Rows of another kind are kept aside.
struct OrderForest: Sendable {
  /// The neighbour above a mass, or -1.
  let parent: [Int]
  /// The inequality that says so, or -1, and its positive coefficient.
  let row: [Int]
  let factor: [Double]
  /// Parents come behind their children.
  let order: [Int]
  let isReversed: Bool
  /// Indices of the inequalities that are not edges.
  let others: [Int]

  /// Nil where no row is an edge, or where the edges are no forest in either direction.
  init?(_ program: Program) {
    var edges: [(small: Int, large: Int, row: Int, factor: Double)] = []
    var others: [Int] = []
    var home = [Int](repeating: 0, count: program.count)
    for (s, slice) in program.layout.simplices.enumerated() {
      for i in slice.range { home[i] = s }
    }
    for (j, row) in program.inequalities.enumerated() {
      // a (p_i - p_k) <= 0
      guard row.columns.count == 2, row.bound == 0, row.values[0] == -row.values[1], row.values[0] != 0,
        home[row.columns[0]] == home[row.columns[1]]
      else {
        others.append(j)
        continue
      }
      let first = row.values[0] > 0 ? 0 : 1
      edges.append((row.columns[first], row.columns[1 - first], j, row.values[first]))
    }
    guard !edges.isEmpty else { return nil }
    for isReversed in [false, true] {
      var parent = [Int](repeating: -1, count: program.count)
      var row = parent
      var factor = [Double](repeating: 0, count: program.count)
      var isForest = true
      for edge in edges {
        let (child, above) = isReversed ? (edge.large, edge.small) : (edge.small, edge.large)
        if parent[child] >= 0 { isForest = false }
        parent[child] = above
        row[child] = edge.row
        factor[child] = edge.factor
      }
      guard isForest, let order = OrderForest.sorted(parent) else { continue }
      self.parent = parent
      self.row = row
      self.factor = factor
      self.order = order
      self.isReversed = isReversed
      self.others = others
      return
    }
    return nil
  }

  /// Children before their parents; nil where there is a cycle.
  private static func sorted(_ parent: [Int]) -> [Int]? {
    var open = [Int](repeating: 0, count: parent.count)
    for above in parent where above >= 0 { open[above] += 1 }
    var order = parent.indices.filter { open[$0] == 0 }
    order.reserveCapacity(parent.count)
    var next = 0
    while next < order.count {
      let above = parent[order[next]]
      next += 1
      guard above >= 0 else { continue }
      open[above] -= 1
      if open[above] == 0 { order.append(above) }
    }
    return order.count == parent.count ? order : nil
  }
}
