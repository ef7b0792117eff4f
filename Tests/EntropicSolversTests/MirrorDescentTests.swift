import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

private let faces: [Double] = [1, 2, 3, 4, 5, 6]

@Suite("Mirror descent")
struct MirrorDescentTests {
  private static func dense(_ rows: [[Double]]) -> LinearMap {
    .dense(
      Matrix(rows: rows.count, columns: rows[0].count, elements: rows.flatMap { $0 }), firstColumn: 0,
      columns: rows[0].count)
  }

  /// -sum w log(L p)
  private static func likelihood(_ w: [Double], _ l: [[Double]]) -> Program {
    Build.simplex(l[0].count) { $0.composites = [Composite(outer: .log(w), map: dense(l))] }
  }

  /// -I(p; W), rows of W are inputs.
  private static func capacity(_ w: [[Double]]) -> Program {
    let outputs = w[0].indices.map { j in w.map { $0[j] } }
    return Build.simplex(w.count) { f in
      f.linear = w.map { row in
        var entropy = 0.0
        for x in row where x > 0 { entropy -= x * Kernel.log(x) }
        return entropy
      }
      f.composites = [
        Composite(outer: .entropy([Double](repeating: 1, count: outputs.count)), map: dense(outputs))
      ]
    }
  }

  private static func quadratic(_ q: [[Double]]) -> Program {
    let n = q.count
    let identity = SparseMatrix(columns: n, rows: (0..<n).map { [(column: $0, value: 1.0)] })
    return Build.simplex(n) {
      $0.composites = [
        Composite(
          outer: .quadratic(Matrix(rows: n, columns: n, elements: q.flatMap { $0 }), slack: 0),
          map: .sparse(identity))
      ]
    }
  }

