import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

/// Copies of outcomes change nothing but the way in which a mass is shared: every family is built from a list that says
/// of which outcome each one is a copy.
@Suite("duplicate outcomes")
struct DuplicateOutcomeTests {
  static let features = [1.0, 2, 3.5, 5, 6]
  static let prior = [0.1, 0.25, 0.3, 0.05, 0.3]
  static let plain = [0, 1, 2, 3, 4]
  /// Two copies of outcome 1, three of outcome 3.
  static let copied = [0, 1, 2, 3, 1, 4, 3, 3]

  struct Family: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable ([Int]) -> Program
    /// Equal shares, or shares in proportion to 1, 2, 3 for the copies in order.
    var isEven = true
    var testDescription: String { name }
  }

  /// 1, 2, 3 for the first, second, third copy of an outcome, over their sum.
  static func weights(_ list: [Int]) -> [Double] {
    list.indices.map { i in
      let rank = list[...i].reduce(0) { $0 + ($1 == list[i] ? 1 : 0) }
      let all = list.reduce(0) { $0 + ($1 == list[i] ? 1 : 0) }
      return Double(rank) / Double(all * (all + 1) / 2)
    }
  }

  static func program(_ list: [Int], mean: Double?, _ body: (inout Functional) -> Void) -> Program {
    Build.simplex(list.count, atMost: mean.map { [(list.map { features[$0] }, $0)] } ?? [], body)
  }

  static func divergence(_ list: [Int]) -> Functional {
    var f = Functional(count: list.count)
    f.entropic = list.map { _ in 1 }
    f.linear = zip(list, weights(list)).map { -Kernel.log(prior[$0] * $1) }
    return f
  }

  static let families: [Family] = [
    Family(
      name: "relative entropy, the reference shared out",
      make: { list in program(list, mean: 2.5) { $0 = divergence(list) } }, isEven: false),
    Family(
      name: "costs in a ball of relative entropy",
      make: { list in
        var p = program(list, mean: nil) { $0.linear = list.map { features[$0] } }
        p.convex = [ConvexConstraint(name: "ball", functional: divergence(list), bound: 0.05)]
        return p
      }, isEven: false),
    Family(
      name: "barrier and power",
      make: { list in
        // Copies are lighter, so that m equal ones weigh as much as the outcome itself.
        let count = list.map { k in Double(list.reduce(0) { $0 + ($1 == k ? 1 : 0) }) }
        var p = program(list, mean: 3) { f in
          f.barrier = list.indices.map { Double(list[$0] + 1) / count[$0] }
          f.powers = [
            .init(exponent: 3, weights: list.indices.map { Double(list[$0]) * count[$0] * count[$0] })
          ]
          f.linear = list.map { features[$0] }
        }
        p.objective.constant = -list.indices.reduce(0) {
          $0 + p.objective.barrier[$1] * Kernel.log(count[$1])
        }
        return p
      }),
    Family(
      name: "log-mixture",
      make: { list in
        let rows = (0..<6).map { j in
          list.map { Kernel.exp(-(features[$0] - Double(j)) * (features[$0] - Double(j)) / 2) }
        }
        return program(list, mean: nil) {
          $0 = SecondOrder.composite(list.count, .log(SecondOrder.ones(6, 1.0 / 6)), SecondOrder.map(rows))
        }
      }),
    Family(
      name: "quadratic form",
      make: { list in
        let n = list.count
        var q = Matrix(rows: n, columns: n, repeating: 0)
        for i in 0..<n {
          for j in 0..<n {
            q[i, j] = (list[i] == list[j] ? 1 : 0) + 0.1 * features[list[i]] * features[list[j]]
          }
        }
        return program(list, mean: 4) {
          $0 = SecondOrder.composite(n, .quadratic(q, slack: 0), SecondOrder.identity(n))
          $0.linear = list.map { -features[$0] }
        }
      }),
    Family(
      name: "design with regressors of either sign",
      make: { list in
        Program(
          layout: SecondOrder.simplex(list.count),
          objective: SecondOrder.design(
            .negativeLogDeterminant,
            list.enumerated().map { k, i in
              let sign = k < 5 ? 1.0 : -1
              return [sign, sign * features[i], sign * features[i] * features[i]]
            }))
      }),
    Family(
      name: "conditional entropy",
      make: { list in
        let n = list.count
        let sums = SparseMatrix(
          columns: n,
          rows: [0...1, 2...4].map { r in
            list.indices.filter { r.contains(list[$0]) }.map { (column: $0, value: 1.0) }
          })
        var p = Build.simplex(n, atMost: [(list.map { -features[$0] }, -3)]) {
          $0.conditionals = [ConditionalEntropy(weight: [1, 0.5], map: sums, offset: [0, 0])]
        }
        // sum over copies of w x log x + (costs) with the costs that make copies weigh 1, 2, 3.
        p.objective.linear = zip(list, weights(list)).map { -($0 < 2 ? 1 : 0.5) * Kernel.log($1) }
        return p
      }, isEven: false),
  ]

  @Test("copies merge, and the whole has the optimum of the plain program", arguments: families)
  func metamorphic(family: Family) throws {
    let (plain, copied) = (family.make(Self.plain), family.make(Self.copied))
    guard case .reduced(let reduced, let back) = Presolve.run(copied) else {
      Issue.record("nothing left")
      return
    }
    #expect(reduced.count == 5)
    let (a, b) = (Solver.run(plain), Solver.run(copied))
    guard case .optimal(let x) = a, case .optimal(let y) = b else {
      Issue.record("\(a.status), \(b.status)")
      return
    }
    let noise = 1e-13 * max(abs(x.certificate.upper), 1)
    #expect(x.certificate.lower <= y.certificate.upper + noise)
    #expect(y.certificate.lower <= x.certificate.upper + noise)
    let shares = Self.weights(Self.copied)
    for (i, k) in Self.copied.enumerated() {
      let copies = Self.copied.reduce(0) { $0 + ($1 == k ? 1 : 0) }
      let share = family.isEven ? 1 / Double(copies) : shares[i]
      #expect(abs(y.point[i] - share * x.point[k]) <= 1e-6, "outcome \(i)")
    }
    // The reduced objective is the objective at the shared point.
    let masses = [0.1, 0.3, 0.2, 0.25, 0.15]
    let shared = back.restore(Candidate(point: masses, evidence: .none(for: reduced))).point
    #expect(abs(reduced.objective.value(masses) - copied.objective.value(shared)) <= 1e-13)
    #expect(distance(back.reduce(point: shared).point, masses) <= 1e-15)
  }

  @Test("the cheapest of several copies takes the mass; equal ones share it and say so")
  func costs() {
    let rows = [([1.0, 2, 2, 3, 2], 2.25)]
    let program = Build.simplex(5, equal: rows) { $0.linear = [1, 2, 1.5, 3, 1.5] }
    #expect(Presolve.reducedCount(program) == 3)
    guard case .optimal(let answer) = Solver.run(program) else {
      Issue.record("not optimal")
      return
    }
    // Costs 1, 1.5, 3 at features 1, 2, 3 are convex: 2.25 is a mixture of 2 and 3.
    #expect(distance(answer.point, [0, 0, 0.375, 0.25, 0.375]) <= 1e-12)
    #expect(abs(answer.certificate.value - 1.875) <= 1e-14)
    #expect(answer.flags.contains(.nonunique))
  }

  @Test("what is not exact is left alone")
  func untouched() {
    let rows = [([1.0, 2, 2, 3], 2.25)]
    let temperatures = Build.simplex(4, equal: rows) { $0.entropic = [1, 1, 0.5, 1] }
    #expect(Presolve.reducedCount(temperatures) == 4)
    let barrier = Build.simplex(4, equal: rows) {
      $0.barrier = [1, 1, 1, 1]
      $0.linear = [0, 1, 2, 0]
    }
    #expect(Presolve.reducedCount(barrier) == 4)
    let opaque = Build.simplex(4, equal: rows) {
      $0.smooth = [SmoothFunction(name: "square") { p in (p[1] * p[1], [0, 2 * p[1], 0, 0]) }]
    }
    #expect(Presolve.reducedCount(opaque) == 4)
    var ball = Build.simplex(4) { $0.linear = [0, 1, 2, 0] }
    ball.convex = [ConvexConstraint(name: "ball", functional: SecondOrder.negativeEntropy(4), bound: -1)]
    #expect(Presolve.reducedCount(ball) == 3)
    var capped = Build.simplex(4, equal: rows) { $0.linear = [0, 1, 2, 0] }
    capped.layout.upper[1] = 0.5
    #expect(Presolve.reducedCount(capped) == 4)
    #expect(Presolve.reducedCount(Build.simplex(4, equal: rows) { $0.linear = [0, 1, 2, 0] }) == 3)
  }

  @Test("outcomes that nothing tells apart leave one point")
  func decided() {
    let program = Build.simplex(3) {
      $0 = SecondOrder.composite(3, .log([1]), SecondOrder.map([[2, 2, 2]]))
      $0.entropic = [1, 1, 1]
    }
    guard case .solved(let candidate) = Presolve.run(program) else {
      Issue.record("not decided")
      return
    }
    #expect(distance(candidate.point, [1.0 / 3, 1.0 / 3, 1.0 / 3]) <= 1e-16)
    let certificate = Certificate(program, point: candidate.point, evidence: candidate.evidence)
    #expect(abs(certificate.value + Kernel.log(2) + Kernel.log(3)) <= 1e-15 && certificate.gap <= 1e-13)
  }
}

extension Presolve {
  /// Unknowns that are left.
  fileprivate static func reducedCount(_ program: Program) -> Int? {
    guard case .reduced(let reduced, _) = run(program) else { return nil }
    return reduced.count
  }
}
