import EntropicModel
import EntropicNumerics

/// A program whose composites are sums over many rows, as a function to be sampled.
///
///     sum_j w_j phi(K_j . p + k_j) = W E phi(K_J . p + k_J),   P(J = j) = w_j / W
///
/// Logarithms, entropies, powers, exponentials and absolute values have this form. One row of every such
/// composite is a draw; everything else of the objective is exact.
struct FiniteSum: Sendable {
  /// The program with the exact part of the objective.
  let rest: Program
  let oracle: SampledGradient
  /// What is sampled, as a whole, and the number of its rows.
  let sampled: Functional
  let rows: Int

  fileprivate struct Sum: Sendable {
    let composite: Composite
    let unit: Outer
    /// W times the weight of the composite, and the cumulative weights.
    let total: Double
    let cumulative: [Double]
  }

  /// nil when no composite is a sum over rows.
  init?(_ program: Program) {
    var sums: [Sum] = []
    var rest = program
    rest.objective.composites = []
    for term in program.objective.composites {
      if let (unit, weights) = FiniteSum.parts(term.outer), weights.count > 1 {
        var cumulative: [Double] = []
        var sum = 0.0
        for w in weights {
          sum += w
          cumulative.append(sum)
        }
        if sum > 0, sum.isFinite {
          sums.append(Sum(composite: term, unit: unit, total: sum * term.weight, cumulative: cumulative))
          continue
        }
      }
      rest.objective.composites.append(term)
    }
    if sums.isEmpty { return nil }
    self.rest = rest
    var sampled = Functional(count: program.count)
    sampled.composites = sums.map(\.composite)
    self.sampled = sampled
    rows = sums.reduce(0) { $0 + $1.cumulative.count }
    let parts = sums
    oracle = SampledGradient(name: "rows") { p, generator in
      var sample = SampledGradient.Sample(value: 0, gradient: [Double](repeating: 0, count: p.count))
      for part in parts { part.add(to: &sample, p, generator.uniform()) }
      return sample
    }
  }

  /// The function of one row of weight 1, with the weights of the rows.
  private static func parts(_ outer: Outer) -> (unit: Outer, weights: [Double])? {
    switch outer {
    case .log(let w): (.log([1]), w)
    case .entropy(let w): (.entropy([1]), w)
    case .power(let a, let w): (.power(a, [1]), w)
    case .absolute(let w): (.absolute([1]), w)
    case .exponential(let w): (.exponential([1]), w)
    default: nil
    }
  }
}

extension FiniteSum.Sum {
  fileprivate func add(to sample: inout SampledGradient.Sample, _ p: [Double], _ place: Double) {
    // The first row whose cumulative weight exceeds the place.
    let target = place * cumulative[cumulative.count - 1]
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > target { high = middle } else { low = middle + 1 }
    }
    var u = composite.offset[low]
    composite.map.forEachEntry(ofRow: low) { u += $1 * p[$0] }
    sample.value += total * unit.value([u]).value
    let slope = total * unit.slope(at: [u])[0]
    composite.map.forEachEntry(ofRow: low) { sample.gradient[$0] += slope * $1 }
  }
}
