import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

private let faces: [Double] = [1, 2, 3, 4, 5, 6]

@Suite("Presolve")
struct PresolveTests {
  /// Unknowns, equations and inequalities that are left; nil when nothing is.
  private func size(_ program: Program, _ steps: Presolve.Steps = .all) -> [Int]? {
    guard case .reduced(let reduced, _) = Presolve.run(program, steps: steps) else { return nil }
    return [reduced.count, reduced.equalities.count, reduced.inequalities.count]
  }

  @Test("what is left of the rows")
  func sizes() {
    #expect(size(Build.entropy(6, equal: [(faces, 4.5)])) == [6, 1, 0])
    // Three copies of one row, one of them shifted by the sum.
    let copies = [(faces, 4.5), (faces.map { -2 * $0 }, -9), (faces.map { $0 + 1 }, 5.5)]
    #expect(size(Build.entropy(6, equal: copies)) == [6, 1, 0])
    #expect(size(Build.entropy(6, equal: copies), []) == [6, 3, 0])
    // The mean 6 leaves one point.
    #expect(size(Build.entropy(6, equal: [(faces, 6)])) == nil)
    // A zero row removes two outcomes.
    #expect(size(Build.entropy(5, equal: [([0, 0, 0, 1, 1], 0), ([1, 2, 3, 4, 5], 2)])) == [3, 1, 0])
    // Implied, weaker and tighter inequalities.
    #expect(
      size(Build.entropy(6, atMost: [(faces, 3), (faces.map { 2 * $0 + 1 }, 6), (faces, 6)])) == [6, 0, 1])
    // Opposite inequalities make an equation.
    #expect(size(Build.entropy(6, atMost: [(faces, 3), (faces.map { -$0 }, -3)])) == [6, 1, 0])
    // A row parallel to the sum.
    #expect(size(Build.entropy(3, equal: [([2, 2, 2], 2)])) == [3, 0, 0])
    // One outcome fixed, its row gone.
    #expect(size(Build.entropy(4, equal: [([0, 0, 2, 0], 0.5)])) == [3, 0, 0])
  }

  @Test("a step that is left out leaves its rows alone")
  func steps() {
    let fixed = Build.entropy(4, equal: [([0, 0, 2, 0], 0.5)])
    // Without its row's step, three outcomes with coefficient 0 are copies of one another.
    #expect(size(fixed, Presolve.Steps.all.subtracting(.singletonRows)) == [2, 1, 0])
    #expect(size(fixed, Presolve.Steps.all.subtracting([.singletonRows, .duplicateOutcomes])) == [4, 1, 0])
    let forced = Build.entropy(5, equal: [([0, 0, 0, 1, 1], 0), ([1, 2, 3, 4, 5], 2)])
    #expect(size(forced, Presolve.Steps.all.subtracting([.activityBounds])) == [5, 2, 0])
    let implied = Build.entropy(6, atMost: [(faces, 6)])
    #expect(size(implied, Presolve.Steps.all.subtracting(.redundantRows)) == [6, 0, 1])
    var zero = Build.entropy(4)
    zero.layout.upper[1] = 0
    #expect(size(zero) == [3, 0, 0])
    #expect(size(zero, Presolve.Steps.all.subtracting(.fixedEntries)) == [4, 0, 0])
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let program: Program
    let optimum: Double
    var testDescription: String { name }
  }

  // Each is solved by hand once presolve is done.
  static let cases: [Case] = [
    Case(name: "mean 6 is the last face", program: Build.entropy(6, equal: [(faces, 6)]), optimum: 0),
    Case(
      name: "mean 6 and square 36",
      program: Build.entropy(6, equal: [(faces, 6), (faces.map { $0 * $0 }, 36)]), optimum: 0),
    Case(name: "mean at most 1", program: Build.entropy(6, atMost: [(faces, 1)]), optimum: 0),
    Case(
      name: "uniform on three outcomes",
      program: Build.entropy(5, equal: [([0, 0, 0, 1, 1], 0), ([1, 2, 3, 4, 5], 2)]),
      optimum: -1.098612288668109691395245),
    Case(
      name: "a fixed mass of 1/4", program: Build.entropy(4, equal: [([1, 0, 0, 0], 0.25)]),
      optimum: -1.386294361119890618834464),
    Case(
      name: "an event of probability 1",
      program: Build.divergence(from: [0.05, 0.2, 0.1, 0.25, 0.4], equal: [([1, 0, 1, 1, 0], 1)]),
      optimum: 0.9162907318741550651835272),
    Case(
      name: "an empty row of a table",
      program: Build.entropy(9, equal: Build.coupling([0.5, 0, 0.5], [0.2, 0.3, 0.5])),
      optimum: -1.722800194624518836832824),
    Case(
      name: "E i <= 3 and >= 3", program: Build.entropy(6, atMost: [(faces, 3), (faces.map { -$0 }, -3)]),
      optimum: -1.7485062488769672),
    Case(
      name: "a mass of 1e-300", program: Build.entropy(2, equal: [([0, 1], 1e-300)]),
      optimum: -6.917755278982137052053974e-298),
  ]

  @Test("multipliers of rows that are gone certify the answer", arguments: cases)
  func restored(row: Case) {
    let verdict = Verdict.presolved(DualNewton(), row.program)
    #expect(verdict.end == .converged)
    #expect(verdict.certifies(row.optimum, relative: 1e-13, absolute: 1e-13))
  }

  @Test("linear and power objectives behind presolve")
  func objectives() {
    let linear = Build.simplex(3, equal: [([0, 0, 1], 0.25)]) { $0.linear = [1, 2, 3] }
    #expect(Verdict.presolved(ClosedForm(), linear).certifies(1.5))
    let forced = Build.simplex(3, equal: [([0, 1, 2], 2)]) { $0.linear = [1, 2, 3] }
    #expect(Verdict.presolved(ClosedForm(), forced).certifies(3))
    // -sum sqrt p on two outcomes that are left: -sqrt 2. The slopes at the zeros are infinite.
    let roots = Build.simplex(4, equal: [([0, 1, 2, 2], 2)]) {
      $0.powers = [.init(exponent: 0.5, weights: [1, 1, 1, 1])]
    }
    #expect(Verdict.presolved(ClosedForm(), roots).certifies(-2.0.squareRoot()))
    // -sum log p with one mass fixed at 1/4: the others share 3/4.
    let barrier = Build.simplex(4, equal: [([0, 0, 1, 0], 0.25)]) { $0.barrier = [1, 1, 0, 1] }
    #expect(Verdict.presolved(ClosedForm(), barrier).certifies(3 * Kernel.log(4)))
  }

  @Test(
    "contradictions are proved in terms of the original rows",
    arguments: [
      Build.entropy(6, equal: [(faces, 7)]),
      Build.entropy(6, equal: [(faces, 6), (faces.map { $0 * $0 }, 20)]),
      Build.entropy(6, atMost: [(faces, 0.5)]),
      Build.entropy(6, equal: [(faces, 4.5), (faces.map { -2 * $0 }, -9.01)]),
      Build.entropy(6, atMost: [(faces, 3), (faces.map { -$0 }, -3.5)]),
      Build.entropy(6, equal: [(faces, 3)], atMost: [(faces.map { 2 * $0 }, 5)]),
      Build.entropy(6, equal: [(faces, 3)], atMost: [(faces.map { -2 * $0 }, -6.5)]),
      Build.entropy(6, equal: [(faces.map { -$0 }, -3)], atMost: [(faces, 2.5)]),
      Build.entropy(3, equal: [([1, 0, 0], 0.7), ([0, 1, 0], 0.6)]),
      Build.entropy(3, equal: [([1, 0, 0], 0.1), ([0, 1, 0], 0.2), ([0, 0, 1], 0.3)]),
      Build.entropy(1, equal: [([0], 0.5)]),
      Build.entropy(9, equal: Build.coupling([0.501, 0, 0.5], [0.2, 0.3, 0.5])),
    ])
  func infeasible(program: Program) {
    guard case .infeasible(let evidence) = Presolve.run(program) else {
      Issue.record("not recognised")
      return
    }
    #expect(program.infeasibilityProof(evidence, at: program.layout.centre()) != nil)
  }

  @Test("a forced zero and a row that wants it")
  func zeroPrior() {
    var program = Build.entropy(3, equal: [([0, 0, 1], 0.25)])
    program.layout.upper[2] = 0
    #expect(Verdict.presolved(DualNewton(), program).end == .infeasible(isProved: true))
  }

  @Test("a barrier is never forced to its pole")
  func barrier() {
    let program = Build.simplex(3, equal: [([0, 1, 1], 0)]) { $0.barrier = [1, 1, 1] }
    #expect(size(program, Presolve.Steps.all.subtracting(.duplicateOutcomes)) == [3, 1, 0])
  }

  @Test("the restricted functional has the value and the slopes of the whole one")
  func restriction() {
    let quadratic = Matrix(
      rows: 4, columns: 4, elements: [2, 1, 0, 0, 1, 2, 0, 0.5, 0, 0, 1, 0, 0, 0.5, 0, 3])
    let likelihood = Matrix(rows: 2, columns: 4, elements: [1, 2, 3, 4, 2, 1, 1, 3])
    let design = Matrix(rows: 4, columns: 2, elements: [1, 0, 1, 1, 1, 2, 1, 3])
    let identity = SparseMatrix(columns: 4, rows: (0..<4).map { [(column: $0, value: 1.0)] })
    let pairs = SparseMatrix(columns: 4, rows: [[(0, 1.0), (1, 1.0)], [(2, 1.0), (3, 1.0)]])
    let program = Build.simplex(4, equal: [([0, 2, 0, 0], 0.5)]) { f in
      f.constant = 7
      f.linear = [1, 2, 3, 4]
      f.entropic = [1, 0, 1, 1]
      f.barrier = [0, 1, 0, 0.5]
      f.powers = [.init(exponent: 3, weights: [1, 1, 2, 0])]
      f.composites = [
        Composite(outer: .log([0.5, 0.5]), map: .dense(likelihood, firstColumn: 0, columns: 4)),
        Composite(weight: 2, outer: .quadratic(quadratic, slack: 0), map: .sparse(identity)),
        Composite(outer: .entropy([1, 2]), map: .sparse(pairs), offset: [0.5, 0.25]),
      ]
      f.conditionals = [ConditionalEntropy(weight: [1, 2], map: pairs, offset: [0, 0])]
      f.information = [InformationTerm(kind: .negativeLogDeterminant, regressors: design, first: 0)]
      f.smooth = [
        SmoothFunction(name: "square") { p in (p[0] * p[0] + p[1] * p[3], [2 * p[0], p[3], 0, p[1]]) }
      ]
    }
    guard case .reduced(let reduced, let back) = Presolve.run(program) else {
      Issue.record("nothing left")
      return
    }
    let part = [0.2, 0.3, 0.25]
    let whole = back.restore(Candidate(point: part, evidence: .none(for: reduced))).point
    #expect(whole == [0.2, 0.25, 0.3, 0.25])
    #expect(abs(reduced.objective.value(part) - program.objective.value(whole)) <= 1e-14 * 20)
    let slopes = program.objective.gradient(whole)
    #expect(distance(reduced.objective.gradient(part), [slopes[0], slopes[2], slopes[3]]) <= 1e-13)
    #expect(back.reduce(point: whole).point == part)
  }

  @Test("generated rows: with and without presolve the optimum is one")
  func agreement() {
    var dice = Dice(5)
    for trial in 0..<40 {
      let n = 4 + Int(dice.uniform() * 10)
      // Small integers make faces, duplicates and implied rows likely.
      func features() -> [Double] { (0..<n).map { _ in (dice.uniform() * 3).rounded(.down) } }
      let w = (0..<n).map { _ in dice.uniform() < 0.5 ? 0.0 : (dice.uniform() * 8).rounded(.up) }
      let total = Kernel.sum(w)
      guard total > 0 else { continue }
      let law = w.map { $0 / total }
      let equal = (0..<2).map { _ in
        let f = features()
        return (f, Kernel.compensatedDot(f, law))
      }
      let atMost = (0..<2).map { _ in
        let f = features()
        return (f, Kernel.compensatedDot(f, law) + (dice.uniform() < 0.5 ? 0 : 0.125))
      }
      let program = Build.entropy(n, equal: equal, atMost: atMost)
      let plain = Verdict(DualNewton(), program)
      let short = Verdict.presolved(DualNewton(), program)
      #expect(short.certificate.isFeasible, "trial \(trial)")
      #expect(short.certificate.gap <= 1e-9, "trial \(trial)")
      #expect(
        short.certificate.lower <= plain.certificate.upper
          && plain.certificate.lower <= short.certificate.upper)
    }
  }
}