  /// |p - y|^2 as a user would write it.
  private static func square(_ y: [Double]) -> SmoothFunction {
    SmoothFunction(name: "square") { p in
      let d = zip(p, y).map { $0 - $1 }
      return (Kernel.dot(d, d), d.map { 2 * $0 })
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let program: Program
    let optimum: Double
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(
      name: "binary symmetric channel, ln 2 - h(0.11)", program: capacity([[0.89, 0.11], [0.11, 0.89]]),
      optimum: -0.3466318436412791573309188),
    Case(
      name: "Z-channel, ln(5 / 4)", program: capacity([[1, 0], [0.5, 0.5]]),
      optimum: -0.2231435513142097557662951),
    Case(
      name: "separated mixture: p = w",
      program: likelihood([0.2, 0.5, 0.3], [[2, 0, 0], [0, 0.5, 0], [0, 0, 8]]),
      optimum: 0.6137647057286063417652525),
    Case(
      name: "horse race: p = w",
      program: likelihood([0.5, 0.25, 0.25], [[4, 0, 0], [0, 4, 0], [0, 0, 2]]),
      optimum: -0.173286795139986327354308),
    Case(
      name: "minimum variance, 1 / sum S^-1",
      program: quadratic([[0.04, 0.006, 0], [0.006, 0.09, 0.012], [0, 0.012, 0.16]]),
      optimum: 0.02627443679016942841184137),
  ]

  static let certain: [Geometry] = everyGeometry

  @Test("every geometry certifies every case", arguments: cases, Self.certain)
  func geometries(row: Case, geometry: Geometry) {
    let verdict = Verdict(MirrorDescent(geometry), row.program, limit: 3000)
    #expect(verdict.certifies(row.optimum, relative: 1e-11))
  }

  struct RowCase: Sendable, CustomTestStringConvertible {
    let name: String
    let program: Program
    let optimum: Double
    /// True when every mass is positive at the optimum.
    var isInterior = true
    var testDescription: String { name }
  }

  static let rowCases: [RowCase] = [
    RowCase(
      name: "die 4.5", program: Build.entropy(6, equal: [(faces, 4.5)]), optimum: -1.61358109815382904114158),
    // Two outcomes, 2 and 5, mean 4.
    RowCase(
      name: "linear with a moment",
      program: Build.simplex(6, equal: [(faces, 4)]) { $0.linear = [4, 1, 3.5, 2, 0.25, 5] }, optimum: 0.5,
      isInterior: false),
    // An affine law: p_i = 1/5 - (i - 2) / 20.
    RowCase(
      name: "Tsallis 2 with a mean",
      program: Build.simplex(5, equal: [([0, 1, 2, 3, 4], 1.5)]) {
        $0.powers = [.init(exponent: 2, weights: [1, 1, 1, 1, 1])]
        $0.constant = -1
      }, optimum: -0.775),
    RowCase(
      name: "Tsallis 2 with a mean and a zero",
      program: Build.simplex(5, equal: [([0, 1, 2, 3, 4], 0.75)]) {
        $0.powers = [.init(exponent: 2, weights: [1, 1, 1, 1, 1])]
        $0.constant = -1
      }, optimum: -0.6375, isInterior: false),
    // p_i = q_i / (1 + lambda (x_i - 1.75)), lambda by a 50-digit root.
    RowCase(
      name: "empirical likelihood",
      program: Build.simplex(4, equal: [([0, 1, 2, 3.5], 1.75)]) {
        $0.barrier = [0.1, 0.2, 0.3, 0.4]
        $0.constant = -1.279854225833667467182186
      }, optimum: 0.06534136071058315443707962),
    // A closure whose optimum meets the row: y itself has mean 3.3.
    RowCase(
      name: "closure with an implied row",
      program: Build.simplex(6, equal: [(faces, 3.5)]) {
        $0.smooth = [square([0.1, 0.15, 0.25, 0.25, 0.15, 0.1])]
      }, optimum: 0),
  ]

  @Test("linear rows are kept exactly", arguments: rowCases)
  func rows(row: RowCase) {
    let verdict = Verdict(MirrorDescent(), row.program, limit: 3000)
    #expect(verdict.certifies(row.optimum, relative: 1e-10, absolute: 1e-12))
    #expect(verdict.certificate.infeasibility <= 1)
  }

  @Test("linear rows are kept exactly in every geometry", arguments: rowCases.filter(\.isInterior), certain)
  func rowsAnywhere(row: RowCase, geometry: Geometry) {
    let verdict = Verdict(MirrorDescent(geometry), row.program, limit: 3000)
    #expect(verdict.certifies(row.optimum, relative: 1e-9, absolute: 1e-11))
    #expect(verdict.certificate.infeasibility <= 1)
  }

  @Test("rows and bounds together", arguments: certain)
  func rowsAndBounds(geometry: Geometry) {
    // min |p|^2, sum i p_i = 1.5 over 0..4, p_4 <= 0.05: p = (0.325, 0.2583.., 0.1916.., 0.175...) by its KKT system:
    // p_i = a + b i on 0..3, 4 a + 6 b = 0.95, 6 a + 14 b = 1.3  =>  b = -0.025, a = 0.275
    var program = Build.simplex(5, equal: [([0, 1, 2, 3, 4], 1.5)]) {
      $0.powers = [.init(exponent: 2, weights: [1, 1, 1, 1, 1])]
    }
    program.layout.upper[4] = 0.05
    let optimum = 0.275 * 0.275 + 0.25 * 0.25 + 0.225 * 0.225 + 0.2 * 0.2 + 0.05 * 0.05
    let verdict = Verdict(MirrorDescent(geometry), program, limit: 3000)
    #expect(verdict.certifies(optimum, relative: 1e-9))
  }

  @Test("the objective never rises beyond rounding")
  func descent() {
    let program = MirrorDescentTests.likelihood(
      [0.3, 0.3, 0.4], [[1, 2, 0.5, 0.1], [0.2, 1, 3, 0.4], [2, 0.1, 0.1, 1]])
    let method = MirrorDescent()
    var state = method.start(program, warm: nil)
    var last = Double.infinity
    for _ in 0..<200 {
      guard case .progress = method.step(&state, StepContext()) else { break }
      let value = program.objective.value(method.finish(state).point)
      #expect(value <= last + 1e-14)
      last = value
    }
  }

  @Test("positive scaling and shifts of the costs leave the iterates alone", arguments: [1e-6, 1e6])
  func scaling(unit: Double) {
    func program(_ unit: Double, _ shift: Double) -> Program {
      Build.simplex(3) { f in
        f.linear = [shift, shift, shift]
        f.composites = [
          Composite(
            weight: unit, outer: .log([0.5, 0.5]),
            map: MirrorDescentTests.dense([[1, 2, 3], [3, 1, 0.5]]))
        ]
      }
    }
    func iterate(_ program: Program) -> [Double] {
      let method = MirrorDescent()
      var state = method.start(program, warm: nil)
      for _ in 0..<20 { _ = method.step(&state, StepContext()) }
      return method.finish(state).point
    }
    let plain = iterate(program(1, 0))
    #expect(distance(plain, iterate(program(unit, 0))) <= 1e-9)
    #expect(distance(plain, iterate(program(1, 16))) <= 1e-9)
  }

  @Test("its own bound is above the true gap")
  func bound() {
    let optimum = 0.02627443679016942841184137
    let program = MirrorDescentTests.quadratic([[0.04, 0.006, 0], [0.006, 0.09, 0.012], [0, 0.012, 0.16]])
    let method = MirrorDescent()
    var state = method.start(program, warm: nil)
    for _ in 0..<50 {
      guard case .progress = method.step(&state, StepContext()) else { break }
      let bound = method.bound(state)
      #expect(program.objective.value(method.finish(state).point) - optimum <= bound + 1e-16)
    }
  }

  @Test("infeasible rows are proved")
  func infeasible() {
    let verdict = Verdict(
      MirrorDescent(),
      Build.simplex(6, equal: [(faces, 7)]) { $0.smooth = [MirrorDescentTests.square(faces)] })
    #expect(verdict.end == .infeasible(isProved: true))
  }

  @Test("a closure that is not a number stalls, with a finite point")
  func notFinite() {
    let broken = SmoothFunction(name: "broken") { p in (p[0] > 0.4 ? .nan : -p[0], [-1, 0, 0]) }
    let verdict = Verdict(MirrorDescent(), Build.simplex(3) { $0.smooth = [broken] })
    #expect(verdict.end == .stalled)
    #expect(verdict.point.allSatisfy { $0.isFinite && $0 >= 0 })
  }

  @Test("a non-convex quadratic ends at a stationary point")
  func stationary() {
    // Motzkin-Straus on the 5-cycle: the maxima of p'Ap have value 1/2.
    let cycle = SmoothFunction(name: "cycle", isConvex: false) { p in
      let image = (0..<5).map { i -> Double in p[(i + 1) % 5] + p[(i + 4) % 5] }
      return (-Kernel.dot(p, image), image.map { -2 * $0 })
    }
    var program = Build.simplex(5) { $0.smooth = [cycle] }
    program.isConvex = false
    program.start = [0.4, 0.3, 0.1, 0.1, 0.1]
    let method = MirrorDescent()
    var state = method.start(program, warm: nil)
    for _ in 0..<3000 { guard case .progress = method.step(&state, StepContext()) else { break } }
    let point = method.finish(state).point
    #expect(method.bound(state) <= 1e-12)
    #expect(abs(program.objective.value(point) + 0.5) <= 1e-12)
  }
}
