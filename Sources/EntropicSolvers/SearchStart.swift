import EntropicModel
import EntropicNumerics

/// A first point of a search over a convex set: on the rows, inside the domain of the objective.
enum SearchStart {
  enum Result: Sendable {
    /// The point, and the polytope of the rows when there are any.
    case point([Double], MomentPolytope?)
    case infeasible(Evidence)
    case failed
  }

  /// A warm point when it is good, else the centre of the set: without rows that of the simplices; with rows the
  /// entropic projection of it, or a mean of vertices under bounds.
  static func point(_ program: Program, warm: Candidate?, stop: @escaping StopCheck) -> Result {
    let rows = program.equalities.count + program.inequalities.count
    let polytope = rows > 0 ? MomentPolytope(program, stop: stop) : nil
    if let polytope, !polytope.hasVertex {
      return polytope.contradiction.map { .infeasible($0) } ?? .failed
    }
    func isGood(_ p: [Double]) -> Bool {
      p.count == program.count && p.allSatisfy { $0.isFinite && $0 >= 0 } && program.infeasibility(p) <= 1
        && program.objective.value(p) < .infinity
    }
    if let warm, warm.point.count == program.count, warm.point.allSatisfy({ $0.isFinite && $0 >= 0 }) {
      let p = repaired(program.normalised(warm.point), for: program)
      if isGood(p) { return .point(p, polytope) }
    }
    var candidates = [program.layout.centre()]
    if var oracle = polytope {
      if rows <= 200,
        case .point(let trial) = ProximalStep(program, .entropy).start(nil)
      {
        candidates.append(repaired(program.normalised(trial.p), for: program))
      }
      candidates.append(mean(program, &oracle, stop))
    }
    if let p = candidates.first(where: isGood) { return .point(p, polytope) }
    let inside = InteriorStart.masses(program, warm: nil)
    return rows == 0 && isGood(program.normalised(inside)) ? .point(program.normalised(inside), nil) : .failed
  }

  /// The mean of the vertices in several directions: every mass that may be positive in a good many of them.
  private static func mean(_ program: Program, _ oracle: inout MomentPolytope, _ stop: @escaping StopCheck)
    -> [Double]
  {
    let n = program.count
    var sum = [Double](repeating: 0, count: n)
    var count = 0.0
    for round in 0..<min(2 * n, 64) {
      // The outcome with the least mass so far, then the one with the most.
      var costs = [Double](repeating: 0, count: n)
      let wanted = sum.indices.min { sum[$0] < sum[$1] } ?? 0
      costs[round < n ? wanted : round % n] = -1
      guard let answer = oracle.minimum(costs, stop: stop) else { break }
      for (i, mass) in zip(answer.vertex.indices, answer.vertex.masses) { sum[i] += mass }
      count += 1
    }
    return count > 0 ? program.normalised(sum.map { $0 / count }) : program.layout.centre()
  }
}
