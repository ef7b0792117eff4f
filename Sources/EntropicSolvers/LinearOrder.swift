import EntropicModel
import EntropicNumerics

/// Linear costs over laws with a shape: one law that is even on a set S closed upwards.
///
///     min c . p,  p_i <= p_parent(i)       p even on S,  i in S => parent(i) in S,  with the least mean cost
///     h_i = c_i + nu + sum over children min(h, 0)      the least sum over a set with i as its highest mass
///
/// The extreme shaped laws are the even ones, so that the optimum is the least mean cost of a set. Dinkelbach's method:
/// nu = - mean cost of S, S from the recursion, until the least sum is 0; then the positive parts of -h are the multipliers
/// of the edges, and mass times -nu is the bound that they prove.
///
/// - Complexity: O(n) a pass, usually fewer than 10 passes.
/// - Source: W. Dinkelbach, Manage. Sci. 13 (1967), doi:10.1287/mnsc.13.7.492.
struct LinearOrder: Sendable {
  let program: Program
  let forest: OrderForest

  /// Nil where somebody asks for an end.
  func solve(stop: () -> Bool) -> Candidate? {
    let cost = program.objective.linear
    var point = [Double](repeating: 0, count: program.count)
    var evidence = Evidence.none(for: program)
    var home = [Int](repeating: 0, count: program.count)
    for (s, slice) in program.layout.simplices.enumerated() {
      for i in slice.range { home[i] = s }
    }
    for (s, slice) in program.layout.simplices.enumerated() {
      let members = forest.order.filter { home[$0] == s }
      var nu = -slice.range.reduce(Double.infinity) { min($0, cost[$1]) }
      var best: [Int] = []
      var least = [Double](repeating: 0, count: program.count)
      for _ in 0..<200 {
        if stop() { return nil }
        least = sums(members, cost, nu)
        guard let root = members.filter({ forest.parent[$0] < 0 }).min(by: { least[$0] < least[$1] }) else {
          return nil
        }
        let set = chosen(members, root, least)
        let next = -Kernel.compensatedSum(set.map { cost[$0] }) / Double(set.count)
        if !best.isEmpty, !(next > nu) { break }
        best = set
        nu = next
      }
      least = sums(members, cost, nu)
      for i in best { point[i] = slice.mass / Double(best.count) }
      for i in members where forest.row[i] >= 0 {
        evidence.inequality[forest.row[i]] = max(-least[i], 0) / forest.factor[i]
      }
    }
    return Candidate(point: point, evidence: evidence)
  }

  /// h of every mass, children first.
  private func sums(_ members: [Int], _ cost: [Double], _ nu: Double) -> [Double] {
    var least = [Double](repeating: 0, count: program.count)
    for i in members { least[i] = cost[i] + nu }
    for i in members where forest.parent[i] >= 0 && least[i] < 0 { least[forest.parent[i]] += least[i] }
    return least
  }

  /// The set below a root whose parts all pay.
  private func chosen(_ members: [Int], _ root: Int, _ least: [Double]) -> [Int] {
    var isIn = [Bool](repeating: false, count: program.count)
    var set: [Int] = []
    for i in members.reversed() {
      let above = forest.parent[i]
      isIn[i] = above < 0 ? i == root : isIn[above] && least[i] < 0
      if isIn[i] { set.append(i) }
    }
    return set
  }
}
