import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("EM")
struct ExpectationMaximisationTests {
  private static func dense(_ rows: [[Double]]) -> LinearMap {
    .dense(
      Matrix(rows: rows.count, columns: rows[0].count, elements: rows.flatMap { $0 }), firstColumn: 0,
      columns: rows[0].count)
  }

  private static func likelihood(
    _ w: [Double], _ l: [[Double]], offset: [Double]? = nil, _ more: (inout Functional) -> Void = { _ in }
  ) -> Program {
    Build.simplex(l[0].count) {
      $0.composites = [Composite(outer: .log(w), map: dense(l), offset: offset)]
      more(&$0)
    }
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let program: Program
    let optimum: Double
    var testDescription: String { name }
  }

  static let rows: [Row] = [
    Row(
      name: "separated mixture: p = w",
      program: likelihood([0.2, 0.5, 0.3], [[2, 0, 0], [0, 0.5, 0], [0, 0, 8]]),
      optimum: 0.6137647057286063417652525),
    Row(
      name: "horse race: p = w",
      program: likelihood([0.5, 0.25, 0.25], [[4, 0, 0], [0, 4, 0], [0, 0, 2]]),
      optimum: -0.173286795139986327354308),
    // By symmetry half and half: -log(5 / 4).
    Row(
      name: "two symmetric assets", program: likelihood([0.5, 0.5], [[2, 0.5], [0.5, 2]]),
      optimum: -0.223143551314209755766295),
    Row(
      name: "all columns equal", program: likelihood([0.25, 0.75], [[1, 1, 1], [2, 2, 2]]),
      optimum: -0.519860385419958982062923),
    Row(name: "one outcome", program: likelihood([1], [[0.5]]), optimum: 0.693147180559945309417232),
    // u = (p_1 + 1/2, p_2 + 1/4) proportional to w = (3/4, 1/4): p = (13/16, 3/16).
    Row(
      name: "known components",
      program: likelihood([0.75, 0.25], [[1, 0], [0, 1]], offset: [0.5, 0.25]),
      optimum: 0.00271935668338566401714),
    // -1/2 log p - 1/2 log(1 - p) + p: p = 1 - sqrt(1/2).
    Row(
      name: "a linear penalty", program: likelihood([0.5, 0.5], [[1, 0], [0, 1]]) { $0.linear = [1, 0] },
      optimum: 1.08015360260319664292),
  ]

  @Test("closed forms are certified", arguments: rows, Acceleration.allCases)
  func closedForms(row: Row, acceleration: Acceleration) {
    let verdict = Verdict(ExpectationMaximisation(acceleration), row.program, limit: 3000)
    #expect(verdict.certifies(row.optimum, relative: 1e-11, absolute: 1e-13), "\(verdict.certificate)")
  }

  private static func random(_ seed: UInt64, rows: Int, columns: Int) -> Program {
    var dice = Dice(seed)
    let l = (0..<rows).map { _ in
      let x = 3 * dice.normal()
      return (0..<columns).map { j -> Double in
        let d = x - 8 * (Double(j) / Double(columns - 1) - 0.5)
        return Kernel.exp(-d * d / 2)
      }
    }
    return likelihood(dice.law(rows, 1), l)
  }

  @Test("the likelihood never falls", arguments: Acceleration.allCases, [1, 2, 3] as [UInt64])
  func monotone(acceleration: Acceleration, seed: UInt64) {
    let program = Self.random(seed, rows: 40, columns: 25)
    let method = ExpectationMaximisation(acceleration)
    var state = method.start(program, warm: nil)
    var last = program.objective.value(method.finish(state).point)
    for _ in 0..<300 {
      guard case .progress = method.step(&state, StepContext()) else { break }
      let value = program.objective.value(state.point)
      #expect(value <= last + 1e-14 * abs(last))
      last = value
    }
  }

  @Test(
    "acceleration reaches the gap in fewer maps, and meets the interior point", arguments: [4, 5] as [UInt64])
  func acceleration(seed: UInt64) {
    let program = Self.random(seed, rows: 60, columns: 40)
    let exact = Verdict(InteriorPoint(), program).certificate
    func evaluations(_ acceleration: Acceleration) -> Int {
      for iterate in ExpectationMaximisation(acceleration).iterates(of: program) {
        #expect(iterate.number > 1 || iterate.certificate.lower <= exact.upper)
        if iterate.bound <= 1e-4 || iterate.evaluations > 20_000 {
          #expect(iterate.certificate.lower <= exact.upper && exact.lower <= iterate.certificate.upper)
          return iterate.evaluations
        }
      }
      return .max
    }
    let plain = evaluations(.plain)
    #expect(evaluations(.squarem) < plain)
    #expect(evaluations(.anderson) < plain)
  }

  @Test("one plain step is p D")
  func step() {
    let program = Self.likelihood([0.5, 0.5], [[1, 3], [2, 1]])
    let method = ExpectationMaximisation(.plain)
    var state = method.start(program, warm: nil)
    _ = method.step(&state, StepContext())
    // D = (1/2)(1/2 + 2/1.5), (1/2)(3/2 + 1/1.5) at the uniform law.
    #expect(distance(state.point, [11.0 / 24, 13.0 / 24]) <= 1e-15)
  }

  @Test("the bound at a point is log max D")
  func bound() {
    let program = Self.likelihood([0.5, 0.5], [[1, 3], [2, 1]])
    let method = ExpectationMaximisation(.plain)
    let state = method.start(program, warm: nil)
    let candidate = method.finish(state)
    let gap = Certificate(program, point: candidate.point, evidence: candidate.evidence).gap
    #expect(abs(gap - Kernel.log(13.0 / 12)) <= 1e-13)
  }

  @Test("caps on the weights are kept")
  func caps() {
    var program = Self.likelihood([0.5, 0.25, 0.25], [[4, 0, 0], [0, 4, 0], [0, 0, 2]])
    program.layout.upper = [0.25, 1, 1]
    let verdict = Verdict(ExpectationMaximisation(), program, limit: 3000)
    // The rest is shared equally: 1/4, 3/8, 3/8; -1/2 log 1 - 1/4 log(3/2) - 1/4 log(3/4).
    #expect(
      verdict.certifies(-0.0294457589140958636346985, relative: 1e-9, absolute: 1e-10),
      "\(verdict.certificate)")
  }

  @Test("rows, kinks and negative coefficients are declined")
  func declines() {
    let em = ExpectationMaximisation()
    var program = Self.likelihood([1], [[1, 2]])
    #expect(em.accepts(program).isAccepted)
    program.equalities = [Build.row([1, 2], 1.5)]
    #expect(!em.accepts(program).isAccepted)
    #expect(!em.accepts(Self.likelihood([1], [[1, -0.5]])).isAccepted)
    #expect(!em.accepts(Build.entropy(3)).isAccepted)
  }

  @Test("words name the accelerations")
  func names() {
    #expect(Catalogue.named("em")?.name == "em")
    #expect(Catalogue.named("em(plain)")?.name == "em(plain)")
    #expect(Catalogue.named("blahut-arimoto(anderson)")?.name == "blahut-arimoto(anderson)")
    #expect(Catalogue.named("em(fast)") == nil)
  }
}
