import EntropicModel
import EntropicNumerics

/// A point as a sum of few atoms with positive weights: sum over groups of sum_a w_a v_a.
///
/// On free simplices every simplex is a group and an atom is an outcome, so that weights are masses. On other sets
/// there is one group of total 1 and an atom is a vertex; the first atom may be any point of the set.
struct ActiveSet: Sendable {
  struct Group: Sendable {
    var atoms: [Vertex]
    var weights: [Double]
    /// Sum of the weights.
    let total: Double

    /// Index of the atom, entered with weight 0 when it is new.
    mutating func index(of atom: Vertex) -> Int {
      if let k = atoms.firstIndex(of: atom) { return k }
      atoms.append(atom)
      weights.append(0)
      return atoms.count - 1
    }

    mutating func remove(_ k: Int) {
      atoms.remove(at: k)
      weights.remove(at: k)
    }
  }

  private(set) var groups: [Group]
  /// Length of the buffer.
  let count: Int

  /// The masses of free simplices, as outcomes; where a simplex has more than `most` of them, as one dense atom, which
  /// the first steps leave behind.
  init(_ layout: Layout, masses p: [Double], most: Int) {
    count = layout.count
    groups = layout.simplices.map { slice in
      let held = slice.range.filter { p[$0] > 0 }
      if held.count > most {
        let atom = Vertex(indices: held, masses: held.map { p[$0] / slice.mass })
        return Group(atoms: [atom], weights: [slice.mass], total: slice.mass)
      }
      return Group(
        atoms: held.map { Vertex(indices: [$0], masses: [1]) }, weights: held.map { p[$0] }, total: slice.mass
      )
    }
  }

  /// One point of a convex set.
  init(point p: [Double]) {
    count = p.count
    groups = [Group(atoms: [Vertex(dense: p)], weights: [1], total: 1)]
  }

  /// Number of atoms.
  var size: Int { groups.reduce(0) { $0 + $1.atoms.count } }

  /// The point.
  var point: [Double] {
    var p = [Double](repeating: 0, count: count)
    for group in groups {
      for (atom, weight) in zip(group.atoms, group.weights) {
        for (i, mass) in zip(atom.indices, atom.masses) { p[i] += weight * mass }
      }
    }
    return p
  }

  /// What a step does to one group.
  enum Change: Sendable {
    /// towards an atom: every weight shrinks by 1 - t
    case towards(Vertex)
    /// away from an atom: every weight grows by 1 + t
    case away(Int)
    /// weight t from one atom to another
    case move(from: Int, to: Vertex)
  }

  /// The direction of the change as a sparse vector, and the longest step.
  func direction(_ s: Int, _ change: Change) -> (direction: Vertex, limit: Double) {
    let group = groups[s]
    // Many entries are summed in a buffer, few in a dictionary.
    let isWide: Bool
    if case .move(let k, let atom) = change {
      isWide = group.atoms[k].indices.count + atom.indices.count > count / 16
    } else {
      isWide = group.atoms.reduce(0) { $0 + $1.indices.count } > count / 16
    }
    var entries: [Int: Double] = [:]
    var buffer = isWide ? [Double](repeating: 0, count: count) : []
    func add(_ atom: Vertex, _ factor: Double) {
      for (i, mass) in zip(atom.indices, atom.masses) {
        if isWide { buffer[i] += factor * mass } else { entries[i, default: 0] += factor * mass }
      }
    }
    var limit = 1.0
    switch change {
    case .towards(let atom):
      for (held, weight) in zip(group.atoms, group.weights) { add(held, -weight) }
      add(atom, group.total)
    case .away(let k):
      for (held, weight) in zip(group.atoms, group.weights) { add(held, weight) }
      add(group.atoms[k], -group.total)
      let rest = group.total - group.weights[k]
      limit = rest > 0 ? group.weights[k] / rest : 0
    case .move(let k, let atom):
      add(group.atoms[k], -1)
      add(atom, 1)
      limit = group.weights[k]
    }
    if isWide { return (Vertex(dense: buffer), limit) }
    let indices = entries.keys.sorted().filter { entries[$0] != 0 }
    return (Vertex(indices: indices, masses: indices.map { entries[$0] ?? 0 }), limit)
  }

  /// Takes a step of length t; `isFull` when t is the longest one, which removes what is left behind.
  mutating func apply(_ s: Int, _ change: Change, _ t: Double, isFull: Bool) {
    switch change {
    case .towards(let atom):
      if isFull {
        groups[s].atoms = [atom]
        groups[s].weights = [groups[s].total]
        return
      }
      for k in groups[s].weights.indices { groups[s].weights[k] *= 1 - t }
      let k = groups[s].index(of: atom)
      groups[s].weights[k] += t * groups[s].total
    case .away(let k):
      for j in groups[s].weights.indices { groups[s].weights[j] *= 1 + t }
      groups[s].weights[k] -= t * groups[s].total
      if isFull || groups[s].weights[k] <= 0 { groups[s].remove(k) }
    case .move(let k, let atom):
      let to = groups[s].index(of: atom)
      groups[s].weights[to] += t
      groups[s].weights[k] -= t
      if isFull || groups[s].weights[k] <= 0 { groups[s].remove(k) }
    }
  }

  /// Brings the weights of every group back to their sum.
  mutating func normalise() {
    for s in groups.indices {
      for k in groups[s].weights.indices.reversed() where !(groups[s].weights[k] > 0) { groups[s].remove(k) }
      let sum = Kernel.compensatedSum(groups[s].weights)
      guard sum > 0, sum != groups[s].total else { continue }
      for k in groups[s].weights.indices { groups[s].weights[k] *= groups[s].total / sum }
    }
  }
}
