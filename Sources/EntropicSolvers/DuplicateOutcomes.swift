import EntropicModel
import EntropicNumerics

/// Outcomes that a program cannot tell apart but for their costs, and how they share a common mass.
///
/// Two outcomes of one simplex are duplicates when every row, every map of a composite, every sum of a conditional
/// entropy and every regressor treats them alike. The program then sees only the sum y of their masses, besides their
/// separable parts, and the best way to share y does not depend on y in three cases:
///
///     costs only                        all of y to the cheapest one; equal shares on a tie
///     one functional with T p log p     shares proportional to exp(-cost / T), by Gibbs' inequality
///     all separable parts equal         equal shares, by symmetry and convexity
///
/// In each of them one outcome with mass y and a changed separable part stands for the group exactly. Anything else
/// (weights T that differ, costs that differ under a barrier, functions of the user) is left alone.
struct DuplicateOutcomes {
  struct Group {
    /// Ascending; the first one stays.
    let members: [Int]
    /// Shares of the common mass, one a member, with sum 1.
    let shares: [Double]
    /// Other shares are as good: a tie of costs without any curvature.
    let isTie: Bool
  }

  let groups: [Group]
  /// Weight of p log p of every outcome in the objective and in every convex constraint, conditional entropies included.
  private let weights: [[Double]]

  /// nil when there are none.
  init?(_ program: Program) {
    let functionals = [program.objective] + program.convex.map(\.functional)
    let isSeen = !program.isUnconstrained || !program.objective.hasNoComposites
    // Without rows and maps all outcomes are duplicates, and the closed forms need no help.
    guard program.isConvex, isSeen, functionals.allSatisfy({ $0.smooth.isEmpty && $0.maxima.isEmpty }) else {
      return nil
    }
    weights = functionals.map { $0.entropyWeights }
    let columns = OutcomeColumns(program, functionals, weights)
    let candidates = columns.repeated
    guard !candidates.isEmpty else { return nil }
    var groups: [Group] = []
    for members in columns.confirmed(candidates) {
      guard let group = DuplicateOutcomes.group(members, functionals, weights, columns) else { continue }
      groups.append(group)
    }
    guard !groups.isEmpty else { return nil }
    self.groups = groups
  }

  private static func group(
    _ members: [Int], _ functionals: [Functional], _ weights: [[Double]], _ columns: OutcomeColumns
  ) -> Group? {
    let first = members[0]
    let even = [Double](repeating: 1 / Double(members.count), count: members.count)
    let curved = functionals.indices.filter { weights[$0][first] > 0 }
    if columns.needsEqualCosts[first] || curved.count > 1 {
      return Group(members: members, shares: even, isTie: false)
    }
    if let f = curved.first {
      let logits = members.map { -functionals[f].linear[$0] / weights[f][first] }
      guard logits.allSatisfy(\.isFinite) else { return nil }
      return Group(members: members, shares: Kernel.softmax(logits).probabilities, isTie: false)
    }
    let costs = members.map { functionals[0].linear[$0] }
    guard let least = costs.min(), costs.allSatisfy(\.isFinite) else { return nil }
    let ties = costs.reduce(0) { $0 + ($1 == least ? 1 : 0) }
    let shares = costs.map { $0 == least ? 1 / Double(ties) : 0 }
    return Group(members: members, shares: shares, isTie: ties > 1)
  }

  /// The separable part of functional `f` of the program once every group is one outcome, at its first member;
  /// the other members keep nothing.
  func merged(_ functional: Functional, index f: Int) -> Functional {
    var out = functional
    for group in groups {
      let first = group.members[0]
      let m = Double(group.members.count)
      // sum w (c + T log w), since T w y log(w y) = T w y log y + T w y log w
      let costs = zip(group.members, group.shares).map { i, share in
        share > 0 ? share * (functional.linear[i] + weights[f][first] * Kernel.log(share)) : 0
      }
      for i in group.members.dropFirst() {
        out.linear[i] = 0
        if !out.entropic.isEmpty { out.entropic[i] = 0 }
        if !out.barrier.isEmpty { out.barrier[i] = 0 }
        for k in out.powers.indices { out.powers[k].weights[i] = 0 }
      }
      out.linear[first] = Kernel.compensatedSum(costs)
      // Equal shares: -m beta log(y / m), and m w (y / m)^a.
      if !out.barrier.isEmpty, out.barrier[first] > 0 {
        out.constant += m * out.barrier[first] * Kernel.log(m)
        out.barrier[first] *= m
      }
      for k in out.powers.indices {
        out.powers[k].weights[first] *= Kernel.exp((1 - out.powers[k].exponent) * Kernel.log(m))
      }
    }
    return out
  }
}

extension Functional {
  /// The weight of p_i log p_i, from the separable part and from conditional entropies.
  fileprivate var entropyWeights: [Double] {
    var weights = entropic.isEmpty ? [Double](repeating: 0, count: count) : entropic
    for term in conditionals {
      for j in 0..<term.map.rows {
        for e in term.map.rowStart[j]..<term.map.rowStart[j + 1] {
          weights[term.map.column[e]] += term.weight[j] * term.map.value[e]
        }
      }
    }
    return weights
  }
}
