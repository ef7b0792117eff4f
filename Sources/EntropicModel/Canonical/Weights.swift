/// Weights of the entries of a node: all of them, or the listed ones.
struct Weights: Sendable {
  var indices: [Int]?
  var values: [Double]

  var count: Int { values.count }
  func index(_ k: Int) -> Int { indices?[k] ?? k }

  func map(_ f: (Int, Double) -> Double) -> Weights {
    Weights(indices: indices, values: values.indices.map { f(index($0), values[$0]) })
  }

  /// The entries with a weight that is not 0; a term with coefficient 0 is dropped before anything else.
  var nonzero: [Int] { values.indices.filter { values[$0] != 0 } }
}

/// A scalar expression taken apart into signed primitive terms, before anything is known about their convexity.
