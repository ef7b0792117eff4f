import Entropic
import Testing

/// Moment problems a millionth inside, on, and a millionth outside the attainable set: all told apart.
@Suite("moment problems near their boundary")
struct MomentRangeTests {
  /// Points with last coordinate 1 on a face of some members, and below 1 off it; a target on the face.
  private struct Instance {
    let features: [[Double]]
    let target: [Double]
    let members: Int
    let unit: Double
  }

  private static func instance(_ seed: Int) -> Instance {
    var noise = Numbers(seed: UInt64(1000 + seed))
    let k = 2 + seed % 4
    let n = 8 + (seed * 7) % 33
    let members = 2 + seed % 5
    let unit = [1, 1e3, 1e-4][seed % 3]
    var features = (0..<k).map { _ in (0..<n).map { _ in noise.normal() } }
    features[k - 1] = (0..<n).map { $0 < members ? 1 : 0.5 - noise.uniform() }
    var weights = (0..<members).map { _ in 0.2 + noise.uniform() }
    let total = weights.reduce(0, +)
    weights = weights.map { $0 / total }
    let target = features.map { row in zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 } }
    return Instance(
      features: features.map { $0.map { $0 * unit } }, target: target.map { $0 * unit }, members: members,
      unit: unit)
  }

  private static func outcome(_ instance: Instance, _ shift: Double) throws -> (Outcome, Problem, Unknown) {
    let p = Unknown.simplex(instance.features[0].count)
    let last = instance.features.count - 1
    let problem = try Problem(
      .maximize, entropy(p),
      subjectTo: instance.features.indices.map { j in
        // Outwards along the face's normal; inwards towards the mean of all points.
        let mean = instance.features[j].reduce(0, +) / Double(instance.features[j].count)
        let outer = j == last ? instance.unit * (1 + shift) : instance.target[j]
        let inner = instance.target[j] - shift * (mean - instance.target[j])
        return (expect(p, instance.features[j]) == (shift >= 0 ? outer : inner)).named("moment \(j)")
      })
    return (Solver.run(problem), problem, p)
  }

  @Test("infeasible by 1e-6 is proved, with multipliers that name the moment", arguments: 0..<200)
  func outside(seed: Int) throws {
    let (outcome, problem, _) = try Self.outcome(Self.instance(seed), 1e-6)
    guard case .infeasible(let proof, _) = outcome else {
      Issue.record("ended as \(outcome.status)")
      return
    }
    guard case .multipliers(let evidence, let bound) = proof else {
      Issue.record("no multipliers")
      return
    }
    #expect(bound > 0)
    #expect(evidence.equality[problem.program.equalities.count - 1] != 0)
  }

  @Test("feasible by 1e-6 is certified", arguments: 0..<200)
  func inside(seed: Int) throws {
    let instance = Self.instance(seed)
    let (outcome, _, p) = try Self.outcome(instance, -1e-6)
    #expect(outcome.status == "optimal")
    let law = try outcome.answer[p].probabilities
    // The mass off the face lowers the last moment by 1e-6 (1 - mean), each of it by 0.5 to 1.5.
    let off = law[instance.members...].reduce(0, +)
    #expect(off <= 2.1e-6 && off >= 1e-8, "\(off)")
  }

  @Test("on the boundary: certified on the face, and flagged", arguments: 0..<40)
  func on(seed: Int) throws {
    let instance = Self.instance(seed)
    let (outcome, _, p) = try Self.outcome(instance, 0)
    #expect(outcome.status == "optimal")
    let answer = try outcome.answer
    #expect(answer[p].probabilities[instance.members...].allSatisfy { $0 <= 1e-9 })
    #expect(answer.flags.contains(.boundary))
    #expect(answer.face?.kept == Array(0..<instance.members))
  }
}
