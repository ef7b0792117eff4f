import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Blahut-Arimoto")
struct BlahutArimotoTests {
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
        Composite(
          outer: .entropy([Double](repeating: 1, count: outputs.count)),
          map: .dense(
            Matrix(rows: outputs.count, columns: w.count, elements: outputs.flatMap { $0 }), firstColumn: 0,
            columns: w.count))
      ]
    }
  }

  /// I(X; Y) + slope E d over channels, with a row E d <= distortion where one is given.
  private static func rate(
    _ law: [Double], _ d: [[Double]], slope: Double = 0, distortion: Double? = nil
  ) -> Program {
    let (n, m) = (law.count, d[0].count)
    var layout = Layout()
    layout.append(name: "q", kind: .channel, shape: [n, m])
    var f = Functional(count: n * m)
    let rows = (0..<m).map { y in (0..<n).map { (column: $0 * m + y, value: law[$0]) } }
    f.conditionals = [
      ConditionalEntropy(
        weight: [Double](repeating: 1, count: m), map: SparseMatrix(columns: n * m, rows: rows),
        offset: [Double](repeating: 0, count: m))
    ]
    let cost = (0..<n * m).map { law[$0 / m] * d[$0 / m][$0 % m] }
    f.linear = cost.map { slope * $0 }
    return Program(
      layout: layout, objective: f, inequalities: distortion.map { [Build.row(cost, $0)] } ?? [])
  }

  private static let hamming: [[Double]] = [[0, 1], [1, 0]]

  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let program: Program
    let optimum: Double
    var testDescription: String { name }
  }

  private static var costly: Program {
    var program = capacity([[1, 0], [0, 1]])
    program.inequalities = [Build.row([0, 1], 0.25)]
    return program
  }

  static let rows: [Row] = [
    Row(
      name: "binary symmetric channel, ln 2 - h(0.11)", program: capacity([[0.89, 0.11], [0.11, 0.89]]),
      optimum: -0.3466318436412791573309188),
    Row(
      name: "Z-channel, ln(5 / 4)", program: capacity([[1, 0], [0.5, 0.5]]),
      optimum: -0.2231435513142097557662951),
    Row(
      name: "erasure, 3 / 4 ln 2", program: capacity([[0.75, 0.25, 0], [0, 0.25, 0.75]]),
      optimum: -0.519860385419958982062923),
    Row(name: "one input", program: capacity([[0.5, 0.5]]), optimum: 0),
    Row(name: "a cost of inputs, h(1 / 4)", program: costly, optimum: -0.562335144618808350288),
    Row(
      name: "rate-distortion at slope 2, ln 2 - ln(1 + e^-2)", program: rate([0.5, 0.5], hamming, slope: 2),
      optimum: 0.5662191695169728129735),
    Row(
      name: "rate-distortion, h(0.3) - h(0.1)", program: rate([0.3, 0.7], hamming, distortion: 0.1),
      optimum: 0.285781328663445223519),
    // Nothing needs to be said.
    Row(name: "zero rate", program: rate([0.3, 0.7], hamming, distortion: 0.5), optimum: 0),
  ]

  @Test("closed forms are certified", arguments: rows, Acceleration.allCases)
  func closedForms(row: Row, acceleration: Acceleration) {
    let verdict = Verdict(BlahutArimoto(acceleration), row.program, limit: 3000)
    #expect(verdict.certifies(row.optimum, relative: 1e-9, absolute: 1e-9), "\(verdict.certificate)")
  }

  @Test("one plain step multiplies by exp D")
  func step() {
    let method = BlahutArimoto(.plain)
    var state = method.start(Self.capacity([[1, 0], [0.5, 0.5]]), warm: nil)
    _ = method.step(&state, StepContext())
    // At the uniform law the outputs are (3/4, 1/4): D = ln(4/3), (1/2) ln(2/3) + (1/2) ln 2.
    let w = [4.0 / 3, (4.0 / 3).squareRoot()]
    #expect(distance(state.point, w.map { $0 / (w[0] + w[1]) }) <= 1e-15)
  }

  @Test("the information never falls, nor does the rate rise", arguments: rows, Acceleration.allCases)
  func monotone(row: Row, acceleration: Acceleration) {
    let method = BlahutArimoto(acceleration)
    var state = method.start(row.program, warm: nil)
    var last = Double.infinity
    for _ in 0..<100 {
      guard case .progress = method.step(&state, StepContext()) else { break }
      let value = row.program.objective.value(state.point)
      #expect(value <= last + 1e-13)
      last = value
    }
  }

  @Test("the interval is min D and max D")
  func bounds() {
    let method = BlahutArimoto(.plain)
    let program = Self.capacity([[1, 0], [0.5, 0.5]])
    let candidate = method.finish(method.start(program, warm: nil))
    let certificate = Certificate(program, point: candidate.point, evidence: candidate.evidence)
    #expect(abs(certificate.lower + Kernel.log(4.0 / 3)) <= 1e-13)
    #expect(abs(certificate.upper + Kernel.log(4.0 / 3) * 0.75) <= 1e-13)
  }

  @Test("a random channel agrees with the interior point", arguments: Acceleration.allCases)
  func random(acceleration: Acceleration) {
    var dice = Dice(7)
    let w = (0..<12).map { _ in dice.law(10, 0.7) }
    let program = Self.capacity(w)
    let exact = Verdict(InteriorPoint(), program).certificate
    let verdict = Verdict(BlahutArimoto(acceleration), program, limit: 3000)
    #expect(verdict.certificate.lower <= exact.upper && exact.lower <= verdict.certificate.upper)
    #expect(verdict.certificate.gap <= 1e-6)
  }

  @Test("a cost below the cheapest input is proved infeasible")
  func infeasible() {
    var program = Self.capacity([[1, 0], [0, 1]])
    program.inequalities = [Build.row([1, 2], 0.5)]
    #expect(Verdict(BlahutArimoto(), program).end == .infeasible(isProved: true))
  }

  @Test("other objectives are declined")
  func declines() {
    #expect(!BlahutArimoto().accepts(Build.entropy(3)).isAccepted)
    #expect(!BlahutArimoto().accepts(Build.projection([0.5, 0.5])).isAccepted)
  }
}
