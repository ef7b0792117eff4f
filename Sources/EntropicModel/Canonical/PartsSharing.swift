/// Parts of a formula that are used more than once: their weights are added up before they are taken apart.
///
/// A formula is a graph, and a definition that is used twice by one that is used twice stands four times in the sum
/// that it means, 2^60 times after sixty steps. Taking apart is linear in the weights, so that the work on a shared
/// part waits until nothing that can lead to it is left: arguments have smaller indices than their nodes, so the
/// largest waiting work goes first. Sums and multiples then cost one visit a node; products of sums cost one visit for
/// each distinct product that they have. What is exponential even so, as powers of powers of sums, ends at a limit.
struct SharedWork {
  /// A product of nodes, its factors in falling order, with the sum of the weights of its entries so far.
  struct Item {
    var factors: [Int]
    var count: Int
    var origin: Int
    var values: [Double]
    /// The entries that have a weight; nil for all.
    var places: Set<Int>?

    var weights: Weights {
      guard let places else { return Weights(indices: nil, values: values) }
      let list = places.sorted()
      return Weights(indices: list, values: list.map { values[$0] })
    }
  }

  private struct Key: Hashable {
    var factors: [Int]
    var count: Int
  }

  private var items: [Key: Item] = [:]
  /// The keys that wait, as a heap with the largest first.
  private var heap: [Key] = []

  /// Adds to the weights of a product; the factors in falling order.
  mutating func add(_ factors: [Int], _ count: Int, _ weights: Weights, origin: Int) {
    let key = Key(factors: factors, count: count)
    var item: Item
    if let known = items.removeValue(forKey: key) {
      item = known
    } else {
      push(key)
      let none = [Double](repeating: 0, count: count)
      item = Item(factors: factors, count: count, origin: origin, values: none, places: [])
    }
    for k in weights.values.indices {
      let i = weights.index(k)
      item.values[i] += weights.values[k]
      if weights.indices != nil { item.places?.insert(i) }
    }
    if weights.indices == nil { item.places = nil }
    items[key] = item
  }

  /// The work that nothing else waiting can add to.
  mutating func next() -> Item? {
    guard let key = pop() else { return nil }
    return items.removeValue(forKey: key)
  }

  // MARK: the heap

  private static func isBefore(_ a: Key, _ b: Key) -> Bool {
    for (x, y) in zip(a.factors, b.factors) where x != y { return x > y }
    return a.factors.count != b.factors.count ? a.factors.count > b.factors.count : a.count > b.count
  }

  private mutating func push(_ key: Key) {
    heap.append(key)
    var i = heap.count - 1
    while i > 0, SharedWork.isBefore(heap[i], heap[(i - 1) / 2]) {
      heap.swapAt(i, (i - 1) / 2)
      i = (i - 1) / 2
    }
  }

  private mutating func pop() -> Key? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var i = 0
    while true {
      var best = i
      for child in [2 * i + 1, 2 * i + 2]
      where child < heap.count && SharedWork.isBefore(heap[child], heap[best]) {
        best = child
      }
      if best == i { return first }
      heap.swapAt(i, best)
      i = best
    }
  }
}

extension Parts {
  /// The most functions that maxima inside each other may multiply out to.
  static let maximumLimit = 20_000
  /// The most factors that one formula may multiply out to.
  static let productLimit = 500_000

  /// Marks the nodes below `root` that have more than one use.
  mutating func markShared(below root: Int) {
    if marked.contains(root) { return }
    var open = [root]
    while let top = open.popLast() {
      guard marked.insert(top).inserted else { continue }
      for argument in nodes[top].arguments {
        if !used.insert(argument).inserted { shared.insert(argument) }
        open.append(argument)
      }
    }
  }

  /// Whether work on these factors waits for other work on them. Constants and single masses are as cheap as waiting.
  func waits(_ factors: [Int], _ weights: Weights) -> Bool {
    if shared.isEmpty { return false }
    let hasShared = factors.contains { index in
      shared.contains(index) && (nodes[index].degree > 1 || factors.count == 1 && isSum(nodes[index]))
    }
    // Infinite weights are facts of their own: their sum may be no number.
    return hasShared && weights.values.allSatisfy(\.isFinite)
  }

  /// A node that rewriting makes, the same one for the same argument: what two shared parts are made into is shared.
  mutating func appendOnce(_ operation: Operation, _ argument: Int, key: RewriteKey) -> Int {
    if let known = rewritten[key] {
      shared.insert(known)
      return known
    }
    let index = append(operation, [argument], nodes[argument].shape, 2)
    rewritten[key] = index
    return index
  }
}

/// A function of one node that rewriting has made: a power, or with no exponent the logarithm.
struct RewriteKey: Hashable {
  var argument: Int
  var exponent: Double?
}
