import EntropicModel
import EntropicNumerics
import Testing

/// A gradient costs at most four evaluations: every reverse rule is one pass over the arrays of its step.
///
/// Both are timed in turn, and the shortest of many runs counts: what else the machine does only adds time.
@Suite("cost of gradients", .serialized)
struct GradientCostTests {
  static let n = 20_000

  static func objective(_ which: Int) -> Expression {
    let p = Unknown.simplex(n)
    let e = Expression(p)
    let q = (0..<n).map { (1 + Double($0 % 7)) / Double(4 * n) }
    let x = (0..<n).map { Double($0 % 101) / 100 }
    switch which {
    case 0: return kl(p, q) + expect(p, x) + sumSquares(e - Expression(q)) + sum(sqrt(e))
    case 1: return variance(p, x) + sum(exp(e) * e)
    case 2: return renyiDivergence(p, q, order: 0.7)
    case 3: return logSumExp(100 * e) + norm2(e - Expression(q)) + product(1 + e)
    default:
      let m = Matrix(rows: 16, columns: n, elements: (0..<16 * n).map { 0.5 + Double($0 % 13) / 10 })
      return logLikelihood(Expression.matrixProduct(Expression(m), e))
    }
  }

  @Test("a gradient costs at most 4 evaluations", arguments: 0..<5)
  func ratio(which: Int) {
    let evaluation = Evaluation(Self.objective(which))
    let point = [(0..<Self.n).map { (1 + Double($0 % 5)) / Double(3 * Self.n) }]
    let clock = ContinuousClock()
    var value = Duration.seconds(1_000)
    var gradient = value
    var sink = 0.0
    for run in 0..<400 {
      value = min(value, clock.measure { sink += evaluation.value(point)[0] })
      gradient = min(gradient, clock.measure { sink += evaluation.gradient(point).value })
      if run >= 40, gradient < value * 3 { break }
    }
    #expect(sink.isFinite)
    #expect(gradient <= value * 4, "\(gradient / value)")
  }
}
