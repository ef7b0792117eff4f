import EntropicModel
import EntropicNumerics
import Testing

/// A formula that uses itself twice, sixty times over: linear work, or a plain refusal.
@Suite("shared formulas")
struct SharedFormulaTests {
  private let p = Unknown.simplex(3)

  /// f + f, so many times over: 2^levels f.
  private func doubled(_ f: Expression, _ levels: Int) -> Expression {
    (0..<levels).reduce(f) { g, _ in g + g }
  }

  @Test("sums: every coefficient is doubled exactly")
  func linear() throws {
    let e = Expression(p)
    let problem = try Problem(.minimize, doubled(e[0] + e[1], 60) - entropy(p))
    #expect(problem.program.objective.linear == [0x1p60, 0x1p60, 0])
    #expect(problem.program.objective.entropic == [1, 1, 1])
  }

  @Test("squares, entropies and logarithms")
  func curved() throws {
    let squares = try Problem(.minimize, doubled(sumSquares(p), 40)).program.objective
    #expect(squares.powers.map(\.exponent) == [2])
    #expect(squares.powers.map(\.weights) == [[0x1p40, 0x1p40, 0x1p40]])
    let entropies = try Problem(.minimize, doubled(kl(p, [0.5, 0.25, 0.25]), 50)).program.objective
    #expect(entropies.entropic == [0x1p50, 0x1p50, 0x1p50])
    let logarithms = try Problem(.maximize, doubled(sum(log(Expression(p))), 60)).program.objective
    #expect(logarithms.barrier == [0x1p60, 0x1p60, 0x1p60])
  }

  @Test("what cancels leaves nothing")
  func cancelled() throws {
    // f_{k + 1} = 2 f_k - f_k = f_k.
    let start = sumSquares(p)
    let f = (0..<60).reduce(start) { g, _ in 2 * g - g }
    let program = try Problem(.minimize, f).program.objective
    #expect(program.powers.map(\.weights) == [[1, 1, 1]])
  }

  @Test("products of sums: (2^30 f) (2^30 f) = 2^60 f^2")
  func products() throws {
    let e = Expression(p)
    let f = doubled(e[0] + 2 * e[1], 30)
    let program = try Problem(.minimize, f * f).program.objective
    let value = program.value([0.5, 0.25, 0.25])
    #expect(abs(value / 0x1p60 - 1) < 1e-12)
  }

  @Test("logarithms of products: log of u_60, u_{k + 1} = u_k u_k, is 2^60 log u_0")
  func powersOfTwo() throws {
    let e = Expression(p)
    let u = (0..<60).reduce(e[0]) { u, _ in u * u }
    let program = try Problem(.maximize, log(u)).program.objective
    #expect(program.barrier == [0x1p60, 0, 0])
  }

  @Test("a product of many sums is refused: its terms are exponentially many")
  func exponential() throws {
    let e = Expression(p)
    var f = e[0]
    for k in 1...60 {
      let sum = exp(Double(k) * e[0]) + sqrt(e[1] + Double(k))
      f = f * sum
    }
    let error = #expect(throws: ProblemError.self) { try Problem(.minimize, f) }
    #expect(error?.kind == .unsupported, "\(error?.description ?? "")")
  }

  @Test("maxima inside maxima are refused where they multiply out")
  func maxima() throws {
    let e = Expression(p)
    let f = (0..<30).reduce(max(e)) { g, _ in max(g, g + e[0]) }
    let error = #expect(throws: ProblemError.self) { try Problem(.minimize, f) }
    #expect(error?.kind == .unsupported, "\(error?.description ?? "")")
    #expect(throws: Never.self) { try Problem(.minimize, max(max(e), max(e) + e[0])) }
  }

  @Test("log(0) in data forces a mass to 0, whatever its sign and wherever it stands", arguments: [-1.0, 1])
  func forbidden(sign: Double) throws {
    let logs = Expression([-Double.infinity, 0, 1])
    let objective = try Problem(.minimize, sign * expect(p, logs))
    #expect(objective.unbounded == nil)
    #expect(objective.program.layout.upper == [0, .infinity, .infinity])
    #expect(objective.program.objective.linear == [0, 0, sign])
    let constrained = try Problem(.maximize, entropy(p), subjectTo: [sign * expect(p, logs) <= 1])
    #expect(constrained.program.layout.upper[0] == 0)
  }

  @Test("an exponential at the root is peeled, also where it overflows")
  func overflow() throws {
    let e = Expression(p)
    let problem = try Problem(.minimize, exp(1000 * e[0] + 800))
    #expect(problem.program.objective.composites.isEmpty)
    #expect(problem.program.objective.linear == [1000, 0, 0])
  }
}
